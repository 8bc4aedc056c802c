"""What this process last saw committed: a log that is shorter or other than that was put back, and takes nothing more.

It is process-local on purpose: it is what this process has promised its callers, whatever a database, a replica or a backup says since.
"""

import copy
import logging
import threading
from collections.abc import Callable

from audit.reasons.records import LOG_PUT_BACK, LOG_REPLACED
from hub.errors import ShuniuError
from shuniu.proofs.tree import CompactRange

log = logging.getLogger(__name__)


class LogMemory:
    """The longest log that this process saw committed. Used by the writer's thread and by those of the control plane."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._lock = threading.Lock()
        self._size = 0
        self._hashes: list[bytes] = []
        self._broken: ShuniuError | None = None
        self._listeners: list[Callable[[], object]] = []

    @property
    def size(self) -> int:
        """Return how many records this process saw committed."""
        return self._size

    @property
    def broken(self) -> ShuniuError | None:
        """Return why the log takes nothing more, None while it does."""
        return self._broken

    def condemn(self, error: ShuniuError) -> None:
        """Let the log take nothing more, until this process ends: the first reason stays."""
        with self._lock:
            news, self._broken = self._broken is None, self._broken or error
            listeners = list(self._listeners)
        if news:
            log.critical("the log takes no record any more, and nothing is released: %s: %s", error.reason, error.message)
            for act in listeners:
                act()

    def on_condemn(self, act: Callable[[], object]) -> None:
        """Call this, in whatever thread it happens, once the log takes nothing more; at once where it does so already."""
        with self._lock:
            self._listeners.append(act)
            broken = self._broken
        if broken is not None:
            act()

    def check(self, found: CompactRange) -> None:
        """Compare what a transaction finds and holds locked; raise IntegrityError where what was committed before is not in it any more.

        A longer log may be another process's work, or that of a commit whose answer was lost; the publisher compares it in full.
        """
        with self._lock:
            size, hashes = self._size, self._hashes
        if found.size < size:
            self.condemn(LOG_PUT_BACK(committed=size, size=found.size))
        elif found.size == size and found.hashes != hashes:
            self.condemn(LOG_REPLACED(size=size))
        if self._broken is not None:
            raise copy.copy(self._broken)

    def newest(self) -> CompactRange:
        """Return a copy of the longest log that this process saw committed; raise what condemned it where it takes nothing more."""
        with self._lock:
            size, hashes, broken = self._size, self._hashes, self._broken
        if broken is not None:
            raise copy.copy(broken)
        return CompactRange(size, list(hashes))

    def remember(self, committed: CompactRange) -> None:
        """Take note of a log that is durable now. Commits may be told out of order; the longest counts."""
        with self._lock:
            if committed.size > self._size:
                self._size, self._hashes = committed.size, list(committed.hashes)
