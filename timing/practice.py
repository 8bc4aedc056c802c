"""Time that passes when somebody says so: the clock of a hub for practice is moved on, and what falls due by it is done at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.access import Caller
from hub.clock import Clock
from hub.db import Database
from hub.practice import MOST, PracticeClock
from hub.reasons import NOT_PRACTISING
from hub.unit_of_work import Change, Journal

MOVE: Final = "practice.MoveClock"
"""The action of the record that says why the times of the log jump."""


@dataclass(frozen=True, slots=True)
class ClockStand:
    """How the clock of a practice hub stands."""

    time: datetime
    moved_hours: int
    hours_left: int


class PracticeActions:
    """What members of a hub for practice may do with its time; at a real hub, nothing."""

    def __init__(self, db: Database, journal: Journal, clock: Clock, sweep: Callable[[datetime], object]) -> None:
        """Take the clock, and what the hub does once a minute."""
        self._db, self._journal, self._clock, self._sweep = db, journal, clock, sweep

    def move(self, caller: Caller, hours: int) -> ClockStand:
        """Move the clock on, put that on the log, and do what falls due; where no hours are given, tell how it stands."""
        if not isinstance(self._clock, PracticeClock):
            raise NOT_PRACTISING()
        clock = self._clock
        if hours:
            clock.move(hours)
            with self._db.begin() as tx:
                self._journal.write(tx, Change(at=clock.now(), action=MOVE, actor=caller, detail={"hours": str(hours)}))
            self._sweep(clock.now())
        return ClockStand(clock.now(), clock.hours, MOST - clock.hours)
