"""At the doors of a running hub nobody pays for another: a stranger works in a place or not at all, a department's slow calls wait for each other."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import grpc.aio
import pytest
from grpc import StatusCode
from grpc_health.v1 import health_pb2

from hub.access import ACCESS, Port
from hub.strangers import SLOW_NO
from server import THREADS
from shuniu.v1 import identity_pb2
from tests.end_to_end.test_malformed import ended
from tests.hub.test_access import RPCS
from tests.world import CONSUMER, PROVIDER, World, called

PUBLIC = sorted(path for path, row in ACCESS.items() if Port.PUBLIC in row.ports)
WATCH = "/grpc.health.v1.Health/Watch"
CHECK = "/grpc.health.v1.Health/Check"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as started:
        started.member(CONSUMER)
        started.member(PROVIDER)
        yield started


def quiet(world: World) -> None:
    """Have the last call of a department be long ago: one address may then have many waiting."""
    world.hub.activity.last -= 10


@pytest.fixture
def taken(world: World) -> Iterator[Any]:
    """All places of strangers are held; what is given frees them."""
    turns = world.hub.strangers.turns

    async def take() -> list[str]:
        held = [f"192.0.2.{number}" for number in range(world.config.limits.strangers_at_once)]
        for party in held:
            await turns.take(party)
        return held

    held = world.run(take())
    quiet(world)

    async def free() -> None:
        while held:
            turns.give(held.pop())

    yield lambda: world.run(free())
    world.run(free())


def code_of(world: World, path: str, seconds: float) -> StatusCode:
    """Call a public rpc as a stranger with an empty request; return how it ended. A stream is read to its first answer."""
    method = RPCS[path]
    kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
    with world.public as stranger:
        call = getattr(stranger.channel, kind)(path)
        try:
            answer = call(iter([b""]) if method.client_streaming else b"", timeout=seconds)
            if method.server_streaming:
                next(iter(answer), None)
                answer.cancel()
        except grpc.RpcError as error:
            known: Any = error
            return StatusCode(known.code())
    return StatusCode.OK


def test_no_public_rpc_does_anything_for_a_stranger_who_has_no_place(world: World, taken: Any):
    def how(path: str, seconds: float) -> StatusCode:
        return code_of(world, path, seconds)

    with ThreadPoolExecutor(len(PUBLIC)) as callers:
        waiting = dict(zip(PUBLIC, callers.map(lambda path: how(path, 1.0), PUBLIC), strict=True))
        assert {path for path, code in waiting.items() if code is not StatusCode.DEADLINE_EXCEEDED} == set()
        taken()
        served = dict(zip(PUBLIC, callers.map(lambda path: how(path, 10.0), PUBLIC), strict=True))
        assert {path for path, code in served.items() if code in {StatusCode.DEADLINE_EXCEEDED, StatusCode.RESOURCE_EXHAUSTED}} == set()
    assert len(PUBLIC) > 10


def test_a_stranger_who_finds_the_queue_full_hears_when_to_come_back_and_a_member_is_served(world: World, taken: Any):
    world.member(CONSUMER).do("WhoAmI")  # departments call: of one address an eighth of the queue waits
    waiting = world.config.limits.strangers_waiting // 8
    with world.public as stranger, ThreadPoolExecutor(waiting) as callers:
        check = stranger.channel.unary_unary(CHECK, response_deserializer=health_pb2.HealthCheckResponse.FromString)
        others = [callers.submit(lambda: check(b"", timeout=10)) for _ in range(waiting)]
        while world.hub.strangers.turns.waiting < waiting:
            threading.Event().wait(0.01)
        reply = called(stranger.channel, CHECK, health_pb2.HealthCheckRequest(), health_pb2.HealthCheckResponse, 10)
        assert (reply.code, reply.reason) == (StatusCode.RESOURCE_EXHAUSTED, "STRANGERS_BUSY")
        assert reply.error.retry_after > 0
        world.member(CONSUMER).do("WhoAmI")
        taken()
        assert {one.result(20).status for one in others} == {health_pb2.HealthCheckResponse.SERVING}


def test_whoever_watches_the_hub_s_health_keeps_nobody_from_a_place(world: World):
    quiet(world)
    with world.public as stranger:
        watch = stranger.channel.unary_stream(WATCH, response_deserializer=health_pb2.HealthCheckResponse.FromString)
        streams = [watch(b"", timeout=30) for _ in range(20)]
        assert {next(stream).status for stream in streams} == {health_pb2.HealthCheckResponse.SERVING}
        assert code_of(world, CHECK, 5.0) is StatusCode.OK
        assert world.hub.strangers.streams.used == 20
        for stream in streams:
            stream.cancel()
    assert ended(world.public.channel, CHECK, b"") is None


def test_what_is_not_offered_to_strangers_is_refused_as_slowly_as_what_is(world: World):
    began = time.monotonic()
    with world.public as stranger:
        reply = called(stranger.channel, "/shuniu.v1.IdentityService/WhoAmI", identity_pb2.WhoAmIRequest(), identity_pb2.System, 10)
    assert (reply.code, reply.reason) == (StatusCode.PERMISSION_DENIED, "NOT_ALLOWED")
    assert time.monotonic() - began >= SLOW_NO


def test_a_stranger_with_32_calls_at_a_time_on_one_connection_has_all_of_them_answered(world: World):
    quiet(world)

    async def calls() -> set[bytes]:
        credentials = grpc.ssl_channel_credentials(world.ca)
        async with grpc.aio.secure_channel(world.addresses["public"], credentials) as channel:
            verify: Any = channel.unary_unary("/shuniu.v1.LicenseService/VerifyCode")

            async def caller() -> set[bytes]:
                return {await verify(b"\x0a\x04abcd", timeout=20) for _ in range(60)}

            return set().union(*await asyncio.gather(*(caller() for _ in range(32))))

    assert len(asyncio.run(calls())) == 1


def test_bytes_that_strangers_hold_are_counted_and_what_is_beyond_is_refused_before_it_is_read(world: World, taken: Any):
    share = world.hub.strangers
    size = 3_500_000
    fit = share.body_bytes // size
    path = "/shuniu.v1.LicenseService/VerifyCode"
    with world.public as stranger, ThreadPoolExecutor(fit) as callers:
        verify = stranger.channel.unary_unary(path)
        body = b"\x0a" + b"\x80\xcf\xd5\x01" + bytes(size)  # a code of zeros, 3,500,000 of them
        others = [callers.submit(lambda: verify(body, timeout=4)) for _ in range(fit)]
        while share.turns.waiting < fit:
            threading.Event().wait(0.01)
        with pytest.raises(grpc.RpcError) as refused:
            verify(body, timeout=4)
        known: Any = refused.value
        assert known.code() is StatusCode.RESOURCE_EXHAUSTED
        taken()
        for one in others:
            one.exception(20)
    assert share.held_bytes == 0


@contextmanager
def slow(world: World, monkeypatch: pytest.MonkeyPatch, department: str) -> Iterator[threading.Event]:
    """Let the calls of a department that list departments last until the event."""
    go, real = threading.Event(), world.hub.certs.list_departments

    def listed(*args: Any, **named: Any) -> Any:
        assert go.wait(20)
        return real(*args, **named)

    with monkeypatch.context() as patched:
        patched.setattr(world.hub.certs, "list_departments", listed)
        yield go
        go.set()


def test_a_department_whose_slow_calls_wait_leaves_threads_to_the_others(world: World, monkeypatch: pytest.MonkeyPatch):
    greedy, other = world.member(CONSUMER), world.member(PROVIDER)
    with slow(world, monkeypatch, greedy.department) as go, ThreadPoolExecutor(3 * THREADS) as callers:
        calls = [callers.submit(greedy.call, "ListDepartments", 20.0) for _ in range(3 * THREADS)]
        for _ in range(20):
            assert other.call("WhoAmI", 2.0).ok
        go.set()
        assert all(call.result(20).ok for call in calls)


def test_an_export_that_many_wait_for_takes_a_thread_from_nobody(world: World, monkeypatch: pytest.MonkeyPatch):
    begun, go = threading.Event(), threading.Event()

    def written(*_args: Any) -> Iterator[bytes]:
        begun.set()
        assert go.wait(20)
        yield b"the directory"

    monkeypatch.setattr("catalog.export.pieces", written)
    member, other = world.member(CONSUMER), world.member(PROVIDER)
    export = member.client.channel.unary_stream("/shuniu.v1.CatalogService/ExportDirectory")
    streams = [export(b"\x08\x01", timeout=20) for _ in range(3 * THREADS)]
    assert begun.wait(10)
    for _ in range(20):
        assert other.call("WhoAmI", 2.0).ok
        assert member.call("WhoAmI", 2.0).ok
    go.set()
    assert {b"the directory" in b"".join(stream) for stream in streams} == {True}
