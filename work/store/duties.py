"""Rows that are for one of several duties, found by an index although one row may be for more than one duty.

A row keeps all its duties in one text. Each step says whose it is, so few such texts occur: they are stepped through in the index, those that fit
are chosen, and of each of them the index has its rows in order. Rows that do not fit are not read at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, false, select, union_all

from hub.access import Duty
from hub.db import Tx
from work.store.rows import duties_from

_NOBODY: Final = ""
"""The text of what is for nobody in particular, which is for everybody."""


@dataclass(frozen=True, slots=True)
class Order:
    """By which columns rows are ordered, wherever they are chosen from; the last one is their id."""

    names: tuple[str, ...]
    newest_first: bool = False

    def of(self, rows: FromClause) -> list[ColumnElement[Any]]:
        """Return the columns of these rows."""
        return [rows.c[name] for name in self.names]

    def by(self, rows: FromClause) -> list[ColumnElement[Any]]:
        """Return what `order_by` takes."""
        return [one.desc() for one in self.of(rows)] if self.newest_first else self.of(rows)


def texts_for(tx: Tx, rows: FromClause, within: Sequence[ColumnElement[bool]], duties: tuple[Duty, ...]) -> list[str]:
    """Return which texts of duties occur among the rows `within` which something is sought, and are for one of the duties."""
    wanted = set(duties)
    return [one for one in _texts(tx, rows, within) if one == _NOBODY or not wanted.isdisjoint(duties_from(one))]


def first_of(rows: FromClause, conditions: Sequence[ColumnElement[bool]], texts: Sequence[str], order: Order, count: int) -> Select[Any]:
    """Return the ids of the first `count` rows that are for one of the texts: the first of each text, and of those the first."""
    if not texts:
        return select(rows.c.id).where(false())
    each = [select(*order.of(rows)).where(*conditions, rows.c.duties == one).order_by(*order.by(rows)).limit(count).subquery() for one in texts]
    found = union_all(*map(select, each)).subquery()
    return select(found.c.id).order_by(*order.by(found)).limit(count)


def _texts(tx: Tx, rows: FromClause, within: Sequence[ColumnElement[bool]]) -> list[str]:
    """Step from each text to the next: one look into the index for each, however many rows there are."""
    least = select(rows.c.duties).where(*within).order_by(rows.c.duties).limit(1)
    steps = select(least.scalar_subquery().label("duties")).cte("steps", recursive=True)
    following = least.where(rows.c.duties > steps.c.duties).correlate(steps).scalar_subquery()
    steps = steps.union_all(select(following).where(steps.c.duties.is_not(None)))
    return list(tx.execute(select(steps.c.duties).where(steps.c.duties.is_not(None))).scalars())
