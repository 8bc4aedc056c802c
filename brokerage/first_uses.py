"""Which grants had a first answer released, noted where the data moves and written down by the hub's sweep: no SQL stands in a call's way."""

import threading
from datetime import datetime

from brokerage.model import Grant


class FirstUses:
    """First uses that are not written down yet, by the id of the grant.

    In memory: what a process that dies had not written, the next use notes again.
    """

    def __init__(self) -> None:
        """Begin with none."""
        # at most one for each grant whose delivery is awaited, and until the next sweep
        self._noted: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def note(self, grant: Grant, at: datetime) -> None:
        """Note that an answer is released under a grant; of a grant that was used before, or whose delivery is not timed, nothing is kept."""
        if grant.timer is None or grant.first_use_time is not None:
            return
        with self._lock:
            self._noted.setdefault(grant.id, at)

    def take(self) -> dict[str, datetime]:
        """Return what was noted, and begin anew."""
        with self._lock:
            noted, self._noted = self._noted, {}
        return noted

    def give_back(self, noted: dict[str, datetime]) -> None:
        """Keep again what could not be written down."""
        with self._lock:
            self._noted = {**self._noted, **noted}
