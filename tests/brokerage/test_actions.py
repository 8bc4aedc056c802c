import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

import audit.store.tables
from audit.model import Kind
from brokerage.model import DataRequestState, GrantState, ObjectionState, ObjectionTarget
from catalog.model import EntryState, ShareMode
from catalog.store import EntryStore
from hub.db import Database, metadata
from hub.db.tables import request_ids
from hub.errors import (
    ConflictError,
    IllegalStateError,
    IntegrityError,
    InvalidInputError,
    MissingGrantError,
    NotAllowedError,
    NotFoundError,
    ShuniuError,
)
from hub.unit_of_work import Step
from tests.brokerage.given import (
    AUTHORITY,
    CITIZEN,
    CIVIL,
    ENTRY,
    HOUSING,
    LAW,
    MONDAY,
    NOT_SHARED,
    OTHER_CITIZEN,
    POLICE,
    TAX,
    TERMS,
    UNCONDITIONAL,
    World,
    asking,
    step,
    world_on,
    wrong_record,
)

LAST_DAY = datetime(2025, 11, 17, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Yinchuan, the tenth working day after Monday the 3rd


@pytest.fixture
def world(database: Database) -> World:
    return world_on(database)


def test_a_request_goes_from_draft_to_a_live_grant_and_every_step_is_on_the_log(world: World):
    request = world.approved()
    assert request.state is DataRequestState.APPROVED
    grant = world.actions.get_grant(CIVIL, request.grant)
    assert (grant.state, grant.terms, grant.start_time, grant.data_request) == (GrantState.ACTIVE, TERMS, MONDAY, request.name)
    live = world.live.get(grant.id, world.clock.now())
    assert live is not None
    live.check(CIVIL, ShareMode.QUERY, ENTRY.name, "640000-relief", MONDAY)
    log = world.logged()
    assert [one.action for one in log] == [f"brokerage.{name}DataRequest" for name in ("Create", "Submit", "Approve")]
    assert {one.kind for one in log} == {Kind.CHANGE}
    assert [one.actor.department for one in log] == [CIVIL.department, CIVIL.department, POLICE.department]
    assert (log[2].actor.officer, log[2].other, log[2].grant, log[2].resource) == ("李强", CIVIL.department, grant.name, request.name)


def test_a_counter_offer_is_live_only_when_accepted(world: World):
    offer = world.offered()
    assert (offer.state, offer.grant, offer.reason) == (DataRequestState.OFFERED, "", "三十日足够")
    assert world.actions.list_grants(CIVIL) == ((), "")
    accepted = world.actions.accept_offer(step(CIVIL, offer))
    grant = world.actions.get_grant(POLICE, accepted.grant)
    assert grant.terms.period_days == 30
    assert grant.expire_time == MONDAY + timedelta(days=30)


def test_an_unconditional_entry_is_granted_at_once_by_the_hub(world: World):
    request = world.submitted(UNCONDITIONAL)
    assert request.state is DataRequestState.APPROVED
    assert "by the hub" in request.reason
    assert request.timer is not None
    assert request.timer.id == "answer-unconditional"
    assert world.live.get(request.grant.removeprefix("grants/"), world.clock.now()) is not None
    granted = world.logged()[-1]
    assert (granted.action, granted.actor.department, granted.actor.system) == ("brokerage.ApproveDataRequest", "", "hub")


def test_an_entry_that_is_not_shared_refuses_at_once_with_its_own_ground(world: World):
    request = world.actions.create_data_request(Step(caller=CIVIL), asking(NOT_SHARED))
    request = world.actions.submit_data_request(step(CIVIL, request))
    assert (request.state, request.refusal_basis, request.grant) == (DataRequestState.REFUSED, NOT_SHARED.refusal_basis, "")
    assert world.logged()[-1].detail["refusal_basis"] == NOT_SHARED.refusal_basis


def test_a_refusal_without_reasons_is_sent_back_and_one_with_them_stands(world: World):
    request = world.submitted()
    with pytest.raises(InvalidInputError):
        world.actions.refuse_data_request(step(POLICE, request, officer="李强", reason=" "), LAW)
    refused = world.actions.refuse_data_request(step(POLICE, request, officer="李强", reason="超出范围"), LAW)
    assert (refused.state, refused.reason, refused.refusal_basis, refused.decide_time) == (DataRequestState.REFUSED, "超出范围", LAW, MONDAY)


def test_a_draft_that_changed_its_entry_rests_on_the_version_in_force(world: World, database: Database):
    draft = world.draft()
    with database.begin() as tx:
        store = EntryStore(tx)
        old = store.published(ENTRY.id)
        store.replace(old, replace(old, state=EntryState.SUPERSEDED, revision=2))
        store.insert(replace(ENTRY, version=2, fields=ENTRY.fields[:2]))
    with pytest.raises(InvalidInputError) as refused:
        world.actions.submit_data_request(step(CIVIL, draft))
    assert refused.value.field == "terms.fields"
    narrower = world.draft(terms=replace(TERMS, fields=("name",)))
    assert world.actions.submit_data_request(step(CIVIL, narrower)).entry_version == 2


def steps(world: World):
    """Return, for each rpc that changes something: its name, who may, and a call by anybody with the thing in the right state."""
    act = world.actions
    draft, submitted, offered = world.draft(), world.submitted(), world.offered()
    incomplete = world.submitted()
    incomplete = act.ask_for_more(step(POLICE, incomplete, officer="李强"), ("缺依据",))
    grant = act.get_grant(CIVIL, world.approved().grant)
    suspended = act.get_grant(CIVIL, world.approved().grant)
    suspended = act.suspend_grant(step(POLICE, suspended, officer="李强", reason="核查"))
    filed = act.file_objection(Step(caller=CIVIL), wrong_record())
    verifying = act.file_objection(Step(caller=CIVIL), wrong_record(target=ObjectionTarget.FIELD, field="address"))
    verifying = act.verify_objection(step(POLICE, verifying, officer="李强"))
    appealed, dismissed = (
        act.dismiss_objection(
            step(POLICE, act.verify_objection(step(POLICE, act.file_objection(Step(caller=CIVIL), one), officer="李强")), officer="李强"), "无误"
        )
        for one in (wrong_record(target=ObjectionTarget.FIELD, field=field) for field in ("name", "born"))
    )
    appealed = act.appeal_objection(step(CIVIL, appealed, officer="王敏"), "档案本身有误")
    return [
        ("submit", {CIVIL}, lambda by: act.submit_data_request(step(by, draft))),
        ("ask", {POLICE}, lambda by: act.ask_for_more(step(by, submitted, officer="李强"), ("缺",))),
        ("supplement", {CIVIL}, lambda by: act.supplement_data_request(step(by, incomplete), "补")),
        ("approve", {POLICE}, lambda by: act.approve_data_request(step(by, submitted, officer="李强"))),
        ("accept", {CIVIL}, lambda by: act.accept_offer(step(by, offered))),
        ("refuse", {POLICE}, lambda by: act.refuse_data_request(step(by, submitted, officer="李强", reason="否"), LAW)),
        ("withdraw", {CIVIL}, lambda by: act.withdraw_data_request(step(by, submitted, reason="不需要"))),
        ("suspend", {POLICE, AUTHORITY}, lambda by: act.suspend_grant(step(by, grant, officer="李强", reason="核查"))),
        ("resume", {POLICE, AUTHORITY}, lambda by: act.resume_grant(step(by, suspended, officer="李强", reason="继续"))),
        ("revoke", {CIVIL, POLICE, AUTHORITY}, lambda by: act.revoke_grant(step(by, suspended, officer="李强", reason="依据废止"))),
        ("verify", {POLICE}, lambda by: act.verify_objection(step(by, filed, officer="李强"))),
        ("correct", {POLICE}, lambda by: act.correct_objection(step(by, verifying, officer="李强"), "已改")),
        ("dismiss", {POLICE}, lambda by: act.dismiss_objection(step(by, verifying, officer="李强"), "无误")),
        ("appeal", {CIVIL}, lambda by: act.appeal_objection(step(by, dismissed, officer="王敏"), "档案有误")),
        ("confirm", {CIVIL}, lambda by: act.confirm_objection(step(by, dismissed))),
        ("take back", {CIVIL}, lambda by: act.withdraw_objection(step(by, filed, officer="王敏", reason="已核实"))),
        ("uphold", {AUTHORITY}, lambda by: act.uphold_objection(step(by, appealed, officer="赵云", reason="处理得当"))),
        ("overturn", {AUTHORITY}, lambda by: act.overturn_objection(step(by, appealed, officer="赵云", reason="证据充分"))),
    ]


def test_every_step_is_refused_to_the_wrong_party_and_hidden_from_third_ones(world: World):
    everything = steps(world)
    before = len(world.logged())
    for name, allowed, call in everything:
        for caller in (CIVIL, POLICE, AUTHORITY):
            if caller not in allowed:
                with pytest.raises(NotAllowedError):
                    call(caller)
        with pytest.raises(NotFoundError):
            call(TAX)
        assert name
    assert len(world.logged()) == before
    done = [name for name, allowed, call in everything if _passes(call, next(iter(allowed)))]
    assert {"submit", "supplement", "accept", "resume", "verify", "appeal", "uphold"} <= set(done)


def _passes(call, by) -> bool:
    try:
        call(by)
    except ConflictError:  # another step of the list took it first
        return False
    except IllegalStateError:  # a provider ends no running service out of hand
        return False
    return True


def test_a_stale_etag_is_refused_before_anything_else_is_decided(world: World):
    draft = world.draft()
    world.actions.submit_data_request(step(CIVIL, draft))
    with pytest.raises(ConflictError):
        world.actions.submit_data_request(step(CIVIL, draft))
    for wrong in ("", "r", "r-1", "1", "rr2", "r2\n"):
        with pytest.raises(InvalidInputError):
            world.actions.submit_data_request(Step(caller=CIVIL, name=draft.name, etag=wrong))


def test_a_name_of_a_wrong_shape_is_refused(world: World):
    for name in ("", "dataRequests/", "grants/01k0000000000000000000000a", "dataRequests/01K0000000000000000000000A", "dataRequests/../x"):
        with pytest.raises(InvalidInputError):
            world.actions.get_data_request(CIVIL, name)


def test_the_answer_clock_runs_out_after_ten_working_days_and_the_request_stays_answerable(world: World):
    request = world.submitted()
    assert request.timer is not None
    assert (request.timer.id, request.timer.working_days, request.timer.verified) == ("answer-conditional", 10, False)
    assert request.timer.due_time is not None
    assert LAST_DAY <= request.timer.due_time < LAST_DAY + timedelta(seconds=1)
    assert world.actions.sweep(LAST_DAY) == ()
    world.clock.set(LAST_DAY + timedelta(seconds=2))
    assert [one.name for one in world.actions.sweep(world.clock.now())] == [request.name]
    assert world.actions.sweep(world.clock.now()) == ()
    overdue = world.actions.get_data_request(AUTHORITY, request.name)
    assert overdue.state is DataRequestState.OVERDUE
    last = world.logged()[-1]
    assert (last.action, last.actor.system, last.other) == ("brokerage.ExpireDataRequest", "hub", POLICE.department)
    approved = world.actions.approve_data_request(step(POLICE, overdue, officer="李强"))
    assert approved.state is DataRequestState.APPROVED


def test_the_clock_stands_still_while_the_request_is_incomplete(world: World):
    request = world.submitted()
    world.clock.set(datetime(2025, 11, 5, 2, 0, tzinfo=UTC))  # two working days are used
    request = world.actions.ask_for_more(step(POLICE, request, officer="李强"), ("缺依据",))
    assert request.timer is not None
    assert request.timer.stopped
    assert request.timer.due_time is None
    assert world.actions.sweep(datetime(2026, 1, 30, tzinfo=UTC)) == ()
    world.clock.set(datetime(2025, 11, 19, 2, 0, tzinfo=UTC))
    request = world.actions.supplement_data_request(step(CIVIL, request), "依据如下")
    assert request.timer is not None
    assert not request.timer.stopped
    assert request.timer.due_time is not None
    assert request.timer.due_time.astimezone(UTC).date() == datetime(2025, 12, 1, tzinfo=UTC).date()  # eight working days after the 19th
    assert world.actions.sweep(LAST_DAY + timedelta(days=10)) == ()
    assert len(world.actions.sweep(datetime(2025, 12, 1, 16, 0, 1, tzinfo=UTC))) == 1
    late = world.actions.get_data_request(POLICE, request.name)
    with pytest.raises(IllegalStateError):
        world.actions.ask_for_more(step(POLICE, late, officer="李强"), ("还缺",))


def test_a_sweep_goes_through_more_requests_than_one_reading_holds(world: World, monkeypatch):
    monkeypatch.setattr("brokerage.actions.posting._BATCH", 2)
    names = [world.submitted().name for _ in range(5)]
    assert [one.name for one in world.actions.sweep(LAST_DAY + timedelta(days=1))] == sorted(names)


def test_of_two_parallel_approvals_exactly_one_wins(world: World):
    request = world.submitted()
    start, won, lost = threading.Barrier(2), [], []

    def approve():
        start.wait(5)
        try:
            won.append(world.actions.approve_data_request(step(POLICE, request, officer="李强")))
        except ConflictError as error:
            lost.append(error)

    threads = [threading.Thread(target=approve) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 1)
    grants, _ = world.actions.list_grants(CIVIL)
    assert [one.name for one in grants] == [won[0].grant]
    assert [one.action for one in world.logged()].count("brokerage.ApproveDataRequest") == 1


def test_a_decision_that_cannot_be_logged_is_not_made(world: World, database: Database):
    request = world.submitted()
    with database.begin() as tx:
        tx.execute(delete(audit.store.tables.tree))
    with pytest.raises(IntegrityError):
        world.actions.approve_data_request(step(POLICE, request, officer="李强"))
    assert world.actions.get_data_request(POLICE, request.name) == request
    assert world.actions.list_grants(POLICE) == ((), "")
    assert list(world.live._by_id) == []


def test_a_grant_is_suspended_resumed_and_revoked_and_the_live_copy_follows_at_once(world: World):
    grant = world.actions.get_grant(CIVIL, world.approved().grant)

    def use() -> str:
        live = world.live.get(grant.id, world.clock.now())
        assert live is not None
        try:
            live.check(CIVIL, ShareMode.QUERY, "", "640000-relief", world.clock.now())
        except MissingGrantError as error:
            return error.reason
        return "ok"

    assert use() == "ok"
    with pytest.raises(InvalidInputError):
        world.actions.suspend_grant(step(POLICE, grant, officer="李强", reason=" "))
    grant = world.actions.suspend_grant(step(AUTHORITY, grant, officer="赵云", reason="核查"))
    assert use() == "GRANT_SUSPENDED"
    grant = world.actions.resume_grant(step(POLICE, grant, officer="李强", reason="核查完毕"))
    assert use() == "ok"
    with pytest.raises(IllegalStateError, match="consulting its consumer"):  # Decree 809 art. 27
        world.actions.revoke_grant(step(POLICE, grant, officer="李强", reason="依据废止"))
    grant = world.actions.revoke_grant(step(AUTHORITY, grant, officer="赵云", reason="依据废止"))
    assert use() == "GRANT_REVOKED"
    assert world.logged()[-1].reason == "依据废止"
    with pytest.raises(IllegalStateError):
        world.actions.resume_grant(step(POLICE, grant, officer="李强", reason="继续"))


def test_a_grant_is_shown_expired_after_its_period(world: World):
    grant = world.actions.get_grant(CIVIL, world.approved().grant)
    world.clock.advance(timedelta(days=90))
    assert world.actions.get_grant(CIVIL, grant.name).state is GrantState.EXPIRED
    assert world.actions.list_grants(CIVIL)[0][0].state is GrantState.EXPIRED


def test_a_case_is_seen_by_its_parties_and_the_authority_alone(world: World):
    request = world.approved()
    objection = world.actions.file_objection(Step(caller=CIVIL), wrong_record())
    for caller in (CIVIL, POLICE, AUTHORITY):
        assert world.actions.get_data_request(caller, request.name) == request
        assert world.actions.get_grant(caller, request.grant)
        assert world.actions.get_objection(caller, objection.name) == objection
        assert len(world.actions.list_data_requests(caller)[0]) == 1
        assert len(world.actions.list_objections(caller)[0]) == 1
    for get, name in ((world.actions.get_data_request, request.name), (world.actions.get_objection, objection.name)):
        with pytest.raises(NotFoundError) as hidden:
            get(TAX, name)
        with pytest.raises(NotFoundError) as absent:
            get(TAX, name[:-1] + ("a" if name[-1] != "a" else "b"))
        assert hidden.value.message == absent.value.message
    with pytest.raises(NotFoundError):
        world.actions.get_grant(TAX, request.grant)
    for seen in (world.actions.list_data_requests, world.actions.list_grants, world.actions.list_objections):
        assert seen(TAX) == ((), "")


def test_lists_come_in_pages_and_by_state(world: World):
    names = []
    for _ in range(5):
        names.append(world.draft().name)
        world.clock.advance(timedelta(milliseconds=5))
    first, token = world.actions.list_data_requests(CIVIL, 2)
    second, token2 = world.actions.list_data_requests(CIVIL, 2, token)
    third, end = world.actions.list_data_requests(CIVIL, 2, token2)
    assert [one.name for one in (*first, *second, *third)] == names[::-1]
    assert end == ""
    assert world.actions.list_data_requests(CIVIL, state=DataRequestState.SUBMITTED) == ((), "")
    for foreign in ("nonsense", "W10", token + "x" * 2000):
        with pytest.raises(InvalidInputError):
            world.actions.list_data_requests(CIVIL, 2, foreign)


def test_the_same_request_sent_twice_is_done_once(world: World):
    one = world.actions.create_data_request(Step(caller=CIVIL, request_id="id-1"), asking())
    assert world.actions.create_data_request(Step(caller=CIVIL, request_id="id-1"), asking()) == one
    with pytest.raises(InvalidInputError):
        world.actions.create_data_request(Step(caller=CIVIL, request_id="id-1"), replace(asking(), scope="另一范围"))
    objection = world.actions.file_objection(Step(caller=CIVIL, request_id="id-1"), wrong_record())
    assert world.actions.file_objection(Step(caller=CIVIL, request_id="id-1"), wrong_record()) == objection
    with pytest.raises(InvalidInputError):
        world.actions.file_objection(Step(caller=CIVIL, request_id="id-1"), wrong_record(subject_key=OTHER_CITIZEN))
    assert len(world.logged()) == 2


OLD_TERMS = replace(TERMS, masks={"name": "keep:1,0", "address": "hide"})
OLD_REQUEST: dict[str, Any] = {"legal_basis": "《社会救助暂行办法》\n第二条 ", "scenario": "低保'核对'"}
OLD_OBJECTION: dict[str, Any] = {
    "target": ObjectionTarget.FIELD,
    "field": "address",
    "officer": "王敏 ",
    "evidence_digest": b"\x00e'" + bytes(29),
}


@pytest.mark.parametrize(
    ("content", "digest"),
    [
        (replace(asking(terms=OLD_TERMS), **OLD_REQUEST), "47c65b1fec465582e2a43e167083eec0c946cf49b9d1f33ad32a1a8a929fc2c6"),
        (replace(asking(terms=replace(TERMS, systems=())), **OLD_REQUEST), "12ee7caf1f835b51cbeefed675a4c35675371a15b49b375f3b4a75173892c1be"),
    ],
)
def test_a_request_sent_before_an_upgrade_and_again_after_it_is_done_once(world: World, database: Database, content, digest):
    draft = world.draft()
    with database.begin() as tx:
        tx.execute(insert(request_ids).values(_answer("CreateDataRequest", digest, draft.id)))
    assert world.actions.create_data_request(Step(caller=CIVIL, request_id="id-1"), content) == draft
    with pytest.raises(InvalidInputError) as refused:
        world.actions.create_data_request(Step(caller=CIVIL, request_id="id-1"), replace(content, scope="另一范围"))
    assert refused.value.reason == "INVALID_INPUT"


def test_an_objection_sent_before_an_upgrade_and_again_after_it_is_done_once(world: World, database: Database, monkeypatch):
    monkeypatch.setattr(world.actions, "_pseudonym", lambda _: b"p" * 16)
    filed = world.actions.file_objection(Step(caller=CIVIL), wrong_record())
    with database.begin() as tx:
        digest = "6ee2badd115b615c388e563ff54756ab67244c2dfc35c66347252c4ea649ac57"
        tx.execute(insert(request_ids).values(_answer("FileObjection", digest, filed.id)))
    assert world.actions.file_objection(Step(caller=CIVIL, request_id="id-1"), wrong_record(**OLD_OBJECTION)) == filed
    monkeypatch.setattr(world.actions, "_pseudonym", lambda _: b"q" * 16)
    with pytest.raises(InvalidInputError):
        world.actions.file_objection(Step(caller=CIVIL, request_id="id-1"), wrong_record(**OLD_OBJECTION))


def _answer(method: str, digest: str, answer: str) -> dict[str, object]:
    """Return what the release before the upgrade stored of a request: the digest was made with its code."""
    return {"caller": CIVIL.name, "method": method, "request_id": "id-1", "digest": digest, "answer": answer, "at": MONDAY}


def test_a_check_keeps_nothing(world: World):
    checked = world.actions.check_data_request(CIVIL, asking())
    assert (checked.name, checked.state, checked.asked) == ("", DataRequestState.DRAFT, TERMS)
    with pytest.raises(InvalidInputError):
        world.actions.check_data_request(CIVIL, asking(terms=replace(TERMS, fields=("salary",))))
    with pytest.raises(NotFoundError):
        world.actions.check_data_request(CIVIL, replace(asking(), entry="entries/01k0000000000000000000000z"))
    assert world.actions.list_data_requests(CIVIL) == ((), "")
    assert world.logged() == []


def test_a_correction_reaches_each_department_that_received_the_record_and_nobody_else(world: World):
    first = world.received(CIVIL, CITIZEN, "LB-1")
    world.received(POLICE, CITIZEN, "GA-1")  # the source itself
    world.received(TAX, OTHER_CITIZEN, "SW-1")  # another citizen
    world.received(TAX, CITIZEN, "SW-2", rows=0)  # nothing was found
    world.received(TAX, CITIZEN, "SW-3", status="UNAVAILABLE", rows=0)  # nothing was released
    world.received(TAX, CITIZEN, "SW-4", entry=UNCONDITIONAL)  # another entry
    housing = [world.received(HOUSING, CITIZEN, case) for case in ("ZF-1", "ZF-2", "ZF-1")]
    objection = world.actions.file_objection(Step(caller=HOUSING), wrong_record(subject_key=f" {CITIZEN.lower()} "))
    objection = world.actions.verify_objection(step(POLICE, objection, officer="李强"))
    objection = world.actions.correct_objection(step(POLICE, objection, officer="李强"), "住址已更正")
    assert (objection.state, objection.notice_count) == (ObjectionState.CORRECTED, 2)
    (notice,), _ = world.actions.list_correction_notices(HOUSING)
    assert (notice.case_numbers, notice.log_indexes, notice.outcome) == (("ZF-1", "ZF-2"), tuple(housing), "住址已更正")
    assert (notice.entry, notice.objection, notice.recipient) == (ENTRY.name, objection.name, HOUSING.department)
    (other,), _ = world.actions.list_correction_notices(CIVIL)
    assert (other.case_numbers, other.log_indexes) == (("LB-1",), (first,))
    for nobody in (POLICE, TAX, AUTHORITY):
        assert world.actions.list_correction_notices(nobody) == ((), "")
    with pytest.raises(NotFoundError):
        world.actions.acknowledge_correction_notice(step(TAX, notice, officer="张"))
    with pytest.raises(NotAllowedError):
        world.actions.acknowledge_correction_notice(step(AUTHORITY, notice, officer="赵云"))
    done = world.actions.acknowledge_correction_notice(step(HOUSING, notice, officer="孙丽"))
    assert (done.acknowledge_time, done.officer) == (MONDAY, "孙丽")
    assert world.logged()[-1].other == POLICE.department
    with pytest.raises(IllegalStateError):
        world.actions.acknowledge_correction_notice(step(HOUSING, done, officer="孙丽"))
    closed = world.actions.confirm_objection(step(HOUSING, objection))
    assert (closed.state, closed.end_time) == (ObjectionState.CLOSED, MONDAY)


def test_a_dismissed_objection_sends_no_notice(world: World):
    world.received(CIVIL, CITIZEN, "LB-1")
    objection = world.actions.file_objection(Step(caller=CIVIL), wrong_record(target=ObjectionTarget.FIELD, field="address"))
    assert objection.timer is not None
    assert (objection.timer.id, objection.timer.working_days) == ("verify-objection", 10)
    assert objection.service_continues_notice
    objection = world.actions.verify_objection(step(POLICE, objection, officer="李强"))
    objection = world.actions.dismiss_objection(step(POLICE, objection, officer="李强"), "与档案一致")
    assert (objection.state, objection.outcome, objection.notice_count) == (ObjectionState.DISMISSED, "与档案一致", 0)
    assert world.actions.list_correction_notices(CIVIL) == ((), "")


def test_the_key_of_a_record_stands_nowhere_in_clear(world: World, database: Database):
    objection = world.actions.file_objection(Step(caller=CIVIL, request_id="id-1"), wrong_record())
    objection = world.actions.verify_objection(step(POLICE, objection, officer="李强"))
    for outcome in (f"{CITIZEN}的住址已更正", f"已更正：{CITIZEN.lower()}", f"与 {OTHER_CITIZEN} 混淆，已更正"):
        with pytest.raises(InvalidInputError, match="ID number"):
            world.actions.correct_objection(step(POLICE, objection, officer="李强"), outcome)
    world.actions.correct_objection(step(POLICE, objection, officer="李强"), "与他人混淆，已更正")
    with database.read() as tx:
        everything = [repr(row) for table in metadata.sorted_tables for row in tx.execute(select(table))]
    assert len(everything) >= 10
    assert not [row for row in everything if CITIZEN in row]
    filed = next(one for one in world.logged() if one.action == "brokerage.FileObjection")
    assert filed.pseudonym == objection.subject_pseudonym  # the citizen finds the objection among the records about them


def test_a_company_number_that_is_the_key_is_found_in_an_outcome_though_only_its_pseudonym_is_kept(sqlite_database: Database):
    world = world_on(sqlite_database)
    world.newest_version(replace(ENTRY, id="01k0000000000000000000000d", subject_domain="uscc"))
    content = wrong_record(resource="entries/01k0000000000000000000000d", subject_key=HOUSING.department)
    objection = world.actions.file_objection(Step(caller=CIVIL), content)
    objection = world.actions.verify_objection(step(POLICE, objection, officer="李强"))
    with pytest.raises(InvalidInputError, match="pseudonym"):
        world.actions.dismiss_objection(step(POLICE, objection, officer="李强"), f"{HOUSING.department.lower()} 登记无误")
    assert world.actions.dismiss_objection(step(POLICE, objection, officer="李强"), f"{TAX.department} 登记无误").outcome


@pytest.mark.parametrize("profile", ["guofa-2016-51", "local-example"])
def test_rules_without_a_limit_for_checking_start_no_clock(sqlite_database: Database, profile):
    assert world_on(sqlite_database, profile).actions.file_objection(Step(caller=CIVIL), wrong_record()).timer is None


def test_an_objection_goes_to_the_department_that_can_check_it(world: World):
    refused = world.submitted()
    license_name = f"licenses/1.2.156.3005.2.11100000000013338W001.{HOUSING.department}.SER1.001.K"
    plain = {"subject_key": "", "statement": "有误"}
    world.licenses.names.add(license_name)
    with pytest.raises(IllegalStateError, match="no decision"):
        world.actions.file_objection(Step(caller=CIVIL), wrong_record(**plain, target=ObjectionTarget.DECISION, resource=refused.name))
    world.actions.refuse_data_request(step(POLICE, refused, officer="李强", reason="超出范围"), LAW)
    for target, resource, source in (
        (ObjectionTarget.DECISION, refused.name, POLICE),
        (ObjectionTarget.ENTRY, ENTRY.name, POLICE),
        (ObjectionTarget.LICENSE, license_name, HOUSING),
    ):
        objection = world.actions.file_objection(Step(caller=CIVIL), wrong_record(**plain, target=target, resource=resource))
        assert (objection.source, objection.subject_pseudonym) == (source.department, b"")
        objection = world.actions.verify_objection(step(source, objection, officer="李强"))
        assert world.actions.correct_objection(step(source, objection, officer="李强"), "已更正").notice_count == 0
    with pytest.raises(NotFoundError):  # a third department may not know of the decision
        world.actions.file_objection(Step(caller=TAX), wrong_record(**plain, target=ObjectionTarget.DECISION, resource=refused.name))


@pytest.mark.parametrize(
    "changed",
    [
        {"resource": "entries/x"},
        {"resource": "01k0000000000000000000000a"},
        {"target": ObjectionTarget.FIELD, "field": "salary"},
        {"target": ObjectionTarget.FIELD},
        {"target": ObjectionTarget.LICENSE, "resource": "licenses/1.2.3", "subject_key": ""},
        {"field": "name"},
        {"officer": ""},
    ],
)
def test_an_objection_of_a_wrong_shape_is_refused_and_nothing_is_kept(sqlite_database: Database, changed):
    world = world_on(sqlite_database)
    with pytest.raises(ShuniuError):
        world.actions.file_objection(Step(caller=CIVIL), wrong_record(**changed))
    assert world.actions.list_objections(AUTHORITY) == ((), "")
    assert world.logged() == []


def test_an_entry_without_subjects_takes_no_objection_to_a_record(sqlite_database: Database):
    world = world_on(sqlite_database)
    world.newest_version(replace(ENTRY, id="01k0000000000000000000000d", subject_domain=""))
    with pytest.raises(InvalidInputError) as refused:
        world.actions.file_objection(Step(caller=CIVIL), wrong_record(resource="entries/01k0000000000000000000000d"))
    assert (refused.value.reason, refused.value.next_action) == ("NO_SUBJECT", "object to the entry instead")
