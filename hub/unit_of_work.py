"""One unit of work for every action: officer, load, visible, etag, compare-and-swap, announcement, log record, idempotency, written once.

    with self.change(GRANTS, "brokerage.SuspendGrant", step) as it:
        it.after = it.before.suspend(step, it.at)
        it.record(other=it.after.consumer, grant=it.after.name)
    return it.after

When the block ends, the decision, what everybody hears of it and its log record are committed in one transaction; when it raises, nothing is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from hub.access import Caller, Role
from hub.clock import Clock
from hub.db import Database, RequestIds, Tx
from hub.desk import NOBODY, Desk, Notice, Thing, Waiting
from hub.errors import NotFoundError
from hub.ids import Ids
from hub.paging import from_token, page_size, to_token
from hub.resource import check_etag, visible
from hub.subject import Subject
from hub.wording import Officer

_PAGE: Final = 50
_PAGE_MOST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a caller sends with a step: on what, as read when, in whose charge, why, and which retry of what it is.

    `officer` is checked when the work begins; the model asks for the `reason` where the procedure wants one.
    """

    caller: Caller
    name: str = ""
    etag: str = ""
    officer: str = ""
    reason: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What the log says of one change, beside the things that it says of every record. An empty part is left out.

    `other` is the USCC of the other department concerned, `resource` a resource name, `detail` small and without personal data. `pseudonym`
    stands for a subject of which nobody but the log knows who it is; of `subject` its domain alone counts then.
    """

    at: datetime
    action: str
    actor: Caller
    officer: str = ""
    resource: str = ""
    other: str = ""
    reason: str = ""
    purpose: str = ""
    case_number: str = ""
    grant: str = ""
    subject: Subject | None = None
    pseudonym: bytes = b""
    fields: tuple[str, ...] = ()
    digest: bytes = b""
    detail: Mapping[str, str] = field(default_factory=dict)
    kind: str = "change"


class LogPlace(Protocol):
    """Where a change stands in the log."""

    @property
    def index(self) -> int:
        """Return the index of its record."""


class Journal(Protocol):
    """Where changes are written down. The access log lies above this package; the composition hands it in."""

    def write(self, tx: Tx, change: Change) -> LogPlace:
        """Put the change on the log within `tx`; the last thing that a transaction does."""


@dataclass(frozen=True, slots=True)
class Kit:
    """What every action needs: the database, the log, the time, the maker of ids, and the desk to which work and notices go."""

    db: Database
    journal: Journal
    clock: Clock
    ids: Ids
    desk: Desk = NOBODY


class Kept(Protocol):
    """A thing that units of work move on."""

    @property
    def name(self) -> str:
        """Return the resource name."""

    @property
    def revision(self) -> int:
        """Return how often it was written, from 1."""

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it."""


_T = TypeVar("_T", bound=Kept)


class Store(Protocol[_T]):
    """Where such things are, within one transaction."""

    def get(self, thing_id: str) -> _T:
        """Return a thing; raise NotFoundError where there is none."""

    def insert(self, thing: _T) -> None:
        """Keep a new thing."""

    def replace(self, before: _T, after: _T) -> _T:
        """Put one in the place of the other; raise ConflictError where somebody was quicker."""

    def unknown(self) -> NotFoundError:
        """Return the error for what is not there or may not be known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim(Generic[_T]):
    """What kind of thing a unit of work is about: how it is stored, which id its name holds, whom its changes are announced to.

    `key` tells under which key a change is announced, where that is not the id. `admit` refuses, before the etag is compared, whoever may
    change no such thing at all; without it, whoever may not know of a thing hears that there is none. `lock` is called before a request to
    make one is looked up: of two at once, the second waits and then finds what the first made. `waits` tells, of a thing as it stands, whose
    steps it waits for, and `title` what people call it; without the first the thing is nobody's work. `called` is a title that is read in
    the transaction: a thing may bear the name of another.
    """

    store: Callable[[Tx], Store[_T]]
    id_of: Callable[[str], str]
    topic: str = ""
    key: Callable[[_T], str] = lambda thing: thing.name.partition("/")[2]
    admit: Callable[[_T, Caller], object] | None = None
    lock: Callable[[Tx, Caller], object] | None = None
    waits: Callable[[_T], Iterable[Waiting]] | None = None
    title: Callable[[_T], str] = lambda thing: thing.name
    called: Callable[[Tx, _T], str] | None = None


@dataclass(slots=True)
class Move(Generic[_T]):
    """One change under way: the thing as it stood, the moment, and what the block decides."""

    tx: Tx
    at: datetime
    step: Step
    before: _T
    after: _T
    records: list[Change] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    _action: str = ""

    @property
    def caller(self) -> Caller:
        """Return who takes the step."""
        return self.step.caller

    def record(self, **facts: Any) -> None:
        """Say what the log is to tell of the change; who, when, what, why are known already. Called again, it adds to what was said."""
        self.records[0] = replace(self.records[0], **facts)

    def also(self, change: Change) -> None:
        """Put another record behind it, for what the hub itself did in the same transaction."""
        self.records.append(change)

    def tell(self, *notices: Notice) -> None:
        """Tell departments of the change, in its own transaction."""
        self.notices += notices


class Actions:
    """What the actions of all domains share."""

    def __init__(self, kit: Kit) -> None:
        """Take the kit."""
        self._db, self._journal, self._clock, self._ids = kit.db, kit.journal, kit.clock, kit.ids
        self._desk = kit.desk

    @contextmanager
    def change(self, aim: Aim[_T], action: str, step: Step, *, by_officer: Callable[[str], str] = Officer) -> Iterator[Move[_T]]:
        """Move one thing on: the block sets `after` and says what the record tells. `by_officer` reads the officer (str: none is asked for)."""
        # Officer and name come before the transaction: a request that cannot be right takes no lock.
        step = replace(step, officer=by_officer(step.officer))
        thing_id = aim.id_of(step.name)
        at = self._clock.now()
        with self._db.begin() as tx:
            store = aim.store(tx)
            before = store.get(thing_id)
            if aim.admit is not None:
                aim.admit(before, step.caller)
            else:
                visible(before, step.caller, store.unknown)
            # After visibility: who may not know of the thing does not learn either that its etag is stale.
            check_etag(before, step.etag)
            move = Move(tx, at, step, before, before, [_record_of(action, step, before.name, at)])
            yield move
            store.replace(before, move.after)
            if aim.topic:
                tx.announce(aim.topic, aim.key(move.after))
            self._post(tx, aim, move.after, move.notices, at)
            # Last: to append locks the tree of the log until commit, and every other writer waits for it.
            for change in move.records:
                self._journal.write(tx, change)

    def create(
        self,
        aim: Aim[_T],
        action: str,
        step: Step,
        make: Callable[[Tx, datetime], tuple[_T, Mapping[str, Any]]],
        *,
        content: bytes,
        former: bytes = b"",
    ) -> _T:
        """Make a thing once, however often the request comes: `make` returns it with what its record tells.

        `content` is what is compared between two requests of one id, `former` how an earlier release spelled it.
        """
        at = self._clock.now()
        method = action.rpartition(".")[2]
        with self._db.begin() as tx:
            if aim.lock is not None:
                aim.lock(tx, step.caller)
            requests, store = RequestIds(tx), aim.store(tx)
            if (done := requests.look_up(step.caller.name, method, step.request_id, content, former=former)) is not None:
                return store.get(done)  # as it stands now, which may be later than the first answer
            thing, facts = make(tx, at)
            store.insert(thing)
            # On PostgreSQL two may look it up at once and find nothing. The second fails here, on the key, and finds the answer when it retries.
            requests.remember(step.caller.name, method, step.request_id, content, aim.id_of(thing.name), at)
            if aim.topic:
                tx.announce(aim.topic, aim.key(thing))
            self._post(tx, aim, thing, (), at)
            self._journal.write(tx, replace(_record_of(action, step, thing.name, at), **facts))
        return thing

    def _post(self, tx: Tx, aim: Aim[_T], thing: _T, notices: Iterable[Notice], at: datetime) -> None:
        """Lay on the desk what a thing waits for now, and what is told of it. Of a change outside a unit of work, whoever makes it calls this."""
        waits, told = None if aim.waits is None else tuple(aim.waits(thing)), tuple(notices)
        # What waits for nobody is settled, and nobody reads what it is called.
        called = Thing(thing.name, _title(tx, aim, thing) if waits or told else "")
        if waits is not None:
            self._desk.follow(tx, called, waits, at)
        if told:
            self._desk.tell(tx, called, told, at)

    def look(self, aim: Aim[_T], caller: Caller, name: str) -> _T:
        """Return a thing to a caller who may know of it."""
        thing_id = aim.id_of(name)
        with self._db.read() as tx:
            store = aim.store(tx)
            return visible(store.get(thing_id), caller, store.unknown)


def _title(tx: Tx, aim: Aim[_T], thing: _T) -> str:
    return aim.title(thing) if aim.called is None else aim.called(tx, thing)


def _record_of(action: str, step: Step, resource: str, at: datetime) -> Change:
    return Change(at=at, action=action, actor=step.caller, officer=step.officer, resource=resource, reason=step.reason)


def page_of(find: Callable[[str | None, str | None, int], list[_T]], caller: Caller, size: int, token: str) -> tuple[tuple[_T, ...], str]:
    """Return a page of what the caller is a party of (the authority: of all), newest first, and the token of the next.

    `find(party, before, count)` returns at most `count` things of `party` (None: of all) below the id `before`.
    """
    count = page_size(size, _PAGE, _PAGE_MOST)
    position = from_token(token, 1)
    before = None if position is None else str(position[0])
    # One more than the page, to know whether another page follows.
    found = find(None if Role.AUTHORITY in caller.roles else caller.department, before, count + 1)
    following = to_token(found[count - 1].name.partition("/")[2]) if len(found) > count else ""
    return tuple(found[:count]), following
