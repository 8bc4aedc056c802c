"""What shuts a provider: its own failures, for those who met them; nobody's hurry, no damaged row, and not one department for all others."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from grpc import StatusCode

import exchange.providers
from exchange.breaker import FAILURES, MOST_OF_ONE, PAUSE, Breaker
from hub.errors import UnavailableError
from shuniu import Provider
from shuniu.provider.table import TableProvider
from tests.world import CONSUMER, KEY, OTHER, PROVIDER, RESIDENT, World

TIMEOUT = 1.5
THIRD = "education"
A, B, C = "department a", "department b", "department c"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(provider_timeout=TIMEOUT, provider_concurrency=32) as running:
        yield running


def breaker(consumers: int = 3) -> Breaker:
    return Breaker("provider/system", lambda: consumers)


def fail(one: Breaker, consumer: str, times: int, now: float = 0.0) -> None:
    for _ in range(times):
        one.bad(consumer, now)


def wait(one: Breaker, consumer: str, now: float = 0.0, *, is_fair: bool = True) -> float:
    """For how many seconds this consumer is refused; a call that passes ends without a verdict."""
    try:
        one.begin(consumer, now, is_fair=is_fair).end(now)
    except UnavailableError as error:
        return error.retry_after
    return 0.0


def test_failures_that_one_consumer_met_pause_that_consumer_alone():
    one = breaker()
    fail(one, A, FAILURES - 1)
    assert wait(one, A) == 0
    fail(one, A, 20)
    assert (wait(one, A), wait(one, B)) == (PAUSE, 0)
    fail(one, B, FAILURES - MOST_OF_ONE - 1)
    assert wait(one, C) == 0


def test_failures_that_two_consumers_met_pause_the_provider_for_all_but_not_with_an_answer_in_between():
    one = breaker()
    fail(one, A, MOST_OF_ONE)
    one.good(C)
    fail(one, B, FAILURES - MOST_OF_ONE)
    assert wait(one, C) == 0
    fail(one, A, MOST_OF_ONE)
    assert wait(one, C) == PAUSE


def test_failures_of_the_only_consumer_that_there_is_pause_the_provider(caplog: pytest.LogCaptureFixture):
    one = breaker(consumers=1)
    fail(one, A, FAILURES)
    assert wait(one, "a consumer of the next minute") == PAUSE
    fail(one, A, 3)
    assert caplog.text.count("provider/system is not called for 10 s") == one.tally.pauses == 1


def test_an_answer_gives_a_paused_consumer_its_calls_back():
    one = breaker()
    fail(one, A, FAILURES)
    one.good(A)
    assert wait(one, A) == 0
    fail(one, A, FAILURES - 1)
    assert wait(one, A) == 0


@pytest.mark.parametrize("consumers", [1, 3])
def test_after_the_pause_one_call_tries(consumers: int):
    one = breaker(consumers)
    fail(one, A, FAILURES)
    trial = one.begin(A, PAUSE, is_fair=True)
    assert wait(one, A, PAUSE) == PAUSE
    trial.bad(PAUSE + 1)
    trial.end(PAUSE + 1)
    assert wait(one, A, PAUSE + 2) == PAUSE - 1
    trial = one.begin(A, 2 * PAUSE + 1, is_fair=True)
    trial.good()
    assert wait(one, A, 2 * PAUSE + 1) == 0


def test_a_trial_that_proved_nothing_is_left_to_the_next_caller():
    one = breaker()
    fail(one, A, FAILURES)
    fail(one, B, FAILURES)
    trial = one.begin(A, PAUSE, is_fair=True)
    assert wait(one, C, PAUSE + 1) == PAUSE - 1
    trial.end(PAUSE + 1)
    assert wait(one, C, PAUSE + 1) == 0


def test_callers_in_a_hurry_do_not_hold_the_trial():
    one = breaker()
    fail(one, A, FAILURES)
    fail(one, B, FAILURES)
    hurried = [one.begin(A, PAUSE, is_fair=False) for _ in range(3)]
    trial = one.begin(C, PAUSE, is_fair=True)
    for attempt in hurried:
        attempt.end(PAUSE)
    assert wait(one, B, PAUSE) == PAUSE
    trial.good()
    assert wait(one, C, PAUSE) == 0


class Tables:
    """A provider's system with a table that one department asks, as a test has it, and one that is well and that two departments ask."""

    def __init__(self, world: World, first) -> None:
        by = world.member(PROVIDER, f"tables-{world.number()}")
        provider = Provider(by.folder)
        if isinstance(first, str):
            provider.add(TableProvider(first, "resident", "id_number").resource("first"))
        else:
            provider.resource("first", key="id_number", columns=tuple(RESIDENT))(first)
        provider.resource("well", key="id_number", columns=tuple(RESIDENT))(lambda *_: [RESIDENT])
        self.running = world.run(provider.serve())
        by.do("SetEndpoint", endpoint=f"127.0.0.1:{self.running.port}")
        well = world.entry(by, resource="well")
        self.first = world.grant(world.entry(by, resource="first"))
        self.well, self.other = world.grant(well), world.grant(well, consumer=world.member(OTHER))
        self.all = world.grant(well, consumer=world.member(THIRD))


@pytest.fixture
def tables(world: World):
    made: list[Tables] = []

    def make(first) -> Tables:
        made.append(Tables(world, first))
        return made[-1]

    yield make
    for one in made:
        world.run(one.running.stop(0))


def at_once(count: int, call):
    with ThreadPoolExecutor(count) as pool:
        return [one.result() for one in [pool.submit(call) for _ in range(count)]]


def after(seconds: float):
    async def rows(*_):
        await asyncio.sleep(seconds)
        return [RESIDENT]

    return rows


def test_calls_with_a_short_deadline_shut_nobody_out(world: World, tables):
    slow = tables(after(0.35))
    for _ in range(FAILURES + 1):  # 0.3 s are left for the provider
        reply = world.as_(CONSUMER).query(slow.first, timeout=0.5)
        assert not reply.ok
    assert world.as_(OTHER).query(slow.other).ok
    assert world.as_(CONSUMER).query(slow.well).ok
    assert world.as_(CONSUMER).query(slow.first).ok


def test_a_row_that_cannot_be_read_shuts_no_table(world: World, tables, tmp_path):
    file = tmp_path / "gbk.db"
    with sqlite3.connect(file) as rows:
        rows.execute("CREATE TABLE resident (id_number TEXT PRIMARY KEY, name TEXT, address TEXT, phone TEXT, birth_date DATE, children INTEGER)")
        rows.execute("INSERT INTO resident VALUES (?, CAST(X'D5C5C8FD' AS TEXT), '', NULL, NULL, NULL)", (KEY,))
    rows.close()
    damaged = tables(f"sqlite:///{file}")
    for _ in range(FAILURES + 1):
        reply = world.as_(CONSUMER).query(damaged.first)
        assert (reply.code, reply.reason) == (StatusCode.DATA_LOSS, "BAD_RECORD"), reply.message
        assert "a record that it cannot read itself" in reply.message
        assert reply.error.retry_after == 0
    assert world.as_(CONSUMER).query(damaged.well).ok
    assert world.as_(OTHER).query(damaged.other).ok


def test_a_table_slower_than_the_hub_waits_pauses_who_asks_it_and_a_second_department_s_failures_pause_all(world: World, tables, monkeypatch):
    ahead, sick = [0.0], threading.Event()
    monkeypatch.setattr(exchange.providers, "monotonic", lambda: time.monotonic() + ahead[0])
    sick.set()

    async def rows(*_):
        await asyncio.sleep(5 if sick.is_set() else 0)
        return [RESIDENT]

    slow = tables(rows)
    late = at_once(FAILURES, lambda: world.as_(CONSUMER).query(slow.first))
    assert {"did not answer within 1.5 s" in reply.message for reply in late} == {True}
    refused = world.as_(CONSUMER).query(slow.well)
    assert f"failed {FAILURES} times in a row at your department's calls" in refused.message
    assert (refused.reason, 0 < refused.error.retry_after <= PAUSE) == ("PROVIDER_UNAVAILABLE", True)
    assert world.as_(OTHER).query(slow.other).ok
    ahead[0] = PAUSE
    sick.clear()
    assert world.as_(CONSUMER).query(slow.first).ok
    assert world.as_(CONSUMER).query(slow.well).ok


def test_a_provider_that_is_gone_is_left_alone_for_all_once_two_departments_met_that(world: World, tables, monkeypatch):
    ahead = [0.0]
    monkeypatch.setattr(exchange.providers, "monotonic", lambda: time.monotonic() + ahead[0])
    gone = tables(after(0))
    world.run(gone.running.stop(0))
    for _ in range(MOST_OF_ONE):
        assert "unreachable" in world.as_(CONSUMER).query(gone.first).message
    for _ in range(FAILURES - MOST_OF_ONE):
        assert "unreachable" in world.as_(OTHER).query(gone.other).message
    reply = world.as_(THIRD).query(gone.all)
    assert f"the provider failed {FAILURES} times in a row, so" in reply.message
    ahead[0] = PAUSE
    assert "unreachable" in world.as_(THIRD).query(gone.all).message  # the one that tries
    assert f"failed {FAILURES} times in a row, so" in world.as_(THIRD).query(gone.all).message
