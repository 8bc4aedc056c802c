"""A gRPC server that no single request can end.

From release 1.84 on, grpcio's asyncio server reads the path of every call in the one loop that takes calls, as UTF-8. A path that is none ends
that loop, and with it the port, for everybody and until the process is started again; anybody can send one who passes TLS. Here methods are
registered with gRPC's core, which compares their paths as bytes, and whatever else is called is answered UNIMPLEMENTED without being read.

This rests on inner parts of grpcio. Releases before 1.84 have neither the parts nor the fault (each call reads its own path): there gRPC's own
server serves. So it does where a later release has other parts, which is told in the log: whether such a path ends it is not known then, and
what stands before it is TLS, by which a provider lets in certificates of its hub's CA alone. The hub's release is pinned. Tests send such calls
to each release that is supported.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import grpc
import grpc.aio
from grpc._cython import cygrpc
from grpc.aio import _server as inner

log = logging.getLogger(__name__)
_PARTS: Final = (
    (cygrpc, ("_MethodResolver", "_RequestCallError", "_handle_rpc", "_schedule_rpc_coro")),
    (cygrpc.AioServer, ("_make_request_call_future", "_request_call", "_request_registered_call", "add_registered_method_handlers")),
)
_ARGUMENTS: Final = {
    "_handle_rpc": ["method_name", "method_resolver", "interceptors", "rpc_state", "loop", "concurrency_exceeded"],
    "_schedule_rpc_coro": ["rpc_coro", "rpc_state", "loop", "method_name"],
}
_BEFORE: Final = (1, 84)
"""The first release that reads paths in the loop."""
OTHER: Final = "/"
"""The name under which calls of methods that are not offered are answered."""


def has_parts() -> bool:
    """Tell whether this release of grpcio has the inner parts on which the other way of taking calls rests."""
    if not all(hasattr(owner, name) for owner, names in _PARTS for name in names):
        return False
    return all(list(inspect.signature(getattr(cygrpc, name)).parameters) == names for name, names in _ARGUMENTS.items())


class SteadyServer(inner.Server):
    """A server of `grpc.aio`, with another way of taking calls. Made inside an event loop."""

    def __init__(self, options: Sequence[tuple[str, Any]], most: int | None = None) -> None:
        """Take gRPC's options and how many calls may be under way, beyond which RESOURCE_EXHAUSTED is the answer."""
        self._has_parts = has_parts()
        if not self._has_parts:
            if tuple(map(int, grpc.__version__.split(".")[:2])) >= _BEFORE:
                log.warning(
                    "this release of grpcio is not known to us: one call with a malformed path may end the port; its versions are in the guide"
                )
            # its own limit is not used: a call that is given up keeps its place for ever there
            super().__init__(None, (), (), tuple(options), None, None)
            self._room = _Room(most)
            return
        # Not the constructor above: it would make a second server in gRPC's core.
        self._loop = asyncio.get_running_loop()
        self._server = _Core(self._loop, tuple(options), most)

    def offer(self, service: str, handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]) -> None:
        """Offer the methods of a service, given by their names."""
        if not self._has_parts:
            limited = {name: self._room.limited(handler) for name, handler in handlers.items()}
            self.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, limited),))
            return
        self._server.paths |= {f"/{service}/{name}": handler for name, handler in handlers.items()}
        self.add_registered_method_handlers(service, dict(handlers))


class _Core(cygrpc.AioServer):  # type: ignore[misc]  # grpcio has no types for what is in C
    """The inner server: for each method, and for all others together, a task takes its calls and begins them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, options: tuple[tuple[str, Any], ...], most: int | None) -> None:
        super().__init__(loop, None, (), None, options, None)
        self.paths: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
        self._resolver = cygrpc._MethodResolver([], self.paths)  # noqa: SLF001
        self._events = loop
        self._most = most
        self._calls: set[asyncio.Task[None]] = set()

    def _make_request_call_future(self, path: bytes | None) -> asyncio.Task[None]:
        """Return what the loop above waits for. It gets no call from us: it ends, by an error that it knows, when the server is stopped."""
        task = self._events.create_task(self._take(path))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def _take(self, path: bytes | None) -> None:
        name = OTHER if path is None else path.decode()
        while True:
            try:
                call = await (self._request_call() if path is None else self._request_registered_call(path))
            except cygrpc._RequestCallError:  # noqa: SLF001 - it has no other name
                if not self.is_running():
                    raise
                continue
            self._begin(name, call)

    def _begin(self, name: str, call: Any) -> None:
        is_too_many = self._most is not None and len(self._calls) >= self._most
        running = cygrpc._handle_rpc(name, self._resolver, (), call, self._events, is_too_many)  # noqa: SLF001
        task = self._events.create_task(cygrpc._schedule_rpc_coro(running, call, self._events, name))  # noqa: SLF001
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)


class _Room:
    """So many calls may be under way at gRPC's own server."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._used = 0

    def limited(self, handler: Any) -> grpc.RpcMethodHandler[Any, Any]:
        """Return a handler that counts its calls, and refuses those for which there is no room."""
        kind = f"{'stream' if handler.request_streaming else 'unary'}_{'stream' if handler.response_streaming else 'unary'}"
        function = getattr(handler, kind)

        async def one(request: Any, context: Any) -> Any:
            async with self._place(context):
                return await function(request, context)

        async def many(request: Any, context: Any) -> AsyncIterator[Any]:
            async with self._place(context):
                async for answer in function(request, context):
                    yield answer

        make: Any = getattr(grpc, f"{kind}_rpc_method_handler")
        counted = many if inspect.isasyncgenfunction(function) else one
        made: grpc.RpcMethodHandler[Any, Any] = make(counted, handler.request_deserializer, handler.response_serializer)
        return made

    @asynccontextmanager
    async def _place(self, context: Any) -> AsyncIterator[None]:
        if self._most is not None and self._used >= self._most:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many calls are under way")
        self._used += 1
        try:
            yield
        finally:
            self._used -= 1
