"""Demands: the table, merges that make no circle, and what each step leaves on the desk and the log."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import product
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerage.actions import BrokerageActions
from brokerage.model import DEMAND_PROCEDURE, DEMAND_TURNS, Demand, DemandContent, DemandState, DemandStep, demand_waits
from brokerage.store import DemandStore
from hub.access import Caller, Duty
from hub.db import Database
from hub.desk import AUTHORITY as THE_AUTHORITY
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError, NotFoundError
from hub.ids import Ids
from hub.unit_of_work import Kit, Step
from tests.brokerage.given import AUTHORITY, CIVIL, ENTRY, HOUSING, MONDAY, POLICE, TAX, World, step, world_on
from tests.recording_desk import RecordingDesk

WISH = DemandContent(
    title="居住证信息",
    description="居住证的签发与有效期",
    legal_basis="《居住证暂行条例》",
    scenario="入学核验",
    wished_fields=("证号", "有效期"),
    officer="王敏",
)
FILED = Demand.file(CIVIL, WISH, "01k0000000000000000000000d", MONDAY)
OTHER = Demand.file(HOUSING, WISH, "01k0000000000000000000000e", MONDAY)
ASSIGNED = replace(FILED, state=DemandState.ASSIGNED, assignee=POLICE.department)
STEPS = {
    DemandStep.ASSIGN: (AUTHORITY, lambda it, by: it.assign(by, POLICE.department, "数据在公安")),
    DemandStep.ACCEPT: (POLICE, lambda it, by: it.accept(by)),
    DemandStep.DECLINE: (POLICE, lambda it, by: it.decline(by, "不掌握该数据")),
    DemandStep.MERGE: (AUTHORITY, lambda it, by: it.merge(by, OTHER, "同一数据", MONDAY)),
    DemandStep.FULFIL: (POLICE, lambda it, by: it.fulfil(by, ENTRY, MONDAY)),
    DemandStep.WITHDRAW: (CIVIL, lambda it, by: it.withdraw(by, "不再需要", MONDAY)),
}


@pytest.mark.parametrize(("state", "one"), list(product(DemandState, STEPS)))
def test_a_demand_takes_the_steps_of_its_table_and_no_other(state: DemandState, one: DemandStep):
    by, act = STEPS[one]
    demand = replace(ASSIGNED, state=state)
    if (state, one) in DEMAND_PROCEDURE.next:
        after = act(demand, by)
        assert (after.state, after.revision) == (DEMAND_PROCEDURE.next[state, one], demand.revision + 1)
    else:
        with pytest.raises(IllegalStateError):
            act(demand, by)


@pytest.mark.parametrize("one", STEPS)
def test_nobody_takes_anothers_step(one: DemandStep):
    right, act = STEPS[one]
    for by in {CIVIL, POLICE, HOUSING, AUTHORITY} - {right}:
        with pytest.raises(NotAllowedError):
            act(ASSIGNED, by)


@pytest.mark.parametrize("state", DemandState)
def test_a_demand_waits_for_whoever_the_table_names(state: DemandState):
    turn = DEMAND_TURNS[state]
    assert (turn is not None) == any(at is state and step in STEPS and step is not DemandStep.WITHDRAW for at, step in DEMAND_PROCEDURE.next)
    for one in demand_waits(replace(ASSIGNED, state=state)):
        assert one.due_time is None  # the decree gives no time
        assert (one.department, one.duties) in {(THE_AUTHORITY, (Duty.RULE,)), (POLICE.department, (Duty.REQUESTS,))}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=40))
def test_merges_never_make_a_circle(tries: list[tuple[int, int]]):
    """Whatever the authority merges into whatever, in whatever order: following `merged_into` comes to an end."""
    demands = {name.name: name for name in (replace(FILED, id=f"01k000000000000000000000{n:02d}") for n in range(6))}
    names = list(demands)
    for one, into in tries:
        try:
            demands[names[one]] = demands[names[one]].merge(AUTHORITY, demands[names[into]], "同一数据", MONDAY)
        except (IllegalStateError, InvalidInputError):
            continue
    for name in names:
        seen = [name]
        while demands[seen[-1]].merged_into:
            seen.append(demands[seen[-1]].merged_into)
            assert len(seen) <= len(names)
        assert demands[seen[-1]].state is not DemandState.MERGED


class Office:
    """The actions over a database, and a desk that keeps what lies on it."""

    def __init__(self, db: Database) -> None:
        self.world: World = world_on(db)
        self.desk = RecordingDesk()
        kit = Kit(self.world.db, self.world.log, self.world.clock, Ids(), self.desk)
        self.actions = BrokerageActions(kit, self.world.actions._timers, self.world.log.pseudonym, self.world.live.quota.used)

    def file(self, by: Caller = CIVIL, content: DemandContent = WISH, request_id: str = "") -> Demand:
        return self.actions.file_demand(Step(caller=by, request_id=request_id), content)

    def accepted(self, by: Caller = CIVIL) -> Demand:
        one = self.actions.assign_demand(step(AUTHORITY, self.file(by), officer="赵云", reason="数据在公安"), POLICE.department)
        return self.actions.accept_demand(step(POLICE, one, officer="李强"))

    def told(self, kind: str) -> list[str]:
        return [notice.department for _, notice in self.desk.told if notice.kind == kind]


@pytest.fixture
def office(sqlite_database: Database) -> Office:
    return Office(sqlite_database)


def test_a_demand_goes_from_filing_to_the_entry_that_fulfils_it(office: Office):
    one = office.file(request_id="1")
    assert office.file(request_id="1") == one
    assert [waiting.department for waiting in office.desk.waiting[one.name]] == [THE_AUTHORITY]
    assert office.desk.titles[one.name] == WISH.title
    one = office.actions.assign_demand(step(AUTHORITY, one, officer="赵云", reason="数据在公安"), f" {POLICE.department.lower()} ")
    assert [waiting.department for waiting in office.desk.waiting[one.name]] == [POLICE.department]
    one = office.actions.decline_demand(step(POLICE, one, officer="李强", reason="不掌握该数据"))
    assert [waiting.department for waiting in office.desk.waiting[one.name]] == [THE_AUTHORITY]
    one = office.actions.assign_demand(step(AUTHORITY, one, officer="赵云", reason="户籍处掌握"), POLICE.department)
    one = office.actions.accept_demand(step(POLICE, one, officer="李强"))
    assert office.desk.waiting[one.name][0].step == "BrokerageService/FulfilDemand"
    one = office.actions.fulfil_demand(step(POLICE, one, officer="李强"), ENTRY.name)
    assert (one.state, one.entry, one.end_time) == (DemandState.FULFILLED, ENTRY.name, MONDAY)
    assert one.name not in office.desk.waiting
    for kind in ("demand_assigned", "demand_accepted", "demand_declined", "demand_fulfilled"):
        assert set(office.told(kind)) == {CIVIL.department}, kind
    logged = [(record.action, record.other) for record in office.world.logged()]
    assert logged[0] == ("brokerage.FileDemand", "")
    assert ("brokerage.FulfilDemand", CIVIL.department) in logged


def test_whoever_filed_a_merged_demand_is_told_when_the_other_one_is_fulfilled(office: Office):
    first, second, third = office.accepted(), office.file(HOUSING), office.file(TAX)
    third = office.actions.merge_demand(step(AUTHORITY, third, officer="赵云", reason="同一数据"), second.name)
    second = office.actions.merge_demand(step(AUTHORITY, second, officer="赵云", reason="同一数据"), first.name)
    assert office.actions.get_demand(TAX, first.name).follower_count == 2
    board, _ = office.actions.list_demands(HOUSING)
    assert {one.id: one.follower_count for one in board} == {first.id: 2, second.id: 1, third.id: 0}
    office.actions.fulfil_demand(step(POLICE, first, officer="李强"), ENTRY.name)
    assert sorted(office.told("demand_fulfilled")) == sorted([CIVIL.department, HOUSING.department, TAX.department])


def test_whoever_was_merged_into_a_demand_that_is_withdrawn_hears_of_it(office: Office):
    first, second = office.file(), office.file(HOUSING)
    office.actions.merge_demand(step(AUTHORITY, second, officer="赵云", reason="同一数据"), first.name)
    office.actions.withdraw_demand(step(CIVIL, first, officer="王敏", reason="不再需要"))
    assert office.told("demand_withdrawn") == [HOUSING.department]


def test_what_is_merged_into_something_that_answers_already_is_told_so_at_once(office: Office):
    first, second = office.file(), office.file(HOUSING)
    second = office.actions.merge_demand(step(AUTHORITY, second, officer="赵云", reason="同一数据"), first.name)
    first = office.actions.merge_demand(step(AUTHORITY, first, officer="赵云", reason="目录已有"), ENTRY.name)
    assert (first.state, first.merged_into) == (DemandState.MERGED, ENTRY.name)
    assert sorted(office.told("demand_fulfilled")) == sorted([CIVIL.department, HOUSING.department])


def test_a_demand_is_merged_into_nothing_that_goes_on_nowhere(office: Office):
    first, second = office.file(), office.file(HOUSING)
    for into, reason in (
        (first.name, "MERGED_INTO_ITSELF"),
        ("grants/01k0000000000000000000000x", "MERGE_TARGET_UNKNOWN"),
        ("", "MERGE_TARGET_UNKNOWN"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            office.actions.merge_demand(step(AUTHORITY, first, officer="赵云", reason="同一数据"), into)
        assert refused.value.reason == reason
    for missing in ("demands/01k0000000000000000000000x", "entries/01k0000000000000000000000x"):
        with pytest.raises(NotFoundError):
            office.actions.merge_demand(step(AUTHORITY, first, officer="赵云", reason="同一数据"), missing)
    second = office.actions.merge_demand(step(AUTHORITY, second, officer="赵云", reason="同一数据"), first.name)
    with pytest.raises(InvalidInputError) as circle:
        office.actions.merge_demand(step(AUTHORITY, first, officer="赵云", reason="同一数据"), second.name)
    assert circle.value.reason == "MERGED_INTO_NOTHING"
    assert "已合并" in circle.value.message_zh


def test_of_two_merges_at_once_that_would_make_a_circle_one_is_refused(database: Database):
    office = Office(database)
    for _ in range(5):
        first, second = office.file(), office.file(HOUSING)
        both = Barrier(2)

        def merge(one: Demand, into: Demand, both: Barrier = both) -> str:
            both.wait(10)
            try:
                office.actions.merge_demand(step(AUTHORITY, one, officer="赵云", reason="同一数据"), into.name)
            except InvalidInputError as refused:
                return refused.reason
            return ""

        with ThreadPoolExecutor(2) as pool:
            ends = [pool.submit(merge, first, second), pool.submit(merge, second, first)]
        assert sorted(end.result() for end in ends) == ["", "MERGED_INTO_NOTHING"]


def test_a_demand_is_assigned_to_a_department_that_takes_part_and_did_not_file_it(office: Office):
    one = office.file()
    with pytest.raises(InvalidInputError) as own:
        office.actions.assign_demand(step(AUTHORITY, one, officer="赵云", reason="试"), CIVIL.department)
    assert own.value.reason == "ASSIGNED_TO_FILER"
    with pytest.raises(NotFoundError):
        office.actions.assign_demand(step(AUTHORITY, one, officer="赵云", reason="试"), HOUSING.department)  # not registered here
    with pytest.raises(InvalidInputError):
        office.actions.assign_demand(step(AUTHORITY, one, officer="赵云", reason="试"), "12")


def test_the_entry_that_fulfils_is_the_accepting_departments_own(office: Office):
    one = office.actions.assign_demand(step(AUTHORITY, office.file(), officer="赵云", reason="数据在公安"), POLICE.department)
    one = office.actions.accept_demand(step(POLICE, one, officer="李强"))
    office.world.newest_version(replace(ENTRY, id="01k0000000000000000000000f", provider=TAX.department, resource_code="307010001/000009"))
    with pytest.raises(InvalidInputError) as refused:
        office.actions.fulfil_demand(step(POLICE, one, officer="李强"), "entries/01k0000000000000000000000f")
    assert refused.value.reason == "NOT_OWN_ENTRY"


def test_the_board_shows_every_demand_to_every_department(office: Office):
    one = office.file()
    office.world.clock.advance(timedelta(seconds=1))
    two = office.file(HOUSING)
    assert [demand.id for demand in office.actions.list_demands(TAX)[0]] == [two.id, one.id]
    page, following = office.actions.list_demands(TAX, size=1)
    assert ([demand.id for demand in page], bool(following)) == ([two.id], True)
    assert [demand.id for demand in office.actions.list_demands(TAX, size=1, token=following)[0]] == [one.id]
    assert [demand.id for demand in office.actions.list_demands(TAX, department=CIVIL.department)[0]] == [one.id]
    assert office.actions.list_demands(TAX, state=DemandState.ACCEPTED)[0] == ()
    with pytest.raises(NotFoundError):
        office.actions.get_demand(Caller(), one.name)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"),
        ({"description": "。。"}, "description"),
        ({"wished_fields": ("身份证号 110105199001011005",)}, "wished_fields"),
        ({"wished_fields": ("数据项",) * 101}, "wished_fields"),
        ({"scenario": "查询 110105900101100"}, "scenario"),
    ],
)
def test_what_a_demand_must_not_say_is_told_by_its_field(changed: dict[str, object], field: str):
    with pytest.raises(InvalidInputError) as refused:
        replace(WISH, **changed)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_a_row_is_the_demand_that_was_written(office: Office):
    one = office.file()
    with office.world.db.read() as tx:
        assert DemandStore(tx).get(one.id) == one
