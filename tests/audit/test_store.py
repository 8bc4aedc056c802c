"""The log's rows and tree on both databases: dense, true, found again, and never shown when they were touched."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from audit.commitment import opens
from audit.model import Kind
from audit.store import RecordStore, TreeStore, found_log, log_size
from audit.store.tables import tree
from hub.db import Database, Tx
from hub.errors import ConflictError, IntegrityError, NotFoundError
from shuniu.proofs.tree import CompactRange, leaf_hash
from tests.audit.conftest import Put
from tests.audit.keeping import AT, CITIZEN, CIVIL, OTHER_CITIZEN, POLICE, assert_whole, erase, event, remove, stored, the_log, write


def test_records_stand_in_the_order_of_their_indexes_and_the_tree_is_theirs(database: Database) -> None:
    assert write(database, event()) == 0
    assert write(database, *[event(case_number=f"C-{number}") for number in range(93)]) == 1  # one batch
    assert write(database) == 94
    assert len(assert_whole(database)) == 94
    with database.read() as tx:
        assert [RecordStore(tx).get(index)[0].case_number for index in (1, 64, 65, 81, 92, 93)] == ["C-0", "C-63", "C-64", "C-80", "C-91", "C-92"]


def test_a_record_is_read_back_as_it_was_written(put: Put, database: Database) -> None:
    written = event(detail={"request_id": "r-1"}, reason="核对低保", at=AT + timedelta(microseconds=7))
    put(written)
    with database.read() as tx:
        record, hashed = RecordStore(tx).get(0)
    for name in ("kind", "at", "action", "actor", "other", "resource", "purpose", "case_number", "grant", "fields", "status", "rows", "bytes"):
        assert getattr(record, name) == getattr(written, name), name
    assert (record.reason, record.detail, record.digest, record.intent_index) == ("核对低保", {"request_id": "r-1"}, bytes(32), 0)
    assert (record.subject_domain, record.pseudonym, record.erased) == ("cn-id", the_log().pseudonym(CITIZEN), False)
    assert hashed == leaf_hash(record.leaf)
    kept = stored(database, 0)
    assert opens(kept.leaf, kept.payload or b"", kept.salt or b"")


def test_a_failed_transaction_leaves_neither_row_nor_tree(database: Database) -> None:
    write(database, event())
    with pytest.raises(ConflictError), database.begin() as tx:
        _append_and_fail(tx)
    assert len(assert_whole(database)) == 1
    assert write(database, event()) == 1


def _append_and_fail(tx: Tx) -> None:
    RecordStore(tx).append([the_log().prepare(event())])
    raise ConflictError("somebody was faster")


def test_what_is_appended_while_reading_is_not_last_partial(database: Database) -> None:
    with database.read() as tx:
        assert RecordStore(tx).append([the_log().prepare(event())]) == 0
    assert assert_whole(database) == []


def test_writers_in_many_threads_never_share_or_skip_an_index(database: Database) -> None:
    indexes: list[int] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(6):
                first = write(database, event(), event())
                indexes.extend((first, first + 1))
        except BaseException as error:  # noqa: BLE001 - carried to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(indexes) == list(range(72))
    assert len(assert_whole(database)) == 72


def test_a_batch_behind_the_tree_is_named_instead_of_written_over(database: Database) -> None:
    write(database, event())
    write(database, event())
    short = CompactRange()
    short.append(leaf_hash(stored(database, 0).leaf))
    with database.begin() as tx:
        tx.execute(update(tree).values(size=1, range=short.to_bytes()))
    with pytest.raises(IntegrityError) as refusal:
        write(database, event())
    assert refusal.value.reason == "LOG_BROKEN"


def test_a_log_without_its_tree_or_with_another_size_takes_nothing(database: Database) -> None:
    write(database, event())
    with database.begin() as tx:
        tx.execute(update(tree).values(size=7))
    with pytest.raises(IntegrityError):
        write(database, event())
    with database.begin() as tx:
        tx.execute(delete(tree))
    for attempt in (lambda: write(database, event()), lambda: assert_whole(database)):
        with pytest.raises(IntegrityError):
            attempt()
    with database.read() as tx:
        assert log_size(tx) == 0
    found_log(database)
    found_log(database)


def test_a_missing_record_is_named(database: Database) -> None:
    write(database, *[event() for _ in range(5)])
    with database.begin() as tx:
        remove(tx, 3, 4)
    with database.read() as tx, pytest.raises(IntegrityError, match="record 3 of the log is missing"):
        RecordStore(tx).check(0, 5)
    with database.read() as tx, pytest.raises(IntegrityError, match="record 3 of the log is missing"):
        RecordStore(tx).get(3)
    with database.read() as tx, pytest.raises(NotFoundError):
        RecordStore(tx).get(5)


def test_an_erased_record_is_read_back_as_erased_and_the_tree_still_holds(database: Database) -> None:
    write(database, event(), event(subject=OTHER_CITIZEN))
    erase(database, 0)
    with database.read() as tx:
        record, other = RecordStore(tx).get(0)[0], RecordStore(tx).get(1)[0]
    assert record.erased
    assert (record.kind, record.at, record.actor.department, record.other) == (Kind.OUTCOME, AT, CIVIL, POLICE)
    assert (record.actor.officer, record.case_number, record.resource, record.pseudonym, record.fields) == ("", "", "", None, ())
    assert not other.erased
    assert len(assert_whole(database)) == 3


def test_leaves_come_in_order_with_their_hashes(put: Put, database: Database) -> None:
    for count in (1, 3, 2):
        put(*[event(case_number=f"C-{number}") for number in range(count)])
    hashes = assert_whole(database)
    with database.read() as tx:
        for start in range(7):
            for end in range(start, 7):
                leaves = list(RecordStore(tx).leaves(start, end))
                assert [index for index, _ in leaves] == list(range(start, end))
                assert [leaf_hash(leaf) for _, leaf in leaves] == hashes[start:end] == [hashed for _, hashed in RecordStore(tx).read(start, end)]


def test_checkpoints_are_kept_once_for_each_size_and_the_newest_is_given(database: Database) -> None:
    with database.begin() as tx:
        store = TreeStore(tx)
        assert store.newest_checkpoint() is None
        for size in (3, 12, 7):
            store.keep_checkpoint(size, bytes([size]) * 32, f"note {size}", AT)
        assert store.newest_checkpoint() == (12, bytes([12]) * 32, "note 12")
