"""Steps that the law puts under a head's consent, at every one of them: proposed by one officer, taken when another confirms."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode
from sqlalchemy import insert

from certs.store.tables import legacy_systems
from hub.access import ACCESS, ROLE_OF, Caller
from hub.errors import IllegalStateError, ShuniuError
from hub.limits import Limits
from seals import x509
from shuniu import sm2
from shuniu.identifiers import uscc
from shuniu.seals.names import CertificateSubject
from shuniu.v1 import brokerage_pb2, catalog_pb2, identity_pb2, officer_pb2, seal_pb2, succession_pb2, work_pb2
from tests.world import AUTHORITY, CONSUMER, FIELDS, METHODS, OTHER, PROVIDER, PURPOSE, Member, World
from work.model import ProposalState

ROWS = {path.rpartition("/")[2]: row for path, row in ACCESS.items() if row.second and row.second.role is None}
"""What another department consents to is in `test_consent.py`."""
DUTY = {
    "SubmitEntry": officer_pb2.DUTY_DIRECTORY,
    "ActivateSeal": officer_pb2.DUTY_SEALS,
    "ConfirmSuccession": officer_pb2.DUTY_RULE,
}
LEAD, SECOND_LEAD, WORKER, COLLEAGUE, STRANGER = "L-1", "L-2", "W-1", "W-2", "S-1"
KIND = {"SubmitDataRequest": CONSUMER, "ActivateSeal": OTHER, "ConfirmSuccession": AUTHORITY}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Every test that asks for `world` runs on both kinds of database."""
    database = ""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE second_persons")
        database = url.replace("/postgres", "/second_persons")
    with World(database=database, limits=Limits(refusals_per_second=1_000, refusal_bytes_per_second=1 << 20)) as one:
        for kind in {KIND.get(rpc, PROVIDER) for rpc in ROWS}:
            staff(one.member(kind))
        yield one


def staff(by: Member) -> None:
    """Give a department five officers, once: two leads do not answer for each other's duty, two workers do, one does something else."""
    ruling = [officer_pb2.DUTY_RULE] if by.kind == AUTHORITY else []
    every = [officer_pb2.DUTY_DIRECTORY, officer_pb2.DUTY_REQUESTS, officer_pb2.DUTY_SEALS, *ruling]
    lines = [
        officer_pb2.OfficerLine(number=LEAD, display_name="李主任", duties=[officer_pb2.DUTY_LEAD]),
        officer_pb2.OfficerLine(number=WORKER, display_name="王工", duties=every),
        officer_pb2.OfficerLine(number=COLLEAGUE, display_name="赵工", duties=every),
        officer_pb2.OfficerLine(number="P-1", display_name="周工", duties=[officer_pb2.DUTY_PEOPLE]),
        officer_pb2.OfficerLine(number=STRANGER, display_name="孙工", duties=[officer_pb2.DUTY_LICENSES]),
        officer_pb2.OfficerLine(number="svc-etl", display_name="接口", duties=every),
        *(officer_pb2.OfficerLine(number=number, display_name="外部", duties=every) for number in ("GA-1", "MZ-0231", "SC-1", "SJ-1")),
    ]
    by.do("ImportOfficers", lines=lines, officer="system", request_id=f"staff-{by.department}")


def signed_in(world: World, by: Member, number: str) -> Caller:
    caller = world.hub.roster.caller(by.department, number, "passkey", world.clock.now())
    assert caller is not None
    return caller


def act(world: World, by: Member, number: str, rpc: str, **fields: Any) -> Any:
    """Take a step as an officer who signed in, through the gate inside."""
    path, _ = METHODS[rpc]
    return world.hub.inside.call(path, world.hub.inside.requests[path](**fields), signed_in(world, by, number))


def entry_draft(world: World) -> tuple[Member, Any]:
    by = world.member(PROVIDER)
    content = catalog_pb2.Entry(
        resource_code=f"307010002/{world.number():06d}", title="婚姻登记信息", abstract="婚姻登记", class_path=["人口", "婚姻"], region="640000",
        level=catalog_pb2.LEVEL_PROVINCE, provider=by.department, share_type=catalog_pb2.SHARE_TYPE_CONDITIONAL, share_condition="限社会救助",
        modes=[catalog_pb2.SHARE_MODE_QUERY], open_type=catalog_pb2.OPEN_TYPE_CLOSED, update_period=catalog_pb2.UPDATE_PERIOD_DAILY,
        fields=FIELDS, serving_system=by.system, serving_resource="resident", subject_domain="cn-id",
    )  # fmt: skip
    return by, by.do("CreateEntry", entry=content)


def published(world: World) -> Any:
    if "entry" not in world.__dict__:
        by, draft = entry_draft(world)
        draft = propose_and_confirm(world, by, "SubmitEntry", draft, reason="首次编目")
        world.__dict__["entry"] = world.member(AUTHORITY).do("PublishEntry", name=draft.name, etag=draft.etag, officer="SJ-1")
    return world.__dict__["entry"]


def request_draft(world: World, officer: str = WORKER) -> tuple[Member, Any]:
    by, entry = world.member(CONSUMER), published(world)
    terms = brokerage_pb2.Terms(fields=["id_number", "name"], purposes=[PURPOSE], period_days=30, daily_calls=100, mode="query")
    asked = brokerage_pb2.DataRequest(
        entry=entry.name, legal_basis="《社会救助暂行办法》第十一条", scenario="低保核对", scope="全区", asked=terms, officer=officer
    )
    return by, by.do("CreateDataRequest", data_request=asked)


def submitted(world: World) -> tuple[Member, Any]:
    by, draft = request_draft(world)
    return world.member(PROVIDER), propose_and_confirm(world, by, "SubmitDataRequest", draft)


def made_seal(world: World) -> tuple[Member, Any]:
    by = world.member(OTHER)
    if "signer" not in world.__dict__:
        csr = x509.make_csr(sm2.generate(), CertificateSubject("市监厅", "市监厅", by.department))
        world.__dict__["signer"] = by.do("IssueSignerCertificate", csr=csr, officer=WORKER)
    signer = world.__dict__["signer"]
    wanted = seal_pb2.Seal(kind=seal_pb2.SEAL_KIND_LEGAL_NAME, title="银川市市场监督管理局", signers=[signer.name], valid_to=signer.not_after)
    applied = by.do("ApplySeal", seal=wanted, request_id=f"second-{world.number()}", officer=WORKER)
    return by, world.member(AUTHORITY).do("MakeSeal", name=applied.name, etag=applied.etag, officer="SJ-1")


def planned_succession(world: World) -> tuple[Member, Any]:
    by, code = world.member(AUTHORITY), uscc.build("11", "640000", f"{8_000_000 + world.number():08d}")
    said = identity_pb2.Department(uscc=code, title="自治区某某局", region="640000")
    by.do("CreateDepartment", department=said, request_id=f"second-{code}")
    closing = succession_pb2.Succession(
        kind=succession_pb2.SUCCESSION_KIND_CLOSE, predecessors=[code], effective_date="2099-01-01", basis="《机构改革方案》"
    )
    return by, by.do("CreateSuccession", succession=closing, officer=WORKER, request_id=f"second-{world.number()}")


PREPARE: Mapping[str, Callable[[World], tuple[Member, Any]]] = {
    "SubmitEntry": entry_draft,
    "SubmitDataRequest": request_draft,
    "ApproveDataRequest": submitted,
    "RefuseDataRequest": submitted,
    "ActivateSeal": made_seal,
    "ConfirmSuccession": planned_succession,
}
MORE: Mapping[str, dict[str, Any]] = {"SubmitEntry": {"reason": "首次编目"}, "RefuseDataRequest": {"reason": "超出职责范围"}}


def propose(world: World, by: Member, rpc: str, thing: Any, number: str = WORKER, **more: Any) -> Any:
    """Propose a step by the department's system; return the thing as the answer shows it."""
    return by.do(rpc, name=thing.name, etag=thing.etag, officer=number, **{**MORE.get(rpc, {}), **more})


def propose_and_confirm(world: World, by: Member, rpc: str, thing: Any, **more: Any) -> Any:
    shown = propose(world, by, rpc, thing, **more)
    proposal = by.do("GetProposal", name=shown.pending_proposal)
    act(world, by, LEAD, "Confirm", name=proposal.name, etag=proposal.etag)
    return look(by, rpc, thing.name)


def look(by: Member, rpc: str, name: str) -> Any:
    second = ROWS[rpc].second
    assert second is not None
    return by.do(second.look.rpartition("/")[2], name=name)


def refused(act_: Callable[[], object]) -> ShuniuError:
    with pytest.raises(ShuniuError) as error:
        act_()
    return error.value


def test_every_row_with_a_second_person_is_tried_here():
    assert set(PREPARE) == set(ROWS)


@pytest.mark.parametrize("rpc", sorted(PREPARE))
def test_a_step_waits_for_its_second_person_and_is_taken_when_a_lead_confirms(world: World, rpc: str):
    by, thing = PREPARE[rpc](world)
    shown = propose(world, by, rpc, thing)
    assert (shown.state, shown.etag) == (thing.state, thing.etag)  # nothing has happened
    assert shown.pending_proposal.startswith("proposals/")
    assert look(by, rpc, thing.name).pending_proposal == shown.pending_proposal
    proposal = by.do("GetProposal", name=shown.pending_proposal)
    assert (proposal.proposer, proposal.system, proposal.resource) == (WORKER, by.system, thing.name)
    assert proposal.method.endswith(f"/{rpc}")
    assert thing.name in proposal.request_json
    before = world.log_size
    done = act(world, by, LEAD, "Confirm", name=proposal.name, etag=proposal.etag)
    assert (done.state, done.decider) == (work_pb2.PROPOSAL_STATE_CONFIRMED, LEAD)
    after = look(by, rpc, thing.name)
    assert after.state != thing.state
    assert not after.pending_proposal
    step = next(one for one in world.records(before) if one.action.endswith(rpc))
    assert (step.detail["proposal"], step.detail["confirmed_by"]) == (proposal.name, LEAD)
    assert world.records(before)[-1].action == "work.Confirm"
    assert refused(lambda: act(world, by, LEAD, "Confirm", name=proposal.name, etag=proposal.etag)).code in {"STALE_ETAG", "ILLEGAL_STATE"}


@pytest.mark.parametrize("rpc", sorted(PREPARE))
def test_whoever_proposes_hears_at_once_what_stands_against_the_step(world: World, rpc: str):
    by, thing = PREPARE[rpc](world)
    assert by.call(rpc, name=thing.name, etag="r99", officer=WORKER, **MORE.get(rpc, {})).code is StatusCode.ABORTED
    assert by.call(rpc, name=thing.name, etag=thing.etag, officer="nobody", **MORE.get(rpc, {})).reason == "OFFICER_UNKNOWN"
    assert look(by, rpc, thing.name).pending_proposal == ""


@pytest.mark.parametrize("rpc", sorted(PREPARE))
def test_it_is_declined_or_taken_back_and_nothing_has_happened(world: World, rpc: str):
    by, thing = PREPARE[rpc](world)
    for number, step in ((LEAD, "Decline"), (WORKER, "TakeBack")):
        proposal = by.do("GetProposal", name=propose(world, by, rpc, thing).pending_proposal)
        assert refused(partial(act, world, by, STRANGER, step, name=proposal.name, etag=proposal.etag, reason="另议")).code == "NOT_ALLOWED"
        done = act(world, by, number, step, name=proposal.name, etag=proposal.etag, reason="另议")
        assert (done.decider, done.reason) == (number, "另议")
        now = look(by, rpc, thing.name)
        assert (now.state, now.etag, now.pending_proposal) == (thing.state, thing.etag, "")


@pytest.mark.parametrize("rpc", sorted(PREPARE))
def test_nobody_is_his_own_second_person(world: World, rpc: str):
    by, thing = PREPARE[rpc](world)
    proposal = by.do("GetProposal", name=propose(world, by, rpc, thing).pending_proposal)
    for number, reason in ((WORKER, "SAME_PERSON"), (COLLEAGUE, "NOT_YOURS_TO_CONFIRM"), (STRANGER, "NOT_YOURS_TO_CONFIRM")):
        assert refused(partial(act, world, by, number, "Confirm", name=proposal.name, etag=proposal.etag)).reason == reason
    for spelling in (WORKER, "Ｗ-1", LEAD):
        assert by.call("Confirm", name=proposal.name, etag=proposal.etag, officer=spelling).reason == "SYSTEM_WITHOUT_MANDATE"
    assert look(by, rpc, thing.name).pending_proposal == proposal.name


@pytest.mark.parametrize("rpc", sorted(PREPARE))
def test_what_a_lead_proposes_a_colleague_with_the_duty_confirms(world: World, rpc: str):
    by, thing = PREPARE[rpc](world)
    path = METHODS[rpc][0]
    lead = signed_in(world, by, LEAD)
    # A lead who may take the step too: most heads may.
    roles = lead.roles | {ROLE_OF[one] for one in ROWS[rpc].duties & ROLE_OF.keys()}
    both = Caller(lead.department, roles=roles, officer=LEAD, duties=lead.duties | ROWS[rpc].duties, marks=lead.marks)
    request = world.hub.inside.requests[path](name=thing.name, etag=thing.etag, **MORE.get(rpc, {}))
    shown = world.hub.inside.call(path, request, both)
    proposal = by.do("GetProposal", name=shown.pending_proposal)
    assert (proposal.proposer, proposal.system) == (LEAD, "")
    assert refused(lambda: act(world, by, LEAD, "Confirm", name=proposal.name, etag=proposal.etag)).reason == "SAME_PERSON"
    assert refused(lambda: act(world, by, STRANGER, "Confirm", name=proposal.name, etag=proposal.etag)).reason == "NOT_YOURS_TO_CONFIRM"
    act(world, by, COLLEAGUE, "Decline", name=proposal.name, etag=proposal.etag, reason="另议")


@pytest.mark.parametrize("rpc", sorted(PREPARE))
def test_it_expires_and_another_may_be_proposed(world: World, rpc: str):
    by, thing = PREPARE[rpc](world)
    proposal = by.do("GetProposal", name=propose(world, by, rpc, thing).pending_proposal)
    with world.later(timedelta(days=31)):
        error = refused(lambda: act(world, by, LEAD, "Confirm", name=proposal.name, etag=proposal.etag))
        assert isinstance(error, IllegalStateError)
        page = world.hub.proposals.page(signed_in(world, by, LEAD), 200, "", None)[0]
        assert {one.state.value for one in page if one.name == proposal.name} == {"expired"}
        assert proposal.name in ended(world, by)
        assert look(by, rpc, thing.name).pending_proposal == ""
        world.hub.proposals.sweep(world.clock.now())
        # Written down once, whoever sweeps again; what is listed stays listed.
        assert world.hub.proposals.sweep(world.clock.now()) == 0
        assert [one.action for one in world.records() if one.resource == proposal.name].count("work.ExpireProposal") == 1
        assert proposal.name in ended(world, by)
        assert by.do("GetProposal", name=proposal.name).state == work_pb2.PROPOSAL_STATE_EXPIRED
        now = look(by, rpc, thing.name)
        assert (now.state, now.etag) == (thing.state, thing.etag)
    other = by.do("GetProposal", name=propose(world, by, rpc, thing).pending_proposal)
    assert other.name != proposal.name
    act(world, by, LEAD, "Decline", name=other.name, etag=other.etag, reason="另议")


def ended(world: World, by: Member) -> set[str]:
    page, _ = world.hub.proposals.page(signed_in(world, by, LEAD), 200, "", ProposalState.EXPIRED)
    return {one.name for one in page}


@pytest.mark.parametrize("rpc", sorted(PREPARE))
def test_another_step_waits_until_it_is_decided_and_the_same_one_is_the_same_proposal(world: World, rpc: str):
    by, thing = PREPARE[rpc](world)
    first = propose(world, by, rpc, thing).pending_proposal
    assert propose(world, by, rpc, thing).pending_proposal == first
    other = by.call(rpc, name=thing.name, etag=thing.etag, officer=COLLEAGUE, **MORE.get(rpc, {}))
    assert (other.code, other.reason) == (StatusCode.FAILED_PRECONDITION, "PROPOSAL_PENDING")
    proposal = by.do("GetProposal", name=first)
    act(world, by, LEAD, "Decline", name=first, etag=proposal.etag, reason="另议")


@pytest.mark.parametrize("rpc", sorted(PREPARE))
def test_two_who_confirm_at_once_take_one_step(world: World, rpc: str):
    by, thing = PREPARE[rpc](world)
    proposal = by.do("GetProposal", name=propose(world, by, rpc, thing).pending_proposal)
    before = world.log_size

    def confirm(_: int) -> str:
        try:
            act(world, by, LEAD, "Confirm", name=proposal.name, etag=proposal.etag)
        except ShuniuError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(confirm, range(4)))
    assert ends.count("done") == 1, ends
    assert set(ends) <= {"done", "STALE_ETAG", "ILLEGAL_STATE"}, ends
    assert [one.action.endswith(f".{rpc}") for one in world.records(before)].count(True) == 1
    assert by.do("GetProposal", name=proposal.name).state == work_pb2.PROPOSAL_STATE_CONFIRMED


CHANGE: Mapping[str, Callable[[World, Member, Any], object]] = {
    "SubmitEntry": lambda _world, by, thing: by.do("UpdateEntry", entry=thing),
    "SubmitDataRequest": lambda _world, by, thing: by.do("WithdrawDataRequest", name=thing.name, etag=thing.etag, reason="另行申请"),
    "ApproveDataRequest": lambda _world, by, thing: by.do("AskForMore", name=thing.name, etag=thing.etag, gaps=["依据"], officer=WORKER),
    "RefuseDataRequest": lambda _world, by, thing: by.do("AskForMore", name=thing.name, etag=thing.etag, gaps=["依据"], officer=WORKER),
    "ActivateSeal": lambda _world, by, thing: by.do("RevokeSeal", name=thing.name, etag=thing.etag, reason="更换", officer=WORKER),
    "ConfirmSuccession": lambda _world, by, thing: by.do("CallOffSuccession", name=thing.name, etag=thing.etag, reason="方案调整", officer=WORKER),
}


@pytest.mark.parametrize("rpc", sorted(PREPARE))
def test_where_the_thing_changed_meanwhile_the_proposal_is_void(world: World, rpc: str):
    by, thing = PREPARE[rpc](world)
    proposal = by.do("GetProposal", name=propose(world, by, rpc, thing).pending_proposal)
    CHANGE[rpc](world, by, thing)
    now = look(by, rpc, thing.name)
    error = refused(lambda: act(world, by, LEAD, "Confirm", name=proposal.name, etag=proposal.etag))
    assert error.reason == "PROPOSAL_VOID"
    assert by.do("GetProposal", name=proposal.name).state == work_pb2.PROPOSAL_STATE_VOID
    after = look(by, rpc, thing.name)
    assert (after.state, after.etag, after.pending_proposal) == (now.state, now.etag, "")
    assert world.records()[-1].action == "work.VoidProposal"


@pytest.mark.parametrize("rpc", sorted(PREPARE))
def test_a_proposer_who_was_dismissed_meanwhile_proposed_nothing(world: World, rpc: str):
    by, thing = PREPARE[rpc](world)
    number = f"D-{world.number()}"
    by.do("CreateOfficer", number=number, display_name="临时", duties=[DUTY.get(rpc, officer_pb2.DUTY_REQUESTS)], officer="P-1")
    proposal = by.do("GetProposal", name=propose(world, by, rpc, thing, number).pending_proposal)
    officer = by.do("GetOfficer", name=f"departments/{by.department}/officers/{number}")
    by.do("DismissOfficer", name=officer.name, etag=officer.etag, officer="P-1", reason="调离")
    assert refused(lambda: act(world, by, LEAD, "Confirm", name=proposal.name, etag=proposal.etag)).reason == "PROPOSAL_VOID"
    now = look(by, rpc, thing.name)
    assert (now.state, now.etag) == (thing.state, thing.etag)


@pytest.mark.parametrize("rpc", sorted(PREPARE))
def test_a_system_with_a_mandate_goes_alone_and_the_record_says_under_which(world: World, rpc: str):
    by, thing = PREPARE[rpc](world)
    end = Timestamp()
    end.FromDatetime(world.clock.now() + timedelta(days=300))
    assert by.call("CreateMandate", system=by.name, steps=[rpc], expire_time=end, officer=LEAD, reason="批量编目").reason == "MANDATE_BY_OFFICER"
    mandate = act(world, by, LEAD, "CreateMandate", system=by.name, steps=[rpc], expire_time=end, reason="批量编目")
    after = by.do(rpc, name=thing.name, etag=thing.etag, officer=WORKER, **MORE.get(rpc, {}))
    assert after.state != thing.state
    assert next(one for one in reversed(world.records()) if one.action.endswith(f".{rpc}")).detail["mandate"] == mandate.name
    ended = act(world, by, LEAD, "RevokeMandate", name=mandate.name, etag=mandate.etag, reason="不再需要")
    assert ended.revoke_time.seconds
    by, thing = PREPARE[rpc](world)
    proposal = by.do("GetProposal", name=propose(world, by, rpc, thing).pending_proposal)
    act(world, by, LEAD, "Decline", name=proposal.name, etag=proposal.etag, reason="另议")


def test_where_nobody_is_named_whoever_drafted_it_proposes_and_is_not_the_second_person(world: World):
    by, number = world.member(CONSUMER), f"B-{world.number()}"
    published(world)
    both = [officer_pb2.DUTY_REQUESTS, officer_pb2.DUTY_LEAD]
    by.do("CreateOfficer", number=number, display_name="主任兼经办", duties=both, officer="P-1")
    _, thing = request_draft(world, number)
    proposal = by.do("GetProposal", name=by.do("SubmitDataRequest", name=thing.name, etag=thing.etag).pending_proposal)
    assert proposal.proposer == number
    assert refused(lambda: act(world, by, number, "Confirm", name=proposal.name, etag=proposal.etag)).reason == "SAME_PERSON"
    act(world, by, LEAD, "Confirm", name=proposal.name, etag=proposal.etag)
    assert look(by, "SubmitDataRequest", thing.name).state == brokerage_pb2.DATA_REQUEST_STATE_SUBMITTED
    officer = by.do("GetOfficer", name=f"departments/{by.department}/officers/{number}")
    by.do("DismissOfficer", name=officer.name, etag=officer.etag, officer="P-1", reason="调离")


def test_a_deputy_confirms_in_the_lead_s_place_until_the_end(world: World):
    by, thing = entry_draft(world)
    lead = by.do("GetOfficer", name=f"departments/{by.department}/officers/{LEAD}")
    until = Timestamp()
    until.FromDatetime(world.clock.now() + timedelta(days=7))
    by.do("NameDeputy", name=lead.name, etag=lead.etag, deputy=COLLEAGUE, until=until, officer="P-1", reason="休假")
    proposal = by.do("GetProposal", name=propose(world, by, "SubmitEntry", thing).pending_proposal)
    with world.later(timedelta(days=8)):
        error = refused(lambda: act(world, by, COLLEAGUE, "Confirm", name=proposal.name, etag=proposal.etag))
        assert error.reason == "NOT_YOURS_TO_CONFIRM"
    assert act(world, by, COLLEAGUE, "Confirm", name=proposal.name, etag=proposal.etag).decider == COLLEAGUE
    lead = by.do("GetOfficer", name=lead.name)
    by.do("NameDeputy", name=lead.name, etag=lead.etag, officer="P-1", reason="返岗")


def test_a_system_confirms_under_a_mandate_that_says_so_and_never_for_the_proposer(world: World):
    by, thing = entry_draft(world)
    end = Timestamp()
    end.FromDatetime(world.clock.now() + timedelta(days=30))
    proposal = by.do("GetProposal", name=propose(world, by, "SubmitEntry", thing).pending_proposal)
    mandate = act(world, by, LEAD, "CreateMandate", system=by.name, steps=["Confirm"], expire_time=end, reason="本部门办公系统代为确认")
    for spelling in (WORKER, "Ｗ-1 "):
        assert by.call("Confirm", name=proposal.name, etag=proposal.etag, officer=spelling).reason == "SAME_PERSON"
    assert by.call("Confirm", name=proposal.name, etag=proposal.etag, officer="svc-etl").reason == "NOT_YOURS_TO_CONFIRM"
    done = by.do("Confirm", name=proposal.name, etag=proposal.etag, officer=LEAD)
    assert done.state == work_pb2.PROPOSAL_STATE_CONFIRMED
    act(world, by, LEAD, "RevokeMandate", name=mandate.name, etag=mandate.etag, reason="不再需要")


def test_others_see_nothing_of_what_a_department_weighs(world: World):
    by, thing = submitted(world)
    consumer = world.member(CONSUMER)
    proposal = propose(world, by, "ApproveDataRequest", thing).pending_proposal
    assert consumer.do("GetDataRequest", name=thing.name).pending_proposal == ""
    assert consumer.call("GetProposal", name=proposal).code is StatusCode.NOT_FOUND
    assert proposal not in {one.name for one in consumer.do("ListProposals").proposals}
    listed = {one.name: one.pending_proposal for one in by.do("ListDataRequests").data_requests}
    assert listed[thing.name] == proposal
    act(world, by, LEAD, "Decline", name=proposal, etag=by.do("GetProposal", name=proposal).etag, reason="另议")
    states = {one.state for one in by.do("ListProposals", state=work_pb2.PROPOSAL_STATE_DECLINED).proposals}
    assert states == {work_pb2.PROPOSAL_STATE_DECLINED}


def test_a_department_with_one_officer_acts_alone_and_each_record_says_so():
    with World() as world:
        by, thing = entry_draft(world)
        by.do("CreateOfficer", number=WORKER, display_name="王工", duties=[officer_pb2.DUTY_DIRECTORY, officer_pb2.DUTY_PEOPLE], officer="boot")
        after = by.do("SubmitEntry", name=thing.name, etag=thing.etag, officer=WORKER, reason="首次编目")
        assert after.state == catalog_pb2.ENTRY_STATE_SUBMITTED
        assert world.records()[-1].detail["alone"] == "true"
        by.do("CreateOfficer", number=COLLEAGUE, display_name="赵工", duties=[officer_pb2.DUTY_SEALS], officer=WORKER)
        by, thing = entry_draft(world)
        alone = by.call("SubmitEntry", name=thing.name, etag=thing.etag, officer=WORKER, reason="首次编目")
        assert (alone.code, alone.reason) == (StatusCode.FAILED_PRECONDITION, "NOBODY_CONFIRMS")


def test_a_system_of_an_upgraded_hub_goes_on_alone_for_180_days_and_its_department_ends_that_sooner():
    with World() as world:
        by, thing = entry_draft(world)
        staff(by)
        with world.hub.db.begin() as tx:  # as the migration writes it for each system that it finds
            tx.execute(insert(legacy_systems).values(department=by.department, system=by.system))
            tx.execute(insert(legacy_systems).values(department=by.department, system="gone"))
        assert world.hub.certs.give_legacy_mandates() == 1
        with world.hub.db.begin() as tx:  # as somebody with the database in his hands would
            tx.execute(insert(legacy_systems).values(department=by.department, system=by.system))
        assert world.hub.certs.give_legacy_mandates() == 0
        (mandate,) = by.do("ListMandates").mandates
        assert (mandate.legacy, mandate.lead, mandate.expire_time.seconds - mandate.create_time.seconds) == (True, "", 180 * 86_400)
        assert world.records()[-1].action == "certs.GiveLegacyMandate"
        assert by.do("SubmitEntry", name=thing.name, etag=thing.etag, officer=WORKER, reason="首次编目").state == catalog_pb2.ENTRY_STATE_SUBMITTED
        _, thing = entry_draft(world)
        later = world.clock.now() + timedelta(days=180)
        assert world.hub.mandates.covering(by.department, by.system, "SubmitEntry", later - timedelta(seconds=1)) == mandate.name
        assert not world.hub.mandates.covering(by.department, by.system, "SubmitEntry", later)
        act(world, by, LEAD, "RevokeMandate", name=mandate.name, etag=mandate.etag, reason="改由双人办理")
        assert propose(world, by, "SubmitEntry", thing).pending_proposal


def test_the_mandates_of_a_lead_who_was_dismissed_wait_thirty_days_for_another(world: World):
    by, _ = entry_draft(world)
    number = f"L-{world.number()}"
    by.do("CreateOfficer", number=number, display_name="临时负责人", duties=[officer_pb2.DUTY_LEAD], officer="P-1")
    end = Timestamp()
    end.FromDatetime(world.clock.now() + timedelta(days=300))
    mandate = act(world, by, number, "CreateMandate", system=by.name, steps=["SubmitEntry"], expire_time=end, reason="批量编目")
    officer = by.do("GetOfficer", name=f"departments/{by.department}/officers/{number}")
    by.do("DismissOfficer", name=officer.name, etag=officer.etag, officer="P-1", reason="调离")
    (left,) = [one for one in by.do("ListMandates").mandates if one.name == mandate.name]
    assert left.orphaned_until.seconds - int(world.clock.now().timestamp()) == 30 * 86_400
    covering = world.hub.mandates.covering
    assert covering(by.department, by.system, "SubmitEntry", world.clock.now())
    assert not covering(by.department, by.system, "SubmitEntry", world.clock.now() + timedelta(days=31))
    act(world, by, LEAD, "RevokeMandate", name=left.name, etag=left.etag, reason="不再需要")
