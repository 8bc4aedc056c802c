"""Whose step an issuing key waits for in each of its states, and what departments are told of keys and of licenses that end."""

from datetime import timedelta

import pytest

from hub.access import ACCESS, Duty
from hub.clock import day_in_china
from hub.db import Database
from hub.desk import AUTHORITY as THE_AUTHORITY
from licenses.model import ISSUING_KEY_PROCEDURE, KEY_TURNS
from tests.licenses.counter import AUTHORITY, NOON, POLICE, Counter, new_key, on
from tests.recording_desk import RecordingDesk, steps_of_others

ADMIT = (THE_AUTHORITY, "LicenseService/AdmitIssuingKey")


@pytest.fixture
def desk() -> RecordingDesk:
    return RecordingDesk()


@pytest.fixture
def counter(sqlite_database: Database, desk: RecordingDesk) -> Counter:
    return Counter(sqlite_database, desk=desk)


def test_every_state_says_whose_step_it_waits_for():
    assert set(KEY_TURNS) == set(ISSUING_KEY_PROCEDURE.states)
    for state, step in KEY_TURNS.items():
        awaited = {one for one, _ in steps_of_others(ISSUING_KEY_PROCEDURE, state) if one.value not in {"revoke", "retire"}}
        assert bool(step) == bool(awaited), state
        if step:
            assert Duty.RULE in ACCESS[f"/shuniu.v1.{step}"].duties


def test_a_key_waits_for_the_authority_and_its_department_hears_of_what_others_decide(counter: Counter, desk: RecordingDesk):
    key = counter.registered()
    assert desk.of(key) == {ADMIT}
    assert desk.titles[key.name] == "自治区公安厅"
    key = counter.actions.admit_key(on(key, by=AUTHORITY))
    assert desk.of(key) == set()
    key = counter.actions.retire_key(on(key, reason="更换"), None)
    counter.actions.revoke_key(on(key, by=AUTHORITY, reason="泄露"))
    assert desk.take() == [(POLICE.department, "key_admitted"), (POLICE.department, "key_revoked")]


def test_a_key_that_ends_is_told_once_in_each_stage(counter: Counter, desk: RecordingDesk):
    key = counter.admitted()
    desk.take()
    for days in (40, 30, 30, 7, 1, 1):
        list(counter.actions.tell_ends(key.not_after - timedelta(days=days)))
    assert desk.take() == [(POLICE.department, "key_ends")] * 3


def test_licenses_that_end_are_counted_for_their_issuer_and_nobody_is_named(counter: Counter, desk: RecordingDesk):
    counter.admitted()
    end = day_in_china(NOON) + timedelta(days=20)
    licenses = [counter.issued(number=f"N-{number}", valid_to=end) for number in range(3)]
    counter.revoked(licenses[0])
    desk.take()
    told = {}
    for left in range(20, -1, -1):
        at = NOON + timedelta(days=20 - left)
        for _ in range(2):
            list(counter.actions.tell_ends(at))
        told[left] = [(thing.title, one.kind, dict(one.facts)) for thing, one in desk.told]
        desk.take()
    assert {left: said for left, said in told.items() if said} == {
        left: [("自治区公安厅", "licenses_end", {f"days_left_{left}": "2"})] for left in (7, 1)
    }


def test_what_waited_before_anybody_kept_work_is_posted_once(sqlite_database: Database):
    former = Counter(sqlite_database)
    key = former.registered()
    former.admitted(new_key())
    desk = RecordingDesk()
    former.actions._desk = desk
    for _ in range(2):
        assert sum(former.actions.backfill(NOON)) == 1
        assert set(desk.waiting) == {key.name}
