"""One hub for a database: the second is refused and told who has it, whatever it calls the place; a lock that is lost is taken again."""

import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import hub.db.lock
from hub.db import Database, DatabaseLock, lock_of
from hub.db.lock import PostgresLock
from hub.errors import ConfigError, ShuniuError


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub.db.lock, "TAKING_SECONDS", 0.3)
    monkeypatch.setattr(hub.db.lock, "ROUND", 0.05)


@pytest.fixture
def lock(database: Database) -> Iterator[DatabaseLock]:
    lock = database.hold()
    yield lock
    database.close()


def refused(url: str) -> ShuniuError:
    other = Database(url)
    with pytest.raises(ConfigError) as error:
        other.hold()
    other.close()
    return error.value


def wait(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_second_hub_is_refused_and_told_process_host_and_since(database: Database, lock: DatabaseLock):
    error = refused(database.url)
    assert error.reason == "DATABASE_IN_USE"
    assert error.facts["pid"] == str(os.getpid())
    assert socket.gethostname()[:20] in error.facts["host"]
    assert error.facts["since"].startswith("20")
    assert f"kill {os.getpid()}" in error.next_action
    assert lock.holder() == {name: error.facts[name] for name in ("pid", "host", "since")}


def test_whoever_closes_it_frees_it_and_to_hold_it_twice_is_to_hold_it_once(database: Database, lock: DatabaseLock):
    assert database.hold() is lock
    database.close()
    assert lock_of(database.url).holder() is None
    other = Database(database.url)
    other.hold()
    other.close()


def test_the_lock_stops_no_reader_and_no_writer_beside_it(database: Database, lock: DatabaseLock):
    beside = Database(database.url)
    with beside.begin() as tx:
        tx.announce("grants", "1")
    assert beside.newest_change() == 1
    beside.close()


def test_one_sqlite_file_by_several_names_is_one_database(sqlite_database: Database, tmp_path: Path):
    sqlite_database.hold()
    (tmp_path / "link.db").symlink_to(tmp_path / "shuniu.db")
    (tmp_path / "folder").symlink_to(tmp_path)
    (tmp_path / "deep").mkdir()
    for name in ("link.db", "folder/shuniu.db", "folder/folder/link.db", "deep/../shuniu.db"):
        for url in (f"sqlite:///{tmp_path}/{name}", f"sqlite:///file:{tmp_path}/{name}?uri=true"):
            assert refused(url).facts["pid"] == str(os.getpid()), url


def test_two_sqlite_files_in_one_folder_are_two_databases(sqlite_database: Database, tmp_path: Path):
    sqlite_database.hold()
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    other.hold()
    other.close()


@pytest.mark.postgres
def test_two_databases_of_one_server_are_two_databases(postgres_database: Database, postgres_url: str):
    postgres_database.hold()
    other = Database(postgres_url)
    other.hold()
    other.close()


def test_a_database_in_memory_is_no_database_for_a_hub():
    with pytest.raises(ConfigError):
        lock_of("sqlite://")


def hold_for_ever(url: str, ready: Any) -> None:
    Database(url).hold()
    ready.set()
    time.sleep(60)


def test_a_killed_hub_leaves_the_database_free(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hub.db.lock, "TAKING_SECONDS", 5.0)
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    holder = spawn.Process(target=hold_for_ever, args=(database.url, ready))
    holder.start()
    assert ready.wait(20)
    assert lock_of(database.url).holder() is not None
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    database.hold()  # at once, as a supervisor would
    database.close()
    holder.join()


def lose(lock: DatabaseLock, database: Database) -> None:
    """Let the holder lose its lock as it happens: the server ends the session, or somebody deletes the file."""
    if database.dialect == "sqlite":
        Path(f"{database.engine.url.database}.lock").unlink()
        return
    assert isinstance(lock, PostgresLock)
    with database.read() as tx:
        ended = tx.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name"), {"name": lock._name}).all()
    assert len(ended) == 1


def test_a_lost_lock_is_taken_again(database: Database, lock: DatabaseLock):
    told: list[ShuniuError] = []
    lock.watch(told.append)
    for _ in range(2):
        lose(lock, database)
        wait(lambda: lock.holder() is not None)
        assert refused(database.url).reason == "DATABASE_IN_USE"
    assert told == []


def test_a_holder_whose_lock_another_hub_took_is_told_by_name_once(database: Database, lock: DatabaseLock):
    told: list[ShuniuError] = []
    lose(lock, database)
    other = Database(database.url)
    wait(lambda: held(other))
    lock.watch(told.append)
    wait(lambda: told)
    assert told[0].reason == "DATABASE_IN_USE"
    time.sleep(0.2)
    assert len(told) == 1
    other.close()


def held(database: Database) -> bool:
    try:
        database.hold()
    except ConfigError:
        return False
    return True


@pytest.mark.postgres
def test_a_setting_that_loses_commits_is_told_when_it_is_changed_under_a_running_hub(postgres_database: Database, caplog: pytest.LogCaptureFixture):
    name = postgres_database.engine.url.database
    with postgres_database.begin() as tx:
        tx.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    lock = postgres_database.hold()
    lock.watch(lambda _error: None)
    wait(lambda: "synchronous_commit" in caplog.text)
    assert caplog.text.count("may lose commits") == 1
    postgres_database.close()
