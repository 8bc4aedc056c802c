"""What a connection, or the provider, believes and is no longer true is noticed: the next fetch is right, or says what has changed."""

import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from shuniu import FetchCall, FetchError
from shuniu.patience import WaitLimits
from shuniu.provider.table import TableProvider, source
from tests.databases.servers import Database
from tests.postgres import Server, server
from tests.shuniu_sdk.tables import CALL, run

Open = Callable[..., TableProvider]
KILL = {
    "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'",
    "mysql": "KILL CONNECTION USER reader",
}


def refusal(table: TableProvider, key: str = "1", fields: tuple[str, ...] = ("name",), call: FetchCall = CALL) -> FetchError:
    with pytest.raises(FetchError) as refused:
        table.fetch(key, fields, call)
    return refused.value


def test_an_altered_type_that_still_fits_is_served_on(database: Database, open_table: Open):
    database.make("base", "id TEXT_KEY PRIMARY KEY, name varchar(20)", "'1', 'one'")
    table = open_table(database.to_reader, "base", "id")
    for _ in range(8):
        assert table.fetch("1", ("name",), CALL) == [{"name": "one"}]
    database.run(f"ALTER TABLE base {'MODIFY' if database.is_mariadb else 'ALTER'} name {'' if database.is_mariadb else 'TYPE '}text")
    assert [table.fetch("1", ("name",), CALL) for _ in range(52)] == [[{"name": "one"}]] * 52


def test_a_table_dropped_and_made_anew_is_served_on(database: Database, open_table: Open):
    database.make("remade", "id TEXT_KEY PRIMARY KEY, name varchar(20)", "'1', 'one'")
    table = open_table(database.to_reader, "remade", "id")
    assert table.fetch("1", ("name",), CALL) == [{"name": "one"}]
    database.run("DROP TABLE remade")
    told = refusal(table)
    assert (told.code.name, told.reason) == ("FAILED_PRECONDITION", "TABLE_GONE")
    database.make("remade", "name varchar(20), id TEXT_KEY PRIMARY KEY", "'two', '1'")
    assert table.fetch("1", ("name",), CALL) == [{"name": "two"}]


def test_a_killed_connection_is_replaced(database: Database, open_table: Open):
    database.make("kept", "id TEXT_KEY PRIMARY KEY, name varchar(20)", "'1', 'one'")
    table = open_table(database.to_reader, "kept", "id")
    for _ in range(3):
        assert table.fetch("1", ("name",), CALL) == [{"name": "one"}]
        database.run(KILL["mysql" if database.is_mariadb else "postgresql"])
    assert table.fetch("1", ("name",), CALL) == [{"name": "one"}]


def test_a_column_of_another_type_or_none_is_told_with_what_to_do(database: Database, open_table: Open):
    database.make("changing", "id TEXT_KEY PRIMARY KEY, name varchar(20), age integer", "'1', 'one', 5")
    names = {"years": "age"}
    table = open_table(database.to_reader, "changing", "id", names=names)
    assert table.fetch("1", ("years",), CALL) == [{"years": 5}]
    database.run(f"ALTER TABLE changing {'MODIFY' if database.is_mariadb else 'ALTER'} age {'' if database.is_mariadb else 'TYPE '}varchar(9)")
    database.run("UPDATE changing SET age = 'five'")
    told = refusal(table, fields=("name", "years"))
    assert (told.code.name, told.reason, told.facts) == ("FAILED_PRECONDITION", "TABLE_CHANGED", {"column": "years"})
    assert "restart" in told.next_action
    database.run("ALTER TABLE changing DROP COLUMN age")
    told = refusal(table, fields=("years",))
    assert (told.code.name, told.reason, told.facts) == ("FAILED_PRECONDITION", "TABLE_CHANGED", {"column": "years"})
    assert table.fetch("1", ("name",), CALL) == [{"name": "one"}]
    assert open_table(database.to_reader, "changing", "id").fetch("1", ("name",), CALL) == [{"name": "one"}]


@pytest.mark.postgres
def test_a_database_that_was_restarted_or_is_down_is_told_apart(open_table: Open):
    with server() as one:
        run(one.url, "CREATE TABLE base (id text PRIMARY KEY, name text)", "INSERT INTO base VALUES ('1', 'one')")
        table = open_table(one.url, "base", "id")
        assert table.fetch("1", ("name",), CALL) == [{"name": "one"}]
        for number in (signal.SIGINT, signal.SIGKILL):
            one.stop(number)
            told = refusal(table)
            assert (told.code.name, told.reason, told.retry_after) == ("UNAVAILABLE", "SOURCE_UNREACHABLE", 5)
            one.start()
            assert table.fetch("1", ("name",), CALL) == [{"name": "one"}]
        one.stop()
        one.start()
        assert table.fetch("1", ("name",), CALL) == [{"name": "one"}]


def test_a_fetch_that_nobody_waits_for_is_not_tried_again(postgres: Server, open_table: Open):
    run(postgres.url, "CREATE TABLE late (id text PRIMARY KEY, name text)", "INSERT INTO late VALUES ('1', 'one')")
    table, over = open_table(postgres.url, "late", "id"), FetchCall("", "", "", -1, 10, until=monotonic() - 1)
    assert table.fetch("1", ("name",), over) == [{"name": "one"}]
    run(postgres.url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = 'shuniu'")
    assert refusal(table, call=over).code.name == "UNAVAILABLE"
    assert table.fetch("1", ("name",), over) == [{"name": "one"}]


def test_a_statement_that_takes_too_long_is_ended_by_the_server_and_not_tried_again(
    database: Database, open_table: Open, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(source, "LIMITS", WaitLimits(statement=0.5, lock=0.5, answer=5))
    database.make("base", "id TEXT_KEY PRIMARY KEY, name varchar(20)", "'1', 'one'")
    sleep = "sleep(20)" if database.is_mariadb else "pg_sleep(20)::text"
    database.make_view("slow", f"SELECT id, {sleep} AS name FROM base")
    table, began = open_table(database.to_reader, "slow", "id"), time.monotonic()
    told = refusal(table)
    assert (told.code.name, told.reason) == ("DEADLINE_EXCEEDED", "SOURCE_SLOW")
    assert 0.4 < time.monotonic() - began < 2


def test_a_sqlite_file_that_is_replaced_is_read_anew(tmp_path: Path, open_table: Open):
    for name in ("old", "new"):
        with sqlite3.connect(tmp_path / name) as connection:
            connection.execute("CREATE TABLE t (id TEXT PRIMARY KEY, name TEXT)")
            connection.execute("INSERT INTO t VALUES ('1', ?)", (name,))
        connection.close()
    table = open_table(f"sqlite:///{tmp_path / 'old'}", "t", "id")
    assert table.quick("1", ("name",), CALL) == table.fetch("1", ("name",), CALL) == [{"name": "old"}]
    (tmp_path / "new").rename(tmp_path / "old")
    assert table.quick("1", ("name",), CALL) == table.fetch("1", ("name",), CALL) == [{"name": "new"}]
