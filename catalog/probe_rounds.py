"""The rounds of probes: one thread looks for what is due, a few ask, each one system at a time.

Beside the watch, by whose rounds a revocation counts: a department that answers slowly holds up nobody but the probes behind it.
"""

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from catalog.model import Entry
from catalog.probes import Probes
from catalog.probing import Sound
from hub.clock import Clock
from hub.errors import ShuniuError

log = logging.getLogger(__name__)
LOOK: Final = 5.0
"""Seconds between two looks for what is due."""
THREADS: Final = 4
"""Systems that are probed at a time."""


class ProbeRounds:
    """The probes of one hub's process."""

    def __init__(self, probes: Probes, sound: Sound, clock: Clock) -> None:
        """Take the probes, the way to a service, and the clock."""
        self._probes, self._sound, self._clock = probes, sound, clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="probes", daemon=True)

    def start(self) -> None:
        """Begin, unless nothing is to be probed."""
        if self._probes.period:
            self._thread.start()

    def stop(self) -> None:
        """End, behind the questions under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=15)

    def go(self, at: datetime) -> int:
        """Probe what is due, and return how many entries that were."""
        due = self._probes.claim(at)
        with ThreadPoolExecutor(THREADS, "probe") as threads:
            for under_way in [threads.submit(self._probe, entries) for entries in due.values()]:
                under_way.result()
        return sum(map(len, due.values()))

    def _probe(self, entries: Sequence[Entry]) -> None:
        if self._stopping.is_set():
            return
        try:
            self._probes.probe(entries, self._sound)
        except ShuniuError as error:
            log.warning("a probe was missed: %s", error.message)
        except Exception:
            log.exception("a probe failed")

    def _run(self) -> None:
        while not self._stopping.wait(LOOK):
            try:
                self.go(self._clock.now())
            except ShuniuError as error:
                log.warning("a round of probes was missed: %s", error.message)
            except Exception:
                log.exception("a round of probes failed")
