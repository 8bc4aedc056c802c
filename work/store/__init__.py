"""What is kept of work, its delivery, and steps that wait for a second person."""

from work.store.deliveries import DeliveryStore, forget_deliveries
from work.store.events import EventStore, forget_events, place_in, token_of
from work.store.notices import NoticeStore, forget_notices
from work.store.proposals import ProposalStore, live_pending
from work.store.targets import DEAD, TO_SEND, TargetStore
from work.store.work import Filter, WorkStore, forget_work

__all__ = [
    "DEAD",
    "TO_SEND",
    "DeliveryStore",
    "EventStore",
    "Filter",
    "NoticeStore",
    "ProposalStore",
    "TargetStore",
    "WorkStore",
    "forget_deliveries",
    "forget_events",
    "forget_notices",
    "forget_work",
    "live_pending",
    "place_in",
    "token_of",
]
