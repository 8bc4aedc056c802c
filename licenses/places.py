"""Which place of which status list a license gets: drawn at random and never used again, so that neighbours in the list say nothing of each other."""

from collections.abc import Callable
from typing import Final, Protocol

from licenses.reasons.issuing import STATUS_LIST_FULL
from shuniu.codes.status_list import SHARD

FULL: Final = SHARD * 9 // 10
"""Places of a shard after which the next one is begun: in a full one, a free place takes many draws."""
_TRIES: Final = 64  # in a shard nine tenths full, one search in a thousand draws so often in vain
_PROBES: Final = 3  # in a shard nine tenths full, all of them are taken in three cases of four, and then it is counted


class Places(Protocol):
    """Which places of which shards were ever given away."""

    def newest_shard(self) -> int:
        """Return the newest shard that was begun, 0 before the first license."""

    def is_taken(self, shard: int, index: int) -> bool:
        """Tell whether a place was ever given away."""

    def count(self, shard: int) -> int:
        """Return how many places of a shard are taken."""


def free_place(places: Places, below: Callable[[int], int]) -> tuple[int, int]:
    """Return a free place, shard and index, in the newest shard; the next shard is begun when this one is nearly full.

    Counting takes a walk over the shard, so places are counted only when every probe hits one that is taken.
    """
    shard = places.newest_shard()
    if all(places.is_taken(shard, below(SHARD)) for _ in range(_PROBES)) and places.count(shard) >= FULL:
        shard += 1
    return shard, free_index(below, lambda index: places.is_taken(shard, index), SHARD)


def free_index(below: Callable[[int], int], taken: Callable[[int], bool], size: int = SHARD) -> int:
    """Draw a free place of a shard at random.

    `below(n)` gives a uniform number in 0..n-1 (`secrets.randbelow`), `taken` tells whether a place was ever given away.
    When many draws in a row are taken, the next free place after a random one is used; a full shard is a `LimitError`.
    """
    for _ in range(_TRIES):
        if not taken(index := below(size)):
            return index
    # bounds the search in a shard that is nearly full; the place is no longer quite at random
    start = below(size)
    for step in range(size):
        if not taken(index := (start + step) % size):
            return index
    raise STATUS_LIST_FULL()
