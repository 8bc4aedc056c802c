"""A record without content that no later record of the log erased is damage, by name, for every reader; and nothing but that record helps."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from audit.comparison import LogComparer
from audit.history import History
from audit.indexer import Indexer
from audit.memory import LogMemory
from audit.model import Actor, Kind
from audit.moving import Mover
from audit.patrol import HIDDEN_EVERY
from audit.publisher import Publisher
from audit.reindexing import Reindexing
from audit.row_check import RowCheck
from audit.searching import Search
from audit.store import RecordFilter, RecordStore, receptions
from audit.store.damage import DamageStore
from audit.store.search import IndexStore
from audit.store.tables import SAYS_NOTHING, erasures, index
from hub.clock import StoppedClock
from hub.db import Database
from hub.errors import IntegrityError
from tests.audit.conftest import Put
from tests.audit.erasure import BLANK, access, bound, decide, empty_past_the_hub, propose
from tests.audit.keeping import (
    AT,
    AUDITOR,
    CITIZEN,
    CIVIL,
    ORIGIN,
    OTHER_CITIZEN,
    TAX,
    a_publisher,
    erase,
    event,
    refused,
    the_actions,
    the_log,
    touch,
    write,
)

WRONG = 1
LOST = f"record {WRONG} of the log has lost its content, and no later record of the log erased it"
RESOURCE = event().resource
SUBJECT = the_log().pseudonym(CITIZEN)


def keep(put: Put) -> None:
    put(event(case_number="A"), event(case_number="B", actor=Actor(TAX, "tax", "officer-9")), event(case_number="C", subject=OTHER_CITIZEN))


def damaged(database: Database, wanted: RecordFilter) -> list[int]:
    with database.read() as tx:
        return [one.first for one in RecordStore(tx).search(wanted, None, 9).damaged]


@pytest.fixture
def emptied(put: Put, database: Database) -> Database:
    """A log of which record 1, about the citizen, was emptied past the hub, search columns included."""
    keep(put)
    with database.begin() as tx:
        empty_past_the_hub(tx, WRONG)
    return database


def compared(database: Database, publisher: Publisher) -> set[int]:
    history = History(database, ORIGIN, publisher.vkey, publisher.directory, LogMemory())
    found = LogComparer(database, history, publisher.directory, publisher.vkey).run()
    return {index for one in found.damage if one.unreadable for index in range(one.first, one.last + 1)}


@pytest.mark.parametrize("read", ["get", "check", "read", "record_of"])
def test_every_reading_of_it_is_refused_by_name(emptied: Database, read: str):
    with emptied.read() as tx:
        store = RecordStore(tx)
        stored = dict(store.range(WRONG, WRONG + 1))[WRONG]
        readings: dict[str, Callable[[], Any]] = {
            "get": lambda: store.get(WRONG),
            "check": lambda: store.check(0, 3),
            "read": lambda: list(store.read(WRONG, WRONG + 1)),
            "record_of": lambda: store.record_of(WRONG, stored),
        }
        with pytest.raises(IntegrityError, match=LOST):
            readings[read]()
        assert store.get(0)[0].case_number == "A"


@pytest.mark.parametrize(
    "wanted",
    [
        RecordFilter(pseudonym=SUBJECT),
        RecordFilter(officer="officer-9"),
        RecordFilter(case_number="B"),
        RecordFilter(department=TAX),
        RecordFilter(resource=RESOURCE, kind="outcome"),
        RecordFilter(since=AT, until=AT + timedelta(hours=1)),
    ],
)
def test_every_search_that_may_have_looked_for_it_names_it(emptied: Database, wanted: RecordFilter):
    assert damaged(emptied, wanted) == [WRONG]


def test_a_department_that_may_have_been_given_the_record_still_gets_its_correction_notice(emptied: Database):
    with emptied.read() as tx:
        assert [(one.department, one.index) for one in receptions(tx, RESOURCE, SUBJECT)] == [(CIVIL, 0), (TAX, WRONG)]


def test_an_auditor_is_refused_the_record_and_told_of_it_by_a_search(emptied: Database, tmp_path: Path):
    publisher = a_publisher(emptied, tmp_path / "log")
    actions = the_actions(emptied, publisher)
    asked = Search(subject=CITIZEN, reason="complaint 7", searcher="auditor-1")
    found = actions.search(AUDITOR, asked)
    assert (WRONG in found.damaged, [record.index for record, _ in found.records if record.kind is Kind.OUTCOME]) == (True, [0])
    with emptied.read() as tx:
        assert refused(lambda: RecordStore(tx).get(WRONG)) == "LOG_BROKEN"
        assert DamageStore(tx).of(WRONG) is not None


def test_start_patrol_and_comparison_name_it(database: Database, tmp_path: Path):
    write(database, event(), event(actor=Actor(TAX, "tax", "x")), event(subject=OTHER_CITIZEN))
    Indexer(database).catch_up()
    publisher = a_publisher(database, tmp_path / "log")
    publisher.open()
    publisher.publish()
    with database.begin() as tx:
        empty_past_the_hub(tx, WRONG)
    assert compared(database, publisher) == {WRONG}
    started = a_publisher(database, tmp_path / "log")
    started.open()
    assert [one.first for one in started.alarm.health.open_damage] == [WRONG]


def test_a_start_names_it_however_long_ago_it_was_written(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("audit.publisher.TAIL", 1)
    write(database, *[event(case_number=f"C-{number}") for number in range(600)])
    Indexer(database).catch_up()
    publisher = a_publisher(database, tmp_path / "log")
    publisher.open()
    publisher.publish()
    with database.begin() as tx:
        empty_past_the_hub(tx, 5)
    write(database, *[event() for _ in range(300)])  # so many that the first round signs and looks at nothing old
    started = a_publisher(database, tmp_path / "log")
    started.open()
    assert [one.first for one in started.alarm.health.open_damage] == [5]


def test_a_quiet_hub_names_it_within_some_rounds_however_long_the_log_is(database: Database, tmp_path: Path):
    write(database, *[event(case_number=f"C-{number}") for number in range(600)])
    Indexer(database).catch_up()
    publisher = a_publisher(database, tmp_path / "log")
    publisher.open()
    publisher.publish()
    publisher._patrol._next = 0
    with database.begin() as tx:
        empty_past_the_hub(tx, 590)
    for _ in range(HIDDEN_EVERY):
        publisher._patrol._next = 0  # its tile is never the patrol's turn
        publisher.publish() if not publisher.alarm.health.open_damage else None
    assert [one.first for one in publisher.alarm.health.open_damage] == [590]


def test_an_index_row_alone_that_says_nothing_hides_no_access_and_is_made_anew(database: Database, tmp_path: Path):
    write(database, event(), event(actor=Actor(TAX, "tax", "x")))
    Indexer(database).catch_up()
    publisher = a_publisher(database, tmp_path / "log")
    publisher.open()
    publisher.publish()
    with database.begin() as tx:
        tx.execute(update(index).where(index.c.position == WRONG).values(BLANK))
    with database.read() as tx:
        assert [record.index for record, _ in RecordStore(tx).search(RecordFilter(pseudonym=SUBJECT), None, 9).records] == [1, 0]
        assert [one.index for one in receptions(tx, RESOURCE, SUBJECT)] == [0, 1]
    assert [(one.first, one.reason) for one in publisher._patrol.hidden(2)] == [(WRONG, "LOG_INDEX_BROKEN")]
    with database.read() as tx:
        assert IndexStore(tx).blank(9) == []


def test_moving_and_indexing_anew_do_not_heal_it(emptied: Database):
    Mover(emptied).move_all()
    Reindexing(emptied, alone=False).run(anew=True)
    assert damaged(emptied, RecordFilter(pseudonym=SUBJECT)) == [WRONG]


def test_an_emptied_change_is_not_passed_over_for_an_older_one(database: Database):
    write(database, *[event(kind=Kind.CHANGE, resource="entries/x", reason=f"r-{number}", intent_index=None) for number in range(2)])
    Indexer(database).catch_up()
    with database.begin() as tx:
        empty_past_the_hub(tx, 1)
    with database.read() as tx, pytest.raises(IntegrityError, match="record 1 of the log is damaged"):
        RecordStore(tx).newest_change("entries/x")


FORGERIES = {
    "the row alone": lambda _: 2,
    "a row that leads behind the log": lambda _: 99,
    "a row that leads to another erasure": lambda by: by,
}


@pytest.mark.parametrize("keys", ["with keys", "without keys"])
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_row_that_says_it_was_erased_gains_nothing(database: Database, tmp_path: Path, forgery: str, keys: str):
    book = keys == "with keys"
    if book:
        bound(database)
    write(database, event(case_number="A"), event(case_number="B"), event(case_number="C"), event(case_number="D"))
    by = erase(database, 3) if not book else decide(database, propose_indexed(database, 3)).proposal.erasure_index
    Indexer(database).catch_up()
    publisher = a_publisher(database, tmp_path / "log")
    publisher.open()
    publisher.publish()
    with database.begin() as tx:
        empty_past_the_hub(tx, WRONG)
        tx.execute(insert(erasures).values(position=WRONG, erased_by=FORGERIES[forgery](by)))
    with database.read() as tx:
        with pytest.raises(IntegrityError, match=LOST):
            RecordStore(tx).get(WRONG)
        assert RecordStore(tx).get(3)[0].erased
    assert compared(database, publisher) == {WRONG}
    if book:  # what a running hub does around and around
        RowCheck(database, the_log(), StoppedClock(AT)).compare(large=True)
        assert damaged(database, RecordFilter(pseudonym=SUBJECT)) == [WRONG]


def propose_indexed(database: Database, *indexes: int) -> Any:
    Indexer(database).catch_up()
    return propose(database, *indexes)


def test_a_lost_row_makes_a_lawful_erasure_damage_and_nothing_vanishes_silently(database: Database):
    write(database, event(), event(case_number="B"))
    erase(database, WRONG)
    with database.begin() as tx:
        tx.execute(delete(erasures))
    with database.read() as tx, pytest.raises(IntegrityError, match=LOST):
        RecordStore(tx).get(WRONG)


def test_an_erasure_whose_own_record_was_emptied_or_touched_explains_nothing(database: Database):
    write(database, event(), event(case_number="B"))
    by = erase(database, WRONG)
    with database.begin() as tx:
        touch(tx, by, payload=None, salt=None)
    with database.read() as tx:
        for wrong in (WRONG, by):
            with pytest.raises(IntegrityError, match=f"record {wrong} of the log has lost its content"):
                RecordStore(tx).get(wrong)


def test_a_content_that_was_put_back_after_its_erasure_is_named_and_not_shown(database: Database, tmp_path: Path):
    first, last = access(0)
    write(database, first, last)
    Indexer(database).catch_up()
    with database.read() as tx:
        before = dict(RecordStore(tx).range(0, 1))[0]
    erase(database, 0, 1)
    Indexer(database).catch_up()
    publisher = a_publisher(database, tmp_path / "log")
    publisher.open()
    publisher.publish()
    with database.begin() as tx:
        touch(tx, 0, payload=before.payload, salt=before.salt)
    assert compared(database, publisher) == {0}


def test_a_search_looks_for_records_that_say_nothing_by_an_index_and_not_by_a_walk(sqlite_database: Database):
    with sqlite_database.read() as tx:
        explained = "NOT EXISTS (SELECT * FROM audit_erasures WHERE audit_erasures.position = audit_index.position)"
        query = f"SELECT position FROM audit_index WHERE ({SAYS_NOTHING}) AND {explained} ORDER BY position DESC LIMIT 100"  # noqa: S608 - our own
        plan = " ".join(str(row) for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
        assert "ix_audit_index_blank" in plan
        former = tx.execute(text("EXPLAIN QUERY PLAN SELECT position FROM audit_records WHERE payload IS NULL ORDER BY position DESC LIMIT 100"))
        assert "ix_audit_records_empty" in " ".join(map(str, former))
        assert tx.execute(select(index)).all() == []
