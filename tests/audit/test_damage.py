"""What follows from damage: readers hear it by name, nothing is signed until somebody takes note, and what was taken note of stays named."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from audit.acknowledging import Acknowledging
from audit.alarm import MOST_DAMAGE, known_damage
from audit.history import History
from audit.indexer import Indexer
from audit.memory import LogMemory
from audit.model import Kind
from audit.publisher import Publisher
from audit.searching import Opening, Search
from audit.service import AuditService
from audit.standing import standing_of
from audit.store import RecordStore
from audit.store.damage import INDEX_WRONG, Damage, DamageStore
from audit.store.tables import damage, tree
from hub.access import OPERATOR
from hub.db import Database
from hub.errors import IllegalStateError, IntegrityError, InvalidInputError, NotFoundError
from hub.rpc import Call
from hub.unit_of_work import Step
from shuniu.proofs.tree import CompactRange
from shuniu.v1 import audit_pb2
from tests.audit.keeping import AT, AUDITOR, ORIGIN, a_kit, a_publisher, event, remove, the_actions, the_erasing, touch, write

DAMAGED = 2
WHO: dict[str, Any] = {"reason": "complaint 7", "searcher": "auditor-1"}


@pytest.fixture
def publisher(database: Database, tmp_path: Path) -> Publisher:
    """A signed log of five records of which one was touched afterwards and found to be."""
    write(database, *(event(case_number=f"CASE-{number}") for number in range(5)))
    found = a_publisher(database, tmp_path / "log")
    found.open()
    with database.begin() as tx:
        touch(tx, DAMAGED, salt=b"x" * 32)
    found.alarm.note(Damage(DAMAGED, DAMAGED, "LOG_BROKEN"))
    return found


def acknowledge(database: Database, publisher: Publisher, index: int, reason: str = "disk replaced", **more: str) -> tuple[Damage, int]:
    history = History(database, ORIGIN, publisher.vkey, publisher.directory, LogMemory())
    return Acknowledging(a_kit(database), history).acknowledge(Step(caller=OPERATOR, name=f"auditRecords/{index}", reason=reason, **more))


def search(database: Database, publisher: Publisher):
    return the_actions(database, publisher).search(AUDITOR, Search(department=event().actor.department, **WHO))


def test_nothing_is_signed_until_somebody_takes_note_and_then_it_is(database: Database, publisher: Publisher):
    write(database, event())
    with pytest.raises(IntegrityError, match="record 2 of the log is damaged and nobody has taken note"):
        publisher.publish()
    found, by = acknowledge(database, publisher, DAMAGED, officer="wang-5")
    assert found == Damage(DAMAGED, DAMAGED, "LOG_BROKEN")
    head = publisher.publish()
    assert head is not None
    assert head.size == by + 1
    with database.read() as tx:
        record, _ = RecordStore(tx).get(by)
    assert (record.kind, record.action, record.resource) == (Kind.ADMIN, "audit.AcknowledgeDamage", "auditRecords/2")
    assert (record.actor.system, record.actor.officer, record.reason) == ("operator", "wang-5", "disk replaced")
    assert record.detail == {"damage": "LOG_BROKEN 2-2"}


def test_one_damaged_record_among_indexed_ones_is_told_and_does_not_stop_the_log(database: Database, tmp_path: Path):
    write(database, *(event() for _ in range(5)))
    Indexer(database).catch_up()
    publisher = a_publisher(database, tmp_path / "log")
    publisher.open()
    with database.begin() as tx:
        touch(tx, DAMAGED, salt=b"x" * 32)
    assert publisher.publish() is None  # a round without anything new: the patrol alone
    assert [one.first for one in publisher.alarm.health.open_damage] == [DAMAGED]
    assert publisher.alarm.health.refusing is None


def test_a_damaged_record_is_refused_by_name_before_and_after_somebody_took_note(database: Database, publisher: Publisher):
    for _ in range(2):
        page = search(database, publisher)
        assert page.damaged == (DAMAGED,)
        assert DAMAGED not in {record.index for record, _ in page.records}
        with pytest.raises(IntegrityError, match="record 2 of the log is damaged and is not shown"):
            the_actions(database, publisher).record(AUDITOR, DAMAGED, Opening(**WHO))
        with database.read() as tx:
            open_ = standing_of(tx).open_damage
        if open_:
            acknowledge(database, publisher, DAMAGED)


def test_the_rpc_names_the_damaged_indexes(database: Database, publisher: Publisher):
    asked = audit_pb2.SearchAuditRecordsRequest(case_number="CASE-2", reason="complaint 7", searcher="auditor-1")
    method = "/shuniu.v1.AuditService/SearchAuditRecords"
    service = AuditService(the_actions(database, publisher), the_erasing(database))
    answer = service.SearchAuditRecords(asked, Call(AUDITOR, method, 10.0, admitted=True))
    assert (list(answer.records), list(answer.damaged_indexes)) == ([], [DAMAGED])


def test_a_record_that_was_rewritten_in_itself_rightly_is_refused_once_it_is_known(database: Database, publisher: Publisher):
    publisher.alarm.note(Damage(4, 4, "LOG_REWRITTEN"))
    assert search(database, publisher).damaged == (4, DAMAGED)


def test_a_reader_who_comes_upon_damage_raises_the_alarm(database: Database, publisher: Publisher):
    with database.begin() as tx:
        touch(tx, 3, payload=b"x")
    with pytest.raises(IntegrityError):
        the_actions(database, publisher).record(AUDITOR, 3, Opening(**WHO))
    assert [one.first for one in publisher.alarm.health.open_damage] == [2, 3]
    with database.begin() as tx:
        touch(tx, 1, payload=b"x")
    assert search(database, publisher).damaged
    assert [one.first for one in publisher.alarm.health.open_damage] == [1, 2, 3]


def test_the_patrol_raises_no_new_alarm_for_what_was_taken_note_of(database: Database, publisher: Publisher):
    acknowledge(database, publisher, DAMAGED)
    publisher.publish()
    for _ in range(3):
        publisher.publish()  # each round compares
    assert publisher.alarm.health.open_damage == ()
    a_publisher(database, publisher.directory).open()  # nor does a start
    with database.read() as tx:
        assert standing_of(tx).open_damage == ()


@pytest.mark.parametrize(("index", "error"), [(1, NotFoundError), (99, NotFoundError)])
def test_a_record_that_is_not_known_to_be_damaged_cannot_be_taken_note_of(database: Database, publisher: Publisher, index, error):
    with pytest.raises(error, match="is not known to be damaged"):
        acknowledge(database, publisher, index)


def test_note_is_taken_once_and_with_a_reason(database: Database, publisher: Publisher):
    with pytest.raises(InvalidInputError):
        acknowledge(database, publisher, DAMAGED, reason=" ")
    _, by = acknowledge(database, publisher, DAMAGED)
    with pytest.raises(IllegalStateError, match=f"taken note of already, in record {by}"):
        acknowledge(database, publisher, DAMAGED)


@pytest.mark.parametrize("harm", ["put back", "tree", "unsigned leaf"])
def test_of_a_log_that_was_put_back_or_does_not_hash_to_its_tree_no_damage_can_be_taken_note_of(database: Database, publisher: Publisher, harm):
    if harm == "put back":
        with database.begin() as tx:
            remove(tx, 4)
            shorter = RecordStore(tx).check(0, 2)
            _set_tree(tx, shorter)
    elif harm == "tree":
        with database.begin() as tx:
            _set_tree(tx, [bytes(32)] * 5)
    else:
        write(database, event())
        with database.begin() as tx:
            touch(tx, 5, leaf=b"x")
    with database.read() as tx:
        before = RecordStore(tx).count()
    with pytest.raises(IntegrityError) as refusal:
        acknowledge(database, publisher, DAMAGED)
    assert refusal.value.reason in {"LOG_ROLLED_BACK", "LOG_BROKEN", "LOG_REWRITTEN"}
    with database.read() as tx:
        assert RecordStore(tx).count() == before


def test_a_row_that_says_note_was_taken_where_the_log_does_not_say_so_ends_no_alarm(database: Database, publisher: Publisher):
    with database.begin() as tx:
        tx.execute(update(damage).values(acknowledged=0))
    again = a_publisher(database, publisher.directory)
    again.alarm.load()
    assert [one.first for one in again.alarm.health.open_damage] == [DAMAGED]
    acknowledge(database, publisher, DAMAGED)  # which puts it right


def test_a_second_process_hears_of_it_through_the_feed(database: Database, publisher: Publisher):
    seen = database.newest_change()
    operator = Database(database.url)
    acknowledge(operator, publisher, DAMAGED)
    operator.close()
    assert publisher.alarm.health.open_damage != ()
    database.poll(seen)
    assert publisher.alarm.health.open_damage == ()


def test_damage_is_kept_without_overlap_and_the_record_counts_before_its_index_row(database: Database):
    with database.begin() as tx:
        store = DamageStore(tx)
        assert store.note(Damage(5, 5, "LOG_BROKEN"), AT)
        assert store.note(Damage(3, 3, INDEX_WRONG), AT)
        assert store.note(Damage(3, 8, "LOG_BROKEN"), AT)
        assert not store.note(Damage(4, 8, "LOG_BROKEN"), AT)
        assert not store.note(Damage(6, 6, INDEX_WRONG), AT)
        assert [(one.first, one.last, one.reason) for one in store.all()] == [
            (3, 4, "LOG_BROKEN"), (5, 5, "LOG_BROKEN"), (6, 8, "LOG_BROKEN"),
        ]  # fmt: skip


def test_very_much_damage_stops_the_log_and_does_so_after_a_restart_too(database: Database, publisher: Publisher):
    publisher.alarm.note(Damage(10, 10 + MOST_DAMAGE, "LOG_BROKEN"))
    assert publisher.alarm.health.refusing is not None
    again = a_publisher(database, publisher.directory)
    again.alarm.load()
    assert again.alarm.health.refusing is not None


def test_an_index_row_that_was_wrong_is_told_and_hides_no_record_and_stops_no_signing(database: Database, publisher: Publisher):
    acknowledge(database, publisher, DAMAGED)
    publisher.alarm.note(Damage(1, 1, INDEX_WRONG))
    assert publisher.publish() is not None
    with database.read() as tx:
        assert RecordStore(tx).get(1)[0].index == 1
        assert [one.first for one in known_damage(tx) if one.acknowledged is None] == [1]


def _set_tree(tx, hashes) -> None:
    grown = CompactRange()
    for one in hashes:
        grown.append(one)
    tx.execute(update(tree).values(size=grown.size, range=grown.to_bytes()))
