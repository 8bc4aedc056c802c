"""The gRPC gate: identify, admit, run, translate errors. Every rpc of the hub passes through `mount`.

Servicer methods know no gRPC: they take a message and a `Call`, return a message (or yield messages) and raise `ShuniuError`.
A plain `def` runs in a thread, an `async def` in the event loop, each in the turn that the door's share gives it (`hub.shares`).
"""

import asyncio
import logging
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol

import grpc
import grpc.aio
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from grpc_status import rpc_status

from hub.access import ANYBODY, Caller, Port, admit
from hub.errors import ShuniuError
from hub.open_streams import of_whom_is_let_in, while_let_in
from hub.reasons import DEADLINE_REQUIRED, INTERNAL, REQUEST_UNREADABLE
from hub.status import status_of
from hub.strangers import Place
from shuniu.steady import SteadyServer

log = logging.getLogger(__name__)
MAX_MESSAGE: Final = 4 * 1024 * 1024
DECISION: Final = "shuniu-decision"
"""Trailer: the resource name of the decision on a call, decisions/{index of its record}; of one that was answered, and of a refusal on the log."""
FOREVER: Final = 10_000_000.0  # seconds, about 115 days: so distant a deadline limits nothing and counts as none

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
    peer: str = ""
    """The other end of a stranger's connection, as gRPC names it; a member is known by its certificate."""
    place: Place | None = None
    """The place in which a stranger's stream works."""

    def rest(self) -> None:
        """Leave the place of a stranger's stream: from here on the method waits, and works no more until it has another."""
        if self.place is not None:
            self.place.leave()


Identify = Callable[[bytes], Caller]
Refused = Callable[[Call | None, ShuniuError], Awaitable[None]]
"""Writes an error down; without a call, the certificate did not hold."""
Function = Callable[..., Any]
"""A servicer's method."""
Read = Callable[[Any], Any]
"""Returns the request of what the wire brought, or raises InvalidInputError."""
Run = Callable[[Any, Call], Awaitable[Any]]
Opening = Callable[[Any, Call], AsyncGenerator[Any, None]]
Check = Callable[[str, MethodDescriptor, Function], Function]
"""Puts a check before a servicer's method: its path, its descriptor and the method in, the method behind the check out."""


class Share(Protocol):
    """In whose turn the methods behind a door are run."""

    @property
    def late(self) -> bool:
        """Tell whether a request stays bytes until it has its turn."""

    def admitted(self) -> None:
        """Take note that a call was admitted."""

    async def turned_away(self) -> None:
        """Wait before a caller hears that the call is not admitted."""

    def method(self, function: Function, read: Read) -> Run:
        """Return how a method of one request and one answer is run."""

    def stream(self, function: Function, read: Read, *, many: bool) -> Opening:
        """Return how a stream is opened; `many` tells that the requests are a stream too."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands before every rpc of one port: who is it (certificate PEM in, caller out), in whose turn it runs, a book of refusals.

    `checks` look at the request of whoever is admitted, the first one first, in the thread and the turn of the method itself.
    """

    port: Port
    identify: Identify
    share: Share
    refused: Refused
    checks: tuple[Check, ...] = ()

    def call(self, method: str, context: Any) -> Call:
        """Return the call with its caller, not yet admitted; raise NotSignedInError where a certificate does not hold."""
        left = context.time_remaining()
        call = Call(self.caller(context), method, None if left is None or left > FOREVER else left)
        if self.port is Port.PUBLIC:
            call.peer = context.peer()
        return call

    def caller(self, context: Any) -> Caller:
        """Return who calls, at this moment; raise NotSignedInError where a certificate does not hold."""
        return self.look_at(context)()

    def look_at(self, context: Any) -> Callable[[], Caller]:
        """Return what tells who calls at each moment that it is asked, for a stream: to read the certificate again and again costs 20 us a time."""
        if self.port is not Port.MEMBERS:
            return _nobody
        # TLS demands one at this port (`hub.doors`). Were there none, the access table would refuse ANYBODY.
        certificates = context.auth_context().get("x509_pem_cert")
        return partial(self.identify, certificates[0]) if certificates else _nobody

    def admit(self, call: Call) -> None:
        """Let the call in by the access table; raise NotAllowedError, NotSignedInError or InvalidInputError (no deadline)."""
        row = admit(call.method, self.port, call.caller)
        if row.deadline and call.time_left is None:
            raise DEADLINE_REQUIRED(field="deadline")
        call.admitted = True
        self.share.admitted()


def _nobody() -> Caller:
    return ANYBODY


def mount(server: SteadyServer, servicer: object, service: ServiceDescriptor, gate: Gate) -> None:
    """Offer every method of `service` by the method of the same name on `servicer`; a missing one stops the start."""
    handlers: dict[str, Any] = {}
    for method in service.methods:
        path = f"/{service.full_name}/{method.name}"
        handlers[method.name] = _handler(method, behind(gate.checks, path, method, getattr(servicer, method.name)), path, gate)
    server.offer(service.full_name, handlers)


def behind(checks: tuple[Check, ...], path: str, method: MethodDescriptor, function: Function) -> Function:
    """Return a servicer's method behind checks, of which the first is met first."""
    for check in reversed(checks):
        function = check(path, method, function)
    return function


def _handler(method: MethodDescriptor, function: Function, path: str, gate: Gate) -> Any:
    parse = _parser(message_factory.GetMessageClass(method.input_type))
    read: Read = (lambda data: _readable(parse(data))) if gate.share.late else _readable
    wires: dict[str, Any] = {"request_deserializer": None if gate.share.late else parse, "response_serializer": _serialize}
    if method.client_streaming:
        return grpc.stream_stream_rpc_method_handler(_streaming(gate.share.stream(function, read, many=True), path, gate, many=True), **wires)
    if method.server_streaming:
        return grpc.unary_stream_rpc_method_handler(_streaming(gate.share.stream(function, read, many=False), path, gate, many=False), **wires)
    return grpc.unary_unary_rpc_method_handler(_unary(gate.share.method(function, read), path, gate), **wires)


def _parser(message: type[Message]) -> Callable[[bytes], Message | None]:
    """Return what parses a request: None for bytes that are none, which the gate refuses in its own words once the caller is admitted."""

    def parse(data: bytes) -> Message | None:
        try:
            return message.FromString(data)
        except DecodeError:
            return None

    return parse


def _readable(request: Any) -> Any:
    if request is None:
        raise REQUEST_UNREADABLE()
    return request


def _serialize(message: Message | bytes) -> bytes:
    """Pass bytes through: an answer that was serialised for its digest is not serialised again."""
    return message if isinstance(message, bytes) else message.SerializeToString()


def _unary(run: Run, path: str, gate: Gate) -> Callable[[Any, Any], Awaitable[Any]]:
    async def handle(request: Any, context: Any) -> Any:
        call: Call | None = None
        try:
            call = gate.call(path, context)
            gate.admit(call)
            # Only now: whether its bytes can be read is no answer for a caller who may not call at all.
            _readable(request)
            answer = await run(request, call)
        except Exception as error:  # not BaseException: a cancelled call has nobody to answer
            await _abort(context, gate, call, path, error)
            raise
        if call.trailers:
            context.set_trailing_metadata(tuple(call.trailers))
        return answer

    return handle


def _streaming(opening: Opening, path: str, gate: Gate, *, many: bool) -> Callable[[Any, Any], AsyncIterator[Any]]:
    async def handle(request: Any, context: Any) -> AsyncIterator[Any]:
        call: Call | None = None
        try:
            call = gate.call(path, context)
            gate.admit(call)
            watched = gate.port is Port.MEMBERS
            look = gate.look_at(context)
            requests = of_whom_is_let_in(request, look) if many and watched else request
            # both are closed here: what a stream has under way ends with it, and not when the last reference to it goes
            async with aclosing(opening(requests, call)) as stream, aclosing(while_let_in(stream, look) if watched else stream) as answers:
                async for answer in answers:
                    yield answer
        except Exception as error:
            await _abort(context, gate, call, path, error)
            raise

    return handle


async def _abort(context: Any, gate: Gate, call: Call | None, path: str, error: Exception) -> None:
    """End the call with a rich status; the text of an unknown error stays here."""
    if isinstance(error, grpc.aio.AbortError | asyncio.CancelledError):
        return
    if not isinstance(error, ShuniuError):
        log.error("internal error in %s", path, exc_info=error)
        _empty(error)
        error = INTERNAL()
    else:
        _empty(error)
        if call is not None and not call.admitted:
            await gate.share.turned_away()
        error = await _written_down(gate, call, error)
    status = rpc_status.to_status(status_of(error))
    trailers = (*status.trailing_metadata, *(call.trailers if call else ()), *([(DECISION, error.decision)] if error.decision else ()))
    # This raises AbortError. The trailers go with it: those that were set before are dropped where the status has its own.
    await context.abort(status.code, status.details, trailers)


def _empty(error: BaseException | None) -> None:
    """Let go of what an error's frames still hold: what a call was given, and what a provider sent.

    gRPC keeps the error of a call that was aborted in a circle with the call itself, for as long as it takes Python to look for circles.
    """
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__context__


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
