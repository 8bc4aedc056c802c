"""Refusals beyond what is written one by one are summed up: exactly, at most once a minute, whatever the log does meanwhile."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest

import audit.floods
from audit.committer import GroupCommitter
from audit.fields import MAX_DETAIL
from audit.floods import MINUTE, QUIET, SUM, Flood, Floods
from audit.model import TOLD, Actor, Event, Kind, Record
from hub.clock import StoppedClock
from hub.db import Database
from tests.audit.keeping import AT, CIVIL, POLICE, the_log
from tests.audit.test_service import written
from tests.exchange.test_ledger import Fault, FaultyDatabase
from tests.hub.test_strangers import Now

FAILING: list[Fault] = ["refused"] * 1_000


def refusal(reason: str = "NO_GRANT", department: str = CIVIL, seconds: float = 0, **changed: Any) -> Event:
    parts: dict[str, Any] = {"action": "exchange.Query", "detail": {}, **changed}
    return Event(kind=Kind.REFUSAL, at=AT + timedelta(seconds=seconds), actor=Actor(department, "main", "officer-7"), status=reason, **parts)


def with_floods(db: Database, story: Callable[[Floods, Now], Coroutine[Any, Any, None]], *script: Fault) -> None:
    """Run a story beside a committer over a database that fails as the script says, once for each of its transactions."""

    async def run() -> None:
        now = Now()
        committer = GroupCommitter(FaultyDatabase(db, script), the_log())  # type: ignore[arg-type]  # all that the committer needs of one
        committer.start()
        floods = Floods(committer, StoppedClock(AT), now)
        try:
            await story(floods, now)
            await floods.settle()
        finally:
            await asyncio.to_thread(committer.stop)

    asyncio.run(run())


def sums(database: Database) -> list[Record]:
    return [one for one in written(database) if one.action == SUM]


async def in_the_log(database: Database, count: int) -> None:
    async with asyncio.timeout(10):
        while len(await asyncio.to_thread(sums, database)) < count:  # noqa: ASYNC110 - the log tells nobody
            await asyncio.sleep(0.01)


def test_the_record_tells_how_many_from_when_to_when_and_why(sqlite_database: Database):
    async def story(floods: Floods, now: Now) -> None:
        for second in range(30):
            floods.note(refusal(seconds=second))
        for _ in range(7):
            floods.note(refusal("NOT_OWNER", seconds=31.5, action="CatalogService.PublishEntry"))

    with_floods(sqlite_database, story)
    (record,) = sums(sqlite_database)
    assert (record.kind, record.status, record.actor) == (Kind.REFUSAL, "REFUSALS_TOO_MANY", Actor(CIVIL, "main", ""))
    assert record.detail == {
        "count": "37",
        "since": AT.isoformat(),
        "until": (AT + timedelta(seconds=31)).isoformat(),
        "reasons": "NO_GRANT 30, NOT_OWNER 7",
        "actions": "exchange.Query 30, CatalogService.PublishEntry 7",
    }


def test_the_reason_is_the_one_that_the_caller_heard_for_its_department_reads_the_record():
    flood = Flood(refusal(), 0.0)
    flood.add(refusal("NOT_CONSUMER", detail={TOLD: "NO_GRANT"}), 0.0)
    flood.add(refusal("NO_GRANT"), 0.0)
    assert flood.record(AT).detail["reasons"] == "NO_GRANT 2"


def test_however_many_reasons_there_are_the_most_frequent_are_named():
    flood = Flood(refusal(), 0.0)
    for number in range(50):
        for _ in range(number + 1):
            flood.add(refusal(f"REASON_{'X' * 40}_{number}"), 0.0)
    told = flood.record(AT).detail["reasons"]
    assert len(told) <= MAX_DETAIL
    assert told.split(", ") == [f"REASON_{'X' * 40}_{49 - one} {50 - one}" for one in range(4)]  # whole names, none cut


def test_a_flood_that_ended_is_written_and_one_that_goes_on_once_a_minute(sqlite_database: Database):
    async def story(floods: Floods, now: Now) -> None:
        floods.note(refusal())
        now.time += QUIET - 0.1
        floods.look()
        assert not await asyncio.to_thread(sums, sqlite_database)
        now.time += 0.1
        floods.look()
        await in_the_log(sqlite_database, 1)
        # It begins again at once, ends and begins: within the minute nothing more is written.
        for _ in range(5):
            floods.note(refusal())
            now.time += QUIET + 1
            floods.look()
        await asyncio.sleep(0.05)
        assert len(await asyncio.to_thread(sums, sqlite_database)) == 1
        now.time += MINUTE
        floods.look()
        await in_the_log(sqlite_database, 2)
        for second in range(int(MINUTE) + 1):  # never quiet
            floods.note(refusal())
            floods.look()
            now.time += second > 0
        floods.look()
        await in_the_log(sqlite_database, 3)

    with_floods(sqlite_database, story)
    assert [one.detail["count"] for one in sums(sqlite_database)] == ["1", "5", "61"]


def test_each_system_has_its_own_record(sqlite_database: Database):
    async def story(floods: Floods, now: Now) -> None:
        for department, count in ((CIVIL, 3), (POLICE, 5)):
            for _ in range(count):
                floods.note(refusal(department=department))

    with_floods(sqlite_database, story)
    assert {one.actor.department: one.detail["count"] for one in sums(sqlite_database)} == {CIVIL: "3", POLICE: "5"}


def test_the_end_of_a_flood_is_noticed_without_anybody_calling(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(audit.floods, "LOOK", 0.01)

    async def story(floods: Floods, now: Now) -> None:
        floods.note(refusal())
        now.time += QUIET
        await in_the_log(sqlite_database, 1)

    with_floods(sqlite_database, story)


@pytest.mark.parametrize("fault", ["refused", "rolled back", "answer lost"])
def test_nothing_is_lost_and_nothing_counted_twice_while_the_log_fails(sqlite_database: Database, fault: Fault, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(audit.floods, "LOOK", 0.02)

    async def story(floods: Floods, now: Now) -> None:
        for _ in range(40):
            floods.note(refusal())
        now.time += MINUTE
        floods.look()
        for _ in range(2):  # while that record fails, or nobody knows whether it is in the log
            floods.note(refusal("NOT_OWNER"))
        await in_the_log(sqlite_database, 1)

    with_floods(sqlite_database, story, *[fault] * (1 if fault == "answer lost" else 3))
    records = sums(sqlite_database)
    assert sum(int(one.detail["count"]) for one in records) == 42
    assert " ".join(one.detail["reasons"] for one in records).count("NO_GRANT 40") == 1


def test_what_a_stop_cannot_write_stands_in_the_servers_log(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(audit.floods, "SETTLE_SECONDS", 0.1)

    async def story(floods: Floods, now: Now) -> None:
        for _ in range(9):
            floods.note(refusal())

    with caplog.at_level(logging.ERROR, "audit.floods"):
        with_floods(sqlite_database, story, *FAILING)
    lines = [one.getMessage() for one in caplog.records if one.name == "audit.floods"]
    assert lines == [f"not in the log, which took no record: 9 refusals of departments/{CIVIL}/systems/main (NO_GRANT 9)"]
