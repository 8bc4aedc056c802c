"""The gRPC gate: identify, admit, run, translate errors. Every rpc of the hub passes through `mount`.

Servicer methods know no gRPC: they take a message and a `Call`, return a message (or yield messages) and raise `ShuniuError`.
A plain `def` runs in the thread pool, an `async def` in the event loop.
"""

import asyncio
import inspect
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Executor
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

import grpc
import grpc.aio
from google.protobuf import any_pb2, duration_pb2, message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from hub.access import ANYBODY, Caller, Port, admit
from hub.errors import MissingGrantError, ShuniuError
from hub.reasons import DEADLINE_REQUIRED, INTERNAL, REQUEST_UNREADABLE

log = logging.getLogger(__name__)
DOMAIN: Final = "shuniu"
MAX_MESSAGE: Final = 4 * 1024 * 1024
FOREVER: Final = 10_000_000.0  # seconds, about 115 days: so distant a deadline limits nothing and counts as none
LONGEST_TEXT: Final = 700
"""UTF-8 bytes of an error's text: a client drops an error whose trailers, percent and base64 coding included, exceed 8 KiB."""
LONGEST_FACT: Final = 200
LOOK: Final = 0.5
"""Seconds between two looks at the caller of an open stream: with the quarter of a second after which a change is heard, less than one."""

SERVER_OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", MAX_MESSAGE + 64 * 1024),
    ("grpc.max_concurrent_streams", 1024),
    # A second process on the same port must fail at its start, not take half of the calls.
    ("grpc.so_reuseport", 0),
    ("grpc.http2.max_pings_without_data", 2),
    ("grpc.keepalive_permit_without_calls", 1),
)


@dataclass(slots=True)
class Call:
    """One call as a servicer sees it: who, which method, how long, and what to say in the trailers."""

    caller: Caller
    method: str
    time_left: float | None
    admitted: bool = False
    trailers: list[tuple[str, str | bytes]] = field(default_factory=list)


Identify = Callable[[bytes], Caller]
Refused = Callable[[Call | None, ShuniuError], Awaitable[None]]
"""Writes an error down; without a call, the certificate did not hold."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands before every rpc of one port: who is it (certificate PEM in, caller out), threads for sync methods, a book of refusals."""

    port: Port
    identify: Identify
    threads: Executor
    refused: Refused

    def call(self, method: str, context: Any) -> Call:
        """Return the call with its caller, not yet admitted; raise NotSignedInError where a certificate does not hold."""
        left = context.time_remaining()
        return Call(self.caller(context), method, None if left is None or left > FOREVER else left)

    def caller(self, context: Any) -> Caller:
        """Return who calls, at this moment; raise NotSignedInError where a certificate does not hold."""
        if self.port is not Port.MEMBERS:
            return ANYBODY
        # TLS demands one at this port (`hub.doors`). Were there none, the access table would refuse ANYBODY.
        certificates = context.auth_context().get("x509_pem_cert")
        return self.identify(certificates[0]) if certificates else ANYBODY

    def admit(self, call: Call) -> None:
        """Let the call in by the access table; raise NotAllowedError, NotSignedInError or InvalidInputError (no deadline)."""
        row = admit(call.method, self.port, call.caller)
        if row.deadline and call.time_left is None:
            raise DEADLINE_REQUIRED(field="deadline")
        call.admitted = True


def mount(server: grpc.aio.Server, servicer: object, service: ServiceDescriptor, gate: Gate) -> None:
    """Offer every method of `service` by the method of the same name on `servicer`; a missing one stops the start."""
    handlers = {
        method.name: _handler(method, getattr(servicer, method.name), f"/{service.full_name}/{method.name}", gate) for method in service.methods
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service.full_name, handlers),))


def _handler(method: MethodDescriptor, function: Callable[..., Any], path: str, gate: Gate) -> Any:
    request_class = message_factory.GetMessageClass(method.input_type)
    wires: dict[str, Any] = {"request_deserializer": _reader(request_class), "response_serializer": _serialize}
    if method.client_streaming:
        return grpc.stream_stream_rpc_method_handler(_streaming(_reading(function), path, gate), **wires)
    if method.server_streaming:
        return grpc.unary_stream_rpc_method_handler(_streaming(function, path, gate), **wires)
    return grpc.unary_unary_rpc_method_handler(_unary(function, path, gate), **wires)


def _reader(message: type[Message]) -> Callable[[bytes], Message | None]:
    """Return what reads a request: None for bytes that are none, which the gate refuses in its own words once the caller is admitted."""

    def read(data: bytes) -> Message | None:
        try:
            return message.FromString(data)
        except DecodeError:
            return None

    return read


def _readable(request: object) -> None:
    if request is None:
        raise REQUEST_UNREADABLE()


def _reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """Have a method that takes a stream of requests meet only those that can be read; the call ends at the first other one."""

    async def readable(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for request in requests:
            _readable(request)
            yield request

    return lambda requests, call: function(readable(requests), call)


def _run(function: Callable[..., Any], request: object, call: Call) -> Any:
    """Run a sync method in its thread; a future can carry any error but StopIteration, which would leave the caller waiting for ever."""
    try:
        return function(request, call)
    except StopIteration as error:
        raise RuntimeError("a method let a StopIteration escape") from error


def _serialize(message: Message | bytes) -> bytes:
    """Pass bytes through: an answer that was serialised for its digest is not serialised again."""
    return message if isinstance(message, bytes) else message.SerializeToString()


def _unary(function: Callable[..., Any], path: str, gate: Gate) -> Callable[[Any, Any], Awaitable[Any]]:
    is_async = inspect.iscoroutinefunction(function)

    async def handle(request: Any, context: Any) -> Any:
        call: Call | None = None
        try:
            call = gate.call(path, context)
            gate.admit(call)
            # Only now: whether its bytes can be read is no answer for a caller who may not call at all.
            _readable(request)
            if is_async:
                answer = await function(request, call)
            else:
                answer = await asyncio.get_running_loop().run_in_executor(gate.threads, _run, function, request, call)
        except Exception as error:  # not BaseException: a cancelled call has nobody to answer
            await _abort(context, gate, call, path, error)
            raise
        if call.trailers:
            context.set_trailing_metadata(tuple(call.trailers))
        return answer

    return handle


def _streaming(function: Callable[..., Any], path: str, gate: Gate) -> Callable[[Any, Any], AsyncIterator[Any]]:
    async def handle(request: Any, context: Any) -> AsyncIterator[Any]:
        call: Call | None = None
        try:
            call = gate.call(path, context)
            gate.admit(call)
            _readable(request)
            answers = function(request, call)
            stream: AsyncGenerator[Any, None] = answers if hasattr(answers, "__aiter__") else _in_threads(answers, gate.threads)
            async with aclosing(_while_let_in(stream, gate, context) if gate.port is Port.MEMBERS else stream) as open_stream:
                async for answer in open_stream:
                    yield answer
        except Exception as error:
            await _abort(context, gate, call, path, error)
            raise

    return handle


async def _while_let_in(answers: AsyncIterator[_T], gate: Gate, context: Any) -> AsyncGenerator[_T, None]:
    """Yield the answers of a stream for as long as its caller is let in: a certificate may be revoked, or end, while the stream is open."""
    end = object()
    pending: asyncio.Future[Any] = asyncio.ensure_future(_following(answers, end))
    try:
        while True:
            # A stream that says nothing for hours is looked at too.
            await asyncio.wait({pending}, timeout=LOOK)
            gate.caller(context)
            if not pending.done():
                continue
            if (answer := pending.result()) is end:
                return
            yield answer
            pending = asyncio.ensure_future(_following(answers, end))
    finally:
        pending.cancel()
        await asyncio.wait({pending})


async def _following(answers: AsyncIterator[_T], end: object) -> Any:
    return await anext(answers, end)


async def _in_threads(answers: Iterator[_T], threads: Executor) -> AsyncGenerator[_T, None]:
    loop = asyncio.get_running_loop()
    end = object()
    # `end` in the place of StopIteration, which no future can carry. Each item may come from another thread.
    while (answer := await loop.run_in_executor(threads, next, answers, end)) is not end:
        yield cast("_T", answer)


async def _abort(context: Any, gate: Gate, call: Call | None, path: str, error: Exception) -> None:
    """End the call with a rich status; the text of an unknown error stays here."""
    if isinstance(error, grpc.aio.AbortError | asyncio.CancelledError):
        return
    if not isinstance(error, ShuniuError):
        log.error("internal error in %s", path, exc_info=error)
        error = INTERNAL()
    else:
        error = await _written_down(gate, call, error)
    if call is not None and call.trailers:
        context.set_trailing_metadata(tuple(call.trailers))
    # This raises AbortError and sends the trailers, which therefore had to be set before.
    await context.abort_with_status(rpc_status.to_status(status_of(error)))


async def _written_down(gate: Gate, call: Call | None, error: ShuniuError) -> ShuniuError:
    """Give the error to the book of refusals; return what the caller is to hear, which is another error when it could not be written."""
    try:
        await gate.refused(call, error)
    except ShuniuError as worse:
        return worse
    except Exception:  # gRPC would tell the caller the text of anything that leaves the handler
        log.exception("a refusal could not be written down")
        return INTERNAL()
    return error


def status_of(error: ShuniuError) -> Any:
    """Return the google.rpc.Status of an error: ErrorInfo, LocalizedMessage, and the detail its kind calls for (AIP-193)."""
    code = grpc.StatusCode[error.grpc_status]
    metadata = {name: _cut(value, LONGEST_FACT) for name, value in error.facts.items()}
    if error.next_action:
        metadata["next_action"] = _cut(error.next_action, LONGEST_FACT * 2)
        metadata["next_action_zh"] = _cut(error.next_action_zh, LONGEST_FACT * 2)
    details: list[Message] = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=metadata),
        error_details_pb2.LocalizedMessage(locale="zh-CN", message=_cut(error.zh, LONGEST_TEXT)),
    ]
    if error.field:
        violation = error_details_pb2.BadRequest.FieldViolation(field=error.field, description=_cut(error.message, LONGEST_FACT))
        details.append(error_details_pb2.BadRequest(field_violations=[violation]))
    if isinstance(error, MissingGrantError):
        missing = error_details_pb2.PreconditionFailure.Violation(
            type="GRANT", subject=error.facts.get("grant", "")[:LONGEST_FACT], description=_cut(error.message, LONGEST_FACT)
        )
        details.append(error_details_pb2.PreconditionFailure(violations=[missing]))
    if error.retry_after > 0:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(int(error.retry_after * 1000))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    text = f"{error.message}; {error.next_action}" if error.next_action else error.message
    return status_pb2.Status(code=code.value[0], message=_cut(text, LONGEST_TEXT), details=[_pack(detail) for detail in details])


def _cut(text: str, most: int) -> str:
    data = text.encode("utf-8", "replace")
    return text if len(data) <= most else data[: most - 3].decode("utf-8", "ignore") + "…"  # 3: the bytes of the dots; half a character goes


def _pack(detail: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed
