"""What ends with time is told before it does: with 30, 7 and 1 days left, once each. Pure: time comes in as `at`."""

from datetime import datetime, timedelta
from typing import Final

from hub.access import Duty
from hub.clock import day_in_china
from hub.desk import Notice

STAGES: Final = (1, 7, 30)
"""Days that are left when something is told of."""
AHEAD: Final = timedelta(days=STAGES[-1] + 1)
"""How far ahead of a moment one looks for what ends: the first stage, and the day that has begun."""


def stage(end: datetime, at: datetime) -> int | None:
    """Return the stage in which what ends at `end` is: the fewest days that are told of and not over yet; None when it is far, or over."""
    left = (day_in_china(end) - day_in_china(at)).days
    return None if end < at else next((days for days in STAGES if left <= days), None)


def notice_of_end(kind: str, department: str, duties: tuple[Duty, ...], end: datetime, at: datetime, **facts: str) -> tuple[Notice, ...]:
    """Return what a department is told of what ends at `end`; nothing where it is far, or over. A stage of one end is told once."""
    days, day = stage(end, at), day_in_china(end).isoformat()
    if days is None:
        return ()
    left = str((day_in_china(end) - day_in_china(at)).days)
    return (Notice(kind=kind, department=department, duties=duties, key=f"{kind} {day} {days}", facts={"end": day, "days_left": left, **facts}),)
