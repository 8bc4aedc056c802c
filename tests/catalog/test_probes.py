"""Whether services are alive and fresh: planned, claimed by one process, worse after two probes, better at once, told once per change."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.store import RecordStore, log_size
from catalog.model import Entry, Field, FieldType
from catalog.model.health import DOUBTS, NOBODY_WHOLE_NUMBER, EntryHealth, Observation, ServiceState, probe_key
from catalog.probe_rounds import ProbeRounds
from catalog.probes import AGAIN
from catalog.probing import Sounding, observe
from catalog.serving import Description
from catalog.store import HealthStore
from hub.db import Database
from hub.errors import InvalidInputError, NotFoundError
from shuniu.identifiers.citizen_id import parse_citizen_id
from shuniu.identifiers.uscc import parse_uscc
from shuniu.provider.comparison import ServedColumn, ServedResource
from tests.catalog.samples import MARKET, NOW, POLICE, RULER, TRADER, Room, a_business_entry, an_entry, step
from tests.recording_desk import RecordingDesk

UP, DOWN, DEGRADED, UNKNOWN = ServiceState.UP, ServiceState.DOWN, ServiceState.DEGRADED, ServiceState.UNKNOWN
SYSTEM = (POLICE, "register")
COLUMNS = (
    ServedColumn("id_number", "string", 18, nullable=False),
    ServedColumn("name", "string", 50, nullable=False),
    ServedColumn("birth_date", "date"),
    ServedColumn("income", "decimal"),
)
SERVED = ServedResource("residents", "id_number", COLUMNS, 120, NOW - timedelta(hours=2))
WITHOUT_NAME = replace(SERVED, columns=(COLUMNS[0], *COLUMNS[2:]))
SILENT = Sounding(cause="PROVIDER_UNREACHABLE")
THERE = Sounding(latency_ms=3)


class Hall:
    """A room in which services are probed every ten minutes, and what a question meets is said by a test."""

    def __init__(self, database: Database) -> None:
        self.desk = RecordingDesk()
        self.room = Room(database, self.desk, (MARKET,), probe_minutes=10)
        self.met: dict[str, Sounding] = {}
        self.asked: list[str] = []
        self.room.served[SYSTEM] = (SERVED,)
        self.rounds = ProbeRounds(self.room.actions.probes, self.sound, self.room.clock)

    def sound(self, entry: Entry) -> Sounding:
        self.asked.append(entry.name)
        return self.met.get(entry.name, THERE)

    def round(self, after: timedelta = timedelta(minutes=11)) -> int:
        self.room.clock.advance(after)
        return self.rounds.go(self.room.clock.now())

    def health(self, entry: Entry) -> EntryHealth:
        return self.room.actions.probes.get(entry.name)

    def logged(self) -> list[dict[str, str]]:
        with self.room.database.read() as tx:
            records = [RecordStore(tx, self.room.log.memory).get(index)[0] for index in range(log_size(tx))]
        return [dict(one.detail) for one in records if one.action == "catalog.ChangeServiceState"]


@pytest.fixture
def hall(database: Database) -> Hall:
    return Hall(database)


def test_a_service_that_answers_as_its_entry_says_is_up_and_nobody_hears_of_the_first_time(hall: Hall):
    entry = hall.room.published()
    hall.desk.take()
    assert hall.health(entry).state is UNKNOWN
    assert hall.round() == 1
    found = hall.health(entry)
    assert (found.state, found.latency_ms, found.row_count, found.lag_seconds, found.version) == (UP, 3, 120, 2 * 3600 + 11 * 60, 1)
    assert (found.state_since, found.probe_time) == (hall.room.clock.now(), hall.room.clock.now())
    assert (hall.desk.take(), hall.logged()) == ([], [])


def test_a_service_is_down_after_two_probes_a_minute_apart_and_back_at_once_and_each_is_told_once(hall: Hall):
    entry = hall.room.published()
    hall.round()
    hall.desk.take()
    hall.met[entry.name] = SILENT
    hall.room.served.clear()
    hall.round()
    assert (hall.health(entry).state, hall.desk.take()) == (UP, [])
    assert hall.round(AGAIN) == 1
    down = hall.health(entry)
    assert (down.state, down.reason, down.latency_ms) == (DOWN, "PROVIDER_UNREACHABLE", None)
    assert down.row_count == 120  # as the provider said last
    assert hall.desk.take() == [(POLICE, "service_down"), (MARKET, "service_down")]
    for _ in range(3):
        hall.round()
    assert hall.desk.take() == []
    hall.met.clear()
    hall.room.served[SYSTEM] = (SERVED,)
    hall.round()
    assert hall.health(entry).state is UP
    assert hall.desk.take() == [(POLICE, "service_back"), (MARKET, "service_back")]
    assert hall.logged() == [
        {"state": "down", "before": "up", "version": "1", "cause": "PROVIDER_UNREACHABLE"},
        {"state": "up", "before": "down", "version": "1"},
    ]


def test_a_single_failure_between_two_answers_is_no_news(hall: Hall):
    entry = hall.room.published()
    hall.round()
    for met in (SILENT, THERE, SILENT, THERE):
        hall.met[entry.name] = met
        hall.round()
    assert (hall.health(entry).state, hall.logged()) == (UP, [])


def test_a_lost_column_is_named_to_those_who_use_it_and_a_second_one_too(hall: Hall):
    entry = hall.room.published()
    hall.round()
    hall.desk.take()
    hall.room.served[SYSTEM] = (WITHOUT_NAME,)
    hall.round()
    hall.round()
    found = hall.health(entry)
    assert (found.state, found.field, found.reason) == (DEGRADED, "name", "COLUMN_MISSING")
    assert "name" in found.message
    assert "name" in found.message_zh
    assert [(one.kind, one.facts["column"]) for _, one in hall.desk.told] == [("service_column_lost", "name")] * 2
    hall.desk.take()
    hall.met[entry.name] = Sounding(cause="PROVIDER_NOT_READY", field="income")
    hall.room.served[SYSTEM] = (SERVED,)
    hall.round()
    hall.round()
    assert (hall.health(entry).state, hall.health(entry).field) == (DEGRADED, "income")
    assert hall.desk.take() == [(POLICE, "service_column_lost"), (MARKET, "service_column_lost")]


@pytest.mark.parametrize(
    ("served", "met", "state", "reason"),
    [
        ((), THERE, DOWN, "RESOURCE_NOT_SERVED"),
        ((replace(SERVED, columns=(*COLUMNS[:3], ServedColumn("income", "double"))),), THERE, DEGRADED, "OTHER_TYPE"),
        ((SERVED,), Sounding(5, has_record=True), DEGRADED, "SERVICE_KNOWS_NOBODY"),
        ((SERVED,), SILENT, DOWN, "PROVIDER_UNREACHABLE"),
        ((SERVED,), THERE, UP, ""),
        (None, THERE, UP, ""),  # a program of an earlier release that says nothing of what it serves
        (None, SILENT, DOWN, "PROVIDER_UNREACHABLE"),
    ],
    ids=["no resource", "another type", "a record of nobody", "says but does not answer", "well", "answers but does not say", "silent"],
)
def test_what_a_probe_saw_says_how_the_service_stands(served, met, state, reason):
    seen = observe(an_entry(), None if served is None else Description(*SYSTEM, served, NOW), met, UP)
    assert (seen.state, seen.reason) == (state, reason)


def test_where_nobody_ever_served_nothing_is_down(hall: Hall):
    entry = hall.room.published()
    hall.desk.take()
    hall.room.served.clear()
    hall.met[entry.name] = Sounding(cause="PROVIDER_NOT_REGISTERED", is_nowhere=True)
    for _ in range(3):
        hall.round()
    assert (hall.health(entry).state, hall.health(entry).reason, hall.desk.take()) == (UNKNOWN, "PROVIDER_NOT_REGISTERED", [])
    hall.met.clear()
    hall.round()
    hall.met[entry.name] = Sounding(cause="PROVIDER_NOT_REGISTERED", is_nowhere=True)
    hall.round()
    hall.round()
    assert hall.health(entry).state is DOWN


def test_of_two_processes_one_probes(hall: Hall):
    entry = hall.room.published()
    at = NOW + timedelta(minutes=11)
    with hall.room.database.read() as tx:
        ((entry_id, due),) = HealthStore(tx).due(at, 10)
    other = ProbeRounds(hall.room.actions.probes, hall.sound, hall.room.clock)
    assert (hall.round(), other.go(at)) == (1, 0)
    with hall.room.database.begin() as tx:  # it read what was due before the first took it
        assert not HealthStore(tx).claim(entry_id, due, at)
    assert hall.asked == [entry.name]


def test_probes_are_spread_over_the_period_and_a_system_of_many_entries_is_asked_once_what_it_serves(hall: Hall):
    first = hall.room.published()
    second = hall.room.published(an_entry(resource_code="101001/000002", source=replace(first.source, record_term="")))
    with hall.room.database.read() as tx:
        planned = [when for _, when in HealthStore(tx).due(NOW + timedelta(minutes=10), 10)]
    assert len(set(planned)) == 2
    assert all(NOW <= one < NOW + timedelta(minutes=10) for one in planned)
    hall.room.asked.clear()
    assert hall.round() == 2
    assert (hall.room.asked, sorted(hall.asked)) == ([SYSTEM], sorted([first.name, second.name]))
    hall.asked.clear()
    hall.room.served.clear()
    hall.met = {first.name: SILENT, second.name: SILENT}
    assert hall.round() == 2
    assert len(hall.asked) == 1  # neither says what it serves nor answers: its other entries stand no better
    hall.round(AGAIN)
    assert {hall.health(first).state, hall.health(second).state} == {DOWN}


def test_what_is_withdrawn_or_served_by_nobody_is_probed_no_more(hall: Hall):
    entry = hall.room.published()
    unserved = hall.room.published(a_business_entry(serving_system="", serving_resource=""), TRADER)
    hall.round()
    hall.room.actions.withdraw(step(RULER, hall.room.actions.get(RULER, entry.name), reason="停止提供", officer="李明"))
    assert hall.round() == 0
    with hall.room.database.read() as tx:
        assert HealthStore(tx).due(NOW + timedelta(days=1), 10) == []
    assert hall.health(unserved).state is UNKNOWN
    with pytest.raises(NotFoundError):
        hall.health(entry)


def test_entries_published_before_are_planned_when_the_hub_starts_and_with_probes_off_none_is(sqlite_database: Database):
    off = Room(sqlite_database)
    entry = off.published()
    assert list(off.actions.probes.backfill(NOW)) == []
    assert ProbeRounds(off.actions.probes, lambda _entry: THERE, off.clock).go(NOW + timedelta(days=1)) == 0
    assert off.actions.probes.get(entry.name).state is UNKNOWN
    probes = Room.upgraded(off, RecordingDesk(), probe_minutes=10).probes
    assert list(probes.backfill(NOW)) == [1]
    assert list(probes.backfill(NOW)) == [0]
    assert [len(one) for one in probes.claim(NOW + timedelta(minutes=10)).values()] == [1]


def test_lists_are_narrowed_by_provider_state_and_entry_and_paged(hall: Hall):
    first = hall.room.published()
    hall.room.clock.advance(timedelta(seconds=1))  # ids of one moment have no order
    second = hall.room.published(a_business_entry(), TRADER)
    hall.met[second.name] = SILENT
    hall.round()
    hall.round()
    probes = hall.room.actions.probes

    def listed(**wanted):
        return [one.entry for one in probes.listed(**wanted)[0]]

    assert listed() == [second.name, first.name]
    assert (listed(state=UP), listed(state=DOWN), listed(state=DEGRADED)) == ([first.name], [second.name], [])
    assert (listed(provider=POLICE), listed(entry=second.name)) == ([first.name], [second.name])
    page, token = probes.listed(1)
    rest, end = probes.listed(1, token)
    assert ([one.entry for one in (*page, *rest)], end) == ([second.name, first.name], "")
    assert probes.counts() == {UP: 1, DOWN: 1, DEGRADED: 0, UNKNOWN: 0}
    for wrong in ({"provider": "x"}, {"entry": "grants/1"}, {"token": "???"}, {"size": -1}):
        with pytest.raises(InvalidInputError):
            probes.listed(**wrong)


def test_keys_of_nobody_are_well_formed_where_their_form_is_known():
    assert parse_citizen_id(probe_key(an_entry()))
    assert parse_uscc(probe_key(a_business_entry()))
    plain = an_entry(subject_domain="", fields=(Field("number", "编号", FieldType.INT64, key=True),))
    assert probe_key(plain) == NOBODY_WHOLE_NUMBER
    assert probe_key(an_entry(subject_domain="", fields=(Field("code", "编号", FieldType.STRING, key=True),))) == "shuniu-probe"


STATES = (UP, DOWN, DEGRADED)


@given(st.lists(st.sampled_from(STATES), min_size=1, max_size=12))
def test_a_state_is_left_for_a_worse_one_only_after_two_that_differ_and_for_the_best_at_once(seen):
    health, worse = EntryHealth(entry_id="x", state=UP), 0
    for number, state in enumerate(seen):
        before = health
        health = before.after(Observation(state), 1, NOW + timedelta(minutes=number), AGAIN)
        worse = 0 if state is before.state else worse + 1
        if state is UP or worse >= DOUBTS:
            assert health.state is state
            worse = 0
        else:
            assert health.state is before.state
        assert health.revision == before.revision + 1


@pytest.mark.parametrize(("before", "after"), list(product(ServiceState, STATES)))
def test_people_are_told_of_every_change_but_a_service_that_is_found_there_for_the_first_time(before, after):
    told = EntryHealth(entry_id="x", state=after).is_other_than(EntryHealth(entry_id="x", state=before))
    assert told == (before is not after and (before, after) != (UNKNOWN, UP))
