"""What the data plane has seen of services for which questions wait: a set to look into at each answer, and nothing more.

Process-local: each process wakes by what it sees itself; what all of them see is what the probes found, which stands in the database.
"""

from collections.abc import Collection
from datetime import datetime


class Sightings:
    """When services of entries answered last."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self._waits: frozenset[str] = frozenset()
        self._seen: dict[str, datetime] = {}

    def note(self, entry: str, at: datetime) -> None:
        """Take note that a service answered a call that began at a moment; for nearly every call one look into an empty set."""
        if entry in self._waits:
            self._seen[entry] = at

    def follow(self, entries: Collection[str]) -> None:
        """Look out for these entries (resource names) from now on, and forget what was seen of others."""
        self._waits = frozenset(entries)
        self._seen = {entry: at for entry, at in self._seen.items() if entry in self._waits}

    def seen(self, entry: str) -> datetime | None:
        """Return when a service answered last since somebody waits for it, None where it did not."""
        return self._seen.get(entry)
