"""Every rpc of SealService through real gRPC on both doors, with the callers that a certificate would name."""

import asyncio
import inspect
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf import message_factory
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from hub.access import ANYBODY, Caller, Port
from hub.rpc import Gate, mount
from seals.model import SealKind, SealState
from seals.service import SealService
from seals.wire import RESULTS
from seals.x509 import make_csr
from shuniu import sm2
from shuniu.seals.names import CertificateSubject
from shuniu.seals.report import Result
from shuniu.steady import SteadyServer
from shuniu.v1 import seal_pb2 as pb
from tests.hub.gate import share_of
from tests.seals.desk import AUTHORITY, CIVIL, DIGEST, NOON, POLICE, SealDesk, a_seal_desk

SERVICE = pb.DESCRIPTOR.services_by_name["SealService"]
USE = {"digest": DIGEST, "property": "licenses/1.2.3", "officer": "王芳", "purpose": "000111", "case_number": "BJ-1"}


class Hub:
    """SealService behind its gates on free ports of loopback; who calls is set by the test, as the gate's identify would tell."""

    def __init__(self, desk: SealDesk) -> None:
        self.desk, self.caller = desk, ANYBODY
        self.ports: dict[Port, int] = {}
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        self.channels = {door: grpc.insecure_channel(f"127.0.0.1:{port}") for door, port in self.ports.items()}

    def by(self, caller: Caller, rpc: str, **request):
        self.caller = caller
        method = SERVICE.methods_by_name[rpc]
        channel = self.channels[Port.PUBLIC if caller.anonymous else Port.MEMBERS]
        answer = message_factory.GetMessageClass(method.output_type)
        call: Any = channel.unary_unary(f"/{SERVICE.full_name}/{rpc}", lambda message: message.SerializeToString(), answer.FromString)
        return call(message_factory.GetMessageClass(method.input_type)(**request), timeout=10)

    def stop(self) -> None:
        for channel in self.channels.values():
            channel.close()
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self) -> None:
        async def refused(_call, _error) -> None: ...

        self._stopping, servers = asyncio.Event(), []
        threads = ThreadPoolExecutor(4)
        for door in Port:
            server = SteadyServer(())
            mount(server, SealService(self.desk.actions), SERVICE, _Known(door, lambda _pem: self.caller, share_of(door, threads), refused))
            self.ports[door] = server.add_insecure_port("127.0.0.1:0")
            await server.start()
            servers.append(server)
        self._ready.set()
        await self._stopping.wait()
        for server in servers:
            await server.stop(None)
        threads.shutdown()


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

    def peer(self):
        return self._context.peer()


@pytest.fixture
def hub(sqlite_database, tmp_path) -> Iterator[Hub]:
    hub = Hub(a_seal_desk(sqlite_database, tmp_path))
    yield hub
    hub.stop()


def stamp_of(at) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def applied(hub: Hub, *signers: str, **changes):
    asked = {"kind": pb.SEAL_KIND_BUSINESS, "title": "宁夏回族自治区民政厅", "valid_to": stamp_of(NOON + timedelta(days=90)), **changes}
    return hub.by(CIVIL, "ApplySeal", seal=pb.Seal(signers=signers, **asked), request_id="1", officer="王芳")


def refusal(code: grpc.StatusCode, act) -> str:
    with pytest.raises(grpc.RpcError) as refused:
        act()
    assert refused.value.code() is code
    info = error_details_pb2.ErrorInfo()
    rpc_status.from_call(refused.value).details[0].Unpack(info)
    return str(info.reason)


def test_every_rpc_of_the_protocol_has_its_method():
    methods = {name for name, _ in inspect.getmembers(SealService, inspect.isfunction) if not name.startswith("_")}
    assert methods == {method.name for method in SERVICE.methods}


def test_every_kind_and_state_of_the_protocol_is_one_of_the_register():
    assert {name.removeprefix("SEAL_KIND_").lower() for name in pb.SealKind.keys()[1:]} == set(SealKind)
    assert {name.removeprefix("SEAL_STATE_").lower() for name in pb.SealState.keys()[1:]} == set(SealState)


def test_a_seal_is_made_used_and_verified_by_a_stranger_over_the_wire(hub: Hub):
    key = sm2.generate()
    signer = hub.by(CIVIL, "IssueSignerCertificate", csr=make_csr(key, CertificateSubject("x")), officer="王芳")
    assert (signer.name, signer.owner) == (f"signerCertificates/{signer.serial}", CIVIL.department)
    seal = applied(hub, signer.name)
    assert (seal.state, seal.kind, list(seal.signers)) == (pb.SEAL_STATE_APPLIED, pb.SEAL_KIND_BUSINESS, [signer.name])
    assert not seal.HasField("valid_from")
    assert applied(hub, signer.name) == seal
    made = hub.by(AUTHORITY, "MakeSeal", name=seal.name, etag=seal.etag, officer="李强")
    assert made.seal
    assert made.picture
    active = hub.by(CIVIL, "ActivateSeal", name=seal.name, etag=made.etag, officer="王芳")
    stamp = hub.by(CIVIL, "PrepareStamp", seal=seal.name, signer=signer.name, request_id="2", **USE)
    done = hub.by(CIVIL, "CompleteStamp", name=stamp.name, etag=stamp.etag, signature=key.sign(stamp.to_be_signed))
    report = hub.by(ANYBODY, "VerifyStamp", signature=done.signature, digest=DIGEST)
    assert (report.result, report.reason, report.expired_since, report.stamp) == (pb.REPORT_RESULT_VALID, "OK", False, stamp.name)
    assert (report.es_id, report.title) == (seal.es_id, seal.title)
    assert [step.step for step in report.steps][-2:] == ["registry", "registry.use"]
    assert hub.by(ANYBODY, "VerifySeal", seal=made.seal).result == pb.REPORT_RESULT_VALID
    hub.desk.clock.advance(timedelta(seconds=1))
    revoked = hub.by(AUTHORITY, "RevokeSeal", name=seal.name, etag=active.etag, reason="停用", officer="李强")
    assert (revoked.state, revoked.reason) == (pb.SEAL_STATE_REVOKED, "停用")
    assert hub.by(CIVIL, "GetSeal", name=seal.name) == revoked
    assert list(hub.by(CIVIL, "ListSeals").seals) == [revoked]
    report = hub.by(ANYBODY, "VerifySeal", seal=made.seal)
    assert (report.result, report.reason) == (pb.REPORT_RESULT_INVALID, "SEAL_REVOKED")
    assert hub.by(ANYBODY, "VerifySeal", seal=made.seal, at=stamp_of(NOON)).result == pb.REPORT_RESULT_VALID
    report = hub.by(ANYBODY, "VerifyStamp", signature=done.signature, digest=DIGEST)
    assert (report.result, report.reason, report.expired_since) == (pb.REPORT_RESULT_VALID_WHEN_SIGNED, "SEAL_REVOKED_SINCE", True)


def test_every_result_of_a_report_has_a_value_on_the_wire_with_the_same_name():
    assert {name.removeprefix("REPORT_RESULT_") for name in pb.ReportResult.keys()[1:]} == {result.value for result in Result}
    assert {pb.ReportResult.Name(value) for value in RESULTS.values()} == {f"REPORT_RESULT_{result.value}" for result in RESULTS}


def test_a_signer_is_revoked_over_the_wire_and_its_application_refused(hub: Hub):
    signer = hub.by(CIVIL, "IssueSignerCertificate", csr=make_csr(sm2.generate(), CertificateSubject("x")), officer="王芳")
    seal = applied(hub, signer.name)
    revoked = hub.by(CIVIL, "RevokeSignerCertificate", name=signer.name, reason="离职", officer="王芳")
    assert (revoked.revoke_reason, revoked.HasField("revoke_time")) == ("离职", True)
    refused = hub.by(AUTHORITY, "RefuseSeal", name=seal.name, etag=seal.etag, reason="签章者证书已撤销", officer="李强")
    assert (refused.state, refused.reason) == (pb.SEAL_STATE_REFUSED, "签章者证书已撤销")


def test_the_trust_anchors_are_given_to_everybody(hub: Hub):
    trust = hub.by(ANYBODY, "GetSealTrust")
    assert (trust.ca_pem, trust.maker_pem) == (hub.desk.office.ca_pem, hub.desk.office.maker_pem)
    assert "PRIVATE" not in trust.ca_pem + trust.maker_pem


def test_what_is_wrong_with_a_request_is_said_with_its_status(hub: Hub):
    signer, _ = hub.desk.signer()
    seal = applied(hub, signer.name)
    status = grpc.StatusCode
    assert refusal(status.INVALID_ARGUMENT, lambda: applied(hub, signer.name, kind=0)) == "INVALID_INPUT"
    refusal(status.INVALID_ARGUMENT, lambda: applied(hub, signer.name, valid_to=Timestamp(seconds=2**62)))
    refusal(status.INVALID_ARGUMENT, lambda: hub.by(CIVIL, "GetSeal", name="stamps/" + seal.name[6:]))
    refusal(status.NOT_FOUND, lambda: hub.by(POLICE, "GetSeal", name=seal.name))
    refusal(status.PERMISSION_DENIED, lambda: hub.by(CIVIL, "MakeSeal", name=seal.name, etag=seal.etag, officer="王芳"))
    refusal(status.ABORTED, lambda: hub.by(AUTHORITY, "MakeSeal", name=seal.name, etag="r9", officer="李强"))
    refusal(status.FAILED_PRECONDITION, lambda: hub.by(CIVIL, "PrepareStamp", seal=seal.name, signer=signer.name, **USE))
    refusal(status.INVALID_ARGUMENT, lambda: hub.by(ANYBODY, "VerifyStamp", signature=b"x", digest=b"short"))


def test_bytes_that_are_no_seal_get_a_report_and_not_an_error(hub: Hub):
    for report in (hub.by(ANYBODY, "VerifySeal", seal=b"\x30\x80"), hub.by(ANYBODY, "VerifyStamp", signature=b"", digest=DIGEST)):
        assert report.result == pb.REPORT_RESULT_INVALID
        assert report.reason not in {"", "OK"}


def test_a_wrong_name_and_a_wrong_kind_are_said_with_their_field(hub: Hub):
    signer, _ = hub.desk.signer()
    for act, field in (
        (lambda: applied(hub, "signerCertificates/xyz"), "seal.signers"),
        (lambda: applied(hub, signer.name, kind=0), "seal.kind"),
        (lambda: applied(hub, signer.name, title=""), "seal.title"),
        (
            lambda: hub.by(CIVIL, "ApplySeal", seal=pb.Seal(signers=[signer.name], kind=pb.SEAL_KIND_BUSINESS, title="民政厅"), officer="王芳"),
            "seal.valid_to",
        ),
        (lambda: hub.by(CIVIL, "PrepareStamp", seal="seals/x", signer=signer.name, **USE), "seal"),
        (lambda: hub.by(CIVIL, "PrepareStamp", seal="seals/" + "0" * 26, signer="x", **USE), "signer"),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            act()
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert field in str(refused.value.trailing_metadata())
