"""Successions of departments."""

from dataclasses import asdict
from datetime import date
from typing import Any, Final

from sqlalchemy import or_, select

from certs.model import (
    OPEN_SUCCESSIONS,
    SUCCESSION_PROCEDURE,
    Assignment,
    Succession,
    SuccessionKind,
    SuccessionState,
    SystemPair,
)
from certs.store.tables import successions
from certs.succession_reasons import NO_SUCH_SUCCESSION
from hub.access import Caller
from hub.db import Aggregate, fitting
from hub.errors import NotFoundError

_TUPLES: Final = ("predecessors", "successors", "missing")
_OPEN: Final = successions.c.state.in_([state.value for state in OPEN_SUCCESSIONS])


class SuccessionStore(Aggregate[Succession]):
    """Successions, within one transaction."""

    table, thing, parties = successions, SUCCESSION_PROCEDURE.thing, ()

    def read(self, row: dict[str, Any]) -> Succession:
        """Return a row as a succession."""
        return Succession(
            **{
                **row,
                **{name: tuple(row[name]) for name in _TUPLES},
                "kind": SuccessionKind(row["kind"]),
                "state": SuccessionState(row["state"]),
                "effective_date": date.fromisoformat(row["effective_date"]),
                "assignments": tuple(Assignment(*one) for one in row["assignments"]),
                "systems": tuple(SystemPair(*one) for one in row["systems"]),
            }
        )

    def row(self, thing: Succession) -> dict[str, Any]:
        """Return a succession as a row."""
        lists = {name: list(getattr(thing, name)) for name in _TUPLES}
        return {
            **{column.name: getattr(thing, column.name) for column in self.table.columns},
            **lists,
            "kind": thing.kind.value,
            "state": thing.state.value,
            "effective_date": thing.effective_date.isoformat(),
            "assignments": [list(asdict(one).values()) for one in thing.assignments],
            "systems": [list(asdict(one).values()) for one in thing.systems],
        }

    def open(self) -> list[Succession]:
        """Return those that are planned or confirmed, by their days."""
        return self._found(_OPEN)

    def unfinished(self) -> list[Succession]:
        """Return what the hub looks at in its rounds: what is open, and what is in effect and lacks systems."""
        in_effect = successions.c.state == SuccessionState.IN_EFFECT.value
        return [one for one in self._found(or_(_OPEN, in_effect)) if one.state in OPEN_SUCCESSIONS or one.missing]

    def visible_to(self, caller: Caller, before: str | None, count: int) -> list[Succession]:
        """Return at most `count` that a caller may know of, newest first, below the id `before`."""
        found: list[Succession] = []
        while len(found) < count and (part := self.newest(None, before, count)):
            found += [one for one in part if one.seen_by(caller)]
            before = part[-1].id
        return found[:count]

    @classmethod
    def unknown(cls) -> NotFoundError:
        """Return the error for one that is not there, or of which the caller may not know."""
        return NO_SUCH_SUCCESSION()

    def _found(self, where: Any) -> list[Succession]:
        query = select(successions).where(where).order_by(successions.c.effective_date, successions.c.id)
        return [self.read(row._asdict()) for row in fitting(self._tx, successions, self._tx.execute(query).all())]
