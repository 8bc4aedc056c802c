"""Channels whose calls have a default deadline and fail with `ShuniuCallError`: the one place where gRPC's manners become the SDK's.

A thin channel around the real one, not interceptors: asyncio interceptors start a task per call, and cannot translate what `await` raises.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any, cast

import grpc
import grpc.aio

from shuniu.errors import ShuniuCallError, call_error

Explain = Callable[[ShuniuCallError], ShuniuCallError]
"""What makes a better account of a call that failed."""


def as_it_is(error: ShuniuCallError) -> ShuniuCallError:
    """Return the account that gRPC gives."""
    return error


class _Callable:
    """One method of one channel; a timeout that the caller gives wins over the default."""

    __slots__ = ("_deadline", "_explain", "_inner")

    def __init__(self, inner: Any, deadline: float, explain: Explain) -> None:
        self._inner = inner
        self._deadline = deadline
        self._explain = explain

    def _timeout(self, timeout: float | None) -> float:
        return self._deadline if timeout is None else timeout


class _Future:
    """A call under way in the background; everything but its result is gRPC's."""

    __slots__ = ("_explain", "_inner")

    def __init__(self, inner: Any, explain: Explain) -> None:
        self._inner = inner
        self._explain = explain

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def result(self, timeout: float | None = None) -> Any:
        """Return the answer, or raise ShuniuCallError."""
        try:
            return self._inner.result(timeout)
        except grpc.RpcError as error:
            raise self._explain(call_error(error)) from error


class _Unary(_Callable):
    __slots__ = ()

    def __call__(self, request: Any, timeout: float | None = None, **options: Any) -> Any:
        return self.with_call(request, timeout, **options)[0]

    def with_call(self, request: Any, timeout: float | None = None, **options: Any) -> tuple[Any, Any]:
        """Return the answer and the call, which knows the trailers."""
        try:
            answer, call = self._inner.with_call(request, timeout=self._timeout(timeout), **options)
        except grpc.RpcError as error:
            raise self._explain(call_error(error)) from error
        return answer, call

    def future(self, request: Any, timeout: float | None = None, **options: Any) -> _Future:
        """Start the call and return at once."""
        return _Future(self._inner.future(request, timeout=self._timeout(timeout), **options), self._explain)


class _Stream(_Callable):
    __slots__ = ()

    # a generator: the call begins when the first answer is asked for
    def __call__(self, request: Any, timeout: float | None = None, **options: Any) -> Iterator[Any]:
        call = self._inner(request, timeout=self._timeout(timeout), **options)
        try:
            yield from call
        except grpc.RpcError as error:
            raise self._explain(call_error(error)) from error
        finally:
            call.cancel()  # of a call that has ended it does nothing; whoever takes no more answers waits for none


class _AsyncCall:
    """A call to await; everything but its result is gRPC's."""

    __slots__ = ("_explain", "_inner")

    def __init__(self, inner: Any, explain: Explain) -> None:
        self._inner = inner
        self._explain = explain

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __await__(self) -> Generator[Any, None, Any]:
        inner: Awaitable[Any] = self._inner
        try:
            return (yield from inner.__await__())
        except grpc.aio.AioRpcError as error:
            raise (yield from _explained(self._explain, error).__await__()) from error


class _AsyncUnary(_Callable):
    __slots__ = ()

    def __call__(self, request: Any, *, timeout: float | None = None, **options: Any) -> _AsyncCall:
        return _AsyncCall(self._inner(request, timeout=self._timeout(timeout), **options), self._explain)


class _AsyncStream(_Callable):
    __slots__ = ()

    async def __call__(self, request: Any, *, timeout: float | None = None, **options: Any) -> AsyncIterator[Any]:
        call = self._inner(request, timeout=self._timeout(timeout), **options)
        try:
            async for answer in call:
                yield answer
        except grpc.aio.AioRpcError as error:
            raise await _explained(self._explain, error) from error
        finally:
            call.cancel()


async def _explained(explain: Explain, error: grpc.aio.AioRpcError) -> ShuniuCallError:
    """Return a failed call in the SDK's words; in a thread where that may mean a look at the other side's certificate."""
    failed = call_error(error)
    return await asyncio.to_thread(explain, failed) if failed.code is grpc.StatusCode.UNAVAILABLE else failed


class _Channel:
    """What a generated stub asks a channel for; the hub's services have no stream of requests with one answer."""

    __slots__ = ("_channel", "_deadline", "_explain", "_stream", "_unary")

    def __init__(self, channel: Any, deadline: float, explain: Explain, unary: type[_Callable], stream: type[_Callable]) -> None:
        self._channel = channel
        self._deadline = deadline
        self._explain = explain
        self._unary = unary
        self._stream = stream

    def unary_unary(self, *method: Any, **options: Any) -> _Callable:
        """Return a method with one answer."""
        return self._wrap(self._channel.unary_unary, self._unary, *method, **options)

    def unary_stream(self, *method: Any, **options: Any) -> _Callable:
        """Return a method with many answers."""
        return self._wrap(self._channel.unary_stream, self._stream, *method, **options)

    def stream_stream(self, *method: Any, **options: Any) -> _Callable:
        """Return a method with many requests, given one by one, and many answers."""
        return self._wrap(self._channel.stream_stream, self._stream, *method, **options)

    def _wrap(self, make: Callable[..., Any], kind: type[_Callable], *method: Any, **options: Any) -> _Callable:
        return kind(make(*method, **options), self._deadline, self._explain)


def with_manners(channel: grpc.Channel, deadline: float, explain: Explain) -> grpc.Channel:
    """Return a channel for stubs: calls without a timeout get `deadline` seconds, failures are ShuniuCallError, as `explain` tells them."""
    return cast("grpc.Channel", _Channel(channel, deadline, explain, _Unary, _Stream))


def with_async_manners(channel: grpc.aio.Channel, deadline: float, explain: Explain) -> grpc.aio.Channel:
    """Return the same for asyncio."""
    return cast("grpc.aio.Channel", _Channel(channel, deadline, explain, _AsyncUnary, _AsyncStream))
