"""An erasure is proposed by the authority and decided by an auditor of another department; it takes content and search columns, and no proof."""

import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as sql_event
from sqlalchemy import select

from audit.comparison import LogComparer
from audit.erasing import ErasingActions
from audit.erasure import MOST, details_of, indexes_of
from audit.history import History
from audit.indexer import Indexer
from audit.instances import Instance
from audit.memory import LogMemory
from audit.model import Actor, Erasure, Event, Kind, Record
from audit.moving import Mover
from audit.outcomes import INSTANCE
from audit.patrol import Patrol
from audit.proposal import OPEN_FOR, ErasureState, ErasureView
from audit.publisher import Publisher
from audit.reindexing import Reindexing
from audit.row_check import RowCheck
from audit.searching import Search
from audit.store import RecordFilter, RecordStore, receptions
from audit.store.instances import InstanceEntry, InstanceStore
from audit.store.tables import index, records
from audit.tiles import TileWriter
from hub.access import Caller, Role
from hub.clock import StoppedClock
from hub.db import Database
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError, NotFoundError, ShuniuError, UnavailableError
from hub.ids import Ids
from hub.subject import Subject
from hub.unit_of_work import Kit, Step
from shuniu.proofs.offline import verify_directory
from shuniu.proofs.proof import verify_inclusion
from shuniu.proofs.tiles import TileReader
from tests.audit.conftest import WAYS
from tests.audit.erasure import AUDITOR, AUTHORITY, BASIS, CONFIRMER, PROPOSER, access, bodies, bound, decide, propose, size
from tests.audit.keeping import AT, CITIZEN, CIVIL, ORIGIN, OTHER_CITIZEN, TAX, a_publisher, assert_whole, event, the_actions, the_log, touch, write

SUBJECT = the_log().pseudonym(CITIZEN)
RESOURCE = event().resource


def filled(database: Database, *events: Event) -> Database:
    """Two accesses, of two people, and what comes after them; all of it in the index."""
    write(bound(database), *access(0), *access(2, OTHER_CITIZEN), *events)
    Indexer(database).catch_up()
    return database


@pytest.fixture
def hub(database: Database) -> Database:
    return filled(database)


def published(database: Database, folder: Path) -> Publisher:
    publisher = a_publisher(database, folder)
    publisher.open()
    publisher.publish()
    return publisher


def assert_intact(database: Database, publisher: Publisher) -> None:
    history = History(database, ORIGIN, publisher.vkey, publisher.directory, LogMemory())
    found = LogComparer(database, history, publisher.directory, publisher.vkey).run()
    assert (found.damage, found.flaws, found.files.findings) == ((), (), ())
    assert RowCheck(database, the_log(), StoppedClock(AT)).compare(large=True) == []


def index_row(database: Database, position: int) -> Any:
    with database.read() as tx:
        return tx.execute(select(index).where(index.c.position == position)).one()


# what an erasure does


def test_an_erasure_takes_content_and_search_columns_and_leaves_every_proof(hub: Database, tmp_path: Path):
    publisher = published(hub, tmp_path / "log")
    with hub.read() as tx:
        receipts = [(record.index, leaf) for record, leaf in RecordStore(tx).read(0, 4)]
    copy = {path: path.read_bytes() for path in (tmp_path / "log").rglob("*") if path.is_file()}

    view = decide(hub, propose(hub, 1))

    by = view.proposal.erasure_index
    assert by == size(hub) - 1
    assert view.proposal.indexes == (0, 1)  # the outcome's intent too
    with hub.read() as tx:
        record, leaf_hash = RecordStore(tx).get(0)
        said = RecordStore(tx).get(by)[0]
    assert (record.erasure, record.kind, record.actor.department, record.other) == (Erasure(by, BASIS), Kind.INTENT, CIVIL, event().other)
    assert (record.actor.officer, record.resource, record.case_number, record.pseudonym, record.reason) == ("", "", "", None, "")
    assert (said.kind, said.action, said.resource, said.actor.department) == (
        Kind.ERASURE,
        "audit.ConfirmErasure",
        view.proposal.name,
        AUDITOR.department,
    )
    assert (said.actor.officer, said.other, said.detail["legal_basis"], said.pseudonym) == (CONFIRMER, AUTHORITY.department, BASIS, None)
    assert indexes_of(said) == {0, 1}
    assert [(one.payload, one.salt) for _, one in sorted(bodies(hub).items())][:2] == [(None, None)] * 2
    row = index_row(hub, 0)
    assert (row.officer, row.case_number, row.resource, row.pseudonym) == ("", "", "", None)
    assert (row.kind, row.department, row.other) == ("intent", CIVIL, event().other)

    assert leaf_hash == receipts[0][1]
    publisher.publish()
    for position, leaf in receipts:  # receipts of before the erasure
        proof = publisher.inclusion(position, 0)
        verify_inclusion(leaf, position, proof.size, proof.proof, proof.root)
    assert len(assert_whole(hub)) == size(hub)
    verdict = verify_directory(tmp_path / "log", str(publisher.vkey))
    assert (verdict.ok, verdict.size) == (True, size(hub))
    (tmp_path / "copy").mkdir()
    for path, data in copy.items():  # a copy of before the erasure too
        target = tmp_path / "copy" / path.relative_to(tmp_path / "log")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    assert verify_directory(tmp_path / "copy", str(publisher.vkey)).ok
    Indexer(hub).catch_up()
    assert_intact(hub, publisher)


def test_after_an_erasure_the_person_is_found_no_more_and_the_record_is_by_department_and_time(hub: Database):
    decide_indexed(hub, propose(hub, subject=CITIZEN))
    Indexer(hub).catch_up()
    with hub.read() as tx:
        store = RecordStore(tx)
        assert store.search(RecordFilter(pseudonym=SUBJECT), None, None).records == []
        assert store.search(RecordFilter(pseudonym=SUBJECT), None, None).damaged == []
        accesses = [one for one, _ in store.search(RecordFilter(department=CIVIL), None, None).records]
        assert [(one.index, one.erased) for one in accesses] == [(3, False), (2, False), (1, True), (0, True)]
        assert receptions(tx, RESOURCE, SUBJECT) == []
        assert [one.index for one in receptions(tx, RESOURCE, the_log().pseudonym(OTHER_CITIZEN))] == [3]


def test_to_name_a_subject_is_a_search_on_record_which_the_erasure_takes_too(hub: Database):
    view = propose(hub, subject=CITIZEN)
    with hub.read() as tx:
        look = RecordStore(tx).get(4)[0]
        said = RecordStore(tx).get(5)[0]
    assert (look.kind, look.action, look.pseudonym, look.actor.officer) == (Kind.SEARCH, "audit.ProposeErasure", SUBJECT, PROPOSER)
    assert (said.kind, said.resource, said.pseudonym, said.detail["records"]) == (Kind.CHANGE, view.proposal.name, None, "3")
    assert view.proposal.indexes == (0, 1, 4)
    assert [(one.index, one.kind, one.department) for one in view.records] == [
        (0, "intent", CIVIL),
        (1, "outcome", CIVIL),
        (4, "search", AUTHORITY.department),
    ]


def test_that_there_is_nothing_to_erase_is_told_after_the_search_is_on_record(hub: Database):
    nobody = Subject("cn-id", "11010519491231002X")
    with pytest.raises(NotFoundError) as refusal:
        propose(hub, subject=nobody)
    assert refusal.value.reason == "NOTHING_TO_ERASE"
    with hub.read() as tx:
        assert RecordStore(tx).get(4)[0].pseudonym == the_log().pseudonym(nobody)


def test_of_a_subject_with_many_records_the_newest_are_taken_and_the_rest_by_the_next_proposal(sqlite_database: Database):
    pairs = [one for number in range(60) for one in access(2 * number, case_number=f"C-{number}")]
    write(bound(sqlite_database), *pairs)
    Indexer(sqlite_database).catch_up()
    first = decide_indexed(sqlite_database, propose(sqlite_database, subject=CITIZEN))
    assert (len(first.proposal.indexes), min(first.proposal.indexes)) == (MOST - 1, 22)
    second = decide_indexed(sqlite_database, propose(sqlite_database, subject=CITIZEN))
    assert second.proposal.indexes[:22] == tuple(range(22))
    with sqlite_database.read() as tx:
        assert RecordStore(tx).search(RecordFilter(pseudonym=SUBJECT), None, None).records == []


def decide_indexed(database: Database, view: ErasureView) -> ErasureView:
    Indexer(database).catch_up()
    return decide(database, view)


@pytest.mark.parametrize("way", WAYS)
def test_a_record_is_erased_wherever_it_stands(database: Database, tmp_path: Path, way: str):
    WAYS[way](bound(database), *access(0), *access(2, OTHER_CITIZEN))
    if way == "not indexed":
        with pytest.raises(UnavailableError) as refusal:
            decide(database, propose(database, 0))
        assert refusal.value.reason == "LOG_INDEX_BEHIND"
        Indexer(database).catch_up()
        decide(database, the_newest(database))
    else:
        decide(database, propose(database, 0))
    publisher = published(database, tmp_path / "log")
    for _ in range(2):
        with database.read() as tx:
            assert [RecordStore(tx).get(position)[0].erased for position in range(4)] == [True, True, False, False]
            assert RecordStore(tx).search(RecordFilter(pseudonym=SUBJECT), None, None).records == []
        assert_intact(database, publisher)
        Mover(database).move_all()
        Reindexing(database, alone=False).run(anew=True)
        Indexer(database).catch_up()
    with database.read() as tx:
        assert tx.execute(select(records)).all() == []


def the_newest(database: Database) -> ErasureView:
    erasing = ErasingActions(Kit(database, the_log(), StoppedClock(AT), Ids()), the_log().pseudonym)
    return erasing.get(AUDITOR, erasing.page(1, "")[0][0].name)


def test_nothing_of_it_is_left_in_the_database_file_of_sqlite(sqlite_database: Database):
    hub = filled(sqlite_database, *[one for number in range(30) for one in access(4 + 2 * number, case_number=f"NO-{number:03d}")])
    held = [part for position, one in bodies(hub).items() if position < 60 for part in (one.payload, one.salt)]
    assert len([part for part in held if part in file_of(hub)]) > 60  # but for those that a page's end cuts in two
    decide(hub, propose(hub, *range(0, 60, 2)))
    assert [part for part in held if part in file_of(hub)] == []


def file_of(database: Database) -> bytes:
    """The bytes of the database's file, once nothing is left in its write-ahead log."""
    database.engine.dispose()
    path = Path(database.url.removeprefix("sqlite:///"))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.read_bytes()


# who, and which records


@pytest.mark.parametrize("how", ["confirm", "refuse"])
def test_only_an_auditor_of_another_department_and_another_person_decides(hub: Database, how: str):
    view = propose(hub, 0)
    for by in (AUTHORITY, Caller(TAX, "tax", frozenset({Role.MEMBER}))):
        with pytest.raises((NotAllowedError, NotFoundError)):
            decide(hub, view, how, by=by)
    with pytest.raises(NotAllowedError) as refusal:
        decide(hub, view, how, by=Caller(AUTHORITY.department, "audit", frozenset({Role.AUDITOR})))
    assert refusal.value.reason == "NOT_ANOTHER_DEPARTMENT"
    wrong: tuple[dict[str, Any], ...] = ({"officer": PROPOSER.upper()}, {"officer": ""}, {"reason": ""})
    for said in wrong:
        with pytest.raises(InvalidInputError):
            decide(hub, view, how, **said)
    assert all(one.payload for one in bodies(hub).values())


def test_a_proposal_needs_ground_reason_and_officer_and_one_way_of_naming_records(hub: Database):
    for said in ({"basis": ""}, {"reason": ""}, {"officer": ""}, {"basis": "x" * 257}, {"basis": CITIZEN.id}, {"subject": CITIZEN}):
        with pytest.raises(InvalidInputError):
            propose(hub, 0, **said)
    for attempt in (lambda: propose(hub), lambda: propose(hub, *range(MOST + 1)), lambda: propose(hub, subject=CITIZEN, reason=f"of {CITIZEN.id}")):
        with pytest.raises(InvalidInputError):
            attempt()


def test_a_proposal_is_made_once_for_each_request_id(hub: Database):
    one, again = (propose(hub, subject=CITIZEN, request_id="r-1") for _ in range(2))
    assert one.proposal == again.proposal
    with pytest.raises(InvalidInputError):
        propose(hub, subject=OTHER_CITIZEN, request_id="r-1")


def test_a_proposal_that_nobody_decides_expires(hub: Database):
    view = propose(hub, 0)
    late = ErasingActions(Kit(hub, the_log(), StoppedClock(AT + OPEN_FOR), Ids()), the_log().pseudonym)
    assert late.get(AUDITOR, view.proposal.name).proposal.state is ErasureState.EXPIRED
    assert late.page(9, "")[0][0].state is ErasureState.EXPIRED
    with pytest.raises(IllegalStateError):
        late.check(Step(caller=AUDITOR, name=view.proposal.name, officer=CONFIRMER, reason="late by a day"))
    assert late.open(AT + OPEN_FOR) == []
    assert all(one.payload for one in bodies(hub).values())


def test_a_proposal_is_decided_once(hub: Database):
    view = propose(hub, 0)
    decide(hub, view, "refuse")
    for how in ("confirm", "refuse"):
        with pytest.raises(IllegalStateError):
            decide(hub, view, how)
    assert all(one.payload for one in bodies(hub).values())
    done = decide(hub, propose(hub, 0))
    with pytest.raises(IllegalStateError):
        decide(hub, done)


WRONG_ONES: dict[str, tuple[Event, str]] = {
    "a change": (event(kind=Kind.CHANGE, intent_index=None), "NOT_ERASABLE"),
    "an administrative act": (event(kind=Kind.ADMIN, intent_index=None), "NOT_ERASABLE"),
    "a use of a seal": (event(kind=Kind.SEAL_USE, intent_index=None), "NOT_ERASABLE"),
    "an erasure": (event(kind=Kind.ERASURE, intent_index=None), "NOT_ERASABLE"),
    "a record without a subject": (event(kind=Kind.REFUSAL, subject=None, intent_index=None), "NOT_ERASABLE"),
    "an access without its outcome": (access(4)[0], "ACCESS_OPEN"),
}


@pytest.mark.parametrize("what", WRONG_ONES)
def test_what_decides_or_is_open_or_about_nobody_is_not_erased(database: Database, what: str):
    wrong, reason = WRONG_ONES[what]
    hub = filled(database, wrong)
    with pytest.raises(ShuniuError) as refusal:
        propose(hub, 0, 4)
    assert refusal.value.reason == reason
    assert size(hub) == 5
    if wrong.subject is not None:  # named by its subject, it is left out
        assert propose(hub, subject=CITIZEN).proposal.indexes == (0, 1, 5)


@pytest.mark.parametrize("kind", [Kind.REFUSAL, Kind.SEARCH])
def test_a_refusal_and_a_search_about_a_person_are_erased_alone(database: Database, kind: Kind):
    hub = filled(database, event(kind=kind, intent_index=None, reason="complaint 7"))
    assert decide(hub, propose(hub, 4)).proposal.indexes == (4,)


def test_what_is_not_there_is_damaged_or_erased_already_is_told(hub: Database):
    with pytest.raises(NotFoundError):
        propose(hub, 99)
    with pytest.raises(InvalidInputError):
        propose(hub, -1)
    late = propose(hub, 0)
    decide(hub, propose(hub, 0))
    for attempt in (lambda: propose(hub, 1), lambda: decide(hub, late)):
        with pytest.raises(IllegalStateError) as refusal:
            attempt()
        assert refusal.value.reason == "ALREADY_ERASED"
    held = propose(hub, 2)
    with hub.begin() as tx:
        touch(tx, 3, payload=b"\xa0")
    with pytest.raises(ShuniuError):
        decide(hub, held)
    assert bodies(hub)[2].payload  # all of it or nothing


def test_an_outcome_that_came_after_the_proposal_makes_it_void(hub: Database):
    view = propose(hub, 0)
    write(hub, access(0)[1])  # a correction, say
    Indexer(hub).catch_up()
    with pytest.raises(IllegalStateError) as refusal:
        decide(hub, view)
    assert refusal.value.reason == "ACCESS_CHANGED"
    assert decide(hub, propose(hub, 0)).proposal.indexes == (0, 1, 5)


def test_a_start_closes_what_is_open_though_records_around_it_were_erased(hub: Database):
    open_one = access(4, detail={INSTANCE: "01k00000000000000000000000"})[0]
    write(hub, open_one)
    Indexer(hub).catch_up()
    with hub.begin() as tx:
        InstanceStore(tx).enter(InstanceEntry("01k00000000000000000000000", 0), AT)
    decide(hub, propose(hub, 2))
    assert Instance(hub, the_log(), StoppedClock(AT), "01k00000000000000000000001").enter() == 1
    with hub.read() as tx:
        assert RecordStore(tx).get(size(hub) - 1)[0].intent_index == 4


# how an erasure is spelled


@given(st.sets(st.integers(0, 10**12), min_size=1, max_size=MOST))
def test_what_the_record_of_an_erasure_names_is_what_was_erased(indexes: set[int]):
    detail = details_of(indexes)
    assert all(len(part) <= 256 for part in detail.values())
    event(kind=Kind.ERASURE, subject=None, intent_index=None, detail={**detail, "a": "", "b": "", "c": "", "d": "", "e": ""})  # it fits a record
    assert indexes_of(a_record(detail, 10**13)) == indexes


def a_record(detail: dict[str, str], position: int, kind: Kind = Kind.ERASURE) -> Record:
    return Record(index=position, leaf=b"", kind=kind, at=AT, actor=Actor(CIVIL, "x", "y"), detail=detail)


@pytest.mark.parametrize("text", ["7-9", "a", "-1", "٣", "7+", "0+100", "9" * 19, "1+x", "5 "])
def test_a_record_that_the_hub_cannot_have_written_erases_nothing(text: str):
    said = indexes_of(a_record({"erased": text}, 10**13))
    assert not said or (text, set(said)) == ("7+", {7})


def test_a_record_erases_only_what_stands_before_it_and_only_if_it_is_an_erasure():
    assert indexes_of(a_record({"erased": "5"}, 5)) == frozenset()
    assert indexes_of(a_record({"erased": "4"}, 5, Kind.CHANGE)) == frozenset()
    assert indexes_of(a_record({"erased": "4"}, 5)) == {4}


# beside others, at any moment


def test_of_two_confirmations_at_once_one_erases(hub: Database):
    view, ended = propose(hub, 0), list[Any]()

    def confirm() -> None:
        try:
            ended.append(decide(hub, view))
        except ShuniuError as error:
            ended.append(error)

    threads = [threading.Thread(target=confirm) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=20)
    assert len(ended) == 4
    assert [isinstance(one, ErasureView) for one in ended].count(True) == 1
    with hub.read() as tx:
        kinds = [record.kind for record, _ in RecordStore(tx).read(0, size(hub))]
    assert kinds.count(Kind.ERASURE) == 1


def test_an_erasure_that_is_killed_at_any_statement_took_all_or_nothing(hub: Database, tmp_path: Path):
    publisher = published(hub, tmp_path / "log")
    view = propose(hub, 0, 2)
    Indexer(hub).catch_up()
    hub.engine.dispose()
    before, kills = bodies(hub), 0
    while (found := bodies(hub)) == before:
        hub.engine.dispose()  # a fork shares what is open
        killed_at(hub.url, view, kills)
        kills += 1
        assert kills < 400
    assert kills > 20
    assert [found[position].empty for position in range(4)] == [True] * 4
    assert all(found[position].payload for position in found if position > 3)
    Indexer(hub).catch_up()
    assert_intact(hub, publisher)


def killed_at(url: str, view: ErasureView, statement: int) -> None:
    """Confirm in a process that is killed before its statement or commit of that number, or comes to its end first."""
    child = os.fork()
    if child == 0:
        _confirm_and_die(url, view, statement)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status


def _confirm_and_die(url: str, view: ErasureView, statement: int) -> None:
    code = 1
    try:
        database, left = bound(Database(url)), [statement]

        def count(*_: Any) -> None:
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1

        sql_event.listen(database.engine, "before_cursor_execute", count)
        sql_event.listen(database.engine, "commit", count)
        decide(database, view)
        code = 0
    finally:
        os._exit(code)


@pytest.mark.postgres
def test_an_erasure_waits_for_the_mover_that_has_read_the_record(postgres_database: Database, monkeypatch: pytest.MonkeyPatch):
    """On SQLite there is one writer at a time."""
    WAYS["former"](bound(postgres_database), *access(0))
    WAYS["indexed"](postgres_database, event())  # the month's part of the index is there
    view, real, ended = propose(postgres_database, 0), RecordStore.put_batch, list[ErasureView]()
    eraser = threading.Thread(target=lambda: ended.append(decide(postgres_database, view)))

    def moving(self: RecordStore, *args: Any) -> None:
        eraser.start()
        eraser.join(0.5)
        assert ended == []
        real(self, *args)

    monkeypatch.setattr(RecordStore, "put_batch", moving)
    Mover(postgres_database).move_all()
    eraser.join(timeout=20)
    assert len(ended) == 1
    assert [bodies(postgres_database)[position].empty for position in (0, 1)] == [True, True]


def look(database: Database) -> None:
    with database.read() as tx:
        store = RecordStore(tx)
        for position in range(0, 160, 7):
            store.get(position)
        assert store.search(RecordFilter(pseudonym=SUBJECT), None, 20).damaged == []


def watch(patrol: Patrol) -> None:
    assert list(patrol.compare(0, 160)) == []


def test_erasures_beside_writer_indexer_mover_patrol_and_readers_leave_the_log_whole(database: Database, tmp_path: Path):
    WAYS["former"](bound(database), *[one for number in range(80) for one in access(2 * number, case_number=f"C-{number}")])
    WAYS["indexed"](database, event())
    publisher = published(database, tmp_path / "log")
    stop, errors = threading.Event(), list[BaseException]()
    patrol = Patrol(database, TileReader(publisher.directory), TileWriter(publisher.directory))
    indexer, mover = Indexer(database), Mover(database)

    def append() -> None:
        start = size(database)
        write(database, event(case_number=f"N-{start}"))

    def run(act: Callable[[], object]) -> None:
        try:
            while not stop.wait(0.002):
                act()
        except BaseException as error:  # noqa: BLE001 - told below
            errors.append(error)

    acts = (append, lambda: indexer._write_portion(8), mover.move_portion, lambda: watch(patrol), lambda: look(database))
    with ThreadPoolExecutor(len(acts)) as threads:
        for act in acts:
            threads.submit(run, act)
        try:
            for number in range(0, 80, 4):
                decide(database, propose(database, 2 * number, 2 * number + 2))
        finally:
            stop.set()
    assert errors == []
    mover.move_all()
    indexer.catch_up()
    with database.read() as tx:
        erased = {record.index for record, _ in RecordStore(tx).read(0, 160) if record.erased}
    assert erased == {2 * number + place for number in range(0, 80, 4) for place in range(4)}
    publisher.publish()
    assert_intact(database, publisher)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_erased_is_read_as_erased_and_all_else_as_it_was(database: Database, data: st.DataObject):
    bound(database)
    first = size(database)
    shape = data.draw(st.lists(st.tuples(st.sampled_from(["former", "indexed"]), st.integers(1, 4)), min_size=1, max_size=4))
    if first:
        shape = [("indexed", count) for _, count in shape]  # former rows stand before all others
    shape.sort()
    pairs: list[int] = []
    for way, count in shape:
        start = size(database)
        WAYS[way](database, *[one for number in range(count) for one in access(start + 2 * number, case_number=f"C-{start + number}")])
        pairs += [start + 2 * number for number in range(count)]
    before = {position: read(database, position) for position in range(first, size(database))}
    gone: set[int] = set()
    for _ in range(data.draw(st.integers(1, 3))):
        left = [one for one in pairs if one not in gone]
        if left:
            chosen = data.draw(st.sets(st.sampled_from(left), min_size=1))
            decide(database, propose(database, *(one + data.draw(st.integers(0, 1)) for one in sorted(chosen))))
            gone |= {one + place for one in chosen for place in (0, 1)}
        {0: lambda: None, 1: lambda: Mover(database).move_portion(), 2: lambda: Indexer(database).catch_up()}[data.draw(st.integers(0, 2))]()
    for position, record in before.items():
        now = read(database, position)
        assert (now.leaf, now.erased) == (record.leaf, position in gone)
        assert now.erased or now == record
    with database.read() as tx:
        assert RecordStore(tx).hidden()[1] == []
        assert [one.index for one, _ in RecordStore(tx).read(0, size(database))] == list(range(size(database)))
    assert_whole(database)


def read(database: Database, position: int) -> Record:
    with database.read() as tx:
        return RecordStore(tx).get(position)[0]


def test_records_younger_than_three_years_are_counted_for_the_confirmer(hub: Database):
    view = propose(hub, 0)
    assert view.young == 2
    later = ErasingActions(Kit(hub, the_log(), StoppedClock(AT + timedelta(days=1097)), Ids()), the_log().pseudonym)
    assert later.get(AUDITOR, view.proposal.name).young == 0


def test_a_member_knows_of_no_proposal(hub: Database):
    view = propose(hub, 0)
    erasing = ErasingActions(Kit(hub, the_log(), StoppedClock(AT), Ids()), the_log().pseudonym)
    with pytest.raises(NotFoundError):
        erasing.get(Caller(CIVIL, "relief", frozenset({Role.MEMBER})), view.proposal.name)
    assert [one.name for one in erasing.page(1, "")[0]] == [view.proposal.name]


def test_an_auditor_reads_of_an_erased_record_by_which_one_and_on_which_ground(hub: Database, tmp_path: Path):
    by = decide(hub, propose(hub, 0)).proposal.erasure_index
    actions = the_actions(hub, published(hub, tmp_path / "log"))
    found = actions.search(AUDITOR, Search(department=CIVIL, reason="complaint 7", searcher="auditor-1"))
    assert [(one.index, one.erasure) for one, _ in found.records if one.erased] == [(1, Erasure(by or 0, BASIS)), (0, Erasure(by or 0, BASIS))]
    assert found.damaged == ()
