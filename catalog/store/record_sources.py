"""Where it stands which department is the source of a term."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Column, Index, Integer, String, Table, Text, select

from catalog.model.record_source import SOURCE_PROCEDURE, RecordSource, SourceOrigin, SourceState
from hub.db import Aggregate, Moment, bind, fitting, fitting_page, metadata

record_sources: Final = Table(
    "record_sources",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("origin", String(16), nullable=False),
    Column("term", String(100), nullable=False),
    Column("department", String(18), nullable=False),
    Column("basis", Text, nullable=False),
    Column("officer", String(64), nullable=False),
    Column("create_time", Moment, nullable=False),
    Column("end_time", Moment),
    Column("reason", Text, nullable=False),
)
_IN_FORCE: Final = record_sources.c.state == SourceState.IN_FORCE.value
# one datum, one source (一数一源): of two named at once, the index refuses one
Index("uq_record_sources_term", record_sources.c.term, unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE)
Index("ix_record_sources_term", record_sources.c.term, record_sources.c.id)
Index("ix_record_sources_department", record_sources.c.department, record_sources.c.id)
bind(record_sources)


class RecordSourceStore(Aggregate[RecordSource]):
    """Sources, within one transaction."""

    table, thing, parties = record_sources, SOURCE_PROCEDURE.thing, ("department",)

    def read(self, row: dict[str, Any]) -> RecordSource:
        """Return a row as a source."""
        return RecordSource(**{**row, "state": SourceState(row["state"]), "origin": SourceOrigin(row["origin"])})

    def row(self, thing: RecordSource) -> dict[str, Any]:
        """Return a source as a row."""
        return {column.name: getattr(thing, column.name) for column in self.table.columns}

    def of(self, term: str) -> RecordSource | None:
        """Return the source of a term, None where nobody is named."""
        return self.of_terms([term]).get(term) if term else None

    def of_terms(self, terms: Iterable[str]) -> dict[str, RecordSource]:
        """Return the sources of terms that have one."""
        wanted = sorted({one for one in terms if one})
        if not wanted:
            return {}
        rows = self._tx.execute(select(record_sources).where(_IN_FORCE, record_sources.c.term.in_(wanted))).all()
        return {row.term: self.read(row._asdict()) for row in fitting(self._tx, record_sources, rows)}

    def of_department(self, department: str, after: str, count: int) -> list[RecordSource]:
        """Return what a department is the source of, in the order of their ids above `after`."""
        query = select(record_sources).where(_IN_FORCE, record_sources.c.department == department, record_sources.c.id > after)
        return [self.read(row._asdict()) for row in fitting_page(self._tx, record_sources, query, record_sources.c.id, count)]

    def listed(self, before: str | None, count: int, term: str, department: str, state: SourceState | None) -> list[RecordSource]:
        """Return sources of a term, of a department and in a state, where these are given, newest first, below the id `before`."""
        equal = {"term": term, "department": department, "state": state.value if state else ""}
        return self.page(None, before, count, *(record_sources.c[name] == value for name, value in equal.items() if value))
