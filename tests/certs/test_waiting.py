"""Whose step the systems of departments wait for, and what departments are told of themselves and of certificates that end."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from certs.actions import CertActions
from certs.model import HOST_PROCEDURE, HOST_TURNS, HostStep, Invitation, system_name
from hub.access import ACCESS, Caller, Duty, Role
from hub.db import Database
from hub.desk import AUTHORITY as THE_AUTHORITY
from hub.resource import etag_of
from hub.unit_of_work import Kit, Step
from tests.certs.hall import CIVIL, NEAR, RULER, Hall, a_hall, csr, new_key
from tests.recording_desk import RecordingDesk, steps_of_others

DECIDE = (THE_AUTHORITY, "IdentityService/ApproveHosts")
NAME = system_name(CIVIL, "relief")


@pytest.fixture
def desk() -> RecordingDesk:
    return RecordingDesk()


@pytest.fixture
def hall(sqlite_database: Database, tmp_path: Path, desk: RecordingDesk) -> Hall:
    return a_hall(sqlite_database, tmp_path, desk=desk)


def asking(hall: Hall) -> Caller:
    caller, _, _ = hall.member(CIVIL, "relief")
    hall.actions.request_hosts(Step(caller=caller, officer="王芳", reason="新机房"), ["relief.example.cn", "relief2.example.cn"])
    return caller


def test_every_state_of_a_host_says_whether_a_step_is_awaited():
    assert set(HOST_TURNS) == set(HOST_PROCEDURE.states)
    for state, step in HOST_TURNS.items():
        assert bool(step) == bool(list(steps_of_others(HOST_PROCEDURE, state))), state
        if step:
            assert Duty.RULE in ACCESS[f"/shuniu.v1.{step}"].duties


def test_hosts_that_a_system_asks_for_wait_for_the_authority_until_all_are_decided(hall: Hall, desk: RecordingDesk):
    asking(hall)
    assert {(one.department, one.step) for one in desk.waiting[NAME]} == {DECIDE}
    assert desk.titles[NAME] == "民政厅 relief"
    ruling = Step(caller=RULER, name=NAME, officer="李强", reason="属实")
    hall.actions.decide_hosts(ruling, ["relief.example.cn"], HostStep.APPROVE)
    assert NAME in desk.waiting
    hall.actions.decide_hosts(ruling, [], HostStep.REFUSE)
    assert NAME not in desk.waiting
    assert desk.take() == [(CIVIL, "hosts_approved"), (CIVIL, "hosts_refused")]


def test_a_token_that_gives_the_hosts_settles_what_was_asked_for(hall: Hall, desk: RecordingDesk):
    asking(hall)
    given = Invitation(CIVIL, "relief", frozenset({Role.MEMBER}), hosts=("relief.example.cn", "relief2.example.cn"))
    hall.actions.enroll(hall.actions.issue_token_locally(given)[0], csr(new_key()))
    assert NAME not in desk.waiting


def test_a_department_hears_that_it_takes_no_part_and_that_it_does_again(hall: Hall, desk: RecordingDesk):
    found = hall.actions.get_department(RULER, f"departments/{CIVIL}")
    step = Step(caller=RULER, name=found.name, etag=etag_of(found.revision), officer="李强", reason="机构改革")
    disabled = hall.actions.disable_department(step)
    hall.actions.enable_department(Step(caller=RULER, name=found.name, etag=etag_of(disabled.revision), officer="李强", reason="恢复"))
    assert desk.take() == [(CIVIL, "department_disabled"), (CIVIL, "department_enabled")]
    assert not desk.waiting


def test_a_certificate_that_ends_is_told_in_each_stage_unless_it_was_renewed(hall: Hall, desk: RecordingDesk):
    caller, _, _ = hall.member(CIVIL, "relief")
    end = _end_of(hall, caller)
    for days in (40, 30, 30, 7, 1):
        list(hall.actions.tell_ends(end - timedelta(days=days)))
    assert desk.take() == [(CIVIL, "certificate_ends")] * 3
    hall.clock.set(end - timedelta(days=5))
    hall.actions.renew(caller, csr(new_key()))
    list(hall.actions.tell_ends(end - timedelta(days=4)))
    assert desk.take() == []


def test_hosts_that_waited_before_anybody_kept_work_are_posted_once(sqlite_database: Database, tmp_path: Path):
    former = a_hall(sqlite_database, tmp_path)
    asking(former)
    former.member(CIVIL, "rent")
    desk = RecordingDesk()
    now = CertActions(Kit(sqlite_database, former.log, former.clock, former.actions._ids, desk), former.ca, NEAR)
    for _ in range(2):
        assert sum(now.backfill(former.clock.now())) == 1
        assert set(desk.waiting) == {NAME}


def _end_of(hall: Hall, caller: Caller) -> datetime:
    (system,) = [one for one in hall.actions.list_systems(RULER, CIVIL) if one.system == caller.system]
    return max(one.not_after for one in system.certificates)
