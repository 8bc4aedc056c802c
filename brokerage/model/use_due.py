"""A record of use that a consumer owes: up to which day, and within which time (Decree 809 art. 29). Pure: time comes in as `at`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from hub.clock import day_in_china
from timing.keeping import kept, timer_from
from timing.timer import Timer

YEAR: Final = timedelta(days=365)
"""How much use goes by until the next record is owed. The decree names no time between two records; a year is this hub's practice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseDue:
    """What a consumer owes: the use up to a day, once more for good where the grant has ended, and the timer by which it is to be recorded."""

    owed_to: date
    is_last: bool
    timer: Timer
    due_time: datetime | None
    """The end of the timer, counted when it started; it does not move."""

    @classmethod
    def owe(cls, owed_at: datetime, timer: Timer, *, is_last: bool) -> "UseDue":
        """Return what is owed from a moment on, by a timer that starts now."""
        # what a timer is counted to when it is read stays out of what is kept of it
        bare = replace(timer, due_time=None, provisional=False, days_left=None)
        return cls(owed_to=day_in_china(owed_at), is_last=is_last, timer=bare, due_time=timer.due_time)

    @property
    def clock(self) -> Timer:
        """Return the timer with its end, as it is shown and as work is posted of it."""
        return replace(self.timer, due_time=self.due_time)

    def is_settled_by(self, end: date) -> bool:
        """Tell whether a record up to that day says what is owed."""
        return end >= self.owed_to

    def is_late(self, at: datetime) -> bool:
        """Tell whether the time is over and the hub has not told so yet."""
        return self.due_time is not None and at > self.due_time and self.timer.told_time is None

    def tell(self, at: datetime) -> "UseDue":
        """Return it as told of at a moment."""
        return replace(self, timer=replace(self.timer, told_time=at))

    def plain(self) -> dict[str, Any]:
        """Return it as plain values."""
        due = {"due_time": self.due_time.isoformat()} if self.due_time else {}
        return {"owed_to": self.owed_to.isoformat(), "is_last": self.is_last, "timer": kept(self.timer), **due}


def use_due_from(stored: Mapping[str, Any]) -> UseDue:
    """Return what was kept."""
    timer = timer_from(stored["timer"])
    if timer is None:
        raise KeyError("timer")
    due = datetime.fromisoformat(stored["due_time"]) if "due_time" in stored else None
    return UseDue(owed_to=date.fromisoformat(stored["owed_to"]), is_last=stored["is_last"], timer=timer, due_time=due)


def first_owed(begin: datetime, end: datetime) -> datetime:
    """Return when the first record of a grant's use is owed: a year after it begins, or when it ends."""
    return min(begin + YEAR, end)
