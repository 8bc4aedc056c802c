"""Search, reading and proofs: an auditor's look-up is on the log before its result, a department sees the records that name it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from audit.actions import AuditActions
from audit.model import Actor, Kind, Record
from audit.searching import Opening, Search
from audit.store import RecordStore, log_size, tables
from hub.access import Caller
from hub.clock import StoppedClock
from hub.db import Database
from hub.errors import IntegrityError, InvalidInputError, NotFoundError, UnavailableError
from hub.ids import Ids
from hub.paging import to_token
from hub.subject import Subject
from hub.unit_of_work import Kit
from tests.audit.conftest import Put, write_indexed
from tests.audit.keeping import (
    AT,
    AUDITOR,
    CITIZEN,
    CIVIL,
    MEMBER,
    OTHER_CITIZEN,
    POLICE,
    TAX,
    a_publisher,
    erase,
    event,
    the_actions,
    the_log,
    touch,
    write,
    write_former,
)

WHY: dict[str, Any] = {"reason": "投诉核查 2026-17", "searcher": "auditor-3"}
LOOK = Opening(**WHY)


def asked(**parts: Any) -> Search:
    """What is asked, with who and why."""
    return Search(**{**WHY, **parts})


def actions_over(database: Database, folder: Path) -> AuditActions:
    return the_actions(database, a_publisher(database, folder))


HAPPENED = (
    event(),
    event(subject=OTHER_CITIZEN, actor=Actor(TAX, "tax", "officer-9"), case_number="TAX-1"),
    event(subject=None, other="", at=AT + timedelta(hours=1)),
    event(actor=Actor(POLICE, "register", "officer-1"), other=TAX, at=AT + timedelta(hours=2)),
)


@pytest.fixture
def actions(database: Database, tmp_path: Path) -> AuditActions:
    write(database, *HAPPENED)
    return actions_over(database, tmp_path / "log")


@pytest.fixture
def desk(put: Put, database: Database, tmp_path: Path) -> AuditActions:
    """The same over records that stand in each of the four ways."""
    put(*HAPPENED)
    return actions_over(database, tmp_path / "log")


def size(database: Database) -> int:
    with database.read() as tx:
        return log_size(tx)


def newest(database: Database) -> Record:
    with database.read() as tx:
        return RecordStore(tx).get(log_size(tx) - 1)[0]


def indexes(actions: AuditActions, search: Search) -> list[int]:
    return [
        record.index
        for record, _ in actions.search(AUDITOR, replace(search, reason=WHY["reason"], searcher=WHY["searcher"])).records
        if record.kind is not Kind.SEARCH
    ]


def test_an_auditor_finds_by_subject_officer_department_case_and_time(desk: AuditActions) -> None:
    assert indexes(desk, Search(subject=CITIZEN)) == [3, 0]
    assert indexes(desk, Search(officer="officer-9")) == [1]
    assert indexes(desk, Search(department=TAX)) == [3, 1]
    assert indexes(desk, Search(case_number="TAX-1")) == [1]
    assert indexes(desk, Search(since=AT + timedelta(hours=1), until=AT + timedelta(hours=2))) == [2]
    assert indexes(desk, Search(subject=CITIZEN, department=TAX)) == [3]


def test_a_search_is_on_the_log_with_who_why_and_what_but_without_the_id(actions: AuditActions, database: Database) -> None:
    since, until = AT, AT + timedelta(days=1)
    actions.search(AUDITOR, asked(subject=CITIZEN, officer="officer-7", department=CIVIL, case_number="RELIEF-2026-0001", since=since, until=until))
    record = newest(database)
    assert (record.kind, record.action, record.reason, record.status) == (Kind.SEARCH, "audit.SearchAuditRecords", WHY["reason"], "ok")
    assert record.actor == Actor(AUDITOR.department, AUDITOR.system, "auditor-3")
    assert record.pseudonym == the_log().pseudonym(CITIZEN)
    assert record.detail == {
        "officer": "officer-7",
        "department": CIVIL,
        "case_number": "RELIEF-2026-0001",
        "from_time": since.isoformat(),
        "to_time": until.isoformat(),
    }
    write_indexed(database)
    with database.read() as tx:
        for table in (tables.batches, tables.index):
            rows = tx.execute(select(table)).all()
            assert rows
            for row in rows:
                assert all(CITIZEN.id.encode() not in (part if isinstance(part, bytes) else str(part).encode()) for part in row if part is not None)


def test_a_search_that_cannot_be_logged_gives_nothing(actions: AuditActions, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def refuse(*_: object) -> None:
        raise UnavailableError("the disk is full")

    monkeypatch.setattr("audit.log.AuditLog.write", refuse)
    monkeypatch.setattr(RecordStore, "search", lambda *_: seen.append(1))
    with pytest.raises(UnavailableError):
        actions.search(AUDITOR, asked(subject=CITIZEN))
    assert seen == []
    assert size(database) == 4


@pytest.mark.parametrize(
    ("search", "field"),
    [
        (Search(subject=CITIZEN, reason="complaint"), "searcher"),
        (Search(subject=CITIZEN, searcher="auditor-3"), "reason"),
        (asked(subject=CITIZEN, reason=" "), "reason"),
        (asked(subject=CITIZEN, reason="."), "reason"),
        (asked(subject=CITIZEN, searcher="."), "searcher"),
        (asked(until=AT.replace(year=9999)), "from_time"),
        (asked(since=AT - timedelta(days=32)), "from_time"),
        (asked(since=AT - timedelta(days=40), until=AT - timedelta(days=8)), "from_time"),
        (asked(), "subject"),
        (asked(subject=CITIZEN, reason=f"who asked for {CITIZEN.id}?"), "reason"),
        (asked(subject=Subject.unchecked("passport", "E12345678"), reason="about E12345678"), "subject"),
        (asked(officer="officer-7", reason=f"about {OTHER_CITIZEN.id.lower()}"), "reason"),
        (asked(case_number=OTHER_CITIZEN.id), "case_number"),
        (asked(officer="x\x00y"), "officer"),
        (asked(department="9" * 2_000), "department"),
        (asked(subject=CITIZEN, page_size=-1), "page_size"),
        (asked(subject=CITIZEN, page_token="stolen"), "page_token"),
        (asked(subject=CITIZEN, page_token=to_token(7)), "page_token"),
        (asked(subject=CITIZEN, page_token=to_token(7, "a")), "page_token"),
        (asked(subject=CITIZEN, page_token=to_token("a", 7)), "page_token"),
        (asked(subject=CITIZEN, page_token=to_token(2**80, 0)), "page_token"),
        (asked(subject=CITIZEN, page_token=to_token(0, 2**80)), "page_token"),
        (asked(subject=CITIZEN, page_token=to_token(True, 0)), "page_token"),
        (asked(subject=CITIZEN, page_token=to_token(-1, 0)), "page_token"),
        (asked(subject=CITIZEN, page_token=to_token(0, -1)), "page_token"),
    ],
)
def test_a_search_without_reason_or_filter_or_with_an_id_in_its_text_is_sent_back_unlogged(
    actions: AuditActions, database: Database, search: Search, field: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        actions.search(AUDITOR, search)
    assert refusal.value.field == field
    assert OTHER_CITIZEN.id not in str(vars(refusal.value))
    assert size(database) == 4


def test_pages_have_neither_gap_nor_repeat_though_each_look_is_logged(desk: AuditActions, put: Put, database: Database) -> None:
    put(*[event(subject=CITIZEN if number % 3 else OTHER_CITIZEN) for number in range(40)])
    expected = [record.index for record, _ in desk.search(AUDITOR, asked(subject=CITIZEN, page_size=500)).records]
    seen: list[int] = []
    token = ""
    while True:
        found = desk.search(AUDITOR, asked(subject=CITIZEN, page_size=6, page_token=token))
        assert len(found.records) <= 6
        seen += [record.index for record, _ in found.records]
        write(database, event())
        token = found.next_page_token
        if not token:
            break
    assert [one for one in seen if one <= max(expected)] == expected  # newest time first; what came later stands behind
    assert len(set(seen)) == len(seen)


def test_the_last_page_has_no_token_even_when_it_is_full(desk: AuditActions) -> None:
    found = desk.search(AUDITOR, asked(officer="officer-7", page_size=2))
    assert ([record.index for record, _ in found.records], found.next_page_token) == ([2, 0], "")
    first = desk.search(AUDITOR, asked(officer="officer-7", page_size=1))
    rest = desk.search(AUDITOR, asked(officer="officer-7", page_size=1, page_token=first.next_page_token))
    assert [record.index for record, _ in rest.records] == [0]


def test_a_page_is_never_longer_than_five_hundred(sqlite_database: Database, tmp_path: Path) -> None:
    write(sqlite_database, *[event() for _ in range(502)])
    assert len(actions_over(sqlite_database, tmp_path / "log").search(MEMBER, asked(page_size=10_000)).records) == 500
    assert len(actions_over(sqlite_database, tmp_path / "log").search(MEMBER, asked()).records) == 50


def test_a_department_sees_the_records_that_name_it_and_no_others(desk: AuditActions, database: Database) -> None:
    tax = replace(MEMBER, department=TAX)

    def seen(**parts: Any) -> list[int]:
        return [record.index for record, _ in desk.search(tax, asked(**parts)).records if record.kind is not Kind.SEARCH]

    assert seen() == [3, 1]
    assert seen(subject=CITIZEN) == [3]
    assert seen(department=TAX, officer="officer-9") == [1]
    with pytest.raises(NotFoundError):
        desk.search(tax, asked(department=CIVIL))
    with pytest.raises(InvalidInputError):
        desk.search(tax, asked(officer="\x00"))
    assert size(database) == 7  # the three looks that showed something


def test_a_department_says_why_it_looks_into_the_log_about_a_citizen(actions: AuditActions, database: Database) -> None:
    for reason, searcher in (("", "officer-7"), ("case review", ""), (".", "."), ("case review", "x")):
        with pytest.raises(InvalidInputError):
            actions.search(MEMBER, Search(subject=CITIZEN, reason=reason, searcher=searcher))
    assert size(database) == 4
    actions.search(MEMBER, Search(subject=CITIZEN, reason="case review", searcher="officer-7"))
    look = newest(database)
    assert (look.kind, look.actor, look.reason, look.pseudonym) == (
        Kind.SEARCH, Actor(MEMBER.department, MEMBER.system, "officer-7"), "case review", the_log().pseudonym(CITIZEN)
    )  # fmt: skip
    assert look.detail == {"department": MEMBER.department}


def test_a_period_alone_is_at_most_a_month_and_ends_now(actions: AuditActions) -> None:
    assert indexes(actions, Search(since=AT - timedelta(days=31))) == [3, 2, 1, 0]
    assert indexes(actions, Search(since=AT - timedelta(days=31), until=AT.replace(year=9999))) == [3, 2, 1, 0]
    assert indexes(actions, Search(since=AT - timedelta(days=400), until=AT.replace(year=9999), case_number="TAX-1")) == [1]


def test_a_record_is_shown_to_an_auditor_or_to_whom_it_names(actions: AuditActions) -> None:
    assert actions.record(AUDITOR, 1, LOOK)[0].case_number == "TAX-1"
    assert actions.record(replace(MEMBER, department=TAX), 3, LOOK)[0].other == TAX
    assert actions.record(replace(MEMBER, department=POLICE), 3, LOOK)[0].actor.department == POLICE
    for caller, index in ((MEMBER, 1), (MEMBER, 99), (AUDITOR, 99)):
        with pytest.raises(NotFoundError):
            actions.record(caller, index, LOOK)
    with pytest.raises(InvalidInputError):
        actions.record(AUDITOR, -1, LOOK)


@pytest.mark.parametrize("former", [False, True])
def test_a_touched_record_is_named_and_not_shown_as_true(database: Database, tmp_path: Path, *, former: bool) -> None:
    (write_former if former else write_indexed)(database, *HAPPENED)
    actions = actions_over(database, tmp_path / "log")
    with database.begin() as tx:
        if former:
            tx.execute(update(tables.records).where(tables.records.c.position == 0).values(officer="somebody else"))
        else:
            touch(tx, 0, salt=bytes(32))
    with pytest.raises(IntegrityError, match="record 0 of the log is not what was written"):
        actions.record(AUDITOR, 0, LOOK)
    found = actions.search(AUDITOR, asked(subject=CITIZEN))
    assert [record.index for record, _ in found.records if record.kind is not Kind.SEARCH] == [3]
    assert list(found.damaged) == [0]


def test_proofs_and_the_checkpoint_go_with_each_other(database: Database, tmp_path: Path) -> None:
    publisher = a_publisher(database, tmp_path / "log")
    publisher.open()
    actions = the_actions(database, publisher)
    with pytest.raises(NotFoundError):
        actions.checkpoint()
    with pytest.raises(InvalidInputError):
        actions.inclusion(0, 0)
    write(database, *[event() for _ in range(7)])
    publisher.publish()
    checkpoint, vkey = actions.checkpoint()
    assert checkpoint.split("\n")[:2] == [vkey.split("+", maxsplit=1)[0], "7"]
    proof = actions.inclusion(4, 0)
    proof.verify()
    assert actions.record(AUDITOR, 4, LOOK)[1] == proof.leaf_hash
    actions.consistency(3, 7).verify()


# one record of a search


def under(search: int, searcher: str = "") -> Opening:
    return Opening(searcher, search=search)


def refused(actions: AuditActions, caller: Caller, index: int, opening: Opening) -> str:
    with pytest.raises(InvalidInputError) as refusal:
        actions.record(caller, index, opening)
    return refusal.value.reason


def test_what_a_search_found_is_opened_under_it_without_another_record(desk: AuditActions, database: Database) -> None:
    for caller, parts in (
        (AUDITOR, {"subject": CITIZEN}),
        (AUDITOR, {"department": TAX, "since": AT, "until": AT + timedelta(days=1)}),
        (AUDITOR, {"officer": "officer-7", "case_number": "RELIEF-2026-0001"}),
        (replace(MEMBER, department=TAX), {}),
    ):
        found = desk.search(caller, asked(**parts))
        before = size(database)
        assert found.records
        for record, leaf_hash in found.records:
            assert desk.record(caller, record.index, under(found.search)) == (record, leaf_hash)
            assert desk.record(caller, record.index, under(found.search, "auditor-3")) == (record, leaf_hash)
        assert size(database) == before


def test_a_search_opens_nothing_that_it_did_not_find(desk: AuditActions, database: Database) -> None:
    found = desk.search(AUDITOR, asked(subject=CITIZEN, case_number="RELIEF-2026-0001"))
    later = write(database, event())  # it would match, and came after the search
    before = size(database)
    for index in (1, 2, later):
        assert refused(desk, AUDITOR, index, under(found.search)) == "SEARCH_COVERS_NOT"
    period = desk.search(AUDITOR, asked(since=AT, until=AT + timedelta(hours=1)))
    assert refused(desk, AUDITOR, 2, under(period.search)) == "SEARCH_COVERS_NOT"
    own = desk.search(MEMBER, asked())
    with pytest.raises(NotFoundError):
        desk.record(MEMBER, 1, under(own.search))
    assert size(database) == before + 2


def test_only_whoever_searched_opens_what_the_search_found(desk: AuditActions, database: Database) -> None:
    search = desk.search(AUDITOR, asked(subject=CITIZEN)).search
    other_system, other_department = replace(AUDITOR, system="laptop"), replace(AUDITOR, department=POLICE)
    for caller, opening in ((other_system, under(search)), (other_department, under(search)), (AUDITOR, under(search, "auditor-4"))):
        assert refused(desk, caller, 0, opening) == "SEARCH_COVERS_NOT"
    for not_a_search in (0, -1, 2**63 - 1, search + 1):
        assert refused(desk, AUDITOR, 0, under(not_a_search)) == "SEARCH_COVERS_NOT"
    desk.record(AUDITOR, 0, LOOK)
    assert refused(desk, AUDITOR, 0, under(search + 1)) == "SEARCH_COVERS_NOT"  # the look at one record covers no other
    erase(database, search)
    assert refused(desk, AUDITOR, 0, under(search)) == "SEARCH_COVERS_NOT"  # erased: what it looked for is not known any more


def test_a_search_covers_its_answers_for_half_an_hour(database: Database, tmp_path: Path) -> None:
    write(database, *HAPPENED)
    clock = StoppedClock(AT)
    actions = AuditActions(Kit(database, the_log(), clock, Ids()), a_publisher(database, tmp_path / "log"), the_log().pseudonym)
    search = actions.search(AUDITOR, asked(subject=CITIZEN)).search
    clock.advance(timedelta(minutes=30))
    actions.record(AUDITOR, 0, under(search))
    clock.advance(timedelta(seconds=1))
    assert refused(actions, AUDITOR, 0, under(search)) == "SEARCH_COVERS_NOT"


def test_an_officer_written_with_two_blanks_is_opened_under_the_search_that_found_it(actions: AuditActions, database: Database) -> None:
    index = write(database, event(actor=Actor(CIVIL, "relief", "Li  Na")))
    found = actions.search(AUDITOR, asked(officer="Li  Na"))
    assert [record.index for record, _ in found.records] == [index]
    assert actions.record(AUDITOR, index, under(found.search))[0].index == index


def test_a_record_opened_by_itself_leaves_a_look_at_the_same_person(actions: AuditActions, database: Database) -> None:
    actions.record(AUDITOR, 3, LOOK)
    look = newest(database)
    assert (look.kind, look.action, look.actor.officer, look.reason) == (Kind.SEARCH, "audit.GetAuditRecord", "auditor-3", WHY["reason"])
    assert (look.pseudonym, look.subject_domain, look.detail) == (the_log().pseudonym(CITIZEN), "cn-id", {"index": "3"})
    actions.record(AUDITOR, 2, LOOK)
    assert (newest(database).pseudonym, newest(database).detail) == (None, {"index": "2"})
    before = size(database)
    for opening in (Opening(), Opening("auditor-3"), Opening("auditor-3", "."), Opening(".", "complaint")):
        with pytest.raises(InvalidInputError):
            actions.record(AUDITOR, 3, opening)
    with pytest.raises(NotFoundError):
        actions.record(AUDITOR, 999, LOOK)
    assert size(database) == before
