"""What is kept of work and its delivery."""

from work.store.deliveries import DeliveryStore, forget_deliveries
from work.store.targets import DEAD, WAITING, TargetStore

__all__ = ["DEAD", "WAITING", "DeliveryStore", "TargetStore", "forget_deliveries"]
