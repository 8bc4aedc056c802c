"""A query is repeated only where the program asks for it, where nothing can have been logged or the hub says when, and within its deadline."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from shuniu import ShuniuCallError, connect, connect_async
from shuniu.catalogue import CatalogueError
from shuniu.errors import Details
from shuniu.retrying import MOST, NEVER, Retries
from tests.shuniu_sdk.authority import Authority
from tests.shuniu_sdk.hub import Hub

ASKED: dict[str, Any] = {"grant": "grants/1", "purpose": "640000-11", "case_number": "2026-1", "officer": "A17", "subject_key": "640102199001310017"}
Run = Callable[[Retries, Callable[[float], Any], float], Any]


class Refused(grpc.RpcError):
    """What gRPC raises, as far as it is looked at."""

    def __init__(self, text: str) -> None:
        self.text = text

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNAVAILABLE

    def details(self) -> str:
        return self.text

    def trailing_metadata(self) -> tuple[()]:
        return ()


def failure(code: grpc.StatusCode, text: str = "", reason: str = "", wait: float = 0.0) -> ShuniuCallError:
    error = ShuniuCallError(code, text, Details(reason=reason, retry_after=wait))
    error.__cause__ = Refused(text)
    return error


UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
NOWHERE = failure(UNAVAILABLE, "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Connection refused")
LATER = failure(UNAVAILABLE, "the provider is away", "PROVIDER_UNREACHABLE", 0.05)


class Calls:
    """Fails as often as it is told to, then answers."""

    def __init__(self, *errors: ShuniuCallError) -> None:
        self.errors, self.left = list(errors), list[float]()

    def __call__(self, left: float) -> str:
        self.left.append(left)
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


@pytest.fixture(params=["threads", "asyncio"])
def run(request: pytest.FixtureRequest) -> Run:
    def later(retries: Retries, once: Callable[[float], Any], limit: float) -> Any:
        async def call(left: float) -> Any:
            return once(left)

        return asyncio.run(retries.call_async(call, limit))

    return later if request.param == "asyncio" else lambda retries, once, limit: retries.call(once, limit)


def test_nothing_is_repeated_unless_it_was_asked_for(run: Run):
    calls = Calls(NOWHERE)
    with pytest.raises(ShuniuCallError):
        run(NEVER, calls, 10.0)
    assert calls.left == [10.0]


@pytest.mark.parametrize("error", [NOWHERE, LATER], ids=["never left", "the hub says when"])
def test_what_is_safe_is_repeated_and_answered(run: Run, error: ShuniuCallError):
    calls = Calls(error, error)
    assert run(Retries(2), calls, 10.0) == "answer"
    assert len(calls.left) == 3
    assert calls.left[0] == 10.0
    assert sorted(calls.left, reverse=True) == calls.left, "all tries share one deadline"


def test_the_number_of_tries_is_bounded(run: Run):
    calls = Calls(*[LATER] * 5)
    with pytest.raises(ShuniuCallError, match="the provider is away"):
        run(Retries(2), calls, 10.0)
    assert len(calls.left) == 3


@pytest.mark.parametrize(
    "error",
    [
        failure(UNAVAILABLE, "Socket closed"),
        failure(UNAVAILABLE, "the log cannot write", "LOG_UNWRITABLE"),
        failure(UNAVAILABLE, "failed to connect to all addresses", "HUB_OF_OTHER_CA"),
        failure(grpc.StatusCode.DEADLINE_EXCEEDED),
        failure(grpc.StatusCode.PERMISSION_DENIED, "", "PURPOSE_NOT_GRANTED"),
        failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "", "DAILY_CALLS_USED", 0.05),
        failure(grpc.StatusCode.DATA_LOSS),
    ],
    ids=lambda one: f"{one.code.name} {one.reason} {one.message}",
)
def test_everything_else_is_told_at_once(run: Run, error: ShuniuCallError):
    calls = Calls(error)
    with pytest.raises(ShuniuCallError):
        run(Retries(5), calls, 10.0)
    assert len(calls.left) == 1


def test_there_is_no_other_try_where_the_deadline_leaves_no_time_for_it(run: Run):
    began, calls = time.monotonic(), Calls(failure(UNAVAILABLE, "", "PROVIDER_UNREACHABLE", 5.0))
    with pytest.raises(ShuniuCallError):
        run(Retries(5), calls, 3.0)
    assert (len(calls.left), time.monotonic() - began < 1.0) == (1, True)


@pytest.mark.parametrize("most", [-1, MOST + 1])
def test_a_number_of_retries_beyond_the_bound_is_refused(most: int):
    with pytest.raises(CatalogueError, match="retries lie between"):
        Retries(most)


@pytest.fixture
def late(authority: Authority) -> Iterator[Hub]:
    """A hub that is not there yet when it is called, and is half a second later."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{one.getsockname()[1]}"
    started: list[Hub] = []
    timer = threading.Timer(0.5, lambda: started.append(Hub(authority, (address, "127.0.0.1:0"))))
    timer.start()

    class Late:
        members = address

    yield Late()  # type: ignore[misc]
    timer.join()
    for hub in started:
        hub.stop()


def test_a_hub_that_is_starting_is_waited_for(late: Hub, folder: Path):
    with connect(late.members, folder, retries=MOST) as client:
        assert client.query(**ASKED).receipt.index == 41


def test_so_it_is_in_asyncio(late: Hub, folder: Path):
    async def ask() -> int:
        async with connect_async(late.members, folder, retries=MOST) as client:
            return (await client.query(**ASKED)).receipt.index

    assert asyncio.run(ask()) == 41


def test_without_retries_a_hub_that_is_away_is_told_at_once(late: Hub, folder: Path):
    with connect(late.members, folder) as client, pytest.raises(ShuniuCallError) as failed:
        client.query(**ASKED)
    assert failed.value.code is UNAVAILABLE
