"""Work: by the thing that waits, by department in the order of its due times, and by when something is to be told of its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, func, insert, select, true, tuple_, update

from hub.access import Duty
from hub.db import Tx, forget_rows
from work.model import Work
from work.store.duties import Order, first_of, texts_for
from work.store.rows import work_from, work_to
from work.store.work_tables import work

COUNTED: Final = 10_000
"""So far work is counted; of more it is enough to know that it is more."""
_KEPT: Final = timedelta(days=90)
_table: Final = work.c
_ORDER: Final = Order(("order_time", "id"))
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

    @property
    def rows(self) -> FromClause:
        """Return among which rows is sought: those about one thing come first, for they are few, which the planner of SQLite does not know."""
        if not self.resource:
            return work
        about = select(work).where(_table.resource == self.resource, _table.is_open == true())
        return about.cte("about").prefix_with("MATERIALIZED")

    def within(self, rows: FromClause) -> list[ColumnElement[bool]]:
        """Return as SQL whose work it is: what each index of open work begins with."""
        whose = [rows.c.department == self.department] if self.department else []
        return [rows.c.is_open == true(), *whose, *([rows.c.escalated == true()] if self.escalated else [])]

    def conditions(self, rows: FromClause, over_at: datetime | None = None) -> list[ColumnElement[bool]]:
        """Return it as SQL, apart from the duties; with a moment, only what is over then."""
        # One bound, not two: of two the planner of SQLite thinks that they leave little, and begins with the time instead of the duties.
        bounds = [one for one in (self.due_before, over_at) if one is not None]
        return [*self.within(rows), *([rows.c.order_time < min(bounds)] if bounds else [])]


class WorkStore:
    """Work, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx
        self._known: dict[Filter, list[str]] = {}

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
        rows = wanted.rows
        conditions = wanted.conditions(rows)
        if after is not None:
            # Both databases compare rows as such, and find the place in the index so.
            conditions.append(tuple_(*_ORDER.of(rows)) > tuple_(*after))
        if wanted.duties:
            conditions = [rows.c.id.in_(first_of(rows, conditions, self._texts(wanted, rows), _ORDER, count))]
        return self._read(select(rows).where(*conditions).order_by(*_ORDER.by(rows)).limit(count))

    def count(self, wanted: Filter, over_at: datetime | None = None) -> int:
        """Return how much there is, counted up to 10,000; with a moment, how much of it is over then."""
        rows = wanted.rows
        conditions = wanted.conditions(rows, over_at)
        if wanted.duties:
            conditions.append(rows.c.duties.in_(self._texts(wanted, rows)))
        some = select(rows.c.id).where(*conditions).limit(COUNTED).subquery()
        return int(self._tx.scalar(select(func.count()).select_from(some)))

    def _texts(self, wanted: Filter, rows: FromClause) -> list[str]:
        """Return the texts of duties that are meant, looked up once for the page and for what is counted beside it."""
        if wanted not in self._known:
            self._known[wanted] = texts_for(self._tx, rows, wanted.within(rows), wanted.duties)
        return self._known[wanted]

    def to_look_at(self, at: datetime, count: int) -> list[Work]:
        """Return open work of whose time something is to be told at a moment, the oldest first."""
        return self._read(select(work).where(_table.look_time <= at).order_by(_table.look_time, _table.id).limit(count))

    def counts(self, at: datetime) -> tuple[int, int]:
        """Return how much work is open at all departments, and how much of it is over."""
        # Whatever is escalated or not: so the question has an index to itself, which stands in the order of the due times.
        opened = select(func.count()).select_from(work).where(_table.escalated.in_((False, True)), _table.is_open == true())
        return int(self._tx.scalar(opened)), int(self._tx.scalar(opened.where(_table.order_time < at)))

    def _read(self, query: Select[Any]) -> list[Work]:
        rows: Sequence[Any] = self._tx.execute(query).all()
        return list(map(work_from, rows))


def forget_work(tx: Tx, at: datetime, most: int) -> int:
    """Forget work that waits no more, after 90 days."""
    return forget_rows(tx, work, _table.settle_time < at - _KEPT, most)
