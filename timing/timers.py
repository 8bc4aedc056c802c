"""The time limits of one profile applied to cases: started with the rule in force, counted with the holiday tables of today."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar, cast

from hub.clock import day_in_china
from timing.calendar import Calendar
from timing.time_limit import Deadline, Profile, deadline
from timing.timer import Timer

ANSWER_CONDITIONAL: Final = "answer-conditional"
ANSWER_UNCONDITIONAL: Final = "answer-unconditional"
VERIFY_OBJECTION: Final = "verify-objection"
REVIEW_ENTRY: Final = "directory-review"
UPDATE_DIRECTORY: Final = "directory-update"
DELIVERY: Final = "delivery"
CONSULT_DISPUTE: Final = "consult-dispute"
COORDINATE_DISPUTE: Final = "coordinate-dispute"
ANSWER_COMPLAINT: Final = "answer-complaint"
RECORD_USE: Final = "record-use"
RECORD_USE_AT_END: Final = "record-use-at-end"
AUTHORITY: Final = "authority"
"""Who allows an extension, as the file of clocks calls it."""


_MOST_ENDS: Final = 10_000
"""Ends of time limits that are remembered, some 200 bytes each."""


class _Case(Protocol):
    """What a timer runs for."""

    @property
    def timer(self) -> Timer | None:
        """Return the timer; None where there is none."""

    @property
    def awaits_step(self) -> bool:
        """Tell whether the step that the timer is for is still awaited, and not the other side's."""


_C = TypeVar("_C", bound=_Case)


class Timers:
    """Starts and reads the timers of cases."""

    def __init__(self, profile: Profile, calendar: Calendar | None = None) -> None:
        """Take the profile of time limits; without a calendar the shipped one counts."""
        self._profile = profile
        self._calendar = calendar
        self._ends: dict[tuple[object, ...], datetime | None] = {}

    def start(self, limit_id: str, at: datetime) -> Timer | None:
        """Return the timer as it starts at `at`; None where the profile knows no such time limit."""
        limit = self._profile.limits.get(limit_id)
        if limit is None:
            return None
        return self._read(Timer(limit.id, limit.citation, limit.working_days, limit.verified, at, checked=limit.checked))

    def renew(self, case: _C, at: datetime) -> _C:
        """Return a case, a frozen dataclass, with its timer as it is to be shown at a moment: counted anew, with the days that are left."""
        if case.timer is None:
            return case
        left = self.deadline(case.timer).days_left(at, self._calendar) if case.awaits_step else None
        return cast("_C", replace(cast("Any", case), timer=replace(self._read(case.timer), days_left=left)))

    def deadline(self, timer: Timer) -> Deadline:
        """Return when the timer runs out, by the days that were in force when it started and those allowed since."""
        return deadline(timer.days, timer.start_time, timer.pauses, calendar=self._calendar)

    def is_over(self, case: _C, at: datetime) -> bool:
        """Tell whether the timer of a case has run out; where none runs it has not."""
        return case.timer is not None and self.deadline(case.timer).is_overdue(at)

    def end_of(self, working_days: int, at: datetime) -> datetime:
        """Return the end of a term of so many working days that somebody sets at a moment; no rule of the profile stands behind it."""
        return deadline(working_days, at, calendar=self._calendar).due or at  # one that nothing stops has an end

    def has_ended(self, timer: Timer, at: datetime) -> bool:
        """Tell whether a timer has run out. Many cases start on one day: what was counted for one is remembered for the others."""
        if timer.days == 0:  # due at the moment itself
            return self.deadline(timer).is_overdue(at)
        key = (timer.days, day_in_china(timer.start_time), timer.pauses)
        if key not in self._ends:
            if len(self._ends) >= _MOST_ENDS:
                self._ends.clear()
            self._ends[key] = self.deadline(timer).due
        due = self._ends[key]
        return due is not None and at > due

    def extension_days(self, timer: Timer | None) -> int:
        """Return how many further working days the authority may allow by the rule in force; 0 where it knows of none."""
        limit = self._profile.limits.get(timer.id) if timer else None
        return limit.extension_days if limit and limit.extension_by == AUTHORITY else 0

    def _read(self, timer: Timer) -> Timer:
        """Return the timer with its due time counted anew; verified when the rule has been verified since, unchanged."""
        now = self._profile.limits.get(timer.id)
        # a rule that changed since is another rule: that it was verified says nothing about the old one
        same = now is not None and (now.working_days, now.citation) == (timer.working_days, timer.citation)
        sure = now if now is not None and same else timer
        end = self.deadline(timer)
        return replace(timer, verified=sure.verified, checked=sure.checked, due_time=end.due, provisional=end.provisional)
