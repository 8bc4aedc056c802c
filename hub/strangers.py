"""The one small share of all strangers: whoever calls without a certificate, by gRPC or by the pages.

A place comes first, then bytes, then work. Strangers are told apart by their address alone (of IPv6 by its /64), so one address may hold back
another address but no department. While departments call, the strangers' work gets `Limits.strangers_share` of one core's time: each place
rests after a piece of work for as long as its share asks, and of one address an eighth of the queue waits. While no department calls, nothing
rests, and one address may fill the queue but for a quarter, so that whoever has the hub for himself is hardly held up. The places themselves
are few at any time: what is under way when a department calls is all that it finds before it.

Process-local: it shares out this process's own time and memory.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from time import monotonic
from typing import Final, NoReturn

from hub.addresses import party_of
from hub.limits import Limits
from hub.reasons import STRANGERS_BUSY
from shuniu.turns import FullError, Turns

BUSY_FOR: Final = 2.0
"""Seconds for which a department's call counts: whoever calls once a second finds strangers that rest, not a hub that is theirs in between."""
LONGEST_REST: Final = 3.0
LEAST: Final = 0.001
"""Seconds that any work counts for: what is done around the place, reading and answering, is not seen from here."""
PATIENCE: Final = 5.0
"""Seconds for which a stranger waits for a place."""
SLOW_NO: Final = 0.5
"""Seconds until a stranger hears that there is no place: whoever asks again at once gets no more out of it than whoever waits."""
NOES_A_SECOND: Final = 200.0
"""How many hear it in a second: to refuse costs a third of a millisecond of the loop, so many callers wait the longer for it."""
MOST_STREAMS: Final = 256
"""Streams of strangers that are open, most of which wait for an event and take memory alone; of one address three quarters."""
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
        self._now, self.members, self.limits = now, members, limits
        self._rest = max(limits.strangers_at_once / limits.strangers_share - 1, 0.0)
        waiting = limits.strangers_waiting
        self.turns = Turns(limits.strangers_at_once, waiting, max(waiting * 3 // 4, 1))
        self._waiting_each = max(waiting // _PART, 1)
        self.streams = Turns(MOST_STREAMS, 0, 0)
        self.body_bytes = limits.stranger_body_bytes
        self._held_bytes = 0
        self._hearing_no = 0
        self.refused = 0

    def beside(self) -> "Strangers":
        """Return a share of one place beside this one, a quarter of it, for what must be answered while strangers crowd."""
        small = replace(self.limits, strangers_at_once=1, strangers_waiting=16, strangers_share=self.limits.strangers_share / 4)
        return Strangers(small, self.members, self._now)

    @asynccontextmanager
    async def place(self, address: str) -> AsyncIterator["Place"]:
        """Hold a place for a stranger of an address; raise LimitError, slowly, where none is free in time."""
        place = await self.enter(address)
        try:
            yield place
        finally:
            place.leave()

    async def enter(self, address: str, size: int = 0) -> "Place":
        """Return a place, and count the bytes that came with the call; raise LimitError where they are too many, or no place is free in time."""
        party = party_of(address)
        self.take_bytes(size)
        try:
            if not self.turns.take_free(party):
                await self._wait(party)
        except BaseException:
            self.give_bytes(size)
            raise
        return Place(self, party, size, self._now())

    @asynccontextmanager
    async def stream(self, address: str) -> AsyncIterator[None]:
        """Keep a stream of an address open, which holds no place by that; raise LimitError, slowly, where too many are."""
        party = party_of(address)
        if not self.streams.take_free(party):
            await self.refuse()
        try:
            yield
        finally:
            self.streams.give(party)

    async def _wait(self, party: str) -> None:
        if self.members.busy and self.turns.waiting_of(party) >= self._waiting_each:
            await self.refuse()
        try:
            async with asyncio.timeout(PATIENCE):
                await self.turns.take(party)
        except FullError:
            await self.refuse()
        except TimeoutError:
            self.refused += 1
            raise STRANGERS_BUSY(retry_after=3.0) from None

    async def refuse(self) -> NoReturn:
        """Raise LimitError, the more slowly the more are about to hear it."""
        self.refused += 1
        await self.hold()
        raise STRANGERS_BUSY(retry_after=3.0) from None

    async def hold(self) -> None:
        """Wait as long as whoever is refused does: a no is no way to get more of the hub's time than a yes."""
        self._hearing_no += 1
        try:
            await asyncio.sleep(SLOW_NO + self._hearing_no / NOES_A_SECOND)
        finally:
            self._hearing_no -= 1

    def give_back(self, place: "Place") -> None:
        """Take a place back, at once or after its rest."""
        self.give_bytes(place.size)
        if self.members.busy and (rest := min(max(self._now() - place.since, LEAST) * self._rest, LONGEST_REST)) > 0:
            asyncio.get_running_loop().call_later(rest, self.turns.give, place.party)
        else:
            self.turns.give(place.party)

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
    """A place that a stranger holds; it is left early by whoever turns out to be no stranger, or has only to wait."""

    __slots__ = ("_strangers", "party", "since", "size")

    def __init__(self, strangers: Strangers, party: str, size: int, since: float) -> None:
        """Hold the place of a party since a moment, with so many bytes."""
        self._strangers: Strangers | None = strangers
        self.party, self.size, self.since = party, size, since

    def leave(self) -> None:
        """Give the place back; a second time does nothing."""
        strangers, self._strangers = self._strangers, None
        if strangers is not None:
            strangers.give_back(self)
