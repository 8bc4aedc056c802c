"""The one door to the records of the log: by index, by range, by what they say, the newest change of a thing. Nobody else knows of batches."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from audit import hot
from audit.batch import StoredRecord, cut, pack, unpack
from audit.commitment import Commitment
from audit.memory import LogMemory
from audit.model import Kind, Record
from audit.reasons.damage import INDEX_BEYOND_LOG, RECORD_DAMAGED
from audit.reasons.records import INDEX_BEHIND, NO_SUCH_RECORD, RECORD_LOST, RECORD_NOT_INDEXED, ROW_BEHIND_END, TREE_MISSING, TREE_OF_OTHER_SIZE
from audit.rows import read_former
from audit.store.damage import INDEX_WRONG, Damage, DamageStore
from audit.store.former import FormerStore
from audit.store.search import IndexStore, Place, RecordFilter, page_of, place_of, queries
from audit.store.tables import batches, records, tree
from audit.store.tree import log_size
from audit.tree import CompactRange, leaf_hash
from hub.db import Tx
from hub.errors import IntegrityError, NotFoundError

MOST_TAIL: Final = 5_000
"""Records behind the index that a search reads itself; it takes half a second, and more of them are the indexer's to catch up with."""
_BATCHES_AT_ONCE: Final = 64
_SQL: Final = {
    "sqlite": hot.AppendSql.of(batches.name, tree.name, "?"),
    "postgresql": hot.AppendSql.of(batches.name, tree.name, "%s", " FOR UPDATE"),
}


class Found(NamedTuple):
    """What a search found: records with their leaf hashes, newest first; what is damaged; behind what the next page begins."""

    records: list[tuple[Record, bytes]]
    damaged: list[Damage]
    last: Place | None


class RecordStore:
    """The records of the log, within one transaction."""

    def __init__(self, tx: Tx, memory: LogMemory | None = None) -> None:
        """Bind to a transaction; `memory` is what this process saw committed, for those who append."""
        self._tx = tx
        self._sql = _SQL[tx.dialect]
        self._memory = memory
        self._tree: CompactRange | None = None
        self._last_read: tuple[int, list[StoredRecord]] = (0, [])

    def lock(self) -> int:
        """Return the index that the next record gets; until the transaction ends nobody else appends. A log that was put back is refused."""
        with self._cursor() as cursor:
            cursor.execute(self._sql.lock)
            state = cursor.fetchone()
        if state is None:
            raise TREE_MISSING()
        size, stored = state
        self._tree = CompactRange.from_bytes(stored)
        if self._tree.size != size:
            raise TREE_OF_OTHER_SIZE()
        if self._memory is not None:
            self._memory.check(self._tree)
        return self._tree.size

    def append(self, added: Sequence[Commitment]) -> int:
        """Add records at the end and fold them into the tree; return the index of the first. The tree's row stays locked until commit."""
        first = self.lock() if self._tree is None else self._tree.size
        grown, self._tree = self._tree, None
        if grown is not None and added:
            with self._cursor() as cursor:
                for part in cut(added):
                    cursor.execute(self._sql.insert, (grown.size, len(part), pack(part)))
                    for one in part:
                        grown.append(one.leaf_hash)
                cursor.execute(self._sql.grow, (grown.size, grown.to_bytes()))
            if self._memory is not None:
                self._tx.after_commit(partial(self._memory.remember, grown))
        return first

    def put_batch(self, first: int, moved: Sequence[StoredRecord]) -> None:
        """Put records that the tree holds already into a batch; for `audit.moving`, which takes their former rows away."""
        self._tx.connection.exec_driver_sql(self._sql.insert, (first, len(moved), pack(moved)))

    def get(self, index: int) -> tuple[Record, bytes]:
        """Return a record and its leaf hash; raise NotFoundError where the log is shorter, IntegrityError where the record is damaged or lost."""
        known = DamageStore(self._tx).of(index)
        if known is not None and known.unreadable:
            raise RECORD_DAMAGED(index=index)
        return self._found(index)

    def _found(self, index: int) -> tuple[Record, bytes]:
        first, stored = self._batch_of(index)
        if first <= index < first + len(stored):
            one = stored[index - first]
            return one.read(index), leaf_hash(one.leaf)
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

    def search(self, wanted: RecordFilter, before: Place | None, count: int | None) -> Found:
        """Return a page of at most `count` records (all for None) that the filter matches, newest first, older than `before`.

        The index stands a little behind the log, so what is newer is read from the log itself. Former rows come first: one that is moved
        in between is found twice, and never missed.
        """
        limit = None if count is None else count + 1
        places = set(self._former_places(wanted, before, limit))
        indexed = IndexStore(self._tx).size()
        places.update(IndexStore(self._tx).search(wanted, before, limit))
        behind, damaged = self._tail(indexed)
        tail = {place_of(one): (one, hashed) for one, hashed in behind if wanted.matches(one)}
        places.update(place for place in tail if before is None or place < before)
        ordered = sorted(places, reverse=True)
        page = ordered[:count]
        known = [one for one in DamageStore(self._tx).all() if one.unreadable]
        found = []
        for place in page:
            if any(one.holds(place[1]) for one in known):
                damaged.append(Damage(place[1], place[1], RECORD_DAMAGED.name))
                continue
            try:
                found.append(tail.get(place) or self._read_place(place, wanted))
            except (IntegrityError, NotFoundError) as error:
                # What the index alone names, and the log does not have, somebody put there.
                reason = error.reason if isinstance(error, IntegrityError) else INDEX_WRONG
                damaged.append(Damage(place[1], place[1], reason))
        return Found(found, damaged, page[-1] if len(ordered) > len(page) else None)

    def newest_change(self, resource: str) -> Record | None:
        """Return the newest change of a thing, None where the log has none."""
        wanted = RecordFilter(resource=resource, kind=Kind.CHANGE.value)
        behind, damaged = self._tail(IndexStore(self._tx).size())
        for one in damaged:
            raise RECORD_DAMAGED(index=one.first)  # it may be the newest change
        recent = [one for one, _ in behind if wanted.matches(one)]
        if recent:
            return recent[-1]
        # Former rows first, as in a search: while they move, the newest may stand in either.
        candidates: list[int | None] = [index for _, index in self._former_places(wanted, None, None)]
        candidates.append(IndexStore(self._tx).newest(resource, Kind.CHANGE.value))
        newest = max((index for index in candidates if index is not None), default=None)
        return None if newest is None else self.get(newest)[0]

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
            yield read_former(row) if row is not None else (one.read(index), leaf_hash(one.leaf))

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

    def _batch_of(self, index: int) -> tuple[int, list[StoredRecord]]:
        """Return the batch that holds the index, or the last before it; a page's records often share one, so the last read is kept."""
        first, stored = self._last_read
        if not first <= index < first + len(stored):
            found = self._tx.connection.exec_driver_sql(self._sql.find, (index,)).first()
            self._last_read = (found[0], unpack(found[1], found[2])) if found else (0, [])
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

    def _tail(self, start: int) -> tuple[list[tuple[Record, bytes]], list[Damage]]:
        """Read what the index does not cover yet; of a record that is damaged nobody knows whether a search is looking for it."""
        end = self.end()
        if start > end:
            raise INDEX_BEYOND_LOG(covered=start, size=end)
        if end - start > MOST_TAIL:
            raise INDEX_BEHIND(retry_after=5.0, count=end - start)
        found: list[tuple[Record, bytes]] = []
        damaged: list[Damage] = []
        for index, one in self.range(start, end):
            try:
                found.append((one.read(index), leaf_hash(one.leaf)))
            except IntegrityError as error:
                damaged.append(Damage(index, index, error.reason))
        return found, damaged

    def _read_place(self, place: Place, wanted: RecordFilter) -> tuple[Record, bytes]:
        """Read a record that the index named; one of another time, or that the filter does not match, was put there by somebody else."""
        record, hashed = self.get(place[1])
        if place_of(record) != place or not wanted.matches(record):
            raise RECORD_NOT_INDEXED(index=place[1])
        return record, hashed

    def _former_places(self, wanted: RecordFilter, before: Place | None, count: int | None) -> list[Place]:
        found: set[Place] = set()
        for query in queries(records, wanted, self._tx.dialect):
            found.update((row.at, row.position) for row in self._tx.execute(page_of(query, records, before, count)))
        return list(found)

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        """Give the driver's cursor; its errors become those that SQLAlchemy would have raised."""
        driver = self._tx.connection.dialect.loaded_dbapi
        try:
            with hot.driver_cursor(self._tx.connection) as cursor:
                yield cursor
        except driver.IntegrityError as error:
            raise ROW_BEHIND_END() from error
        except driver.Error as error:
            raise DBAPIError("append to the log", None, error) from error
