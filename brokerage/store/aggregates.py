"""One store for each aggregate, bound to a transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, exists, func, literal, select

from brokerage.model import (
    AWAITS_CHECK,
    GRANT_PROCEDURE,
    NOTICE_PROCEDURE,
    OBJECTION_PROCEDURE,
    OBJECTION_TURNS,
    OPEN,
    REQUEST_PROCEDURE,
    REQUEST_TURNS,
    CorrectionNotice,
    DataRequest,
    DataRequestState,
    Grant,
    GrantState,
    Objection,
)
from brokerage.store.rows import grant_from, notice_from, objection_from, request_from, row_of
from brokerage.store.tables import correction_notices, data_requests, disposals_begin, grants, objections
from hub.db import Aggregate, Tx, fitting, fitting_page, swap
from timing.keeping import timer_from
from timing.timer import Timer


def _living(entry: str, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return grants.c.entry == entry, _STANDS, grants.c.expire_time > at


class DataRequestStore(Aggregate[DataRequest]):
    """Requests, within one transaction."""

    table, thing, parties = data_requests, REQUEST_PROCEDURE.thing, ("consumer", "provider")

    def read(self, row: dict[str, Any]) -> DataRequest:
        """Return a row as a request."""
        return request_from(row)

    def row(self, thing: DataRequest) -> dict[str, Any]:
        """Return a request as a row."""
        return row_of(self.table, thing)

    def running(self, after: str, count: int) -> list[tuple[str, Timer | None]]:
        """Return the ids of requests that wait for an answer, oldest first, above the id `after`, with their timers."""
        return _running(self._tx, data_requests, [DataRequestState.SUBMITTED], after, count)

    def open(self, after: str, count: int) -> list[tuple[str, DataRequest]]:
        """Return requests that wait for somebody's step with their ids, in that order above `after`, and let nobody change them meanwhile."""
        states = [state.value for state, turn in REQUEST_TURNS.items() if turn is not None]
        return [(one.id, one) for one in self.held(after, count, data_requests.c.state.in_(states))]


_STANDING: Final = (GrantState.ACTIVE.value, GrantState.SUSPENDED.value)
_STANDS: Final = grants.c.state.in_(_STANDING)
"""Of a grant that nobody has ended; its period may be over."""


def _is_followed() -> ColumnElement[bool]:
    """Return the condition that another grant takes over (`Grant.takes_over`)."""
    other = grants.alias()
    takes_over = other.c.state.in_((*_STANDING, GrantState.SUPERSEDED.value)) | other.c.disposal.is_not(None)
    return exists().where(literal("grants/") + other.c.id == grants.c.followed_by, takes_over)


class GrantStore(Aggregate[Grant]):
    """Grants, within one transaction; whoever changes one announces it, so that the live copies follow."""

    table, thing, parties = grants, GRANT_PROCEDURE.thing, ("consumer", "provider")

    def read(self, row: dict[str, Any]) -> Grant:
        """Return a row as a grant."""
        return grant_from(row)

    def row(self, thing: Grant) -> dict[str, Any]:
        """Return a grant as a row."""
        return row_of(self.table, thing)

    def standing(self, party: str | None, before: str | None, count: int, *, state: GrantState | None, at: datetime) -> list[Grant]:
        """Return what `newest` returns, of a state if asked: as grants stand at a moment, for that one has expired is not stored."""
        expired = grants.c.expire_time <= at
        if state is None:
            return self.page(party, before, count)
        if state is GrantState.EXPIRED:
            return self.page(party, before, count, expired, _STANDS)
        # what somebody has ended stays so when its period is over, too
        return self.page(party, before, count, grants.c.state == state.value, *((~expired,) if state.value in _STANDING else ()))

    def ending(self, begin: datetime, end: datetime, after: str, count: int) -> list[tuple[str, Grant]]:
        """Return grants whose period ends between two moments with their ids, in that order above `after`; not those over or followed already."""
        ends = (grants.c.expire_time > begin, grants.c.expire_time <= end, _STANDS, ~_is_followed(), grants.c.id > after)
        rows = fitting_page(self._tx, grants, select(grants).where(*ends), grants.c.id, count)
        return [(row.id, self.read(row._asdict())) for row in rows]

    def consumers_of(self, entry: str, at: datetime) -> tuple[str, ...]:
        """Return the departments that have a grant on an entry (its resource name) at a moment, in order."""
        living = _living(entry, at)
        return tuple(self._tx.execute(select(grants.c.consumer).where(*living).distinct().order_by(grants.c.consumer)).scalars())

    def live(self, entry: str, at: datetime, after: str, count: int, version: int | None = None) -> list[Grant]:
        """Return grants on an entry that live at a moment, in the order of their ids above `after`; with a version, those of earlier ones."""
        earlier = () if version is None else (grants.c.entry_version < version,)
        return self._of(*_living(entry, at), grants.c.id > after, *earlier, count=count)

    def count_live(self, entry: str, at: datetime) -> int:
        """Return how many grants on an entry live at a moment."""
        return int(self._tx.scalar(select(func.count()).select_from(grants).where(*_living(entry, at))) or 0)

    def follower(self, grant: Grant) -> Grant | None:
        """Return the grant that follows another, None where none does."""
        return self.get(grant.followed_by.removeprefix("grants/")) if grant.followed_by else None

    def undelivered(self, after: str, count: int) -> list[Grant]:
        """Return grants whose data is to be served and was not used yet, above the id `after`: those whose delivery timer may run out."""
        open_ones = (grants.c.clock.is_not(None), grants.c.first_use_time.is_(None), grants.c.state == GrantState.ACTIVE.value)
        return self._of(grants.c.id > after, *open_ones, count=count)

    def mending(self, after: str, count: int) -> list[Grant]:
        """Return grants that are suspended for misuse, above the id `after`: those whose term to mend may be over."""
        return self._of(grants.c.id > after, grants.c.state == GrantState.SUSPENDED.value, grants.c.mending.is_not(None), count=count)

    def owing_use_records(self, at: datetime, after: str, count: int) -> list[Grant]:
        """Return grants of whose use a record is owed from a moment on, above the id `after`."""
        return self._of(grants.c.id > after, grants.c.use_record_time <= at, count=count)

    def with_use_due(self, after: str, count: int) -> list[Grant]:
        """Return grants of whose use a record is owed, above the id `after`: those whose time for it may be over."""
        return self._of(grants.c.id > after, grants.c.use_record_due.is_not(None), count=count)

    def without_disposal(self, at: datetime, after: str, count: int) -> list[Grant]:
        """Return grants whose period is over at a moment, which no other follows and of which no receipt is owed yet, above the id `after`."""
        begin = self._tx.execute(select(disposals_begin.c.time)).scalar()
        since = () if begin is None else (grants.c.expire_time > begin,)
        return self._of(grants.c.id > after, grants.c.expire_time <= at, _STANDS, grants.c.disposal.is_(None), ~_is_followed(), *since, count=count)

    def note_first_use(self, before: Grant, after: Grant) -> None:
        """Keep when a grant was first used; raise ConflictError where somebody changed it meanwhile.

        The revision stays: that the hub saw a call makes nobody's etag stale.
        """
        swap(self._tx, grants, {"id": before.id, "revision": before.revision}, {"first_use_time": after.first_use_time}, before.name)

    def _of(self, *conditions: ColumnElement[bool], count: int) -> list[Grant]:
        rows = fitting_page(self._tx, grants, select(grants).where(*conditions), grants.c.id, count)
        return [self.read(row._asdict()) for row in rows]

    def all(self) -> list[Grant]:
        """Return every grant."""
        return [self.read(row._asdict()) for row in fitting(self._tx, grants, self._tx.execute(select(grants)).all())]


class ObjectionStore(Aggregate[Objection]):
    """Objections, within one transaction."""

    table, thing, parties = objections, OBJECTION_PROCEDURE.thing, ("objector", "source")

    def read(self, row: dict[str, Any]) -> Objection:
        """Return a row as an objection."""
        return objection_from(row)

    def row(self, thing: Objection) -> dict[str, Any]:
        """Return an objection as a row."""
        return row_of(self.table, thing)

    def open(self, after: str, count: int) -> list[tuple[str, Objection]]:
        """Return objections that wait for somebody's step with their ids, in that order above `after`, and let nobody change them meanwhile."""
        states = [state.value for state, turn in OBJECTION_TURNS.items() if turn is not None]
        return [(one.id, one) for one in self.held(after, count, objections.c.state.in_(states))]

    def about(self, resources: Sequence[str], party: str | None, count: int) -> list[Objection]:
        """Return at most `count` objections to these things (resource names) of which `party` is a party (None: of all), newest first."""
        return self.page(party, None, count, objections.c.resource.in_(resources))

    def running(self, after: str, count: int) -> list[tuple[str, Timer | None]]:
        """Return the ids of objections that wait for the source's check, oldest first, above the id `after`, with their timers."""
        return _running(self._tx, objections, AWAITS_CHECK, after, count)

    def open_to(self, resource: str, pseudonym: bytes) -> list[Objection]:
        """Return the open objections to one thing, or to one subject's record of an entry, oldest first."""
        return self._open(objections.c.resource == resource, objections.c.subject_pseudonym == pseudonym)

    def open_to_records(self) -> list[Objection]:
        """Return all open objections to somebody's record."""
        return self._open(objections.c.subject_domain != "")

    def _open(self, *conditions: ColumnElement[bool]) -> list[Objection]:
        query = select(objections).where(objections.c.state.in_([one.value for one in OPEN]), *conditions).order_by(objections.c.id)
        return [self.read(row._asdict()) for row in fitting(self._tx, objections, self._tx.execute(query).all())]


class CorrectionNoticeStore(Aggregate[CorrectionNotice]):
    """Correction notices, within one transaction."""

    table, thing, parties = correction_notices, NOTICE_PROCEDURE.thing, ("recipient",)

    def read(self, row: dict[str, Any]) -> CorrectionNotice:
        """Return a row as a notice."""
        return notice_from(row)

    def row(self, thing: CorrectionNotice) -> dict[str, Any]:
        """Return a notice as a row."""
        return row_of(self.table, thing)

    def received(self, recipient: str, entry: str, count: int) -> list[CorrectionNotice]:
        """Return at most `count` notices that a department received about an entry (its resource name), newest first."""
        return self.page(recipient, None, count, correction_notices.c.entry == entry)

    def open(self, after: str, count: int) -> list[tuple[str, CorrectionNotice]]:
        """Return notices that nobody has acknowledged with their ids, in that order above `after`, and let nobody change them meanwhile."""
        return [(one.id, one) for one in self.held(after, count, correction_notices.c.acknowledge_time.is_(None))]

    def of(self, objection: str, party: str | None, before: str | None, count: int, *, everybody: bool) -> list[CorrectionNotice]:
        """Return what `newest` returns, of one objection (resource name) where one is named; where `everybody`, those to all recipients."""
        conditions = [correction_notices.c.objection == objection] if objection else []
        return self.page(None if everybody else party, before, count, *conditions)

    def to(self, objection: str, recipient: str) -> CorrectionNotice | None:
        """Return the notice of an objection (resource name) to a department; None where it was sent none."""
        found = self.page(recipient, None, 1, correction_notices.c.objection == objection)
        return found[0] if found else None

    def acknowledged(self, objection_names: Iterable[str]) -> Mapping[str, int]:
        """Return how many notices of each objection were acknowledged; an objection without any is not named."""
        own = correction_notices.c
        wanted = (own.objection.in_(list(objection_names)), own.acknowledge_time.is_not(None))
        counted = select(own.objection, func.count().label("known")).where(*wanted).group_by(own.objection)
        return {row.objection: row.known for row in self._tx.execute(counted)}


def _running(tx: Tx, table: Table, states: Iterable[StrEnum], after: str, count: int) -> list[tuple[str, Timer | None]]:
    """Return ids and timers alone: a sweep looks at every case that waits, and reads whole, and compares with the log, those few that are over."""
    waits = (table.c.state.in_([one.value for one in states]), table.c.id > after)
    rows = tx.execute(select(table.c.id, table.c.clock).where(*waits).order_by(table.c.id).limit(count))
    return [(row.id, _timer(row.clock)) for row in rows]


def _timer(stored: Any) -> Timer | None:
    try:
        return timer_from(stored)
    except (KeyError, TypeError, ValueError):  # no timer that the hub wrote: the book of rows names it, and the sweep goes on
        return None
