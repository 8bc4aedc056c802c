"""Complaints: the table, no citizen in any text, the clock of a profile, and what lies on the desk."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerage.actions import BrokerageActions
from brokerage.model import (
    COMPLAINT_PROCEDURE,
    COMPLAINT_TURNS,
    Complaint,
    ComplaintChannel,
    ComplaintContent,
    ComplaintState,
    ComplaintStep,
)
from hub.db import Database
from hub.desk import AUTHORITY as THE_AUTHORITY
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError, NotFoundError
from hub.ids import Ids
from hub.unit_of_work import Kit, Step
from shuniu.identifiers import citizen_id
from tests.brokerage.given import AUTHORITY, CITIZEN, CIVIL, ENTRY, HOUSING, MONDAY, POLICE, World, step, world_on
from tests.recording_desk import RecordingDesk

SAID = ComplaintContent(
    channel=ComplaintChannel.COUNTER,
    about_department=POLICE.department,
    entry=ENTRY.name,
    statement="户籍信息未及时共享，要求群众重复提交",
    contact_reference="XF-2026-0042",
    case_number="LB-2026-1",
    officer="王敏",
)
FILED = Complaint.file(CIVIL, SAID, None, "01k0000000000000000000000t", MONDAY)
GIVEN = replace(FILED, assignee=POLICE.department)
STEPS = {
    ComplaintStep.ACCEPT: (AUTHORITY, lambda it, by: it.accept(by, POLICE.department, "属实施范围")),
    ComplaintStep.RETURN: (AUTHORITY, lambda it, by: it.send_back(by, "请向信访部门反映", MONDAY)),
    ComplaintStep.ANSWER: (POLICE, lambda it, by: it.reply(by, "已整改")),
    ComplaintStep.CLOSE: (CIVIL, lambda it, by: it.close(by, MONDAY)),
}


@pytest.mark.parametrize(("state", "one"), list(product(ComplaintState, STEPS)))
def test_a_complaint_takes_the_steps_of_its_table_and_no_other(state: ComplaintState, one: ComplaintStep):
    by, act = STEPS[one]
    complaint = replace(GIVEN, state=state)
    if (state, one) in COMPLAINT_PROCEDURE.next:
        after = act(complaint, by)
        assert (after.state, after.revision) == (COMPLAINT_PROCEDURE.next[state, one], complaint.revision + 1)
    else:
        with pytest.raises(IllegalStateError):
            act(complaint, by)


@pytest.mark.parametrize("one", STEPS)
def test_nobody_takes_anothers_step(one: ComplaintStep):
    right, act = STEPS[one]
    for by in {CIVIL, POLICE, HOUSING, AUTHORITY} - {right}:
        with pytest.raises(NotAllowedError):
            act(GIVEN, by)


@pytest.mark.parametrize("state", ComplaintState)
def test_a_complaint_waits_wherever_its_table_leads_on(state: ComplaintState):
    assert (COMPLAINT_TURNS[state] is not None) == any(at is state for at, _ in COMPLAINT_PROCEDURE.next)


def spelled(number: str) -> list[str]:
    return [
        number,
        f"{number[:6]} {number[6:14]} {number[14:]}",
        "-".join(number),
        f"身份证{number}，",
        "".join(chr(ord(one) + 0xFEE0) for one in number),
    ]


@given(st.dates(min_value=MONDAY.date().replace(year=1920), max_value=MONDAY.date()), st.integers(0, 999), st.integers(0, 4))
def test_a_complaint_spells_no_number_in_any_form(born, serial: int, way: int):
    written = spelled(citizen_id.build("640104", born, serial))[way]
    with pytest.raises(InvalidInputError) as refused:
        replace(SAID, statement=f"投诉人 {written} 反映")
    assert (refused.value.reason, refused.value.field) == ("ID_NUMBER_IN_CLEAR", "statement")
    with pytest.raises(InvalidInputError):
        GIVEN_AT_WORK.reply(POLICE, f"已告知 {written}")


GIVEN_AT_WORK = replace(GIVEN, state=ComplaintState.ACCEPTED)


def test_the_refusal_says_how_to_write_it():
    with pytest.raises(InvalidInputError) as refused:
        replace(SAID, statement=f"{CITIZEN} 反映")
    assert "档案" in refused.value.next_action_zh
    assert "file" in refused.value.next_action
    with pytest.raises(InvalidInputError):
        replace(SAID, contact_reference=CITIZEN)
    with pytest.raises(InvalidInputError):
        replace(SAID, contact_reference="")
    with pytest.raises(InvalidInputError):
        replace(SAID, about_department="民政厅")


class Office:
    """The actions over a database, by a profile of time limits, and a desk that keeps what lies on it."""

    def __init__(self, db: Database, profile: str = "decree-809") -> None:
        self.world: World = world_on(db, profile)
        self.desk = RecordingDesk()
        kit = Kit(self.world.db, self.world.log, self.world.clock, Ids(), self.desk)
        self.actions = BrokerageActions(kit, self.world.actions._timers, self.world.log.pseudonym, self.world.live.quota.used)

    def file(self, request_id: str = "", **changed: object) -> Complaint:
        return self.actions.file_complaint(Step(caller=CIVIL, request_id=request_id), replace(SAID, **changed))  # type: ignore[arg-type]

    def told(self, kind: str) -> list[str]:
        return sorted(notice.department for _, notice in self.desk.told if notice.kind == kind)


@pytest.fixture
def office(sqlite_database: Database) -> Office:
    return Office(sqlite_database)


def test_a_complaint_is_answered_by_the_department_that_the_authority_names_and_closed_by_who_filed_it(office: Office):
    one = office.file(request_id="1")
    assert office.file(request_id="1") == one
    assert (one.timer, one.no_time_limit) == (None, True)  # Decree 809 names no days
    assert office.desk.titles[one.name] == f"{CIVIL.department} XF-2026-0042"  # not registered in this world: its code stands for it
    assert [waiting.department for waiting in office.desk.waiting[one.name]] == [THE_AUTHORITY]
    with pytest.raises(NotFoundError):
        office.actions.get_complaint(POLICE, one.name)  # complained of, and not asked yet
    one = office.actions.accept_complaint(step(AUTHORITY, one, officer="赵云", reason="属共享事项"), POLICE.department)
    assert office.told("complaint_accepted") == sorted([CIVIL.department, POLICE.department])
    assert office.desk.waiting[one.name][0].department == POLICE.department
    one = office.actions.answer_complaint(step(POLICE, one, officer="李强"), "已整改，不再要求重复提交")
    assert office.desk.waiting[one.name][0].step == "BrokerageService/CloseComplaint"
    one = office.actions.close_complaint(step(CIVIL, one, officer="王敏"))
    assert (one.state, one.end_time) == (ComplaintState.CLOSED, MONDAY)
    assert one.name not in office.desk.waiting
    assert office.told("complaint_closed") == [POLICE.department]
    assert not any("重复提交" in repr(record) for record in office.world.logged())  # what it says stands in no log


def test_the_authority_keeps_a_complaint_or_returns_it(office: Office):
    kept = office.actions.accept_complaint(step(AUTHORITY, office.file(about_department="", entry=""), officer="赵云", reason="直接答复"), "")
    assert kept.assignee == AUTHORITY.department
    assert office.actions.answer_complaint(step(AUTHORITY, kept, officer="赵云"), "已处理").state is ComplaintState.ANSWERED
    back = office.actions.return_complaint(step(AUTHORITY, office.file(), officer="赵云", reason="请向信访部门反映"))
    assert (back.state, back.reason) == (ComplaintState.RETURNED, "请向信访部门反映")
    assert office.told("complaint_returned") == [CIVIL.department]
    assert [one.id for one in office.actions.list_complaints(CIVIL, state=ComplaintState.RETURNED)[0]] == [back.id]
    assert office.actions.list_complaints(HOUSING)[0] == ()


def test_what_a_complaint_names_is_there(office: Office):
    for wrong in ({"entry": "entries/01k0000000000000000000000x"}, {"about_department": HOUSING.department}):
        with pytest.raises(NotFoundError):
            office.file(**wrong)
    with pytest.raises(NotFoundError):
        office.actions.accept_complaint(step(AUTHORITY, office.file(), officer="赵云", reason="试"), HOUSING.department)


def test_the_time_to_answer_runs_where_a_profile_has_it_and_is_told_once(sqlite_database: Database):
    office = Office(sqlite_database, "local-example")
    one = office.file()
    assert one.timer
    assert (one.timer.working_days, one.timer.verified, one.no_time_limit) == (15, False, False)
    late = MONDAY + timedelta(days=40)
    assert [told.id for told in office.actions.sweep_complaints(late)] == [one.id]
    assert office.actions.sweep_complaints(late) == ()
    answered = office.file()
    answered = office.actions.accept_complaint(step(AUTHORITY, answered, officer="赵云", reason="直接答复"), "")
    office.actions.answer_complaint(step(AUTHORITY, answered, officer="赵云"), "已处理")
    assert office.actions.sweep_complaints(late) == ()
    assert [record.action for record in office.world.logged()].count("brokerage.ExpireComplaint") == 1
