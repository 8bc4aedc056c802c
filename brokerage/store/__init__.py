"""Where requests, grants, objections and correction notices live."""

from brokerage.store.aggregates import CorrectionNoticeStore, DataRequestStore, GrantStore, ObjectionStore
from brokerage.store.live import live_grants, load_all_live, load_live
from brokerage.store.service_changes import ServiceChangeStore

__all__ = [
    "CorrectionNoticeStore",
    "DataRequestStore",
    "GrantStore",
    "ObjectionStore",
    "ServiceChangeStore",
    "live_grants",
    "load_all_live",
    "load_live",
]
