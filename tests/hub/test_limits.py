"""No wait for PostgreSQL is without an end: a server that is frozen is given up, also by a hub that was told to stop; what the URL says wins."""

import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

import server
import shuniu.patience
from hub.db import Database, Lasting
from hub.db.limits import SERVING
from hub.errors import UnavailableError
from shuniu.patience import WaitLimits
from tests.postgres import frozen
from tests.world import CONSUMER, World

pytestmark = pytest.mark.postgres
SHORT = WaitLimits(statement=1.0, lock=0.5, answer=1.0)
MARGIN = 1.5
"""Seconds beyond a limit that a busy machine may take."""


@pytest.fixture
def short(postgres_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(shuniu.patience, "CONNECT_SECONDS", 2)
    database = Database(postgres_database.url, SHORT)
    yield database
    database.close()


def seconds_until_refusal(database: Database) -> float:
    began = time.monotonic()
    with pytest.raises(UnavailableError):
        database.newest_change()
    return time.monotonic() - began


def test_a_frozen_server_is_given_up_and_used_again_when_it_answers(short: Database, postgres_url: str):
    assert short.newest_change() == 0  # a connection of the pool is there
    with frozen(postgres_url):
        assert seconds_until_refusal(short) < SHORT.answer + 2 + MARGIN  # the ping on the pooled connection, then a new one
        assert seconds_until_refusal(short) < 2 + MARGIN
    assert short.newest_change() == 0
    with short.begin() as tx:
        tx.announce("grants", "1")
    assert short.newest_change() == 1


def test_a_transaction_under_way_is_given_up_too(short: Database, postgres_url: str):
    def freeze_halfway(lasting: Lasting) -> None:
        with lasting.begin() as tx:
            tx.announce("grants", "1")
            with frozen(postgres_url):
                tx.announce("grants", "2")

    with short.lasting() as lasting:
        began = time.monotonic()
        with pytest.raises(UnavailableError):
            freeze_halfway(lasting)
        assert time.monotonic() - began < SHORT.answer + MARGIN
        with lasting.begin() as tx:  # it opens a new connection
            tx.announce("grants", "3")
    assert short.newest_change() == 1


def test_a_hub_that_stops_ends_waits_that_had_begun_before(postgres_database: Database, postgres_url: str):
    assert postgres_database.newest_change() == 0
    with frozen(postgres_url):
        ended: list[float] = []
        waiting = threading.Thread(target=lambda: ended.append(seconds_until_refusal(postgres_database)))
        waiting.start()
        time.sleep(0.3)
        postgres_database.end_by(0.5)
        waiting.join(10)
        assert ended[0] < 0.8 + MARGIN < SERVING.answer
        assert seconds_until_refusal(postgres_database) < MARGIN


def test_the_server_ends_statements_locks_and_idle_transactions_by_the_rule_and_the_url_wins(postgres_database: Database):
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "tcp_user_timeout", "tcp_keepalives_idle")

    def limits(database: Database) -> list[str]:
        with database.read() as tx:
            return [str(tx.scalar(text(f"SHOW {name}"))) for name in names]

    assert limits(postgres_database) == ["20s", "5s", "1min", "10000", "10"]
    other = Database(f"{postgres_database.url}?options=-c%20lock_timeout%3D7s&connect_timeout=3&application_name=other")
    assert limits(other) == ["20s", "7s", "1min", "10000", "10"]
    with other.read() as tx:
        assert tx.scalar(text("SHOW application_name")) == "other"
    other.close()


def test_the_local_socket_takes_the_same_limits(postgres_database: Database):
    with postgres_database.read() as tx:
        folder = tx.scalar(text("SHOW unix_socket_directories"))
    port, name = postgres_database.engine.url.port, postgres_database.engine.url.database
    local = Database(f"postgresql://shuniu@/{name}?host={folder}&port={port}")
    assert local.newest_change() == 0
    local.hold()
    local.close()


def test_whoever_waits_for_a_row_too_long_is_refused_and_the_holder_is_not(short: Database):
    with short.begin() as tx:
        tx.announce("grants", "1")
        second = Database(short.url, SHORT)
        began = time.monotonic()
        with pytest.raises(UnavailableError), second.begin() as other:
            other.announce("grants", "2")
        assert time.monotonic() - began < SHORT.lock + MARGIN
        second.close()
    assert short.newest_change() == 1


@pytest.fixture
def empty(postgres_url: str) -> Iterator[str]:
    """The URL of a database without a table."""
    admin = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as one:
        one.execute(text("CREATE DATABASE empty"))
    yield postgres_url.replace("/postgres", "/empty")
    with admin.connect() as one:
        one.execute(text("DROP DATABASE empty WITH (FORCE)"))
    admin.dispose()


def test_a_hub_on_a_frozen_server_stops_in_the_stated_time(empty: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "STOP_SECONDS", 2.0)
    monkeypatch.setattr(shuniu.patience, "CONNECT_SECONDS", 2)
    with World(database=empty, provider_timeout=2.0) as world:
        grant = world.grant()
        assert world.as_(CONSUMER).query(grant).code.name == "OK"
        with frozen(postgres_url):
            callers = [threading.Thread(target=lambda: world.as_(CONSUMER).query(grant), daemon=True) for _ in range(4)]
            for caller in callers:
                caller.start()
            time.sleep(0.5)
            began = time.monotonic()
            world.stop()
            took = time.monotonic() - began
        assert took < 2.0 + server.GRACE + 2 + MARGIN, took
        world.hub = server.Hub(world.config, world.clock)  # the server has come back: the log goes on
        world.run(world.hub.start())
