"""Many keys of one case in one stream: each is carried like a query of its own, several at a time, and answered as it is ready.

A stream has few keys under way (`UNDER_WAY`): those that are carried, and those whose answers the caller has not taken. Beyond them nothing is
read from the caller, so that whoever never reads holds that many answers and no more. What one key is refused ends nothing; what the opening
stands on is looked at again with every key, and twice a second besides: where it holds no longer, what is under way is given up.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from exchange.model import Access, AskedKey, Delivery, Opening
from exchange.reasons import KEYS_TOO_MANY, OPENING_MISSING, OPENING_TWICE, PLACE_WRONG, QUERY_STREAMS_TOO_MANY
from exchange.transfer import Admission, Course
from hub.access import Caller
from hub.clock import Clock
from hub.errors import ShuniuError
from hub.reasons import INTERNAL

log = logging.getLogger(__name__)
MOST_KEYS: Final = 1_000
UNDER_WAY: Final = 32
"""Keys of one stream under way, answers that wait for the caller among them."""
HELD_BYTES: Final = 4 * 1024 * 1024
"""Bytes of answers that wait for the caller, beyond which no further key is begun: of large answers fewer are under way."""
STREAMS_EACH: Final = 16
"""Streams of one department at a time."""
LOOK: Final = 0.5
"""Seconds between two looks at the grant of an open stream."""
Part: TypeAlias = Opening | AskedKey
"""What a caller sends: the opening, then keys."""


@dataclass(frozen=True, slots=True)
class KeyOutcome:
    """What became of the key at a place: a delivery, or why there is none."""

    place: int
    came: Delivery | ShuniuError

    @property
    def size(self) -> int:
        """Return how many bytes of an answer it holds."""
        return 0 if isinstance(self.came, ShuniuError) else len(self.came.answer)


class ManyKeys:
    """The streams of one hub; for the event loop's thread."""

    def __init__(self, course: Course, clock: Clock) -> None:
        """Take the steps by which each key is carried, and the clock."""
        self._course, self._clock = course, clock
        self._open: Counter[str] = Counter()
        # where a provider is asked fewer at a time, the others would but wait at its door, until they are told that it is crowded
        self.under_way = min(UNDER_WAY, course.fetch.providers.terms.concurrency)

    @property
    def count(self) -> int:
        """Return how many streams are open."""
        return self._open.total()

    async def run(self, caller: Caller, parts: AsyncIterator[Part], time_left: float) -> AsyncGenerator[KeyOutcome, None]:
        """Yield what becomes of each key, in any order; raise what ends the stream. `time_left` is the caller's deadline in seconds."""
        with self._place(caller.department):
            end = asyncio.get_running_loop().time() + time_left
            opening = await anext(parts, None)
            if not isinstance(opening, Opening):
                raise OPENING_MISSING(field="opening")
            opened = Access(caller, opening, self._clock.now(), time_left, end)
            await self._course.permit.admit(opened)
            async with aclosing(_Stream(self._course, self._clock, opened, self.under_way).outcomes(parts)) as outcomes:
                async for outcome in outcomes:
                    yield outcome

    @contextmanager
    def _place(self, department: str) -> Iterator[None]:
        """Count a stream of a department while it is open; raise LimitError where it has too many."""
        if self._open[department] >= STREAMS_EACH:
            raise QUERY_STREAMS_TOO_MANY(most=STREAMS_EACH)
        self._open[department] += 1
        try:
            yield
        finally:
            self._open[department] -= 1
            if not self._open[department]:
                del self._open[department]


class _Stream:
    """One open stream. A task reads keys, a task carries each, a task looks at the grant; whoever takes the outcomes is waited for by the reader."""

    def __init__(self, course: Course, clock: Clock, opened: Access, most: int) -> None:
        self._course, self._clock, self._opened, self._most = course, clock, opened, most
        self._carrying: set[asyncio.Task[None]] = set()
        self._ready: deque[KeyOutcome] = deque()
        self._held = 0
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._is_read = False
        self._why: ShuniuError | None = None

    async def outcomes(self, parts: AsyncIterator[Part]) -> AsyncGenerator[KeyOutcome, None]:
        """Yield the outcomes until every key has one; then raise what ended the stream, if anything did."""
        reader = asyncio.ensure_future(self._read(parts))
        watcher = asyncio.ensure_future(self._look(reader))
        try:
            while self._ready or self._carrying or not self._is_read:
                if not self._ready:
                    self._news.clear()
                    await self._news.wait()
                    continue
                outcome = self._ready[0]
                yield outcome
                # only now: what is not taken yet is still under way
                self._ready.popleft()
                self._held -= outcome.size
                self._room.set()
        finally:
            # where the caller hung up, each of them closes its intent
            await _end({reader, watcher, *self._carrying})
        if self._why is not None:
            raise self._why

    async def _read(self, parts: AsyncIterator[Part]) -> None:
        """Begin one key after the other, each when there is room for it."""
        places = set[int]()
        try:
            while True:
                await self._until_room()
                part = await anext(parts, None)
                if part is None:
                    return
                asked = _next(part, places)
                if isinstance(access := self._access(asked), ShuniuError):
                    self._put(KeyOutcome(asked.place, access))
                else:
                    await self._begin(asked.place, access)
        except ShuniuError as error:
            self._why = self._why or error
        except Exception:
            log.exception("a stream of keys could not be read")
            self._why = self._why or INTERNAL()
        finally:
            self._is_read = True
            self._news.set()

    async def _look(self, reader: "asyncio.Future[None]") -> None:
        """End the stream where the grant holds no longer, also while the caller sends nothing, or takes nothing."""
        while True:
            await asyncio.sleep(LOOK)
            try:
                await self._course.permit.look(replace(self._opened, at=self._clock.now(), time_left=self._left()))
            except ShuniuError as error:
                self._why = self._why or error
                reader.cancel()
                self._give_up()
                return

    async def _until_room(self) -> None:
        while len(self._carrying) + len(self._ready) >= self._most or self._held >= HELD_BYTES:
            self._room.clear()
            await self._room.wait()

    def _access(self, asked: AskedKey) -> Access | ShuniuError:
        """Return the access to one key, or what is wrong with how it is written."""
        try:
            query = self._opened.query.asks(asked.subject_key, asked.request_id)
        except ShuniuError as error:
            return error
        return replace(self._opened, query=query, at=self._clock.now(), time_left=self._left())

    def _left(self) -> float:
        return self._opened.end - asyncio.get_running_loop().time()

    async def _begin(self, place: int, access: Access) -> None:
        """Begin to carry a key; raise what the opening is refused by now, and give up what is under way."""
        try:
            admission = await self._course.permit.admit(access)
        except ShuniuError:
            self._give_up()
            raise
        task = asyncio.ensure_future(self._carry(place, access, admission))
        self._carrying.add(task)
        task.add_done_callback(self._carried)

    async def _carry(self, place: int, access: Access, admission: Admission) -> None:
        came: Delivery | ShuniuError
        try:
            came = await self._course.carry(access, await self._course.permit.of_key(access, admission))
        except ShuniuError as error:
            came = error
        except Exception:
            log.exception("internal error in a stream of keys")
            came = INTERNAL()
        self._put(KeyOutcome(place, came))

    def _put(self, outcome: KeyOutcome) -> None:
        self._ready.append(outcome)
        self._held += outcome.size
        self._news.set()

    def _carried(self, task: "asyncio.Task[None]") -> None:
        self._carrying.discard(task)
        self._news.set()
        self._room.set()

    def _give_up(self) -> None:
        for task in self._carrying:
            task.cancel()


def _next(part: Part, places: set[int]) -> AskedKey:
    """Return the next key of a stream, whose place is taken from now on; raise InvalidInputError for anything else."""
    if isinstance(part, Opening):
        raise OPENING_TWICE(field="opening")
    if part.place <= 0 or part.place in places:
        raise PLACE_WRONG(field="key.place")
    if len(places) >= MOST_KEYS:
        raise KEYS_TOO_MANY(field="key", most=MOST_KEYS)
    places.add(part.place)
    return part


async def _end(tasks: "set[asyncio.Future[None]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
