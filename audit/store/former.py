"""Records as the release before kept them, one row each: read where they stand until `audit.moving` has put them into batches."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import delete, exists, func, select, update

from audit.batch import StoredRecord
from audit.store.tables import erasures, records
from hub.db import Tx


class FormerStore:
    """The former rows, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def bounds(self) -> tuple[int, int] | None:
        """Return the first and the last index of which a row is left, None where all are moved."""
        # In one statement: of two, the second may find that all have been moved meanwhile.
        first, last = (select(bound(records.c.position)).scalar_subquery() for bound in (func.min, func.max))
        row: Any = self._tx.execute(select(first, last)).one()
        return None if row[0] is None else (int(row[0]), int(row[1]))

    def hold(self, start: int, end: int) -> Iterator[tuple[int, StoredRecord]]:
        """Yield what is left of the records from `start` to before `end`, in order; until the transaction ends nobody else changes them."""
        query = select(records).where(records.c.position >= start, records.c.position < end).order_by(records.c.position).with_for_update()
        for row in self._tx.execute(query):
            yield row.position, StoredRecord(row.leaf, row.payload, row.salt)

    def rows(self, start: int, end: int) -> list[Any]:
        """Return the rows themselves, to be moved or compared column by column."""
        query = select(records).where(records.c.position.between(start, end - 1)).order_by(records.c.position)
        return list(self._tx.execute(query).all())

    def empty(self, count: int) -> list[int]:
        """Return at most `count` rows, newest first, that have no content left, and that no erasure is known of."""
        explained = exists().where(erasures.c.position == records.c.position)
        query = select(records.c.position).where(records.c.payload.is_(None), ~explained).order_by(records.c.position.desc()).limit(count)
        return [int(position) for (position,) in self._tx.execute(query)]

    def erase(self, position: int, bare: Mapping[str, Any]) -> bool:
        """Take the content out of a row, and put what the leaf alone says into its columns; False where the row was moved meanwhile."""
        same = records.c.position == position
        return bool(self._tx.execute(update(records).where(same).values(**bare, payload=None, salt=None)).rowcount)

    def remove(self, start: int, end: int) -> None:
        """Remove the rows from `start` to before `end`, which stand in batches now."""
        self._tx.execute(delete(records).where(records.c.position >= start, records.c.position < end))
