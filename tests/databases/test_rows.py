"""Conditions on rows beside the key: whatever the database, the same records come as where all are read and judged one by one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, event

from shuniu import FetchError
from shuniu.provider.resource import pack, plan
from shuniu.provider.table import TableProvider
from shuniu.records import from_record
from shuniu.rows import row_to
from shuniu.scope import RowCondition, RowTest, conditions_of, is_inside, read_test
from shuniu.v1.provider_pb2 import FetchRequest, FetchResponse
from tests.databases.servers import Database, mariadb_of, postgresql_of
from tests.shuniu_sdk.tables import CALL

Open = Callable[..., TableProvider]
KINDS = {"town": "string", "code": "string", "year": "int64", "income": "decimal", "since": "date", "seen": "timestamp", "alive": "bool"}
COLUMNS = (
    "k varchar(20) NOT NULL, town varchar(20), code char(6), year integer, income numeric(20, 2), since date, seen timestamp NULL, "
    "alive boolean, note varchar(40)"
)
ROWS = (
    "'1', '640106', 'AB', 2024, 120.5, '2024-03-01', '2024-03-01 08:00:00', TRUE, 'a'",
    "'1', '640202', 'ab', 2019, -1, '2019-12-31', '2019-12-31 23:59:59', FALSE, 'b'",
    "'1', '64', 'ABC', 0, 0, '2024-02-29', '2024-02-29 00:00:00', TRUE, 'c'",
    "'1', 'é%_', 'A', -7, 99999999999999.99, '2000-01-01', '2000-01-01 00:00:00', TRUE, 'd'",
    "'1', '银川', NULL, 2147483647, 0.01, '2030-01-01', '2030-01-01 12:00:00', FALSE, 'e'",
    "'1', NULL, '', NULL, NULL, NULL, NULL, NULL, 'f'",
    "'1', 'Ab', 'Ab', 2020, 120.49, '2024-03-02', '2024-03-01 08:00:01', TRUE, 'g'",
    "'1', 'x', 'CD  ', 1, 1, '2001-01-01', '2001-01-01 00:00:00', FALSE, 'padded'",
    "'2', '640106', 'AB', 2024, 120.5, '2024-03-01', '2024-03-01 08:00:00', TRUE, 'other key'",
)
LINES = (
    "town=640106", "town^=6401", "town^=64", "town in 640106,64,银川", "town=银川", "town^=é%", "town=ab", "town=AB", "town=x' OR '1'='1",
    "code=AB", "code=CD", "code in CD,A", "code^=A", "code in ab,A", "code^=AB",
    "year=2024", "year in 2024,0,-7", "year>=2020", "year<=0", "year=9223372036854775807",
    "income=120.5", "income=120.50", "income>=120.49", "income<=0", "income in 0.01,99999999999999.99", "income>=99999999999999.995",
    "since=2024-03-01", "since>=2024-02-29", "since<=2019-12-31", "since in 2024-02-29,2030-01-01",
    "seen=2024-03-01T08:00:00+08:00", "seen>=2024-03-01T00:00:01Z", "seen<=2019-12-31T23:59:59+08:00",
    "alive=true", "alive in true,false",
)  # fmt: skip


def read(*lines: str) -> tuple[RowTest, ...]:
    return tuple(read_test(replace(one, type=KINDS[one.field])) for one in conditions_of(lines))


@pytest.fixture(params=["sqlite", "postgres", "maria"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database with a table `rows_of` of each kind."""
    if request.param == "sqlite":
        engine = create_engine(place := f"sqlite:///{tmp_path / 'rows.db'}")
        with engine.begin() as one:
            for statement in (f"CREATE TABLE rows_of ({COLUMNS})", *(f"INSERT INTO rows_of VALUES ({row})" for row in ROWS)):
                one.exec_driver_sql(statement)
        engine.dispose()
        yield place
        return
    found = request.getfixturevalue(request.param)
    database: Database = mariadb_of(found) if request.param == "maria" else postgresql_of(found)
    # a stamp of MariaDB is kept in UTC, and a percent sign is doubled for drivers that would take it for a place
    columns = COLUMNS.replace("seen timestamp NULL", "seen datetime") if database.is_mariadb else COLUMNS
    database.make("rows_of", columns, *(row.replace("%", "%%") for row in ROWS))
    yield database.to_reader
    database.run(*database.undo)


def notes(table: TableProvider, *lines: str) -> list[str]:
    """Return the notes of the records that leave, as a provider packs them."""
    resource = table.resource("r")
    named = [one.name for one in resource.columns]
    asked = FetchRequest(resource="r", key_field="k", key="1", fields=named, rows=[row_to(one.condition) for one in read(*lines)])
    work = plan(asked, {"r": resource}, {"r": frozenset(named)})
    answer = FetchResponse.FromString(pack(work, table.fetch(work.key, work.fields, work.call)))
    return sorted(str(from_record(record)["note"]) for record in answer.records)


@pytest.fixture
def table(url: str, open_table: Open) -> TableProvider:
    # SQLite and PostgreSQL know a truth value; MariaDB keeps a small number, which the entry would have to call one
    return open_table(url, "rows_of", "k")


@pytest.mark.parametrize("line", LINES)
def test_the_same_records_come_as_where_each_is_judged(table: TableProvider, url: str, line: str):
    (condition,) = read(line)
    if url.startswith("mysql") and condition.kind == "bool":
        with pytest.raises(FetchError) as refused:
            notes(table, line)
        assert refused.value.facts == {"column": "alive"}
        return
    every = table.fetch("1", [*KINDS, "note"], CALL)
    assert notes(table, line) == sorted(str(record["note"]) for record in every if is_inside((condition,), record))


def test_several_conditions_all_hold(table: TableProvider):
    assert notes(table, "town^=64", "year>=2020", "since>=2024-01-01", "income<=200") == ["a"]
    assert notes(table, "town^=64", "year<=2018", "code=ABC") == ["c"]


def test_what_lies_outside_is_left_out_by_the_database_itself(table: TableProvider, url: str):
    seen: list[str] = []
    event.listen(table._source.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_more: seen.append(statement))
    lines = ("town in 640106,银川", "year>=2020", "income<=200", "since>=2024-01-01", *(() if "sqlite" in url else ("seen>=2024-01-01T00:00:00Z",)))
    assert len(table.fetch("1", [*KINDS, "note"], replace(CALL, rows=read(*lines)))) == 2
    (select,) = (one for one in seen if "WHERE" in one)
    assert not any(value in select for value in ("640106", "2020", "200", "2024"))  # bound, never written
    assert all(column in select.partition("WHERE")[2] for column in ("town", "year", "income", "since"))


def test_a_time_of_a_zone_that_changes_its_clocks_is_judged_afterwards(url: str, open_table: Open):
    berlin = open_table(url, "rows_of", "k", zone=ZoneInfo("Europe/Berlin"))
    assert notes(berlin, "seen=2024-03-01T07:00:00Z") == ["a"]


@pytest.mark.postgres
def test_a_word_that_is_none_of_an_enum_finds_nothing(postgres, open_table: Open):
    database = postgresql_of(postgres)
    database.run("CREATE TYPE mood AS ENUM ('well', 'ill')")
    database.undo.append("DROP TYPE mood")
    database.make("moods", "k text PRIMARY KEY, town mood, note text", "'1', 'well', 'a'")
    table = open_table(database.to_reader, "moods", "k")
    assert (notes(table, "town=well"), notes(table, "town=dead"), notes(table, "town^=we")) == (["a"], [], ["a"])
    database.run(*database.undo)


def test_a_limit_counts_what_lies_inside(table: TableProvider):
    found = table.fetch("1", [*KINDS, "note"], replace(CALL, limit=1, rows=read("town^=64", "year>=2019")))
    assert {record["note"] for record in found} == {"a", "b"}  # one too many is told by whoever counts what lies inside


def test_a_condition_that_a_provider_does_not_know_sends_nothing(table: TableProvider):
    resource = table.resource("r")
    year = RowCondition("year", equal="1", type="int64")
    for unknown in (replace(year, equal=None), replace(year, equal="x"), replace(year, type=""), replace(year, field="gone")):
        asked = FetchRequest(resource="r", key_field="k", key="1", fields=["year"], rows=[row_to(unknown)])
        with pytest.raises(FetchError) as refused:
            plan(asked, {"r": resource}, {"r": frozenset({"k", "year"})})
        assert refused.value.reason == "INVALID_ROWS"
