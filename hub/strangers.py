"""The one small share of all strangers: whoever calls without a certificate, by gRPC or by the pages.

A place comes first, then bytes, then work. Strangers are told apart by their address alone, so one address may hold back another address but
no department: while departments call, the strangers' work gets `Limits.strangers_share` of one core's time, and each place rests after a
piece of work for as long as its share asks. While no department calls, nothing rests.

Process-local: it shares out this process's own time and memory.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

from hub.limits import Limits
from hub.reasons import STRANGERS_BUSY
from shuniu.turns import FullError, Turns

BUSY_FOR: Final = 0.25
"""Seconds for which a department's call counts: calls of a busy hub come far closer together."""
LONGEST_REST: Final = 3.0
PATIENCE: Final = 5.0
"""Seconds for which a stranger waits for a place."""
SLOW_NO: Final = 0.5
"""Seconds until a stranger hears that there is no place: whoever asks again at once gets no more out of it than whoever waits."""
_PART: Final = 8


class Activity:
    """When a department called last; for the event loop's thread."""

    __slots__ = ("_now", "last")

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        """Begin quiet."""
        self._now = now
        self.last = -BUSY_FOR

    def note(self) -> None:
        """Note a call of a department."""
        self.last = self._now()

    @property
    def busy(self) -> bool:
        """Tell whether a department called within the last moments."""
        return self._now() - self.last < BUSY_FOR


class Strangers:
    """Places, and memory for bodies, of all strangers together; for the event loop's thread."""

    def __init__(self, limits: Limits, members: Activity, now: Callable[[], float] = monotonic) -> None:
        """Take the limits, and what tells whether departments call."""
        self._now, self._members = now, members
        self._rest = max(limits.strangers_at_once / limits.strangers_share - 1, 0.0)
        self.turns = Turns(limits.strangers_at_once, limits.strangers_waiting, max(limits.strangers_waiting // _PART, 1))
        self.body_bytes = limits.stranger_body_bytes
        self._held_bytes = 0
        self.refused = 0

    @asynccontextmanager
    async def place(self, address: str) -> AsyncIterator["Place"]:
        """Hold a place for a stranger of an address; raise LimitError, slowly, where none is free in time."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.turns.take(address)
        except (FullError, TimeoutError) as error:
            self.refused += 1
            await asyncio.sleep(SLOW_NO if isinstance(error, FullError) else 0)
            raise STRANGERS_BUSY(retry_after=3.0) from None
        place = Place(self, address, self._now())
        try:
            yield place
        finally:
            place.leave()

    def give_back(self, address: str, since: float) -> None:
        """Give a place back, at once or after its rest."""
        if self._members.busy and (rest := min((self._now() - since) * self._rest, LONGEST_REST)) > 0:
            asyncio.get_running_loop().call_later(rest, self.turns.give, address)
        else:
            self.turns.give(address)

    def take_bytes(self, count: int) -> None:
        """Count bytes of a body before they are kept; raise LimitError where strangers hold too many already."""
        if self._held_bytes + count > self.body_bytes:
            self.refused += 1
            raise STRANGERS_BUSY(retry_after=3.0)
        self._held_bytes += count

    def give_bytes(self, count: int) -> None:
        """Take note that so many bytes are kept no longer."""
        self._held_bytes -= count

    @property
    def held_bytes(self) -> int:
        """Return how many bytes of bodies are held."""
        return self._held_bytes


class Place:
    """A place that a stranger holds; it is left early by whoever turns out to be no stranger."""

    __slots__ = ("_address", "_since", "_strangers")

    def __init__(self, strangers: Strangers, address: str, since: float) -> None:
        """Hold the place of an address since a moment."""
        self._strangers: Strangers | None = strangers
        self._address, self._since = address, since

    def leave(self) -> None:
        """Give the place back; a second time does nothing."""
        strangers, self._strangers = self._strangers, None
        if strangers is not None:
            strangers.give_back(self._address, self._since)
