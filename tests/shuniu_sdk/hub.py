"""The other side of the SDK's client: a small hub that answers over real mTLS with what a test tells it to, and signs what a token allows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from cryptography import x509
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from shuniu.errors import DETAILS
from shuniu.v1 import catalog_pb2, check_pb2, exchange_pb2, exchange_pb2_grpc, identity_pb2
from tests.shuniu_sdk.authority import DEPARTMENT_URI, HUB_URI, Authority

TRAILERS: tuple[tuple[str, str | bytes], ...] = (
    ("shuniu-log-origin", "hub.test/log"),
    ("shuniu-log-index", "41"),
    ("shuniu-log-leaf-bin", bytes(range(32))),
)


class Exchange(exchange_pb2_grpc.ExchangeServiceServicer):
    def __init__(self) -> None:
        self.answer = exchange_pb2.QueryResponse()
        self.trailers = TRAILERS
        self.requests: list[exchange_pb2.QueryRequest] = []
        self.checks: list[exchange_pb2.CheckRequest] = []
        self.time_left: float | None = None
        self.pause = 0.0

    def Query(self, request: exchange_pb2.QueryRequest, context: Any) -> exchange_pb2.QueryResponse:  # noqa: N802
        self.requests.append(request)
        self.time_left = context.time_remaining()
        time.sleep(self.pause)
        if request.purpose == "not granted":
            refuse(context)
        context.set_trailing_metadata(self.trailers)
        return self.answer

    def QueryMany(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def Check(self, request: exchange_pb2.CheckRequest, context: Any) -> exchange_pb2.CheckResponse:  # noqa: N802
        self.checks.append(request)
        context.set_trailing_metadata(self.trailers)
        return exchange_pb2.CheckResponse(answer=check_pb2.CHECK_ANSWER_YES)

    def Stream(self, request: Any, context: Any) -> Any:  # noqa: N802
        refuse(context)

    def AcknowledgeChanges(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def GetWaitingQuestion(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def ListWaitingQuestions(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def WithdrawQuestion(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def Download(self, request: Any, context: Any) -> Any:  # noqa: N802
        refuse(context)

    def Subscribe(self, request: Any, context: Any) -> Any:  # noqa: N802
        refuse(context)


def export(request: catalog_pb2.ExportDirectoryRequest, context: Any) -> Iterator[catalog_pb2.ExportDirectoryResponse]:
    """Break off after the first part."""
    yield catalog_pb2.ExportDirectoryResponse(chunk=b"one")
    refuse(context)


class Identities:
    """Signs a request for the token "good"; `issuer` and `key`, where a test sets them, spoil the certificate."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.issuer = authority
        self.key: Any = None
        self.requests: list[x509.CertificateSigningRequest] = []
        self.tokens = {"good"}
        self.hosts: tuple[str, ...] = ()

    def enroll(self, request: identity_pb2.EnrollRequest, context: Any) -> identity_pb2.EnrollResponse:
        if request.token not in self.tokens:
            refuse(context)
        return self._issued(request.csr)

    def renew(self, request: identity_pb2.RenewCertificateRequest, context: Any) -> identity_pb2.EnrollResponse:
        return self._issued(request.csr)

    def who_am_i(self, request: identity_pb2.WhoAmIRequest, context: Any) -> identity_pb2.System:
        return identity_pb2.System(hosts=self.hosts)

    def handlers(self) -> Any:
        enroll = grpc.unary_unary_rpc_method_handler(self.enroll, identity_pb2.EnrollRequest.FromString, _bytes)
        renew = grpc.unary_unary_rpc_method_handler(self.renew, identity_pb2.RenewCertificateRequest.FromString, _bytes)
        who = grpc.unary_unary_rpc_method_handler(self.who_am_i, identity_pb2.WhoAmIRequest.FromString, _bytes)
        return grpc.method_handlers_generic_handler("shuniu.v1.IdentityService", {"Enroll": enroll, "RenewCertificate": renew, "WhoAmI": who})

    def _issued(self, csr: bytes) -> identity_pb2.EnrollResponse:
        read = x509.load_der_x509_csr(csr)
        assert read.is_signature_valid
        self.requests.append(read)
        certificate = self.issuer.issue(self.key or read.public_key(), [DEPARTMENT_URI])
        name = "departments/116400000100831619/systems/civil"
        system = identity_pb2.System(name=name, department="116400000100831619", system="civil")
        return identity_pb2.EnrollResponse(certificate_pem=certificate.decode(), ca_pem=self.authority.pem.decode(), system=system)


class Hub:
    """Two ports as the real one has: members with a client certificate, public without."""

    def __init__(self, authority: Authority, addresses: tuple[str, str] = ("127.0.0.1:0", "127.0.0.1:0")) -> None:
        self.exchange = Exchange()
        self.identities = Identities(authority)
        certificate, key = authority.pair(HUB_URI)
        pair = [(key, certificate + authority.pem)]
        members = grpc.ssl_server_credentials(pair, authority.pem, require_client_auth=True)
        self._servers = [grpc.server(ThreadPoolExecutor(4)) for _ in range(2)]
        ports = []
        directory = grpc.unary_stream_rpc_method_handler(export, catalog_pb2.ExportDirectoryRequest.FromString, _bytes)
        for server, credentials, address in zip(self._servers, (members, grpc.ssl_server_credentials(pair)), addresses):
            exchange_pb2_grpc.add_ExchangeServiceServicer_to_server(self.exchange, server)
            server.add_generic_rpc_handlers(
                (grpc.method_handlers_generic_handler("shuniu.v1.CatalogService", {"ExportDirectory": directory}), self.identities.handlers())
            )
            ports.append(server.add_secure_port(address, credentials))
            server.start()
        self.members, self.public = (f"127.0.0.1:{port}" for port in ports)

    def stop(self) -> None:
        for server in self._servers:
            server.stop(None).wait(10)


def _bytes(message: Message) -> bytes:
    return message.SerializeToString()


@contextmanager
def running(authority: Authority) -> Iterator[Hub]:
    hub = Hub(authority)
    try:
        yield hub
    finally:
        hub.stop()


def refuse(context: Any) -> None:
    """End a call as the hub does: ErrorInfo, LocalizedMessage, BadRequest."""
    code = grpc.StatusCode.PERMISSION_DENIED
    text = "the purpose is not granted; ask for it"
    status = status_pb2.Status(code=code.value[0], message=text)
    info = error_details_pb2.ErrorInfo(reason="PURPOSE", domain="shuniu", metadata={"grant": "grants/1", "next_action": "ask for it"})
    violation = error_details_pb2.BadRequest.FieldViolation(field="purpose", description=text)
    for detail in (
        info,
        error_details_pb2.LocalizedMessage(locale="zh-CN", message="未授权该事项"),
        error_details_pb2.BadRequest(field_violations=[violation]),
    ):
        status.details.add().Pack(detail)
    context.set_trailing_metadata(((DETAILS, status.SerializeToString()),))
    context.abort(code, text)
