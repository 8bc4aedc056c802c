"""Where requests, grants, objections, correction notices, demands, disputes and complaints live."""

from brokerage.store.aggregates import CorrectionNoticeStore, DataRequestStore, GrantStore, ObjectionStore
from brokerage.store.browsing import BrowsingStore
from brokerage.store.complaints import ComplaintStore
from brokerage.store.demands import DemandStore
from brokerage.store.disputes import DisputeStore
from brokerage.store.live import live_grants, live_objections, load_all_live, load_live
from brokerage.store.service_changes import ServiceChangeStore
from brokerage.store.use_records import UseRecordStore, forget_use_records

__all__ = [
    "BrowsingStore",
    "ComplaintStore",
    "CorrectionNoticeStore",
    "DataRequestStore",
    "DemandStore",
    "DisputeStore",
    "GrantStore",
    "ObjectionStore",
    "ServiceChangeStore",
    "UseRecordStore",
    "forget_use_records",
    "live_grants",
    "live_objections",
    "load_all_live",
    "load_live",
]
