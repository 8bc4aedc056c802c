"""Steps to which another department consents, at every one of them: proposed here, carried out when an officer there confirms."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

from audit.model import Kind
from hub.access import ACCESS, Caller
from hub.errors import IllegalStateError, InvalidInputError, UnavailableError
from hub.limits import Limits
from shuniu.v1 import audit_pb2, officer_pb2, work_pb2
from tests.end_to_end.test_second_persons import act, refused, signed_in
from tests.hub.test_watch import soon
from tests.world import AUTHORITY, CONSUMER, KEY, PROVIDER, Member, Reply, World

ROWS = {path.rpartition("/")[2]: row for path, row in ACCESS.items() if row.second and row.second.role}
LAW = "《中华人民共和国个人信息保护法》第四十七条"
PROPOSER, AUDITOR, WHY = "SJ-3", "SJT-1", "已核对"


def erasure(world: World, number: str) -> Reply:
    """Let an access happen that nobody asked to erase before, and propose it."""
    index = world.member(CONSUMER).query(world.grant()).index
    return world.member(AUTHORITY).call("ProposeErasure", indexes=[index], legal_basis=LAW, reason="保存期限届满", officer=number)


PROPOSE: Mapping[str, Callable[[World, str], Reply]] = {"ProposeErasure": erasure}
LOOK = {"ProposeErasure": "GetErasure"}
STATES = {"ProposeErasure": (audit_pb2.ERASURE_STATE_PROPOSED, audit_pb2.ERASURE_STATE_CONFIRMED, audit_pb2.ERASURE_STATE_REFUSED)}
EACH = pytest.mark.parametrize("rpc", sorted(PROPOSE))


def a_world() -> World:
    return World(limits=Limits(refusals_per_second=1_000, refusal_bytes_per_second=1 << 20))


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A hub whose authority and auditors have registered their officers."""
    with a_world() as one:
        ruler, auditor = one.member(AUTHORITY), one.auditor()
        duty = officer_pb2
        staff(ruler, (PROPOSER, [duty.DUTY_RULE]), ("SJ-4", [duty.DUTY_RULE]), ("SJ-1", [duty.DUTY_RULE]), ("SJ-9", [duty.DUTY_PEOPLE]))
        staff(auditor, (AUDITOR, [duty.DUTY_AUDIT]), ("SJT-2", [duty.DUTY_PEOPLE]), ("SJT-L", [duty.DUTY_LEAD]))
        yield one


@pytest.fixture(scope="module")
def bare() -> Iterator[World]:
    """A hub of which nobody has registered an officer."""
    with a_world() as one:
        one.auditor()
        yield one


def propose(world: World, rpc: str, number: str = PROPOSER) -> Any:
    reply = PROPOSE[rpc](world, number)
    assert reply.ok, reply.message
    return reply.answer


def staff(by: Member, *every: tuple[str, list[Any]]) -> None:
    lines = [officer_pb2.OfficerLine(number=number, display_name="某某", duties=duties) for number, duties in every]
    by.do("ImportOfficers", lines=lines, officer="system", request_id=f"staff-{by.department}")


def proposal_of(world: World, thing: Any) -> Any:
    return world.member(AUTHORITY).do("GetProposal", name=thing.pending_proposal)


def decide(world: World, step: str, proposal: Any, number: str = AUDITOR, **more: Any) -> Any:
    by = world.auditor() if number.startswith("SJT") else world.member(AUTHORITY)
    return act(world, by, number, step, **{"name": proposal.name, "etag": proposal.etag, "reason": WHY, **more})


def confirmed(world: World, proposal: Any, confirm: Callable[[], Any]) -> Any:
    """Confirm as soon as the index of the log has what is to be erased."""
    soon(lambda: _done(confirm) or proposal_of_name(world, proposal.name).state == work_pb2.PROPOSAL_STATE_CONFIRMED)
    return proposal_of_name(world, proposal.name)


def _done(confirm: Callable[[], Any]) -> bool:
    try:
        return bool(confirm())
    except Exception:  # noqa: BLE001 - what it is, the test asks afterwards
        return False


def proposal_of_name(world: World, name: str) -> Any:
    return world.member(AUTHORITY).do("GetProposal", name=name)


def look(world: World, rpc: str, name: str) -> Any:
    return world.auditor().do(LOOK[rpc], name=name)


def test_every_row_to_which_another_department_consents_is_tried_here():
    assert set(PROPOSE) == set(ROWS)


@EACH
def test_it_waits_with_both_departments_and_is_carried_out_when_an_auditor_confirms(world: World, rpc: str):
    thing = propose(world, rpc)
    proposal = proposal_of(world, thing)
    assert (proposal.resource, proposal.proposer, proposal.method.rpartition("/")[2]) == (thing.name, PROPOSER, rpc)
    assert KEY not in proposal.request_json
    assert look(world, rpc, thing.name).pending_proposal == proposal.name
    assert proposal.name in {one.name for one in world.auditor().do("ListProposals").proposals}
    assert world.member(PROVIDER).call("GetProposal", name=proposal.name).code is StatusCode.NOT_FOUND
    auditors = signed_in(world, world.auditor(), AUDITOR)
    assert world.hub.proposals.may(auditors, proposal.name) == ("confirm", "decline")
    assert world.hub.proposals.may(signed_in(world, world.member(AUTHORITY), PROPOSER), proposal.name) == ("take-back",)
    assert [one.step for one in world.auditor().do("ListWork").work if one.resource == proposal.name] == ["WorkService/Confirm"]
    before = world.log_size
    done = confirmed(world, proposal, lambda: decide(world, "Confirm", proposal))
    assert (done.state, done.decider) == (work_pb2.PROPOSAL_STATE_CONFIRMED, AUDITOR)
    assert look(world, rpc, thing.name).state == STATES[rpc][1]
    (record,) = [one for one in world.records(before) if one.kind is Kind.ERASURE]
    assert (record.actor.officer, record.detail["proposal"], record.other) == (AUDITOR, proposal.name, world.member(AUTHORITY).department)
    assert world.records(before)[-1].action == "work.Confirm"
    assert not [one for one in world.auditor().do("ListWork").work if one.resource == proposal.name]


@EACH
def test_it_is_declined_or_taken_back_and_the_thing_ends(world: World, rpc: str):
    for number, step in ((AUDITOR, "Decline"), ("SJ-4", "TakeBack")):
        thing = propose(world, rpc)
        proposal = proposal_of(world, thing)
        done = decide(world, step, proposal, number)
        assert (done.decider, done.reason) == (number, WHY)
        now = look(world, rpc, thing.name)
        assert (now.state, now.decide_officer, now.decide_reason, now.pending_proposal) == (STATES[rpc][2], number, WHY, "")


@EACH
def test_neither_the_own_department_nor_the_same_person_nor_whoever_says_not_why_confirms(world: World, rpc: str):
    thing = propose(world, rpc)
    proposal = proposal_of(world, thing)
    for number, reason in (("SJ-4", "NOT_YOURS_TO_CONFIRM"), (PROPOSER, "NOT_YOURS_TO_CONFIRM"), ("SJT-2", "NOT_FOUND")):
        for step in ("Confirm", "Decline"):
            assert refused(partial(decide, world, step, proposal, number)).reason in {reason, "WRONG_PARTY"}, (number, step)
    second = ROWS[rpc].second
    assert second is not None
    assert second.role is not None
    roles = frozenset({*ACCESS[proposal.method].roles, second.role})
    own = Caller(world.member(AUTHORITY).department, officer="SJ-1", roles=roles, duties=second.duties)
    path = "/shuniu.v1.WorkService/Confirm"
    asked = world.hub.inside.requests[path](name=proposal.name, etag=proposal.etag, reason=WHY)
    assert refused(lambda: world.hub.inside.call(path, asked, own)).reason == "NOT_ANOTHER_DEPARTMENT"
    assert isinstance(refused(partial(decide, world, "Confirm", proposal, reason="")), InvalidInputError)
    assert world.auditor().call("Confirm", name=proposal.name, etag=proposal.etag, officer=AUDITOR, reason=WHY).reason == "SYSTEM_WITHOUT_MANDATE"
    assert look(world, rpc, thing.name).pending_proposal == proposal.name


@EACH
def test_a_system_of_the_auditors_confirms_under_a_mandate(world: World, rpc: str):
    end, by = Timestamp(), world.auditor()
    end.FromDatetime(world.clock.now() + timedelta(days=30))
    mandate = act(world, by, "SJT-L", "CreateMandate", system=by.name, steps=["Confirm"], expire_time=end, reason="批量核对")
    proposal = proposal_of(world, propose(world, rpc))
    done = confirmed(world, proposal, lambda: by.call("Confirm", name=proposal.name, etag=proposal.etag, officer=AUDITOR, reason=WHY).ok)
    assert (done.state, done.decider) == (work_pb2.PROPOSAL_STATE_CONFIRMED, AUDITOR)
    act(world, by, "SJT-L", "RevokeMandate", name=mandate.name, etag=mandate.etag, reason="不再需要")


@EACH
def test_it_expires_and_nothing_comes_of_it(world: World, rpc: str):
    thing = propose(world, rpc)
    proposal = proposal_of(world, thing)
    with world.later(timedelta(days=31)):
        assert isinstance(refused(partial(decide, world, "Confirm", proposal)), IllegalStateError)
        world.hub.proposals.sweep(world.clock.now())
        assert world.hub.second.adopt(world.clock.now()) == 0
        assert proposal_of_name(world, proposal.name).state == work_pb2.PROPOSAL_STATE_EXPIRED
        assert look(world, rpc, thing.name).state not in STATES[rpc]


@EACH
def test_a_proposer_who_was_dismissed_meanwhile_proposed_nothing(world: World, rpc: str):
    by = world.member(AUTHORITY)
    by.do("CreateOfficer", number="SJ-D", display_name="某某", duties=[officer_pb2.DUTY_RULE], officer="SJ-9")
    thing = propose(world, rpc, "SJ-D")
    proposal = proposal_of(world, thing)
    officer = by.do("GetOfficer", name=f"departments/{by.department}/officers/SJ-D")
    by.do("DismissOfficer", name=officer.name, etag=officer.etag, officer="SJ-9", reason="调离")
    assert refused(partial(decide, world, "Confirm", proposal)).reason == "PROPOSAL_VOID"
    assert proposal_of_name(world, proposal.name).state == work_pb2.PROPOSAL_STATE_VOID
    assert look(world, rpc, thing.name).state == STATES[rpc][2]


@EACH
def test_two_who_confirm_at_once_carry_it_out_once(bare: World, rpc: str):
    thing, before = propose(bare, rpc), bare.log_size
    proposal = proposal_of(bare, thing)
    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(lambda _: _confirm(bare, proposal).ok, range(4)))
    if not any(ends):  # the index of the log was behind
        confirmed(bare, proposal, lambda: _confirm(bare, proposal).ok)
    assert ends.count(True) <= 1
    assert [one.kind for one in bare.records(before)].count(Kind.ERASURE) == 1


def _confirm(world: World, proposal: Any) -> Any:
    return world.auditor().call("Confirm", name=proposal.name, etag=proposal.etag, officer=AUDITOR, reason=WHY)


@EACH
def test_where_the_auditors_have_no_officers_their_system_goes_on_and_the_record_says_so(bare: World, rpc: str):
    thing = propose(bare, rpc)
    proposal, before = proposal_of(bare, thing), bare.log_size
    assert _confirm(bare, proposal).reason != "SYSTEM_WITHOUT_MANDATE"
    done = confirmed(bare, proposal, lambda: _confirm(bare, proposal).ok)
    assert done.state == work_pb2.PROPOSAL_STATE_CONFIRMED
    (record,) = [one for one in bare.records(before) if one.kind is Kind.ERASURE]
    assert record.detail["alone"] == "true"


@EACH
def test_what_a_release_before_left_or_a_step_that_was_cut_off_is_proposed_by_the_hub(bare: World, rpc: str, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr(bare.hub.second, "_keep", cut_off)
        assert not PROPOSE[rpc](bare, PROPOSER).ok
    (thing,) = [one for one in listed(bare, rpc) if one.state == STATES[rpc][0] and not one.pending_proposal]
    assert bare.hub.second.adopt(bare.clock.now()) == 1
    assert bare.hub.second.adopt(bare.clock.now()) == 0
    (proposal,) = [one for one in bare.auditor().do("ListProposals").proposals if one.resource == thing.name]
    assert (proposal.proposer, proposal.department, proposal.system) == (PROPOSER, bare.member(AUTHORITY).department, "hub")
    assert look(bare, rpc, thing.name).pending_proposal == proposal.name
    record = bare.records()[-1]
    assert (record.action, record.actor.system) == ("work.Propose", "hub")
    assert confirmed(bare, proposal, lambda: _confirm(bare, proposal).ok).state == work_pb2.PROPOSAL_STATE_CONFIRMED


def cut_off(*_: object) -> None:
    raise UnavailableError("the hub ends here")


def listed(world: World, rpc: str) -> list[Any]:
    answer = world.auditor().do({"ProposeErasure": "ListErasures"}[rpc])
    return list(answer.erasures)
