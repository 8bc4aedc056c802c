"""Tables on SQLite and PostgreSQL with a column of each type; fixtures for the tests of the table provider."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine

from shuniu import FetchCall
from shuniu.provider.table import TableProvider
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


def statements() -> tuple[str, ...]:
    numbered = "CREATE TABLE numbered (number BIGINT PRIMARY KEY, word TEXT)"
    return (TABLE, INSERT, VIEW, numbered, "INSERT INTO numbered VALUES (7, 'seven')", "CREATE TABLE bare (k TEXT)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    path = tmp_path / "库 100%?#.db"
    with sqlite3.connect(path) as connection:
        for statement in statements():
            connection.execute(statement)
        connection.execute("INSERT INTO bare VALUES ('1')")
    connection.close()
    return f"sqlite:///{str(path).replace('%', '%25').replace('?', '%3F')}"


@pytest.fixture(scope="package")
def postgres_url() -> Iterator[str]:
    with cluster() as url:
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements():
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


def path_of(url: str) -> str:
    return url.removeprefix("sqlite:///").replace("%3F", "?").replace("%25", "%")


def run(url: str, *statements: str) -> None:
    """Run statements as the department's own administrator would."""
    # SQLAlchemy 2.0 does not decode the name of a file
    address = URL.create("sqlite", database=path_of(url)) if url.startswith("sqlite") else url.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()
