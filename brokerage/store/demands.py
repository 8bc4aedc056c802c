"""Where demands live."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Index, Integer, String, Table, Text, or_, select

from brokerage.model import DEMAND_PROCEDURE, Demand, DemandState
from brokerage.store.rows import row_of
from hub.db import Aggregate, Json, Moment, bind, fitting, metadata

demands: Final = Table(
    "demands",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("title", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("scenario", Text, nullable=False),
    Column("wished_fields", Json, nullable=False),
    Column("filer", String(18), nullable=False),
    Column("assignee", String(18), nullable=False),
    Column("merged_into", String(64), nullable=False),
    Column("entry", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("officer", String(64), nullable=False),
    Column("create_time", Moment, nullable=False),
    Column("end_time", Moment),
)
Index("ix_demands_filer", demands.c.filer, demands.c.id)
Index("ix_demands_assignee", demands.c.assignee, demands.c.id)
Index("ix_demands_state", demands.c.state, demands.c.id)
Index("ix_demands_merged_into", demands.c.merged_into)
bind(demands)


class DemandStore(Aggregate[Demand]):
    """Demands, within one transaction."""

    table, thing, parties = demands, DEMAND_PROCEDURE.thing, ("filer", "assignee")

    def read(self, row: dict[str, Any]) -> Demand:
        """Return a row as a demand."""
        return Demand(**{**row, "state": DemandState(row["state"]), "wished_fields": tuple(row["wished_fields"])})

    def row(self, thing: Demand) -> dict[str, Any]:
        """Return a demand as a row."""
        return row_of(self.table, thing)

    def board(self, before: str | None, count: int, *, state: DemandState | None, department: str) -> list[Demand]:
        """Return at most `count` demands of all departments, newest first, below the id `before`, in a state and of a department if asked."""
        conditions: list[ColumnElement[bool]] = [] if state is None else [demands.c.state == state.value]
        if department:
            conditions.append(or_(demands.c.filer == department, demands.c.assignee == department))
        return self.page(None, before, count, *conditions)

    def fulfilled_by(self, entry: str, count: int) -> list[Demand]:
        """Return at most `count` demands that an entry (its resource name) fulfils, or into which they were merged, newest first."""
        return self.page(None, None, count, or_(demands.c.entry == entry, demands.c.merged_into == entry))

    def followers(self, names: Collection[str]) -> dict[str, list[Demand]]:
        """Return, of each of the demands of these names, those that go on within it: merged into it, or into one that was, and so on."""
        found: dict[str, list[Demand]] = {name: [] for name in names}
        ends, seen = {name: name for name in names}, {(name, name) for name in names}
        # level by level; no rule lets merges make a circle, and a row that says so all the same is not gone through twice
        while ends:
            rows = self._tx.execute(select(demands).where(demands.c.merged_into.in_(sorted(ends)))).all()
            level = [self.read(row._asdict()) for row in fitting(self._tx, demands, rows)]
            ends = {one.name: ends[one.merged_into] for one in level if (ends[one.merged_into], one.name) not in seen}
            for one in level:
                if one.name in ends:
                    found[ends[one.name]].append(one)
            seen |= {(end, name) for name, end in ends.items()}
        return found
