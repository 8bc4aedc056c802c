"""What follows an objection: appeals, the time that runs out, who acknowledged, and how often one may object."""

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from audit.indexer import Indexer
from audit.store import IndexStore
from brokerage.actions.objections import MOST_OPEN
from brokerage.model import Objection, ObjectionState, ObjectionTarget
from brokerage.store import ObjectionStore
from brokerage.store.tables import objections
from hub.access import Caller
from hub.db import Database
from hub.desk import AUTHORITY as TO_AUTHORITY
from hub.errors import AlreadyExistsError, IllegalStateError, InvalidInputError, LimitError, NotFoundError
from hub.unit_of_work import Step
from shuniu.identifiers import uscc
from tests.brokerage.given import (
    AUTHORITY,
    CITIZEN,
    CIVIL,
    ENTRY,
    HOUSING,
    MEMBER,
    MONDAY,
    OTHER_CITIZEN,
    POLICE,
    TAX,
    World,
    step,
    world_on,
    wrong_record,
)
from tests.brokerage.test_waiting import TENTH_DAY
from tests.recording_desk import RecordingDesk

LICENSE = f"licenses/1.2.156.3005.2.11100000000013338W001.{HOUSING.department}.SER1.001.K"
ABOUT = {"subject_key": "", "statement": "有误"}


@dataclass
class Case:
    """One objection of the civil affairs, and its steps by whoever takes them."""

    world: World
    desk: RecordingDesk
    at: Objection

    def by(self, caller: Caller, verb: str, *said: Any, **facts: str) -> Objection:
        officer = {POLICE: "李强", CIVIL: "王敏", AUTHORITY: "赵云"}[caller]
        self.at = getattr(self.world.actions, f"{verb}_objection")(step(caller, self.at, officer=officer, **facts), *said)
        return self.at


@pytest.fixture
def case(database: Database) -> Case:
    desk = RecordingDesk()
    world = world_on(database, desk=desk)
    world.received(HOUSING, CITIZEN, "GZ-7")
    return Case(world, desk, world.actions.file_objection(step(CIVIL, ENTRY), wrong_record()))


def test_the_whole_walk_from_dismissal_over_appeal_to_a_correction_and_its_end(case: Case):
    desk = case.desk
    case.by(POLICE, "verify")
    case.by(POLICE, "dismiss", "与档案一致")
    desk.take()
    case.by(CIVIL, "appeal", "档案本身有误")
    assert case.at.service_continues_notice
    assert desk.of(case.at) == {(TO_AUTHORITY, "BrokerageService/UpholdObjection")}
    assert desk.take() == [(POLICE.department, "objection_appealed")]
    case.world.clock.set(MONDAY + timedelta(days=1))
    case.by(AUTHORITY, "overturn", reason="证据充分，应予更正")
    assert case.at.timer is not None
    assert (case.at.timer.start_time, case.at.timer.days_left) == (MONDAY + timedelta(days=1), 10)
    assert desk.of(case.at) == {(POLICE.department, "BrokerageService/CorrectObjection")}
    parties = [(CIVIL.department, "objection_overturned"), (POLICE.department, "objection_overturned")]
    assert desk.take() == [*parties, (HOUSING.department, "record_outcome_overturned")]
    with pytest.raises(IllegalStateError) as refused:
        case.by(POLICE, "dismiss", "仍与档案一致")
    assert refused.value.reason == "MUST_CORRECT"
    case.by(POLICE, "correct", "档案已更正")
    case.by(CIVIL, "appeal", "门牌仍有误")
    desk.take()
    case.by(AUTHORITY, "uphold", reason="门牌经核实无误")
    assert (case.at.state, case.at.outcome, case.at.decision) == (ObjectionState.CLOSED, "档案已更正", "门牌经核实无误")
    assert desk.of(case.at) == set()
    parties = [(CIVIL.department, "objection_upheld"), (POLICE.department, "objection_upheld")]
    assert desk.take() == [*parties, (HOUSING.department, "record_outcome_upheld")]
    last = case.world.logged()[-1]
    assert (last.action, last.actor.officer, last.other, last.reason) == ("brokerage.UpholdObjection", "赵云", CIVIL.department, "门牌经核实无误")
    assert last.detail["source"] == POLICE.department


def test_who_withdraws_ends_the_check_and_receivers_hear_of_it_once_it_had_begun(case: Case):
    case.by(CIVIL, "withdraw", reason="已自行核实")
    assert (case.at.state, case.at.withdrawal, case.at.end_time) == (ObjectionState.WITHDRAWN, "已自行核实", MONDAY)
    assert case.desk.take() == [(POLICE.department, "objection_withdrawn")]
    again = Case(case.world, case.desk, case.world.actions.file_objection(step(CIVIL, ENTRY), wrong_record()))
    again.by(POLICE, "verify")
    case.desk.take()
    again.by(CIVIL, "withdraw", reason="已自行核实")
    assert case.desk.take() == [(POLICE.department, "objection_withdrawn"), (HOUSING.department, "record_check_withdrawn")]
    with pytest.raises(IllegalStateError):
        again.by(CIVIL, "appeal", "又想起一事")


@pytest.mark.parametrize("spelled", [CITIZEN.lower(), f"公民身份号码{CITIZEN}"])
def test_no_text_of_an_appeal_spells_the_key_of_the_record(case: Case, spelled: str):
    with pytest.raises(InvalidInputError):
        case.by(CIVIL, "withdraw", reason=f"{spelled} 已核实")
    case.by(POLICE, "verify")
    case.by(POLICE, "dismiss", "与档案一致")
    with pytest.raises(InvalidInputError):
        case.by(CIVIL, "appeal", f"{spelled} 有误")
    case.by(CIVIL, "appeal", "档案有误")
    for verb in ("uphold", "overturn"):
        with pytest.raises(InvalidInputError):
            case.by(AUTHORITY, verb, reason=f"{spelled} 已核实")


def test_an_objection_that_nobody_checks_in_time_is_told_once_goes_to_the_authority_and_stays_answerable(case: Case):
    world = case.world
    late = TENTH_DAY + timedelta(seconds=1)
    assert world.actions.sweep(TENTH_DAY) == ()
    world.clock.set(late)
    (overdue,) = world.actions.sweep(late)
    assert (overdue.name, overdue.state) == (case.at.name, ObjectionState.FILED)
    assert world.actions.sweep(late + timedelta(days=30)) == ()
    last = world.logged()[-1]
    assert (last.action, last.actor.system, last.other, last.resource) == ("brokerage.ExpireObjection", "hub", POLICE.department, case.at.name)
    assert "第二十六条" in last.reason
    # what is over goes to the authority by its due time (`work.reminding`), which stands beside the work
    (wait,) = case.desk.waiting[case.at.name]
    assert (wait.due_time, wait.article) == (TENTH_DAY, "政务数据共享条例（国务院令第809号）第二十六条")
    case.at = world.actions.get_objection(POLICE, case.at.name)
    case.by(POLICE, "verify")
    assert case.by(POLICE, "correct", "住址已更正").state is ObjectionState.CORRECTED


def test_the_time_after_an_overturned_outcome_runs_out_by_itself(case: Case):
    world = case.world
    case.by(POLICE, "verify")
    world.clock.set(TENTH_DAY + timedelta(seconds=1))
    assert len(world.actions.sweep(world.clock.now())) == 1
    case.at = world.actions.get_objection(POLICE, case.at.name)
    case.by(POLICE, "dismiss", "与档案一致")
    case.by(CIVIL, "appeal", "档案本身有误")
    assert world.actions.sweep(world.clock.now() + timedelta(days=90)) == ()
    case.by(AUTHORITY, "overturn", reason="证据充分")
    assert world.actions.sweep(world.clock.now() + timedelta(days=10)) == ()
    assert len(world.actions.sweep(world.clock.now() + timedelta(days=90))) == 1


def test_a_timer_that_the_hub_did_not_write_stops_no_sweep(sqlite_database: Database):
    world = world_on(sqlite_database)
    first = world.actions.file_objection(Step(caller=CIVIL), wrong_record())
    world.actions.file_objection(Step(caller=CIVIL), wrong_record(subject_key=OTHER_CITIZEN))
    with sqlite_database.begin() as tx:
        tx.execute(update(objections).where(objections.c.id == first.id).values(clock={"id": 1}))
    assert len(world.actions.sweep(TENTH_DAY + timedelta(seconds=1))) == 1


def test_a_sweep_goes_through_more_objections_than_one_reading_holds(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("brokerage.actions.posting._BATCH", 2)
    world = world_on(sqlite_database)
    callers = [Caller(uscc.build("11", "640000", f"{number:08d}"), "main", MEMBER) for number in range(20, 25)]
    names = {world.actions.file_objection(Step(caller=one), wrong_record()).name for one in callers}
    assert {one.name for one in world.actions.sweep(TENTH_DAY + timedelta(seconds=1))} == names


def test_finding_6_the_source_and_the_authority_see_who_acknowledged_and_nobody_else_does(case: Case):
    world = case.world
    case.by(POLICE, "verify")
    case.by(POLICE, "correct", "住址已更正")
    (own,), _ = world.actions.list_correction_notices(HOUSING)
    assert world.actions.get_objection(POLICE, case.at.name).acknowledged_count == 0
    world.actions.acknowledge_correction_notice(step(HOUSING, own, officer="陈静"))
    for caller in (POLICE, AUTHORITY, CIVIL):
        assert world.actions.get_objection(caller, case.at.name).acknowledged_count == 1
        assert world.actions.list_objections(caller)[0][0].acknowledged_count == 1
    (seen,), _ = world.actions.list_correction_notices(POLICE, objection=case.at.name)
    assert (seen.recipient, seen.officer, seen.acknowledge_time, seen.access_count) == (HOUSING.department, "陈静", MONDAY, 1)
    assert (seen.case_numbers, seen.log_indexes) == ((), ())  # the recipient's own business
    assert world.actions.get_correction_notice(POLICE, own.name) == seen
    (whole,), _ = world.actions.list_correction_notices(AUTHORITY, objection=case.at.name)
    assert (whole.case_numbers, whole.log_indexes) == (("GZ-7",), own.log_indexes)
    assert world.actions.list_correction_notices(HOUSING, objection=case.at.name)[0][0].case_numbers == ("GZ-7",)
    for caller in (POLICE, AUTHORITY):  # without an objection each has its own alone
        assert world.actions.list_correction_notices(caller) == ((), "")
    for stranger in (CIVIL, TAX):  # the objector knows how many; a stranger does not learn that there is an objection
        assert world.actions.list_correction_notices(stranger, objection=case.at.name) == ((), "")
        with pytest.raises(NotFoundError):
            world.actions.get_correction_notice(stranger, own.name)
    assert world.actions.list_correction_notices(TAX, objection="objections/01k0000000000000000000000x") == ((), "")
    with pytest.raises(InvalidInputError):
        world.actions.list_correction_notices(POLICE, objection="entries/1")


def test_what_is_corrected_once_more_is_sent_again_and_acknowledged_anew(case: Case):
    world = case.world
    case.by(POLICE, "verify")
    case.by(POLICE, "correct", "住址已更正")
    (first,), _ = world.actions.list_correction_notices(HOUSING)
    world.actions.acknowledge_correction_notice(step(HOUSING, first, officer="陈静"))
    world.received(TAX, CITIZEN, "SW-9")
    case.by(CIVIL, "appeal", "门牌仍有误")
    case.by(AUTHORITY, "overturn", reason="证据充分")
    assert case.by(POLICE, "correct", "门牌已更正").notice_count == 2
    (again,), _ = world.actions.list_correction_notices(HOUSING)
    assert (again.name, again.outcome, again.acknowledge_time) == (first.name, "门牌已更正", None)
    assert case.desk.of(again) == {(HOUSING.department, "BrokerageService/AcknowledgeCorrectionNotice")}
    assert world.actions.get_objection(POLICE, case.at.name).acknowledged_count == 0


@pytest.mark.parametrize("indexed", [False, True])
def test_receivers_are_found_whether_the_log_s_index_covers_them_or_not(database: Database, indexed: bool):  # noqa: FBT001
    desk = RecordingDesk()
    world = world_on(database, desk=desk)
    world.received(HOUSING, CITIZEN, "GZ-7")
    if indexed:
        Indexer(database).catch_up()
        world.received(TAX, CITIZEN, "SW-1")  # one behind the index, one within
    with database.read() as tx:
        assert (IndexStore(tx).size() > 0) is indexed
    objection = world.actions.file_objection(step(CIVIL, ENTRY), wrong_record())
    world.actions.verify_objection(step(POLICE, objection, officer="李强"))
    told = {(department, kind) for department, kind in desk.take()}
    assert told == {(one.department, "record_under_check") for one in ((HOUSING, TAX) if indexed else (HOUSING,))}


# how often one may object


def test_a_department_has_one_open_objection_to_the_same_and_is_told_which(case: Case):
    world = case.world
    with pytest.raises(AlreadyExistsError) as refused:
        world.actions.file_objection(Step(caller=CIVIL), wrong_record(statement="又想起一事", subject_key=f" {CITIZEN.lower()}"))
    assert (refused.value.reason, refused.value.facts["objection"]) == ("OBJECTION_OPEN_ALREADY", case.at.name)
    for other in (
        wrong_record(subject_key=OTHER_CITIZEN),
        wrong_record(target=ObjectionTarget.FIELD, field="address"),
        wrong_record(**ABOUT, target=ObjectionTarget.ENTRY),
    ):
        world.actions.file_objection(Step(caller=CIVIL), other)
    world.actions.file_objection(Step(caller=TAX), wrong_record())
    case.by(CIVIL, "withdraw", reason="并案提出")
    world.actions.file_objection(Step(caller=CIVIL), wrong_record())


def test_a_record_has_at_most_twenty_open_objections(sqlite_database: Database):
    world = world_on(sqlite_database)
    callers = [Caller(uscc.build("11", "640000", f"{number:08d}"), "main", MEMBER) for number in range(20, 21 + MOST_OPEN)]
    for one in callers[:-1]:
        first = world.actions.file_objection(Step(caller=one), wrong_record())
    with pytest.raises(LimitError) as refused:
        world.actions.file_objection(Step(caller=callers[-1]), wrong_record())
    assert refused.value.reason == "TOO_MANY_OPEN_OBJECTIONS"
    world.actions.file_objection(Step(caller=callers[-1]), wrong_record(subject_key=OTHER_CITIZEN))
    world.actions.withdraw_objection(step(callers[-2], first, officer="王敏", reason="已核实"))
    world.actions.file_objection(Step(caller=callers[-1]), wrong_record())


def test_of_two_that_are_filed_at_once_one_is_refused(case: Case):
    world, ended = case.world, []

    def file(citizen: str) -> None:
        try:
            ended.append(world.actions.file_objection(Step(caller=TAX), wrong_record(subject_key=citizen)).name)
        except AlreadyExistsError as refused:
            ended.append(refused.reason)

    threads = [threading.Thread(target=file, args=(CITIZEN,)) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert sorted(one == "OBJECTION_OPEN_ALREADY" for one in ended) == [False, *[True] * 5]


# what is not there


def test_finding_4_what_does_not_exist_is_not_objected_to(database: Database):
    world = world_on(database)
    missing = {
        ObjectionTarget.LICENSE: LICENSE,
        ObjectionTarget.ENTRY: "entries/01k000000000000000000000zz",
        ObjectionTarget.DECISION: "dataRequests/01k000000000000000000000zz",
    }
    for target, resource in missing.items():
        with pytest.raises(NotFoundError):
            world.actions.file_objection(Step(caller=CIVIL), wrong_record(**ABOUT, target=target, resource=resource))
    for target, field in ((ObjectionTarget.RECORD, ""), (ObjectionTarget.FIELD, "address")):
        with pytest.raises(NotFoundError):
            world.actions.file_objection(Step(caller=CIVIL), wrong_record(target=target, field=field, resource=missing[ObjectionTarget.ENTRY]))
    assert world.logged() == []
    world.licenses.names.add(LICENSE)
    assert world.actions.file_objection(Step(caller=CIVIL), wrong_record(**ABOUT, target=ObjectionTarget.LICENSE, resource=LICENSE)).source


def test_a_license_is_corrected_through_whoever_knows_of_licenses(database: Database):
    world = world_on(database)
    world.licenses.names.add(LICENSE)
    content = wrong_record(**ABOUT, target=ObjectionTarget.LICENSE, resource=LICENSE)
    objection = world.actions.file_objection(Step(caller=CIVIL), content)
    objection = world.actions.verify_objection(step(HOUSING, objection, officer="孙丽"))
    objection = world.actions.correct_objection(step(HOUSING, objection, officer="孙丽"), "姓名已更正", "licenses/new")
    (told,) = world.licenses.corrected
    assert (told.license, told.successor, told.reason, told.officer) == (LICENSE, "licenses/new", "姓名已更正", "孙丽")
    assert (objection.successor, world.logged()[-1].detail["successor"]) == ("licenses/new", "licenses/new")


def test_what_an_earlier_release_stored_is_read_without_what_it_did_not_know(database: Database):
    world = world_on(database)
    objection = world.actions.file_objection(Step(caller=CIVIL), wrong_record())
    with database.begin() as tx:
        names = ("appeal", "decision", "decision_officer", "withdrawal", "successor")
        tx.execute(update(objections).values(dict.fromkeys(names)))
    with database.read() as tx:
        found = ObjectionStore(tx).get(objection.id)
    assert (found.appeal, found.ruling, found.successor, found.withdrawal) == ("", None, "", "")
