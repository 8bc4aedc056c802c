"""No single call ends a server: neither a path that is no text, nor one of nothing that is offered, nor a caller who leaves in the middle."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import grpc
import pytest

from shuniu.loops import new_loop, run_in
from shuniu.steady import SteadyServer

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04\x00" + bytes(4)
CANCEL = (4).to_bytes(3, "big") + b"\x03\x00" + (1).to_bytes(4, "big") + (8).to_bytes(4, "big")


def frame(kind: int, flags: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + (1).to_bytes(4, "big") + payload


def header(name: bytes, value: bytes) -> bytes:
    return bytes([0, len(name)]) + name + bytes([len(value)]) + value


def call(path: bytes, host: bytes = b"x", *more: tuple[bytes, bytes]) -> bytes:
    usual = ((b":method", b"POST"), (b":scheme", b"http"), (b":path", path), (b":authority", host), (b"te", b"trailers"))
    headers = (*usual, (b"content-type", b"application/grpc"), *more)
    return frame(1, 4, b"".join(header(*one) for one in headers)) + frame(0, 1, bytes(5))


CALLS = {
    "a path that is no text": call(b"/\xff\xfe"),
    "a path that ends in half a character": call(b"/test.Echo/Say\xe4\xb8"),
    "a path with line ends": call(b"/x\n/y"),
    "the name of the others": call(b"/"),
    "no path": call(b""),
    "a host that is no text": call(b"/test.Echo/Say", b"\xff"),
    "a header that is no text": call(b"/test.Echo/Say", b"x", (b"k", b"\xff\xfe")),
    "half a call": frame(1, 4, header(b":path", b"/test.Echo/Say")),
    "a call that is given up": call(b"/test.Echo/Say") + CANCEL,
    "another that is given up": call(b"/\xff") + CANCEL,
}


def sent(port: int, data: bytes) -> None:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(PREFACE + data)
        connection.settimeout(0.2)
        while connection.recv(4096):
            pass


async def echo(request: bytes, _context: Any) -> bytes:
    return request


async def slow(request: bytes, _context: Any) -> bytes:
    await asyncio.sleep(30)
    return request


@asynccontextmanager
async def served(most: int | None = None) -> AsyncIterator[tuple[SteadyServer, int, Any]]:
    server = SteadyServer((("grpc.so_reuseport", 0),), most)
    server.offer("test.Echo", {"Say": grpc.unary_unary_rpc_method_handler(echo), "Wait": grpc.unary_unary_rpc_method_handler(slow)})
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield server, port, channel
    await asyncio.wait_for(server.stop(0.1), 5)


Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=[asyncio.new_event_loop, new_loop], ids=["asyncio", "ours"])
def run(request: pytest.FixtureRequest) -> Run:
    return lambda story: run_in(request.param(), story)


def test_whatever_is_called_the_server_serves_on(run: Run):
    lost: list[Any] = []

    async def story() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, told: lost.append(told))
        async with served() as (server, port, channel):
            say = channel.unary_unary("/test.Echo/Say")
            for name, data in CALLS.items():
                for _ in range(3):
                    await asyncio.to_thread(sent, port, data)
                assert await say(b"here", timeout=5) == b"here", name
            assert server._server.is_running()
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await channel.unary_unary("/test.Echo/Unknown")(b"", timeout=5)
            assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED

    run(story())
    assert lost == []


def test_calls_beyond_the_most_are_refused_and_those_under_way_are_not(run: Run):
    async def story() -> None:
        async with served(most=2) as (_server, _port, channel):
            waiting = [asyncio.ensure_future(channel.unary_unary("/test.Echo/Wait")(b"", timeout=20)) for _ in range(2)]
            await asyncio.sleep(0.2)
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await channel.unary_unary("/test.Echo/Say")(b"", timeout=5)
            assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert not any(one.done() for one in waiting)
            waiting[0].cancel()
            await asyncio.sleep(0.2)
            assert await channel.unary_unary("/test.Echo/Say")(b"here", timeout=5) == b"here"
            waiting[1].cancel()

    run(story())


def test_a_server_that_stops_gives_calls_under_way_their_time(run: Run):
    async def story() -> None:
        async with served() as (server, _port, channel):
            waiting = asyncio.ensure_future(channel.unary_unary("/test.Echo/Wait")(b"", timeout=20))
            await asyncio.sleep(0.2)
            stopping = asyncio.ensure_future(server.stop(0.5))
            await asyncio.sleep(0.2)
            assert not waiting.done()
            await asyncio.wait_for(stopping, 3)
            with pytest.raises(grpc.aio.AioRpcError):
                await waiting

    run(story())
