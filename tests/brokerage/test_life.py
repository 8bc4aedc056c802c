"""The life of a grant: followed by another, used for the first time, misused and mended, ended and disposed of."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from brokerage.model import (
    DISPOSAL_PROCEDURE,
    DataRequest,
    DataRequestState,
    DeliveryExplanation,
    Disposal,
    DisposalMethod,
    DisposalState,
    DisposalStep,
    FollowKind,
    Grant,
    GrantState,
    Receipt,
    SuspensionGround,
    grant_waits,
)
from brokerage.store import DataRequestStore, GrantStore
from brokerage.store.tables import disposals_begin
from catalog.model import Entry, ShareMode
from hub.clock import day_in_china
from hub.db import Database
from hub.desk import AUTHORITY as THE_AUTHORITY
from hub.errors import ConflictError, IllegalStateError, InvalidInputError, MissingGrantError, NotAllowedError, NotFoundError
from hub.unit_of_work import Step
from tests.brokerage.given import AUTHORITY, CIVIL, ENTRY, MONDAY, POLICE, TAX, TERMS, UNCONDITIONAL, World, asking, step, world_on
from tests.brokerage.test_wire import LIVED, WHOLE
from tests.recording_desk import RecordingDesk

WIDER = replace(TERMS, fields=("id_number", "name", "address", "born"), daily_calls=500)
TWENTIETH_DAY = datetime(2025, 12, 1, 15, 59, 59, 999999, tzinfo=UTC)  # the twentieth working day after Monday, 3 November
RECEIPT = Receipt(method=DisposalMethod.DELETED, statement="已从业务库删除", legal_basis="", dispose_date=date(2026, 2, 2), officer="王敏")


@dataclass
class Office:
    world: World
    desk: RecordingDesk

    def grant(self, entry: Entry = ENTRY) -> Grant:
        if entry is UNCONDITIONAL:
            return self.read(self.world.submitted(UNCONDITIONAL).grant)
        return self.read(self.world.approved().grant)

    def read(self, name: str) -> Grant:
        return self.world.actions.get_grant(CIVIL, name)

    def follows(self, grant: Grant, kind: FollowKind, terms=TERMS, entry: Entry = ENTRY) -> DataRequest:
        content = replace(asking(entry, terms), follows=grant.name, follow_kind=kind)
        draft = self.world.actions.create_data_request(Step(caller=CIVIL), content)
        return self.world.actions.submit_data_request(step(CIVIL, draft))

    def approve(self, request: DataRequest, **said: Any) -> Grant:
        return self.read(self.world.actions.approve_data_request(step(POLICE, request, officer="李强"), **said).grant)

    def call(self, grant: Grant) -> None:
        live = self.world.live.get(grant.id, self.world.clock.now())
        assert live is not None
        live.check(CIVIL, ShareMode.QUERY, "", TERMS.purposes[0], self.world.clock.now())
        self.world.live.first_uses.note(live.grant, self.world.clock.now())

    def sweep(self) -> list[str]:
        """Do what the hub does by itself; return the names of the grants of which it told that something ran out."""
        before = len(self.world.logged())
        self.world.actions.note_first_uses(self.world.live.first_uses)
        list(self.world.actions.tell_late(self.world.clock.now()))
        return [one.resource for one in self.world.logged()[before:] if one.action.startswith("brokerage.Expire")]

    def misused(self, by=POLICE, days: int = 10) -> Grant:
        said = step(by, self.grant(), officer="李强", reason="超出办理事项使用")
        return self.world.actions.suspend_grant(said, SuspensionGround.MISUSE, days)

    def actions_of(self) -> list[str]:
        return [record.action for record in self.world.logged()]


@pytest.fixture
def office(database: Database) -> Office:
    desk = RecordingDesk()
    return Office(world_on(database, desk=desk), desk)


# --- amendment and renewal (Decree 809 art. 25)


def test_an_amendment_takes_the_place_of_the_grant_at_once_and_the_old_one_names_it(office: Office):
    old = office.grant()
    new = office.approve(office.follows(old, FollowKind.AMENDMENT, WIDER))
    old = office.read(old.name)
    assert (old.state, old.followed_by, new.follows) == (GrantState.SUPERSEDED, new.name, old.name)
    assert (new.state, new.terms, new.start_time) == (GrantState.ACTIVE, WIDER, MONDAY)
    office.call(new)
    with pytest.raises(MissingGrantError) as refused:
        office.call(old)
    assert (refused.value.reason, refused.value.facts["followed_by"]) == ("GRANT_SUPERSEDED", new.name)
    assert office.actions_of()[-2:] == ["brokerage.ApproveDataRequest", "brokerage.AmendGrant"]


def test_no_process_has_the_old_grant_stopped_and_the_new_one_not_yet(office: Office, monkeypatch: pytest.MonkeyPatch):
    old, seen = office.grant(), []
    request = office.follows(old, FollowKind.AMENDMENT, WIDER)
    live, reload = office.world.live, type(office.world.live)._serve

    def serve(registry, before, after):
        stopped = [one for one in live._by_id.values() if one.grant.state is GrantState.SUPERSEDED]
        seen.append(all(live.get(one.grant.followed_by.removeprefix("grants/"), MONDAY) is not None for one in stopped))
        reload(registry, before, after)

    monkeypatch.setattr(type(live), "_serve", serve)
    office.approve(request)
    assert seen
    assert all(seen)


def test_the_calls_of_a_day_count_anew_under_an_amended_grant(office: Office):
    old = office.grant()
    live = office.world.live.get(old.id, office.world.clock.now())
    assert live is not None
    office.world.live.quota.take(live, MONDAY)
    new = office.approve(office.follows(old, FollowKind.AMENDMENT))
    assert (office.read(old.name).calls_today, new.calls_today) == (1, 0)


def test_a_renewal_begins_when_the_old_grant_ends_so_there_is_no_gap(office: Office):
    old = office.grant()
    new = office.approve(office.follows(old, FollowKind.RENEWAL))
    assert (new.start_time, office.read(old.name).state) == (old.expire_time, GrantState.ACTIVE)
    office.call(old)
    with pytest.raises(MissingGrantError, match="not taken effect"):
        office.call(new)
    office.world.clock.advance(old.expire_time - MONDAY - timedelta(microseconds=1))
    office.call(old)
    office.world.clock.advance(timedelta(microseconds=1))
    office.call(new)
    with pytest.raises(MissingGrantError, match="expired"):
        office.call(old)
    assert new.timer is None  # what is served already is not to be delivered again


def test_an_unconditional_entry_is_renewed_and_amended_by_the_hub_at_once(office: Office):
    old = office.grant(UNCONDITIONAL)
    amended = office.follows(old, FollowKind.AMENDMENT, WIDER, UNCONDITIONAL)
    assert amended.state is DataRequestState.APPROVED
    assert office.read(old.name).state is GrantState.SUPERSEDED
    renewed = office.follows(office.read(amended.grant), FollowKind.RENEWAL, WIDER, UNCONDITIONAL)
    assert office.read(renewed.grant).start_time == office.read(amended.grant).expire_time


@pytest.mark.parametrize("kind", list(FollowKind))
def test_of_two_that_follow_one_grant_the_first_wins_and_the_second_names_it(office: Office, kind: FollowKind):
    old = office.grant()
    one, two = office.follows(old, FollowKind.RENEWAL), office.follows(old, kind)
    winner = office.approve(one)
    with pytest.raises(IllegalStateError) as refused:
        office.approve(two)
    assert (refused.value.reason, refused.value.facts["follower"]) == ("FOLLOWED_ALREADY", winner.name)
    with pytest.raises(IllegalStateError) as early:
        office.follows(old, kind)
    assert early.value.reason == "FOLLOWED_ALREADY"
    assert office.read(old.name).followed_by == winner.name


def test_two_decisions_at_the_very_same_moment_leave_one_follower(office: Office, monkeypatch: pytest.MonkeyPatch):
    old = office.grant()
    one, two = office.follows(old, FollowKind.RENEWAL), office.follows(old, FollowKind.AMENDMENT)
    stale = office.read(old.name)
    office.approve(one)
    # as the second would have read it before the first committed
    monkeypatch.setattr("brokerage.actions.requests._former", lambda *_: stale)
    with pytest.raises(ConflictError):
        office.approve(two)
    assert office.read(old.name).state is GrantState.ACTIVE


def test_a_renewal_that_was_revoked_before_it_began_leaves_room_for_another(office: Office):
    old = office.grant()
    new = office.approve(office.follows(old, FollowKind.RENEWAL))
    gone = office.world.actions.revoke_grant(step(AUTHORITY, new, officer="赵云", reason="依据已废止"))
    assert gone.disposal is None  # nothing was given under it
    assert office.approve(office.follows(office.read(old.name), FollowKind.RENEWAL)).follows == old.name


def test_a_suspended_grant_is_renewed_and_not_amended(office: Office):
    old = office.grant()
    office.world.actions.suspend_grant(step(POLICE, old, officer="李强", reason="核查"))
    with pytest.raises(IllegalStateError) as refused:
        office.follows(old, FollowKind.AMENDMENT)
    assert refused.value.reason == "FOLLOWS_NO_LIVE_GRANT"
    assert office.approve(office.follows(old, FollowKind.RENEWAL)).start_time == old.expire_time


def test_what_amends_a_renewal_that_has_not_begun_begins_no_earlier(office: Office):
    old = office.grant()
    renewal = office.approve(office.follows(old, FollowKind.RENEWAL))
    amended = office.approve(office.follows(renewal, FollowKind.AMENDMENT, WIDER))
    assert amended.start_time == old.expire_time


def test_a_grant_that_is_over_a_stranger_s_or_of_another_entry_is_not_followed(office: Office):
    old = office.grant()
    create = office.world.actions.create_data_request
    with pytest.raises(NotFoundError):
        create(Step(caller=TAX), replace(asking(), follows=old.name, follow_kind=FollowKind.RENEWAL))
    with pytest.raises(InvalidInputError) as other:
        create(Step(caller=CIVIL), replace(asking(UNCONDITIONAL), follows=old.name, follow_kind=FollowKind.RENEWAL))
    assert other.value.reason == "FOLLOWS_ANOTHER_ENTRY"
    with pytest.raises(InvalidInputError) as draft:
        create(Step(caller=CIVIL), replace(asking(), follows=office.world.draft().name, follow_kind=FollowKind.RENEWAL))
    assert draft.value.field == "data_request.follows"
    office.world.clock.advance(timedelta(days=90))
    with pytest.raises(IllegalStateError) as over:
        create(Step(caller=CIVIL), replace(asking(), follows=old.name, follow_kind=FollowKind.RENEWAL))
    assert (over.value.reason, over.value.facts["state"]) == ("FOLLOWS_NO_LIVE_GRANT", "expired")


def test_a_grant_that_ends_while_its_renewal_is_being_decided_is_followed_no_more(office: Office):
    old = office.grant()
    request = office.follows(old, FollowKind.RENEWAL)
    office.world.actions.revoke_grant(step(AUTHORITY, old, officer="赵云", reason="依据已废止"))
    with pytest.raises(IllegalStateError) as refused:
        office.approve(request)
    assert refused.value.reason == "FOLLOWS_NO_LIVE_GRANT"


@pytest.mark.parametrize(("said", "field"), [({"follows": "grants/g"}, "follow_kind"), ({"follow_kind": FollowKind.RENEWAL}, "follows")])
def test_the_grant_and_the_way_to_follow_it_are_named_together(said, field):
    with pytest.raises(InvalidInputError) as refused:
        replace(asking(), **said)
    assert (refused.value.reason, refused.value.field) == ("FOLLOW_INCOMPLETE", f"data_request.{field}")


def test_a_request_that_follows_nothing_is_compared_as_an_earlier_release_spelled_it():
    assert set(asking().plain()) == {"entry", "legal_basis", "scenario", "scope", "asked", "officer"}
    assert replace(asking(), follows="grants/g", follow_kind=FollowKind.RENEWAL).plain()["follow_kind"] == "renewal"


def test_a_renewal_silences_the_notices_of_the_end_and_a_consumer_hears_how_to_renew(office: Office):
    kept, renewed = office.grant(), office.grant()
    office.approve(office.follows(renewed, FollowKind.RENEWAL))
    office.desk.take()
    list(office.world.actions.tell_ends(kept.expire_time - timedelta(days=3)))
    said = {one.department: (thing.name, one.facts) for thing, one in office.desk.told}
    assert len(office.desk.told) == 2
    assert {name for name, _ in said.values()} == {kept.name}
    assert (said[CIVIL.department][1]["follows"], said[CIVIL.department][1]["follow_kind"]) == (kept.name, "FOLLOW_KIND_RENEWAL")
    assert "follows" not in said[POLICE.department][1]


def test_all_parts_of_a_grant_s_life_come_back_from_the_database_as_they_were_kept(database: Database):
    with database.begin() as tx:
        GrantStore(tx).insert(replace(LIVED, calls_today=None))
        DataRequestStore(tx).insert(WHOLE)
    with database.read() as tx:
        back, request = GrantStore(tx).get(LIVED.id), DataRequestStore(tx).get(WHOLE.id)
    # what follows from the holiday tables of the day is not kept
    shown: dict[str, Any] = {"due_time": None, "provisional": False, "days_left": None}
    assert back == replace(LIVED, calls_today=None, timer=LIVED.timer and replace(LIVED.timer, **shown))
    assert (request.follows, request.follow_kind, request.disposal_terms) == (WHOLE.follows, WHOLE.follow_kind, WHOLE.disposal_terms)


# --- from consent to the first use (art. 22)


def test_the_first_use_is_written_down_by_the_sweep_once_and_makes_no_etag_stale(office: Office):
    grant = office.grant()
    assert grant.timer is not None
    assert (grant.timer.id, grant.timer.due_time, grant.timer.days_left) == ("delivery", TWENTIETH_DAY, 20)
    office.world.clock.advance(timedelta(days=1))
    used_at = office.world.clock.now()
    office.call(grant)
    office.world.clock.advance(timedelta(minutes=1))
    office.call(grant)
    assert office.sweep() == office.sweep() == []
    used = office.read(grant.name)
    assert (used.first_use_time, used.revision) == (used_at, grant.revision)
    assert office.actions_of().count("brokerage.NoteFirstUse") == 1
    office.call(grant)
    assert office.world.live.first_uses.take() == {}  # the live copy knows it


def test_what_a_process_lost_before_it_was_written_the_next_use_notes_again(office: Office):
    grant = office.grant()
    office.call(grant)
    office.world.live.first_uses.take()  # as a kill would lose it
    office.sweep()
    assert office.read(grant.name).first_use_time is None
    office.call(grant)
    office.sweep()
    assert office.read(grant.name).first_use_time is not None


def test_what_the_database_does_not_take_is_kept_for_the_next_sweep(office: Office, monkeypatch: pytest.MonkeyPatch):
    grant = office.grant()
    office.call(grant)
    with monkeypatch.context() as once:
        once.setattr("brokerage.store.GrantStore.note_first_use", lambda *_: (_ for _ in ()).throw(ZeroDivisionError))
        with pytest.raises(ZeroDivisionError):
            office.sweep()
    office.sweep()
    assert office.read(grant.name).first_use_time == MONDAY


def test_a_delivery_that_is_late_is_told_once_to_both_and_the_authority_and_explained_by_the_provider(office: Office):
    grant = office.grant()
    office.world.clock.advance(TWENTIETH_DAY - MONDAY)
    assert office.sweep() == []
    office.desk.take()
    office.world.clock.advance(timedelta(microseconds=1))
    assert office.sweep() == [grant.name]
    assert office.sweep() == []
    assert office.desk.take() == [(one, "delivery_late") for one in (POLICE.department, CIVIL.department, THE_AUTHORITY)]
    assert office.desk.of(grant) == {(POLICE.department, "BrokerageService/ExplainDelivery")}
    assert office.actions_of().count("brokerage.ExpireDelivery") == 1
    said = DeliveryExplanation(statement="接口尚在改造", expected_date=day_in_china(office.world.clock.now()), officer="李强")
    with pytest.raises(NotAllowedError):
        office.world.actions.explain_delivery(step(CIVIL, office.read(grant.name), officer="王敏"), said)
    told = office.world.actions.explain_delivery(step(POLICE, office.read(grant.name), officer="李强"), said)
    assert told.delivery_explanation is not None
    assert told.delivery_explanation.explain_time == office.world.clock.now()
    assert office.desk.of(grant) == set()
    assert office.desk.take() == [(CIVIL.department, "delivery_explained"), (THE_AUTHORITY, "delivery_explained")]


def test_a_first_use_settles_what_was_to_be_explained(office: Office):
    grant = office.grant()
    office.world.clock.advance(timedelta(days=40))
    office.sweep()
    office.call(grant)
    office.sweep()
    assert office.desk.of(grant) == set()
    late = DeliveryExplanation(statement="接口尚在改造", expected_date=date(2026, 3, 1), officer="李强")
    with pytest.raises(IllegalStateError) as refused:
        office.world.actions.explain_delivery(step(POLICE, office.read(grant.name), officer="李强"), late)
    assert refused.value.reason == "DELIVERY_NOT_LATE"


def test_an_explanation_says_a_day_that_is_not_over():
    for day in (None, date(2025, 11, 2)):
        with pytest.raises(InvalidInputError) as refused:
            DeliveryExplanation(statement="改造中", expected_date=day, officer="李强").clean(MONDAY)
        assert refused.value.reason == "EXPECTED_TOO_EARLY"


def test_a_grant_of_an_earlier_release_has_no_timer_and_is_not_judged(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(office.world.actions._timers), "start", lambda *_: None)
    grant = office.grant(UNCONDITIONAL)
    office.world.clock.advance(timedelta(days=60))
    office.call(grant)
    assert office.sweep() == []
    assert office.read(grant.name).first_use_time is None


# --- misuse and the term to mend it (art. 27)


def test_a_misuse_is_mended_reported_and_judged_by_whoever_suspended(office: Office):
    grant = office.misused()
    assert (grant.suspension_ground, grant.mending and grant.mending.due_time) == (
        SuspensionGround.MISUSE,
        datetime(2025, 11, 17, 15, 59, 59, 999999, tzinfo=UTC),
    )
    (wait,) = office.desk.waiting[grant.name]
    assert (wait.department, wait.step, wait.due_time) == (
        CIVIL.department,
        "BrokerageService/ReportMending",
        grant.mending and grant.mending.due_time,
    )
    grant = office.world.actions.report_mending(step(CIVIL, grant, officer="王敏"), "已收回越权账号")
    assert office.desk.of(grant) == {(POLICE.department, "BrokerageService/ResumeGrant")}
    with pytest.raises(IllegalStateError) as twice:
        office.world.actions.report_mending(step(CIVIL, grant, officer="王敏"), "再次报告")
    assert twice.value.reason == "REPORT_TWICE"
    grant = office.world.actions.refuse_mending(step(POLICE, grant, officer="李强", reason="未附证明"), 5)
    assert grant.mending is not None
    assert (grant.mending.working_days, grant.mending.refusal, grant.mending.report_time) == (5, "未附证明", None)
    assert office.desk.of(grant) == {(CIVIL.department, "BrokerageService/ReportMending")}
    grant = office.world.actions.report_mending(step(CIVIL, grant, officer="王敏"), "证明已附")
    grant = office.world.actions.resume_grant(step(POLICE, grant, officer="李强", reason="已整改"))
    assert (grant.state, grant.mending, office.desk.of(grant)) == (GrantState.ACTIVE, None, set())


def test_the_authority_judges_what_it_suspended(office: Office):
    grant = office.world.actions.report_mending(step(CIVIL, office.misused(AUTHORITY), officer="王敏"), "已整改")
    assert office.desk.of(grant) == {(THE_AUTHORITY, "BrokerageService/ResumeGrant")}


def test_a_term_that_is_over_without_a_report_is_told_once_and_lets_the_provider_end_the_grant(office: Office):
    grant = office.misused(days=1)
    office.desk.take()
    assert not grant.mending_is_over(office.world.clock.now())
    office.world.clock.advance(timedelta(days=3))
    assert office.sweep() == [grant.name]
    assert office.sweep() == []
    assert office.desk.take() == [(one, "mending_late") for one in (CIVIL.department, POLICE.department, THE_AUTHORITY)]
    late = office.read(grant.name)
    assert late.mending_is_over(office.world.clock.now())
    # a report that comes late is one, too
    mended = office.world.actions.report_mending(step(CIVIL, late, officer="王敏"), "已整改")
    assert not mended.mending_is_over(office.world.clock.now())


def test_a_term_is_for_misuse_alone_and_has_its_bounds(office: Office):
    grant = office.grant()
    for ground, days, reason in (
        (None, 5, "MEND_WITHOUT_MISUSE"),
        (SuspensionGround.OTHER, 5, "MEND_WITHOUT_MISUSE"),
        (SuspensionGround.MISUSE, 0, "MEND_DAYS_WRONG"),
        (SuspensionGround.MISUSE, 61, "MEND_DAYS_WRONG"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            office.world.actions.suspend_grant(step(POLICE, grant, officer="李强", reason="核查"), ground, days)
        assert (refused.value.reason, refused.value.field) == (reason, "mend_days")
    plain = office.world.actions.suspend_grant(step(POLICE, grant, officer="李强", reason="核查"))
    assert (plain.suspension_ground, plain.mending) == (SuspensionGround.OTHER, None)
    with pytest.raises(IllegalStateError) as nothing:
        office.world.actions.report_mending(step(CIVIL, plain, officer="王敏"), "已整改")
    assert nothing.value.reason == "NO_MENDING"


def test_a_report_is_the_consumer_s_and_is_refused_by_provider_or_authority_alone(office: Office):
    grant = office.misused()
    for other in (POLICE, AUTHORITY):
        with pytest.raises(NotAllowedError):
            office.world.actions.report_mending(step(other, grant, officer="李强"), "已整改")
    with pytest.raises(IllegalStateError) as early:
        office.world.actions.refuse_mending(step(POLICE, grant, officer="李强", reason="未附证明"), 5)
    assert early.value.reason == "NO_REPORT"
    with pytest.raises(NotAllowedError):
        office.world.actions.refuse_mending(step(CIVIL, grant, officer="王敏", reason="未附证明"), 5)


# --- disposal (art. 27)


def test_a_revoked_grant_is_disposed_of_with_a_receipt_that_the_provider_accepts(office: Office):
    grant = office.approve(office.world.submitted(), disposal_terms="删除后提供日志截图")
    assert grant.disposal_terms == "删除后提供日志截图"
    with pytest.raises(IllegalStateError) as early:
        office.world.actions.record_disposal(step(CIVIL, grant, officer="王敏"), replace(RECEIPT, dispose_date=date(2025, 11, 3)))
    assert early.value.reason == "DISPOSAL_TOO_EARLY"
    grant = office.world.actions.revoke_grant(step(AUTHORITY, grant, officer="赵云", reason="依据已废止"))
    assert office.desk.of(grant) == {(CIVIL.department, "BrokerageService/RecordDisposal")}
    receipt = replace(RECEIPT, dispose_date=date(2025, 11, 3))
    grant = office.world.actions.record_disposal(step(CIVIL, grant, officer="王敏"), receipt)
    assert office.desk.of(grant) == {(POLICE.department, "BrokerageService/AcceptDisposal")}
    with pytest.raises(IllegalStateError):
        office.world.actions.record_disposal(step(CIVIL, grant, officer="王敏"), receipt)
    grant = office.world.actions.return_disposal(step(POLICE, grant, officer="李强", reason="请附截图"))
    assert office.desk.of(grant) == {(CIVIL.department, "BrokerageService/RecordDisposal")}
    grant = office.world.actions.record_disposal(step(CIVIL, grant, officer="王敏"), replace(receipt, statement="截图已附"))
    office.desk.take()
    grant = office.world.actions.accept_disposal(step(POLICE, grant, officer="李强"))
    assert (grant.disposal and grant.disposal.state, office.desk.of(grant)) == (DisposalState.ACCEPTED, set())
    assert office.desk.take() == [(CIVIL.department, "disposal_accepted")]


def test_a_grant_that_ran_out_owes_a_receipt_with_the_next_round_and_no_round_asks_twice(office: Office):
    grant = office.grant()
    office.world.clock.advance(timedelta(days=90))
    at = office.world.clock.now()
    assert [sum(office.world.actions.owe_disposals(at)) for _ in range(2)] == [1, 0]
    assert office.desk.of(grant) == {(CIVIL.department, "BrokerageService/RecordDisposal")}
    assert office.actions_of().count("brokerage.OweDisposal") == 1
    grant = office.world.actions.record_disposal(
        step(CIVIL, office.read(grant.name), officer="王敏"), replace(RECEIPT, dispose_date=date(2026, 2, 1))
    )
    assert grant.state is GrantState.EXPIRED


def test_of_grants_that_follow_each_other_the_last_one_owes_the_receipt(office: Office):
    old = office.grant()
    amended = office.approve(office.follows(old, FollowKind.AMENDMENT))
    renewed = office.approve(office.follows(amended, FollowKind.RENEWAL))
    office.world.clock.advance(timedelta(days=100))
    assert sum(office.world.actions.owe_disposals(office.world.clock.now())) == 0
    with pytest.raises(IllegalStateError) as refused:
        office.world.actions.record_disposal(step(CIVIL, office.read(amended.name), officer="王敏"), RECEIPT)
    assert (refused.value.reason, refused.value.facts["follower"]) == ("DISPOSAL_NOT_OWED", renewed.name)
    office.world.clock.advance(timedelta(days=80))
    assert sum(office.world.actions.owe_disposals(office.world.clock.now())) == 1
    assert office.desk.of(renewed) == {(CIVIL.department, "BrokerageService/RecordDisposal")}


def test_a_grant_that_ended_before_disposals_were_known_owes_nothing(office: Office, database: Database):
    grant = office.grant()
    office.world.clock.advance(timedelta(days=90))
    with database.begin() as tx:
        tx.execute(insert(disposals_begin).values(time=office.world.clock.now()))
    later = office.grant()
    assert sum(office.world.actions.owe_disposals(office.world.clock.now())) == 0
    office.world.clock.advance(timedelta(days=90))
    assert sum(office.world.actions.owe_disposals(office.world.clock.now())) == 1
    assert (office.desk.of(grant), office.desk.of(later)) == (set(), {(CIVIL.department, "BrokerageService/RecordDisposal")})


@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({"method": DisposalMethod.ARCHIVED_BY_LAW}, "LAW_AND_METHOD", "legal_basis"),
        ({"legal_basis": "《中华人民共和国档案法》第十三条"}, "LAW_AND_METHOD", "legal_basis"),
        ({"dispose_date": None}, "DISPOSAL_DATE_WRONG", "dispose_date"),
        ({"dispose_date": date(2025, 11, 2)}, "DISPOSAL_DATE_WRONG", "dispose_date"),
        ({"dispose_date": date(2026, 3, 1)}, "DISPOSAL_DATE_WRONG", "dispose_date"),
    ],
)
def test_a_receipt_says_what_was_done_when_and_by_what_law(changed, reason, field):
    with pytest.raises(InvalidInputError) as refused:
        replace(RECEIPT, **changed).clean(MONDAY, datetime(2026, 2, 10, tzinfo=UTC))
    assert (refused.value.reason, refused.value.field) == (reason, field)


def test_data_that_a_law_demands_to_keep_names_it():
    law = replace(RECEIPT, method=DisposalMethod.ARCHIVED_BY_LAW, legal_basis="《中华人民共和国档案法》第十三条")
    assert law.clean(MONDAY, datetime(2026, 2, 10, tzinfo=UTC)).legal_basis


@given(days=st.integers(-400, 400))
def test_a_receipt_s_day_lies_between_the_beginning_of_the_grant_and_today(days: int):
    at = MONDAY + timedelta(days=90)
    day = day_in_china(MONDAY) + timedelta(days=days)
    if 0 <= days <= 90:
        assert replace(RECEIPT, dispose_date=day).clean(MONDAY, at).dispose_date == day
    else:
        with pytest.raises(InvalidInputError):
            replace(RECEIPT, dispose_date=day).clean(MONDAY, at)


@pytest.mark.parametrize("state", list(DisposalState))
@pytest.mark.parametrize("wanted", list(DisposalStep))
def test_a_disposal_takes_the_steps_of_its_table_and_no_other(state: DisposalState, wanted: DisposalStep):
    disposal = Disposal(state=state)
    steps = {
        DisposalStep.RECORD: lambda: disposal.record(RECEIPT, MONDAY),
        DisposalStep.ACCEPT: lambda: disposal.accept("李强", MONDAY),
        DisposalStep.SEND_BACK: lambda: disposal.send_back("请附截图", "李强", MONDAY),
    }
    if (state, wanted) in DISPOSAL_PROCEDURE.next:
        assert steps[wanted]().state is DISPOSAL_PROCEDURE.next[state, wanted]
    else:
        with pytest.raises(IllegalStateError):
            steps[wanted]()


def test_a_receipt_is_the_consumer_s_and_its_judgement_the_provider_s(office: Office):
    grant = office.world.actions.revoke_grant(step(AUTHORITY, office.grant(), officer="赵云", reason="依据已废止"))
    with pytest.raises(NotAllowedError):
        office.world.actions.record_disposal(step(POLICE, grant, officer="李强"), RECEIPT)
    for by in (CIVIL, AUTHORITY):
        with pytest.raises(NotAllowedError):
            office.world.actions.accept_disposal(step(by, grant, officer="王敏"))
    with pytest.raises(IllegalStateError):
        office.world.actions.accept_disposal(step(POLICE, grant, officer="李强"))


def test_a_narrower_amendment_is_offered_accepted_and_keeps_what_the_provider_wants_done_in_the_end(office: Office):
    old = office.grant()
    request = office.follows(old, FollowKind.AMENDMENT, WIDER)
    said = step(POLICE, request, officer="李强", reason="只需原有信息项")
    offer = office.world.actions.approve_data_request(said, replace(WIDER, daily_calls=200), "删除")
    assert office.read(old.name).state is GrantState.ACTIVE
    new = office.read(office.world.actions.accept_offer(step(CIVIL, offer)).grant)
    assert (new.follows, new.terms.daily_calls, new.disposal_terms) == (old.name, 200, "删除")
    assert office.read(old.name).state is GrantState.SUPERSEDED


def test_a_live_grant_owes_nothing(office: Office):
    assert grant_waits(office.grant()) == ()
