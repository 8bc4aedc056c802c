"""Writes the index behind the answer: in a thread of low weight, in sorted portions, out of what the log's writer just committed or the batches.

Contract: when a portion's transaction is durable, every record below its end stands in the index. Portions follow each other without a gap,
whoever writes them: the mark moves from `start` or the portion is dropped. A kill between a commit and its portion costs nothing but time.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from audit.commitment import Commitment
from audit.reasons.damage import INDEX_BEYOND_LOG
from audit.rows import index_row, index_row_of
from audit.store import IndexStore, RecordStore, log_size
from hub.db import Database
from hub.errors import ShuniuError

log = logging.getLogger(__name__)
PORTION: Final = 1_024
"""Records of one transaction under a serving hub. SQLite has one writer, so the log's own commit waits for it: about 12 ms."""
LARGE_PORTION: Final = 8_192
PAUSE: Final = 1.0
"""Seconds between two looks while little comes. A search reads what is not indexed yet from the log itself, so nobody waits for this."""
MOST_OFFERED: Final = 20_000


class Indexer:
    """The index's writer. `offer` is called by the log's writer; what it was not offered it reads from the batches."""

    def __init__(self, db: Database) -> None:
        """Take the database; `start` begins the work."""
        self._db = db
        self._offered: deque[tuple[int, Sequence[Commitment]]] = deque()
        self._waiting = 0
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-index", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own. A `shuniu audit reindex` that was killed may have left the table without its orders."""
        with self._db.begin() as tx:
            IndexStore(tx).make_orders()
        self._thread.start()

    def stop(self) -> None:
        """Index what is left and end the thread."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def offer(self, first: int, committed: Sequence[Commitment]) -> None:
        """Take records that are durable now, `first` being the index of the first. Beyond a bound they are dropped and read again later."""
        with self._lock:
            if self._waiting < MOST_OFFERED:
                self._waiting += len(committed)
                self._offered.append((first, committed))
        if self._waiting >= PORTION:
            self._wake.set()

    def catch_up(self, portion: int = LARGE_PORTION, report: Callable[[int, int], object] = lambda _done, _size: None) -> int:
        """Index everything that the log holds now; return how many records that were. `report` hears of each portion: (below, size)."""
        done = 0
        while not self._stopping.is_set():
            count, covered, size = self._write_large(portion)
            if not count:
                break
            done += count
            report(covered, size)
        return done

    def _write_large(self, most: int) -> tuple[int, int, int]:
        """Index the next records in place of whatever stands there; return how many, up to where that is, and how long the log is.

        All of it in the write transaction: beside a running hub, whose own small portions would else always be done before this one.
        """
        with self._db.begin() as tx:
            store = IndexStore(tx)
            start, size = store.lock(), log_size(tx)
            end = min(size, start + most)
            if start >= end:
                return 0, start, size
            rows = [index_row_of(index, one) for index, one in RecordStore(tx).range(start, end)]
            store.remove_range(start, end)
            store.insert(rows)
            store.advance(start, end)
        return end - start, end, size

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(PAUSE)
            self._wake.clear()
            try:
                while self._write_portion(PORTION)[0] >= PORTION and not self._stopping.wait(0.01):  # the log's writer goes first
                    pass
            except ShuniuError as error:
                log.warning("the log's index waits: %s", error.message)
                self._stopping.wait(1)
            except Exception:
                log.exception("the log's index could not be written")
                self._stopping.wait(1)

    def _write_portion(self, most: int) -> tuple[int, int]:
        """Index the next records; return how many, and up to where the index covers the log now."""
        with self._db.read() as tx:
            start, end = IndexStore(tx).size(), log_size(tx)
            if start > end:
                raise INDEX_BEYOND_LOG(covered=start, size=end)
            rows = self._offered_rows(start, most)
            if not rows:
                rows = [index_row_of(index, one) for index, one in RecordStore(tx).range(start, min(end, start + most))]
        if not rows:
            return 0, start
        upto = rows[-1][0] + 1
        with self._db.begin() as tx:
            store = IndexStore(tx)
            if not store.advance(start, upto):
                return 1, start  # another process indexed the same records: look again
            store.remove_range(start, upto)  # what an index made before left here, or somebody else put
            store.insert(rows)
        return len(rows), upto

    def _offered_rows(self, start: int, most: int) -> list[tuple[Any, ...]]:
        """Return the rows of what was offered from `start` on without a gap; what lies before it was indexed already."""
        rows: list[tuple[Any, ...]] = []
        while len(rows) < most:
            with self._lock:
                if not self._offered or self._offered[0][0] > start + len(rows):
                    break
                first, committed = self._offered.popleft()
                self._waiting -= len(committed)
            rows += [index_row(index, one.event, one.pseudonym) for index, one in enumerate(committed, first) if index >= start]
        return rows
