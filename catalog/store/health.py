"""How services behind entries stood when they were probed last: one row each. Nothing is decided by it that the log would have to prove."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from catalog.model import EntryState
from catalog.model.health import EntryHealth, ServiceState
from catalog.store.tables import entries
from hub.db import Moment, Tx, metadata, swap

entry_health: Final = Table(
    "entry_health",
    metadata,
    Column("entry_id", String(26), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_since", Moment),
    Column("probe_time", Moment),
    Column("next_probe_time", Moment, nullable=False),
    Column("doubts", Integer, nullable=False),
    Column("latency_ms", Integer),
    Column("newest_row_time", Moment),
    Column("row_count", BigInteger),
    Column("reason", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("message_zh", Text, nullable=False),
    Column("field", String(64), nullable=False),
)
Index("ix_entry_health_next_probe_time", entry_health.c.next_probe_time)
_PUBLISHED: Final = entries.c.state == EntryState.PUBLISHED.value
_OF_ROW: Final = tuple(column.name for column in entry_health.columns if column.name not in {"entry_id", "version"})


class HealthStore:
    """The health of entries, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def get(self, entry_id: str) -> EntryHealth | None:
        """Return the health of a published entry; None where no such entry is published."""
        row = self._tx.execute(_shown().where(entries.c.id == entry_id)).first()
        return None if row is None else _health(row)

    def listed(self, before: str | None, count: int, provider: str, state: ServiceState | None, entry_id: str) -> list[EntryHealth]:
        """Return at most `count` of published entries, newest first, below the id `before`: of a provider, in a state, of an entry where asked."""
        where: list[ColumnElement[bool]] = [] if before is None else [entries.c.id < before]
        where += [entries.c.provider == provider] if provider else []
        where += [entries.c.id == entry_id] if entry_id else []
        if state is ServiceState.UNKNOWN:
            where.append(or_(entry_health.c.state.is_(None), entry_health.c.state == state.value))
        elif state is not None:
            where.append(entry_health.c.state == state.value)
        rows = self._tx.execute(_shown().where(*where).order_by(entries.c.id.desc()).limit(count)).all()
        return [_health(row) for row in rows]

    def counts(self) -> dict[ServiceState, int]:
        """Return how many published entries have a service in each state; those that nobody serves are unknown."""
        # in the statement itself: PostgreSQL takes two bound values for two expressions, of which only one is grouped by
        state = func.coalesce(entry_health.c.state, literal_column(f"'{ServiceState.UNKNOWN.value}'"))
        query = select(state.label("standing"), func.count().label("number")).select_from(_joined()).where(_PUBLISHED).group_by(state)
        found = {ServiceState(row.standing): int(row.number) for row in self._tx.execute(query)}
        return {state: found.get(state, 0) for state in ServiceState}

    def unplanned(self, after: str, count: int) -> list[str]:
        """Return ids of published entries of which no probe is planned, in their order, above the id `after`."""
        query = select(entries.c.id).select_from(_joined()).where(_PUBLISHED, entry_health.c.entry_id.is_(None), entries.c.id > after)
        return list(self._tx.execute(query.order_by(entries.c.id).limit(count)).scalars())

    def plan(self, entry_id: str, at: datetime) -> None:
        """Plan the first probe of an entry, where none is planned."""
        if self._tx.scalar(select(entry_health.c.entry_id).where(entry_health.c.entry_id == entry_id)) is None:
            values = {"version": 0, "revision": 1, "state": ServiceState.UNKNOWN.value, "doubts": 0}
            texts = dict.fromkeys(("reason", "message", "message_zh", "field"), "")
            self._tx.execute(insert(entry_health).values(entry_id=entry_id, next_probe_time=at, **values, **texts))

    def due(self, at: datetime, count: int) -> list[tuple[str, datetime]]:
        """Return at most `count` entries whose probe is due, with when it was, the longest overdue first."""
        query = select(entry_health.c.entry_id, entry_health.c.next_probe_time).where(entry_health.c.next_probe_time <= at)
        return [(row.entry_id, row.next_probe_time) for row in self._tx.execute(query.order_by(entry_health.c.next_probe_time).limit(count))]

    def claim(self, entry_id: str, due: datetime, following: datetime) -> bool:
        """Take a probe that is due, and plan the next; False where another process took it."""
        same = (entry_health.c.entry_id == entry_id, entry_health.c.next_probe_time == due)
        taken = update(entry_health).where(*same).values(next_probe_time=following).returning(entry_health.c.entry_id)
        return self._tx.execute(taken).first() is not None

    def hasten(self, entry_id: str, latest: datetime) -> None:
        """Have an entry probed by a moment, where its next probe is planned for later."""
        later = (entry_health.c.entry_id == entry_id, entry_health.c.next_probe_time > latest)
        self._tx.execute(update(entry_health).where(*later).values(next_probe_time=latest))

    def replace(self, before: EntryHealth, after: EntryHealth) -> None:
        """Put `after` in the place of `before`; raise ConflictError when somebody was quicker."""
        values = {name: getattr(after, name) for name in _OF_ROW} | {"version": after.version, "state": after.state.value}
        swap(self._tx, entry_health, {"entry_id": before.entry_id, "revision": before.revision}, values, before.entry)

    def drop(self, entry_id: str) -> None:
        """Plan no probe of an entry any more: it is withdrawn, or nobody serves it."""
        self._tx.execute(delete(entry_health).where(entry_health.c.entry_id == entry_id))


def _joined() -> Any:
    return entries.outerjoin(entry_health, entry_health.c.entry_id == entries.c.id)


def _shown() -> Select[Any]:
    return select(entries.c.id, entries.c.provider, entries.c.version.label("in_force"), entry_health).select_from(_joined()).where(_PUBLISHED)


def _health(row: Row[Any]) -> EntryHealth:
    whose = {"entry_id": row.id, "provider": row.provider, "version": row.version or row.in_force}
    if row.entry_id is None:
        return EntryHealth(**whose)
    return EntryHealth(**whose, **{name: getattr(row, name) for name in _OF_ROW if name != "state"}, state=ServiceState(row.state))
