"""A table or view of a real database is served read-only, with the types that its columns promise, on SQLite and on PostgreSQL."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import pytest
from sqlalchemy import create_engine, exc

from shuniu import FetchCall, FetchError, Provider, SourceError
from shuniu.provider.table import TableProvider
from shuniu.provider.table.values import CHINA
from shuniu.records import from_record
from shuniu.v1.provider_pb2 import FetchRequest
from shuniu.v1.provider_pb2_grpc import ProviderServiceStub
from tests.postgres import cluster

CALL = FetchCall(consumer="", purpose="", case_number="", log_index=-1, limit=10)
TABLE = """
CREATE TABLE resident (
  id_number CHAR(18) PRIMARY KEY, name VARCHAR(40) NOT NULL, born DATE, income NUMERIC(38, 2), seen TIMESTAMP, alive BOOLEAN,
  children INTEGER, weight DOUBLE PRECISION, note TEXT, extra JSON, wakes TIME, "Ordnung; DROP" TEXT)
"""
INSERT = """
INSERT INTO resident VALUES ('640102199001310017', '张三', '1990-01-31', 123456789012345678901234567.5, '2024-01-31 08:00:00', TRUE, 2, 61.5,
  NULL, '{"a": 1}', '06:30:00', 'x')
"""
MORE = """
CREATE TABLE more (
  id UUID PRIMARY KEY, at TIMESTAMPTZ, raw BYTEA, tags TEXT[], span INTERVAL, doc JSONB, kind CHAR(3), exact NUMERIC);
INSERT INTO more VALUES (
  '6ba7b810-9dad-11d1-80b4-00c04fd430c8', '2024-01-31 08:00:00+08', '\\x00ff', '{a}', '1 day', '"text"', 'ab', 1.250)
"""
VIEW = "CREATE VIEW adult AS SELECT id_number, name, born FROM resident WHERE children > 1"
EXPECTED = {
    "id_number": "640102199001310017",
    "name": "张三",
    "born": date(1990, 1, 31),
    "seen": datetime(2024, 1, 31, 8, tzinfo=CHINA),
    "alive": True,
    "children": 2,
    "weight": 61.5,
    "note": None,
    "extra": '{"a": 1}',
    "wakes": "06:30:00",
    "Ordnung; DROP": "x",
}


def _statements() -> tuple[str, ...]:
    numbered = "CREATE TABLE numbered (number BIGINT PRIMARY KEY, word TEXT)"
    return (TABLE, INSERT, VIEW, numbered, "INSERT INTO numbered VALUES (7, 'seven')", "CREATE TABLE bare (k TEXT)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    path = tmp_path / "库 100%?#.db"
    with sqlite3.connect(path) as connection:
        for statement in _statements():
            connection.execute(statement)
        connection.execute("INSERT INTO bare VALUES ('1')")
    connection.close()
    return f"sqlite:///{str(path).replace('%', '%25').replace('?', '%3F')}"


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with cluster() as url:
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in _statements():
                connection.exec_driver_sql(statement)
            for statement in MORE.split(";"):
                connection.exec_driver_sql(statement)
        engine.dispose()
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return found


@pytest.fixture
def open_table() -> Iterator[Callable[..., TableProvider]]:
    opened: list[TableProvider] = []

    def make(*given: Any, **named: Any) -> TableProvider:
        opened.append(TableProvider(*given, **named))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def test_each_column_arrives_with_the_type_it_promises(url: str, open_table: Callable[..., TableProvider]):
    source = open_table(url, "resident", "id_number")
    found = source.fetch("640102199001310017", tuple(EXPECTED), CALL)
    assert found == [EXPECTED]
    assert [type(value) for value in found[0].values()] == [type(value) for value in EXPECTED.values()]
    assert source.fetch("640102199001310017", ("name",), CALL) == [{"name": "张三"}]
    assert source.fetch("' OR 1=1 --", ("name",), CALL) == []


@pytest.mark.postgres
def test_a_long_decimal_keeps_every_digit_where_the_database_does(postgres_url: str, open_table: Callable[..., TableProvider]):
    found = open_table(postgres_url, "resident", "id_number").fetch("640102199001310017", ("income",), CALL)
    assert str(found[0]["income"]) == "123456789012345678901234567.50"


@pytest.mark.postgres
def test_types_of_postgresql_are_carried_or_left_out_with_a_warning(
    postgres_url: str, open_table: Callable[..., TableProvider], caplog: pytest.LogCaptureFixture
):
    source = open_table(postgres_url, "more", "id")
    names = [column.name for column in source.resource().columns]
    assert names == ["id", "at", "raw", "doc", "kind", "exact"]
    assert "tags" in caplog.text
    assert "span" in caplog.text
    key = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    expected = {"id": key, "at": datetime(2024, 1, 31, tzinfo=UTC), "raw": b"\x00\xff", "doc": '"text"', "kind": "ab ", "exact": Decimal("1.250")}
    assert source.fetch(key, names, CALL) == [expected]
    assert str(source.fetch(key.upper(), ("exact",), CALL)[0]["exact"]) == "1.250"
    for wrong in ("x", "{" + key + "}", key.replace("-", "")):
        with pytest.raises(FetchError, match="UUID"):
            source.fetch(wrong, ("kind",), CALL)


def test_a_decimal_is_padded_to_its_scale(sqlite_url: str, open_table: Callable[..., TableProvider]):
    with sqlite3.connect(_path(sqlite_url)) as connection:
        connection.execute("UPDATE resident SET income = 120.5")
    assert str(open_table(sqlite_url, "resident", "id_number").fetch("640102199001310017", ("income",), CALL)[0]["income"]) == "120.50"


def test_describe_tells_types_and_nullability_as_the_database_has_them(url: str, open_table: Callable[..., TableProvider]):
    resource = open_table(url, "resident", "id_number").resource("residents")
    described = {column.name: column for column in resource.columns}
    assert (resource.name, resource.key) == ("residents", "id_number")
    assert described["name"].type == "VARCHAR(40)"
    assert not described["name"].nullable
    assert described["born"].nullable


def test_a_view_is_served_like_a_table(url: str, open_table: Callable[..., TableProvider]):
    source = open_table(url, "adult", "id_number")
    assert source.fetch("640102199001310017", ("born", "name"), CALL) == [{"born": date(1990, 1, 31), "name": "张三"}]


def test_a_key_of_whole_numbers_is_asked_for_by_its_digits(url: str, open_table: Callable[..., TableProvider]):
    source = open_table(url, "numbered", "number")
    assert source.fetch("7", ("word",), CALL) == [{"word": "seven"}]
    assert source.fetch("8", ("word",), CALL) == []
    for wrong in ("x", "07", " 7", "7.0", "٧", "9" * 20, "1" * 5000):
        with pytest.raises(FetchError) as refused:
            source.fetch(wrong, ("word",), CALL)
        assert refused.value.code is grpc.StatusCode.INVALID_ARGUMENT


def test_no_more_records_than_the_limit_leave_the_database(sqlite_url: str, open_table: Callable[..., TableProvider]):
    with sqlite3.connect(_path(sqlite_url)) as connection:
        connection.executemany("INSERT INTO bare VALUES (?)", [("1",)] * 30)
    assert len(open_table(sqlite_url, "bare", "k").fetch("1", ("k",), CALL)) == 10


def test_a_missing_table_or_key_is_named_with_what_there_is(url: str, open_table: Callable[..., TableProvider]):
    with pytest.raises(SourceError) as refused:
        open_table(url, "residents", "id_number")
    assert "residents" in refused.value.message
    assert "resident" in refused.value.next_action
    assert "adult" in refused.value.next_action
    assert "residents" in refused.value.message_zh
    with pytest.raises(SourceError) as refused:
        open_table(url, "resident", "idnumber")
    assert "id_number" in refused.value.next_action
    with pytest.raises(SourceError, match="is no key"):
        open_table(url, "resident", "born")


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


def test_a_key_without_an_index_is_warned_about_at_the_start(url: str, open_table: Callable[..., TableProvider], caplog: pytest.LogCaptureFixture):
    open_table(url, "resident", "id_number")
    open_table(url, "adult", "id_number")
    assert not caplog.records
    open_table(url, "bare", "k")
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "bare has no index that begins with k" in caplog.text


def test_no_connection_can_write(url: str, open_table: Callable[..., TableProvider]):
    source = open_table(url, "bare", "k")._source
    with source.engine.connect() as connection, pytest.raises(exc.DBAPIError, match=r"read-?only"):
        connection.exec_driver_sql("INSERT INTO bare VALUES ('x')")


def test_a_file_that_its_department_goes_on_writing_is_read_as_it_stands(sqlite_url: str, open_table: Callable[..., TableProvider]):
    writer = sqlite3.connect(_path(sqlite_url), isolation_level=None)
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


UPDATES = {
    column: "UPDATE resident SET ? = ?".replace("?", column, 1) for column in ("born", "income", "seen", "alive", "children", "weight", "name")
}


@pytest.mark.parametrize("column", UPDATES)
def test_a_value_that_breaks_its_columns_promise_is_named_by_column_alone(sqlite_url: str, open_table: Callable[..., TableProvider], column: str):
    with sqlite3.connect(_path(sqlite_url)) as connection:
        connection.execute(UPDATES[column], (b"geheim" if column == "name" else "geheim",))
    source = open_table(sqlite_url, "resident", "id_number")
    with pytest.raises(FetchError, match=f"column {column} of resident") as refused:
        source.fetch("640102199001310017", (column,), CALL)
    assert "geheim" not in str(refused.value)
    assert source.fetch("640102199001310017", ("id_number",), CALL)


def test_a_column_that_keeps_no_type_can_be_served_as_text(sqlite_url: str, open_table: Callable[..., TableProvider]):
    with sqlite3.connect(_path(sqlite_url)) as connection:
        connection.execute("UPDATE resident SET born = '1990-00-00'")
    source = open_table(sqlite_url, "resident", "id_number", as_text=("born",))
    assert source.fetch("640102199001310017", ("born",), CALL) == [{"born": "1990-00-00"}]


def test_times_without_a_zone_are_in_the_zone_that_is_given(sqlite_url: str, open_table: Callable[..., TableProvider]):
    tokyo = timezone(timedelta(hours=9))
    found = open_table(sqlite_url, "resident", "id_number", zone=tokyo).fetch("640102199001310017", ("seen",), CALL)
    assert found[0]["seen"] == datetime(2024, 1, 31, 8, tzinfo=tokyo)


def test_a_select_of_many_steps_is_left_to_a_thread(sqlite_url: str, open_table: Callable[..., TableProvider]):
    with sqlite3.connect(_path(sqlite_url)) as connection:
        connection.executemany("INSERT INTO bare VALUES (?)", [(str(number),) for number in range(20_000)])
    source = open_table(sqlite_url, "bare", "k")
    assert source.quick("19999", ("k",), CALL) is None
    assert source.fetch("19999", ("k",), CALL) == [{"k": "19999"}]
    small = open_table(sqlite_url, "resident", "id_number")
    assert small.quick("640102199001310017", ("name",), CALL) == [{"name": "张三"}]


def test_a_locked_file_is_waited_for_in_a_thread_alone(sqlite_url: str, open_table: Callable[..., TableProvider]):
    source = open_table(sqlite_url, "resident", "id_number")
    writer = sqlite3.connect(_path(sqlite_url), isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN EXCLUSIVE")
    assert source.quick("640102199001310017", ("name",), CALL) is None
    done = threading.Timer(0.3, lambda: writer.execute("ROLLBACK"))
    done.start()
    assert source.fetch("640102199001310017", ("name",), CALL) == [{"name": "张三"}]
    done.join()
    assert source.quick("640102199001310017", ("name",), CALL) == [{"name": "张三"}]
    writer.close()


def test_quick_selects_that_never_are_quick_are_not_tried_each_time(sqlite_url: str, open_table: Callable[..., TableProvider]):
    with sqlite3.connect(_path(sqlite_url)) as connection:
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
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE passing (k TEXT PRIMARY KEY)")
        source = open_table(url, "passing", "k")
        connection.exec_driver_sql("DROP TABLE passing")
    engine.dispose()
    with pytest.raises(FetchError) as refused:
        source.fetch("640102199001310017", ("k",), CALL)
    for text in (str(refused.value), caplog.text):
        assert "SELECT" not in text
        assert "640102199001310017" not in text


def test_a_table_is_fetched_over_the_wire(url: str, folder: Path, serve: Callable[[Provider], int], stub_of: Callable[..., ProviderServiceStub]):
    provider = Provider(folder)
    provider.add(TableProvider(url, "resident", "id_number").resource())
    stub = stub_of(serve(provider))
    request = FetchRequest(resource="resident", key_field="id_number", key="640102199001310017", fields=list(EXPECTED), limit=10)
    for _ in range(8):
        assert [from_record(record) for record in stub.Fetch(request, timeout=10).records] == [EXPECTED]


def _path(url: str) -> str:
    return url.removeprefix("sqlite:///").replace("%3F", "?").replace("%25", "%")
