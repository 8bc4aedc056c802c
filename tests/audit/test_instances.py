"""A process that died leaves intents open; the next start gives each one outcome, once, and says nothing that might be untrue."""

import asyncio
import logging
from typing import Any

import pytest

from audit.instances import Instance, dead_of
from audit.model import Event, Kind, Record
from audit.outcomes import CORRECTS, INSTANCE, INTERRUPTED, NOT_RELEASED, correction, releases
from audit.reasons.records import LOG_REPLACED
from audit.store import RecordFilter, RecordStore, log_size, receptions
from audit.store.instances import InstanceEntry, InstanceStore
from hub.clock import StoppedClock
from hub.db import Database
from hub.errors import UnavailableError
from tests.audit.keeping import AT, CITIZEN, assert_whole, event, remove, the_log, touch, write

OLD, OTHER, NEW = "01k8v3m2q9xh4tbn7zr5wdyfca", "01k8v3m2q9xh4tbn7zr5wdyfcb", "01k8v3m2q9xh4tbn7zr5wdyfcc"


def intent(instance: str = OLD, **said: Any) -> Event:
    return event(kind=Kind.INTENT, status="", rows=0, bytes=0, digest=b"", intent_index=None, detail={INSTANCE: instance} if instance else {}, **said)


def outcome(index: int, status: str = "ok") -> Event:
    return intent().outcome(AT, status, index, rows=1 if status == "ok" else 0)


def died(database: Database, instance: str = OLD, closed_below: int = 0) -> None:
    """Leave the row that a process leaves which is killed."""
    with database.begin() as tx:
        InstanceStore(tx).enter(InstanceEntry(instance, closed_below), AT)


def a_start(database: Database, instance: str = NEW) -> Instance:
    return Instance(database, the_log(), StoppedClock(AT), instance)


def log_of(database: Database) -> list[Record]:
    with database.read() as tx:
        return [RecordStore(tx).get(index)[0] for index in range(log_size(tx))]


def rows(database: Database) -> list[InstanceEntry]:
    with database.read() as tx:
        return InstanceStore(tx).all()


def test_an_open_intent_of_a_dead_process_gets_one_outcome_that_repeats_its_texts(database: Database) -> None:
    write(database, intent(case_number="C-1"), intent(case_number="C-2"), outcome(0))
    died(database)
    assert a_start(database).enter() == 1
    assert_whole(database)
    told, opened = log_of(database)[-1], log_of(database)[1]
    assert (told.kind, told.status, told.rows, told.bytes, told.digest) == (Kind.OUTCOME, INTERRUPTED, 0, 0, b"")
    assert told.intent_index == opened.index == 1
    for name in ("actor", "action", "other", "resource", "purpose", "case_number", "grant", "fields", "subject_domain", "pseudonym", "detail"):
        assert getattr(told, name) == getattr(opened, name), name
    assert rows(database) == [InstanceEntry(NEW, 3)]


def test_it_is_found_by_the_person_whose_data_was_asked_for_and_counts_as_no_reception(database: Database) -> None:
    write(database, intent())
    died(database)
    a_start(database).enter()
    with database.read() as tx:
        found = RecordStore(tx).search(RecordFilter(pseudonym=the_log().pseudonym(CITIZEN)), None, None)
        assert [record.status for record, _ in found.records] == [INTERRUPTED, ""]
        assert receptions(tx, intent().resource, the_log().pseudonym(CITIZEN)) == []


def test_a_start_that_is_killed_in_the_middle_leaves_everything_to_the_next(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    write(database, intent(), intent())
    died(database)
    with monkeypatch.context() as patch:
        patch.setattr(InstanceStore, "enter", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            a_start(database, OTHER).enter()
    assert len(log_of(database)) == 2
    assert a_start(database).enter() == 2
    assert a_start(database, OTHER).enter() == 0  # the process before died too, without an intent
    assert [record.intent_index for record in log_of(database)] == [None, None, 0, 1]


def test_several_dead_processes_are_closed_at_once_each_from_its_own_mark(database: Database) -> None:
    write(database, intent(OLD), intent(OTHER), intent(OLD), outcome(0), intent(OTHER))
    died(database, OLD, closed_below=2)
    died(database, OTHER, closed_below=1)
    assert a_start(database).enter() == 3
    assert sorted(record.intent_index for record in log_of(database)[5:] if record.intent_index is not None) == [1, 2, 4]


def test_what_lies_below_the_mark_is_not_read_again(database: Database) -> None:
    write(database, intent(), intent())
    died(database, closed_below=1)
    assert a_start(database).enter() == 1
    assert log_of(database)[-1].intent_index == 1


def test_intents_of_the_release_before_name_no_process_and_stay_as_they_are(database: Database) -> None:
    write(database, intent(""))
    died(database)
    assert a_start(database).enter() == 0
    assert len(log_of(database)) == 1


@pytest.mark.parametrize("harm", ["touched", "missing", "erased"])
def test_an_intent_whose_outcome_may_be_a_damaged_record_is_not_said_to_have_released_nothing(
    database: Database, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(database, intent(), outcome(0), intent())
    died(database)
    with database.begin() as tx:
        if harm == "missing":
            remove(tx, 1, 2)
        elif harm == "touched":
            touch(tx, 1, payload=b"\xa0")
        else:
            touch(tx, 1, payload=None, salt=None)
    with caplog.at_level(logging.WARNING):
        assert a_start(database).enter() == 1
    assert "cannot be read: [0]" in caplog.text
    with database.read() as tx:
        assert RecordStore(tx).get(3)[0].intent_index == 2


def test_a_process_is_dead_when_it_is_another_one() -> None:
    known = [InstanceEntry(OLD, 1), InstanceEntry(NEW, 2)]
    assert dead_of(known, NEW) == [InstanceEntry(OLD, 1)]
    assert dead_of([], NEW) == []


def test_the_mark_stays_below_the_oldest_intent_that_is_open_or_was_abandoned(database: Database) -> None:
    write(database, event(), event())
    one, log = a_start(database), the_log()
    one = Instance(database, log, StoppedClock(AT), NEW)
    one.enter()
    assert one.closed_below == 2

    def commit() -> None:
        with database.begin() as tx:
            log.append(tx, event())

    one.begin("first")
    commit()
    one.begin("second")
    commit()
    assert (one.closed_below, one.open) == (2, 2)
    one.begin_again("first")  # its outcome is in the log, and a correction is still to come
    assert one.closed_below == 3
    one.end("first")
    one.abandon("second")
    commit()
    assert (one.closed_below, one.open) == (3, 0)


async def _leaving(one: Instance) -> None:
    one.start()
    await one.leave()


def test_a_process_that_ends_with_every_outcome_written_takes_its_row_out(database: Database) -> None:
    one = a_start(database)
    one.enter()
    asyncio.run(_leaving(one))
    assert rows(database) == []
    two = a_start(database, OTHER)
    two.enter()
    two.begin("never closed")
    asyncio.run(_leaving(two))
    assert [entry.instance for entry in rows(database)] == [OTHER]


def test_the_row_moves_on_while_the_process_lives(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.instances.ROUND", 0.01)
    log = the_log()
    one = Instance(database, log, StoppedClock(AT), NEW)
    one.enter()

    async def run() -> None:
        one.start()
        with database.begin() as tx:
            log.append(tx, event())
        for _ in range(200):
            await asyncio.sleep(0.01)
            if rows(database) == [InstanceEntry(NEW, 1)]:
                return
        raise AssertionError(rows(database))

    asyncio.run(run())


def test_a_database_that_is_away_at_the_end_leaves_the_row_to_the_next_start(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    one = a_start(sqlite_database)
    one.enter()

    def away(*_: object) -> None:
        raise UnavailableError("away", zh="", next_action="", next_action_zh="")

    with monkeypatch.context() as patch:
        patch.setattr(InstanceStore, "leave", away)
        asyncio.run(_leaving(one))
    assert [entry.instance for entry in rows(sqlite_database)] == [NEW]


def test_a_corrected_outcome_is_no_release_and_no_reception(database: Database) -> None:
    write(database, intent(), outcome(0), intent(), outcome(2), correction(intent(), AT, 0, 1))
    found = log_of(database)
    taken_back = found[4]
    assert (taken_back.status, taken_back.rows, taken_back.intent_index, taken_back.detail[CORRECTS]) == (NOT_RELEASED, 0, 0, "1")
    assert [one.index for one in releases(found)] == [3]
    with database.read() as tx:
        assert [one.index for one in receptions(tx, intent().resource, the_log().pseudonym(CITIZEN))] == [3]


def test_a_log_that_takes_no_record_any_more_is_left_as_it_is_and_stops_no_start(database: Database) -> None:
    write(database, intent())
    died(database)
    log = the_log()
    log.memory.condemn(LOG_REPLACED(size=1))
    assert Instance(database, log, StoppedClock(AT), NEW).enter() == 0
    assert rows(database) == [InstanceEntry(OLD, 0)]
    assert a_start(database).enter() == 1  # once somebody has put it right
