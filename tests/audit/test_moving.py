"""Moving what the release before wrote into batches: nothing is lost, nothing is judged, and a search in the middle finds each record once."""

from typing import Any

import pytest
from sqlalchemy import select, update

from audit.batch import MOST_RECORDS
from audit.model import Kind
from audit.moving import Mover
from audit.store import FormerStore, IndexStore, RecordFilter, RecordStore
from audit.store.tables import batches, records
from hub.db import Database
from hub.errors import IntegrityError
from tests.audit.conftest import write_indexed
from tests.audit.keeping import assert_whole, event, write, write_former


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.moving.PORTION", 3)


def cases(count: int) -> list[Any]:
    return [event(case_number=f"C-{number}") for number in range(count)]


def left(database: Database) -> list[int]:
    with database.read() as tx:
        return [position for (position,) in tx.execute(select(records.c.position).order_by(records.c.position))]


def found(database: Database, count: int = 99) -> list[int]:
    with database.read() as tx:
        page = RecordStore(tx).search(RecordFilter(), None, count)
    assert page.damaged == []
    return [record.index for record, _ in page.records]


def test_a_mover_killed_between_any_two_portions_goes_on_and_loses_nothing(database: Database) -> None:
    write_former(database, *cases(10))
    before = assert_whole(database)
    for rest in ([3, 4, 5, 6, 7, 8, 9], [6, 7, 8, 9], [9], []):
        assert Mover(database).move_portion()  # a new process each time
        assert left(database) == rest
        assert assert_whole(database) == before
    assert Mover(database).move_portion() == 0
    with database.read() as tx:
        assert len(IndexStore(tx).rows(0, 99)) == 10


@pytest.mark.parametrize("part", ["put_batch", "insert", "remove"])
def test_a_mover_killed_within_a_portion_has_moved_nothing_of_it(database: Database, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_former(database, *cases(7))
    before = assert_whole(database)
    Mover(database).move_portion()
    owner: Any = {"put_batch": RecordStore, "insert": IndexStore, "remove": FormerStore}[part]
    with monkeypatch.context() as patch:
        patch.setattr(owner, part, lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            Mover(database).move_portion()
    assert left(database) == [3, 4, 5, 6]
    assert Mover(database).move_all() == 4
    assert assert_whole(database) == before


def test_the_thread_moves_everything_beside_a_log_that_grows_and_ends(database: Database) -> None:
    write_former(database, *cases(8))
    before, mover = assert_whole(database), Mover(database)
    mover.start()
    write_indexed(database, event(), event())
    mover._thread.join(10)
    assert not mover._thread.is_alive()
    mover.stop()
    assert left(database) == []
    assert assert_whole(database)[:8] == before
    assert found(database) == list(range(9, -1, -1))


def test_a_search_in_the_middle_of_moving_finds_each_record_exactly_once(database: Database) -> None:
    write_former(database, *cases(10))
    write_indexed(database, event())
    write(database, event())
    expected = list(range(11, -1, -1))
    while True:
        assert found(database) == expected
        for count in (1, 4):
            seen: list[int] = []
            before = None
            while len(seen) < 20:
                with database.read() as tx:
                    page = RecordStore(tx).search(RecordFilter(), before, count)
                seen += [record.index for record, _ in page.records]
                before = page.last
                if before is None:
                    break
            assert seen == expected
        if not Mover(database).move_portion():
            break


def test_pages_before_and_after_a_portion_have_neither_gap_nor_repeat(database: Database) -> None:
    write_former(database, *cases(10))
    seen: list[int] = []
    before = None
    while True:
        with database.read() as tx:
            page = RecordStore(tx).search(RecordFilter(), before, 2)
        seen += [record.index for record, _ in page.records]
        Mover(database).move_portion()
        before = page.last
        if before is None:
            break
    assert seen == list(range(9, -1, -1))


def test_a_gap_and_a_touched_record_are_still_found_after_moving(database: Database) -> None:
    write_former(database, *cases(10))
    with database.begin() as tx:
        tx.execute(records.delete().where(records.c.position == 4))
        tx.execute(update(records).where(records.c.position == 7).values(salt=bytes(32)))
    assert Mover(database).move_all() == 9
    with database.read() as tx:
        store = RecordStore(tx)
        spans = [tuple(row) for row in tx.execute(select(batches.c.first, batches.c.count).order_by(batches.c.first))]
        assert spans == [(0, 3), (3, 1), (5, 1), (6, 3), (9, 1)]  # no batch has a hole
        assert [index for index, _ in store.range(0, 10)] == [0, 1, 2, 3, 5, 6, 7, 8, 9]
        page = store.search(RecordFilter(), None, 99)
        with pytest.raises(IntegrityError, match="record 4 of the log is missing"):
            store.check(0, 10)
        with pytest.raises(IntegrityError, match="record 7 of the log is not what was written"):
            store.check(5, 10)
    assert [record.index for record, _ in page.records] == [9, 8, 6, 5, 3, 2, 1, 0]
    assert [one.first for one in page.damaged] == [7]


def test_the_newest_change_is_the_newest_in_the_middle_of_moving_too(sqlite_database: Database) -> None:
    changes = [event(kind=Kind.CHANGE, resource="entries/x", reason=f"r-{number}", intent_index=None) for number in range(5)]
    write_former(sqlite_database, *changes)
    Mover(sqlite_database).move_portion()
    with sqlite_database.read() as tx:
        newest = RecordStore(tx).newest_change("entries/x")
    assert newest is not None
    assert newest.index == 4


@pytest.mark.postgres
@pytest.mark.parametrize("read", ["get", "range", "check"])
def test_what_is_moved_between_two_statements_of_a_reader_is_not_missed(
    postgres_database: Database, read: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_former(postgres_database, *cases(3))
    moved: list[int] = []
    monkeypatch.setattr(FormerStore, "rows", _moved_first(postgres_database, "rows", moved))
    with postgres_database.read() as tx:
        store = RecordStore(tx)
        if read == "get":
            assert store.get(1)[0].index == 1
        elif read == "range":
            assert [index for index, _ in store.range(0, 3)] == [0, 1, 2]
        else:
            assert len(store.check(0, 3)) == 3


def _moved_first(database: Database, name: str, moved: list[int]) -> Any:
    """The reading of former rows, before which another transaction moves them all, once."""
    real: Any = getattr(FormerStore, name)

    def reading(self: FormerStore, start: int, end: int) -> Any:
        if not moved:
            moved.append(1)
            Mover(database).move_all()
        return real(self, start, end)

    return reading


def test_moved_records_stand_in_batches_of_the_usual_size(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.moving.PORTION", 1_024)
    write_former(sqlite_database, *[event(case_number=f"C-{number}") for number in range(300)])
    Mover(sqlite_database).move_all()
    with sqlite_database.read() as tx:
        assert [count for _, count in RecordStore(tx).spans()] == [MOST_RECORDS, MOST_RECORDS, 300 - 2 * MOST_RECORDS]
        assert len(RecordStore(tx).check(0, 300)) == 300
