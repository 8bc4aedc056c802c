"""Every rpc of BrokerageService through real gRPC, with the callers that a member's certificate would name."""

import asyncio
import inspect
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import grpc
import grpc.aio
import pytest
from google.protobuf import message_factory
from google.protobuf.json_format import MessageToDict
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from brokerage.service import BrokerageService
from hub.access import Caller, Port
from hub.db import Database
from hub.rpc import Gate, mount
from shuniu.steady import SteadyServer
from shuniu.v1 import brokerage_pb2 as pb
from shuniu.v1 import brokerage_pb2_grpc
from shuniu.v1 import grant_life_pb2 as life
from tests.brokerage.given import AUTHORITY, CITIZEN, CIVIL, ENTRY, HOUSING, LAW, POLICE, TAX, UNCONDITIONAL, World, world_on
from tests.hub.gate import share_of

SERVICE = pb.DESCRIPTOR.services_by_name["BrokerageService"]
TERMS = pb.Terms(fields=["id_number", "name", "address"], purposes=["640000-relief"], period_days=90, daily_calls=100, mode="query")
ASKED = pb.DataRequest(entry=ENTRY.name, legal_basis="《社会救助暂行办法》", scenario="低保核对", scope="全区", asked=TERMS, officer="王敏")
WRONG = pb.Objection(target=pb.OBJECTION_TARGET_RECORD, resource=ENTRY.name, subject_key=CITIZEN, statement="住址有误", officer="孙丽")


class Hub:
    """BrokerageService behind its gate on a free port of loopback; who calls is set by the test, as the gate's identify would tell."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.caller = Caller()
        self.port = 0
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}")
        self.stub = brokerage_pb2_grpc.BrokerageServiceStub(self.channel)

    def by(self, caller: Caller, rpc: str, **request):
        self.caller = caller
        message = message_factory.GetMessageClass(SERVICE.methods_by_name[rpc].input_type)
        return getattr(self.stub, rpc)(message(**request), timeout=10)

    def stop(self) -> None:
        self.channel.close()
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        async def refused(_call, _error) -> None: ...

        self._stopping = asyncio.Event()
        server = SteadyServer(())
        gate = _Known(Port.MEMBERS, lambda _pem: self.caller, share_of(Port.MEMBERS, ThreadPoolExecutor(4)), refused)
        mount(server, BrokerageService(self.world.actions), SERVICE, gate)
        self.port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        self._ready.set()
        await self._stopping.wait()
        await server.stop(None)


class _Known(Gate):
    """A gate whose channel has no certificate to show; the caller is the one that the test names."""

    def call(self, method, context):
        return super().call(method, _Shown(context))


class _Shown:
    def __init__(self, context) -> None:
        self._context = context

    def auth_context(self):
        return {"x509_pem_cert": [b"as the test says"]}

    def time_remaining(self):
        return self._context.time_remaining()


@pytest.fixture
def hub(sqlite_database: Database) -> Iterator[Hub]:
    hub = Hub(world_on(sqlite_database))
    yield hub
    hub.stop()


def reason_of(error: grpc.RpcError) -> str:
    status = rpc_status.from_call(error)
    info = error_details_pb2.ErrorInfo()
    status.details[0].Unpack(info)
    return str(info.reason)


def test_every_rpc_of_the_protocol_has_its_method():
    methods = {name for name, _ in inspect.getmembers(BrokerageService, inspect.isfunction) if not name.startswith("_")}
    assert methods == {method.name for method in SERVICE.methods}


def test_the_whole_case_runs_over_the_wire(hub: Hub):
    draft = hub.by(CIVIL, "CreateDataRequest", data_request=ASKED, request_id="1")
    assert hub.by(CIVIL, "CreateDataRequest", data_request=ASKED, request_id="1") == draft
    assert hub.by(CIVIL, "CreateDataRequest", data_request=ASKED, validate_only=True).name == ""
    at = hub.by(CIVIL, "SubmitDataRequest", name=draft.name, etag=draft.etag)
    assert (at.state, at.clock.verified) == (pb.DATA_REQUEST_STATE_SUBMITTED, False)
    at = hub.by(POLICE, "AskForMore", name=at.name, etag=at.etag, gaps=["缺依据"], officer="李强")
    assert at.clock.stopped
    at = hub.by(CIVIL, "SupplementDataRequest", name=at.name, etag=at.etag, supplement="依据如下")
    less = pb.Terms()
    less.CopyFrom(TERMS)
    less.period_days = 30
    less.masks["address"] = "hide"
    at = hub.by(POLICE, "ApproveDataRequest", name=at.name, etag=at.etag, terms=less, reason="三十日足够", officer="李强")
    assert (at.state, at.offered) == (pb.DATA_REQUEST_STATE_OFFERED, less)
    at = hub.by(CIVIL, "AcceptOffer", name=at.name, etag=at.etag)
    assert hub.by(CIVIL, "GetDataRequest", name=at.name) == at
    assert list(hub.by(AUTHORITY, "ListDataRequests", state=pb.DATA_REQUEST_STATE_APPROVED).data_requests) == [at]
    grant = hub.by(POLICE, "GetGrant", name=at.grant)
    assert (grant.state, grant.terms) == (pb.GRANT_STATE_ACTIVE, less)
    grant = hub.by(AUTHORITY, "SuspendGrant", name=grant.name, etag=grant.etag, reason="核查", officer="赵云")
    grant = hub.by(AUTHORITY, "ResumeGrant", name=grant.name, etag=grant.etag, reason="完毕", officer="赵云")
    grant = hub.by(AUTHORITY, "RevokeGrant", name=grant.name, etag=grant.etag, reason="依据废止", officer="赵云")
    grant.calls_today = 0  # told where a grant is looked at
    assert list(hub.by(CIVIL, "ListGrants").grants) == [grant]
    assert grant.state == pb.GRANT_STATE_REVOKED


def test_more_time_is_asked_for_and_allowed_over_the_wire_and_the_consumer_reads_it(hub: Hub):
    one = hub.by(CIVIL, "CreateDataRequest", data_request=ASKED)
    one = hub.by(CIVIL, "SubmitDataRequest", name=one.name, etag=one.etag)
    before = one.clock
    assert (before.days_left, before.extension_days, one.HasField("extension")) == (10, 0, False)
    one = hub.by(POLICE, "RequestExtension", name=one.name, etag=one.etag, working_days=5, reason="需逐户核验", officer="李强")
    assert (one.extension.state, one.extension.working_days) == (pb.EXTENSION_STATE_REQUESTED, 5)
    assert one.clock == before
    with pytest.raises(grpc.RpcError) as refused:
        hub.by(POLICE, "AllowExtension", name=one.name, etag=one.etag, reason="同意", officer="李强")
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    hub.by(AUTHORITY, "AllowExtension", name=one.name, etag=one.etag, reason="情况属实", officer="赵云")
    one = hub.by(CIVIL, "GetDataRequest", name=one.name)
    assert (one.extension.state, one.extension.decision, one.extension.decision_officer) == (pb.EXTENSION_STATE_ALLOWED, "情况属实", "赵云")
    assert (one.clock.working_days, one.clock.extension_days, one.clock.days_left) == (10, 5, 15)
    assert one.clock.due_time.seconds - before.due_time.seconds == 7 * 86_400
    with pytest.raises(grpc.RpcError) as again:
        hub.by(POLICE, "RequestExtension", name=one.name, etag=one.etag, reason="仍需时间", officer="李强")
    assert reason_of(again.value) == "EXTENSION_TWICE"


def test_lists_are_narrowed_to_a_state_and_a_grant_tells_the_calls_of_today(hub: Hub):
    grants = []
    for number in range(3):
        one = hub.by(CIVIL, "CreateDataRequest", data_request=ASKED, request_id=f"{number}")
        one = hub.by(CIVIL, "SubmitDataRequest", name=one.name, etag=one.etag)
        grants.append(hub.by(CIVIL, "GetGrant", name=hub.by(POLICE, "ApproveDataRequest", name=one.name, etag=one.etag, officer="李强").grant))
    active, held, ended = grants
    hub.by(POLICE, "SuspendGrant", name=held.name, etag=held.etag, reason="核查", officer="李强")
    hub.by(AUTHORITY, "RevokeGrant", name=ended.name, etag=ended.etag, reason="依据废止", officer="赵云")
    live = hub.world.live.get(active.name.removeprefix("grants/"), hub.world.clock.now())
    assert live
    hub.world.live.quota.take(live, hub.world.clock.now())

    def names(state: int) -> list[str]:
        return [grant.name for grant in hub.by(CIVIL, "ListGrants", state=state).grants]

    assert [names(state) for state in (1, 2, 3, 4)] == [[active.name], [held.name], [ended.name], []]
    assert {grant.name: grant.calls_today for grant in hub.by(CIVIL, "ListGrants").grants} == {active.name: 1, held.name: 0, ended.name: 0}
    assert hub.by(POLICE, "GetGrant", name=active.name).calls_today == 1
    hub.world.clock.advance(timedelta(days=TERMS.period_days))
    assert [sorted(names(state)) for state in (1, 2, 3, 4)] == [[], [], [ended.name], sorted([held.name, active.name])]
    assert hub.by(POLICE, "GetGrant", name=active.name).calls_today == 0
    others = pb.Objection()
    others.CopyFrom(WRONG)
    others.target, others.field = pb.OBJECTION_TARGET_FIELD, "address"
    filed = [hub.by(HOUSING, "FileObjection", objection=one, request_id=one.field) for one in (WRONG, others)]
    hub.by(POLICE, "VerifyObjection", name=filed[0].name, etag=filed[0].etag, officer="李强")
    for state, one in ((pb.OBJECTION_STATE_VERIFYING, filed[0]), (pb.OBJECTION_STATE_FILED, filed[1])):
        assert [found.name for found in hub.by(HOUSING, "ListObjections", state=state).objections] == [one.name]


def test_a_refusal_states_its_reasons_and_needs_no_law(hub: Hub):
    one = hub.by(CIVIL, "CreateDataRequest", data_request=ASKED)
    one = hub.by(CIVIL, "SubmitDataRequest", name=one.name, etag=one.etag)
    with pytest.raises(grpc.RpcError) as refused:
        hub.by(POLICE, "RefuseDataRequest", name=one.name, etag=one.etag, legal_basis=LAW, officer="李强")
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    one = hub.by(POLICE, "RefuseDataRequest", name=one.name, etag=one.etag, reason="超出履职必要范围", officer="李强")
    assert (one.state, one.reason, one.refusal_basis) == (pb.DATA_REQUEST_STATE_REFUSED, "超出履职必要范围", "")


def test_refusal_and_withdrawal_run_over_the_wire(hub: Hub):
    one, two = (hub.by(CIVIL, "CreateDataRequest", data_request=ASKED) for _ in range(2))
    one = hub.by(CIVIL, "SubmitDataRequest", name=one.name, etag=one.etag)
    with pytest.raises(grpc.RpcError) as refused:
        hub.by(POLICE, "RefuseDataRequest", name=one.name, etag=one.etag, reason="忙", legal_basis="《银川市数据条例》", officer="李强")
    assert (refused.value.code(), reason_of(refused.value)) == (grpc.StatusCode.INVALID_ARGUMENT, "NO_NATIONAL_LAW")
    one = hub.by(POLICE, "RefuseDataRequest", name=one.name, etag=one.etag, reason="超出范围", legal_basis=LAW, officer="李强")
    assert (one.state, one.refusal_basis) == (pb.DATA_REQUEST_STATE_REFUSED, LAW)
    assert one.clock.citation.endswith("第二十一条")
    assert MessageToDict(one.clock)["verified"] is False  # said, not left out
    assert "副本" in one.clock.checked
    two = hub.by(CIVIL, "WithdrawDataRequest", name=two.name, etag=two.etag, reason="不再需要")
    assert two.state == pb.DATA_REQUEST_STATE_WITHDRAWN


def test_an_objection_runs_over_the_wire_and_its_notice_is_acknowledged(hub: Hub):
    index = hub.world.received(CIVIL, CITIZEN, "LB-1")
    at = hub.by(HOUSING, "FileObjection", objection=WRONG)
    assert at.service_continues_notice
    assert (at.subject_key, at.source, at.clock.id) == ("", POLICE.department, "verify-objection")
    at = hub.by(POLICE, "VerifyObjection", name=at.name, etag=at.etag, officer="李强")
    at = hub.by(POLICE, "CorrectObjection", name=at.name, etag=at.etag, outcome="已更正", officer="李强")
    (notice,) = hub.by(CIVIL, "ListCorrectionNotices").correction_notices
    assert (list(notice.case_numbers), list(notice.log_indexes)) == (["LB-1"], [index])
    done = hub.by(CIVIL, "AcknowledgeCorrectionNotice", name=notice.name, etag=notice.etag, officer="王敏")
    assert done.HasField("acknowledge_time")
    for overseer in (POLICE, AUTHORITY):  # finding 6: whoever sees to it that all have acknowledged
        (seen,) = hub.by(overseer, "ListCorrectionNotices", objection=at.name).correction_notices
        assert (seen.recipient, seen.officer, seen.HasField("acknowledge_time"), seen.access_count) == (CIVIL.department, "王敏", True, 1)
        assert hub.by(overseer, "GetCorrectionNotice", name=notice.name) == seen
    closed = hub.by(HOUSING, "ConfirmObjection", name=at.name, etag=at.etag)
    closed.acknowledged_count = 1  # told where an objection is looked at
    assert hub.by(POLICE, "GetObjection", name=at.name) == closed
    assert list(hub.by(AUTHORITY, "ListObjections").objections) == [closed]
    other = hub.by(HOUSING, "FileObjection", objection=WRONG)
    other = hub.by(POLICE, "VerifyObjection", name=other.name, etag=other.etag, officer="李强")
    other = hub.by(POLICE, "DismissObjection", name=other.name, etag=other.etag, outcome="无误", officer="李强")
    other = hub.by(HOUSING, "AppealObjection", name=other.name, etag=other.etag, statement="档案有误", officer="孙丽")
    assert (other.state, other.appeal) == (pb.OBJECTION_STATE_APPEALED, "档案有误")
    other = hub.by(AUTHORITY, "OverturnObjection", name=other.name, etag=other.etag, reason="证据充分", officer="赵云")
    assert (other.state, other.ruling, other.decision) == (pb.OBJECTION_STATE_VERIFYING, pb.OBJECTION_RULING_OVERTURNED, "证据充分")
    other = hub.by(POLICE, "CorrectObjection", name=other.name, etag=other.etag, outcome="档案已更正", officer="李强")
    other = hub.by(HOUSING, "AppealObjection", name=other.name, etag=other.etag, statement="仍有误", officer="孙丽")
    other = hub.by(AUTHORITY, "UpholdObjection", name=other.name, etag=other.etag, reason="已核实", officer="赵云")
    assert (other.state, other.ruling) == (pb.OBJECTION_STATE_CLOSED, pb.OBJECTION_RULING_UPHELD)
    third = hub.by(HOUSING, "FileObjection", objection=WRONG)
    third = hub.by(HOUSING, "WithdrawObjection", name=third.name, etag=third.etag, reason="已自行核实", officer="孙丽")
    assert (third.state, third.withdrawal) == (pb.OBJECTION_STATE_WITHDRAWN, "已自行核实")


@pytest.mark.parametrize(
    ("caller", "rpc", "changed", "code"),
    [
        (TAX, "SubmitDataRequest", {}, grpc.StatusCode.NOT_FOUND),
        (POLICE, "SubmitDataRequest", {}, grpc.StatusCode.PERMISSION_DENIED),
        (CIVIL, "SubmitDataRequest", {"etag": "r7"}, grpc.StatusCode.ABORTED),
        (CIVIL, "SubmitDataRequest", {"etag": ""}, grpc.StatusCode.INVALID_ARGUMENT),
        (CIVIL, "SubmitDataRequest", {"name": "dataRequests/x"}, grpc.StatusCode.INVALID_ARGUMENT),
        (CIVIL, "AcceptOffer", {}, grpc.StatusCode.FAILED_PRECONDITION),
        (Caller(), "SubmitDataRequest", {}, grpc.StatusCode.UNAUTHENTICATED),
        (replace(CIVIL, roles=frozenset()), "SubmitDataRequest", {}, grpc.StatusCode.PERMISSION_DENIED),
    ],
)
def test_what_may_not_be_done_is_answered_with_its_status(hub: Hub, caller, rpc, changed, code):
    draft = hub.by(CIVIL, "CreateDataRequest", data_request=ASKED)
    with pytest.raises(grpc.RpcError) as refused:
        hub.by(caller, rpc, **{"name": draft.name, "etag": draft.etag, **changed})
    assert refused.value.code() is code


def test_an_unconditional_entry_answers_over_the_wire_at_once(hub: Hub):
    asked = pb.DataRequest()
    asked.CopyFrom(ASKED)
    asked.entry = UNCONDITIONAL.name
    draft = hub.by(CIVIL, "CreateDataRequest", data_request=asked)
    assert hub.by(CIVIL, "SubmitDataRequest", name=draft.name, etag=draft.etag).grant.startswith("grants/")


def test_a_grant_is_amended_renewed_mended_and_disposed_of_over_the_wire(hub: Hub):
    def granted(**follows):
        content = pb.DataRequest()
        content.CopyFrom(ASKED)
        content.MergeFrom(pb.DataRequest(**follows))
        draft = hub.by(CIVIL, "CreateDataRequest", data_request=content)
        at = hub.by(CIVIL, "SubmitDataRequest", name=draft.name, etag=draft.etag)
        at = hub.by(POLICE, "ApproveDataRequest", name=at.name, etag=at.etag, officer="李强", disposal_terms="删除")
        assert (at.follows, at.follow_kind, at.disposal_terms) == (follows.get("follows", ""), follows.get("follow_kind", 0), "删除")
        return hub.by(CIVIL, "GetGrant", name=at.grant)

    first = granted()
    assert (first.delivery_clock.id, first.HasField("first_use_time"), first.suspension_ground) == ("delivery", False, 0)
    second = granted(follows=first.name, follow_kind=life.FOLLOW_KIND_AMENDMENT)
    third = granted(follows=second.name, follow_kind=life.FOLLOW_KIND_RENEWAL)
    (old,) = hub.by(CIVIL, "ListGrants", state=pb.GRANT_STATE_SUPERSEDED).grants
    assert (old.name, old.followed_by, third.start_time) == (first.name, second.name, second.expire_time)
    misuse = {"ground": life.SUSPENSION_GROUND_MISUSE, "mend_days": 5}
    at = hub.by(CIVIL, "GetGrant", name=second.name)
    at = hub.by(POLICE, "SuspendGrant", name=at.name, etag=at.etag, reason="超出办理事项", officer="李强", **misuse)
    assert (at.suspension_ground, at.mending.working_days) == (life.SUSPENSION_GROUND_MISUSE, 5)
    at = hub.by(CIVIL, "ReportMending", name=at.name, etag=at.etag, statement="已整改", officer="王敏")
    at = hub.by(POLICE, "RefuseMending", name=at.name, etag=at.etag, reason="未附证明", mend_days=3, officer="李强")
    assert (at.mending.refusal, at.mending.HasField("report_time")) == ("未附证明", False)
    hub.world.clock.advance(timedelta(days=200))
    list(hub.world.actions.tell_late(hub.world.clock.now()))
    assert sum(hub.world.actions.owe_disposals(hub.world.clock.now())) == 1
    at = hub.by(CIVIL, "GetGrant", name=third.name)
    assert (at.state, at.disposal.state) == (pb.GRANT_STATE_EXPIRED, life.DISPOSAL_STATE_DUE)
    receipt = {"disposal_method": life.DISPOSAL_METHOD_DELETED, "statement": "已删除", "dispose_date": "2026-05-20", "officer": "王敏"}
    for wrong, field in (
        ({"disposal_method": 0}, "disposal_method"),
        ({"dispose_date": "20260520"}, "dispose_date"),
        ({"statement": ""}, "statement"),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            hub.by(CIVIL, "RecordDisposal", name=at.name, etag=at.etag, **{**receipt, **wrong})
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert field in str(rpc_status.from_call(refused.value))
    at = hub.by(CIVIL, "RecordDisposal", name=at.name, etag=at.etag, **receipt)
    at = hub.by(POLICE, "ReturnDisposal", name=at.name, etag=at.etag, reason="请附记录", officer="李强")
    at = hub.by(CIVIL, "RecordDisposal", name=at.name, etag=at.etag, **receipt)
    at = hub.by(POLICE, "AcceptDisposal", name=at.name, etag=at.etag, officer="李强")
    assert (at.disposal.state, at.disposal.disposal_method, at.disposal.dispose_date) == (
        life.DISPOSAL_STATE_ACCEPTED,
        life.DISPOSAL_METHOD_DELETED,
        "2026-05-20",
    )


def test_a_late_delivery_is_explained_over_the_wire(hub: Hub):
    grant = hub.by(CIVIL, "GetGrant", name=hub.world.approved().grant)
    said = {"statement": "接口尚在改造", "expected_date": "2026-01-10", "officer": "李强"}
    with pytest.raises(grpc.RpcError) as early:
        hub.by(POLICE, "ExplainDelivery", name=grant.name, etag=grant.etag, **said)
    assert reason_of(early.value) == "DELIVERY_NOT_LATE"
    hub.world.clock.advance(timedelta(days=40))
    list(hub.world.actions.tell_late(hub.world.clock.now()))
    grant = hub.by(POLICE, "GetGrant", name=grant.name)
    assert grant.delivery_clock.days_left < 0
    told = hub.by(POLICE, "ExplainDelivery", name=grant.name, etag=grant.etag, **said)
    assert (told.delivery_explanation.statement, told.delivery_explanation.expected_date) == ("接口尚在改造", "2026-01-10")
