"""A bare server behind the gate: any servicer, any caller, on a real loopback port without TLS."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio
from google.protobuf import message_factory
from google.protobuf.descriptor import ServiceDescriptor

from hub.access import ANYBODY, Port
from hub.errors import ShuniuError
from hub.limits import Limits
from hub.rpc import SERVER_OPTIONS, Call, Gate, Share, mount
from hub.shares import MembersShare, StrangersShare
from hub.strangers import Activity, Strangers
from hub.threads import Threads
from hub.writing import WriteShare
from shuniu.steady import SteadyServer


@dataclass
class Book:
    """What the gate wrote down; told to fail, it does."""

    written: list[tuple[str, str]] = field(default_factory=list)
    failure: Exception | None = None

    async def write(self, call: Call | None, error: ShuniuError) -> None:
        if self.failure is not None:
            raise self.failure
        self.written.append((call.method if call else "", error.reason))


def share_of(port: Port, threads: Executor, places: int = 4) -> Share:
    """Return the share of a door's callers, with limits that no test meets unless it wants to."""
    if port is Port.MEMBERS:
        return MembersShare(Threads(threads, places), Activity(), WriteShare(Limits()))
    return StrangersShare(threads, Strangers(Limits(strangers_at_once=places), Activity()), lambda _peer: None)


@contextmanager
def served(
    service: ServiceDescriptor,
    servicer: object,
    book: Book | None = None,
    identify: Callable[[bytes], Any] | None = None,
    share: Share | None = None,
) -> Iterator[Any]:
    """Serve behind the public gate; give a function that calls an rpc by name."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    threads = ThreadPoolExecutor(4)

    async def start() -> tuple[SteadyServer, int]:
        server = SteadyServer(SERVER_OPTIONS)
        mount(
            server,
            servicer,
            service,
            Gate(Port.PUBLIC, identify or (lambda _pem: ANYBODY), share or share_of(Port.PUBLIC, threads), (book or Book()).write),
        )
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        return server, port

    server, port = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=(("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)))
    try:
        yield Caller(channel, service)
    finally:
        channel.close()
        asyncio.run_coroutine_threadsafe(server.stop(0), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
        threads.shutdown()


@dataclass(frozen=True)
class Caller:
    """Calls by the method's name; an answer or a grpc.RpcError."""

    channel: grpc.Channel
    service: ServiceDescriptor

    def __call__(self, method: str, request: Any, timeout: float = 5) -> Any:
        found = self.service.methods_by_name[method]
        path = f"/{self.service.full_name}/{method}"
        wires: dict[str, Any] = {
            "request_serializer": lambda one: one if isinstance(one, bytes) else one.SerializeToString(),
            "response_deserializer": message_factory.GetMessageClass(found.output_type).FromString,
        }
        if found.server_streaming:
            return list(self.channel.unary_stream(path, **wires)(request, timeout=timeout))
        return self.channel.unary_unary(path, **wires)(request, timeout=timeout)
