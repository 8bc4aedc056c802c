"""What monitors hear of subscriptions. Process-local: each process counts what it delivered."""

from dataclasses import dataclass


@dataclass(slots=True)
class ChangeTally:
    """Subscriptions that are open at this moment, and since the start the changes that left, and those that a newer one took the place of."""

    open: int = 0
    delivered: int = 0
    collapsed: int = 0
