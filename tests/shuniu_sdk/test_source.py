"""The database behind a table: never written to, never allowed to hold up other calls, and silent about its contents when it fails."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from grpc import StatusCode
from sqlalchemy import create_engine, exc
from sqlalchemy import text as sql

from shuniu import FetchCall, FetchError, SourceError
from shuniu.patience import WaitLimits
from shuniu.provider.table import TableProvider, source
from tests.postgres import frozen
from tests.shuniu_sdk.tables import CALL, path_of, run


@pytest.mark.parametrize(
    "wrong", ["", "nonsense", "sqlite://", "sqlite:////nowhere/x.db", "oracle+nodriver://u:geheim@h/x", "mysql+nothing://u:geheim@h/x"]
)
def test_a_database_that_cannot_be_opened_says_what_to_do_and_hides_the_password(wrong: str):
    with pytest.raises(SourceError) as refused:
        TableProvider(wrong, "t", "k")
    assert refused.value.next_action
    assert "geheim" not in str(refused.value)


def test_a_server_that_is_down_is_named_without_user_and_password():
    with pytest.raises(SourceError) as refused:
        TableProvider("postgresql://u:geheim@127.0.0.1:1/x", "t", "k")
    assert "127.0.0.1" in refused.value.message
    assert "geheim" not in str(refused.value)


def test_no_connection_can_write(url: str, open_table: Callable[..., TableProvider]):
    source: Any = open_table(url, "bare", "k")._source
    with pytest.raises(exc.DBAPIError, match=r"read-?only"):
        source.rows(sql("INSERT INTO bare VALUES ('x') RETURNING k"), {}, 0.0)


def test_a_file_that_its_department_goes_on_writing_is_read_as_it_stands(sqlite_url: str, open_table: Callable[..., TableProvider]):
    writer = sqlite3.connect(path_of(sqlite_url), isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    source = open_table(sqlite_url, "resident", "id_number")
    for name in ("李四", "王五"):
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE resident SET name = ?", (name,))
        before = source.fetch("640102199001310017", ("name",), CALL)
        assert before != [{"name": name}]
        writer.execute("COMMIT")
        assert source.fetch("640102199001310017", ("name",), CALL) == [{"name": name}]
        assert source.quick("640102199001310017", ("name",), CALL) == [{"name": name}]
    writer.close()


def test_a_mistyped_path_makes_no_file(tmp_path: Path):
    with pytest.raises(SourceError):
        TableProvider(f"sqlite:///{tmp_path / 'no.db'}", "t", "k")
    assert not list(tmp_path.iterdir())


def test_a_select_of_many_steps_is_left_to_a_thread(sqlite_url: str, open_table: Callable[..., TableProvider]):
    with sqlite3.connect(path_of(sqlite_url)) as connection:
        connection.executemany("INSERT INTO bare VALUES (?)", [(str(number),) for number in range(20_000)])
    source = open_table(sqlite_url, "bare", "k")
    assert source.quick("19999", ("k",), CALL) is None
    assert source.fetch("19999", ("k",), CALL) == [{"k": "19999"}]
    small = open_table(sqlite_url, "resident", "id_number")
    assert small.quick("640102199001310017", ("name",), CALL) == [{"name": "张三"}]


def test_a_locked_file_is_waited_for_in_a_thread_alone(sqlite_url: str, open_table: Callable[..., TableProvider]):
    source = open_table(sqlite_url, "resident", "id_number")
    writer = sqlite3.connect(path_of(sqlite_url), isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN EXCLUSIVE")
    assert source.quick("640102199001310017", ("name",), CALL) is None
    done = threading.Timer(0.3, lambda: writer.execute("ROLLBACK"))
    done.start()
    assert source.fetch("640102199001310017", ("name",), CALL) == [{"name": "张三"}]
    done.join()
    assert source.quick("640102199001310017", ("name",), CALL) == [{"name": "张三"}]
    writer.close()


def test_quick_selects_that_never_are_quick_are_not_tried_each_time(sqlite_url: str, open_table: Callable[..., TableProvider]):
    with sqlite3.connect(path_of(sqlite_url)) as connection:
        connection.executemany("INSERT INTO bare VALUES (?)", [(str(number),) for number in range(20_000)])
    source = open_table(sqlite_url, "bare", "k")
    for _ in range(3):
        assert source.quick("19999", ("k",), CALL) is None
    assert source.quick("1", ("k",), FetchCall("", "", "", -1, 1)) is None
    assert source._source._pause > 0


@pytest.mark.postgres
def test_a_connection_that_the_database_closed_is_replaced(postgres_url: str, open_table: Callable[..., TableProvider]):
    source = open_table(postgres_url, "numbered", "number")
    assert source.fetch("7", ("word",), CALL)
    engine = create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename IS NOT NULL")
    engine.dispose()
    assert source.fetch("7", ("word",), CALL) == [{"word": "seven"}]


def test_a_table_that_vanishes_is_an_error_without_sql(url: str, open_table: Callable[..., TableProvider], caplog: pytest.LogCaptureFixture):
    run(url, "CREATE TABLE passing (k TEXT PRIMARY KEY)")
    source = open_table(url, "passing", "k")
    run(url, "DROP TABLE passing")
    with pytest.raises(FetchError) as refused:
        source.fetch("640102199001310017", ("k",), CALL)
    for text in (str(refused.value), caplog.text):
        assert "SELECT" not in text
        assert "640102199001310017" not in text


def test_a_value_in_another_encoding_is_a_damaged_row_and_names_its_column(
    sqlite_url: str, open_table: Callable[..., TableProvider], caplog: pytest.LogCaptureFixture
):
    with sqlite3.connect(path_of(sqlite_url)) as connection:
        connection.execute("INSERT INTO resident (id_number, name) VALUES ('gbk', CAST(X'D5C5C8FD' AS TEXT))")
    connection.close()
    source = open_table(sqlite_url, "resident", "id_number")
    for fetch in (source.quick, source.fetch):
        for _ in range(4):
            if fetch == source.quick:  # which leaves what fails to a thread
                assert source.quick("gbk", ("id_number", "name"), CALL) is None
                continue
            with pytest.raises(FetchError) as refused:
                fetch("gbk", ("id_number", "name"), CALL)
            assert refused.value.facts == {"column": "name"}
            assert (refused.value.code, refused.value.reason) == (StatusCode.DATA_LOSS, "BAD_RECORD")
            assert refused.value.message == "column name of resident holds a value that is not of its type"
            assert "\ufffd" not in str(refused.value) + caplog.text
    assert source.quick("640102199001310017", ("name",), CALL) == [{"name": "张三"}]


@pytest.mark.postgres
def test_a_value_that_the_driver_cannot_read_is_a_damaged_row(postgres_url: str, open_table: Callable[..., TableProvider]):
    engine = create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE endless (k TEXT PRIMARY KEY, day DATE)")
        connection.exec_driver_sql("INSERT INTO endless VALUES ('1', 'infinity')")
    engine.dispose()
    source = open_table(postgres_url, "endless", "k")
    with pytest.raises(FetchError) as refused:
        source.fetch("1", ("k", "day"), CALL)
    assert (refused.value.code, refused.value.reason) == (StatusCode.DATA_LOSS, "BAD_RECORD")
    assert source.fetch("2", ("k", "day"), CALL) == []


def test_a_database_that_does_not_answer_and_one_that_refuses_are_told_apart(sqlite_url: str, open_table: Callable[..., TableProvider]):
    source = open_table(sqlite_url, "bare", "k")
    writer = sqlite3.connect(path_of(sqlite_url), isolation_level=None)
    source._source._connection().exec_driver_sql("PRAGMA busy_timeout = 1")
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(FetchError) as silent:
        source.fetch("1", ("k",), CALL)
    writer.execute("DROP TABLE bare")
    writer.execute("COMMIT")
    with pytest.raises(FetchError) as refusing:
        source.fetch("1", ("k",), CALL)
    assert (silent.value.code, refusing.value.code) == (StatusCode.DEADLINE_EXCEEDED, StatusCode.FAILED_PRECONDITION)
    assert (silent.value.reason, refusing.value.reason) == ("SOURCE_SLOW", "TABLE_GONE")
    writer.close()


@pytest.mark.postgres
def test_a_frozen_database_is_given_up_and_a_provider_that_stops_waits_for_it_no_longer(postgres_url: str, monkeypatch: pytest.MonkeyPatch):
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("CREATE TABLE IF NOT EXISTS waiting (id text PRIMARY KEY, name text)")
        admin.execute("INSERT INTO waiting VALUES ('1', 'one') ON CONFLICT DO NOTHING")
    monkeypatch.setattr(source, "LIMITS", WaitLimits(statement=1, lock=1, answer=1))
    table, call = TableProvider(postgres_url, "waiting", "id"), CALL
    assert table.fetch("1", ["name"], call) == [{"name": "one"}]
    with frozen(postgres_url):
        began = time.monotonic()
        with pytest.raises(FetchError) as refused:
            table.fetch("1", ["name"], call)
        assert refused.value.code is StatusCode.UNAVAILABLE
        assert time.monotonic() - began < 10  # the wait, and once more a connection
    assert table.fetch("1", ["name"], call) == [{"name": "one"}]
    table.close()
    monkeypatch.setattr(source, "LIMITS", WaitLimits(statement=60, lock=60, answer=60))
    table = TableProvider(postgres_url, "waiting", "id")
    assert table.fetch("1", ["name"], call) == [{"name": "one"}]
    with frozen(postgres_url):
        thread = threading.Thread(target=lambda: suppressed(table, call))
        thread.start()
        time.sleep(0.3)
        table.close()
        thread.join(5)
        assert not thread.is_alive()
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("DROP TABLE waiting")


def suppressed(table: TableProvider, call: FetchCall) -> None:
    with suppress(FetchError):
        table.fetch("1", ["name"], call)
