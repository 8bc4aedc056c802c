"""The time limits of one profile applied to cases: started with the rule in force, counted with the holiday tables of today."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar, cast

from timing.calendar import Calendar
from timing.time_limit import Deadline, Profile, deadline
from timing.timer import Timer

ANSWER_CONDITIONAL: Final = "answer-conditional"
ANSWER_UNCONDITIONAL: Final = "answer-unconditional"
VERIFY_OBJECTION: Final = "verify-objection"


class _Case(Protocol):
    """What a timer runs for."""

    @property
    def timer(self) -> Timer | None:
        """Return the timer; None where none runs."""


_C = TypeVar("_C", bound=_Case)


class Timers:
    """Starts and reads the timers of cases."""

    def __init__(self, profile: Profile, calendar: Calendar | None = None) -> None:
        """Take the profile of time limits; without a calendar the shipped one counts."""
        self._profile = profile
        self._calendar = calendar

    def start(self, limit_id: str, at: datetime) -> Timer | None:
        """Return the timer as it starts at `at`; None where the profile knows no such time limit."""
        limit = self._profile.limits.get(limit_id)
        if limit is None:
            return None
        return self.read(Timer(limit.id, limit.citation, limit.working_days, limit.verified, at, checked=limit.checked))

    def read(self, timer: Timer | None) -> Timer | None:
        """Return the timer with its due time counted anew; verified when the rule has been verified since, unchanged."""
        if timer is None:
            return None
        now = self._profile.limits.get(timer.id)
        # a rule that changed since is another rule: that it was verified says nothing about the old one
        same = now is not None and (now.working_days, now.citation) == (timer.working_days, timer.citation)
        sure = now if now is not None and same else timer
        end = self.deadline(timer)
        return replace(timer, verified=sure.verified, checked=sure.checked, due_time=end.due, provisional=end.provisional)

    def renew(self, case: _C) -> _C:
        """Return a case, a frozen dataclass, with its timer counted anew."""
        return cast("_C", replace(cast("Any", case), timer=self.read(case.timer)))

    def deadline(self, timer: Timer) -> Deadline:
        """Return when the timer runs out, by the days that were in force when it started."""
        return deadline(timer.working_days, timer.start_time, timer.pauses, calendar=self._calendar)
