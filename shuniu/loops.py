"""Event loops of processes that serve: uvloop where it exists (CPython, not on Windows), asyncio's own elsewhere; one way to run and to end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import FrameType
from typing import Any, Final, TypeVar

try:
    import uvloop
except ImportError:  # Windows, PyPy
    uvloop = None  # type: ignore[assignment]

T = TypeVar("T")
_ENDING: Final = (signal.SIGTERM, signal.SIGINT)


def new_loop() -> asyncio.AbstractEventLoop:
    """Return a new event loop."""
    return asyncio.new_event_loop() if uvloop is None else uvloop.new_event_loop()


def run_in(loop: asyncio.AbstractEventLoop, main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a new loop, cancel what is left and close the loop: `asyncio.Runner`, which Python has from 3.11 on."""
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main)
    finally:
        try:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            asyncio.set_event_loop(None)
            loop.close()


def on_end(loop: asyncio.AbstractEventLoop, ended: Callable[[], object]) -> None:
    """Call `ended` in the loop at SIGTERM and SIGINT, in place of what these do to a process. For the main thread."""

    def heard(_number: int, _frame: FrameType | None) -> None:
        with suppress(RuntimeError):  # the loop is closed: it has ended already
            loop.call_soon_threadsafe(ended)

    for number in _ENDING:
        try:
            loop.add_signal_handler(number, ended)
        except NotImplementedError:  # Windows
            signal.signal(number, heard)
