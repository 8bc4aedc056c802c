"""A gRPC server that no single request can end.

grpcio's asyncio server reads the path of every call in the one loop that takes calls, as UTF-8. A path that is none ends that loop, and with
it the port, for everybody and until the process is started again (grpcio 1.85; anybody can send one who passes TLS). Here methods are
registered with gRPC's core, which compares their paths as bytes, and whatever else is called is answered UNIMPLEMENTED without being read.

This rests on inner parts of grpcio, so the release is pinned and a test sends such calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import grpc
import grpc.aio
from grpc._cython import cygrpc
from grpc.aio import _server as inner

OTHER: Final = "/"
"""The name under which calls of methods that are not offered are answered."""


class SteadyServer(inner.Server):
    """A server of `grpc.aio`, with another way of taking calls. Made inside an event loop."""

    def __init__(self, options: Sequence[tuple[str, Any]], most: int | None = None) -> None:
        """Take gRPC's options and how many calls may be under way, beyond which RESOURCE_EXHAUSTED is the answer."""
        # Not the constructor above: it would make a second server in gRPC's core.
        self._loop = asyncio.get_running_loop()
        self._server = _Core(self._loop, tuple(options), most)

    def offer(self, service: str, handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]) -> None:
        """Offer the methods of a service, given by their names."""
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
