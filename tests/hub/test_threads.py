"""Threads are shared by party: slow calls of one leave threads to the others, also when their callers have given them up."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub import threads
from hub.errors import LimitError
from hub.threads import Threads, pieces
from tests.shuniu_sdk.test_turns import in_loop, settled


class Slow:
    """A method that ends when it is let."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self) -> str:
        assert self.go.wait(20)
        return "done"


@pytest.fixture
def slow():
    method = Slow()
    yield method
    method.go.set()


def four_threads() -> Threads:
    return Threads(ThreadPoolExecutor(4), 4)


@in_loop
async def test_a_department_of_slow_calls_leaves_a_thread_to_the_next(slow: Slow):
    shared = four_threads()
    calls = [asyncio.ensure_future(shared.run("a", slow)) for _ in range(20)]
    await settled()
    assert shared.turns.held("a") == 3
    async with asyncio.timeout(5):
        assert await shared.run("b", lambda: "at once") == "at once"
    slow.go.set()
    assert set(await asyncio.gather(*calls)) == {"done"}
    assert shared.turns.used == 0


@in_loop
async def test_a_call_that_was_given_up_keeps_its_place_until_its_thread_has_ended(slow: Slow):
    shared = four_threads()
    calls = [asyncio.ensure_future(shared.run("a", slow)) for _ in range(3)]
    await settled()
    for call in calls:
        call.cancel()
    await asyncio.wait(calls)
    assert shared.turns.held("a") == 3
    more = [asyncio.ensure_future(shared.run("a", slow)) for _ in range(3)]
    await settled()
    assert shared.turns.held("a") == 3  # they wait, and the fourth thread is still there for others
    async with asyncio.timeout(5):
        assert await shared.run("b", lambda: "at once") == "at once"
    slow.go.set()
    assert await asyncio.gather(*more) == ["done"] * 3
    while shared.turns.used:  # noqa: ASYNC110 - a thread ends it, at its own moment
        await asyncio.sleep(0.01)


@in_loop
async def test_too_many_calls_of_one_department_are_told_when_to_come_back_and_others_are_not(slow: Slow, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(threads, "WAITING_EACH", 5)
    shared = four_threads()
    calls = [asyncio.ensure_future(shared.run("a", slow)) for _ in range(3 + 5)]
    await settled()
    with pytest.raises(LimitError) as error:
        await shared.run("a", slow)
    assert error.value.reason == "CALLS_TOO_MANY"
    assert error.value.retry_after > 0
    async with asyncio.timeout(5):
        assert await shared.run("b", lambda: "at once") == "at once"
    slow.go.set()
    await asyncio.gather(*calls)


@in_loop
async def test_a_method_that_fails_gives_its_place_back_and_its_error_is_told():
    def broken() -> None:
        raise ValueError("broken")

    shared = four_threads()
    for _ in range(10):
        with pytest.raises(ValueError, match="broken"):
            await shared.run("a", broken)
    assert shared.turns.used == 0


@in_loop
async def test_each_piece_of_a_stream_takes_a_turn_of_its_own():
    shared = four_threads()
    held: list[int] = []

    async def run(function, *args):
        answer = await shared.run("a", function, *args)
        held.append(shared.turns.held("a"))
        return answer

    assert [piece async for piece in pieces(iter("abc"), run)] == ["a", "b", "c"]
    assert held == [0, 0, 0, 0]


@in_loop
async def test_bytes_of_the_requests_that_wait_are_counted_for_each_department_and_for_all(slow: Slow, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(threads, "WAITING_BYTES", 100)
    monkeypatch.setattr(threads, "WAITING_BYTES_EACH", 60)
    shared = four_threads()
    calls = [asyncio.ensure_future(shared.run("a", slow, size=1_000)) for _ in range(3)]  # who finds a thread waits with nothing
    calls += [asyncio.ensure_future(shared.run("a", slow, size=30)) for _ in range(2)]
    await settled()
    with pytest.raises(LimitError):
        await shared.run("a", slow, size=1)
    calls += [asyncio.ensure_future(shared.run("b", slow, size=1_000))]
    await settled()
    with pytest.raises(LimitError):
        await shared.run("b", slow, size=41)
    slow.go.set()
    await asyncio.gather(*calls)
    assert not shared.bytes
