"""Whether the caller of a stream is let in still: a certificate may be revoked, or end, while the stream is open."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Final, TypeVar

from hub.access import Caller
from hub.errors import ShuniuError

LOOK: Final = 0.5
"""Seconds between two looks at the caller of an open stream: with the quarter of a second after which a change is heard, less than one."""
_T = TypeVar("_T")


async def of_whom_is_let_in(requests: AsyncIterator[_T], look: Callable[[], Caller]) -> AsyncGenerator[_T, None]:
    """Yield the requests of a stream whose caller is let in at the moment of each: a certificate may be revoked, or end, between two of them."""
    async for request in requests:
        look()
        yield request


async def while_let_in(answers: AsyncIterator[_T], look: Callable[[], Caller]) -> AsyncGenerator[_T, None]:
    """Yield the answers of a stream for as long as its caller is let in: a certificate may be revoked, or end, while the stream is open."""
    watch = _Watch(look)
    try:
        async for answer in answers:
            watch.pause()
            yield answer
            watch.go_on()
    except asyncio.CancelledError:
        watch.raise_why()
        raise
    finally:
        watch.end()


class _Watch:
    """Looks at the caller of a stream at each answer, and twice a second while none comes; for the event loop's thread.

    While the stream waits for its next answer, a caller who is let in no longer ends that wait: by a cancellation, which is then told as what it
    is. A task for each answer would cost as much as the answer's own way through the gate.
    """

    def __init__(self, look: Callable[[], Caller]) -> None:
        self._look, self._task = look, asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        self._why: ShuniuError | None = None
        self._is_waiting = True
        self._timer = self._loop.call_later(LOOK, self._again)

    def pause(self) -> None:
        """Look before an answer leaves; while it does, nothing is ended."""
        self._is_waiting = False
        self._look()

    def go_on(self) -> None:
        """Look behind an answer that has left: that may have taken as long as its reader pleased."""
        self._look()
        self._is_waiting = True

    def raise_why(self) -> None:
        """Raise why the caller is let in no longer, where that was what ended the wait."""
        if self._why is not None and self._task is not None and self._task.uncancel() == 0:
            raise self._why

    def end(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _again(self) -> None:
        try:
            self._look()
        except ShuniuError as error:
            if self._is_waiting and self._task is not None:
                self._why = error
                self._task.cancel()
                return
        self._timer = self._loop.call_later(LOOK, self._again)
