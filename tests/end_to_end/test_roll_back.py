"""A database that is put back under a running hub: every query is refused by name, no index gets two receipts, health says so."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import psycopg
import pytest
from grpc import StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc

from audit.model import Kind
from cli.doctor.log import log as doctor_log
from cli.process import FolderLock
from tests.world import World

TIMES = 20
PutBack = Callable[[World], None]


@contextmanager
def sqlite_backup(world: World, folder: Path) -> Iterator[PutBack]:
    """Take a backup of the database; what is given writes it over the database while the hub has that open."""
    live = world.config.data / "shuniu.db"
    with sqlite3.connect(live) as source, sqlite3.connect(folder / "backup.db") as target:
        source.backup(target)

    def put_back(_world: World) -> None:
        with sqlite3.connect(folder / "backup.db") as source, sqlite3.connect(live, timeout=20) as target:
            source.backup(target)

    yield put_back


@contextmanager
def postgres_backup(world: World, _folder: Path) -> Iterator[PutBack]:
    """The same by SQL: the rows of the log as they were, since a standby that was behind would have just those."""
    with psycopg.connect(world.config.database, autocommit=True) as connection:
        for table in ("audit_tree", "audit_batches", "audit_checkpoints"):
            connection.execute(f"CREATE TABLE kept_{table} AS TABLE {table}")

        def put_back(_world: World) -> None:
            with connection.transaction():
                for table in ("audit_tree", "audit_batches", "audit_checkpoints"):
                    connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
                    connection.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")  # noqa: S608 - our own names

        yield put_back


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return ""
    url: str = request.getfixturevalue("postgres_url")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE rolled_back")
    return url.replace("/postgres", "/rolled_back")


def test_a_database_that_was_put_back_under_a_running_hub_releases_nothing_any_more(database: str, tmp_path: Path):
    # an hour between checkpoints: what was committed since the last one is known to the writer alone
    with World(database=database, checkpoint_seconds=3_600.0) as world:
        grant = world.grant()
        asking = world.member("civil-affairs")
        assert asking.query(grant).ok
        with (sqlite_backup if not database else postgres_backup)(world, tmp_path) as put_back:
            receipts = [asking.query(grant).index for _ in range(5)]
            put_back(world)
        refused = [asking.query(grant) for _ in range(TIMES)]

        assert {(one.code, one.reason) for one in refused} == {(StatusCode.DATA_LOSS, "LOG_ROLLED_BACK")}
        assert all("was put back" in one.message for one in refused)
        assert all("回退" in one.error.message_zh and one.error.next_action_zh for one in refused)
        assert len(set(receipts)) == 5
        assert [one for one in world.records(kind=Kind.OUTCOME) if one.index >= min(receipts)] == []
        assert health(world) == {"": NOT_SERVING, "shuniu.v1.ExchangeService": NOT_SERVING, "shuniu.v1.CatalogService": SERVING}
        status, facts = health_page(world)
        assert (status, facts["status"], facts["log"]["refusing"]["reason"]) == (503, "refusing", "LOG_ROLLED_BACK")
        assert "shuniu_log_refusing 1\n" in page(world, "/metrics")[1]
        assert ill(world) >= {"log writes"}


def test_a_roll_back_is_noticed_within_a_round_of_the_publisher_although_nobody_asks(tmp_path: Path):
    with World() as world:
        grant = world.grant()
        with sqlite_backup(world, tmp_path) as put_back:
            assert world.member("civil-affairs").query(grant).ok
            time.sleep(0.3)  # signed
            put_back(world)
        until(lambda: health(world)[""] == NOT_SERVING)
        assert health_page(world)[1]["log"]["refusing"]["reason"] in {"LOG_ROLLED_BACK", "LOG_REWRITTEN"}


SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


def health(world: World) -> dict[str, int]:
    stub = health_pb2_grpc.HealthStub(world.public.channel)
    names = ("", "shuniu.v1.ExchangeService", "shuniu.v1.CatalogService")
    return {name: stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=5).status for name in names}


def page(world: World, path: str) -> tuple[int, str]:
    try:
        with urlopen(f"{world.addresses['web']}{path}", timeout=5) as answer:  # noqa: S310 - the hub of this test
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        return refused.code, refused.read().decode()


def health_page(world: World) -> tuple[int, dict[str, Any]]:
    status, text = page(world, "/health")
    return status, json.loads(text)


def ill(world: World) -> set[str]:
    """What the doctor finds wrong with the log, beside the running hub."""
    with FolderLock(world.config.data) as lock:  # as `shuniu serve` holds it
        lock.write(dict(world.addresses))
        return {one.name for one in doctor_log(world.hub.db, world.config, world.clock.now()) if not one.ok}


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
