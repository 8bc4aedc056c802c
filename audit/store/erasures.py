"""Which records were erased lawfully: the record of the log that says so is looked up, and names them (ADR 0030).

`audit_erasures` leads from a record to the one that erased it. Its rows are bound to the log; and an edit of the table alone gains nothing,
because the record that a row leads to has to be an erasure that names the index.
"""

from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy import select

from audit.erasure import erasure_of, indexes_of
from audit.model import Erasure, Record
from audit.store.tables import erasures
from hub.db import Tx, fitting, put
from hub.errors import IntegrityError

_WINDOW: Final = 256
"""Records whose erasures are looked up at once: where one was erased, others of the same person often were."""


class ErasureStore:
    """The erasures, within one transaction."""

    def __init__(self, tx: Tx, read: Callable[[int], Record]) -> None:
        """Bind to a transaction; `read` gives a record of the log that was not erased itself."""
        self._tx, self._read = tx, read
        self._known: dict[int, Erasure] = {}
        self._windows: set[int] = set()
        self._records: dict[int, Record | None] = {}

    def of(self, position: int) -> Erasure | None:
        """Return by which record of the log a record was erased, None where no record says so."""
        start = position - position % _WINDOW
        if start not in self._windows:
            self._windows.add(start)
            self._known |= self.between(start, start + _WINDOW)
        if position not in self._known:
            # Erased since the window was read, where two statements may see two states of the database.
            self._known |= self.between(position, position + 1)
        return self._known.get(position)

    def between(self, start: int, end: int) -> dict[int, Erasure]:
        """Return which of the records from `start` to before `end` were erased, and by which record of the log."""
        query = select(erasures).where(erasures.c.position >= start, erasures.c.position < end)
        found: dict[int, Erasure] = {}
        for row in fitting(self._tx, erasures, self._tx.execute(query).all()):
            record = self._record(row.erased_by) if isinstance(row.erased_by, int) else None  # SQLite keeps whatever somebody puts there
            if record is not None and row.position in indexes_of(record):
                found[row.position] = erasure_of(record)
        return found

    def flaws(self) -> list[int]:
        """Return the records whose rows here are known not to be what was written: that they were erased nobody can say."""
        prefix = f"{erasures.name}/"
        names = self._tx.book.flaws if self._tx.book is not None else ()
        keys = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
        return [int(key) for key in keys if key.isascii() and key.isdecimal()]

    def put(self, positions: Iterable[int], by: int) -> None:
        """Keep that the record `by`, which the transaction goes on to write, erased these records."""
        for position in positions:
            put(self._tx, erasures, {"position": position, "erased_by": by})

    def _record(self, index: int) -> Record | None:
        if index not in self._records:
            try:
                self._records[index] = self._read(index)
            except IntegrityError:  # what it said nobody knows, so it erased nothing
                self._records[index] = None
        return self._records[index]
