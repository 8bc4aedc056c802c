"""Refusals on a real hub: those of strangers are counted, those of one system are bounded and summed up, and nobody else pays for them."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final

import pytest
from grpc import StatusCode
from sqlalchemy import func, select

import audit.refusals
from audit.floods import MINUTE, SUM
from audit.model import Kind, Record
from audit.store.tables import batches
from hub.db import Database
from hub.limits import Limits
from shuniu.v1 import exchange_pb2, identity_pb2
from tests.audit.test_service import written
from tests.hub.test_strangers import Now
from tests.hub.test_watch import soon
from tests.world import CONSUMER, METHODS, OTHER, Reply, World, called

ABSENT: Final = "grants/01k00000000000000000000009"
LONG_NAMES: Final = [f"{number:063d}" for number in range(200)]
WRITES: Final = 2.0
"""Calls a second that write, in this world: twenty at once."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(limits=Limits(writes_per_second=WRITES)) as running:
        yield running


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for a no."""
    monkeypatch.setattr(audit.refusals, "SLOW_NO", 0.0)


@pytest.fixture(scope="module")
def time_of_buckets(world: World) -> Now:
    return stopped(world)


@pytest.fixture
def now(world: World, time_of_buckets: Now) -> Iterator[Now]:
    """The time of the buckets and of the sums, which stands until it is moved; every bucket is full, and nothing is left to be summed up."""
    time_of_buckets.time += 3_600
    yield time_of_buckets
    world.run(world.hub.refusals.settle())


def stopped(world: World) -> Now:
    now, book = Now(), world.hub.refusals
    now.time = time.monotonic()  # where the buckets stand
    book._allowances._now = book.floods._now = world.hub.writes._allowances._now = now
    return now


def replies(call: Callable[[], Reply], count: int) -> list[str]:
    return [call().reason for _ in range(count)]


def log_bytes(world: World) -> int:
    """Return how many bytes the batches of the log take in the database."""
    with world.hub.db.read() as tx:
        return int(tx.execute(select(func.sum(func.length(batches.c.body)))).scalar_one())


def summed_up(world: World, now: Now, count: int) -> list[Record]:
    """Let the flood end, and wait for that many records that sum up."""
    now.time += MINUTE

    async def look() -> None:
        world.hub.refusals.floods.look()

    world.run(look())
    soon(lambda: len(sums(world)) >= count)
    return sums(world)


def sums(world: World) -> list[Record]:
    return [one for one in world.records() if one.action == SUM]


def told(world: World, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines of the minute, as if it were over."""
    caplog.clear()
    world.hub.strangers_refused.flush()
    return sorted(one.getMessage() for one in caplog.records if one.name == "hub.counting")


def test_what_strangers_are_refused_at_the_public_door_is_one_line_per_reason(world: World, caplog: pytest.LogCaptureFixture):
    enroll, query = METHODS["Enroll"][0], METHODS["Query"][0]
    before = world.log_size
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            guess = identity_pb2.EnrollRequest(token=f"guess-{number}", csr=b"x")
            reason = called(world.public.channel, enroll, guess, identity_pb2.EnrollResponse, 5).reason
            assert called(world.public.channel, query, exchange_pb2.QueryRequest(), exchange_pb2.QueryResponse, 5).reason == "NOT_ALLOWED"
        lines = told(world, caplog)
    assert lines == sorted([f"3 refusals in the last minute: {reason}", "3 refusals in the last minute: NOT_ALLOWED"])
    assert world.log_size == before


def test_a_certificate_that_does_not_hold_is_counted_too(world: World, caplog: pytest.LogCaptureFixture):
    member = world.as_(OTHER)
    told(world, caplog)
    with caplog.at_level(logging.WARNING), world.later(timedelta(days=91)):
        assert member.call("WhoAmI").reason == "CERTIFICATE_EXPIRED"
        assert told(world, caplog) == ["1 refusal in the last minute: CERTIFICATE_EXPIRED"]


def test_a_member_without_any_grant_fills_no_disk_and_another_ones_query_goes_through(world: World, now: Now):
    flooding, grant = world.as_(OTHER), world.grant()
    size, taken, before = world.log_size, log_bytes(world), len(sums(world))
    heard = replies(lambda: flooding.query(ABSENT, fields=LONG_NAMES), 60)
    assert heard == ["NO_GRANT"] * 20 + ["REFUSALS_TOO_MANY"] * 40
    records = world.records(since=size)
    assert [(one.kind, one.status, one.fields, one.detail) for one in records] == [(Kind.REFUSAL, "NO_GRANT", (), {"other_fields": "200"})] * 20
    assert log_bytes(world) - taken < world.config.limits.refusal_bytes_per_second
    assert log_bytes(world) - taken < 20 * 1_024
    assert world.as_(CONSUMER).query(grant).ok
    now.time += 1
    heard += replies(lambda: flooding.query(ABSENT, fields=LONG_NAMES), 30)
    assert heard[60:] == ["NO_GRANT"] * 20 + ["REFUSALS_TOO_MANY"] * 10
    (record,) = summed_up(world, now, before + 1)[before:]
    assert (record.actor.department, record.actor.system, record.status) == (flooding.department, flooding.system, "REFUSALS_TOO_MANY")
    assert (record.detail["count"], record.detail["reasons"], record.detail["actions"]) == ("50", "NO_GRANT 50", "exchange.Query 50")


def test_whoever_is_refused_too_often_hears_when_to_come_again(world: World, now: Now):
    def query() -> Reply:
        return world.as_(OTHER).query(ABSENT)

    replies(query, 20)
    reply = query()
    assert (reply.code, reply.reason) == (StatusCode.RESOURCE_EXHAUSTED, "REFUSALS_TOO_MANY")
    assert reply.error.retry_after >= 1
    assert "汇总记录" in reply.error.message_zh


def test_a_permitted_query_of_the_flooding_system_itself_meets_no_limit(world: World, now: Now):
    by, grant = world.as_(CONSUMER), world.grant()
    replies(lambda: by.query(ABSENT), 25)
    assert all(by.query(grant).ok for _ in range(60))  # more than a system may write otherwise, and than refusals are written
    assert by.query(grant, fields=["phone"]).reason == "REFUSALS_TOO_MANY"


def test_refusals_of_the_gate_and_of_the_exchange_have_one_bucket(world: World, now: Now):
    by, before = world.as_(OTHER), len(sums(world))
    heard = replies(lambda: by.call("CreateRelease"), 12) + replies(lambda: by.query(ABSENT), 12) + replies(lambda: by.call("CreateRelease"), 3)
    assert heard == ["NOT_ALLOWED"] * 12 + ["NO_GRANT"] * 8 + ["REFUSALS_TOO_MANY"] * 7
    record = summed_up(world, now, before + 1)[-1]
    assert record.detail["reasons"] == "NO_GRANT 4, NOT_ALLOWED 3"
    assert record.detail["actions"] == "exchange.Query 4, CatalogService.CreateRelease 3"


def test_the_record_shows_its_department_no_more_than_its_callers_heard(world: World, now: Now):
    by, foreign, before = world.as_(OTHER), world.grant().name, len(sums(world))
    replies(lambda: by.query(ABSENT), 20)
    assert set(replies(lambda: by.query(foreign), 5) + replies(lambda: by.query(ABSENT), 5)) == {"REFUSALS_TOO_MANY"}
    assert summed_up(world, now, before + 1)[-1].detail["reasons"] == "NO_GRANT 10"


def test_a_system_that_writes_too_much_is_told_so_before_anything_is_done(world: World, now: Now):
    by, grant, before = world.as_(OTHER), world.grant(), len(sums(world))
    look: dict[str, Any] = {"case_number": "LB-2026-0001", "searcher": "张敏", "reason": "核对办件材料"}
    assert replies(lambda: by.call("SearchAuditRecords", **look), 20) == [""] * 20
    size = world.log_size
    reply = by.call("SearchAuditRecords", **look)
    assert (reply.code, reply.reason) == (StatusCode.RESOURCE_EXHAUSTED, "WRITES_TOO_MANY")
    assert reply.error.retry_after > 0
    assert replies(lambda: by.call("SetEndpoint", endpoint="10.1.1.1:7000"), 2) == ["WRITES_TOO_MANY"] * 2
    assert by.call("WhoAmI").ok  # reading is not counted
    assert world.log_size == size
    assert world.as_(CONSUMER).call("SearchAuditRecords", **look).ok
    assert world.as_(CONSUMER).query(grant).ok
    now.time += 1 / WRITES
    assert by.call("SearchAuditRecords", **look).ok
    assert summed_up(world, now, before + 1)[-1].detail["reasons"] == "WRITES_TOO_MANY 3"


def test_what_was_not_written_one_by_one_when_the_hub_stops_is_in_the_log_behind_it():
    with World() as world:
        stopped(world)
        assert replies(lambda: world.as_(OTHER).query(ABSENT), 33)[20:] == ["REFUSALS_TOO_MANY"] * 13
        world.stop()
        database = Database(world.hub.db.url)
        try:
            record = next(one for one in written(database) if one.action == SUM)
        finally:
            database.close()
        assert (record.detail["count"], record.detail["reasons"]) == ("13", "NO_GRANT 13")
        world.stop = lambda: None  # type: ignore[method-assign]  # it has stopped


def test_a_no_beyond_the_limit_comes_slowly_but_within_the_callers_deadline(world: World, now: Now, monkeypatch: pytest.MonkeyPatch):
    by = world.as_(OTHER)
    replies(lambda: by.query(ABSENT), 20)
    monkeypatch.setattr(audit.refusals, "SLOW_NO", 0.3)
    began = time.monotonic()
    assert by.query(ABSENT).reason == "REFUSALS_TOO_MANY"
    assert time.monotonic() - began >= 0.3
    monkeypatch.setattr(audit.refusals, "SLOW_NO", 60.0)
    assert by.query(ABSENT, timeout=1.0).reason == "REFUSALS_TOO_MANY"


def test_only_so_many_calls_of_a_system_wait_for_their_no_and_the_others_hear_it_at_once(world: World, now: Now, monkeypatch: pytest.MonkeyPatch):
    by = world.as_(OTHER)
    replies(lambda: by.query(ABSENT), 20)
    monkeypatch.setattr(audit.refusals, "SLOW_NO", 60.0)
    monkeypatch.setattr(audit.refusals, "MOST_HELD", 4)
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(by.query, ABSENT, timeout=4.0) for _ in range(4)]
        soon(lambda: world.hub.refusals._held[f"{by.department}/{by.system}"] == 4)
        began = time.monotonic()
        assert by.query(ABSENT, timeout=10.0).reason == "REFUSALS_TOO_MANY"
        assert time.monotonic() - began < 1.5
        assert {one.result().reason for one in waiting} == {"REFUSALS_TOO_MANY"}
    assert not world.hub.refusals._held
