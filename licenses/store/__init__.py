"""Where keys and licenses are kept. What is personal in a license is one encrypted blob."""

from licenses.store.content import ContentBox
from licenses.store.issued import LicenseStore
from licenses.store.keys import IssuingKeyStore, load_keys
from licenses.store.standings import live_licenses, load_all_standings, load_standing
from licenses.store.tables import issuing_keys, licenses

__all__ = [
    "ContentBox",
    "IssuingKeyStore",
    "LicenseStore",
    "issuing_keys",
    "licenses",
    "live_licenses",
    "load_all_standings",
    "load_keys",
    "load_standing",
]
