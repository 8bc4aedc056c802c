"""Connections: a door takes so many, an address so many, each must speak in time, and whoever floods it loses it. Members come in meanwhile."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hub.limits import Limits
from tests.faults.process import HubProcess
from tests.world import CONSUMER, Member, World

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS, PING = 4, 6
HANDSHAKE = 2.0
PER_ADDRESS, DOOR = 20, 40


def frame(kind: int, body: bytes = b"", flags: int = 0) -> bytes:
    """Return a frame of stream 0 (RFC 9113, 4.1)."""
    return len(body).to_bytes(3, "big") + bytes((kind, flags)) + bytes(4) + body


def plain(address: str, source: str = "127.0.0.1") -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=10, source_address=(source, 0))


def tls(world: World, address: str) -> ssl.SSLSocket:
    """Connect as a stranger does, as far as HTTP/2's first bytes."""
    context = ssl.create_default_context(cadata=world.ca.decode())
    context.set_alpn_protocols(["h2"])
    return context.wrap_socket(plain(address), server_hostname="localhost")


def seconds_until_end(end: socket.socket, most: float) -> float:
    """Read until the other side closes; return how long that took."""
    began = time.monotonic()
    end.settimeout(most)
    with contextlib.suppress(ConnectionError):
        while end.recv(65_536):
            end.settimeout(max(most - (time.monotonic() - began), 0.01))
    return time.monotonic() - began


def ended(end: socket.socket) -> bool:
    end.setblocking(False)
    try:
        return end.recv(1) == b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except ConnectionError:
        return True


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        threading.Event().wait(0.05)
    return True


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    limits = Limits(public_connections=DOOR, connections_per_address=PER_ADDRESS, handshake_seconds=HANDSHAKE)
    with World(limits=limits) as started:
        yield started


@pytest.mark.parametrize("door", ["members", "public"])
@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01\x02\x00\x01\x00"], ids=["nothing", "half a ClientHello"])
def test_who_does_not_speak_tls_in_time_is_gone(world: World, door: str, said: bytes):
    with plain(world.addresses[door]) as end:
        end.sendall(said)
        assert seconds_until_end(end, 10) < HANDSHAKE + 2


@pytest.mark.parametrize("said", [b"", PREFACE], ids=["TLS alone", "without settings"])
def test_who_does_not_speak_http_in_time_is_gone(world: World, said: bytes):
    with tls(world, world.addresses["public"]) as end:
        end.sendall(said)
        assert seconds_until_end(end, 10) < HANDSHAKE + 2


def test_a_flood_of_pings_ends_its_connection(world: World):
    with tls(world, world.addresses["public"]) as end:
        end.sendall(PREFACE + frame(SETTINGS) + frame(SETTINGS, flags=1))
        began = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() - began < 10:
                end.sendall(frame(PING, bytes(8)) * 100)
        assert time.monotonic() - began < 5
    world.member(CONSUMER).do("WhoAmI")


def test_a_door_takes_no_more_connections_than_it_may_by_a_setting_that_this_grpc_knows(world: World):
    """`grpc.max_allowed_incoming_connections`: a gRPC that dropped it would leave the door without a bound, and this fails."""
    with ExitStack() as stack:
        ends = []
        for source in range(3):  # each address within its own share
            ends += [stack.enter_context(plain(world.addresses["public"], f"127.0.1.{source + 1}")) for _ in range(PER_ADDRESS - 2)]
        assert within(HANDSHAKE / 2, lambda: sum(map(ended, ends)) == len(ends) - DOOR)
        assert world.member(CONSUMER).call("WhoAmI").ok


def test_one_address_leaves_room_to_another_at_the_same_door(world: World):
    assert within(10, lambda: not busy(world))
    with ExitStack() as stack:
        # one fewer than the door takes: the connection by which `busy` looked may still count, and the door itself would refuse the last
        ends = [stack.enter_context(plain(world.addresses["public"], "127.0.1.9")) for _ in range(DOOR - 1)]
        assert within(HANDSHAKE / 2 + 1, lambda: sum(map(ended, ends)) >= DOOR - 1 - PER_ADDRESS)
        with plain(world.addresses["public"], "127.0.1.10") as other:
            threading.Event().wait(0.2)
            assert not ended(other)
        # a connection is ended first and counted then
        assert within(2, lambda: world.hub.strangers_refused.totals["CONNECTIONS_PER_ADDRESS"] >= DOOR - 1 - PER_ADDRESS)


def busy(world: World) -> bool:
    """Tell whether connections of an earlier test are still there."""
    with plain(world.addresses["public"], "127.0.1.8") as end:
        threading.Event().wait(0.1)
        return ended(end)


def test_few_descriptors_and_400_silent_strangers_leave_a_member_its_connection_its_query_and_its_log():
    hub = HubProcess(descriptors=256)
    try:
        grant = hub.grant()
        with ExitStack() as stack:
            for number in range(400):
                with contextlib.suppress(OSError):
                    stack.enter_context(plain(hub.addresses["public"], f"127.0.2.{number % 100 + 1}"))
            known = hub.member(CONSUMER)
            newly = Member(known.kind, known.department, known.system, known.folder, known.address)  # by a connection of its own
            reply = newly.query(grant)
            newly.client.close()
            assert reply.ok, reply.message
            assert len(list(Path(f"/proc/{hub.pid}/fd").iterdir())) < 220
        log = (hub.folder / "hub.log").read_text(encoding="utf-8")
        assert "Too many open files" not in log
        assert "256 files" in log
    finally:
        hub.leave()
