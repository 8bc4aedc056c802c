"""What was touched in the database is never shown as a record: columns of the release before, and records in batches."""

from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from sqlalchemy import select, update

from audit.batch import unpack
from audit.moving import Mover
from audit.store import RecordFilter, RecordStore
from audit.store.tables import batches, records
from hub.db import Database, Tx
from hub.errors import IntegrityError
from tests.audit.conftest import write_indexed
from tests.audit.keeping import CIVIL, TAX, erase, event, remove, stored, touch, write, write_former

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
}
_STORED: dict[str, Any] = {"salt": bytes(32), "leaf": None, "payload": None, "no salt": None, "moved": None}


def assert_named(database: Database, wrong: int = 1, whole: tuple[int, ...] = (0, 2)) -> None:
    """Record `wrong` is refused by every reading, named by a search, and takes nothing else along."""
    with database.read() as tx:
        store = RecordStore(tx)
        for attempt in (lambda: store.get(wrong), lambda: store.check(0, 3), lambda: list(store.read(wrong, wrong + 1))):
            with pytest.raises(IntegrityError, match=f"record {wrong} of the log is not what was written"):
                attempt()
        assert [store.get(index)[0].index for index in whole] == list(whole)
        found = store.search(RecordFilter(), None, 9)
    assert ([record.index for record, _ in found.records], [one.first for one in found.damaged]) == (sorted(whole, reverse=True), [wrong])


def touch_former(database: Database, column: str) -> None:
    """Change a column of the former row 1."""
    with database.begin() as tx:
        row = tx.execute(records.select().where(records.c.position == 1)).one()
        change = {column: {**_TOUCHES, **_STORED}[column]}
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


@pytest.mark.parametrize("column", [*_TOUCHES, *_STORED])
def test_a_former_row_of_which_any_column_was_touched_is_never_shown(database: Database, column: str) -> None:
    write_former(database, event(), event(case_number="B"), event(case_number="C"))
    touch_former(database, column)
    assert_named(database)


@pytest.mark.parametrize("column", _STORED)
def test_a_former_row_of_which_leaf_payload_or_salt_was_touched_is_not_shown_after_moving_either(database: Database, column: str) -> None:
    write_former(database, event(), event(case_number="B"), event(case_number="C"))
    touch_former(database, column)
    assert Mover(database).move_all() == 3
    assert_named(database)


@pytest.mark.parametrize("column", _TOUCHES)
def test_a_column_beside_leaf_payload_and_salt_is_left_behind_in_moving(database: Database, column: str) -> None:
    write_former(database, event(), event(case_number="B"), event(case_number="C"))
    touch_former(database, column)
    Mover(database).move_all()
    with database.read() as tx:
        found = RecordStore(tx).search(RecordFilter(department=CIVIL, officer="officer-7"), None, 9)
    assert [record.index for record, _ in found.records] == [2, 1, 0]
    assert found.damaged == []


def test_an_erased_former_row_with_another_department_in_its_column_is_not_shown(database: Database) -> None:
    write_former(database, event(), event())
    erase(database, 0)
    with database.read() as tx:
        assert RecordStore(tx).get(0)[0].erased
    with database.begin() as tx:
        tx.execute(update(records).where(records.c.position == 0).values(other=TAX))
    with database.read() as tx, pytest.raises(IntegrityError):
        RecordStore(tx).get(0)


def test_a_missing_former_row_is_named(database: Database) -> None:
    write_former(database, *[event() for _ in range(5)])
    with database.begin() as tx:
        tx.execute(records.delete().where(records.c.position == 3))
    for _ in range(2):
        with database.read() as tx, pytest.raises(IntegrityError, match="record 3 of the log is missing"):
            RecordStore(tx).check(0, 5)
        with database.read() as tx, pytest.raises(IntegrityError, match="record 3 of the log is missing"):
            RecordStore(tx).get(3)
        Mover(database).move_all()


def _with_body(body: bytes) -> Callable[[Tx], object]:
    return lambda tx: tx.execute(update(batches).where(batches.c.first == 1).values(body=body))


def _one_less(tx: Tx) -> None:
    held: Any = tx.scalar(select(batches.c.body).where(batches.c.first == 1))
    _with_body(cbor2.dumps(cbor2.loads(held)[:-1]))(tx)


def _of_another(tx: Tx) -> None:
    other = unpack(1, tx.scalar(select(batches.c.body).where(batches.c.first == 2)))[0]
    touch(tx, 1, payload=other.payload, salt=other.salt)


def _with_payload(tx: Tx) -> None:
    held = dict(RecordStore(tx).range(1, 2))[1]
    touch(tx, 1, payload=(held.payload or b"").replace(b"relief", b"welfar", 1))


TOUCHES: dict[str, Callable[[Tx], object]] = {
    "payload": _with_payload,
    "payload that is no map": lambda tx: touch(tx, 1, payload=b"\x80"),
    "salt": lambda tx: touch(tx, 1, salt=bytes(32)),
    "no salt": lambda tx: touch(tx, 1, salt=None),
    "payload and salt of another": _of_another,
    "body that is not CBOR": _with_body(b"\xff"),
    "body that is no list": _with_body(b"\x01"),
    "empty body": _with_body(b""),
    "body with one record less": _one_less,
}


@pytest.mark.parametrize("keep", [pytest.param(write, id="not indexed"), pytest.param(write_indexed, id="indexed")])
@pytest.mark.parametrize("what", TOUCHES)
def test_a_record_that_was_touched_in_its_batch_is_named_and_never_shown(database: Database, what: str, keep: Callable[..., int]) -> None:
    for case in "ABC":
        keep(database, event(case_number=case))
    with database.begin() as tx:
        TOUCHES[what](tx)
    assert_named(database)


@pytest.mark.parametrize(("old", "new"), [(b"outcome", b"refusal"), (b"00000001", b"00000007")])
def test_a_leaf_that_says_something_else_than_its_payload_is_named(database: Database, old: bytes, new: bytes) -> None:
    for case in "ABC":
        write_indexed(database, event(case_number=case))
    leaf = stored(database, 1).leaf
    with database.begin() as tx:
        touch(tx, 1, leaf=leaf.replace(old, new))
    assert leaf != stored(database, 1).leaf
    assert_named(database)


def test_a_batch_with_one_record_less_names_each_of_its_records(database: Database) -> None:
    write_indexed(database, event())
    write_indexed(database, event(), event(), event())
    with database.begin() as tx:
        _one_less(tx)
    with database.read() as tx:
        found = RecordStore(tx).search(RecordFilter(), None, 9)
    assert ([record.index for record, _ in found.records], [one.first for one in found.damaged]) == ([0], [3, 2, 1])


def test_a_whole_record_under_another_index_does_not_pass_for_that_one(database: Database) -> None:
    """It reads well, since its leaf commits to it; but the tree has another leaf there, which `check` gives to whoever compares."""
    write(database, event(case_number="A"), event(case_number="B"))
    with database.read() as tx:
        before = RecordStore(tx).check(0, 2)
    with database.begin() as tx:
        touch(tx, 1, **stored(database, 0)._asdict())
    with database.read() as tx:
        assert RecordStore(tx).check(0, 2) == [before[0], before[0]] != before


def test_a_gap_in_the_batches_is_named_and_the_rest_is_read(database: Database) -> None:
    write_indexed(database, *[event() for _ in range(5)])
    with database.begin() as tx:
        remove(tx, 3, 4)
    with database.read() as tx:
        store = RecordStore(tx)
        assert [index for index, _ in store.range(0, 5)] == [0, 1, 2, 4]
        assert (store.count(), store.end()) == (4, 5)
        with pytest.raises(IntegrityError, match="record 3 of the log is missing"):
            store.check(0, 5)
