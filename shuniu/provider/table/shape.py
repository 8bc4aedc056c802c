"""How a table looked when the provider started, and whether it still does: what was reflected is believed for as long as the process lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Final

from sqlalchemy import Engine, exc, inspect
from sqlalchemy.engine.reflection import Inspector

from shuniu.provider.table.columns import Plan

AGAIN: Final = 60.0
"""Seconds until a table is looked at again: it is looked at after a failure, and a caller can make failures."""


def shape_of(inspector: Inspector, plan: Plan) -> Mapping[str, str]:
    """Return the type of each column as the database tells it."""
    return {column["name"]: repr(column["type"]) for column in inspector.get_columns(plan.name, schema=plan.schema)}


class Shape:
    """A table as it was at the start."""

    def __init__(self, engine: Engine, plan: Plan, first: Mapping[str, str]) -> None:
        """Keep what it was."""
        self._engine, self._plan, self._first = engine, plan, first
        self._looked = -AGAIN
        self._now: Mapping[str, str] = first

    def change(self, columns: Sequence[str]) -> str | None:
        """Return the first of some columns that is gone or of another type by now, None where none is or the database does not say."""
        if monotonic() - self._looked >= AGAIN:
            self._looked = monotonic()
            try:
                with self._engine.connect() as connection:
                    self._now = shape_of(inspect(connection), self._plan)
            except (exc.SQLAlchemyError, UnicodeError):
                return None
        return next((name for name in columns if self._now.get(name) != self._first.get(name)), None)
