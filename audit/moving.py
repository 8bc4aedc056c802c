"""Moves what the release before wrote, a row a record, into batches: in place, while the hub serves, and from where it stopped after a kill.

A portion is one transaction: a batch and its index rows come, the former rows go. Nothing is judged here: leaf, payload and salt are carried
over byte for byte, so a record that was touched before is still found to be touched, and one that was missing is still missing.
"""

import logging
import threading
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from audit.batch import StoredRecord, cut
from audit.rows import index_row_of
from audit.store import FormerStore, IndexStore, RecordStore
from hub.db import Database
from hub.errors import ShuniuError

log = logging.getLogger(__name__)
PORTION: Final = 1_024
PAUSE: Final = 0.05
"""Seconds between two portions under a serving hub: the log's own commits get SQLite's one writer in between."""


class Mover:
    """Moves former rows until none is left. A hub of this release has none and the thread ends at once."""

    def __init__(self, db: Database) -> None:
        """Take the database."""
        self._db = db
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-mover", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End after the portion under way; the next start goes on."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def move_all(self) -> int:
        """Move everything at once, for a hub that does not serve; return how many records that were."""
        moved = 0
        while count := self.move_portion():
            moved += count
        return moved

    def move_portion(self) -> int:
        """Move the oldest rows that are left; return how many."""
        with self._db.begin() as tx:
            former = FormerStore(tx)
            bounds = former.bounds()
            if bounds is None:
                return 0
            found = list(former.hold(bounds[0], bounds[0] + PORTION))
            for run in _runs(found):
                first = run[0][0]
                for part in cut([one for _, one in run]):
                    RecordStore(tx).put_batch(first, part)
                    first += len(part)
            IndexStore(tx).insert([index_row_of(index, one) for index, one in found])
            former.remove(found[0][0], found[-1][0] + 1)
        return len(found)

    def _run(self) -> None:
        moved = 0
        while not self._stopping.wait(PAUSE):
            try:
                count = self.move_portion()
            except ShuniuError as error:
                log.warning("former records wait to be moved: %s", error.message)
                self._stopping.wait(1)
                continue
            except Exception:
                log.exception("former records could not be moved; the next start tries again")
                return
            moved += count
            if not count:
                if moved:
                    log.info("%d former records were moved into batches", moved)
                return


def _runs(found: list[tuple[int, StoredRecord]]) -> Iterator[list[tuple[int, StoredRecord]]]:
    """Yield the records in runs without a gap: a batch has no holes."""
    for _, run in groupby(enumerate(found), key=lambda one: one[1][0] - one[0]):
        yield [one for _, one in run]
