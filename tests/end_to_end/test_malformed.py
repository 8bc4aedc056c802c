"""Bytes that are no message, at every rpc of both doors: INVALID_ARGUMENT in our words, and not a word of it in the server's log."""

import logging
import random
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode
from grpc_status import rpc_status

from hub.access import ACCESS, Port, Role
from tests.hub.test_access import RPCS
from tests.world import AUTHORITY, PROVIDER, World

BYTES = {
    "no tag": b"\xff\xff\xff\xff",
    "a number without an end": b"\x08" + b"\xff" * 11,
    "longer than it is": b"\x0a\xff\xff\xff\xff\x0f",
    "cut off": b"\x0a\x05ab",
    "a group that does not end": b"\x0b",
    "an unknown kind of value": b"\x0f\x01",
    "groups without an end": b"\x0b" * 100_000,
}
DOORS = [(port, path) for port in Port for path, row in sorted(ACCESS.items()) if port in row.ports]
LONG = 5.0


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as started:
        yield started


@pytest.fixture(scope="module")
def channels(world: World) -> dict[Any, Any]:
    """A connection for each door and role."""
    ruler, auditor = world.member(AUTHORITY), world.auditor()
    member = world.member(PROVIDER)
    by_role = {Role.AUTHORITY: ruler, Role.AUDITOR: auditor, Role.MEMBER: member}
    members = {(Port.MEMBERS, role): one.client.channel for role, one in by_role.items()}
    return {**members, (Port.PUBLIC, None): world.public.channel}


def ended(channel: Any, path: str, data: bytes) -> Any:
    """Call an rpc with bytes as they are, as a stream where it takes or gives one; return how it ended, None where it did not fail."""
    method = RPCS[path]
    kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
    call = getattr(channel, kind)(path)
    request = iter([data]) if method.client_streaming else data
    try:
        answer = call(request, timeout=LONG)
        if method.server_streaming:
            next(iter(answer), None)
            answer.cancel()
    except grpc.RpcError as error:
        return error
    return None


def channel_for(channels: dict[Any, Any], port: Port, path: str) -> Any:
    """Return a connection of somebody who may call an rpc at a door."""
    return next(channel for (door, role), channel in channels.items() if door is port and (role is None or role in ACCESS[path].roles))


@pytest.mark.parametrize(("port", "path"), DOORS, ids=[f"{port.value}{path}" for port, path in DOORS])
def test_bytes_that_are_no_message_are_refused_in_our_words(channels: dict[Any, Any], port: Port, path: str, caplog: Any, capfd: Any) -> None:
    channel = channel_for(channels, port, path)
    with caplog.at_level(logging.WARNING):
        for what, data in BYTES.items():
            error = ended(channel, path, data)
            assert error is not None, what
            assert error.code() is StatusCode.INVALID_ARGUMENT, (what, error.details())
            info = error_details_pb2.ErrorInfo()
            rpc_status.from_call(error).details[0].Unpack(info)
            assert (info.domain, info.reason) == ("shuniu", "INVALID_INPUT"), what
            assert info.metadata["next_action_zh"]
    assert [record.getMessage() for record in caplog.records] == []
    assert capfd.readouterr().err == ""


def test_both_doors_and_streams_of_requests_are_walked() -> None:
    assert {port for port, _ in DOORS} == set(Port)
    assert any(RPCS[path].client_streaming for _, path in DOORS)
    assert any(RPCS[path].server_streaming and not RPCS[path].client_streaming for _, path in DOORS)
    assert {path for _, path in DOORS} == set(RPCS)


@pytest.mark.parametrize(("port", "path"), [door for door in DOORS if "shuniu" not in door[1]], ids=str)
def test_any_bytes_at_what_libraries_serve_end_without_a_fault(channels: dict[Any, Any], port: Port, path: str, caplog: Any) -> None:
    """Health and reflection are the doors whose messages others wrote: bytes at random, readable ones among them."""
    channel, chance = channel_for(channels, port, path), random.Random(path)  # noqa: S311 - no secret
    for _ in range(200):
        text = chance.randbytes(chance.randrange(12))
        data = chance.choice((text, bytes([10 + 8 * chance.randrange(8), len(text)]) + text))
        error = ended(channel, path, data)
        assert error is None or error.code() in {StatusCode.INVALID_ARGUMENT, StatusCode.NOT_FOUND}, (data, error)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
