"""Places that many share, such that nobody takes them all: connections of a provider, its threads, the work of strangers.

Who holds little comes before who holds much, and nobody may hold more than three times what is free (a dynamic threshold, Choudhury and
Hahne 1998). So of 64 places one party alone gets 48, and the next finds 16 free at once: a place that is in use cannot be taken back, and
to wait until a slow call ends would be to pay for it. The places in the queue are shared out by the same rule.

A party may be known by several keys, its department and the table that it asks, say. Each is counted by itself, and what one of them may
still take counts to the others as what is free: a department alone at one table gets 36 of 64 places, so that another department finds
places at the same table, and itself at another table. One event loop, no threads.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Final

GREED: Final = 3
"""How many times what is free one key may hold: 3 leaves a quarter to others."""
Keys = tuple[Hashable, ...]


class FullError(Exception):
    """As many wait already as may, of this party or of all: it is told at once, and holds nothing."""


class _Shares:
    """So many places, and who holds them."""

    __slots__ = ("_held", "places", "used")

    def __init__(self, places: int) -> None:
        self.places, self.used = places, 0
        self._held: dict[Hashable, int] = {}

    def held(self, key: Hashable) -> int:
        return self._held.get(key, 0)

    def may(self, keys: Keys) -> bool:
        """Tell whether one more place may be taken under these keys."""
        # Most calls end here: of less than half nobody can hold too much.
        if 2 * self.used < self.places:
            return True
        free = self.places - self.used
        held = [self._held.get(key, 0) for key in keys]
        # How many places each key could take if it were alone in asking: none where it holds three times what is free.
        rooms = [(GREED * free - count + GREED) // (GREED + 1) for count in held]
        if min(rooms) <= 0:
            return False
        return all(count < GREED * room for at, count in enumerate(held) for other, room in enumerate(rooms) if other != at)

    def count(self, keys: Keys, more: int) -> None:
        self.used += more
        for key in keys:
            if left := self._held.get(key, 0) + more:
                self._held[key] = left
            else:
                del self._held[key]


class Turns:
    """So many places; who finds none waits, at most `waiting` of all and `waiting_each` of one party."""

    def __init__(self, places: int, waiting: int, waiting_each: int) -> None:
        """Begin with all places free."""
        self._places, self._waiting, self._waiting_each = _Shares(places), _Shares(waiting), waiting_each
        # In the order in which they are served next: who was served goes behind the others.
        self._queues: OrderedDict[Keys, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def used(self) -> int:
        """Return how many places are taken."""
        return self._places.used

    @property
    def waiting(self) -> int:
        """Return how many wait."""
        return self._waiting.used

    def held(self, key: Hashable) -> int:
        """Return how many places are held under a key."""
        return self._places.held(key)

    def waiting_of(self, *keys: Hashable) -> int:
        """Return how many of one party wait."""
        return len(self._queues.get(keys, ()))

    @asynccontextmanager
    async def place(self, *keys: Hashable) -> AsyncIterator[None]:
        """Hold a place; raise FullError where too many wait. How long the wait may last the caller decides (`asyncio.timeout`)."""
        await self.take(*keys)
        try:
            yield
        finally:
            self.give(*keys)

    async def take(self, *keys: Hashable) -> None:
        """Take a place, which must be given back by the same keys."""
        if not self.take_free(*keys):
            await self._wait(keys)

    def take_free(self, *keys: Hashable) -> bool:
        """Take a place if one is free for these keys at this moment. Nobody is overtaken: whoever waits may not have it."""
        if not self._places.may(keys):
            return False
        self._places.count(keys, 1)
        return True

    def give(self, *keys: Hashable) -> None:
        """Give a place back, and with it to whoever comes next."""
        self._places.count(keys, -1)
        self._serve()

    async def _wait(self, keys: Keys) -> None:
        queue = self._queues.get(keys)
        if not self._waiting.may(keys) or (queue is not None and len(queue) >= self._waiting_each):
            raise FullError
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(keys, deque()).append(turn)
        self._waiting.count(keys, 1)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(*keys)  # the place came at the same moment
            else:
                self._forget(keys, turn)
            raise

    def _serve(self) -> None:
        """Give what is free to those who wait: in turn among parties, whatever each of them has waiting."""
        while (keys := next((one for one in self._queues if self._places.may(one)), None)) is not None:
            queue = self._queues[keys]
            turn = queue.popleft()
            self._waiting.count(keys, -1)
            if queue:
                self._queues.move_to_end(keys)
            else:
                del self._queues[keys]
            if not turn.cancelled():  # given up at this very moment
                self._places.count(keys, 1)
                turn.set_result(None)

    def _forget(self, keys: Keys, turn: asyncio.Future[None]) -> None:
        queue = self._queues.get(keys)
        if queue is not None and turn in queue:
            queue.remove(turn)
            self._waiting.count(keys, -1)
            if not queue:
                del self._queues[keys]
