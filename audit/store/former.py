"""Records as the release before kept them, one row each: read where they stand until `audit.moving` has put them into batches."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, func, select

from audit.batch import StoredRecord
from audit.store.tables import records
from hub.db import Tx


class FormerStore:
    """The former rows, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def bounds(self) -> tuple[int, int] | None:
        """Return the first and the last index of which a row is left, None where all are moved."""
        first = self._tx.scalar(select(func.min(records.c.position)))
        return None if first is None else (int(first), int(self._tx.scalar(select(func.max(records.c.position)))))

    def range(self, start: int, end: int) -> Iterator[tuple[int, StoredRecord]]:
        """Yield what is left of the records from `start` to before `end`, in order."""
        query = select(records).where(records.c.position >= start, records.c.position < end).order_by(records.c.position)
        for row in self._tx.execute(query):
            yield row.position, StoredRecord(row.leaf, row.payload, row.salt)

    def rows(self, start: int, end: int) -> list[Any]:
        """Return the rows themselves, to be moved or compared column by column."""
        query = select(records).where(records.c.position.between(start, end - 1)).order_by(records.c.position)
        return list(self._tx.execute(query).all())

    def remove(self, start: int, end: int) -> None:
        """Remove the rows from `start` to before `end`, which stand in batches now."""
        self._tx.execute(delete(records).where(records.c.position >= start, records.c.position < end))
