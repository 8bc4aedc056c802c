"""The gate that every rpc passes: sync and async methods, streams, errors that tell nothing they should not."""

import gc
import threading
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2
from grpc_status import rpc_status

from hub import access
from hub.access import ANYBODY, Port
from hub.errors import InvalidInputError, NotAllowedError, NotFoundError, NotSignedInError, UnavailableError
from hub.rpc import MAX_MESSAGE, Call, Gate
from shuniu.v1 import download_pb2, exchange_pb2, license_pb2, stream_pb2, subscribe_pb2
from tests.hub.gate import Book, served

LICENSES = license_pb2.DESCRIPTOR.services_by_name["LicenseService"]
OPEN = {"ListLicenseTypes", "VerifyCode", "GetTrustList", "GetStatusList"}


class Servicer:
    """Answers VerifyCode as a test wants it, and has every other method too."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def __getattr__(self, name: str) -> Any:
        if name not in LICENSES.methods_by_name:
            raise AttributeError(name)
        return lambda _request, _call: pytest.fail("not to be called")

    def VerifyCode(self, request: Any, call: Call) -> Any:  # noqa: N802
        return self.answer(request, call)


class AsyncServicer(Servicer):
    async def VerifyCode(self, request: Any, call: Call) -> Any:  # noqa: N802
        return self.answer(request, call)


def raising(error: Exception) -> Any:
    def answer(_request: Any, _call: Call) -> Any:
        raise error

    return answer


def refused(call: Any, method: str = "VerifyCode", request: Any = None, timeout: float = 5) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as error:
        call(method, request if request is not None else license_pb2.VerifyCodeRequest(), timeout)
    return error.value


def reason_of(error: Any) -> str:
    info = error_details_pb2.ErrorInfo()
    rpc_status.from_call(error).details[0].Unpack(info)
    return str(info.reason)


KINDS = [Servicer, AsyncServicer]


@pytest.mark.parametrize("kind", KINDS)
def test_a_method_gets_its_message_and_its_call_and_its_answer_is_sent(kind: Any):
    seen = []

    def answer(request: Any, call: Call) -> Any:
        seen.append((request.code, call.caller, call.method, call.admitted, threading.current_thread().name))
        assert call.time_left is not None
        assert 0 < call.time_left < 6
        return license_pb2.VerifyCodeResponse(message="yes")

    with served(LICENSES, kind(answer)) as call:
        assert call("VerifyCode", license_pb2.VerifyCodeRequest(code="SHUNIU")).message == "yes"
    ((code, caller, method, admitted, thread),) = seen
    assert (code, caller, method, admitted) == ("SHUNIU", ANYBODY, "/shuniu.v1.LicenseService/VerifyCode", True)
    assert ("ThreadPool" in thread) == (kind is Servicer)  # a plain def does not hold up the event loop


def test_an_answer_that_is_bytes_already_is_sent_as_it_is():
    data = license_pb2.VerifyCodeResponse(message="ready").SerializeToString()
    with served(LICENSES, AsyncServicer(lambda *_: data)) as call:
        assert call("VerifyCode", license_pb2.VerifyCodeRequest()).message == "ready"


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_of_ours_arrives_whole(kind: Any):
    with served(LICENSES, kind(raising(NotFoundError("no such code", zh="无此码", reason="NO_CODE")))) as call:
        error: Any = refused(call)
    assert (error.code(), error.details(), reason_of(error)) == (grpc.StatusCode.NOT_FOUND, "no such code", "NO_CODE")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", [RuntimeError("secret 640104199003070121"), KeyError("secret"), AssertionError("secret"), StopIteration("secret")])
def test_the_text_of_an_unknown_error_stays_inside(kind: Any, fault: Exception, caplog):
    with served(LICENSES, kind(raising(fault))) as call:
        error: Any = refused(call)
    told = f"{error.details()} {error.debug_error_string()} {rpc_status.from_call(error)}"
    assert error.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in told
    assert type(fault).__name__ not in told
    assert "internal error in /shuniu.v1.LicenseService/VerifyCode" in caplog.text


class Held:
    """Something large that a method works with."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", [NotAllowedError("no"), RuntimeError("no")])
def test_what_a_refused_call_worked_with_is_let_go_at_once(kind: Any, fault: Exception):
    alive: list[weakref.ref[Held]] = []

    def answer(_request: Any, _call: Call) -> Any:
        held = Held()
        alive.append(weakref.ref(held))
        try:
            return int("no number")
        except ValueError:
            raise fault from None

    gc.disable()  # circles stay, as they do in a hub for many seconds
    try:
        with served(LICENSES, kind(answer)) as call:
            refused(call)
            assert [one() for one in alive] == [None]
    finally:
        gc.enable()


def test_a_fault_of_who_identifies_or_writes_down_stays_inside_too():
    with served(LICENSES, Servicer(raising(NotAllowedError("no"))), Book(failure=RuntimeError("secret"))) as call:
        error: Any = refused(call)
        assert (error.code(), "secret" in error.details()) == (grpc.StatusCode.INTERNAL, False)


def test_what_the_caller_hears_is_written_down_first_and_not_told_when_it_cannot_be():
    book = Book()
    with served(LICENSES, Servicer(raising(NotAllowedError("no", reason="NOT_YOURS"))), book) as call:
        refused(call)
        assert book.written == [("/shuniu.v1.LicenseService/VerifyCode", "NOT_YOURS")]
        book.failure = UnavailableError("the log is full")
        error: Any = refused(call)
    assert (error.code(), error.details()) == (grpc.StatusCode.UNAVAILABLE, "the log is full")


def test_a_method_that_the_access_table_does_not_offer_here_is_not_run():
    book = Book()
    with served(LICENSES, Servicer(None), book) as call:
        for method in set(LICENSES.methods_by_name) - OPEN:
            error: Any = refused(call, method, b"")
            assert error.code() is grpc.StatusCode.PERMISSION_DENIED
    assert len(book.written) == len(LICENSES.methods_by_name) - len(OPEN)


def test_a_service_whose_servicer_lacks_a_method_is_not_mounted():
    with pytest.raises(AttributeError), served(LICENSES, object()):
        pass


def test_an_unknown_method_is_unimplemented():
    with served(LICENSES, Servicer(None)) as call, pytest.raises(grpc.RpcError) as error:
        call.channel.unary_unary("/shuniu.v1.LicenseService/Forge")(b"", timeout=5)
    assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_message_that_is_too_large_is_refused_and_one_that_just_fits_is_not():
    with served(LICENSES, Servicer(lambda *_: license_pb2.VerifyCodeResponse())) as call:
        assert call("VerifyCode", license_pb2.VerifyCodeRequest(code="x" * (MAX_MESSAGE - 100))) is not None
        error: Any = refused(call, request=license_pb2.VerifyCodeRequest(code="x" * (MAX_MESSAGE + 1)))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_bytes_that_are_no_message_are_refused_without_a_word_of_the_inside():
    with served(LICENSES, Servicer(None)) as call:
        error: Any = refused(call, request=b"\xff\xff\xff\xff")
    assert (error.code(), reason_of(error)) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_INPUT")
    assert "Decode" not in error.details()


def test_an_answer_that_is_too_large_to_send_ends_the_call():
    with served(LICENSES, Servicer(lambda *_: license_pb2.VerifyCodeResponse(message="x" * (MAX_MESSAGE + 100_000)))) as call:
        error: Any = refused(call)
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


EXCHANGE = exchange_pb2.DESCRIPTOR.services_by_name["ExchangeService"]


def test_a_deadline_is_required_where_the_table_says_so(monkeypatch):
    row = access.ACCESS["/shuniu.v1.ExchangeService/Query"]
    monkeypatch.setitem(access.ACCESS, "/shuniu.v1.ExchangeService/Query", access.AccessRow(frozenset(access.Port), row.roles, row.deadline))

    class Exchange:
        async def Query(self, _request: Any, _call: Call) -> Any:  # noqa: N802
            return exchange_pb2.QueryResponse()

        async def Check(self, _request: Any, _call: Call) -> Any:  # noqa: N802
            return exchange_pb2.CheckResponse()

        async def QueryMany(self, _requests: Any, _call: Call) -> Any:  # noqa: N802
            yield exchange_pb2.QueryManyResponse()

        async def Stream(self, _request: Any, _call: Call) -> Any:  # noqa: N802
            yield stream_pb2.StreamResponse()

        async def Download(self, _request: Any, _call: Call) -> Any:  # noqa: N802
            yield download_pb2.DownloadResponse()

        async def Subscribe(self, _request: Any, _call: Call) -> Any:  # noqa: N802
            yield subscribe_pb2.SubscribeResponse()

        async def AcknowledgeChanges(self, _request: Any, _call: Call) -> Any:  # noqa: N802
            return subscribe_pb2.AcknowledgeChangesResponse()

        GetWaitingQuestion = ListWaitingQuestions = WithdrawQuestion = Query

    with served(EXCHANGE, Exchange()) as call:
        assert call("Query", exchange_pb2.QueryRequest(), 5) is not None
        error: Any = refused(call, "Query", exchange_pb2.QueryRequest(), None)  # type: ignore[arg-type]
    assert (error.code(), reason_of(error)) == (grpc.StatusCode.INVALID_ARGUMENT, "DEADLINE_REQUIRED")


def test_trailers_go_with_the_answer():
    def answer(_request: Any, call: Call) -> Any:
        call.trailers.append(("shuniu-x", "1"))
        return license_pb2.VerifyCodeResponse()

    with served(LICENSES, AsyncServicer(answer)) as call:
        method = call.channel.unary_unary("/shuniu.v1.LicenseService/VerifyCode")
        _, done = method.with_call(b"", timeout=5)
    assert ("shuniu-x", "1") in [tuple(pair) for pair in done.trailing_metadata()]


class Streamer:
    """A service with one stream, as the catalog's export."""

    def __init__(self, answers: Any) -> None:
        self.answers = answers

    def __getattr__(self, name: str) -> Any:
        return self.answers if name == "Watch" else (lambda *_: None)


def streamed(answers: Any) -> Any:
    return served(health_pb2.DESCRIPTOR.services_by_name["Health"], Streamer(answers)), health_pb2


def test_a_plain_generator_streams_from_a_thread():
    names: list[str] = []

    def answers(_request: Any, _call: Call) -> Iterator[Any]:
        for _ in range(3):
            names.append(threading.current_thread().name)
            yield pb.HealthCheckResponse(status=1)

    server, pb = streamed(answers)
    with server as call:
        assert [one.status for one in call("Watch", pb.HealthCheckRequest())] == [1, 1, 1]
    assert all("ThreadPool" in name for name in names)


def test_an_async_generator_streams_from_the_loop():
    async def answers(_request: Any, _call: Call) -> AsyncIterator[Any]:
        for status in (0, 1):
            yield pb.HealthCheckResponse(status=status)

    server, pb = streamed(answers)
    with server as call:
        assert [one.status for one in call("Watch", pb.HealthCheckRequest())] == [0, 1]


@pytest.mark.parametrize(("fault", "code"), [(InvalidInputError("bad"), "INVALID_ARGUMENT"), (RuntimeError("secret"), "INTERNAL")])
def test_a_stream_that_fails_ends_with_the_error_after_what_it_gave(fault: Exception, code: str):
    def answers(_request: Any, _call: Call) -> Iterator[Any]:
        yield pb.HealthCheckResponse(status=1)
        raise fault

    server, pb = streamed(answers)
    with server as call:
        stream = call.channel.unary_stream("/grpc.health.v1.Health/Watch")(b"", timeout=5)
        assert next(stream)
        with pytest.raises(grpc.RpcError) as error:
            next(stream)
    ended: Any = error.value
    assert ended.code().name == code
    assert "secret" not in ended.details()


def test_who_shows_a_worthless_certificate_is_not_signed_in():
    def nobody(_pem: bytes) -> Any:
        raise NotSignedInError("revoked", reason="CERTIFICATE_REVOKED")

    class Context:
        def auth_context(self) -> dict[str, list[bytes]]:
            return {"x509_pem_cert": [b"pem"]}

        def time_remaining(self) -> None:
            return None

    gate = Gate(Port.MEMBERS, nobody, None, Book().write)  # type: ignore[arg-type]
    with pytest.raises(NotSignedInError):
        gate.call("/x", Context())
