"""The index: portions follow each other without a gap whoever writes them, and every search walks a B-tree."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from audit.bulk import NO_BULK
from audit.indexer import Indexer
from audit.model import Event, Kind
from audit.rows import INDEX_COLUMNS, index_row
from audit.store import IndexStore, RecordFilter, RecordStore, log_size
from audit.store.search import page_of, queries
from audit.store.tables import index
from hub.db import Database
from tests.audit.conftest import write_indexed
from tests.audit.keeping import AT, CITIZEN, CIVIL, OTHER_CITIZEN, TAX, event, remove, the_log, write

FILTERS: dict[str, Any] = {
    "pseudonym": bytes(16),
    "officer": "officer-7",
    "department": CIVIL,
    "case_number": "C-1",
    "since": AT,
    "until": AT + timedelta(days=1),
}


def assert_indexed(database: Database, *events: Event) -> None:
    """The index has exactly the rows of these events, and covers the log."""
    expected = [index_row(number, one, the_log().pseudonym(one.subject) if one.subject else None) for number, one in enumerate(events)]
    with database.read() as tx:
        store = IndexStore(tx)
        assert store.rows(0, 2**40) == expected
        assert store.size() == log_size(tx) == len(events)


def offered(database: Database, indexer: Indexer, *events: Event) -> None:
    """Commit as the group committer does, and offer it."""
    prepared = [the_log().prepare(one) for one in events]
    with database.begin() as tx:
        first = RecordStore(tx).append(prepared)
    indexer.offer(first, prepared)


def some(count: int, name: str) -> list[Event]:
    return [event(case_number=f"{name}-{number}", at=AT + timedelta(seconds=number)) for number in range(count)]


def test_offered_batches_and_commits_of_the_control_plane_leave_no_gap(database: Database) -> None:
    indexer, happened = Indexer(database), [some(count, f"B{count}") for count in (3, 1, 4, 2, 7, 5)]
    for number, batch in enumerate(happened):
        if number % 3 == 1:
            write(database, *batch)
        else:
            offered(database, indexer, *batch)
        if number == 2:
            indexer.catch_up(portion=2)
    indexer.catch_up(portion=3)
    assert_indexed(database, *[one for batch in happened for one in batch])


def test_what_another_indexer_did_meanwhile_is_dropped(database: Database) -> None:
    first, second, happened = Indexer(database), Indexer(database), some(9, "C")
    offered(database, first, *happened[:5])
    second.catch_up()
    offered(database, first, *happened[5:])
    first.catch_up()
    assert_indexed(database, *happened)


def test_two_indexers_at_once_write_each_row_once(database: Database) -> None:
    happened = some(60, "C")
    write(database, *happened)
    threads = [threading.Thread(target=Indexer(database).catch_up, args=(3,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    Indexer(database).catch_up()  # SQLite gives up on a writer that waits too long
    assert_indexed(database, *happened)


def test_a_kill_between_a_commit_and_its_portion_costs_nothing(database: Database) -> None:
    happened = some(6, "C")
    offered(database, Indexer(database), *happened[:4])  # and the process is gone
    again = Indexer(database)
    offered(database, again, *happened[4:])
    again.catch_up()
    assert_indexed(database, *happened)


def test_the_thread_indexes_what_comes_and_ends(database: Database) -> None:
    indexer, happened = Indexer(database), some(300, "C")
    indexer.start()
    offered(database, indexer, *happened)
    for _ in range(200):
        with database.read() as tx:
            if IndexStore(tx).size() == 300:
                break
        threading.Event().wait(0.02)
    indexer.stop()
    assert_indexed(database, *happened)


def test_a_month_and_a_year_may_change_within_a_portion(database: Database) -> None:
    moments = [
        datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 2, 1, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
        datetime(2028, 2, 29, tzinfo=UTC),
        datetime(2026, 3, 1, tzinfo=UTC),
    ]
    happened = [event(at=at) for at in moments]
    write_indexed(database, *happened)
    assert_indexed(database, *happened)
    with database.read() as tx:
        found = RecordStore(tx).search(RecordFilter(since=moments[1], until=moments[3]), None, 9)
        if database.dialect == "postgresql":
            query = text("SELECT relname FROM pg_class WHERE relname ~ '^audit_index_[0-9]' AND relkind = 'r' ORDER BY relname")
            names = [name for (name,) in tx.execute(query)]
            assert names == [f"audit_index_{month}" for month in ("2026_01", "2026_02", "2026_03", "2026_12", "2027_01", "2028_02")]
    assert [record.index for record, _ in found.records] == [2, 5, 1]


def test_a_gap_that_is_longer_than_a_portion_does_not_stop_the_index(sqlite_database: Database) -> None:
    write(sqlite_database, *some(9, "C"))
    with sqlite_database.begin() as tx:
        remove(tx, 2, 7)
    Indexer(sqlite_database).catch_up(portion=2)
    with sqlite_database.read() as tx:
        assert IndexStore(tx).size() == 9


COMBINED = [dict(part) for count in (1, 2, 3, 6) for part in combinations(FILTERS.items(), count)]


def test_every_search_walks_an_index(database: Database) -> None:
    write_indexed(database, *some(20, "C"))
    with database.read() as tx:
        if database.dialect == "postgresql":
            tx.execute(text("SET LOCAL enable_seqscan = off"))
        for parts in [{}, *COMBINED]:
            for query in queries(index, RecordFilter(**parts), database.dialect):
                for before in (None, (10**16, 7)):
                    plan = _plan(tx, page_of(query, index, before, 51))
                    assert "Seq Scan" not in plan, (parts, plan)
                    assert "SCAN audit_index" not in plan.replace("SCAN audit_index USING COVERING INDEX ix_audit_index_at", ""), (parts, plan)
                    assert "TEMP B-TREE" not in plan, (parts, plan)
                    assert database.dialect == "postgresql" or any(f"ix_audit_index_{name}" in plan for name in selective(parts)), (parts, plan)


def selective(parts: Any) -> tuple[str, ...]:
    """Return the orders by which a filter finds the fewest records; without statistics SQLite would take any that fits."""
    for names in (("pseudonym",), ("case_number",), ("officer",)):
        if names[0] in parts:
            return names
    return ("department", "other") if "department" in parts else ("at",)


def _plan(tx: Any, query: Any) -> str:
    compiled = query.compile(tx.connection)
    values: Any = compiled.construct_params()
    if compiled.positional:
        values = tuple(values[name] for name in compiled.positiontup)
    found = tx.connection.exec_driver_sql(("EXPLAIN QUERY PLAN " if tx.dialect == "sqlite" else "EXPLAIN ") + str(compiled), values)
    return "\n".join(str(row[-1]) for row in found)


FALSE: dict[str, tuple[Any, RecordFilter]] = {
    "officer": ("nobody", RecordFilter(officer="nobody")),
    "department": (TAX, RecordFilter(department=TAX)),
    "other": (TAX, RecordFilter(department=TAX)),
    "case_number": ("Z", RecordFilter(case_number="Z")),
    "pseudonym": (the_log().pseudonym(OTHER_CITIZEN), RecordFilter(pseudonym=the_log().pseudonym(OTHER_CITIZEN))),
    "resource": ("entries/z", RecordFilter(resource="entries/z")),
    "kind": ("admin", RecordFilter(kind=Kind.ADMIN.value)),
    "at": (1_000_000, RecordFilter(until=datetime(1971, 1, 1, tzinfo=UTC))),
}


def search(database: Database, wanted: RecordFilter) -> tuple[list[int], list[tuple[int, str]]]:
    with database.read() as tx:
        found = RecordStore(tx).search(wanted, None, 9)
    return [record.index for record, _ in found.records], [(one.first, one.reason) for one in found.damaged]


@pytest.mark.parametrize("column", FALSE)
def test_an_index_row_with_another_value_leads_to_no_record(database: Database, column: str) -> None:
    value, wanted = FALSE[column]
    write_indexed(database, *some(3, "C"))
    with database.begin() as tx:
        if database.dialect == "postgresql":
            IndexStore(tx).insert([(9, 1_000_000, "admin", "", "", "", "", "", None, *NO_BULK)])  # makes the partition
            tx.execute(delete(index).where(index.c.position == 9))
        tx.execute(update(index).where(index.c.position == 1).values({column: value}))
    assert search(database, wanted) == ([], [(1, "LOG_INDEX_BROKEN")])


def test_a_row_that_was_added_or_is_that_of_another_record_leads_to_no_record(database: Database) -> None:
    write_indexed(database, event(case_number="A"), event(case_number="B", subject=OTHER_CITIZEN))
    row = dict(zip(INDEX_COLUMNS, index_row(1, event(case_number="A"), the_log().pseudonym(CITIZEN)), strict=True))
    with database.begin() as tx:
        tx.execute(delete(index).where(index.c.position == 1))
        tx.execute(insert(index).values(**row))
        tx.execute(insert(index).values(**row | {"position": 7}))
    assert search(database, RecordFilter(case_number="A")) == ([0], [(7, "LOG_INDEX_BROKEN"), (1, "LOG_INDEX_BROKEN")])


def test_a_record_is_not_shown_twice_for_a_second_row_with_another_time(database: Database) -> None:
    write_indexed(database, event(case_number="A"))
    row = dict(zip(INDEX_COLUMNS, index_row(0, event(case_number="A", at=AT + timedelta(seconds=1)), None), strict=True))
    with database.begin() as tx:
        tx.execute(insert(index).values(**row))
        assert len(tx.execute(select(index)).all()) == 2
    assert search(database, RecordFilter(case_number="A")) == ([0], [(0, "LOG_INDEX_BROKEN")])


def test_a_start_makes_the_orders_that_a_killed_reindex_left_out(sqlite_database: Database) -> None:
    write(sqlite_database, event(), event(case_number="B"))
    with sqlite_database.begin() as tx:
        IndexStore(tx).drop_orders()
    indexer = Indexer(sqlite_database)
    indexer.start()
    indexer.stop()
    indexer.catch_up()
    with sqlite_database.read() as tx:
        assert len(RecordStore(tx).search(RecordFilter(case_number="B"), None, 9).records) == 1
