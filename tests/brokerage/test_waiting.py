"""What requests, objections and notices wait for in each of their states, and what each step leaves on the desk."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from brokerage.actions import BrokerageActions
from brokerage.model import (
    DISPOSAL_PROCEDURE,
    DISPOSAL_TURNS,
    NOTICE_PROCEDURE,
    NOTICE_TURNS,
    OBJECTION_PROCEDURE,
    OBJECTION_TURNS,
    REQUEST_PROCEDURE,
    REQUEST_TURNS,
    DataRequestState,
    ObjectionState,
    grant_waits,
)
from hub.access import ACCESS, Duty
from hub.db import Database
from hub.desk import AUTHORITY as THE_AUTHORITY
from hub.ids import Ids
from hub.unit_of_work import Kit
from tests.brokerage.given import (
    AUTHORITY,
    CITIZEN,
    CIVIL,
    ENTRY,
    HOUSING,
    NOT_SHARED,
    POLICE,
    TAX,
    TERMS,
    UNCONDITIONAL,
    World,
    step,
    world_on,
    wrong_record,
)
from tests.recording_desk import RecordingDesk, steps_of_others

TENTH_DAY = datetime(2025, 11, 17, 15, 59, 59, 999999, tzinfo=UTC)
ANSWER = "BrokerageService/ApproveDataRequest"
TURNS: tuple[tuple[Any, Any, set[str]], ...] = (
    (REQUEST_PROCEDURE, REQUEST_TURNS, {"withdraw", "submit", "request_extension", "allow_extension", "refuse_extension"}),
    (OBJECTION_PROCEDURE, OBJECTION_TURNS, {"withdraw", "appeal"}),
    (NOTICE_PROCEDURE, NOTICE_TURNS, set()),
    (DISPOSAL_PROCEDURE, DISPOSAL_TURNS, set()),
)


@dataclass
class Office:
    world: World
    desk: RecordingDesk


@pytest.fixture
def office(database: Database) -> Office:
    desk = RecordingDesk()
    return Office(world_on(database, desk=desk), desk)


@pytest.mark.parametrize(("procedure", "turns", "free"), TURNS, ids=["requests", "objections", "notices", "disposals"])
def test_every_state_says_whose_step_it_waits_for(procedure, turns, free):
    assert set(turns) == set(procedure.states)
    for state, turn in turns.items():
        # what somebody may do of his own will, nobody waits for
        awaited = {party for one, party in steps_of_others(procedure, state) if one.value not in free}
        assert ({turn.party} if turn else set()) == awaited, state


@pytest.mark.parametrize(("procedure", "turns", "free"), TURNS, ids=["requests", "objections", "notices", "disposals"])
def test_the_step_that_is_named_is_a_duty_s_and_its_rpc_s(procedure, turns, free):
    del procedure, free
    for turn in filter(None, turns.values()):
        assert ACCESS[f"/shuniu.v1.{turn.step}"].duties <= {Duty.REQUESTS, Duty.CORRECTIONS, Duty.RULE}


def test_the_law_s_time_runs_where_something_is_awaited_of_a_source_or_provider():
    timed = {state for _, turns, _ in TURNS for state, turn in turns.items() if turn and turn.timed}
    assert timed == {DataRequestState.SUBMITTED, DataRequestState.OVERDUE, ObjectionState.FILED, ObjectionState.VERIFYING}


def test_a_grant_that_is_used_as_it_was_given_waits_for_nobody(office: Office):
    grant = office.world.actions.get_grant(CIVIL, office.world.approved().grant)
    assert grant_waits(grant) == ()
    assert office.desk.of(grant) == set()


def test_a_request_waits_for_each_party_in_turn(office: Office):
    world, desk = office.world, office.desk
    draft = world.draft()
    assert desk.of(draft) == set()
    request = world.actions.submit_data_request(step(CIVIL, draft))
    (wait,) = desk.waiting[request.name]
    assert (wait.department, wait.step, wait.duties, wait.due_time) == (POLICE.department, ANSWER, (Duty.REQUESTS,), TENTH_DAY)
    assert (wait.limit, wait.article, wait.verified) == ("answer-conditional", "政务数据共享条例（国务院令第809号）第二十一条", False)
    assert wait.checked
    assert desk.titles[request.name] == f"居民基本信息（{CIVIL.department}）"
    request = world.actions.ask_for_more(step(POLICE, request, officer="李强"), ("请补充依据",))
    assert desk.of(request) == {(CIVIL.department, "BrokerageService/SupplementDataRequest")}
    assert desk.waiting[request.name][0].due_time is None
    request = world.actions.supplement_data_request(step(CIVIL, request), "已补充")
    assert desk.of(request) == {(POLICE.department, ANSWER)}
    offer = world.actions.approve_data_request(step(POLICE, request, officer="李强", reason="三十日足够"), replace(TERMS, period_days=30))
    assert desk.of(offer) == {(CIVIL.department, "BrokerageService/AcceptOffer")}
    assert desk.take() == []
    accepted = world.actions.accept_offer(step(CIVIL, offer))
    assert desk.of(accepted) == set()
    assert desk.take() == [(POLICE.department, "offer_accepted")]


def test_a_wish_for_more_time_is_the_authority_s_work_and_its_decision_is_told_to_both(office: Office):
    world, desk = office.world, office.desk
    request = world.actions.request_extension(step(POLICE, world.submitted(), officer="李强", reason="数据量大"), 5)
    assert desk.of(request) == {(POLICE.department, ANSWER), (THE_AUTHORITY, "BrokerageService/AllowExtension")}
    (decide,) = [one for one in desk.waiting[request.name] if one.department == THE_AUTHORITY]
    assert (decide.duties, decide.due_time) == ((Duty.RULE,), None)
    allowed = world.actions.allow_extension(step(AUTHORITY, request, officer="赵敏", reason="同意"))
    (wait,) = desk.waiting[allowed.name]
    assert wait.due_time == TENTH_DAY + timedelta(days=7)
    assert desk.take() == [(CIVIL.department, "extension_allowed"), (POLICE.department, "extension_allowed")]


def test_a_wish_that_is_refused_leaves_the_time_as_it_was(office: Office):
    world, desk = office.world, office.desk
    request = world.actions.request_extension(step(POLICE, world.submitted(), officer="李强", reason="数据量大"), 5)
    refused = world.actions.refuse_extension(step(AUTHORITY, request, officer="赵敏", reason="不同意"))
    assert [one.due_time for one in desk.waiting[refused.name]] == [TENTH_DAY]
    assert desk.take() == [(CIVIL.department, "extension_refused"), (POLICE.department, "extension_refused")]


def test_a_request_that_is_overdue_still_waits_for_its_provider(office: Office):
    world, desk = office.world, office.desk
    request = world.submitted()
    before = desk.followed
    (overdue,) = world.actions.sweep(TENTH_DAY + timedelta(seconds=1))
    assert desk.followed == before + 1
    assert desk.of(overdue) == desk.of(request) == {(POLICE.department, ANSWER)}


def test_an_answer_is_told_to_the_consumer_and_a_withdrawal_to_the_provider(office: Office):
    world, desk = office.world, office.desk
    world.approved()
    assert desk.take() == [(CIVIL.department, "request_approved")]
    refused = world.actions.refuse_data_request(step(POLICE, world.submitted(), officer="李强", reason="超出职责"), "")
    assert desk.of(refused) == set()
    assert desk.take() == [(CIVIL.department, "request_refused")]
    withdrawn = world.actions.withdraw_data_request(step(CIVIL, world.submitted(), reason="不再需要"))
    assert desk.of(withdrawn) == set()
    assert desk.take() == [(POLICE.department, "request_withdrawn")]
    world.actions.withdraw_data_request(step(CIVIL, world.draft(), reason="不再需要"))
    assert desk.take() == []


def test_what_the_hub_answers_at_once_is_told_too(office: Office):
    world, desk = office.world, office.desk
    granted = world.submitted(UNCONDITIONAL)
    assert desk.of(granted) == set()
    assert desk.take() == [(CIVIL.department, "request_approved"), (POLICE.department, "request_approved")]
    world.submitted(NOT_SHARED)
    assert desk.take() == [(CIVIL.department, "request_refused")]


def test_who_stops_a_grant_tells_the_other_party_and_the_authority_both(office: Office):
    world, desk = office.world, office.desk
    grant = world.actions.get_grant(CIVIL, world.approved().grant)
    desk.take()
    grant = world.actions.suspend_grant(step(POLICE, grant, officer="李强", reason="系统升级"))
    assert desk.take() == [(CIVIL.department, "grant_suspended")]
    grant = world.actions.resume_grant(step(AUTHORITY, grant, officer="赵敏", reason="已恢复"))
    assert desk.take() == [(CIVIL.department, "grant_resumed"), (POLICE.department, "grant_resumed")]
    world.actions.revoke_grant(step(CIVIL, grant, officer="王敏", reason="不再需要"))
    assert desk.take() == [(POLICE.department, "grant_revoked")]


def test_an_objection_waits_for_its_source_then_its_objector_and_recipients_hear_of_the_check(office: Office):
    world, desk = office.world, office.desk
    index = world.received(HOUSING, CITIZEN, "GZ-7")
    world.received(TAX, CITIZEN, "SW-1", status="failed")
    objection = world.actions.file_objection(step(CIVIL, ENTRY), wrong_record())
    assert desk.of(objection) == {(POLICE.department, "BrokerageService/VerifyObjection")}
    assert desk.waiting[objection.name][0].limit == "verify-objection"
    assert desk.titles[objection.name] == "居民基本信息"
    objection = world.actions.verify_objection(step(POLICE, objection, officer="李强"))
    assert desk.of(objection) == {(POLICE.department, "BrokerageService/CorrectObjection")}
    ((thing, told),) = desk.told
    assert (thing.name, told.department, told.kind) == (objection.name, HOUSING.department, "record_under_check")
    assert told.facts == {"entry": ENTRY.name, "log_indexes": str(index)}
    desk.take()
    dismissed = world.actions.dismiss_objection(step(POLICE, objection, officer="李强"), "经核实无误")
    assert desk.of(dismissed) == {(CIVIL.department, "BrokerageService/ConfirmObjection")}
    assert desk.take() == [(HOUSING.department, "record_confirmed")]
    closed = world.actions.confirm_objection(step(CIVIL, dismissed))
    assert desk.of(closed) == set()


def test_a_correction_is_work_of_every_department_that_had_the_record(office: Office):
    world, desk = office.world, office.desk
    world.received(HOUSING, CITIZEN, "GZ-7")
    objection = world.actions.verify_objection(step(POLICE, world.actions.file_objection(step(CIVIL, ENTRY), wrong_record()), officer="李强"))
    world.actions.correct_objection(step(POLICE, objection, officer="李强"), "住址已更正")
    ((notice,), _) = world.actions.list_correction_notices(HOUSING)
    (wait,) = desk.waiting[notice.name]
    assert (wait.department, wait.step, wait.duties) == (HOUSING.department, "BrokerageService/AcknowledgeCorrectionNotice", (Duty.CORRECTIONS,))
    assert desk.titles[notice.name] == "居民基本信息"
    done = world.actions.acknowledge_correction_notice(step(HOUSING, notice, officer="陈静"))
    assert desk.of(done) == set()


def test_nothing_on_the_desk_names_a_person(office: Office):
    world, desk = office.world, office.desk
    world.received(HOUSING, CITIZEN, "GZ-7")
    objection = world.actions.verify_objection(step(POLICE, world.actions.file_objection(step(CIVIL, ENTRY), wrong_record()), officer="李强"))
    world.actions.correct_objection(step(POLICE, objection, officer="李强"), "住址已更正")
    said = repr((desk.titles, desk.waiting, desk.told))
    for word in (CITIZEN, "王敏", "李强", "GZ-7", "住址"):
        assert word not in said


def test_what_waited_before_anybody_kept_work_is_posted_once_and_again_changes_nothing(database: Database):
    former = world_on(database)
    submitted, offered, refused = former.submitted(), former.offered(), former.submitted(NOT_SHARED)
    former.received(HOUSING, CITIZEN, "GZ-7")
    objection = former.actions.file_objection(step(CIVIL, ENTRY), wrong_record())
    verifying = former.actions.verify_objection(step(POLICE, objection, officer="李强"))
    corrected = former.actions.correct_objection(step(POLICE, verifying, officer="李强"), "住址已更正")
    ((notice,), _) = former.actions.list_correction_notices(HOUSING)
    desk = RecordingDesk()
    now = _upgraded(database, former, desk)
    for _ in range(2):
        assert sum(now.actions.backfill(former.clock.now())) == 4
        assert set(desk.waiting) == {submitted.name, offered.name, corrected.name, notice.name}
        assert desk.waiting[submitted.name][0].due_time == TENTH_DAY
    assert desk.of(refused) == set()


def test_a_backfill_goes_through_all_in_short_transactions(database: Database):
    former = world_on(database)
    for _ in range(51):
        former.submitted()
    desk = RecordingDesk()
    now = _upgraded(database, former, desk)
    assert [count for count in now.actions.backfill(former.clock.now()) if count] == [50, 1]
    assert len(desk.waiting) == 51


def test_a_grant_that_ends_is_told_to_both_with_30_7_and_1_days_left_once_each(office: Office):
    world, desk = office.world, office.desk
    grant = world.actions.get_grant(CIVIL, world.approved().grant)
    desk.take()
    told = {}
    for day in range(91):
        for _ in range(2):
            list(world.actions.tell_ends(world.clock.now()))
        told[90 - day] = [(one.department, one.facts["days_left"]) for _, one in desk.told]
        desk.take()
        world.clock.advance(timedelta(days=1))
    both = {left: [(CIVIL.department, str(left)), (POLICE.department, str(left))] for left in (30, 7, 1)}
    assert {left: said for left, said in told.items() if said} == both
    assert grant.expire_time.date().isoformat()


def test_a_grant_that_was_revoked_ends_untold(office: Office):
    world, desk = office.world, office.desk
    grant = world.actions.get_grant(CIVIL, world.approved().grant)
    world.actions.revoke_grant(step(AUTHORITY, grant, officer="赵敏", reason="依据已废止"))
    desk.take()
    list(world.actions.tell_ends(grant.expire_time - timedelta(days=3)))
    assert desk.take() == []


def _upgraded(database: Database, former: World, desk: RecordingDesk) -> World:
    kit = Kit(database, former.log, former.clock, Ids(), desk)
    return replace(former, actions=BrokerageActions(kit, former.actions._timers, former.log.pseudonym, former.live.quota.used))
