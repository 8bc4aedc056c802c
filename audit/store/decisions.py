"""The records by which rows of the hub changed, as far as the rows themselves are concerned: what each of them bound."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import literal_column, select

from audit.batch import StoredRecord
from audit.model import DECISIONS, Record
from audit.rows import INDEX_COLUMNS, index_row_of
from audit.store.records import RecordStore
from audit.store.search import IndexStore
from audit.store.tables import index
from hub.db import SUMS_DETAIL, Tx
from hub.errors import IntegrityError, NotFoundError

_KIND: Final = INDEX_COLUMNS.index("kind")
_IS_DECISION = index.c.kind.in_([literal_column(f"'{kind}'") for kind in DECISIONS])  # spelled out, or the partial index would not be used


class DecisionStore:
    """Changes and administrative acts on the log, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def newest_sums(self) -> tuple[int, str] | None:
        """Return (index, what it says of all bound tables) of the newest record that says it, None where no record ever did."""
        found: tuple[int, str] | None = None
        for one in self._behind_index():
            if isinstance(one, Record) and SUMS_DETAIL in one.detail:
                found = one.index, one.detail[SUMS_DETAIL]
        if found is not None:
            return found
        # Newest first. Of a hub of this release the first one has it; of a former release's, none, and one look tells.
        newest = self._tx.scalar(select(index.c.position).where(_IS_DECISION).order_by(index.c.position.desc()).limit(1))
        if newest is None:
            return None
        record = RecordStore(self._tx).get(int(newest))[0]
        return (record.index, record.detail[SUMS_DETAIL]) if SUMS_DETAIL in record.detail else None

    def all(self) -> Iterator[Record | int]:
        """Yield every such record, oldest first; the index alone of one that cannot be read."""
        at = -1
        while positions := self._positions(at):
            for position in positions:
                try:
                    yield RecordStore(self._tx).get(position)[0]
                except (IntegrityError, NotFoundError):
                    yield position
            at = positions[-1]
        yield from self._behind_index()

    def _positions(self, after: int) -> list[int]:
        query = select(index.c.position).where(_IS_DECISION, index.c.position > after).order_by(index.c.position).limit(1_000)
        return [int(position) for (position,) in self._tx.execute(query)]

    def _behind_index(self) -> Iterator[Record | int]:
        """Yield those that the index does not cover yet, oldest first; the index alone of what cannot be read and may be one."""
        store = RecordStore(self._tx)
        for position, stored in store.range(IndexStore(self._tx).size(), store.end()):
            if index_row_of(position, StoredRecord(stored.leaf, None, None))[_KIND] not in DECISIONS:
                continue
            try:
                yield stored.read(position)
            except IntegrityError:
                yield position
