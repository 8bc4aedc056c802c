"""Refusals beyond what is written one by one: for each system, one record that sums them up.

It is written when the flood ends, at most once a minute for one system, and when the hub stops. What the log did not take is counted on and
written again. Process-local: the numbers of a record are exact for the process that wrote it. A process that is killed takes with it what it
counted since its last such record, a minute at most; the refusals that were written one by one are in the log.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Final

from audit.committer import GroupCommitter
from audit.fields import MAX_DETAIL
from audit.model import TOLD, Actor, Event, Kind, Receipt
from audit.pending import Pending
from hub.clock import Clock
from hub.errors import ShuniuError
from hub.reasons import REFUSALS_TOO_MANY

log = logging.getLogger(__name__)
SUM: Final = "audit.SumRefusals"
MINUTE: Final = 60.0
QUIET: Final = 5.0
"""Seconds without a refusal beyond the limit after which a flood has ended."""
LOOK: Final = 1.0
SETTLE_SECONDS: Final = 5.0
"""Seconds for a stop to write what was counted; what is left then stands in the server's log."""
COUNT, SINCE, UNTIL, REASONS, ACTIONS = "count", "since", "until", "reasons", "actions"
"""The details of the record: how many, when the first and the last, the most frequent reasons as the caller heard them, and calls."""


class Flood:
    """What of one system's refusals was not written one by one since its last record that sums them up."""

    __slots__ = ("_actor", "actions", "began", "count", "last", "reasons", "since", "until")

    def __init__(self, first: Event, at: float) -> None:
        """Begin with nothing; `at` is the moment of the loop's own time."""
        self._actor = Actor(first.actor.department, first.actor.system, "")
        self.since = self.until = first.at
        self.reasons: Counter[str] = Counter()
        self.actions: Counter[str] = Counter()
        self.count = 0
        self.began = self.last = at

    def add(self, refusal: Event, at: float) -> None:
        """Count a refusal. Its department sees the record, so the reason is the one that the caller heard."""
        self.count += 1
        self.since, self.until = min(self.since, refusal.at), max(self.until, refusal.at)
        self.reasons[refusal.detail.get(TOLD, refusal.status)] += 1
        self.actions[refusal.action] += 1
        self.last = at

    def join(self, other: "Flood") -> None:
        """Take in what another one counted, of the same system."""
        self.count += other.count
        self.since, self.until = min(self.since, other.since), max(self.until, other.until)
        self.reasons += other.reasons
        self.actions += other.actions
        self.began, self.last = min(self.began, other.began), max(self.last, other.last)

    def record(self, at: datetime) -> Event:
        """Return the record that sums it up."""
        detail = {
            COUNT: str(self.count),
            SINCE: self.since.isoformat(timespec="seconds"),
            UNTIL: self.until.isoformat(timespec="seconds"),
            REASONS: _most(self.reasons),
            ACTIONS: _most(self.actions),
        }
        # Of a known system one by one is the rule, and this the exception; of people whom nobody knows there is nothing but the sum.
        status = REFUSALS_TOO_MANY.name if self._actor.department else self.reasons.most_common(1)[0][0]
        return Event(kind=Kind.REFUSAL, at=at, action=SUM, actor=self._actor, status=status, detail=detail)

    def __str__(self) -> str:
        """Tell it in a line of the server's log."""
        return f"{self.count} refusals of departments/{self._actor.department}/systems/{self._actor.system} ({_most(self.reasons)})"


class Floods:
    """The floods of one hub, at most one for each system; for the event loop's thread."""

    def __init__(self, committer: GroupCommitter, clock: Clock, now: Callable[[], float] = monotonic) -> None:
        """Take the log's committer, and the clock that dates records."""
        self._committer, self._clock, self._now = committer, clock, now
        self._open: dict[tuple[str, str], Flood] = {}
        self._writing: dict[tuple[str, str], Flood] = {}
        self._written: dict[tuple[str, str], float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def note(self, refusal: Event) -> None:
        """Count a refusal that is not written down by itself."""
        system, at = (refusal.actor.department, refusal.actor.system), self._now()
        if system not in self._open:
            self._open[system] = Flood(refusal, at)
        self._open[system].add(refusal, at)
        self._plan()

    def look(self) -> None:
        """Write the records that are due."""
        now = self._now()
        self._written = {system: at for system, at in self._written.items() if now - at < MINUTE}
        for system, flood in list(self._open.items()):
            # What a system has counted since its last record waits for the end of the minute, so that it has one a minute at most.
            over = now - flood.last >= QUIET and system not in self._written
            if over or now - flood.began >= MINUTE:
                self._write(system)

    async def settle(self) -> None:
        """Write everything, and wait until the log has it, `SETTLE_SECONDS` at most; behind the doors and before the log's writer stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                while self._open or self._writing:
                    for system in list(self._open):
                        self._write(system)
                    await asyncio.sleep(0.02)
        if self._timer is not None:
            self._timer.cancel()
        for flood in (*self._open.values(), *self._writing.values()):
            log.error("not in the log, which took no record: %s", flood)

    def _write(self, system: tuple[str, str]) -> None:
        if system in self._writing:
            return
        flood = self._writing[system] = self._open.pop(system)
        try:
            self._committer.submit(flood.record(self._clock.now()), partial(self._settled, system))
        except ShuniuError:  # the log is busy, or stopping
            self._keep(system)

    def _settled(self, system: tuple[str, str], record: Pending) -> None:
        # Called once it is certain: a record whose commit lost its answer is not written twice.
        if isinstance(record.result, Receipt):
            del self._writing[system]
            self._written[system] = self._now()
        else:
            self._keep(system)

    def _keep(self, system: tuple[str, str]) -> None:
        flood = self._writing.pop(system)
        if (newer := self._open.get(system)) is not None:
            newer.join(flood)
        else:
            self._open[system] = flood
        self._plan()

    def _plan(self) -> None:
        if self._open and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOOK, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self.look()
        self._plan()


def _most(counts: Counter[str]) -> str:
    """Return the most frequent names with their numbers, as many as a detail holds."""
    text = ""
    for name, count in counts.most_common():
        longer = f"{text}, {name} {count}" if text else f"{name} {count}"
        if len(longer) > MAX_DETAIL:
            break
        text = longer
    return text
