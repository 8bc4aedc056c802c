"""Entries as they pass from one department to another (`catalog.succession`)."""

from typing import Final

from sqlalchemy import ColumnElement, select

from catalog.model import IN_PREPARATION, Entry, EntryState
from catalog.store.entries import to_row
from catalog.store.index import add_to_index
from catalog.store.tables import entries, text_of
from hub.db import Tx, put

_IN_PREPARATION: Final = entries.c.state.in_([state.value for state in IN_PREPARATION])
_IN_FORCE: Final = entries.c.state == EntryState.PUBLISHED.value
_AWAITED: Final = _IN_PREPARATION & ((entries.c.state != EntryState.DRAFT.value) | (text_of("change_reason") != ""))


def living_of(tx: Tx, provider: str, after: str, count: int) -> list[str]:
    """Return ids of entries of which a department has a version in force or in preparation, in their order above `after`."""
    return _ids(tx, provider, after, count, _IN_FORCE | _IN_PREPARATION)


def ending_of(tx: Tx, provider: str, after: str, count: int) -> list[str]:
    """Return ids of entries of which a closed department has a version in force, or one that somebody is waited for; as `living_of`."""
    return _ids(tx, provider, after, count, _IN_FORCE | _AWAITED)


def put_in_force(tx: Tx, entry: Entry) -> None:
    """Keep a new version that is in force from the start, and make it findable."""
    put(tx, entries, to_row(entry))
    number = tx.scalar(select(entries.c.number).where(entries.c.id == entry.id, entries.c.version == entry.version))
    add_to_index(tx, number, entry)


def serving_systems(tx: Tx, provider: str) -> frozenset[tuple[str, str]]:
    """Return ids of a department's entries in force, each with the short name of the system that serves it."""
    in_force = (entries.c.provider == provider, entries.c.state == EntryState.PUBLISHED.value)
    rows = tx.execute(select(entries.c.id, text_of("serving_system").label("system")).where(*in_force))
    return frozenset((row.id, row.system) for row in rows if row.system)


def _ids(tx: Tx, provider: str, after: str, count: int, which: ColumnElement[bool]) -> list[str]:
    own = select(entries.c.id).where(entries.c.provider == provider, which, entries.c.id > after).distinct()
    return [row.id for row in tx.execute(own.order_by(entries.c.id).limit(count))]
