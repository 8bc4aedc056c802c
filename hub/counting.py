"""What is counted instead of written down: the refusals of strangers, at most one line a minute per reason in the server's own log.

A stranger costs a hub next to nothing, so a line for each refusal would let anybody fill the disk, and no line at all would hide who guesses
tokens or tries the doors. A line has the reason's name and a count, and nothing of any request. Process-local: each process counts its own.
"""

import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final

log = logging.getLogger(__name__)
MINUTE: Final = 60.0
MOST_REASONS: Final = 64
"""Reasons that are told apart, more than strangers can meet; whatever comes beyond them is counted together."""
MOST_PAIRS: Final = 1_024
"""Pairs of labels that are told apart, more than there are actions with their outcomes."""
OTHER: Final = "OTHER"
LOOK: Final = 1.0
"""Seconds between two looks whether a minute is over, so that the last refusals of a flood are told without a further one."""
_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


class Counted:
    """Refusals by their reason; to be noted from any thread."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        """Begin with nothing; without `start` the end of a flood is told with the next refusal, or by `stop`."""
        self._now = now
        self._lock = threading.Lock()
        self._since = 0.0
        self._counts: Counter[str] = Counter()
        self._totals: Counter[str] = Counter()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, reason: str) -> None:
        """Count a refusal under the name of its reason. What has not the form of such a name is counted as `OTHER` and never shown."""
        with self._lock:
            name = reason if _NAME.fullmatch(reason) and (reason in self._totals or len(self._totals) < MOST_REASONS) else OTHER
            lines = self._due()
            if not self._counts:
                self._since = self._now()
            self._counts[name] += 1
            self._totals[name] += 1
        _write(lines)

    def look(self) -> None:
        """Write the lines of a minute that is over."""
        with self._lock:
            lines = self._due()
        _write(lines)

    def flush(self) -> None:
        """Write what was counted, whether or not the minute is over: for the end of a process."""
        with self._lock:
            lines = self._take()
        _write(lines)

    @property
    def totals(self) -> Mapping[str, int]:
        """Return how often each reason was noted since the process began."""
        with self._lock:
            return dict(self._totals)

    def start(self) -> None:
        """Look once a second whether a minute is over."""
        self._thread = threading.Thread(target=self._run, name="counting", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking, and write what is left."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        self.flush()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK):
            self.look()

    def _due(self) -> Counter[str]:
        return self._take() if self._counts and self._now() - self._since >= MINUTE else Counter()

    def _take(self) -> Counter[str]:
        counts, self._counts = self._counts, Counter()
        return counts


class Counts:
    """How often something happened since the process began, by a pair of labels; to be noted from any thread."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = threading.Lock()
        self._of: Counter[tuple[str, str]] = Counter()

    def note(self, first: str, second: str) -> None:
        """Count once. The labels are names out of our own source; if they were not, what is beyond the first 1,024 pairs is counted as `OTHER`."""
        with self._lock:
            pair = (first, second)
            self._of[pair if pair in self._of or len(self._of) < MOST_PAIRS else (OTHER, OTHER)] += 1

    @property
    def totals(self) -> Mapping[tuple[str, str], int]:
        """Return how often each pair was noted."""
        with self._lock:
            return dict(self._of)


def _write(counts: Counter[str]) -> None:
    # Not under the lock: whoever handles a line may note something itself.
    for reason, count in counts.most_common():
        log.warning("%d refusal%s in the last minute: %s", count, "" if count == 1 else "s", reason)
