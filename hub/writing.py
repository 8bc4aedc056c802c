"""What one system may write in a second: an honest department never meets it, and nobody fills the disk or holds the write lock alone.

It is asked before a call is worked on, by what the call would store at most: its own request. Queries under a grant are not asked at all: the
grant's quota bounds them. Process-local (`hub.buckets`).
"""

from collections.abc import Callable
from time import monotonic
from typing import Final

from hub.access import Caller
from hub.buckets import Allowances, Rate
from hub.limits import Limits
from hub.reasons import WRITES_TOO_MANY

SECONDS_AT_ONCE: Final = 10
"""A system that was quiet may write so many seconds' worth at once: a batch of licenses in the morning."""
LARGEST: Final = 4 * 1024 * 1024
"""Bytes of the largest request (`hub.rpc`): it passes whatever the limit is."""


class WriteShare:
    """What each system has left; for the event loop's thread."""

    def __init__(self, limits: Limits, now: Callable[[], float] = monotonic) -> None:
        """Take the limits."""
        self._allowances = Allowances(
            Rate(limits.writes_per_second, max(limits.writes_per_second * SECONDS_AT_ONCE, 1.0)),
            Rate(limits.write_bytes_per_second, max(limits.write_bytes_per_second * SECONDS_AT_ONCE, LARGEST)),
            now,
        )

    def charge(self, caller: Caller, size: int) -> None:
        """Count a call that writes, with a request of so many bytes; raise LimitError where its system has written too much."""
        if caller.anonymous:
            return  # strangers have a share of their own
        if wait := self._allowances.take(caller.name, size):
            raise WRITES_TOO_MANY(retry_after=wait)

    @property
    def known(self) -> int:
        """Return of how many systems anything is counted."""
        return self._allowances.known
