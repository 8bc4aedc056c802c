"""Work: by the thing that waits, by department in the order of its due times, and by when something is to be told of its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, insert, select, true, tuple_, update

from hub.access import Duty
from hub.db import Tx, forget_rows
from work.model import Work
from work.store.rows import for_one_of, work_from, work_to
from work.store.work_tables import work

COUNTED: Final = 10_000
"""So far work is counted; of more it is enough to know that it is more."""
_KEPT: Final = timedelta(days=90)
_table: Final = work.c
Place = tuple[datetime, str]
"""Where a piece of work stands in the listing: its order time and its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which open work is meant: of one department, or what is over at all of them; for one of the duties; due before; about one thing."""

    department: str = ""
    escalated: bool = False
    duties: tuple[Duty, ...] = ()
    due_before: datetime | None = None
    resource: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return it as SQL."""
        found = [_table.is_open == true(), *for_one_of(_table.duties, self.duties)]
        if self.department:
            found.append(_table.department == self.department)
        if self.escalated:
            found.append(_table.escalated == true())
        if self.due_before is not None:
            found.append(_table.order_time < self.due_before)
        if self.resource:
            found.append(_table.resource == self.resource)
        return found


class WorkStore:
    """Work, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def waiting(self, resource: str) -> list[Work]:
        """Return the open work about a thing."""
        return self._read(select(work).where(_table.resource == resource, _table.is_open == true()).order_by(_table.id))

    def insert(self, new: Work) -> None:
        """Keep new work."""
        self._tx.execute(insert(work).values(work_to(new)))

    def replace(self, before: Work, after: Work) -> bool:
        """Write open work anew; False where it was settled meanwhile, or something was told of its time."""
        same = (_table.id == before.id, _table.is_open == true(), _table.told == int(before.told))
        return self._tx.execute(update(work).where(*same).values(work_to(after))).rowcount == 1

    def page(self, wanted: Filter, after: Place | None, count: int) -> list[Work]:
        """Return open work in the order of its due time, behind a place."""
        query = select(work).where(*wanted.conditions())
        if after is not None:
            query = query.where(_behind(after))
        return self._read(query.order_by(_table.order_time, _table.id).limit(count))

    def count(self, wanted: Filter, over_at: datetime | None = None) -> int:
        """Return how much there is, counted up to 10,000; with a moment, how much of it is over then."""
        over = [] if over_at is None else [_table.order_time < over_at]
        some = select(_table.id).where(*wanted.conditions(), *over).limit(COUNTED).subquery()
        return int(self._tx.scalar(select(func.count()).select_from(some)))

    def to_look_at(self, at: datetime, count: int) -> list[Work]:
        """Return open work of whose time something is to be told at a moment, the oldest first."""
        return self._read(select(work).where(_table.look_time <= at).order_by(_table.look_time, _table.id).limit(count))

    def counts(self, at: datetime) -> tuple[int, int]:
        """Return how much work is open at all departments, and how much of it is over."""
        opened = select(func.count()).select_from(work).where(_table.is_open == true())
        return int(self._tx.scalar(opened)), int(self._tx.scalar(opened.where(_table.order_time < at)))

    def _read(self, query: Select[Any]) -> list[Work]:
        rows: Sequence[Any] = self._tx.execute(query).all()
        return list(map(work_from, rows))


def forget_work(tx: Tx, at: datetime, most: int) -> int:
    """Forget work that waits no more, after 90 days."""
    return forget_rows(tx, work, _table.settle_time < at - _KEPT, most)


def _behind(place: Place) -> ColumnElement[bool]:
    """Return that a row stands behind a place. Both databases compare rows as such, and find the place in the index so."""
    return tuple_(_table.order_time, _table.id) > tuple_(*place)
