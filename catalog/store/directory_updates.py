"""Where updates of the directory live."""

from datetime import date
from typing import Any, Final

from sqlalchemy import Column, Index, Integer, String, Table, Text, select

from catalog.model.directory_update import UPDATE_PROCEDURE, DirectoryUpdate, UpdateState
from hub.db import Aggregate, Json, Moment, bind, fitting_page, metadata
from timing.extension import extension_from
from timing.keeping import kept, timer_from

directory_updates: Final = Table(
    "directory_updates",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("entry", String(64), nullable=False),
    Column("provider", String(18), nullable=False),
    Column("filer", String(18), nullable=False),
    Column("change", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("change_date", String(10), nullable=False),
    Column("clock", Json),
    Column("extension", Json),
    Column("version", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("officer", String(64), nullable=False),
    Column("create_time", Moment, nullable=False),
    Column("end_time", Moment),
)
Index("ix_directory_updates_provider", directory_updates.c.provider, directory_updates.c.id)
Index("ix_directory_updates_filer", directory_updates.c.filer, directory_updates.c.id)
Index("ix_directory_updates_entry", directory_updates.c.entry, directory_updates.c.state)
Index("ix_directory_updates_state", directory_updates.c.state, directory_updates.c.id)
bind(directory_updates)
_DUE: Final = directory_updates.c.state == UpdateState.DUE.value


class DirectoryUpdateStore(Aggregate[DirectoryUpdate]):
    """Updates of the directory, within one transaction."""

    table, thing, parties = directory_updates, UPDATE_PROCEDURE.thing, ("provider", "filer")

    def read(self, row: dict[str, Any]) -> DirectoryUpdate:
        """Return a row as an update."""
        timer = timer_from(row.pop("clock"))
        return DirectoryUpdate(
            **{
                **row,
                "state": UpdateState(row["state"]),
                "change_date": date.fromisoformat(row["change_date"]),
                "timer": timer,
                "extension": extension_from(row["extension"]),
            }
        )

    def row(self, thing: DirectoryUpdate) -> dict[str, Any]:
        """Return an update as a row."""
        values = {column.name: getattr(thing, column.name, None) for column in self.table.columns}
        return values | {
            "state": thing.state.value,
            "change_date": thing.change_date.isoformat(),
            "clock": kept(thing.timer),
            "extension": thing.extension and thing.extension.plain(),
        }

    def due_of(self, entry: str) -> list[DirectoryUpdate]:
        """Return the updates that an entry owes, oldest first."""
        return self._due(directory_updates.c.entry == entry, "", 1_000)

    def timed(self, after: str, count: int) -> list[DirectoryUpdate]:
        """Return updates that are due, oldest first, above the id `after`."""
        return self._due(_DUE, after, count)

    def _due(self, where: Any, after: str, count: int) -> list[DirectoryUpdate]:
        query = select(directory_updates).where(_DUE, where, directory_updates.c.id > after)
        return [self.read(row._asdict()) for row in fitting_page(self._tx, directory_updates, query, directory_updates.c.id, count)]
