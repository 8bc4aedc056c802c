"""What runs on entries, and hears when one gives less or is withdrawn (Decree 809 art. 27)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from catalog.model import Entry
from hub.db import Tx
from hub.unit_of_work import Change


class RunningServices(Protocol):
    """What runs on entries: grants lie above this package. What it returns are records to write of what it did, in the same transaction."""

    def at_stake(self, tx: Tx, former: Entry, after: Entry, at: datetime) -> int:
        """Return how much runs that would lose something if `after` took the place of `former`: before it does, people are told."""

    def on_publish(self, tx: Tx, former: Entry, after: Entry, at: datetime) -> Iterable[Change]:
        """Take note that a version takes another one's place."""

    def on_withdraw(self, tx: Tx, entry: Entry, at: datetime) -> Iterable[Change]:
        """Take note that an entry is withdrawn."""


class NothingRuns:
    """Where there are no grants."""

    def at_stake(self, _tx: Tx, _former: Entry, _after: Entry, _at: datetime) -> int:
        """Return that nothing is at stake."""
        return 0

    def on_publish(self, _tx: Tx, _former: Entry, _after: Entry, _at: datetime) -> Iterable[Change]:
        """Do nothing."""
        return ()

    def on_withdraw(self, _tx: Tx, _entry: Entry, _at: datetime) -> Iterable[Change]:
        """Do nothing."""
        return ()
