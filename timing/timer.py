"""The timer of one case: when it started, when it stood still, and what the counting of working days made of it."""

from dataclasses import dataclass, replace
from datetime import datetime

Pause = tuple[datetime, datetime | None]
"""From when to when a timer stands still, for instance while a request is incomplete (补正); None while it still does."""


@dataclass(frozen=True, slots=True)
class Timer:
    """办理时限 as it runs for one case.

    The days and their clause are those in force when it started: a rule does not change for a case that is under way.
    `due_time` is None while the timer stands still; it and `provisional` are counted anew from the holiday tables at every reading.
    """

    id: str
    citation: str
    working_days: int
    verified: bool
    start_time: datetime
    pauses: tuple[Pause, ...] = ()
    due_time: datetime | None = None
    provisional: bool = False
    checked: str = ""
    """With what the days were compared, short of the official text: with a copy of it, for example, and when."""
    extension_days: int = 0
    """Further working days that whoever may allow them has allowed."""
    days_left: int | None = None
    """Working days that remain after the day on which it was read; negative once they are over, None while nothing runs."""
    told_time: datetime | None = None
    """When the hub put on the log that it had run out, for a case whose state does not say so."""

    @property
    def stopped(self) -> bool:
        """Tell whether it stands still."""
        return bool(self.pauses) and self.pauses[-1][1] is None

    @property
    def days(self) -> int:
        """Return the working days that it has in all."""
        return self.working_days + self.extension_days

    def extend(self, days: int) -> "Timer":
        """Return the timer with so many working days more; its end is counted when it is read."""
        return replace(self, extension_days=self.extension_days + days)

    def stop(self, at: datetime) -> "Timer":
        """Return the timer as it stands from `at` on; one that stands already stays as it is."""
        return self if self.stopped else replace(self, pauses=(*self.pauses, (at, None)), due_time=None)

    def go_on(self, at: datetime) -> "Timer":
        """Return the timer as it runs again from `at` on; one that runs already stays as it is."""
        return replace(self, pauses=(*self.pauses[:-1], (self.pauses[-1][0], at))) if self.stopped else self
