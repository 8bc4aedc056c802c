"""What is kept of work and its delivery."""

from work.store.deliveries import DeliveryStore, forget_deliveries
from work.store.targets import DEAD, TO_SEND, TargetStore

__all__ = ["DEAD", "TO_SEND", "DeliveryStore", "TargetStore", "forget_deliveries"]
