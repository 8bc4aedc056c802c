"""Several keys in one call at a provider that can: while two such calls are under way, what else is asked of it waits and goes together.

Each key stays a question of its own, with its own answer, which is compared with that question and cleaned like any other. Of one consumer at
one table no more keys are under way than calls would be, so nobody gets a larger share by asking for many. A provider that does not know
FetchMany is asked key by key. Process-local, as the connections are.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Final

from exchange.faults import refused_with
from exchange.model import Question
from exchange.providers import FETCH_MANY_METHOD, Place, ProviderPool
from exchange.reasons import PROVIDER_CROWDED, PROVIDER_OUTDATED, PROVIDER_TOO_LARGE
from exchange.steps import FETCH
from exchange.wire import Fetched, fetched_from, questions_to
from hub.errors import ShuniuError

CALLS: Final = 2
"""Calls for several keys under way for one consumer at one table."""
MOST_KEYS: Final = 16
"""Keys of one call."""
RECHECK: Final = 60.0
"""Seconds for which a provider that did not know FetchMany is asked key by key."""
_ONE_BY_ONE: Final = frozenset({PROVIDER_OUTDATED.name, PROVIDER_TOO_LARGE.name})
"""What a call for several keys may meet that a call for one of them does not."""
_Table = tuple[str, str, str, str]
"""Department and system of a provider, consumer, resource."""


@dataclass(slots=True)
class _Waiting:
    """A question that is asked with others, the moment when its time is up, and who waits for the answer."""

    place: Place
    question: Question
    end: float
    answer: "asyncio.Future[bytes | None]"

    def goes_with(self, other: "_Waiting", now: float) -> bool:
        """Tell whether it may share a call with another."""
        short, long = sorted((self.end - now, other.end - now))
        return self.place == other.place and short * 2 >= long

    def give(self, answer: bytes | None) -> None:
        """Let the answer be had; None: this key is to be asked for by itself."""
        if not self.answer.done():
            self.answer.set_result(answer)

    def fail(self, error: Exception) -> None:
        """Let the error be had."""
        if not self.answer.done():
            self.answer.set_exception(error)


@dataclass(slots=True)
class _Queue:
    """What waits to be asked of one table for one consumer, and how many calls are under way."""

    waiting: deque[_Waiting] = field(default_factory=deque)
    calls: int = 0

    def next(self, most: int) -> list[_Waiting]:
        """Take what goes together in one call: to one place, and with about as much time, so that no short deadline is another key's."""
        now, taken = monotonic(), list[_Waiting]()
        while self.waiting and len(taken) < most:
            one = self.waiting[0]
            if taken and not one.goes_with(taken[0], now):
                break
            self.waiting.popleft()
            if not one.answer.done():  # the caller may have hung up
                taken.append(one)
        return taken


class Batches:
    """Fetches as `ProviderPool` does, several keys in one call where they wait together; for the event loop's thread."""

    def __init__(self, pool: ProviderPool) -> None:
        """Take the connections."""
        self._pool = pool
        self._queues: dict[_Table, _Queue] = {}
        self._alone_until: dict[tuple[str, str], float] = {}
        self._working: set[asyncio.Task[None]] = set()
        # as many keys as there may be calls at a provider that is asked few at a time
        self._most = max(min(MOST_KEYS, pool.terms.concurrency // CALLS), 1)

    async def fetch(self, place: Place, question: Question, limit: float) -> bytes:
        """Return the bytes of the provider's answer to one key, unread, as `ProviderPool.fetch` does."""
        end = monotonic() + limit
        answer = None if self._is_alone(place) else await self._with_others(place, question, end)
        if answer is not None:
            return answer
        if (left := end - monotonic()) <= 0:
            raise PROVIDER_CROWDED(step=FETCH.place, retry_after=1.0, limit=f"{limit:.1f}")
        return await self._pool.fetch(place, question, left)

    def _is_alone(self, place: Place) -> bool:
        until = self._alone_until.get((place.department, place.system))
        return until is not None and monotonic() < until

    async def _with_others(self, place: Place, question: Question, end: float) -> bytes | None:
        """Return the answer, None where this key is to be asked for by itself."""
        table = (place.department, place.system, question.consumer, question.resource)
        queue = self._queues.setdefault(table, _Queue())
        one = _Waiting(place, question, end, asyncio.get_running_loop().create_future())
        queue.waiting.append(one)
        if queue.calls < CALLS:
            queue.calls += 1
            task = asyncio.ensure_future(self._work_off(table, queue))
            self._working.add(task)
            task.add_done_callback(self._working.discard)
        return await one.answer

    async def _work_off(self, table: _Table, queue: _Queue) -> None:
        """Ask until nothing waits."""
        try:
            while queue.waiting:
                await asyncio.sleep(0)  # what comes at this very moment goes along
                if asked := queue.next(self._most):
                    await self._ask(asked)
        finally:
            queue.calls -= 1
            if not queue.calls and not queue.waiting:
                self._queues.pop(table, None)

    async def _ask(self, asked: list[_Waiting]) -> None:
        try:
            limit = min(one.end for one in asked) - monotonic()
            if limit <= 0:
                found: list[Fetched | None] = [None] * len(asked)
            elif len(asked) == 1:
                found = [Fetched(await self._pool.fetch(asked[0].place, asked[0].question, limit))]
            else:
                found = await self._ask_together(asked, limit)
        except Exception as error:  # noqa: BLE001 -- whoever waits hears of it, whatever it is
            for one in asked:
                one.fail(error)
            return
        for one, came in zip(asked, found, strict=True):
            if came is not None and came.refusal:
                one.fail(refused_with(came.refusal, one.question, limit, one.place.department))
            else:
                one.give(came.answer if came is not None else None)

    async def _ask_together(self, asked: list[_Waiting], limit: float) -> list[Fetched | None]:
        """Return what came for each, None for one that is to be asked for by itself."""
        place = asked[0].place
        together = replace(asked[0].question, data=questions_to([one.question for one in asked]))
        try:
            return fetched_from(await self._pool.fetch(place, together, limit, FETCH_MANY_METHOD), len(asked))
        except ShuniuError as error:
            if error.reason not in _ONE_BY_ONE:
                raise
            if error.reason == PROVIDER_OUTDATED.name:
                self._alone_until[place.department, place.system] = monotonic() + RECHECK
            return [None] * len(asked)
