"""Work as it comes: a stream that is opened again wherever it ends, each event given to a handler and then acknowledged.

An event comes at least once: whoever was ended between the handler and the acknowledgement gets it again. Within one run none comes twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import grpc

from shuniu.errors import ShuniuCallError
from shuniu.retrying import PASSES
from shuniu.v1.work_pb2 import AcknowledgeWorkRequest, WatchWorkRequest, WorkEvent

if TYPE_CHECKING:
    from shuniu.v1.work_pb2_grpc import WorkServiceAsyncStub, WorkServiceStub

WORK_PAGE: Final = 500
"""Pieces of work that are asked for at a time."""
OPEN: Final = 86_400.0
"""Seconds for which one stream stays open at most; the next one goes on where it ended."""
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 2.0


@dataclass
class _Course:
    """How far a watch has come, and how long it waits before the next attempt."""

    token: str
    is_closed: Callable[[], bool] = lambda: False
    pause: float = 0.0
    is_over: bool = False

    def handled(self, event: WorkEvent) -> None:
        """Take note that an event was dealt with."""
        self.token, self.pause = event.token, 0.0

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Let one stream run to its end; raise what the next attempt would meet again."""
        try:
            yield
        except ShuniuCallError as error:
            if error.code is grpc.StatusCode.CANCELLED:  # the connection was closed by this program
                self.is_over = True
                return
            if error.code not in PASSES:
                raise
        except ValueError:  # gRPC's word for a call over a connection that is closed
            if not self.is_closed():
                raise
            self.is_over = True
            return
        self.pause = min(max(self.pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)


@contextmanager
def _passing() -> Iterator[None]:
    """Leave an acknowledgement that did not arrive: the next one says it, too."""
    try:
        yield
    except ShuniuCallError as error:
        if error.code not in PASSES:
            raise


def watch(
    stub: WorkServiceStub, handler: Callable[[WorkEvent], object], resume_token: str = "", is_closed: Callable[[], bool] = lambda: False
) -> None:
    """Give the handler each event, and acknowledge it when the handler has returned; until the connection is closed or the handler raises."""
    course = _Course(resume_token, is_closed)
    while not course.is_over:
        with course.attempt():
            for event in stub.WatchWork(WatchWorkRequest(resume_token=course.token), timeout=OPEN):
                handler(event)
                course.handled(event)
                with _passing():
                    stub.AcknowledgeWork(AcknowledgeWorkRequest(token=event.token))
        if not course.is_over:
            time.sleep(course.pause)


async def watch_async(stub: WorkServiceAsyncStub, handler: Callable[[WorkEvent], Awaitable[object]], resume_token: str = "") -> None:
    """Do the same for asyncio; cancel the task to end it."""
    course = _Course(resume_token)
    while not course.is_over:
        with course.attempt():
            async for event in stub.WatchWork(WatchWorkRequest(resume_token=course.token), timeout=OPEN):
                await handler(event)
                course.handled(event)
                with _passing():
                    await stub.AcknowledgeWork(AcknowledgeWorkRequest(token=event.token))
        if not course.is_over:
            await asyncio.sleep(course.pause)
