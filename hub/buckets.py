"""Token buckets: so many things and so many bytes a second for each party, with what it may take at once.

Process-local, for the event loop's thread: of a hub in several processes each holds a party to its own share of the limit.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import monotonic
from typing import Final

MOST_KEPT: Final = 1_024
"""Parties after which those are forgotten whose buckets are full again, and so say nothing."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a bucket fills, and how much it holds."""

    per_second: float
    most: float


class Bucket:
    """What one party may still take of one thing."""

    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: Rate, at: float) -> None:
        """Begin full."""
        self._rate, self._left, self._at = rate, rate.most, at

    def wait(self, count: float, at: float) -> float:
        """Return in how many seconds so much is there; 0.0: now. More than the bucket holds counts as all that it holds."""
        self._left = min(self._rate.most, self._left + max(at - self._at, 0.0) * self._rate.per_second)
        self._at = at
        return max(min(count, self._rate.most) - self._left, 0.0) / self._rate.per_second

    def take(self, count: float) -> None:
        """Take it, after `wait` has said 0.0."""
        self._left -= min(count, self._rate.most)

    def is_full(self, at: float) -> bool:
        """Tell whether nothing is missing."""
        return self.wait(self._rate.most, at) <= 0


class Allowances:
    """Two buckets for each party: of things and of bytes. Both are taken from, or neither."""

    def __init__(self, things: Rate, size: Rate, now: Callable[[], float] = monotonic) -> None:
        """Begin with nobody known."""
        self._rates, self._now = (things, size), now
        self._buckets: dict[Hashable, tuple[Bucket, Bucket]] = {}

    def take(self, party: Hashable, size: int) -> float:
        """Take one thing of so many bytes and return 0.0; or take nothing and return how many seconds the party has to wait."""
        at = self._now()
        pair = self._buckets.get(party) or self._begin(party, at)
        things, octets = pair
        wait = max(things.wait(1, at), octets.wait(size, at))
        if wait <= 0:
            things.take(1)
            octets.take(size)
        return wait

    @property
    def known(self) -> int:
        """Return of how many parties there are buckets."""
        return len(self._buckets)

    def _begin(self, party: Hashable, at: float) -> tuple[Bucket, Bucket]:
        if len(self._buckets) >= MOST_KEPT:
            self._buckets = {one: pair for one, pair in self._buckets.items() if not all(bucket.is_full(at) for bucket in pair)}
        things, size = self._rates
        pair = self._buckets[party] = Bucket(things, at), Bucket(size, at)
        return pair
