"""Where keys and licenses are kept. What is personal in a license is one encrypted blob."""

from licenses.store.content import ContentBox
from licenses.store.issued import LicenseStore
from licenses.store.keys import IssuingKeyStore
from licenses.store.register import StoredRegister, live_licenses
from licenses.store.tables import issuing_keys, licenses

__all__ = [
    "ContentBox",
    "IssuingKeyStore",
    "LicenseStore",
    "StoredRegister",
    "issuing_keys",
    "licenses",
    "live_licenses",
]
