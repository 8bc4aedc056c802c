"""The threads that clean answers: in turn, within the caller's time, and held for as long as they work."""

import asyncio
import functools
import threading
from types import SimpleNamespace
from typing import Any

import pytest

import exchange.cleaners
from exchange.cleaners import THREADS, Cleaners
from exchange.model import FOR_THE_OUTCOME
from hub.errors import DeadlineError, LimitError


def access(seconds: float = 10.0, consumer: str = "A") -> Any:
    return SimpleNamespace(caller=SimpleNamespace(department=consumer), end=asyncio.get_running_loop().time() + seconds + FOR_THE_OUTCOME)


class Held:
    """Cleaning that lasts until a test lets it go."""

    def __init__(self) -> None:
        self.going, self.began = threading.Event(), threading.Semaphore(0)
        self.threads: list[str] = []

    def work(self) -> str:
        self.threads.append(threading.current_thread().name)
        self.began.release()
        self.going.wait(10)
        return "clean"

    async def begin(self, count: int) -> None:
        """Wait until so many more have begun."""
        for _ in range(count):
            assert await asyncio.to_thread(self.began.acquire, timeout=5)


def in_loop(test):
    @functools.wraps(test)
    def run(*args, **named):
        asyncio.run(test(*args, **named))

    return run


@in_loop
async def test_an_answer_is_cleaned_in_a_thread_of_its_own():
    held, cleaners = Held(), Cleaners()
    held.going.set()
    assert await cleaners.run(access(), "P", held.work) == "clean"
    assert [name.startswith("clean") for name in held.threads] == [True]
    assert cleaners.turns.used == 0
    cleaners.close()


@in_loop
async def test_a_caller_whose_time_is_up_is_told_and_the_thread_is_nobody_s_until_it_is_through(monkeypatch):
    monkeypatch.setattr(exchange.cleaners, "THREADS", 1)
    held, cleaners = Held(), Cleaners()
    for _ in range(2):  # the first in its thread, the second in the queue
        with pytest.raises(DeadlineError) as late:
            await cleaners.run(access(0.05), "P", held.work)
        assert "was not read before the deadline" in late.value.message
    assert (len(held.threads), cleaners.turns.used) == (1, 1)
    next_one = asyncio.ensure_future(cleaners.run(access(), "P", held.work))
    held.going.set()
    assert await next_one == "clean"
    assert (len(held.threads), cleaners.turns.used) == (2, 0)
    cleaners.close()


@in_loop
async def test_one_consumer_s_large_answers_leave_a_thread_to_another_and_too_many_are_refused(monkeypatch):
    monkeypatch.setattr(exchange.cleaners, "WAITING", 4)
    held, cleaners = Held(), Cleaners()
    flood = [asyncio.ensure_future(cleaners.run(access(), "P", held.work)) for _ in range(20)]
    await held.begin(THREADS - 1)
    other = asyncio.ensure_future(cleaners.run(access(consumer="B"), "Q", held.work))
    await held.begin(1)
    held.going.set()
    ended = await asyncio.gather(other, *flood, return_exceptions=True)
    full = [error for error in ended if isinstance(error, LimitError)]
    assert ended[0] == "clean"
    assert {(error.reason, error.retry_after) for error in full} == {("ANSWERS_TOO_MANY", 1.0)}
    assert len(ended) - len(full) == 1 + THREADS - 1 + 3
    cleaners.close()
