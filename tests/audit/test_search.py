"""Searching the log: by each filter, page by page, and alike whether a record is indexed, waits to be, or is of the release before."""

from datetime import timedelta

from audit.indexer import Indexer
from audit.model import Actor, Kind
from audit.store import RecordFilter, RecordStore, receptions
from hub.db import Database
from tests.audit.conftest import Put
from tests.audit.keeping import AT, CITIZEN, CIVIL, OTHER_CITIZEN, POLICE, TAX, erase, event, the_log, touch, write

RESOURCE = "entries/01k0000000000000000000000a"
Place = tuple[int, int]


def page(database: Database, wanted: RecordFilter, before: Place | None = None, count: int | None = 100) -> tuple[list[int], Place | None]:
    """The indexes of a page, of which none is damaged, and behind what the next page begins."""
    with database.read() as tx:
        found = RecordStore(tx).search(wanted, before, count)
    assert found.damaged == []
    return [record.index for record, _ in found.records], found.last


def found(database: Database, wanted: RecordFilter) -> list[int]:
    indexes, last = page(database, wanted)
    assert last is None
    return indexes


def test_records_are_found_by_subject_officer_department_case_and_time(put: Put, database: Database) -> None:
    put(
        event(),
        event(subject=OTHER_CITIZEN, actor=Actor(TAX, "tax", "officer-9"), other="", case_number=""),
        event(subject=None, other="", at=AT + timedelta(hours=1), case_number="B"),
        event(actor=Actor(POLICE, "register", ""), other=TAX, at=AT + timedelta(hours=2)),
    )
    access_log = the_log()
    assert found(database, RecordFilter(pseudonym=access_log.pseudonym(CITIZEN))) == [3, 0]
    assert found(database, RecordFilter(pseudonym=access_log.pseudonym(OTHER_CITIZEN))) == [1]
    assert found(database, RecordFilter(officer="officer-7")) == [2, 0]
    assert found(database, RecordFilter(department=TAX)) == [3, 1]  # acting or other
    assert found(database, RecordFilter(department=POLICE)) == [3, 0]
    assert found(database, RecordFilter(case_number="B")) == [2]
    assert found(database, RecordFilter(since=AT + timedelta(hours=1))) == [3, 2]
    assert found(database, RecordFilter(since=AT + timedelta(hours=1), until=AT + timedelta(hours=2))) == [2]  # from inclusive, to exclusive
    assert found(database, RecordFilter(department=TAX, officer="officer-9")) == [1]
    assert found(database, RecordFilter(officer="officer-8")) == []
    assert found(database, RecordFilter()) == [3, 2, 1, 0]


def test_pages_follow_each_other_without_gap_or_repeat_while_the_log_grows(put: Put, database: Database) -> None:
    put(*[event(subject=CITIZEN if number % 2 else OTHER_CITIZEN) for number in range(23)])
    wanted = RecordFilter(pseudonym=the_log().pseudonym(CITIZEN))
    seen: list[int] = []
    indexes, before = page(database, wanted, None, 4)
    while indexes:
        assert len(indexes) <= 4
        seen += indexes
        put(event())
        if before is None:
            break
        indexes, before = page(database, wanted, before, 4)
    assert seen == list(range(21, 0, -2))


def test_the_newest_time_comes_first_and_of_one_time_the_highest_index(put: Put, database: Database) -> None:
    put(event(at=AT + timedelta(seconds=2)), event(), event(at=AT + timedelta(seconds=1)), event())
    assert found(database, RecordFilter()) == [0, 2, 3, 1]
    for count in (1, 2, 3):
        seen, before = page(database, RecordFilter(), None, count)
        while before:
            more, before = page(database, RecordFilter(), before, count)
            assert more
            seen += more
        assert seen == [0, 2, 3, 1]


def test_receptions_are_the_closed_outcomes_of_that_subject_and_resource_alone(put: Put, database: Database) -> None:
    put(
        event(case_number="A"),
        event(case_number="B", actor=Actor(TAX, "tax", "x")),
        event(rows=0),
        event(status="UNAVAILABLE"),
        event(kind=Kind.INTENT, intent_index=None),
        event(subject=OTHER_CITIZEN),
        event(resource="entries/other"),
        event(case_number="E"),
    )
    with database.read() as tx:
        given = receptions(tx, RESOURCE, the_log().pseudonym(CITIZEN))
    assert [(one.department, one.case_number, one.index) for one in given] == [(CIVIL, "A", 0), (TAX, "B", 1), (CIVIL, "E", 7)]


def test_an_erased_record_is_no_reception_any_more_and_is_found_by_department_and_time(database: Database) -> None:
    write(database, event(case_number="A"), event(case_number="B"))
    erase(database, 0)
    with database.read() as tx:
        given = receptions(tx, RESOURCE, the_log().pseudonym(CITIZEN))
    assert [(one.case_number, one.index) for one in given] == [("B", 1)]
    assert found(database, RecordFilter(department=CIVIL, kind="outcome", since=AT, until=AT + timedelta(seconds=1))) == [1, 0]
    assert found(database, RecordFilter(officer="officer-7")) == [1]


def test_the_newest_change_of_a_thing_is_found_wherever_it_stands(put: Put, database: Database) -> None:
    changed = [event(kind=Kind.CHANGE, resource=f"entries/{number % 2}", reason=f"r-{number}", intent_index=None) for number in range(4)]
    put(*changed, event(resource="entries/1"))
    with database.read() as tx:
        newest = [RecordStore(tx).newest_change(f"entries/{number}") for number in range(3)]
    assert [one and (one.index, one.reason) for one in newest] == [(2, "r-2"), (3, "r-3"), None]


def test_a_record_without_another_department_is_found_by_the_acting_one_alone(put: Put, database: Database) -> None:
    put(event(other=""))
    assert found(database, RecordFilter(department=POLICE)) == []
    assert found(database, RecordFilter(department=CIVIL)) == [0]


def test_a_damaged_outcome_still_names_the_department_that_may_have_been_given_the_record(database: Database) -> None:
    write(database, event(case_number="A"), event(case_number="B", actor=Actor(TAX, "tax", "x")), event(resource="entries/other"))
    Indexer(database).catch_up()
    with database.begin() as tx:
        for index in (1, 2):
            touch(tx, index, payload=b"\xa0")
        given = receptions(tx, RESOURCE, the_log().pseudonym(CITIZEN))
    assert [(one.department, one.case_number, one.index) for one in given] == [(CIVIL, "A", 0), (TAX, "B", 1)]
