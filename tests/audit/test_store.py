"""The log's rows and tree on both databases: dense, true, found again, and never shown when they were touched."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from audit.commitment import opens
from audit.model import Actor, Kind
from audit.store import RecordFilter, RecordStore, TreeStore, found_log, log_size
from audit.tables import records, tree
from audit.tree import CompactRange, leaf_hash
from hub.db import Database, Tx
from hub.errors import ConflictError, IntegrityError, NotFoundError
from tests.audit.keeping import AT, CITIZEN, CIVIL, OTHER_CITIZEN, POLICE, TAX, assert_whole, event, the_log, write


def test_records_stand_in_the_order_of_their_indexes_and_the_tree_is_theirs(database: Database) -> None:
    assert write(database, event()) == 0
    assert write(database, *[event(case_number=f"C-{number}") for number in range(93)]) == 1  # 64 + 16 + 4 + 4 + 4 + 1 rows at a time
    assert write(database) == 94
    assert len(assert_whole(database)) == 94
    with database.read() as tx:
        assert [RecordStore(tx).get(index)[0].case_number for index in (1, 64, 65, 81, 92, 93)] == ["C-0", "C-63", "C-64", "C-80", "C-91", "C-92"]


def test_a_record_is_read_back_as_it_was_written(database: Database) -> None:
    written = event(detail={"request_id": "r-1"}, reason="核对低保", at=AT + timedelta(microseconds=7))
    write(database, written)
    with database.read() as tx:
        record, stored = RecordStore(tx).get(0)
        row = tx.execute(records.select()).one()
    for name in ("kind", "at", "action", "actor", "other", "resource", "purpose", "case_number", "grant", "fields", "status", "rows", "bytes"):
        assert getattr(record, name) == getattr(written, name), name
    assert (record.reason, record.detail, record.digest, record.intent_index) == ("核对低保", {"request_id": "r-1"}, bytes(32), 0)
    assert (record.subject_domain, record.pseudonym, record.erased) == ("cn-id", the_log().pseudonym(CITIZEN), False)
    assert stored == leaf_hash(record.leaf)
    assert opens(row.leaf, row.payload, row.salt)


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


def test_a_row_behind_the_tree_is_named_instead_of_written_over(database: Database) -> None:
    write(database, event(), event())
    short = CompactRange()
    with database.begin() as tx:
        row = tx.execute(records.select().where(records.c.position == 0)).one()
        short.append(row.leaf_hash)
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


_TOUCHES: dict[str, Any] = {
    "at": 1,
    "kind": "refusal",
    "action": "exchange.Check",
    "department": TAX,
    "officer": "",
    "other": TAX,
    "resource": "entries/x",
    "case_number": "",
    "status": "NOT_ALLOWED",
    "pseudonym": bytes(16),
    "leaf_hash": bytes(32),
    "salt": bytes(32),
}


@pytest.mark.parametrize("column", [*_TOUCHES, "leaf", "payload", "no salt", "moved"])
def test_a_row_of_which_any_column_was_touched_is_never_shown(database: Database, column: str) -> None:
    write(database, event(), event(case_number="B"), event(case_number="C"))
    with database.begin() as tx:
        row = tx.execute(records.select().where(records.c.position == 1)).one()
        change = {column: _TOUCHES.get(column)}
        if column == "leaf":
            change = {"leaf": row.leaf.replace(b"outcome", b"refusal")}
        if column == "payload":
            change = {"payload": row.payload.replace(b"relief", b"welfar", 1)}
        if column == "no salt":
            change = {"salt": None}
        if column == "moved":
            last = tx.execute(records.select().where(records.c.position == 2)).one()._asdict() | {"position": 3}
            change = {name: value for name, value in last.items() if name not in {"position", "leaf", "leaf_hash"}}
        assert tx.execute(update(records).where(records.c.position == 1).values(**change)).rowcount == 1
    with database.read() as tx:
        store = RecordStore(tx)
        for attempt in (lambda: store.get(1), lambda: store.check(0, 3), lambda: store.search(RecordFilter(), None, 9)):
            with pytest.raises(IntegrityError, match="record 1 of the log is not what was written"):
                attempt()
        assert store.get(0)[0].index == 0


def test_a_missing_row_is_named(database: Database) -> None:
    write(database, *[event() for _ in range(5)])
    with database.begin() as tx:
        tx.execute(delete(records).where(records.c.position == 3))
    with database.read() as tx, pytest.raises(IntegrityError, match="record 3 of the log is missing"):
        RecordStore(tx).check(0, 5)
    with database.read() as tx, pytest.raises(NotFoundError):
        RecordStore(tx).get(3)


def test_an_erased_record_is_read_back_as_erased_and_the_tree_still_holds(database: Database) -> None:
    write(database, event(), event(subject=OTHER_CITIZEN))
    with database.begin() as tx:
        tx.execute(update(records).where(records.c.position == 0).values(payload=None, salt=None))
    record = _get(database, 0)
    assert record.erased
    assert (record.kind, record.at, record.actor.department, record.other) == (Kind.OUTCOME, AT, CIVIL, POLICE)
    assert (record.actor.officer, record.case_number, record.resource, record.pseudonym, record.fields) == ("", "", "", None, ())
    assert not _get(database, 1).erased
    assert len(assert_whole(database)) == 2
    with database.begin() as tx:
        tx.execute(update(records).where(records.c.position == 0).values(other=TAX))
    with pytest.raises(IntegrityError):
        _get(database, 0)


def _get(database: Database, index: int) -> Any:
    with database.read() as tx:
        return RecordStore(tx).get(index)[0]


def _found(database: Database, wanted: RecordFilter, before: int | None = None, count: int = 100) -> list[int]:
    with database.read() as tx:
        return [record.index for record, _ in RecordStore(tx).search(wanted, before, count)]


def test_records_are_found_by_subject_officer_department_case_and_time(database: Database) -> None:
    write(
        database,
        event(),
        event(subject=OTHER_CITIZEN, actor=Actor(TAX, "tax", "officer-9"), other="", case_number=""),
        event(subject=None, other="", at=AT + timedelta(hours=1), case_number="B"),
        event(actor=Actor(POLICE, "register", ""), other=TAX, at=AT + timedelta(hours=2)),
    )
    access_log = the_log()
    assert _found(database, RecordFilter(pseudonym=access_log.pseudonym(CITIZEN))) == [3, 0]
    assert _found(database, RecordFilter(pseudonym=access_log.pseudonym(OTHER_CITIZEN))) == [1]
    assert _found(database, RecordFilter(officer="officer-7")) == [2, 0]
    assert _found(database, RecordFilter(department=TAX)) == [3, 1]  # acting or other
    assert _found(database, RecordFilter(department=POLICE)) == [3, 0]
    assert _found(database, RecordFilter(case_number="B")) == [2]
    assert _found(database, RecordFilter(since=AT + timedelta(hours=1))) == [3, 2]
    assert _found(database, RecordFilter(since=AT + timedelta(hours=1), until=AT + timedelta(hours=2))) == [2]  # from inclusive, to exclusive
    assert _found(database, RecordFilter(department=TAX, officer="officer-9")) == [1]
    assert _found(database, RecordFilter(officer="officer-8")) == []
    assert _found(database, RecordFilter()) == [3, 2, 1, 0]


def test_pages_follow_each_other_without_gap_or_repeat_while_the_log_grows(database: Database) -> None:
    write(database, *[event(subject=CITIZEN if number % 2 else OTHER_CITIZEN) for number in range(23)])
    wanted = RecordFilter(pseudonym=the_log().pseudonym(CITIZEN))
    seen: list[int] = []
    before = None
    while page := _found(database, wanted, before, 4):
        seen += page
        before = page[-1]
        write(database, event())
    assert seen == list(range(21, 0, -2))


def test_receptions_are_the_closed_outcomes_of_that_subject_and_resource_alone(database: Database) -> None:
    write(
        database,
        event(case_number="A"),
        event(case_number="B", actor=Actor(TAX, "tax", "x")),
        event(rows=0),
        event(status="UNAVAILABLE"),
        event(kind=Kind.INTENT, intent_index=None),
        event(subject=OTHER_CITIZEN),
        event(resource="entries/other"),
        event(case_number="E"),
    )
    with database.begin() as tx:
        tx.execute(update(records).where(records.c.position == 7).values(payload=None, salt=None))
        found = RecordStore(tx).receptions("entries/01k0000000000000000000000a", the_log().pseudonym(CITIZEN))
    assert [(one.department, one.case_number, one.index) for one in found] == [(CIVIL, "A", 0), (TAX, "B", 1), (CIVIL, "", 7)]


def test_leaves_come_in_order_with_their_hashes(database: Database) -> None:
    write(database, *[event() for _ in range(6)])
    with database.read() as tx:
        leaves = list(RecordStore(tx).leaves(2, 5))
    assert [index for index, _, _ in leaves] == [2, 3, 4]
    assert all(leaf_hash(leaf) == stored for _, leaf, stored in leaves)


def test_checkpoints_are_kept_once_for_each_size_and_the_newest_is_given(database: Database) -> None:
    with database.begin() as tx:
        store = TreeStore(tx)
        assert store.newest_checkpoint() is None
        for size in (3, 12, 7):
            store.keep_checkpoint(size, bytes([size]) * 32, f"note {size}", AT)
        assert store.newest_checkpoint() == (12, bytes([12]) * 32, "note 12")


def test_a_record_without_another_department_is_found_by_the_acting_one_alone(database: Database) -> None:
    write(database, event(other=""))
    assert _found(database, RecordFilter(department=POLICE)) == []
