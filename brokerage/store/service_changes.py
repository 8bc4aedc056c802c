"""Changes of running services, and what they make of the grants of an entry."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, Index, Integer, String, Table, Text, or_, select

from brokerage.model.entry_rule import Effect, EntryRule, effect_of
from brokerage.model.grant import Grant
from brokerage.model.service_change import ServiceChange, ServiceChangeReply
from brokerage.model.service_change_procedure import SERVICE_CHANGE_PROCEDURE, ServiceChangeKind, ServiceChangeState
from catalog.store import EntryStore
from hub.db import Aggregate, Database, Json, Moment, Tx, bind, fitting, fitting_page, metadata
from hub.errors import IntegrityError, NotFoundError

service_changes = Table(
    "service_changes",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("entry", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("grant", String(64), nullable=False),
    Column("provider", String(18), nullable=False),
    Column("consumers", Text, nullable=False),  # USCCs, a blank before and behind each, so that one of them can be searched for
    Column("reason", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("reply_by", Moment),
    Column("is_due", Boolean, nullable=False),
    Column("replies", Json, nullable=False),
    Column("effect_time", Moment),
    Column("decision", Text, nullable=False),
    Column("create_time", Moment, nullable=False),
    Column("end_time", Moment),
    Column("grant_count", Integer, nullable=False),
)
Index("ix_service_changes_state", service_changes.c.state, service_changes.c.id)
Index("ix_service_changes_entry", service_changes.c.entry, service_changes.c.state)
Index("ix_service_changes_provider", service_changes.c.provider, service_changes.c.id)
bind(service_changes)

_HOLDING = (ServiceChangeState.ADMITTED.value, ServiceChangeState.IN_EFFECT.value)
_OPEN = (ServiceChangeState.CONSULTING.value, ServiceChangeState.FILED.value, ServiceChangeState.ADMITTED.value)
IsDisputed = Callable[[Tx, str], bool]
"""Tells whether a dispute about a change (its resource name) is open: then it does not take effect."""


class ServiceChangeStore(Aggregate[ServiceChange]):
    """Changes of running services, within one transaction."""

    table, thing, parties = service_changes, SERVICE_CHANGE_PROCEDURE.thing, ("provider",)

    def read(self, row: dict[str, Any]) -> ServiceChange:
        """Return a row as a change."""
        replies = tuple(ServiceChangeReply(**{**one, "time": datetime.fromisoformat(one["time"])}) for one in row["replies"])
        state, kind = ServiceChangeState(row["state"]), ServiceChangeKind(row["kind"])
        return ServiceChange(**{**row, "state": state, "kind": kind, "consumers": tuple(row["consumers"].split()), "replies": replies})

    def row(self, thing: ServiceChange) -> dict[str, Any]:
        """Return a change as a row."""
        values = {column.name: getattr(thing, column.name) for column in self.table.columns}
        replies = [one.plain() for one in thing.replies]
        return {**values, "state": thing.state.value, "kind": thing.kind.value, "consumers": f" {' '.join(thing.consumers)} ", "replies": replies}

    def page(self, party: str | None, before: str | None, count: int, *conditions: ColumnElement[bool]) -> list[ServiceChange]:
        """Return changes of which a department is the provider or one of the consumers (None: all), newest first, below the id `before`."""
        own = (
            () if party is None else (or_(service_changes.c.provider == party, service_changes.c.consumers.contains(f" {party} ", autoescape=True)),)
        )
        return super().page(None, before, count, *own, *conditions)

    def open_end(self, entry: str, grant: str) -> ServiceChange | None:
        """Return the end that is under way for a grant (its id), or for all of an entry's; None where there is none."""
        wanted = (service_changes.c.entry == entry, service_changes.c.kind == ServiceChangeKind.END.value, service_changes.c.state.in_(_OPEN))
        ends = super().page(None, None, 200, *wanted, service_changes.c.grant.in_(["", grant]) if grant else service_changes.c.grant == "")
        return ends[0] if ends else None

    def ends_entry(self, entry: str) -> ServiceChange | None:
        """Return the end of an entry's whole service, under way or in effect; None where there is none."""
        states = (*_OPEN, ServiceChangeState.IN_EFFECT.value)
        ends = (service_changes.c.entry == entry, service_changes.c.kind == ServiceChangeKind.END.value, service_changes.c.grant == "")
        found = super().page(None, None, 1, *ends, service_changes.c.state.in_(states))
        return found[0] if found else None

    def about(self, grant: Grant, count: int) -> list[ServiceChange]:
        """Return at most `count` changes that are about a grant: its own, and those of its entry; newest first."""
        own = service_changes.c.grant.in_(["", grant.id])
        return super().page(None, None, count, service_changes.c.entry == grant.entry, own)

    def after(self, state: ServiceChangeState, after: str, count: int) -> list[ServiceChange]:
        """Return changes in a state in the order of their ids, above `after`."""
        query = select(service_changes).where(service_changes.c.state == state.value, service_changes.c.id > after)
        rows = fitting_page(self._tx, service_changes, query, service_changes.c.id, count)
        return [self.read(row._asdict()) for row in rows]

    def open(self, after: str, count: int) -> list[tuple[str, ServiceChange]]:
        """Return changes that wait for somebody's step with their ids, in that order above `after`, and let nobody change them meanwhile."""
        states = [ServiceChangeState.CONSULTING.value, ServiceChangeState.FILED.value]
        return [(one.id, one) for one in self.held(after, count, service_changes.c.state.in_(states))]

    def holding(self, entry: str) -> list[ServiceChange]:
        """Return the changes that hold, or will at their date: of an entry, for an empty name of all."""
        own = (service_changes.c.entry == entry,) if entry else ()
        rows = self._tx.execute(select(service_changes).where(service_changes.c.state.in_(_HOLDING), *own).order_by(service_changes.c.id)).all()
        return [self.read(row._asdict()) for row in fitting(self._tx, service_changes, rows)]


def load_rules(db: Database, entry_id: str, is_disputed: IsDisputed) -> Mapping[str, EntryRule]:
    """Return what entries allow of their grants, by the entry's id: of one, for an empty id of all that any change is about."""
    with db.read() as tx:
        found: dict[str, list[Effect]] = {}
        revisions: dict[str, list[str]] = {}
        for change in ServiceChangeStore(tx).holding(f"entries/{entry_id}" if entry_id else ""):
            if change.state is ServiceChangeState.ADMITTED and is_disputed(tx, change.name):
                continue
            effect = _effect(tx, change)
            if effect is not None:
                found.setdefault(change.entry, []).append(effect)
                revisions.setdefault(change.entry, []).append(f"{change.id}.{change.revision}")
    return {
        name.removeprefix("entries/"): EntryRule(" ".join(revisions[name]), tuple(sorted(effects, key=lambda one: one.since)))
        for name, effects in found.items()
    }


def _effect(tx: Tx, change: ServiceChange) -> Effect | None:
    since = change.effect_time or change.create_time
    if change.kind is ServiceChangeKind.END:
        return Effect(since=since, version=change.version, change=change.name, ends=True, grant=change.grant, withdrawn=change.withdrawn)
    try:
        entry = EntryStore(tx).version(change.entry.removeprefix("entries/"), change.version)
    except (NotFoundError, IntegrityError):  # what is not as the log wrote it is told by the book of rows; the stricter side is no rule at all
        return None
    return effect_of(entry, since, change.name)
