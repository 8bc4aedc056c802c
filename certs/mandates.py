"""Mandates in memory: what each system may do alone, asked at every step that otherwise needs a second person."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from certs.model import Mandate

TOPIC: Final = "mandates"


class Mandates:
    """The mandates of one hub by system. Reading takes no lock; changes come through `reload`, whose key is a USCC.

    What cannot be read after a change is not known to hold: the department's systems act alone in nothing until it is.
    """

    def __init__(self, load_one: Callable[[str], Iterable[Mandate]], load_all: Callable[[], Iterable[Mandate]]) -> None:
        """Take the two loaders (those of one department; all); loads everything at once."""
        self._load_one, self._load_all = load_one, load_all
        self._lock = threading.Lock()
        self._of: dict[str, tuple[Mandate, ...]] = {}
        self.load_all()

    def covering(self, department: str, system: str, step: str, at: datetime) -> str:
        """Return the name of the mandate under which a system takes a step alone at a moment, empty where there is none."""
        found = (one for one in self._of.get(department, ()) if one.system == system and one.covers(step, at))
        return next((one.name for one in found), "")

    def reload(self, topic: str, key: str) -> None:
        """Follow a change of a department's mandates."""
        if topic != TOPIC:
            return
        with self._lock:
            try:
                # The old ones stand while the new are read: readers take no lock, and a mandate that stays is never missing for a moment.
                found = tuple(self._load_one(key))
            except BaseException:  # whatever it was: what ended may be among them
                self._of.pop(key, None)
                raise
            self._of[key] = found

    def load_all(self) -> None:
        """Load all mandates anew."""
        with self._lock:
            by_department: dict[str, list[Mandate]] = {}
            for one in self._load_all():
                by_department.setdefault(one.department, []).append(one)
            self._of = {department: tuple(every) for department, every in by_department.items()}
