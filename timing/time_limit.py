"""Statutory time limits 法定时限: how many working days the law gives, and when they are used up.

The limits are data (`clocks.toml`, read by `clock_file.py`); this module holds the counting alone and reads no time: every moment comes in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Final

from hub.clock import day_in_china
from shuniu.zone import CHINA
from timing.calendar import LONGEST, Calendar, shipped_calendar
from timing.reasons import (
    EXTENSION_TOO_LONG,
    LIMIT_DAYS,
    LIMIT_EXTENSION,
    LIMIT_TEXT,
    LIMIT_VERIFIED,
    NO_SUCH_LIMIT,
    PAUSES_OVERLAP,
)
from timing.timer import Pause

_MOST: Final = LONGEST // 2  # so that a limit with its extension is never longer than a calendar counts
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """One rule: from which event to which, in how many working days, and by which clause."""

    id: str
    title: str
    citation: str
    starts: str
    ends: str
    working_days: int  # 0 means at once
    extension_days: int  # further working days; 0 means none
    extension_by: str  # who may allow them
    on_expiry: str
    verified: bool  # compared with the official text; otherwise pages show 未核对, or with what it was compared
    checked: str = ""  # with what it was compared, short of the official text, and when

    def __post_init__(self) -> None:
        """Refuse a rule that nobody could apply."""
        for name in ("id", "title", "citation", "starts", "ends", "on_expiry"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise LIMIT_TEXT(limit=self.id, key=name)
        for name in ("working_days", "extension_days"):
            # by its very type: True is an int too
            if type(getattr(self, name)) is not int or not 0 <= getattr(self, name) <= _MOST:
                raise LIMIT_DAYS(limit=self.id, key=name, most=_MOST)
        if bool(self.extension_days) != bool(self.extension_by):
            raise LIMIT_EXTENSION(limit=self.id)
        if not isinstance(self.checked, str):
            raise LIMIT_TEXT(limit=self.id, key="checked")
        if type(self.verified) is not bool:
            raise LIMIT_VERIFIED(limit=self.id, key="verified")

    @property
    def at_once(self) -> bool:
        """Tell whether the rules give no days at all."""
        return self.working_days == 0

    def deadline(self, start: datetime, pauses: tuple[Pause, ...] = (), *, extended_by: int = 0, calendar: Calendar | None = None) -> "Deadline":
        """Return when the limit runs out for a case that starts at `start`, extended by no more days than the rule allows."""
        if not 0 <= extended_by <= self.extension_days:
            raise EXTENSION_TOO_LONG(field="extended_by", most=self.extension_days)
        return deadline(self.working_days + extended_by, start, pauses, calendar=calendar)


@dataclass(frozen=True, slots=True)
class Profile:
    """One set of rules, such as a decree or a province's own, with its time limits by id."""

    id: str
    title: str
    limits: Mapping[str, TimeLimit]

    def limit(self, limit_id: str) -> TimeLimit:
        """Return the time limit, or say which ones these rules know."""
        if limit_id not in self.limits:
            raise NO_SUCH_LIMIT(profile=self.id, limit=limit_id, known=", ".join(self.limits))
        return self.limits[limit_id]


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of a time limit in one case: when it is due, on which days it runs, and how sure that is."""

    start: datetime
    due: datetime | None  # the end of the last day in UTC+8; None while the limit stands still
    provisional: bool  # a year in between has no holiday table yet: to be computed again when it arrives
    working_days: int
    days: tuple[date, ...]  # the working days on which it runs, as many as are known

    def is_overdue(self, at: datetime) -> bool:
        """Tell whether the time limit has passed; while it stands still it has not."""
        return self.due is not None and at > self.due

    def share_used(self, at: datetime) -> float:
        """Return how much of the working time is used up, from 0.0 to 1.0; only days on which the limit runs use it up."""
        if self.working_days == 0:
            return float(self.is_overdue(at))
        today, now = day_in_china(at), at.astimezone(CHINA)
        part_of_today = (now - datetime.combine(today, time.min, CHINA)).total_seconds() / _DAY_SECONDS if today in self.days else 0.0
        return (sum(day < today for day in self.days) + part_of_today) / self.working_days

    def days_left(self, at: datetime, calendar: Calendar | None = None) -> int:
        """Return how many working days remain after the day of `at`; once the last one is over, how many have passed since, below zero."""
        today = day_in_china(at)
        if self.due is None or at <= self.due:
            return self.working_days - sum(day <= today for day in self.days)
        # at least 1: over is over on the Saturday after it, too
        return -max(1, len((calendar or shipped_calendar()).count(day_in_china(self.due), LONGEST, until=today)))


def deadline(working_days: int, start: datetime, pauses: tuple[Pause, ...] = (), *, calendar: Calendar | None = None) -> Deadline:
    """Return when so many working days run out.

    The day of an event is not counted (Civil Code art. 201), of the event that starts the limit as of one that stops it or
    sets it going again: a pause takes the days after its first up to and including its last.
    """
    calendar = calendar or shipped_calendar()
    first = day_in_china(start)
    pauses = _in_order(start, pauses)
    # while a pause is open nobody knows its end, so no day after its first runs
    still = next((day_in_china(begin) for begin, end in pauses if end is None), date.max)
    days = calendar.count(first, working_days, stands_still=partial(_within, pauses), until=still)
    last = days[-1] if days else first
    # at once is due at the moment itself; fewer days than the limit has means that it stands still
    due = start if working_days == 0 else datetime.combine(last, time.max, CHINA) if len(days) == working_days else None
    return Deadline(start, due, calendar.is_provisional(first, last), working_days, days)


def _in_order(start: datetime, pauses: tuple[Pause, ...]) -> tuple[Pause, ...]:
    """Return the pauses if each begins after the one before has ended, else refuse them."""
    moment: datetime | None = start
    for begin, end in pauses:
        if moment is None or begin < moment or (end is not None and end < begin):
            raise PAUSES_OVERLAP(field="pauses")
        moment = end
    return pauses


def _within(pauses: tuple[Pause, ...], day: date) -> bool:
    return any(end is not None and day_in_china(begin) < day <= day_in_china(end) for begin, end in pauses)
