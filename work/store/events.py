"""The events of each department's stream, and how far each of its systems has acknowledged them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update

from hub.db import Tx
from hub.errors import InvalidInputError
from hub.paging import from_token, to_token
from work.model import NOTICE, ToldNotice, Work, WorkEvent
from work.reasons import EVENTS_FORGOTTEN, RESUME_TOKEN_FOREIGN
from work.store.rows import kept, notice_again, work_again
from work.store.work_tables import work_counters, work_cursors, work_events

KEPT: Final = timedelta(days=30)
"""So long every event is kept."""
KEPT_FOR_CURSORS: Final = timedelta(days=90)
"""So long an event is kept for a system that acknowledged something within this time, and not the event."""
_MARK: Final = 16  # bytes of a keyed digest: nobody finds a second token that fits
_events, _counters, _cursors = work_events.c, work_counters.c, work_cursors.c


def token_of(tx: Tx, department: str, seq: int) -> str:
    """Return the token that resumes a department's stream behind an event; only this hub makes one, and it is of no use to another department."""
    return to_token(seq, tx.keyed(f"work event {department} {seq}".encode())[:_MARK].hex())


def place_in(tx: Tx, department: str, token: str, field: str) -> int:
    """Return the number of the event that a token names; refuse what this hub did not make for this department."""
    try:
        place = from_token(token, 2)
    except InvalidInputError as error:
        raise RESUME_TOKEN_FOREIGN(field=field) from error
    seq = place[0] if place else None
    if not isinstance(seq, int) or token != token_of(tx, department, seq):
        raise RESUME_TOKEN_FOREIGN(field=field)
    return seq


@dataclass(frozen=True, slots=True)
class Bounds:
    """From where to where a department's events are kept: the newest that was forgotten, and the newest of all."""

    forgotten: int = 0
    newest: int = 0

    def check_reached(self, seq: int, field: str) -> None:
        """Refuse a place that was never reached: the database is an older one than it was."""
        if seq > self.newest:
            raise RESUME_TOKEN_FOREIGN(field=field)

    def check_kept(self, seq: int, field: str) -> None:
        """Refuse a place behind which events were forgotten."""
        if seq < self.forgotten:
            raise EVENTS_FORGOTTEN(field=field)


class EventStore:
    """Events and cursors, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def append(self, department: str, kind: str, about: Work | ToldNotice, at: datetime) -> WorkEvent:
        """Put an event at the end of a department's stream. The department's row is locked until commit; who comes behind commits behind."""
        step = update(work_counters).where(_counters.department == department).values(seq=_counters.seq + 1).returning(_counters.seq)
        seq = self._tx.scalar(step)
        if seq is None:
            self._tx.hold(f"work events of {department}")  # of two that find no row, the second finds the first's
            seq = self._tx.scalar(step)
        if seq is None:
            seq = 1
            self._tx.execute(insert(work_counters).values(department=department, seq=seq, forgotten=0))
        self._tx.execute(insert(work_events).values(department=department, seq=seq, kind=kind, time=at, about=kept(about)))
        return WorkEvent(department=department, seq=seq, kind=kind, time=at, about=about, token=token_of(self._tx, department, seq))

    def bounds(self, department: str) -> Bounds:
        """Return from where to where the department's events are kept."""
        row = self._tx.execute(select(_counters.forgotten, _counters.seq).where(_counters.department == department)).first()
        return Bounds(row.forgotten, row.seq) if row else Bounds()

    def behind(self, department: str, seq: int, count: int) -> list[WorkEvent]:
        """Return the events behind a number, in order."""
        query = select(work_events).where(_events.department == department, _events.seq > seq).order_by(_events.seq).limit(count)
        return [self._read(row) for row in self._tx.execute(query)]

    def cursor(self, department: str, system: str) -> int:
        """Return up to which event a system has acknowledged; 0 for nothing."""
        return int(self._tx.scalar(select(_cursors.seq).where(_cursors.department == department, _cursors.system == system)) or 0)

    def acknowledge(self, department: str, system: str, seq: int, at: datetime) -> int:
        """Note that a system has everything up to an event; never back behind what it had. Return up to which it has."""
        mine = (_cursors.department == department, _cursors.system == system)
        self._tx.hold(f"work cursor of {department} {system}")
        before = self._tx.scalar(select(_cursors.seq).where(*mine))
        if before is None:
            self._tx.execute(insert(work_cursors).values(department=department, system=system, seq=seq, time=at))
            return seq
        newest = max(int(before), seq)
        self._tx.execute(update(work_cursors).where(*mine).values(seq=newest, time=at))
        return newest

    def _read(self, row: Any) -> WorkEvent:
        again: Callable[[Any], Work | ToldNotice] = notice_again if row.kind == NOTICE else work_again
        token = token_of(self._tx, row.department, row.seq)
        return WorkEvent(department=row.department, seq=row.seq, kind=row.kind, time=row.time, about=again(row.about), token=token)


def forget_events(tx: Tx, at: datetime, most: int) -> int:
    """Forget events after 30 days; those that a system which acknowledges has not passed, after 90; cursors that stood still for 90 days."""
    tx.execute(delete(work_cursors).where(_cursors.time < at - KEPT_FOR_CURSORS))
    gone, departments = 0, select(_events.department).where(_had_its_time(at)).distinct().limit(most)
    for department in tx.execute(departments).scalars().all():
        if gone < most:
            gone += _forget_first(tx, department, at, most - gone)
    return gone


def _forget_first(tx: Tx, department: str, at: datetime, most: int) -> int:
    """Forget the first events of a department, from its oldest on, so that what is kept has no gap."""
    of = _events.department == department
    oldest, upto = tx.scalar(select(func.min(_events.seq)).where(of)), tx.scalar(select(func.max(_events.seq)).where(of, _had_its_time(at)))
    last = min(int(upto), int(oldest) + most - 1)
    found = tx.execute(delete(work_events).where(of, _events.seq <= last)).rowcount
    tx.execute(update(work_counters).where(_counters.department == department).values(forgotten=last))
    return found


def _had_its_time(at: datetime) -> ColumnElement[bool]:
    waits = select(_cursors.system).where(_cursors.department == _events.department, _cursors.seq < _events.seq).exists()
    return or_(_events.time < at - KEPT_FOR_CURSORS, and_(_events.time < at - KEPT, ~waits))
