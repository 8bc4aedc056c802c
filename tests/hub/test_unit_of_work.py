"""One unit of work: who, what, etag, compare-and-swap, announcement, log record and idempotency, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select

from audit.model import Receipt
from hub.access import Caller, Duty
from hub.clock import StoppedClock
from hub.db import Aggregate, Database, Tx
from hub.desk import Notice, Waiting
from hub.desk import Thing as Called
from hub.errors import ConflictError, InvalidInputError, NotFoundError
from hub.ids import Ids
from hub.resource import id_of
from hub.unit_of_work import Actions, Aim, Change, Kit, Step, page_of
from shuniu.words import Word

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
OWNER, OTHER = Caller("OWNER", "desk"), Caller("OTHER", "desk")
things = Table(
    "things",
    MetaData(),
    Column("id", String(26), primary_key=True),
    Column("revision", Integer),
    Column("owner", String(20)),
    Column("word", String(20)),
)


@dataclass(frozen=True, slots=True)
class Thing:
    id: str
    owner: str
    word: str
    revision: int = 1

    @property
    def name(self) -> str:
        return f"things/{self.id}"

    def seen_by(self, caller: Caller) -> bool:
        return caller.department == self.owner


class ThingStore(Aggregate[Thing]):
    table, thing, parties = things, Word("thing", "thing", "事物"), ("owner",)

    def read(self, row: dict[str, Any]) -> Thing:
        return Thing(row["id"], row["owner"], row["word"], row["revision"])

    def row(self, thing: Thing) -> dict[str, Any]:
        return {"id": thing.id, "revision": thing.revision, "owner": thing.owner, "word": thing.word}


AIM: Aim[Thing] = Aim(store=ThingStore, id_of=lambda name: id_of(name, "things"), topic="things")


class Book:
    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.fails = False

    def write(self, _tx: Tx, change: Change) -> Receipt:
        if self.fails:
            raise RuntimeError("the log is full")
        self.changes.append(change)
        return Receipt("log.example", len(self.changes) - 1, bytes(32))


class PaperDesk:
    """Keeps what is laid on it, in a table of the same transaction."""

    papers = Table("papers", MetaData(), Column("id", Integer, primary_key=True), Column("text", String(200)))

    def follow(self, tx: Tx, thing: Called, waits: tuple[Waiting, ...], _at: datetime) -> None:
        self._write(tx, f"{thing.title}: " + ", ".join(f"{one.department} {one.step}" for one in waits))

    def tell(self, tx: Tx, thing: Called, notices: tuple[Notice, ...], _at: datetime) -> None:
        self._write(tx, f"{thing.title}! " + ", ".join(f"{one.department} {one.kind}" for one in notices))

    def _write(self, tx: Tx, text: str) -> None:
        tx.execute(self.papers.insert().values(text=text))

    def read(self, database: Database) -> list[str]:
        with database.read() as tx:
            return list(tx.connection.scalars(select(self.papers.c.text).order_by(self.papers.c.id)))


def waits_for(thing: Thing) -> tuple[Waiting, ...]:
    """Return who has to do something about a thing: nobody about one that is done."""
    return () if thing.word == "done" else (Waiting(step="Things/Rename", department=thing.owner, duties=(Duty.DIRECTORY,)),)


WORK_AIM: Aim[Thing] = replace(AIM, waits=waits_for, title=lambda thing: thing.word)


class WorkActions(Actions):
    def make(self, step: Step, word: str) -> Thing:
        return self.create(
            WORK_AIM, "things.Make", step, lambda _tx, at: (Thing(self._ids.new(at), step.caller.department, word), {}), content=word.encode()
        )

    def rename(self, step: Step, word: str) -> Thing:
        with self.change(WORK_AIM, "things.Rename", step) as it:
            it.after = replace(it.before, word=word, revision=it.before.revision + 1)
            it.tell(Notice(kind="renamed", department="OTHER", duties=(Duty.DIRECTORY,)))
        return it.after


class ThingActions(Actions):
    def make(self, step: Step, word: str) -> Thing:
        return self.create(
            AIM, "things.Make", step, lambda _tx, at: (Thing(self._ids.new(at), step.caller.department, word), {"other": "X"}), content=word.encode()
        )

    def rename(self, step: Step, word: str, meanwhile: Callable[[], object] = lambda: None) -> Thing:
        with self.change(AIM, "things.Rename", step) as it:
            meanwhile()
            it.after = replace(it.before, word=word, revision=it.before.revision + 1)
            it.record(detail={"word": word})
        return it.after

    def get(self, caller: Caller, name: str) -> Thing:
        return self.look(AIM, caller, name)


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def actions(database: Database, book: Book):
    things.create(database.engine)
    yield ThingActions(Kit(database, book, StoppedClock(NOW), Ids()))
    things.drop(database.engine)


def step(thing: Thing | None = None, caller: Caller = OWNER, **more: str) -> Step:
    known = {} if thing is None else {"name": thing.name, "etag": f"r{thing.revision}"}
    return Step(caller=caller, **{**known, "officer": "张三", **more})


def test_a_change_is_kept_announced_and_on_the_log(actions: ThingActions, book: Book, database: Database):
    heard: list[tuple[str, str]] = []
    database.on_change(lambda topic, key: heard.append((topic, key)))
    thing = actions.make(step(), "old")
    renamed = actions.rename(step(thing, reason="because"), "new")
    assert actions.get(OWNER, thing.name) == renamed
    assert heard == [("things", thing.id)] * 2
    assert [(one.action, one.officer, one.resource, one.reason, one.at) for one in book.changes] == [
        ("things.Make", "张三", thing.name, "", NOW),
        ("things.Rename", "张三", thing.name, "because", NOW),
    ]
    assert dict(book.changes[1].detail) == {"word": "new"}


def test_a_log_that_cannot_be_written_undoes_the_change(actions: ThingActions, book: Book):
    thing = actions.make(step(), "old")
    book.fails = True
    with pytest.raises(RuntimeError):
        actions.rename(step(thing), "new")
    assert actions.get(OWNER, thing.name) == thing


def test_a_stale_etag_is_refused_and_so_is_none(actions: ThingActions):
    thing = actions.make(step(), "old")
    actions.rename(step(thing), "new")
    with pytest.raises(ConflictError) as error:
        actions.rename(step(thing), "newer")
    assert error.value.facts["resource"] == thing.name
    with pytest.raises(InvalidInputError):
        actions.rename(step(thing, etag=""), "newer")


def test_who_may_not_know_of_a_thing_hears_that_there_is_none(actions: ThingActions):
    thing = actions.make(step(), "old")
    nobody = Thing("0" * 26, "OWNER", "")
    heard = []
    for one, caller in ((thing, OTHER), (nobody, OWNER)):
        with pytest.raises(NotFoundError) as error:
            actions.rename(step(one, caller), "new")
        heard.append((error.value.message, error.value.zh))
    assert heard[0] == heard[1]
    with pytest.raises(NotFoundError):
        actions.get(OTHER, thing.name)


def test_a_step_names_its_officer_before_anything_is_looked_up(actions: ThingActions):
    for officer in ("", "11010519491231002X"):
        with pytest.raises(InvalidInputError) as error:
            actions.rename(Step(caller=OWNER, name="things/" + "0" * 26, etag="r1", officer=officer), "new")
        assert error.value.field == "officer"


def test_the_same_request_makes_one_thing_and_another_under_its_id_is_refused(actions: ThingActions, book: Book, database: Database):
    first = actions.make(step(request_id="r-1"), "word")
    assert actions.make(step(request_id="r-1"), "word") == first
    assert len(book.changes) == 1
    with pytest.raises(InvalidInputError):
        actions.make(step(request_id="r-1"), "other")
    assert actions.make(step(caller=OTHER, request_id="r-1"), "other") != first
    with database.read() as tx:
        assert len(tx.execute(select(things)).all()) == 2


def test_a_page_ends_where_the_next_begins(actions: ThingActions, database: Database):
    made = [actions.make(step(), str(number)) for number in range(5)]
    with database.read() as tx:
        first, following = page_of(ThingStore(tx).newest, OWNER, 2, "")
        second, last = page_of(ThingStore(tx).newest, OWNER, 3, following)
        assert page_of(ThingStore(tx).newest, OTHER, 3, "") == ((), "")
    assert {one.word for one in (*first, *second)} == {one.word for one in made}
    assert not last


@pytest.fixture
def desk(database: Database):
    desk = PaperDesk()
    things.create(database.engine)
    desk.papers.create(database.engine)
    yield desk
    desk.papers.drop(database.engine)
    things.drop(database.engine)


def test_what_a_thing_waits_for_is_laid_on_the_desk_with_each_change_and_what_is_told_too(database: Database, book: Book, desk: PaperDesk):
    actions = WorkActions(Kit(database, book, StoppedClock(NOW), Ids(), desk))
    thing = actions.make(step(), "old")
    actions.rename(step(thing), "done")
    assert desk.read(database) == ["old: OWNER Things/Rename", "done: ", "done! OTHER renamed"]


def test_what_was_laid_on_the_desk_falls_with_the_change(database: Database, book: Book, desk: PaperDesk):
    actions = WorkActions(Kit(database, book, StoppedClock(NOW), Ids(), desk))
    thing = actions.make(step(), "old")
    book.fails = True
    with pytest.raises(RuntimeError):
        actions.rename(step(thing), "new")
    assert desk.read(database) == ["old: OWNER Things/Rename"]
