"""Places that many share, such that nobody takes them all: connections of a provider, its threads, the work of strangers.

Who holds little comes before who holds much, and nobody may hold more than three times what is free (a dynamic threshold, Choudhury and
Hahne 1998). So of 64 places one party alone gets 48, and the next finds 16 free at once: a place that is in use cannot be taken back, and
to wait until a slow call ends would be to pay for it. A party is known by several keys, its department and the table that it asks, say; each
is counted by itself. One event loop, no threads.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Final

GREED: Final = 3
"""How many times what is free one key may hold: 3 leaves a quarter to others."""
Keys = tuple[Hashable, ...]


class FullError(Exception):
    """As many wait already as may, of this party or of all: it is told at once, and holds nothing."""


class Turns:
    """So many places; who finds none waits, at most `waiting` of all and `waiting_each` of one party."""

    def __init__(self, places: int, waiting: int, waiting_each: int) -> None:
        """Begin with all places free."""
        self._places = places
        self._waiting, self._waiting_each = waiting, waiting_each
        self._held: Counter[Hashable] = Counter()
        self._used = 0
        # In the order in which they are served next: who was served goes behind the others.
        self._queues: OrderedDict[Keys, deque[asyncio.Future[None]]] = OrderedDict()
        self._queued = 0

    @property
    def used(self) -> int:
        """Return how many places are taken."""
        return self._used

    @property
    def waiting(self) -> int:
        """Return how many wait."""
        return self._queued

    def held(self, key: Hashable) -> int:
        """Return how many places are held under a key."""
        return self._held[key]

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
        """Take a place if one is free for this party and nobody waits; tell whether it was."""
        if self._queues or not self._may(keys):
            return False
        self._count(keys, 1)
        return True

    def give(self, *keys: Hashable) -> None:
        """Give a place back, and with it to whoever comes next."""
        self._count(keys, -1)
        self._serve()

    async def _wait(self, keys: Keys) -> None:
        queue = self._queues.get(keys)
        if self._queued >= self._waiting or (queue is not None and len(queue) >= self._waiting_each):
            raise FullError
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(keys, deque()).append(turn)
        self._queued += 1
        self._serve()
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
        while self._used < self._places:
            keys = next((one for one in self._queues if self._may(one)), None)
            if keys is None:
                return
            queue = self._queues[keys]
            turn = queue.popleft()
            self._queued -= 1
            if queue:
                self._queues.move_to_end(keys)
            else:
                del self._queues[keys]
            if not turn.cancelled():  # given up at this very moment
                self._count(keys, 1)
                turn.set_result(None)

    def _may(self, keys: Keys) -> bool:
        free = self._places - self._used
        return free > 0 and all(self._held[key] < GREED * free for key in keys)

    def _count(self, keys: Keys, more: int) -> None:
        self._used += more
        for key in keys:
            self._held[key] += more
            if not self._held[key]:
                del self._held[key]

    def _forget(self, keys: Keys, turn: "asyncio.Future[None]") -> None:
        queue = self._queues.get(keys)
        if queue is not None and turn in queue:
            queue.remove(turn)
            self._queued -= 1
            if not queue:
                del self._queues[keys]
