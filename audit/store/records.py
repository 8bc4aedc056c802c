"""The one door to the records of the log: by index, by range, by what they say, the newest change of a thing. Nobody else knows of batches."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, NamedTuple

from sqlalchemy.exc import DBAPIError

from audit.batch import StoredRecord, cut, pack
from audit.commitment import Commitment
from audit.memory import LogMemory
from audit.model import Kind, Record
from audit.reasons.damage import INDEX_BEYOND_LOG, RECORD_DAMAGED
from audit.reasons.records import INDEX_BEHIND, RECORD_NOT_INDEXED, ROW_BEHIND_END, TREE_MISSING, TREE_OF_OTHER_SIZE
from audit.store.damage import INDEX_WRONG, Damage, DamageStore
from audit.store.former import FormerStore
from audit.store.reader import RecordReader
from audit.store.search import IndexStore, Place, RecordFilter, page_of, place_of, queries
from audit.store.tables import records
from hub.db import Tx
from hub.errors import IntegrityError, NotFoundError
from shuniu.proofs.tree import CompactRange, leaf_hash

MOST_TAIL: Final = 5_000
"""Records behind the index that a search reads itself; it takes half a second, and more of them are the indexer's to catch up with."""
MOST_HIDDEN: Final = 100
"""Records of which the index says nothing that a search reads itself; the hub writes none, so whatever their number, there is something wrong."""


class Found(NamedTuple):
    """What a search found: records with their leaf hashes, newest first; what is damaged; behind what the next page begins."""

    records: list[tuple[Record, bytes]]
    damaged: list[Damage]
    last: Place | None


class MovedError(Exception):
    """The log does not end where it was expected to: nothing was written."""


class RecordStore(RecordReader):
    """The records of the log, within one transaction."""

    def __init__(self, tx: Tx, memory: LogMemory | None = None) -> None:
        """Bind to a transaction; `memory` is what this process saw committed, for those who append."""
        super().__init__(tx)
        self._memory = memory
        self._tree: CompactRange | None = None
        self._expected: CompactRange | None = None

    def lock(self) -> int:
        """Return the index that the next record gets; until the transaction ends nobody else appends. A log that was put back is refused."""
        with self._cursor() as cursor:
            cursor.execute(self._sql.lock)
            state = cursor.fetchone()
        if state is None:
            raise TREE_MISSING()
        size, stored = state
        self._expected = None
        self._tree = CompactRange.from_bytes(stored)
        if self._tree.size != size:
            raise TREE_OF_OTHER_SIZE()
        if self._memory is not None:
            self._memory.check(self._tree)
        return self._tree.size

    def expect(self) -> int:
        """Return the index that the next record gets where nobody appended since this process last saw the log; `append` finds out, and locks."""
        if self._memory is None:
            return self.lock()
        self._tree = self._memory.newest()
        self._expected = self._tree.copy()
        return self._tree.size

    def append(self, added: Sequence[Commitment]) -> int:
        """Add records at the end and fold them into the tree; return the index of the first. The tree's row stays locked until commit.

        After `expect` MovedError is raised, with nothing written, where the log stands elsewhere: then `lock` tells where.
        """
        first = self.lock() if self._tree is None else self._tree.size
        grown, self._tree = self._tree, None
        if grown is None or not added:
            return first
        portions = []
        for part in cut(added):
            portions.append((grown.size, len(part), pack(part)))
            for one in part:
                grown.append(one.leaf_hash)
        with self._cursor() as cursor:
            self._grow(cursor, grown)
            for portion in portions:
                cursor.execute(self._sql.insert, portion)
        if self._memory is not None:
            self._tx.after_commit(partial(self._memory.remember, grown))
        return first

    def _grow(self, cursor: Any, grown: CompactRange) -> None:
        expected, self._expected = self._expected, None
        if expected is None:
            cursor.execute(self._sql.grow, (grown.size, grown.to_bytes()))
            return
        cursor.execute(self._sql.swap, (grown.size, grown.to_bytes(), expected.size, expected.to_bytes()))
        if cursor.rowcount != 1:
            raise MovedError

    def put_batch(self, first: int, moved: Sequence[StoredRecord]) -> None:
        """Put records that the tree holds already into a batch; for `audit.moving`, which takes their former rows away."""
        self._tx.connection.exec_driver_sql(self._sql.insert, (first, len(moved), pack(moved)))

    def search(self, wanted: RecordFilter, before: Place | None, count: int | None) -> Found:
        """Return a page of at most `count` records (all for None) that the filter matches, newest first, older than `before`.

        The index stands a little behind the log, so what is newer is read from the log itself. Former rows come first: one that is moved
        in between is found twice, and never missed.
        """
        limit = None if count is None else count + 1
        places = set(self._former_places(wanted, before, limit))
        indexed = IndexStore(self._tx).size()
        places.update(IndexStore(self._tx).search(wanted, before, limit))
        behind, damaged = self.behind_index(indexed)
        known = [one for one in DamageStore(self._tx).all() if one.unreadable]
        if wanted.is_narrow:
            unsaid, emptied = self.hidden(known)
            behind += unsaid
            damaged += emptied
        tail = {place_of(one): (one, hashed) for one, hashed in behind if wanted.matches(one)}
        places.update(place for place in tail if before is None or place < before)
        ordered = sorted(places, reverse=True)
        page = ordered[:count]
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
        return Found(found, list(dict.fromkeys(damaged)), page[-1] if len(ordered) > len(page) else None)

    def hidden(self, known: Iterable[Damage] = ()) -> tuple[list[tuple[Record, bytes]], list[Damage]]:
        """Return the records of which the index says nothing though no erasure explains it, and which of them are damaged, newest first.

        What they said is what somebody was looking for, or not: nobody knows of those that cannot be read. Of the `known` damage those count too
        of which neither the index says anything.
        """
        index, former = IndexStore(self._tx), FormerStore(self._tx)
        places = {*index.blank(MOST_HIDDEN), *former.empty(MOST_HIDDEN), *self.erasures.flaws()}
        for one in known:
            places.update(index.blank_between(one.first, one.last, MOST_HIDDEN))
        found: list[tuple[Record, bytes]] = []
        damaged: list[Damage] = []
        for place in sorted(places, reverse=True)[:MOST_HIDDEN]:
            try:
                found.append(self.get(place))
            except (IntegrityError, NotFoundError) as error:
                damaged.append(Damage(place, place, error.reason if isinstance(error, IntegrityError) else INDEX_WRONG))
        return found, damaged

    def newest_change(self, resource: str) -> Record | None:
        """Return the newest change of a thing, None where the log has none."""
        wanted = RecordFilter(resource=resource, kind=Kind.CHANGE.value)
        behind, damaged = self.behind_index(IndexStore(self._tx).size())
        unsaid, emptied = self.hidden()
        for one in (*damaged, *emptied):
            raise RECORD_DAMAGED(index=one.first)  # it may be the newest change
        recent = [one for one, _ in behind if wanted.matches(one)]
        if recent:
            return recent[-1]
        recent = [one for one, _ in unsaid if wanted.matches(one)]
        # Former rows first, as in a search: while they move, the newest may stand in either.
        candidates: list[int | None] = [index for _, index in self._former_places(wanted, None, None)]
        candidates.append(IndexStore(self._tx).newest(resource, Kind.CHANGE.value))
        candidates += [one.index for one in recent]
        newest = max((index for index in candidates if index is not None), default=None)
        return None if newest is None else self.get(newest)[0]

    def behind_index(self, start: int) -> tuple[list[tuple[Record, bytes]], list[Damage]]:
        """Return the records from `start` on, which no index covers yet, and which of them are damaged: a search may look for those."""
        end = self.end()
        if start > end:
            raise INDEX_BEYOND_LOG(covered=start, size=end)
        if end - start > MOST_TAIL:
            raise INDEX_BEHIND(retry_after=5.0, count=end - start)
        found: list[tuple[Record, bytes]] = []
        damaged: list[Damage] = []
        for index, one in self.range(start, end):
            try:
                found.append((self.record_of(index, one), leaf_hash(one.leaf)))
            except IntegrityError as error:
                damaged.append(Damage(index, index, error.reason))
        return found, damaged

    def _read_place(self, place: Place, wanted: RecordFilter) -> tuple[Record, bytes]:
        """Read a record that the index named; one of another time, or that the filter does not match, was put there by somebody else.

        The caller knows that it is not among the damaged: to ask for each took as long as to read it.
        """
        record, hashed = self._found(place[1])
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
            with self._tx.cursor() as cursor:
                yield cursor
        except driver.IntegrityError as error:
            raise ROW_BEHIND_END() from error
        except driver.Error as error:
            raise DBAPIError("append to the log", None, error) from error
