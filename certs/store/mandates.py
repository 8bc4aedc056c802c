"""Mandates of systems, and how `certs.mandates` loads them into memory."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, select

from certs.mandates import Mandates
from certs.model import MANDATE_PROCEDURE, Mandate, MandateState
from certs.store.tables import legacy_systems, mandates
from hub.db import Aggregate, Database, fitting


class MandateStore(Aggregate[Mandate]):
    """Mandates, within one transaction; whoever changes one announces the department."""

    table, thing, parties = mandates, MANDATE_PROCEDURE.thing, ("department",)

    def read(self, row: dict[str, Any]) -> Mandate:
        """Return a row as a mandate."""
        return Mandate(**{**row, "state": MandateState(row["state"]), "steps": tuple(row["steps"])})

    def row(self, thing: Mandate) -> dict[str, Any]:
        """Return a mandate as a row."""
        return {**asdict(thing), "state": thing.state.value, "steps": list(thing.steps)}

    def live(self, department: str | None = None) -> list[Mandate]:
        """Return the mandates that nobody ended, of one department or of all."""
        where = [mandates.c.state == MandateState.LIVE.value, *([] if department is None else [mandates.c.department == department])]
        return [self.read(row._asdict()) for row in fitting(self._tx, mandates, self._tx.execute(select(mandates).where(*where)).all())]

    def take_legacy_systems(self) -> list[tuple[str, str]]:
        """Return the systems that an upgrade found, each once: what is returned is forgotten."""
        found = [(row.department, row.system) for row in self._tx.execute(select(legacy_systems).order_by(legacy_systems.c.department))]
        self._tx.execute(delete(legacy_systems))
        return found

    def any_for(self, reason: str) -> bool:
        """Return whether a mandate was ever registered for this reason."""
        return self._tx.execute(select(mandates.c.id).where(mandates.c.reason == reason).limit(1)).first() is not None


def live_mandates(database: Database) -> Mandates:
    """Return the mandates of all systems, which follow every change that is announced."""

    def load(department: str | None = None) -> Iterable[Mandate]:
        with database.read() as tx:
            return MandateStore(tx).live(department)

    known = Mandates(load, load)
    database.on_change(known.reload, known.load_all)
    return known
