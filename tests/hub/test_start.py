"""A start that fails at whatever part leaves nothing running: no thread, no open door, no connection to the database."""

import asyncio
import gc
import socket
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import server
from cli.synthetic import department
from hub.clock import StoppedClock
from hub.config import Config, from_mapping
from migrations.opening import found_database

AUTHORITY = department("data")
PUT_TOGETHER = [
    "open_database", "KeyRing", "AuditLog", "CertificateAuthority.open", "Publisher", "live_identities", "live_grants", "SealOffice.open",
    "CertActions", "CatalogActions", "BrokerageActions", "SealActions", "license_actions", "AuditActions",
    "Indexer", "Mover", "GroupCommitter", "Watch",
]  # fmt: skip
STARTED = [
    "ThreadPoolExecutor", "Publisher.open", "Publisher.start", "Watch.start", "Indexer.start", "Mover.start", "GroupCommitter.start",
    "ProviderPool", "Transfer", "Doors", "Doors.open", "Warden", "Pages", "make_app", "serve",
]  # fmt: skip


class BrokenPartError(Exception):
    """What a part raises in these tests."""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    here = {"members": "127.0.0.1:0", "public": "127.0.0.1:0", "web": f"127.0.0.1:{port}"}
    made = from_mapping({"data": "var", "authority": AUTHORITY.uscc, "authority_title": AUTHORITY.name, **here}, tmp_path)
    found_database(made, StoppedClock(datetime.now(UTC)))
    return made


def fail(*_args: object, **_more: object) -> Any:
    raise BrokenPartError


async def fail_later(*_args: object, **_more: object) -> Any:
    raise BrokenPartError


def broken(monkeypatch: pytest.MonkeyPatch, part: str, times: int = 0) -> None:
    """Let a part fail, after it worked so many times."""
    owner: Any = server
    *above, name = part.split(".")
    for one in above:
        owner = getattr(owner, one)
    real, calls = getattr(owner, name), iter(range(times))
    failing = fail_later if asyncio.iscoroutinefunction(real) else fail

    def part_of_the_hub(*args: Any, **more: Any) -> Any:
        return failing() if next(calls, None) is None else real(*args, **more)

    monkeypatch.setattr(owner, name, part_of_the_hub)


async def start(config: Config) -> server.Hub:
    hub = server.Hub(config, StoppedClock(datetime.now(UTC)))
    await hub.start()
    return hub


def quiet(config: Config, before: set[threading.Thread]) -> None:
    """See that the web address is free again, that no thread was left, and that the data folder can be used at once."""
    host, _, port = config.web.rpartition(":")
    socket.create_server((host, int(port))).close()
    end = time.monotonic() + 5  # gRPC's own thread ends with the last server, at its own moment
    while time.monotonic() < end and left_over(before):
        gc.collect()
        time.sleep(0.02)
    assert not left_over(before)


def left_over(before: set[threading.Thread]) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread not in before and not thread.name.startswith(("asyncio", "ThreadPoolExecutor-"))]


@pytest.mark.parametrize("part", [*PUT_TOGETHER, *STARTED])
def test_a_start_that_fails_halfway_leaves_nothing_running(config: Config, monkeypatch: pytest.MonkeyPatch, part: str):
    before = set(threading.enumerate())
    broken(monkeypatch, part)
    with pytest.raises(BrokenPartError):
        asyncio.run(start(config))
    quiet(config, before)


def test_a_second_door_that_does_not_open_closes_the_first(config: Config, monkeypatch: pytest.MonkeyPatch):
    before = set(threading.enumerate())
    broken(monkeypatch, "Doors.open", times=1)
    with pytest.raises(BrokenPartError):
        asyncio.run(start(config))
    quiet(config, before)


def test_after_a_failed_start_the_same_hub_starts_and_stops(config: Config, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as once:
        broken(once, "serve")
        with pytest.raises(BrokenPartError):
            asyncio.run(start(config))

    async def story() -> None:
        hub = await start(config)
        assert set(hub.addresses) == {"members", "public", "web"}
        await hub.stop()

    before = set(threading.enumerate())
    asyncio.run(story())
    quiet(config, before)


def test_every_part_that_the_root_builds_is_tried():
    text = Path(server.__file__).read_text(encoding="utf-8")
    for part in (*PUT_TOGETHER, *STARTED):
        assert part.rpartition(".")[2] in text, part
