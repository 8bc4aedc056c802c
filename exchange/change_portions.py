"""The portion of a subscription that is open, and what of it has left (ADR 0083).

None is open while nothing happens: an intent is queued with the first change, and the outcome is durable before the last one leaves. Each portion
has a digest and a salt of its own, which its receipt tells: what comes behind it is never over.
"""

import asyncio
import hashlib
from typing import Final

from audit.model import Receipt
from exchange.change_wire import Parcel, receipt_to
from exchange.portions import SECONDS, PortionIntent, PortionSum
from shuniu.digest import answer_digest

MOST_CHANGES: Final = 1_000
"""Changes of one portion."""


class ChangePortion:
    """A portion under way."""

    def __init__(self, intent: PortionIntent, salt: bytes) -> None:
        """Begin with nothing; the intent is queued."""
        self.intent, self._salt = intent, salt
        self.count, self._size, self._hash = 0, 0, hashlib.sha256()
        self._until = asyncio.get_running_loop().time() + SECONDS

    def add(self, parcel: Parcel) -> None:
        """Count a parcel before it leaves: the log may say that more was released, never less."""
        self.count, self._size = self.count + parcel.count, self._size + len(parcel.data)
        self._hash.update(parcel.data)

    def total(self, outside: int, broke_off: str = "") -> PortionSum:
        """Return what of it has left."""
        return PortionSum(self.count, self._size, self._digest, outside, broke_off)

    def receipt(self, receipt: Receipt) -> bytes:
        """Return the part with its receipt."""
        return receipt_to(self.count, self._size, self._digest, self._salt, receipt)

    @property
    def time_left(self) -> float:
        """Return for how many seconds it may stay open."""
        return max(self._until - asyncio.get_running_loop().time(), 0.0)

    @property
    def _digest(self) -> bytes:
        return answer_digest(self._hash.digest(), self._salt)
