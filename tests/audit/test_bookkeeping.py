"""Each row of the log's bookkeeping, changed or deleted: told by name at the start or by the whole comparison; never passed over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from audit.batch import StoredRecord, pack, unpack
from audit.checkpoint import sign_checkpoint
from audit.comparison import Comparison, LogComparer
from audit.history import History
from audit.indexer import Indexer
from audit.memory import LogMemory
from audit.publisher import Publisher
from audit.reindexing import Reindexing
from audit.rows import INDEX_COLUMNS
from audit.store import IndexStore, RecordFilter, RecordStore, found_log
from audit.store.damage import Damage
from audit.store.tables import batches, checkpoints, damage, index, index_state, tree
from hub.db import Database, Tx
from hub.errors import IntegrityError, ShuniuError
from shuniu.proofs.checkpoint import Checkpoint
from tests.audit.keeping import ORIGIN, a_publisher, event, write

BATCHES, EACH = 6, 100
SIZE = BATCHES * EACH
Harm = Callable[[Tx], object]


@pytest.fixture
def publisher(sqlite_database: Database, tmp_path: Path) -> Publisher:
    """Six batches in three tiles, two checkpoints, all indexed; the last batch is not signed."""
    for number in range(BATCHES - 1):
        write(sqlite_database, *(event(case_number=f"CASE-{number}-{one}") for one in range(EACH)))
        if number == 2:
            first = a_publisher(sqlite_database, tmp_path / "log")
            first.open()
    first.publish()
    write(sqlite_database, *(event() for _ in range(EACH)))
    Indexer(sqlite_database).catch_up()
    return first


def compare(database: Database, publisher: Publisher) -> Comparison:
    history = History(database, ORIGIN, publisher.vkey, publisher.directory, LogMemory())
    return LogComparer(database, history, publisher.directory, publisher.vkey).run()


def start(database: Database, publisher: Publisher) -> tuple[str, tuple[Damage, ...]]:
    """Start as a hub does, on the same folder; return the reason of a refusal and what damage is known then."""
    again = a_publisher(database, publisher.directory)
    try:
        found_log(database)
        again.open()
    except ShuniuError as error:
        return error.reason, again.alarm.health.open_damage
    return "", again.alarm.health.open_damage


def without_a_record(tx: Tx) -> None:
    body: Any = tx.scalar(select(batches.c.body).where(batches.c.first == 100))
    tx.execute(update(batches).where(batches.c.first == 100).values(count=EACH - 1, body=pack(unpack(EACH, body)[1:])))


def two_records_swapped(tx: Tx) -> None:
    held = unpack(EACH, bytes(tx.scalar(select(batches.c.body).where(batches.c.first == 200)) or b""))
    held[3], held[4] = held[4], held[3]
    tx.execute(update(batches).where(batches.c.first == 200).values(body=pack(held)))


def a_batch_behind_the_end(tx: Tx) -> None:
    tx.execute(insert(batches).values(first=SIZE, count=1, body=pack([StoredRecord(b"x", None, None)])))


LOG_HARMS: dict[str, tuple[Harm, set[str]]] = {
    "tree: size one more": (lambda tx: tx.execute(update(tree).values(size=SIZE + 1)), {"LOG_BROKEN"}),
    "tree: size one less": (lambda tx: tx.execute(update(tree).values(size=SIZE - 1)), {"LOG_BROKEN"}),
    "tree: other hashes": (lambda tx: tx.execute(update(tree).values(range=_of(SIZE, b"x" * 32))), {"LOG_BROKEN"}),
    "tree: no range at all": (lambda tx: tx.execute(update(tree).values(range=b"x")), {"INTEGRITY", "LOG_BROKEN", "INVALID_INPUT"}),
    "tree: no row": (lambda tx: tx.execute(delete(tree)), {"LOG_BROKEN"}),
    "tree: another id": (lambda tx: tx.execute(update(tree).values(id=2)), {"LOG_BROKEN"}),
    "checkpoint: newest root": (
        lambda tx: tx.execute(update(checkpoints).where(checkpoints.c.size == 500).values(root=b"x" * 32)),
        {"LOG_CHECKPOINT_BROKEN"},
    ),
    "checkpoint: newest size": (
        lambda tx: tx.execute(update(checkpoints).where(checkpoints.c.size == 500).values(size=501)),
        {"LOG_CHECKPOINT_BROKEN"},
    ),
    "checkpoint: newest note": (
        lambda tx: tx.execute(update(checkpoints).where(checkpoints.c.size == 500).values(note="x")),
        {"LOG_CHECKPOINT_BROKEN"},
    ),
    "batch behind the end": (a_batch_behind_the_end, {"LOG_BROKEN"}),
    "unsigned batch lost": (lambda tx: tx.execute(delete(batches).where(batches.c.first == 500)), {"LOG_BROKEN"}),
}


@pytest.mark.parametrize("harm", LOG_HARMS)
def test_a_start_refuses_a_log_of_which_a_row_that_all_rests_on_was_touched_and_names_it(sqlite_database: Database, publisher, harm):
    do, reasons = LOG_HARMS[harm]
    with sqlite_database.begin() as tx:
        do(tx)
    assert start(sqlite_database, publisher)[0] in reasons
    assert not compare(sqlite_database, publisher).ok if harm[:4] != "tree" else True


TOLD_HARMS: dict[str, Harm] = {
    "batch deleted": lambda tx: tx.execute(delete(batches).where(batches.c.first == 100)),
    "batch: one record out": without_a_record,
    "batch: count one less": lambda tx: tx.execute(update(batches).where(batches.c.first == 100).values(count=EACH - 1)),
    "batch: moved by one": lambda tx: tx.execute(update(batches).where(batches.c.first == 100).values(first=101)),
    "batch: body": lambda tx: tx.execute(update(batches).where(batches.c.first == 100).values(body=b"x")),
    "batch: two swapped": two_records_swapped,
}


@pytest.mark.parametrize("harm", TOLD_HARMS)
def test_a_start_tells_of_each_old_record_that_is_gone_or_was_touched(sqlite_database: Database, publisher, harm):
    with sqlite_database.begin() as tx:
        TOLD_HARMS[harm](tx)
    reason, known = start(sqlite_database, publisher)
    assert (reason, bool(known)) == ("", True)
    found = compare(sqlite_database, publisher)
    assert not found.ok
    assert found.open_damage


def test_the_comparison_names_an_old_checkpoint_of_which_any_column_was_touched(sqlite_database: Database, publisher):
    assert compare(sqlite_database, publisher).ok
    for wrong in ({"root": b"x" * 32}, {"note": "x"}, {"size": 299}):
        with sqlite_database.begin() as tx:
            tx.execute(update(checkpoints).where(checkpoints.c.size == 300).values(**wrong))
            kept: Any = tx.execute(select(checkpoints).order_by(checkpoints.c.size)).first()
        assert [flaw.reason for flaw in compare(sqlite_database, publisher).flaws] == ["LOG_CHECKPOINT_BROKEN"], wrong
        assert kept.at  # its time is in no signature; it says how old the checkpoint is and decides nothing
        with sqlite_database.begin() as tx:
            tx.execute(delete(checkpoints).where(checkpoints.c.size == kept.size))
            tx.execute(insert(checkpoints).values(**_right(publisher, sqlite_database)))


@pytest.mark.parametrize("column", [*INDEX_COLUMNS, "deleted", "behind the end"])
def test_the_comparison_names_an_index_row_of_which_any_column_was_touched(sqlite_database: Database, publisher, column):
    wrong: Any = {"position": SIZE + 7, "at": 1, "pseudonym": b"x" * 16}.get(column, "x")
    with sqlite_database.begin() as tx:
        if column == "deleted":
            tx.execute(delete(index).where(index.c.position == 20))
        elif column == "behind the end":
            tx.execute(insert(index).values(position=SIZE, at=1, kind="x", department="", other="", officer="", case_number="", resource=""))
        else:
            tx.execute(update(index).where(index.c.position == 20).values({column: wrong}))
    found = compare(sqlite_database, publisher)
    reasons = {one.reason for one in found.damage} | {flaw.reason for flaw in found.flaws}
    assert reasons == {"LOG_INDEX_BROKEN"}
    Reindexing(sqlite_database, alone=True).run(anew=True)
    assert compare(sqlite_database, publisher).ok


@pytest.mark.parametrize("size", [SIZE + 1, 10**9, None])
def test_a_mark_of_the_index_beyond_the_log_or_lost_is_named_to_whoever_searches_and_mended_by_reindex(
    sqlite_database: Database, publisher, size, caplog
):
    with sqlite_database.begin() as tx:
        tx.execute(delete(index_state) if size is None else update(index_state).values(size=size))
    assert start(sqlite_database, publisher) == ("", ())
    assert "shuniu audit reindex" in caplog.text
    with sqlite_database.read() as tx, pytest.raises(IntegrityError) as refusal:
        RecordStore(tx).search(RecordFilter(case_number="CASE-0-1"), None, 10)
    assert refusal.value.reason == "LOG_INDEX_BROKEN"
    assert "shuniu audit reindex" in refusal.value.next_action
    assert [flaw.reason for flaw in compare(sqlite_database, publisher).flaws] == ["LOG_INDEX_BROKEN"]
    assert Reindexing(sqlite_database, alone=False).run(anew=True) == SIZE
    assert compare(sqlite_database, publisher).ok


def test_a_mark_of_the_index_that_is_behind_costs_time_alone(sqlite_database: Database, publisher):
    with sqlite_database.begin() as tx:
        tx.execute(update(index_state).values(size=3))
    assert Indexer(sqlite_database).catch_up() == SIZE - 3
    assert compare(sqlite_database, publisher).ok


def test_damage_that_is_taken_out_of_its_table_is_found_again(sqlite_database: Database, publisher):
    with sqlite_database.begin() as tx:
        TOLD_HARMS["batch: two swapped"](tx)
    assert start(sqlite_database, publisher)[1]
    with sqlite_database.begin() as tx:
        tx.execute(delete(damage))
    assert compare(sqlite_database, publisher).open_damage
    assert start(sqlite_database, publisher)[1]


def test_an_old_batch_out_of_a_hundred_thousand_records_is_missed_at_the_start(sqlite_database: Database, tmp_path: Path):
    one = [event(case_number=f"CASE-{number}") for number in range(1_000)]
    for _ in range(100):
        write(sqlite_database, *one)
    publisher = a_publisher(sqlite_database, tmp_path / "log")
    publisher.open()
    with sqlite_database.begin() as tx:
        tx.execute(delete(batches).where(batches.c.first == 40_000))
    assert start(sqlite_database, publisher) == ("", (Damage(40_000, 40_127, "LOG_BROKEN"),))


def test_a_reindex_that_was_killed_goes_on_where_it_was(sqlite_database: Database, publisher):
    class KilledError(Exception):
        pass

    def kill(_below: int, _size: int) -> None:
        raise KilledError

    with sqlite_database.begin() as tx:
        tx.execute(update(index).values(officer="x"))
        IndexStore(tx).restart()
    with pytest.raises(KilledError):
        Indexer(sqlite_database).catch_up(250, kill)
    with sqlite_database.read() as tx:
        assert IndexStore(tx).size() == 250
    assert Reindexing(sqlite_database, alone=False).run(anew=False) == SIZE - 250
    assert compare(sqlite_database, publisher).ok


def _of(size: int, hashed: bytes) -> bytes:
    return size.to_bytes(8, "big") + hashed * size.bit_count()


def _right(publisher: Publisher, database: Database) -> dict[str, Any]:
    """The row of the checkpoint over 300 records as it was signed."""
    head = Checkpoint(ORIGIN, 300, publisher._history.root_at(300, 500))
    return {"size": 300, "root": head.root, "note": sign_checkpoint(head, publisher.vkey, publisher._signer.sign).decode(), "at": 1}
