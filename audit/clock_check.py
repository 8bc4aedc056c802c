"""Notices a machine's clock that goes back: what it says is compared with the largest time that is known, not with the newest record's.

Two records written under a wrong clock would make the newest record agree with it. The hub decides by time whether grants, certificates,
sessions and codes have ended, so a clock that went back makes some of them valid again. What happens (docs/guides/operations.md):

- more than `MOST_BEHIND` at a start: the hub does not start (`CLOCK_BEHIND`);
- less, or under a running hub: one ERROR line for each step back, one line when the clock has caught up, and `shuniu doctor` is red until then.
  The hub goes on: it cannot know whether the clock is wrong now or was wrong before, and its operator was told.
"""

import logging
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from audit.reasons.times import CLOCK_BEHIND
from audit.store import largest_time, log_size
from hub.clock import Clock
from hub.db import Database
from shuniu.zone import beijing_clock

log = logging.getLogger(__name__)
TOLERANCE: Final = timedelta(seconds=5)
"""A clock that is kept by NTP steps by less."""
MOST_BEHIND: Final = timedelta(minutes=10)
"""How far behind a hub still starts: no further than the shortest of the lives that it would prolong, that of a login link."""


class ClockStanding(Enum):
    """How a clock stands to the largest time that is known."""

    RIGHT = "right"
    BEHIND = "behind"
    FAR_BEHIND = "far behind"


def judge(now: datetime, known: datetime | None) -> ClockStanding:
    """Tell how a clock stands that says `now`, where the log or the hub itself has seen `known`; None where nothing was seen yet."""
    behind = known - now if known is not None else timedelta(0)
    if behind <= TOLERANCE:
        return ClockStanding.RIGHT
    return ClockStanding.BEHIND if behind <= MOST_BEHIND else ClockStanding.FAR_BEHIND


class ClockCheck:
    """The clock of one hub, from its start on; belongs to the thread that looks."""

    def __init__(self, db: Database, clock: Clock, checked_from: int = 0) -> None:
        """Take database and clock, and the index below which records were written under a clock that was ahead."""
        self._db, self._clock, self._checked_from = db, clock, checked_from
        self._known: datetime | None = None
        self._last: datetime | None = None
        self._behind = False

    def open(self) -> None:
        """Compare the clock with the log; raise ConfigError where it is too far behind to start."""
        with self._db.read() as tx:
            self._known, size = largest_time(tx, self._checked_from), log_size(tx)
        now = self._clock.now()
        if self._known is not None and judge(now, self._known) is ClockStanding.FAR_BEHIND:
            minutes = (self._known - now) // timedelta(minutes=1)
            raise CLOCK_BEHIND(now=beijing_clock(now), known=beijing_clock(self._known), minutes=minutes, size=size)
        self.look()

    def look(self) -> ClockStanding:
        """Compare the clock with the largest time known so far; a step back is told once, and so is that it was made up for."""
        now = self._clock.now()
        standing = judge(now, self._known)
        stepped = self._last is not None and judge(now, self._last) is not ClockStanding.RIGHT
        if standing is ClockStanding.RIGHT:
            if self._behind:
                log.warning("the clock has caught up: %s Beijing time", beijing_clock(now))
            self._known = max(self._known or now, now)
        elif stepped or not self._behind:
            log.error(
                "CLOCK_BEHIND: the clock went back to %s (Beijing time), %s was known: grants, certificates and sessions that ended "
                "since count as valid again. Set it right: timedatectl set-ntp true",
                beijing_clock(now),
                beijing_clock(self._known or now),
            )
        self._last, self._behind = now, standing is not ClockStanding.RIGHT
        return standing
