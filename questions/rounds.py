"""The rounds by which questions are woken and ended: whose service was seen again is told of it, so many at a time.

A service is seen by a probe, by an answer to anybody's call, or by a data file that came into force. While questions wait for it, it is probed
once a minute. In a thread of its own, beside the watch, by whose rounds a revocation counts: what comes due for thousands holds up nobody.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from catalog.store import HealthStore
from hub.clock import Clock
from hub.db import Database, Tx
from hub.errors import ShuniuError
from questions.actions import QuestionActions
from questions.sightings import Sightings
from questions.store import QuestionStore

log = logging.getLogger(__name__)
LOOK: Final = 2.0
"""Seconds between two rounds."""
AT_ONCE: Final = 32
"""Questions for one entry that a round wakes: those who ask again come to a provider that has just come back."""
PROBED_WITHIN: Final = timedelta(minutes=1)
Filed = Callable[[Tx, str], datetime | None]
"""Tells when the data file of an entry (its resource name) came into force."""


class WakeRounds:
    """The rounds of one hub's process; of several processes each question is woken by one."""

    def __init__(self, db: Database, clock: Clock, questions: QuestionActions, filed: Filed) -> None:
        """Take the database, the clock, the questions, and what tells of data files."""
        self._db, self._clock, self._questions, self._filed = db, clock, questions, filed
        self.sightings = Sightings()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="waiting questions", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, behind the question under way."""
        self._stopping.set()
        self._thread.join(timeout=10)

    def go(self, at: datetime) -> int:
        """End what has had its time, wake what may be woken, and return how many questions were woken."""
        self._questions.sweep(at)
        with self._db.read() as tx:
            entries = QuestionStore(tx).waiting_entries()
        self.sightings.follow(entries)
        return sum(self._wake(entry, at) for entry in entries if not self._stopping.is_set())

    def _wake(self, entry: str, at: datetime) -> int:
        with self._db.read() as tx:
            health = HealthStore(tx).get(entry.removeprefix("entries/"))
            moments = (self.sightings.seen(entry), health.seen_time if health else None, self._filed(tx, entry))
        seen = max((one for one in moments if one is not None), default=None)
        woken = 0 if seen is None else self._questions.wake(entry, seen, at, AT_ONCE)
        latest = at + PROBED_WITHIN
        if health is not None and health.next_probe_time is not None and health.next_probe_time > latest:
            with self._db.begin() as tx:
                HealthStore(tx).hasten(health.entry_id, latest)
        return woken

    def _run(self) -> None:
        while not self._stopping.wait(LOOK):
            try:
                self.go(self._clock.now())
            except ShuniuError as error:
                log.warning("a round of waiting questions was missed: %s", error.message)
            except Exception:
                log.exception("a round of waiting questions failed")
