"""Asks systems what they serve and keeps what they said, so that an entry can be compared with it also while its system is away."""

from datetime import timedelta
from typing import Final

from catalog.model import Entry
from catalog.serving import Describe, Description, EntryCheck, check_entry_served
from catalog.store import DescriptionStore
from hub.clock import Clock
from hub.db import Database, Tx

FRESH: Final = timedelta(minutes=1)
"""So long a description that is still the same is not written again."""


class Comparer:
    """Compares entries with what their systems serve."""

    def __init__(self, db: Database, clock: Clock, describe: Describe) -> None:
        """Take the database, the clock that dates descriptions, and the way to a system."""
        self._db, self._clock, self._describe = db, clock, describe

    def ask(self, department: str, system: str) -> Description | None:
        """Ask a department's system, where there is one, and keep its answer; return it, None where there is none.

        Outside of any transaction: a slow system must hold no lock.
        """
        served = self._describe(department, system) if system else None
        if served is None:
            return None
        now = self._clock.now()
        with self._db.read() as tx:
            known = DescriptionStore(tx).get(department, system)
        # Who submits hundreds of entries of one system writes its description once and not hundreds of times.
        if known is None or known.resources != served or not now - FRESH < known.at <= now:
            with self._db.begin() as tx:
                DescriptionStore(tx).put(Description(department, system, served, now))
        return Description(department, system, served, now)

    def compare(self, tx: Tx, entry: Entry) -> EntryCheck:
        """Return an entry compared with what its provider's system described last."""
        known = DescriptionStore(tx).get(entry.provider, entry.serving_system) if entry.serving_system else None
        return check_entry_served(entry, known)
