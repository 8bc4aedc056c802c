"""What the hub forgets: rows that nothing rests on any more, by stated rules, a few at a time (docs/guides/operations.md)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, select

from hub.db.binding import BOUND
from hub.db.feed import KEPT_CHANGES
from hub.db.tables import change_counter, changes, request_ids
from hub.db.transaction import Tx

Rule = Callable[[Tx, datetime, int], int]
"""Forgets what has had its time at a moment, of at most so many rows; returns how many it looked at: fewer than it may, and it is done."""
REQUEST_KEPT: Final = timedelta(days=30)
"""How long the same request_id is answered with what it made: longer than any outage after which a client still tries again."""


def forget_rows(tx: Tx, table: Table, condition: ColumnElement[bool], most: int) -> int:
    """Delete at most so many of the rows that the condition names; return how many there were.

    The rows are named by their keys and not by a limit on the DELETE, which SQLite and PostgreSQL both lack.
    """
    keys = list(table.primary_key.columns)
    found = tx.execute(select(*keys).where(condition).limit(most)).all()
    if found:
        same = and_(*(key == bindparam(f"key_{key.name}") for key in keys))
        tx.execute(delete(table).where(same), [{f"key_{key.name}": value for key, value in zip(keys, row, strict=True)} for row in found])
    if table.name in BOUND:
        for row in found:
            tx.touch(table, *row)
    return len(found)


def forget_requests(tx: Tx, at: datetime, most: int) -> int:
    """Forget requests that were answered long ago: sent again, they would be done again."""
    return forget_rows(tx, request_ids, request_ids.c.at < at - REQUEST_KEPT, most)


def forget_changes(tx: Tx, at: datetime, most: int) -> int:
    """Forget changes that every process has heard of; what tells is their number, not the time."""
    del at
    newest = tx.scalar(select(change_counter.c.seq))
    return 0 if newest is None else forget_rows(tx, changes, changes.c.seq < newest - KEPT_CHANGES, most)
