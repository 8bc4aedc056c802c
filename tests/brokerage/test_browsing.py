"""Findings of browsing through a real hub: forty persons' records under one case number are told, a case's own are not (finding 2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

import pytest

from audit.indexer import Indexer
from audit.store.crowds import crowds, given_out
from brokerage.actions import browsing
from hub.clock import day_in_china
from hub.config import Config, from_mapping
from hub.db import Database
from hub.errors import ConfigError
from hub.ids import Ids
from hub.unit_of_work import Kit
from shuniu.identifiers import citizen_id
from tests.brokerage.given import ENTRY, HOUSING, TAX, world_on
from tests.world import AUDITOR, AUTHORITY, CONSUMER, OTHER, PROVIDER, World

PERSONS: Final = [citizen_id.build("640104", date(1980, 1, 1 + number // 20), 1 + number) for number in range(40)]


def register(key: str, _fields: Any, _call: Any) -> list[dict[str, str]]:
    return [{"id_number": key, "name": "某某", "address": "银川市"}] if key in PERSONS else []


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        running.member(AUDITOR, roles=("auditor",))
        running.member(OTHER)
        yield running


@pytest.fixture(scope="module")
def grant(world: World) -> Any:
    return world.private(register)


def read(world: World, grant: Any, case: str, persons: list[str]) -> None:
    for one in persons:
        reply = world.as_(CONSUMER).query(grant, subject_key=one, case_number=case)
        assert reply.ok, reply.message


def look(world: World) -> int:
    Indexer(world.hub.db).catch_up()
    return world.hub.browsing.look_through(world.clock.now())


def found(world: World, kind: str, case: str) -> list[Any]:
    return [one for one in world.as_(kind).do("ListBrowsingFindings").findings if one.case_number == case]


def notices(world: World, kind: str, name: str) -> list[Any]:
    return [one for one in world.as_(kind).do("ListNotices").notices if one.kind == "browsing_found" and one.resource == name]


def test_forty_persons_under_one_case_number_are_one_finding_told_to_consumer_provider_and_auditors(world: World, grant: Any):
    read(world, grant, "LB-2026-4000", PERSONS)
    size = world.log_size
    assert look(world) == 1
    (record,) = [one for one in world.records(size) if one.action == "brokerage.FindBrowsing"]
    (finding,) = found(world, CONSUMER, "LB-2026-4000")
    assert (finding.record_count, finding.most, finding.day) == (40, 20, day_in_china(world.clock.now()).isoformat())
    assert (finding.consumer, finding.provider) == (world.as_(CONSUMER).department, world.as_(PROVIDER).department)
    assert finding.entry == grant.entry
    assert (record.resource, record.other, record.case_number) == (finding.name, finding.consumer, "LB-2026-4000")
    assert record.detail["records"] == "40"
    assert not any(person in f"{record} {finding}" for person in PERSONS)
    for kind in (CONSUMER, PROVIDER, AUDITOR):
        assert len(notices(world, kind, finding.name)) == 1, kind
    for kind in (PROVIDER, AUTHORITY, AUDITOR):
        assert found(world, kind, "LB-2026-4000") == [finding]
    assert found(world, OTHER, "LB-2026-4000") == []
    assert look(world) == 0  # told once
    assert len(notices(world, PROVIDER, finding.name)) == 1


@pytest.mark.parametrize(
    ("case", "persons"),
    [
        ("LB-2026-4001", PERSONS[:20]),
        ("LB-2026-4002", [PERSONS[0]] * 40),
        ("LB-2026-4003", PERSONS[:15]),
    ],
    ids=["as many as expected", "one person again and again", "a household and its neighbours"],
)
def test_what_a_case_needs_is_no_finding(world: World, grant: Any, case: str, persons: list[str]):
    read(world, grant, case, persons)
    look(world)
    assert found(world, AUTHORITY, case) == []


def test_cases_and_entries_are_counted_apart(world: World, grant: Any):
    other = world.private(register)
    read(world, grant, "LB-2026-4004", PERSONS[:15])
    read(world, grant, "LB-2026-4005", PERSONS[15:30])
    read(world, other, "LB-2026-4004", PERSONS[20:35])
    look(world)
    assert found(world, AUTHORITY, "LB-2026-4004") == found(world, AUTHORITY, "LB-2026-4005") == []


def test_what_gave_nothing_out_does_not_count(world: World, grant: Any):
    for number in range(30):
        asked: dict[str, Any] = {"subject_key": citizen_id.build("640104", date(1970, 1, 1), 1 + number), "case_number": "LB-2026-4006"}
        world.as_(CONSUMER).query(grant, **asked)  # of whom there is no record
        world.as_(CONSUMER).query(grant, **{**asked, "subject_key": PERSONS[number], "purpose": "640000-other"})  # refused
    look(world)
    assert found(world, AUTHORITY, "LB-2026-4006") == []


def test_the_last_hour_of_a_day_is_looked_at_on_the_next(world: World, grant: Any):
    read(world, grant, "LB-2026-4007", PERSONS[:30])
    day = day_in_china(world.clock.now()).isoformat()
    Indexer(world.hub.db).catch_up()
    assert world.hub.browsing.look_through(world.clock.now() + timedelta(days=1)) >= 1
    (finding,) = found(world, AUTHORITY, "LB-2026-4007")
    assert finding.day == day


def test_a_hub_looks_once_an_hour_and_one_with_no_bound_never(world: World):
    at = world.clock.now() + timedelta(days=40)
    seen: list[Any] = []
    browsing = type(world.hub.browsing)
    looking, never = browsing.__new__(browsing), browsing.__new__(browsing)
    looking.__dict__.update(world.hub.browsing.__dict__, _next=None, look_through=seen.append)
    never.__dict__.update(world.hub.browsing.__dict__, _next=None, _most=0, look_through=seen.append)
    for minutes in (0, 1, 59, 60, 61):
        looking.sweep(at + timedelta(minutes=minutes))
        never.sweep(at + timedelta(minutes=minutes))
    assert seen == [at, at + timedelta(hours=1)]


def test_the_log_decides_and_not_its_index_alone(database: Database):
    room = world_on(database)
    for number in range(25):
        room.received(HOUSING, PERSONS[number], "GZ-1")
        room.received(HOUSING, PERSONS[number], "GZ-2", rows=0)  # there was no record
        room.received(HOUSING, PERSONS[number], "GZ-3", status="PROVIDER_AWAY")
        room.received(TAX, PERSONS[number], "GZ-1" if number < 20 else "GZ-4")
    Indexer(database).catch_up()
    since = room.clock.now() - timedelta(hours=1)
    with database.read() as tx:
        found = list(crowds(tx, since, since + timedelta(hours=2), 20, 10))
        assert [(one.department, one.other, one.resource, one.case_number, one.count) for one in found] == [
            (HOUSING.department, ENTRY.provider, ENTRY.name, "GZ-1", 25)
        ]
        assert list(crowds(tx, since - timedelta(days=1), since, 20, 10)) == []


def test_a_look_counts_what_is_new_alone_and_the_next_look_tells_the_rest(database: Database, monkeypatch: pytest.MonkeyPatch):
    room = world_on(database)
    looking = browsing.BrowsingActions(Kit(room.db, room.log, room.clock, Ids()), 20)
    for case, people in (("GZ-1", 25), ("GZ-2", 24), ("GZ-3", 23)):
        for number in range(people):
            room.received(HOUSING, PERSONS[number], case)
    Indexer(database).catch_up()
    counted: list[str] = []
    monkeypatch.setattr(browsing, "MOST_AT_ONCE", 1)

    def count(tx: Any, case: Any, *bounds: Any) -> int:
        counted.append(case.case_number)
        return given_out(tx, case, *bounds)

    monkeypatch.setattr(browsing, "given_out", count)
    assert [looking.look_through(room.clock.now()) for _ in range(4)] == [1, 1, 1, 0]
    assert counted == ["GZ-1", "GZ-2", "GZ-3"]


def test_the_watch_does_not_wait_for_a_look_the_rounds_take_it(world: World, grant: Any):
    read(world, grant, "LB-2026-4008", PERSONS[:30])
    Indexer(world.hub.db).catch_up()
    world.hub.browsing._next = None
    world.hub._sweep(world.clock.now())
    assert found(world, AUTHORITY, "LB-2026-4008") == []
    assert world.hub.day_rounds().go(world.clock.now())
    assert len(found(world, AUTHORITY, "LB-2026-4008")) == 1


def test_the_bound_is_a_setting(tmp_path):
    assert Config().browsing_records == 20
    assert from_mapping({"browsing_records": 0}, tmp_path).browsing_records == 0
    with pytest.raises(ConfigError):
        from_mapping({"browsing_records": -1}, tmp_path)
