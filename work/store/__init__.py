"""What is kept of work, its delivery, and steps that wait for a second person."""

from work.store.deliveries import DeliveryStore, forget_deliveries
from work.store.proposals import ProposalStore, live_pending
from work.store.targets import DEAD, TO_SEND, TargetStore

__all__ = ["DEAD", "TO_SEND", "DeliveryStore", "ProposalStore", "TargetStore", "forget_deliveries", "live_pending"]
