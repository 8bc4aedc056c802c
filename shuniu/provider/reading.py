"""Requests whose bytes are no message, at every rpc of a provider: refused in words, where gRPC would answer INTERNAL and write a traceback.

Any member of the hub may open a connection here, so it must not be able to fill a department's log.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import AsyncIterator, Callable
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Any, Final, NamedTuple, NoReturn

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message

from shuniu.errors import DETAILS, FetchError, status_bytes
from shuniu.v1.provider_pb2 import FetchManyRequest, FetchRequest, ProviderCheckRequest

MOST_QUESTIONS: Final = 16
"""Fetches of one FetchMany."""


def reader(message: type[Message]) -> Callable[[bytes], Message | None]:
    """Return what reads a request: None for bytes that are none."""

    def read(data: bytes) -> Message | None:
        try:
            return message.FromString(data)
        except DecodeError:
            return None

    return read


class Question(NamedTuple):
    """A fetch as it came: the message, and the SHA-256 of its bytes, which the answer repeats."""

    message: FetchRequest
    digest: bytes


def read_question(data: bytes) -> Question | None:
    """Return a fetch, None for bytes that are none."""
    try:
        return Question(FetchRequest.FromString(data), hashlib.sha256(data).digest())
    except DecodeError:
        return None


class CheckQuestion(NamedTuple):
    """A question about a subject as it came, and the SHA-256 of its bytes."""

    message: ProviderCheckRequest
    digest: bytes


def read_check(data: bytes) -> CheckQuestion | None:
    """Return a question about a subject, None for bytes that are none."""
    try:
        return CheckQuestion(ProviderCheckRequest.FromString(data), hashlib.sha256(data).digest())
    except DecodeError:
        return None


def read_questions(data: bytes) -> list[Question | None] | None:
    """Return several fetches, each None for bytes that are none; None where the whole is none, or more than may be asked at once."""
    try:
        asked = FetchManyRequest.FromString(data).questions
    except DecodeError:
        return None
    return [read_question(one) for one in asked] if len(asked) <= MOST_QUESTIONS else None


def check(request: object) -> None:
    """Raise FetchError for a request that could not be read."""
    if request is None:
        raise FetchError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "INVALID_INPUT",
            "the request cannot be read as a message of this rpc",
            message_zh="请求内容无法解析",
            next_action="use the protos of the hub's version",
            next_action_zh="请使用与枢纽版本一致的接口定义",
        )


async def refuse(context: Any, failure: FetchError) -> NoReturn:
    """End a call with an error of ours."""
    # gRPC keeps the error of an aborted call in a circle with the call: the rows in its frames would stay until Python looks for circles.
    traceback.clear_frames(failure.__traceback__)
    await context.abort(failure.code, str(failure), ((DETAILS, status_bytes(failure)),))
    # `abort` has raised already; this says so to the type checker
    raise failure


def handlers_of(service: ServiceDescriptor, servicer: object) -> dict[str, grpc.RpcMethodHandler[Any, Any]]:
    """Return the handlers of a service that a library serves (health, reflection), which meet only requests that can be read."""
    served = {method: getattr(servicer, method.name) for method in service.methods}
    # What a library's servicer only inherits raises NotImplementedError: without a handler gRPC says so itself, and writes nothing.
    return {method.name: _handler(method, one) for method, one in served.items() if iscoroutinefunction(one) or isasyncgenfunction(one)}


def _handler(method: MethodDescriptor, function: Callable[..., Any]) -> grpc.RpcMethodHandler[Any, Any]:
    wires: dict[str, Any] = {
        "request_deserializer": reader(message_factory.GetMessageClass(method.input_type)),
        "response_serializer": lambda message: message.SerializeToString(),
    }

    async def one(request: Any, context: Any) -> Any:
        try:
            check(request)
        except FetchError as failure:
            await refuse(context, failure)
        return await function(request, context)

    async def many(requests: Any, context: Any) -> AsyncIterator[Any]:
        try:
            async for answer in function(_readable(requests), context):
                yield answer
        except FetchError as failure:
            await refuse(context, failure)

    if method.client_streaming:
        return grpc.stream_stream_rpc_method_handler(many, **wires)
    if method.server_streaming:
        return grpc.unary_stream_rpc_method_handler(one, **wires)  # health's Watch writes its answers to the context
    return grpc.unary_unary_rpc_method_handler(one, **wires)


async def _readable(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for request in requests:
        check(request)
        yield request
