"""Numbers that calls named and nobody registered, counted in memory until the hub's next round keeps them in the database.

A department that has not registered its officers yet is answered whatever number it names; its people officer sees how many such numbers
there are. Process-local, because each Query of such a department counts: what several processes counted meets in the table.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

MOST_HELD: Final = 200
"""Numbers of one department that are told apart between two rounds, each to be written in one transaction."""
OTHERS: Final = ""
"""Stands for all numbers beyond those that are told apart."""
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True)
class UnknownCount:
    """How many calls of a department named numbers that are nobody's, how many such numbers there are, and since when they are counted."""

    calls: int = 0
    numbers: int = 0
    since: datetime | None = None


class UnknownNumbers:
    """Calls by department and number; to be noted from any thread."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = threading.Lock()
        self._of: dict[str, dict[str, int]] = {}

    def note(self, department: str, number: str) -> None:
        """Count a call; the departments are those that the authority registered."""
        self._add(department, number[:_LONGEST], 1)

    def take(self) -> Mapping[str, Mapping[str, int]]:
        """Return what was counted since this was last called, and begin anew."""
        with self._lock:
            taken, self._of = self._of, {}
        return taken

    def give_back(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Count again what was taken and could not be kept."""
        for department, numbers in counts.items():
            for number, calls in numbers.items():
                self._add(department, number, calls)

    def _add(self, department: str, number: str, calls: int) -> None:
        with self._lock:
            counts = self._of.get(department)
            if counts is None:
                counts = self._of[department] = {}
            if number not in counts and len(counts) >= MOST_HELD:
                number = OTHERS
            counts[number] = counts.get(number, 0) + calls
