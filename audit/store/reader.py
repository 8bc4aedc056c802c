"""Reading the records of the log, by index and by range, wherever they stand: in batches, or in rows that the release before wrote."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import func, select

from audit import hot
from audit.batch import StoredRecord, parts_of, stored_in, unpack
from audit.model import Record
from audit.reasons.damage import RECORD_DAMAGED
from audit.reasons.records import NO_SUCH_RECORD, RECORD_LOST
from audit.rows import read_former
from audit.store.damage import DamageStore
from audit.store.erasures import ErasureStore
from audit.store.former import FormerStore
from audit.store.tables import batches, records, tree
from audit.store.tree import log_size
from hub.db import Tx
from shuniu.proofs.tree import leaf_hash

_BATCHES_AT_ONCE: Final = 64
SQL: Final = {
    "sqlite": hot.AppendSql.of(batches.name, tree.name, "?"),
    "postgresql": hot.AppendSql.of(batches.name, tree.name, "%s", " FOR UPDATE"),
}


class RecordReader:
    """The stored records, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx
        self._sql = SQL[tx.dialect]
        self._last_read: tuple[int, int, Sequence[object]] = (0, 0, ())
        self.erasures = ErasureStore(tx, self._whole)

    def get(self, index: int) -> tuple[Record, bytes]:
        """Return a record and its leaf hash; raise NotFoundError where the log is shorter, IntegrityError where the record is damaged or lost."""
        known = DamageStore(self._tx).of(index)
        if known is not None and known.unreadable:
            raise RECORD_DAMAGED(index=index)
        return self._found(index)

    def _found(self, index: int) -> tuple[Record, bytes]:
        first, count, parts = self._batch_of(index)
        if first <= index < first + count:
            one = stored_in(parts, index - first)
            return self.record_of(index, one), leaf_hash(one.leaf)
        for found in self.read(index, index + 1):
            return found
        raise (RECORD_LOST if index < log_size(self._tx) else NO_SUCH_RECORD)(index=index)

    def range(self, start: int, end: int) -> Iterator[tuple[int, StoredRecord]]:
        """Yield what is stored from index `start` to before `end`, in order, unread. What is missing is missing."""
        for index, one, _ in self._scan(start, end):
            yield index, one

    def check(self, start: int, end: int) -> list[bytes]:
        """Return the leaf hashes from `start` to before `end`; raise IntegrityError that names the first record that is touched or missing."""
        hashes: list[bytes] = []
        for record, hashed in self.read(start, end):
            if record.index != start + len(hashes):
                break
            hashes.append(hashed)
        if len(hashes) != end - start:
            raise RECORD_LOST(index=start + len(hashes))
        return hashes

    def leaves(self, start: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Yield (index, leaf) from `start` to before `end`, in order."""
        for index, one in self.range(start, end):
            yield index, one.leaf

    def end(self) -> int:
        """Return the index behind the last record that stands anywhere; to be read before the tree where others may append meanwhile."""
        last: Any = self._tx.execute(select(batches.c.first, batches.c.count).order_by(batches.c.first.desc()).limit(1)).first()
        former = FormerStore(self._tx).bounds()
        return max(last[0] + last[1] if last else 0, former[1] + 1 if former else 0)

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield first index and number of the records of each batch, and of former rows one by one, in order."""
        found: Sequence[Any] = self._tx.execute(select(batches.c.first, batches.c.count)).all()
        alone: Sequence[Any] = self._tx.execute(select(records.c.position)).all()
        yield from sorted([(first, count) for first, count in found] + [(position, 1) for (position,) in alone])

    def is_former(self, index: int) -> bool:
        """Tell whether a record still stands in a row of its own."""
        return bool(FormerStore(self._tx).rows(index, index + 1))

    def count(self) -> int:
        """Return how many records stand in the database: fewer than the log's size means that some were removed."""
        in_batches = int(self._tx.scalar(select(func.coalesce(func.sum(batches.c.count), 0))))
        return in_batches + int(self._tx.scalar(select(func.count()).select_from(records)))

    def read(self, start: int, end: int) -> Iterator[tuple[Record, bytes]]:
        """Read from `start` to before `end`, in order, strictly; a former row is compared column by column too."""
        for index, one, row in self._scan(start, end):
            if row is None:
                yield self.record_of(index, one), leaf_hash(one.leaf)
            else:
                yield read_former(row, self.erasures.of(index) if one.empty else None)

    def record_of(self, index: int, stored: StoredRecord) -> Record:
        """Return the record; an erased one where a later record of the log names it. Raise IntegrityError for any other that is not whole."""
        return stored.read(index, self.erasures.of(index) if stored.empty else None)

    def _whole(self, index: int) -> Record:
        """Return a record that was not erased, whatever is known of it: the record of an erasure is read by this."""
        for position, one in self.range(index, index + 1):
            return one.read(position)
        raise RECORD_LOST(index=index)

    def _scan(self, start: int, end: int) -> Iterator[tuple[int, StoredRecord, Any]]:
        """Yield (index, what is stored, the former row or None) from `start` to before `end`, in order."""
        at = start
        for first, count, body in self._batches(start, end):
            yield from self._between(at, min(first, end))
            for index, one in enumerate(unpack(count, body), first):
                if start <= index < end:
                    yield index, one, None
            at = max(at, first + count)
        yield from self._between(at, end)

    def _between(self, start: int, end: int) -> Iterator[tuple[int, StoredRecord, Any]]:
        """Yield what stands in rows of its own where no batch was found, and what was moved into a batch since that look.

        Two statements may see two states of the database (PostgreSQL, READ COMMITTED), and a portion that is moved between them was in
        neither: so what is still missing is looked for in the batches once more.
        """
        if start >= end:
            return
        found = {row.position: (StoredRecord(row.leaf, row.payload, row.salt), row) for row in FormerStore(self._tx).rows(start, end)}
        if len(found) < end - start:
            for first, count, body in self._batches(start, end):
                for index, one in enumerate(unpack(count, body), first):
                    if start <= index < end:
                        found.setdefault(index, (one, None))
        for index in sorted(found):
            yield index, *found[index]

    def _batch_of(self, index: int) -> tuple[int, int, Sequence[object]]:
        """Return the batch that holds the index, or the last before it: its first index, how many, and their parts.

        A page's records often share one, so the last read is kept.
        """
        first, count, _ = self._last_read
        if not first <= index < first + count:
            found = self._tx.connection.exec_driver_sql(self._sql.find, (index,)).first()
            self._last_read = (found[0], found[1], parts_of(found[1], found[2])) if found else (0, 0, ())
        return self._last_read

    def _batches(self, start: int, end: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield the batches that hold any record from `start` to before `end`, some at a time: their bodies may be a megabyte each."""
        begin = select(func.max(batches.c.first)).where(batches.c.first <= start)
        at = self._tx.scalar(begin)
        at = start if at is None else int(at)
        while at < end:
            query = select(batches).where(batches.c.first.between(at, end - 1)).order_by(batches.c.first).limit(_BATCHES_AT_ONCE)
            found: Sequence[Any] = self._tx.execute(query).all()
            for first, count, body in found:
                if first + count > start:
                    yield first, count, body
            if len(found) < _BATCHES_AT_ONCE:
                return
            at = found[-1][0] + 1
