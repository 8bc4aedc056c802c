"""Disputes: the table, what one can be about, the three tiers, the clocks of a profile, and what lies on the desk."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerage.actions import BrokerageActions
from brokerage.model import (
    DISPUTE_PROCEDURE,
    OPEN_DISPUTE,
    Dispute,
    DisputeContent,
    DisputeState,
    DisputeStep,
    Matter,
    Meanwhile,
    dispute_waits,
    may_coordinate,
    suggests_superior,
)
from brokerage.store import DisputeStore
from certs.model import Department, Level, level_of
from certs.store import DepartmentStore
from hub.db import Database
from hub.desk import AUTHORITY as THE_AUTHORITY
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError, NotFoundError
from hub.ids import Ids
from hub.unit_of_work import Kit, Step
from shuniu.identifiers import uscc
from tests.brokerage.given import AUTHORITY, CIVIL, HOUSING, MEMBER, MONDAY, POLICE, World, step, world_on, wrong_record
from tests.recording_desk import RecordingDesk
from timing.timer import Timer

SAID = DisputeContent(resource="dataRequests/01k0000000000000000000000r", statement="拒绝理由不成立", officer="王敏")
MATTER = Matter((CIVIL.department, POLICE.department), Meanwhile.REFUSED, "entries/01k0000000000000000000000a")
OPENED = Dispute.open(CIVIL, SAID, MATTER, "01k0000000000000000000000s", MONDAY)
FULL = replace(OPENED, answer="依法拒绝", settlement="提供三项", proposer=POLICE.department)
STEPS = {
    DisputeStep.ANSWER: (POLICE, lambda it, by: it.state_position(by, "依法拒绝")),
    DisputeStep.PROPOSE: (CIVIL, lambda it, by: it.propose(by, "提供三项")),
    DisputeStep.AGREE: (CIVIL, lambda it, by: it.agree(by, MONDAY)),
    DisputeStep.ESCALATE: (CIVIL, lambda it, by: it.escalate(by, "协商不成", None, is_over=False)),
    DisputeStep.HAND_OVER: (AUTHORITY, lambda it, by: it.hand_over(by, HOUSING.department, "跨层级")),
    DisputeStep.DECIDE: (AUTHORITY, lambda it, by: it.decide(by, "应当提供", "可重新申请")),
    DisputeStep.RECORD: (AUTHORITY, lambda it, by: it.record_government(by, "宁政函〔2026〕1号", "应当提供", "可重新申请", MONDAY)),
    DisputeStep.WITHDRAW: (CIVIL, lambda it, by: it.withdraw(by, "已协商", MONDAY)),
}


@pytest.mark.parametrize(("state", "one"), list(product(DisputeState, STEPS)))
def test_a_dispute_takes_the_steps_of_its_table_and_no_other(state: DisputeState, one: DisputeStep):
    by, act = STEPS[one]
    dispute = replace(FULL, state=state)
    if (state, one) in DISPUTE_PROCEDURE.next:
        after = act(dispute, by)
        assert (after.state, after.revision) == (DISPUTE_PROCEDURE.next[state, one], dispute.revision + 1)
    else:
        with pytest.raises(IllegalStateError):
            act(dispute, by)


@pytest.mark.parametrize("one", STEPS)
def test_a_department_without_a_part_takes_no_step(one: DisputeStep):
    with pytest.raises(NotAllowedError):
        STEPS[one][1](FULL, HOUSING)


def test_nobody_agrees_to_terms_of_its_own_or_to_none():
    with pytest.raises(NotAllowedError):
        FULL.agree(POLICE, MONDAY)
    with pytest.raises(IllegalStateError) as refused:
        OPENED.agree(CIVIL, MONDAY)
    assert refused.value.reason == "NO_TERMS"


def test_the_authority_decides_no_more_what_it_passed_on():
    passed = replace(FULL, state=DisputeState.COORDINATING, coordinator=HOUSING.department)
    with pytest.raises(NotAllowedError) as refused:
        passed.decide(AUTHORITY, "应当提供", "可重新申请")
    assert refused.value.reason == "PASSED_ON"
    assert passed.decide(HOUSING, "应当提供", "可重新申请").state is DisputeState.DECIDED


def test_escalation_waits_for_the_answer_or_for_the_end_of_the_time_where_a_rule_gives_one():
    timed = replace(OPENED, timer=Timer("consult-dispute", "示例", 10, False, MONDAY))
    with pytest.raises(IllegalStateError) as early:
        timed.escalate(CIVIL, "协商不成", None, is_over=False)
    assert early.value.reason == "CONSULT_TERM_OPEN"
    assert timed.escalate(CIVIL, "逾期未答复", None, is_over=True).state is DisputeState.COORDINATING
    assert replace(timed, answer="依法拒绝").escalate(CIVIL, "协商不成", None, is_over=False).state is DisputeState.COORDINATING
    assert OPENED.escalate(CIVIL, "协商不成", None, is_over=False).state is DisputeState.COORDINATING  # no rule, nothing to wait for


@pytest.mark.parametrize("state", DisputeState)
def test_every_open_dispute_waits_for_somebody(state: DisputeState):
    assert bool(dispute_waits(replace(OPENED, state=state))) == (state in OPEN_DISPUTE)
    standing = dispute_waits(replace(FULL, state=state))
    if state in {DisputeState.CONSULTING, DisputeState.COORDINATING}:
        assert ("BrokerageService/AgreeSettlement", CIVIL.department) in {(one.step, one.department) for one in standing}


REGIONS = ("640000", "640100", "640104", "640105", "640200", "640202", "650000", "650100")


def body(region: str, number: int = 1) -> Department:
    return Department(uscc.build("11", region, f"{number:08d}"), "部门", "", region, MONDAY, level_of(region))


bodies = st.builds(body, st.sampled_from(REGIONS), st.integers(1, 30))


@given(bodies, bodies, bodies)
def test_a_common_superior_is_above_one_below_neither_and_its_region_holds_both(superior: Department, one: Department, other: Department):
    if may_coordinate(superior, one, other):
        assert superior.uscc not in {one.uscc, other.uscc}
        assert superior.region[:2] == one.region[:2] == other.region[:2]
        assert not one.level.is_above(superior.level) if one.level and superior.level else True
        assert may_coordinate(superior, other, one)
    if not suggests_superior(one, other):
        assert one.region == other.region


def test_a_city_coordinates_two_of_its_counties_and_not_one_of_anothers():
    county, sister, stranger = (body(region) for region in ("640104", "640105", "640202"))
    city = body("640100")
    assert may_coordinate(city, county, sister)
    assert not may_coordinate(city, county, stranger)
    assert not may_coordinate(county, sister, stranger)
    seated_there = replace(county, level=Level.PROVINCE)  # a department of the province whose seat is in the county
    assert not may_coordinate(city, seated_there, sister)


class Office:
    """The actions over a database, by a profile of time limits, and a desk that keeps what lies on it."""

    def __init__(self, db: Database, profile: str = "decree-809") -> None:
        self.world: World = world_on(db, profile)
        self.desk = RecordingDesk()
        kit = Kit(self.world.db, self.world.log, self.world.clock, Ids(), self.desk)
        self.actions = BrokerageActions(kit, self.world.actions._timers, self.world.log.pseudonym, self.world.live.quota.used)
        with db.begin() as tx:
            DepartmentStore(tx).insert(Department(CIVIL.department, "民政厅", "", "640104", MONDAY, Level.COUNTY))

    def refused(self):
        request = self.world.submitted()
        return self.world.actions.refuse_data_request(step(POLICE, request, officer="李强", reason="不符合"), "")

    def open(self, resource: str, by=CIVIL, **changed: str) -> Dispute:
        said = {"resource": resource, "statement": "拒绝理由不成立", "officer": "王敏", **changed}
        return self.actions.open_dispute(Step(caller=by), DisputeContent(**said))

    def told(self, kind: str) -> list[str]:
        return sorted(notice.department for _, notice in self.desk.told if notice.kind == kind)


@pytest.fixture
def office(sqlite_database: Database) -> Office:
    return Office(sqlite_database)


def test_a_dispute_goes_through_its_three_tiers(office: Office):
    request = office.refused()
    one = office.open(request.name)
    assert (one.claimant, one.respondent, one.meanwhile, one.timer) == (CIVIL.department, POLICE.department, Meanwhile.REFUSED, None)
    assert one.superior_suggested  # a county's department and one of the province
    assert office.told("dispute_opened") == sorted([CIVIL.department, POLICE.department])
    assert "申请维持不予共享" in office.desk.told[0][1].facts["meanwhile"]
    assert office.desk.titles[one.name] == "居民基本信息"
    one = office.actions.answer_dispute(step(POLICE, one, officer="李强"), "依法拒绝")
    assert office.desk.waiting[one.name][0].department == CIVIL.department
    one = office.actions.escalate_dispute(step(CIVIL, one, officer="王敏", reason="协商不成"))
    assert [(waiting.step, waiting.department) for waiting in office.desk.waiting[one.name]] == [("BrokerageService/DecideDispute", THE_AUTHORITY)]
    one = office.actions.decide_dispute(step(AUTHORITY, one, officer="赵云"), "应当提供", "可重新申请")
    assert office.told("dispute_decided") == sorted([CIVIL.department, POLICE.department])
    one = office.actions.escalate_dispute(step(POLICE, one, officer="李强", reason="不同意协调意见"))
    assert office.desk.waiting[one.name][0].step == "BrokerageService/RecordGovernmentDecision"
    one = office.actions.record_government_decision(step(AUTHORITY, one, officer="赵云"), "宁政函〔2026〕1号", "应当提供", "可重新申请")
    assert (one.state, one.end_time) == (DisputeState.GOVERNMENT_DECIDED, MONDAY)
    assert one.name not in office.desk.waiting
    assert office.world.actions.get_data_request(CIVIL, request.name) == request  # a decision changes nothing by itself
    assert office.world.draft().state.value == "draft"  # what follows: the consumer files again


def test_two_departments_settle_it_themselves(office: Office):
    one = office.open(office.refused().name)
    one = office.actions.propose_settlement(step(POLICE, one, officer="李强"), "先提供三项")
    assert [(waiting.step, waiting.department) for waiting in office.desk.waiting[one.name]] == [
        ("BrokerageService/AgreeSettlement", CIVIL.department)
    ]
    one = office.actions.propose_settlement(step(CIVIL, one, officer="王敏"), "再加一项")
    one = office.actions.agree_settlement(step(POLICE, one, officer="李强"))
    assert (one.state, one.settlement) == (DisputeState.SETTLED, "再加一项")
    assert office.told("dispute_settled") == [CIVIL.department]


def test_one_dispute_about_a_thing_is_open_at_a_time(office: Office):
    name = office.refused().name
    first = office.open(name)
    with office.world.db.read() as tx:
        assert DisputeStore(tx).open_about(name)
    with pytest.raises(IllegalStateError) as second:
        office.open(name, by=POLICE)
    assert (second.value.reason, first.name in second.value.message) == ("DISPUTE_OPEN", True)
    office.actions.withdraw_dispute(step(CIVIL, first, officer="王敏", reason="已协商"))
    with office.world.db.read() as tx:
        assert not DisputeStore(tx).open_about(name)
    again = office.open(name, by=POLICE)
    assert (again.claimant, again.respondent) == (POLICE.department, CIVIL.department)


def test_one_that_was_decided_goes_to_no_government_while_another_is_open(office: Office):
    name = office.refused().name
    one = office.actions.escalate_dispute(step(CIVIL, office.open(name), officer="王敏", reason="协商不成"))
    one = office.actions.decide_dispute(step(AUTHORITY, one, officer="赵云"), "应当提供", "可重新申请")
    office.open(name, by=POLICE)
    with pytest.raises(IllegalStateError) as refused:
        office.actions.escalate_dispute(step(CIVIL, one, officer="王敏", reason="不同意"))
    assert refused.value.reason == "DISPUTE_OPEN"


def test_what_can_be_disputed_and_what_holds_meanwhile(office: Office):
    actions = office.world.actions
    offered = office.world.offered()
    assert office.open(offered.name).meanwhile is Meanwhile.OFFERED
    grant = actions.get_grant(CIVIL, office.world.approved().grant)
    with pytest.raises(IllegalStateError) as running:
        office.open(grant.name)
    assert (running.value.reason, "有效" in running.value.message_zh) == ("NOT_DISPUTABLE", True)
    grant = actions.suspend_grant(step(POLICE, grant, officer="李强", reason="核查"))
    first = office.open(grant.name)
    assert first.meanwhile is Meanwhile.SUSPENDED
    office.actions.withdraw_dispute(step(CIVIL, first, officer="王敏", reason="已协商"))
    grant = actions.revoke_grant(step(AUTHORITY, grant, officer="赵云", reason="依据废止"))
    assert office.open(grant.name).meanwhile is Meanwhile.ENDED
    objection = actions.file_objection(Step(caller=CIVIL), wrong_record())
    with pytest.raises(IllegalStateError):
        office.open(objection.name)
    objection = actions.verify_objection(step(POLICE, objection, officer="李强"))
    objection = actions.dismiss_objection(step(POLICE, objection, officer="李强"), "与档案一致")
    assert office.open(objection.name).meanwhile is Meanwhile.SERVICE_CONTINUES


def test_who_has_no_part_in_a_thing_disputes_nothing_and_does_not_learn_of_it(office: Office):
    name = office.refused().name
    with pytest.raises(NotFoundError):
        office.open(name, by=HOUSING)
    with pytest.raises(IllegalStateError) as ruler:
        office.open(name, by=AUTHORITY)
    assert ruler.value.reason == "NO_OTHER_PARTY"
    for wrong in ("licenses/1", "", "dataRequests"):
        with pytest.raises(InvalidInputError):
            office.open(wrong)
    one = office.open(name)
    with pytest.raises(NotFoundError):
        office.actions.get_dispute(HOUSING, one.name)
    assert office.actions.list_disputes(HOUSING)[0] == ()
    assert office.actions.list_disputes(AUTHORITY)[0] == office.actions.list_disputes(POLICE)[0] == (one,)


def test_the_authority_passes_a_dispute_on_to_the_common_superior_which_decides_it(office: Office):
    city = replace(POLICE, department=uscc.build("11", "640100", "00000005"), roles=MEMBER)
    above = replace(POLICE, department=uscc.build("11", "640000", "00000006"), roles=MEMBER)
    with office.world.db.begin() as tx:
        DepartmentStore(tx).insert(Department(city.department, "市数据局", "", "640100", MONDAY, Level.CITY))
        DepartmentStore(tx).insert(Department(above.department, "自治区数据局", "", "640000", MONDAY, Level.PROVINCE))
    one = office.actions.escalate_dispute(step(CIVIL, office.open(office.refused().name), officer="王敏", reason="协商不成"))
    for wrong in (city.department, POLICE.department, CIVIL.department):  # a city is below the province's department
        with pytest.raises(InvalidInputError) as refused:
            office.actions.pass_dispute(step(AUTHORITY, one, officer="赵云", reason="跨层级"), wrong)
        assert refused.value.reason == "NO_SUPERIOR"
    one = office.actions.pass_dispute(step(AUTHORITY, one, officer="赵云", reason="跨层级"), f" {above.department.lower()} ")
    assert office.desk.waiting[one.name][0].department == above.department
    assert office.actions.list_disputes(above)[0] == (one,)
    one = office.actions.decide_dispute(step(above, one, officer="周正"), "应当提供", "可重新申请")
    assert office.told("dispute_decided") == sorted([CIVIL.department, POLICE.department])


def test_the_time_of_a_tier_runs_where_a_profile_has_it_and_is_told_once(sqlite_database: Database):
    office = Office(sqlite_database, "local-example")
    one = office.open(office.refused().name)
    assert one.timer
    assert (one.timer.working_days, one.timer.verified) == (10, False)
    late = MONDAY + timedelta(days=30)
    assert office.actions.sweep_disputes(MONDAY) == ()
    assert [told.id for told in office.actions.sweep_disputes(late)] == [one.id]
    assert office.actions.sweep_disputes(late) == ()
    office.world.clock.set(late)
    one = office.actions.get_dispute(CIVIL, one.name)
    one = office.actions.escalate_dispute(step(CIVIL, one, officer="王敏", reason="逾期未答复"))
    assert one.timer
    assert (one.timer.id, one.timer.told_time) == ("coordinate-dispute", None)
    assert [record.action for record in office.world.logged()].count("brokerage.ExpireDispute") == 1


def test_what_a_dispute_must_not_say_is_refused():
    for said in ({"statement": ""}, {"statement": "110105199001011005 的申请"}, {"officer": ""}):
        with pytest.raises(InvalidInputError):
            replace(SAID, **said)
