"""A step that something waits for, with the time that the law gives for it."""

from hub.access import Duty
from hub.desk import Waiting
from timing.timer import Timer


def waiting_for(step: str, department: str, duty: Duty, timer: Timer | None = None) -> Waiting:
    """Return whose step it is; where a timer runs for it, also until when, and under which clause."""
    if timer is None:
        return Waiting(step=step, department=department, duties=(duty,))
    return Waiting(
        step=step,
        department=department,
        duties=(duty,),
        due_time=timer.due_time,
        limit=timer.id,
        article=timer.citation,
        verified=timer.verified,
        checked=timer.checked,
    )
