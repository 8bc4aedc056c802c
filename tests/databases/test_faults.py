"""What is wrong at a database is told as what it is: at the start with the statement that mends it, later with reason and column."""

from collections.abc import Callable

import psycopg
import pytest
from grpc import StatusCode
from sqlalchemy import exc

from shuniu import FetchError, SourceError
from shuniu.provider.table import TableProvider
from shuniu.provider.table.faults import Fault, cause_of, fault_of
from tests.databases.servers import Database
from tests.postgres import Server
from tests.shuniu_sdk.tables import CALL, run

Open = Callable[..., TableProvider]
KEY = "640102199001310017"


def refusal(table: TableProvider, key: str, fields: tuple[str, ...] = ("name",)) -> FetchError:
    with pytest.raises(FetchError) as refused:
        table.fetch(key, fields, CALL)
    assert refused.value.message_zh
    assert refused.value.next_action
    assert KEY not in str(refused.value)
    return refused.value


def test_a_user_who_may_not_read_a_table_is_told_the_grant_at_the_start(database: Database, open_table: Open):
    database.make("secret", "id TEXT_KEY PRIMARY KEY, name varchar(20)", "'1', 'one'", grant=False)
    with pytest.raises(SourceError) as refused:
        open_table(database.to_reader, "secret", "id")
    assert "GRANT SELECT" in refused.value.next_action
    assert "secret TO reader" in refused.value.next_action
    assert "secret" in refused.value.message_zh
    database.run(f"GRANT SELECT ON secret TO {database.reader}")
    table = open_table(database.to_reader, "secret", "id")
    assert table.fetch("1", ("name",), CALL) == [{"name": "one"}]
    database.run(f"REVOKE SELECT ON secret FROM {database.reader}")
    told = refusal(table, KEY)
    assert (told.code, told.reason, told.retry_after) == (StatusCode.FAILED_PRECONDITION, "SOURCE_FORBIDDEN", 0)
    assert "GRANT SELECT ON secret" in told.next_action


def test_a_view_may_be_served_where_its_table_may_not_be_read(database: Database, open_table: Open):
    database.make("whole", "id TEXT_KEY PRIMARY KEY, name varchar(20), secret varchar(9)", "'1', 'one', 'x'", grant=False)
    database.make_view("shared", "SELECT id, name FROM whole")
    table = open_table(database.to_reader, "shared", "id")
    assert [column.name for column in table.resource().columns] == ["id", "name"]
    assert table.fetch("1", ("name",), CALL) == [{"name": "one"}]


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_columns_that_the_user_may_not_read_are_left_out_and_named(database: Database, open_table: Open, caplog: pytest.LogCaptureFixture):
    database.make("partly", "id TEXT_KEY PRIMARY KEY, name varchar(20), secret varchar(9)", "'1', 'one', 'x'", grant=False)
    database.run(f"GRANT SELECT (id, name) ON partly TO {database.reader}")
    table = open_table(database.to_reader, "partly", "id")
    assert [column.name for column in table.resource().columns] == ["id", "name"]
    assert "column secret of partly is not served: the database user may not read it" in caplog.text
    assert table.fetch("1", ("name",), CALL) == [{"name": "one"}]


def test_a_key_that_is_no_value_of_its_column_is_the_callers_mistake(database: Database, open_table: Open):
    database.make("numbered", "id bigint PRIMARY KEY, name varchar(20)", "7, 'seven'")
    table = open_table(database.to_reader, "numbered", "id")
    for key in ("abc", "007", "7.0", "9" * 20):
        told = refusal(table, key)
        assert (told.code, told.reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_KEY")
    assert table.fetch("7", ("name",), CALL) == [{"name": "seven"}]


def test_a_key_that_is_none_of_the_words_of_an_enum_has_no_record(database: Database, open_table: Open):
    kind = "enum('甲', '乙')"
    if not database.is_mariadb:
        database.run("CREATE TYPE kind AS enum('甲', '乙')")
        kind = "kind"
    database.make("worded", f"id {kind} PRIMARY KEY, name varchar(20)", "'甲', 'first'")
    table = open_table(database.to_reader, "worded", "id")
    assert table.fetch("甲", ("name",), CALL) == [{"name": "first"}]
    assert table.fetch("丙", ("name",), CALL) == table.fetch(KEY, ("name",), CALL) == []


def test_char_columns_lose_their_padding_and_find_their_row_as_key(database: Database, open_table: Open):
    database.make("padded", "id char(20) PRIMARY KEY, name char(10), free varchar(10)", f"'{KEY}', '张三', 'x  '")
    if database.is_mariadb:  # the mode in which MariaDB gives the padding
        database.run("SET GLOBAL sql_mode = CONCAT(@@sql_mode, ',PAD_CHAR_TO_FULL_LENGTH')")
        database.undo.append("SET GLOBAL sql_mode = REPLACE(@@sql_mode, 'PAD_CHAR_TO_FULL_LENGTH', '')")
    table = open_table(database.to_reader, "padded", "id")
    assert table.fetch(KEY, ("id", "name", "free"), CALL) == [{"id": KEY, "name": "张三", "free": "x  "}]


def test_comments_lengths_and_types_come_from_the_database(database: Database, open_table: Open):
    comment = "COMMENT '姓名'" if database.is_mariadb else ""
    database.make("described", f"id char(18) PRIMARY KEY, name varchar(20) {comment}, seen timestamp NULL, n numeric(8, 2)")
    database.run("ALTER TABLE described COMMENT = '居民'" if database.is_mariadb else "COMMENT ON TABLE described IS '居民'")
    if not database.is_mariadb:
        database.run("COMMENT ON COLUMN described.name IS '姓名'")
    resource = open_table(database.to_reader, "described", "id").resource()
    assert resource.comment == "居民"
    assert [(column.name, column.length, column.comment) for column in resource.columns[:2]] == [("id", 18, ""), ("name", 20, "姓名")]


def test_names_in_capitals_in_chinese_and_in_a_schema_are_served(database: Database, open_table: Open):
    quote = "`" if database.is_mariadb else '"'
    database.run(f"CREATE SCHEMA {quote}库{quote}")
    database.undo.append(f"DROP SCHEMA {quote}库{quote} {'' if database.is_mariadb else 'CASCADE'}")
    name = f"{quote}库{quote}.{quote}R户籍{quote}"
    database.make(name, "SFZH char(18) PRIMARY KEY, 姓名 varchar(20)".replace("SFZH", f"{quote}SFZH{quote}"), "'1', '张三'")
    if not database.is_mariadb:
        database.run(f"GRANT USAGE ON SCHEMA 库 TO {database.reader}")
    table = open_table(database.to_reader, "R户籍", "id_number", schema="库", names={"id_number": "SFZH", "name": "姓名"})
    assert table.fetch("1", ("id_number", "name"), CALL) == [{"id_number": "1", "name": "张三"}]


def test_a_server_of_another_name_that_speaks_postgresqls_protocol_is_served(postgres: Server, open_table: Open):
    run(postgres.url, "CREATE DATABASE other")
    other = postgres.url.replace("/postgres", "/other")
    run(other, "CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql AS $$ SELECT 'KingbaseES V008R006C007B0012 on x86_64' $$")
    run_plainly(other, "CREATE TABLE t (id text PRIMARY KEY, name text)", "INSERT INTO t VALUES ('1', 'one')")
    assert open_table(other, "t", "id").fetch("1", ("name",), CALL) == [{"name": "one"}]


def run_plainly(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


DRIVERS = {
    "oracle://u:geheim@h/x": '"shuniu[oracle]"',
    "oracle+oracledb://u:geheim@h/x": '"shuniu[oracle]"',
    "dm://u:geheim@h/x": "dmSQLAlchemy dmPython",
    "dm+dmPython://u:geheim@h/x": "dmSQLAlchemy dmPython",
    "kingbase://u:geheim@h/x": "ksycopg2",
    "mssql://u:geheim@h/x": "pymssql",
    "mysql+mysqldb://u:geheim@h/x": '"shuniu[mysql]"',
    "mariadb+mysqldb://u:geheim@h/x": '"shuniu[mysql]"',
    "opengauss://u:geheim@h/x": "opengauss-sqlalchemy",
}


@pytest.mark.parametrize(("url", "package"), DRIVERS.items(), ids=DRIVERS)
def test_a_missing_driver_is_named_with_the_line_that_installs_it(url: str, package: str):
    with pytest.raises(SourceError) as refused:
        TableProvider(url, "t", "k")
    assert f"pip install {package}" in refused.value.next_action
    assert f"pip install {package}" in refused.value.next_action_zh
    assert "geheim" not in str(refused.value) + refused.value.next_action


class Told(Exception):  # noqa: N818 -- as a driver's error is made
    """An error of a driver."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args)
        self.__dict__.update(more)


class OfOracle:
    """What python-oracledb puts into its errors."""

    def __init__(self, code: int) -> None:
        self.code = code


def oracle(code: int) -> Told:
    error = type("DatabaseError", (Told,), {"__module__": "oracledb.exceptions"})
    return error(OfOracle(code))  # type: ignore[no-any-return]


CODES = [
    (exc.ProgrammingError, Told("text", sqlstate="42501"), Fault.FORBIDDEN),
    (exc.ProgrammingError, Told("text", pgcode="42P01"), Fault.NO_TABLE),
    (exc.ProgrammingError, Told("42S22", "text"), Fault.NO_COLUMN),
    (exc.OperationalError, Told("text", sqlstate="57014"), Fault.TOO_SLOW),
    (exc.OperationalError, Told("text", sqlstate="57P01"), Fault.UNREACHABLE),
    (exc.OperationalError, Told("text", sqlstate="53300"), Fault.UNREACHABLE),
    (exc.InternalError, Told("text", sqlstate="XX000"), Fault.REFUSED),
    (exc.NotSupportedError, Told("text", sqlstate="0A000"), Fault.REFUSED),
    (exc.OperationalError, Told("server closed the connection"), Fault.UNREACHABLE),
    (exc.OperationalError, Told(1142, "text", sqlstate="42000"), Fault.FORBIDDEN),
    (exc.OperationalError, Told(1045, "text"), Fault.UNREACHABLE),
    (exc.OperationalError, Told(2013, "text"), Fault.UNREACHABLE),
    (exc.OperationalError, Told(1030, "text"), Fault.REFUSED),
    (exc.DataError, Told(1264, "text"), Fault.VALUE),
    (exc.DatabaseError, oracle(942), Fault.NO_TABLE),
    (exc.DatabaseError, oracle(1031), Fault.FORBIDDEN),
    (exc.OperationalError, oracle(12541), Fault.UNREACHABLE),
    (exc.DatabaseError, oracle(600), Fault.REFUSED),
]


@pytest.mark.parametrize(("kind", "orig", "fault"), CODES, ids=[str(number) for number in range(len(CODES))])
def test_the_kind_of_a_failure_is_known_by_its_code_and_only_the_code_is_logged(kind: type[exc.DBAPIError], orig: Exception, fault: Fault):
    error = kind(f"SELECT {KEY}", {}, orig)
    assert fault_of(error) is fault
    assert KEY not in cause_of(error)
    assert "text" not in cause_of(error)
