"""How much waits for people, as monitors ask for it: counted at most every ten seconds, however often somebody asks."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.clock import Clock
from hub.db import Database
from work.pending import Pending
from work.store import WorkStore

COUNTED_EVERY: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class WorkCounts:
    """Pieces of work that are open, those of them whose time is over, and steps that wait for a second person."""

    open: int = 0
    overdue: int = 0
    proposals: int = 0


class WorkMetrics:
    """The counts of one hub. They come from the database, so every process says the same."""

    def __init__(self, db: Database, clock: Clock, pending: Pending) -> None:
        """Take the database, the clock and the proposals that wait; nothing is counted yet."""
        self._db, self._clock, self._pending = db, clock, pending
        self._lock = threading.Lock()
        self._counts = WorkCounts()
        self._counted: datetime | None = None

    def read(self) -> WorkCounts:
        """Return the counts, ten seconds old at most; of several who ask at once one counts."""
        with self._lock:
            at = self._clock.now()
            if self._counted is None or abs(at - self._counted) >= COUNTED_EVERY:
                with self._db.read() as tx:
                    opened, over = WorkStore(tx).counts(at)
                self._counts, self._counted = WorkCounts(opened, over, self._pending.count(at)), at
            return self._counts
