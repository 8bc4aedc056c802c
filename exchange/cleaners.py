"""The threads in which answers are cleaned that are more than a moment's work: the event loop does nothing that grows with what was sent.

A consumer and a provider could agree to send much, so both are counted, and neither gets all threads. Process-local: the threads and the
interpreter that they share with the event loop are this process's own.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from exchange.model import FOR_THE_OUTCOME, Access
from exchange.reasons import CLEANING_FULL, CLEANING_LATE
from exchange.steps import CLEAN
from hub.threads import in_thread
from shuniu.turns import FullError, Turns

THREADS: Final = 4
"""One consumer at one provider gets three of them, so that another finds one at once."""
_T = TypeVar("_T")
WAITING: Final = 32
"""Answers that wait for a thread, each of at most 5 MiB: 160 MiB."""


class Cleaners:
    """Cleans answers in threads, in turn among consumers and providers; for the event loop's thread."""

    def __init__(self) -> None:
        """Begin without a thread: each is started when it is needed first."""
        self._executor = ThreadPoolExecutor(THREADS, "clean")
        self.turns = Turns(THREADS, WAITING, WAITING)

    async def run(self, access: Access, provider: str, work: Callable[[], _T]) -> _T:
        """Return what the work on an access returns; raise LimitError where too much waits, DeadlineError where the caller's time is up before."""
        keys = (("consumer", access.caller.department), ("provider", provider))
        try:
            async with asyncio.timeout_at(access.end - FOR_THE_OUTCOME):
                await self.turns.take(*keys)
                # A thread cannot be stopped: its place is given back when it is through, whoever still waits.
                return await in_thread(self._executor, partial(self.turns.give, *keys), work)
        except FullError:
            raise CLEANING_FULL(step=CLEAN.place, retry_after=1.0) from None
        except TimeoutError:
            raise CLEANING_LATE(step=CLEAN.place) from None

    def close(self) -> None:
        """Take no more answers; what a thread does at this moment is not waited for."""
        self._executor.shutdown(wait=False, cancel_futures=True)
