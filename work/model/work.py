"""Work: a step that a thing waits for, whose turn it is, until when. Pure: time comes in as `at`.

Nobody opens or closes work by hand: it follows what the thing waits for (`hub.desk`).
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from typing import Final, Self

from hub.access import Duty
from hub.clock import day_in_china
from hub.desk import Thing, Waiting
from shuniu.zone import CHINA
from timing.calendar import LONGEST, Calendar, shipped_calendar

NO_END: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Where work without a due time stands among what is ordered by it: behind all that has one."""
_PAST: Final = timedelta(seconds=1)
_PROPOSALS: Final = "proposals/"
_FEWEST_TO_HALVE: Final = 4
"""Working days from which on half of the time is told of; of a shorter limit it is the day before, or nearly."""


class Told(IntEnum):
    """What was told last of the time of a piece of work. One stage comes behind the other, and none is told twice."""

    NOTHING = 0
    HALF = 1
    DAY = 2
    OVER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A piece of work of one department. `told` is the stage of its time that was told, `settle_time` when it ceased to wait."""

    id: str
    department: str
    step: str
    resource: str
    title: str
    duties: tuple[Duty, ...]
    since_time: datetime
    due_time: datetime | None = None
    limit: str = ""
    article: str = ""
    verified: bool = False
    checked: str = ""
    told: Told = Told.NOTHING
    escalated: bool = False
    settle_time: datetime | None = None

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"work/{self.id}"

    @property
    def order_time(self) -> datetime:
        """Return where it stands among the department's work: by due time, and last without one."""
        return self.due_time or NO_END

    @property
    def proposal(self) -> str:
        """Return the proposal that it is about; empty where it is about something else."""
        return self.resource if self.resource.startswith(_PROPOSALS) else ""

    def moved(self, thing: Thing, waiting: Waiting, at: datetime) -> Self:
        """Return it as the thing waits now; where the time is another one, what was told of the former counts no more."""
        said = {name: getattr(waiting, name) for name in ("duties", "due_time", "limit", "article", "verified", "checked")}
        after = replace(self, title=thing.title, **said)
        if after.due_time == self.due_time:
            return after
        told = stage(after, at)
        return replace(after, told=min(told, self.told) if told is Told.OVER else told, escalated=self.escalated and told is Told.OVER)

    def days_left(self, at: datetime, calendar: Calendar | None = None) -> int | None:
        """Return the whole working days that are left, 0 on the last day, negative when over; None without a due time."""
        if self.due_time is None:
            return None
        calendar, today, last = calendar or shipped_calendar(), day_in_china(at), day_in_china(self.due_time)
        if at <= self.due_time:
            return len(calendar.count(today, LONGEST, until=last))
        # at least 1: over is over on the Saturday after it, too
        return -max(1, len(calendar.count(last, LONGEST, until=today)))


def work_of(work_id: str, thing: Thing, waiting: Waiting, at: datetime) -> Work:
    """Return new work; what was due before it is posted is told as over by the next sweep."""
    said = {name: getattr(waiting, name) for name in ("step", "department", "duties", "due_time", "limit", "article", "verified", "checked")}
    return Work(id=work_id, resource=thing.name, title=thing.title, since_time=at, **said)


def stage(work: Work, at: datetime, calendar: Calendar | None = None) -> Told:
    """Return how far the time of a piece of work has run: half of its working days, all but one, all of them."""
    if work.due_time is None:
        return Told.NOTHING
    if at > work.due_time:
        return Told.OVER
    days = _days(work, calendar)
    left = work.days_left(at, calendar) or 0
    if len(days) > 1 and left <= 1:
        return Told.DAY
    return Told.HALF if len(days) >= _FEWEST_TO_HALVE and left * 2 <= len(days) else Told.NOTHING


def next_look(work: Work, calendar: Calendar | None = None) -> datetime | None:
    """Return when something is to be told of its time next; None where nothing is any more."""
    if work.due_time is None or work.told is Told.OVER:
        return None
    days = _days(work, calendar)
    begins = [datetime.combine(day, time.min, CHINA).astimezone(UTC) for day in days]
    moments = [work.due_time + _PAST]
    if len(days) > 1 and work.told < Told.DAY:
        moments.append(begins[-2])
    if len(days) >= _FEWEST_TO_HALVE and work.told < Told.HALF:
        moments.append(next(begin for number, begin in enumerate(begins, 1) if (len(days) - number) * 2 <= len(days)))
    return min(moments)


def _days(work: Work, calendar: Calendar | None) -> tuple[date, ...]:
    """Return the working days behind the one on which it was posted, up to the one on which it is due."""
    if work.due_time is None:
        return ()
    return (calendar or shipped_calendar()).count(day_in_china(work.since_time), LONGEST, until=day_in_china(work.due_time))
