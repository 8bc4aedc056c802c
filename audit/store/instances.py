"""The hub processes that write intents: a row each from its start to its end, so that the next start knows whose intents to close."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from audit.commitment import micros
from audit.store.tables import instances
from hub.db import Tx


@dataclass(frozen=True, slots=True)
class InstanceEntry:
    """One process that lives or died without a word: every intent of it below `closed_below` has its outcome."""

    instance: str
    closed_below: int


class InstanceStore:
    """The rows of the processes, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def all(self) -> list[InstanceEntry]:
        """Return all, the oldest first."""
        rows: Sequence[Any] = self._tx.execute(
            select(instances.c.instance, instances.c.closed_below).order_by(instances.c.started_at, instances.c.instance)
        ).all()
        return [InstanceEntry(*row) for row in rows]

    def enter(self, entry: InstanceEntry, at: datetime) -> None:
        """Add a process that starts."""
        self._tx.execute(insert(instances).values(instance=entry.instance, started_at=micros(at), closed_below=entry.closed_below))

    def move(self, entry: InstanceEntry) -> None:
        """Say up to where the process has closed its intents now."""
        self._tx.execute(update(instances).where(instances.c.instance == entry.instance).values(closed_below=entry.closed_below))

    def leave(self, instance: str) -> bool:
        """Take a process out; False where that was done already."""
        return bool(self._tx.execute(delete(instances).where(instances.c.instance == instance)).rowcount)
