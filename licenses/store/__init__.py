"""Where keys and licenses are kept. What is personal in a license is one encrypted blob."""

from licenses.store.content import ContentBox
from licenses.store.issued import LicenseStore, has_licenses, licenses_ending
from licenses.store.keys import IssuingKeyStore
from licenses.store.register import StoredRegister, live_licenses
from licenses.store.tables import issuing_keys, licenses

__all__ = [
    "ContentBox",
    "IssuingKeyStore",
    "LicenseStore",
    "StoredRegister",
    "has_licenses",
    "issuing_keys",
    "licenses",
    "licenses_ending",
    "live_licenses",
]
