"""Records of use (Decree 809 art. 29): made by the consumer, owed once a year and at the end, never changed, kept for years."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from brokerage.model import FollowKind, Grant, GrantState
from brokerage.model.use_due import UseDue, first_owed, use_due_from
from brokerage.model.use_record import UseContent, UseRecord, owe_use_record, settle
from brokerage.store import GrantStore, UseRecordStore, forget_use_records
from brokerage.store.use_records import use_records
from hub.access import Caller
from hub.clock import day_in_china
from hub.config import Config, from_mapping
from hub.db import Database
from hub.desk import AUTHORITY as THE_AUTHORITY
from hub.errors import ConfigError, InvalidInputError, NotAllowedError, NotFoundError
from hub.housekeeping import Housekeeping
from hub.unit_of_work import Step
from tests.brokerage.given import AUTHORITY, CITIZEN, CIVIL, HOUSING, MONDAY, POLICE, TAX, TERMS, World, asking, step, world_on
from tests.recording_desk import RecordingDesk
from timing.timer import Timer

TODAY = date(2025, 11, 3)
YEARS = replace(TERMS, period_days=800)
USE = UseContent(
    grant="",
    begin_date=TODAY,
    end_date=TODAY,
    scenario="低保核对",
    process="窗口受理时逐件核对",
    effect="减少证明材料两份",
    storage="未留存，仅在办件系统显示",
    destruction="尚未销毁",
    officer="王敏",
)
RECORD_USE = "BrokerageService/RecordUse"


@dataclass
class Office:
    world: World
    desk: RecordingDesk

    def grant(self, terms: Any = YEARS) -> Grant:
        request = self.world.actions.approve_data_request(step(POLICE, self.world.submitted(terms=terms), officer="李强"))
        return self.read(request.grant)

    def read(self, name: str) -> Grant:
        with self.world.db.read() as tx:
            return GrantStore(tx).get(name.removeprefix("grants/"))

    def record(self, grant: Grant, by: Caller = CIVIL, request_id: str = "", **said: Any) -> UseRecord:
        self.world.clock.advance(timedelta(seconds=1))  # ids of one moment have no order
        return self.world.actions.record_use(Step(caller=by, request_id=request_id), replace(USE, grant=grant.name, **said))

    def later(self, days: int) -> date:
        self.world.clock.advance(timedelta(days=days))
        return day_in_china(self.world.clock.now())

    def round(self) -> int:
        return sum(self.world.actions.owe_use_records(self.world.clock.now()))


@pytest.fixture
def office(sqlite_database: Database) -> Office:
    desk = RecordingDesk()
    return Office(world_on(sqlite_database, desk=desk), desk)


def test_a_use_is_recorded_once_for_each_request_and_listed_newest_first(office: Office):
    grant = office.grant()
    first = office.record(grant, request_id="1")
    assert office.record(grant, request_id="1") == first
    with pytest.raises(InvalidInputError):
        office.record(grant, request_id="1", effect="另一成效")
    second = office.record(grant)
    page, token = office.world.actions.list_use_records(CIVIL, grant.name, 1)
    assert (page, bool(token)) == ((second,), True)
    assert office.world.actions.list_use_records(CIVIL, grant.name, 1, token) == ((first,), "")
    told = [one for one in office.world.logged() if one.action == "brokerage.RecordUse"]
    assert [(one.resource, one.grant, one.other, one.actor.officer) for one in told] == [
        (one.name, grant.name, POLICE.department, "王敏") for one in (first, second)
    ]
    assert USE.effect not in str(told)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"begin_date": date(2025, 11, 5), "end_date": date(2025, 11, 4)}, "end_date"),
        ({"end_date": date(2025, 12, 1)}, "end_date"),
        ({"begin_date": date(2025, 11, 2)}, "begin_date"),
        ({"begin_date": None}, "begin_date"),
        ({"end_date": None}, "end_date"),
        ({"scenario": " "}, "scenario"),
        ({"process": ""}, "process"),
        ({"effect": f"为{CITIZEN}办理"}, "effect"),
        ({"storage": "库" * 1_001}, "storage"),
        ({"destruction": "。"}, "destruction"),
        ({"officer": CITIZEN}, "officer"),
        ({"corrects": "useRecords/x"}, "corrects"),
        ({"corrects": "grants/01k0000000000000000000000a"}, "corrects"),
    ],
)
def test_a_record_that_cannot_be_right_names_what_is_wrong_and_is_not_kept(office: Office, said: dict[str, Any], field: str):
    grant = office.grant()
    office.later(10)
    with pytest.raises(InvalidInputError) as refusal:
        office.record(grant, **said)
    assert refusal.value.field == field
    assert office.world.actions.list_use_records(CIVIL, grant.name) == ((), "")


def test_a_period_behind_the_end_of_the_grant_is_refused(office: Office):
    over, revoked = office.grant(TERMS), office.grant()
    office.later(2)
    office.world.actions.revoke_grant(step(AUTHORITY, revoked, officer="赵云", reason="依据废止"))
    today = office.later(100)
    for grant in (over, office.read(revoked.name)):
        last = day_in_china(grant.end_time or grant.expire_time)
        with pytest.raises(InvalidInputError):
            office.record(grant, end_date=today)
        office.record(grant, end_date=last)


def test_only_the_consumer_records_and_lists_and_nobody_else_is_told_that_there_is_a_grant(office: Office):
    grant = office.grant()
    record = office.record(grant)
    for by in (POLICE, AUTHORITY):
        with pytest.raises(NotAllowedError) as refusal:
            office.record(grant, by=by)
        assert refusal.value.reason == "NOT_CONSUMER_OF_GRANT"
        with pytest.raises(NotAllowedError) as refusal:
            office.world.actions.list_use_records(by, grant.name)
        assert refusal.value.reason == "INSPECT_INSTEAD"
    for name in (grant.name, "grants/01k0000000000000000000000z"):
        with pytest.raises(NotFoundError):
            office.record(replace(grant, id=name.removeprefix("grants/")), by=TAX)
        with pytest.raises(NotFoundError):
            office.world.actions.list_use_records(HOUSING, name)
    assert office.world.actions.list_use_records(CIVIL, grant.name)[0] == (record,)


def test_a_later_record_corrects_an_earlier_one_of_the_same_grant_once(office: Office):
    grant, other = office.grant(), office.grant()
    first, elsewhere = office.record(grant), office.record(other)
    second = office.record(grant, corrects=first.name, effect="减少证明材料三份")
    shown = office.world.actions.list_use_records(CIVIL, grant.name)[0]
    assert [(one.name, one.corrects, one.corrected_by) for one in shown] == [(second.name, first.name, ""), (first.name, "", second.name)]
    assert shown[1].effect == USE.effect
    for wrong in (first.name, elsewhere.name):
        with pytest.raises(InvalidInputError) as refusal:
            office.record(grant, corrects=wrong)
        assert refusal.value.reason == "CORRECTS_WRONG"
    with pytest.raises(NotFoundError):
        office.record(grant, corrects="useRecords/01k0000000000000000000000z")


def test_a_record_is_owed_a_year_after_the_grant_began_and_settled_by_one_that_reaches_so_far(office: Office):
    grant = office.grant()
    assert (office.round(), office.desk.of(grant)) == (0, set())
    today = office.later(366)
    assert (office.round(), office.round()) == (2, 1)  # owed, and looked at for its time; then looked at alone
    owed = office.read(grant.name)
    assert owed.use_record_due is not None
    assert (owed.use_record_due.owed_to, owed.use_record_due.is_last) == (day_in_china(grant.start_time + timedelta(days=365)), False)
    (waiting,) = office.desk.waiting[grant.name]
    assert (waiting.step, waiting.department) == (RECORD_USE, CIVIL.department)
    assert (waiting.limit, waiting.due_time) == ("record-use", owed.use_record_due.due_time)
    assert "惯例" in waiting.article
    office.record(grant, end_date=TODAY)  # a day of last year settles nothing
    assert office.read(grant.name).use_record_due == owed.use_record_due
    office.record(grant, end_date=today)
    settled = office.read(grant.name)
    assert (settled.use_record_due, office.desk.of(grant)) == (None, set())
    assert settled.use_record_time is not None
    assert day_in_china(settled.use_record_time) == today + timedelta(days=365)


def test_a_record_that_is_late_is_told_once_to_both_parties_and_the_authority(office: Office):
    grant = office.grant()
    office.later(366)
    office.round()
    office.desk.take()
    office.later(60)
    assert [office.round(), office.round()] == [1, 1]
    assert office.desk.take() == [(one, "use_record_late") for one in (CIVIL.department, POLICE.department, THE_AUTHORITY)]
    assert [one.resource for one in office.world.logged() if one.action == "brokerage.ExpireUseRecord"] == [grant.name]
    assert office.desk.of(grant) == {(CIVIL.department, RECORD_USE)}  # it can still be made


@pytest.mark.parametrize("way", ["runs out", "is revoked", "is amended"])
def test_the_last_record_is_owed_once_the_grant_has_ended(office: Office, way: str):
    grant = office.grant(TERMS)
    office.record(grant)  # of its first day
    match way:
        case "runs out":
            office.later(91)
        case "is revoked":
            office.later(3)
            office.world.actions.revoke_grant(step(CIVIL, office.read(grant.name), officer="王敏", reason="不再需要"))
        case _:
            office.later(3)
            content = replace(asking(), follows=grant.name, follow_kind=FollowKind.AMENDMENT)
            draft = office.world.actions.create_data_request(Step(caller=CIVIL), content)
            request = office.world.actions.submit_data_request(step(CIVIL, draft))
            office.world.actions.approve_data_request(step(POLICE, request, officer="李强"))
    office.round()
    owed = office.read(grant.name)
    assert owed.use_record_due is not None
    last = day_in_china(owed.end_time or owed.expire_time)
    assert (owed.use_record_due.is_last, owed.use_record_due.owed_to, owed.use_record_time) == (True, last, None)
    office.record(grant, end_date=last)
    office.later(400)
    office.round()
    assert office.read(grant.name).use_record_due is None


def test_a_record_made_before_it_is_owed_puts_the_next_one_off(office: Office):
    grant = office.grant()
    today = office.later(200)
    office.record(grant, end_date=today)
    office.later(300)
    assert office.round() == 0
    office.later(100)
    office.round()
    assert office.read(grant.name).use_record_due is not None


def test_a_record_on_the_day_on_which_the_grant_ended_is_the_last_one(office: Office):
    grant = office.grant()
    office.world.actions.revoke_grant(step(CIVIL, grant, officer="王敏", reason="不再需要"))
    office.record(grant)
    office.later(2)
    assert office.round() == 0


def test_a_grant_of_an_earlier_release_owes_no_record_and_may_have_some(office: Office):
    grant = office.grant()
    former = replace(grant, use_record_time=None)
    assert owe_use_record(former, lambda _: None, MONDAY) is former
    record = UseRecord.make(former, CIVIL, replace(USE, grant=former.name), "01k0000000000000000000000r", MONDAY)
    assert settle(former, record, MONDAY) is former


def test_where_the_rules_know_no_time_nothing_is_owed(sqlite_database: Database):
    desk = RecordingDesk()
    office = Office(world_on(sqlite_database, "local-example", desk), desk)
    grant = office.grant()
    office.later(366)
    office.round()
    assert (office.read(grant.name).use_record_due, office.desk.of(grant)) == (None, set())


MOMENTS = st.integers(0, 3_650).map(lambda days: MONDAY + timedelta(days=days, hours=days % 24))


@given(at=MOMENTS, days=st.integers(1, 1_095), told=st.booleans())
def test_what_is_owed_is_kept_and_read_as_it_was(at: datetime, days: int, *, told: bool):
    timer = Timer("record-use", "本枢纽惯例", 20, verified=False, start_time=at, due_time=at + timedelta(days=28))
    owed = UseDue.owe(at, timer, is_last=told)
    owed = owed.tell(at) if told else owed
    read = use_due_from(owed.plain())
    assert read == owed
    assert at < first_owed(at, at + timedelta(days=days)) <= at + timedelta(days=365)


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=12), st.integers(1, 1_095))
def test_however_records_and_rounds_follow_each_other_a_debt_is_of_days_of_the_grant_and_ends(tries: list[tuple[int, bool]], period: int):
    grant = Grant(
        id="01k0000000000000000000000g", data_request="dataRequests/1", entry="entries/1", entry_version=1, consumer=CIVIL.department,
        provider=POLICE.department, terms=TERMS, start_time=MONDAY, expire_time=MONDAY + timedelta(days=period),
        use_record_time=first_owed(MONDAY, MONDAY + timedelta(days=period)),
    )  # fmt: skip
    at = MONDAY

    def start(limit: str) -> Timer:
        return Timer(limit, "本枢纽惯例", 20, verified=False, start_time=at, due_time=at + timedelta(days=28))

    for days, records in tries:
        at += timedelta(days=days)
        if records:
            end = min(day_in_china(at), day_in_china(grant.expire_time))
            content = replace(USE, grant=grant.name, end_date=end)
            grant = settle(grant, UseRecord.make(grant, CIVIL, content, "01k0000000000000000000000r", at), at)
            assert grant.use_record_due is None  # a record up to now leaves nothing open
        elif grant.use_record_time is not None and grant.use_record_time <= at:
            grant = owe_use_record(grant, start, at)
        if grant.use_record_due is not None:
            assert day_in_china(grant.start_time) <= grant.use_record_due.owed_to <= day_in_china(grant.expire_time)
        if grant.use_record_time is not None:
            assert grant.use_record_time <= grant.expire_time


def test_the_end_of_a_grant_is_kept_and_a_suspension_is_none(office: Office):
    grant = office.grant()
    suspended = office.world.actions.suspend_grant(step(POLICE, grant, officer="李强", reason="核对用途"))
    assert (suspended.state, suspended.end_time) == (GrantState.SUSPENDED, None)
    ended = office.world.actions.revoke_grant(step(AUTHORITY, suspended, officer="赵云", reason="依据废止"))
    assert ended.end_time == office.world.clock.now()


def test_records_are_kept_for_three_years_after_the_period_of_their_grant_and_forgotten_then(office: Office):
    grant = office.grant(TERMS)
    office.record(grant)
    office.record(office.grant())
    keeping = Housekeeping(office.world.db, office.world.log, {"use records": forget_use_records(3)})

    def left() -> int:
        with office.world.db.read() as tx:
            return int(tx.scalar(select(func.count()).select_from(use_records)) or 0)

    keeping.sweep(grant.expire_time.replace(year=grant.expire_time.year + 3))
    assert left() == 2
    keeping.sweep(grant.expire_time + timedelta(days=3 * 366 + 1))
    assert left() == 1
    with office.world.db.read() as tx:
        assert UseRecordStore(tx).count(grant.name) == 0


@pytest.mark.parametrize("years", [2, 0, -1, 31])
def test_a_hub_that_would_keep_them_for_less_than_three_years_does_not_start(years: int, tmp_path):
    assert Config().use_record_years == 3
    assert from_mapping({"use_record_years": 5}, tmp_path).use_record_years == 5
    with pytest.raises(ConfigError):
        from_mapping({"use_record_years": years}, tmp_path)
