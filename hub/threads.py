"""The threads that run sync methods: whoever makes slow calls waits for its own turn and leaves threads to the others.

A thread cannot be interrupted. A call that its caller has given up therefore keeps its place until the thread has ended: else short deadlines
would get a party all threads.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar, cast

from hub.reasons import CALLS_TOO_MANY
from shuniu.turns import FullError, Turns

WAITING: Final = 1_024
"""Calls of all parties that wait for a thread."""
WAITING_EACH: Final = 128
"""Calls of one party that wait: more than any client has under way that waits for its answers."""
WAITING_BYTES: Final = 128 * 1024 * 1024
"""Bytes of the requests that wait; a single one has at most 4 MiB."""
WAITING_BYTES_EACH: Final = WAITING_BYTES // 4
_T = TypeVar("_T")


class Threads:
    """Threads of many parties: one alone gets three quarters of them, and who holds little comes first."""

    def __init__(self, executor: Executor, places: int) -> None:
        """Take the executor and how many threads it has."""
        self._executor = executor
        self.turns = Turns(places, WAITING, WAITING_EACH)
        self.bytes: Counter[str] = Counter()

    async def run(self, party: str, function: Callable[..., _T], *args: object, size: int = 0) -> _T:
        """Run a function in a thread when it is its party's turn; raise LimitError where too much of the party waits already.

        `size` is how many bytes wait with it: those of the request.
        """
        if not self.turns.take_free(party):
            await self._wait(party, size)
        return await in_thread(self._executor, partial(self.turns.give, party), function, *args)

    async def _wait(self, party: str, size: int) -> None:
        if self.bytes.total() + size > WAITING_BYTES or self.bytes[party] + size > WAITING_BYTES_EACH:
            raise CALLS_TOO_MANY(retry_after=1.0)
        self.bytes[party] += size
        try:
            await self.turns.take(party)
        except FullError:
            raise CALLS_TOO_MANY(retry_after=1.0) from None
        finally:
            self.bytes[party] -= size
            if not self.bytes[party]:
                del self.bytes[party]


async def in_thread(executor: Executor, ended: Callable[[], None], function: Callable[..., _T], *args: object) -> _T:
    """Run a function in a thread, and call `ended` in the event loop when the thread is through, even where nobody waits for it any more."""
    loop = asyncio.get_running_loop()
    try:
        work = executor.submit(_run, function, args)
    except RuntimeError:  # shut down: the process ends
        ended()
        raise

    def end_later(_work: object) -> None:
        with suppress(RuntimeError):  # the loop has ended before the thread, and nobody counts any more
            loop.call_soon_threadsafe(ended)

    try:
        return cast("_T", await asyncio.wrap_future(work))
    finally:
        if work.done():
            ended()
        else:
            work.add_done_callback(end_later)
        del work  # it holds its error, whose traceback holds this frame: a circle that would keep what the function was given


def _run(function: Callable[..., Any], args: tuple[object, ...]) -> Any:
    """Run in the thread; a future can carry any error but StopIteration, which would leave the caller waiting for ever."""
    try:
        return function(*args)
    except StopIteration as error:
        raise RuntimeError("a method let a StopIteration escape") from error


async def pieces(answers: Iterator[_T], run: Callable[..., Awaitable[Any]]) -> AsyncGenerator[_T, None]:
    """Yield what a sync method yields, each piece made by `run`, in whatever thread."""
    end = object()
    # `end` in the place of StopIteration, which no future can carry.
    while (answer := await run(next, answers, end)) is not end:
        yield cast("_T", answer)
