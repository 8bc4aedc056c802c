"""How many rows a provider has and how new its newest is: told by Describe, never by reading a whole table, never for long."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shuniu.errors import SourceError
from shuniu.provider import freshness
from shuniu.provider.files import FileProvider
from shuniu.provider.freshness import NOTHING, Freshness, FreshnessBook, looks_of
from shuniu.provider.table import TableProvider
from shuniu.provider.table.freshness import COUNTED

Made = Callable[..., str]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    def make(*statements: str) -> str:
        with closing(sqlite3.connect(tmp_path / "own.db")) as rows:
            for one in statements:
                rows.execute(one)
            rows.commit()
        return f"sqlite:///{tmp_path / 'own.db'}"

    return make


def look(url: str, name: str = "register", **more: str) -> Freshness:
    provider = TableProvider(url, name, "id", **more)  # type: ignore[arg-type]
    try:
        found = provider.resource().freshness
        assert found is not None
        return found()
    finally:
        provider.close()


TABLE = "CREATE TABLE register (id TEXT PRIMARY KEY, day DATE, at TIMESTAMP, note TEXT)"
ROWS = "INSERT INTO register VALUES ('1', '2026-03-01', '2026-03-01 10:00:00', 'a'), ('2', '2026-03-02', '2026-03-02 09:30:00', 'b')"


def test_few_rows_are_counted_and_the_newest_is_found_at_the_end_of_its_index(made: Made):
    url = made(TABLE, ROWS, "CREATE INDEX by_at ON register (at)", "CREATE INDEX by_day ON register (day)")
    assert look(url, freshness="at") == Freshness(2, datetime(2026, 3, 2, 1, 30, tzinfo=UTC))
    assert look(url, freshness="day") == Freshness(2, datetime(2026, 3, 1, 16, 0, tzinfo=UTC))
    assert look(url) == Freshness(2, None)
    assert look(made("DELETE FROM register"), freshness="at") == Freshness(0, None)


def test_without_an_index_the_newest_is_not_looked_for_and_the_log_says_so(made: Made, caplog):
    assert look(made(TABLE, ROWS), freshness="at") == Freshness(2, None)
    assert "no index begins with at" in caplog.text


def test_of_many_rows_no_more_than_a_bound_is_read(made: Made):
    series = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {COUNTED + 1})"  # noqa: S608 -- our own
    many = f"INSERT INTO register (id) {series} SELECT i FROM n"  # noqa: S608 -- our own
    url = made(TABLE, many)
    assert look(url) == Freshness(None, None)  # SQLite keeps no statistics of its own accord
    made("DELETE FROM register WHERE id = '7'")
    assert look(url) == Freshness(COUNTED, None)


def test_of_a_view_nothing_is_told(made: Made):
    url = made(TABLE, ROWS, "CREATE VIEW shown AS SELECT * FROM register")
    assert look(url, "shown", freshness="at") == NOTHING


@pytest.mark.parametrize("name", ["note", "nowhere"])
def test_a_column_that_is_no_time_or_is_not_there_is_refused_at_the_start(made: Made, name: str):
    with pytest.raises(SourceError) as refused:
        look(made(TABLE), freshness=name)
    assert name in refused.value.message
    assert refused.value.next_action_zh


def test_rows_of_a_file_were_counted_when_it_was_read(tmp_path: Path):
    (tmp_path / "permits.csv").write_text("number,holder\n1,甲\n2,乙\n,丙\n", encoding="utf-8")
    provider = FileProvider(tmp_path / "permits.csv", "number")
    try:
        assert provider.resource().freshness() == Freshness(2)  # type: ignore[misc]
    finally:
        provider.close()


def test_a_look_that_takes_long_holds_up_no_describe_and_is_told_by_the_next(monkeypatch):
    monkeypatch.setattr(freshness, "WAITED", 0.05)
    go, looks = threading.Event(), list[int]()

    def slow() -> Freshness:
        looks.append(1)
        go.wait(10)
        return Freshness(7)

    async def story() -> None:
        book = FreshnessBook({"slow": slow})
        assert await book.read() == {}
        assert await book.read() == {}
        go.set()
        await asyncio.sleep(0.2)
        assert await book.read() == {"slow": Freshness(7)}
        assert looks == [1]  # and not looked at again within a minute
        book.close()

    asyncio.run(story())


def test_a_look_that_fails_tells_nothing_and_quotes_nothing(caplog):
    def broken() -> Freshness:
        raise ValueError("64010419900307123X")

    async def story() -> None:
        book = FreshnessBook(looks_of([("broken", broken), ("without", None)]))
        assert await book.read() == {"broken": NOTHING}
        book.close()

    with caplog.at_level(logging.WARNING):
        asyncio.run(story())
    assert "broken" in caplog.text
    assert "6401" not in caplog.text
