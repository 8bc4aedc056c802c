"""How a timer is kept: as JSON beside its case, without due time, which follows from the holiday tables of the day on which it is read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from timing.timer import Timer


def kept(timer: Timer | None) -> dict[str, Any] | None:
    """Return a timer as JSON."""
    if timer is None:
        return None
    return {
        "id": timer.id,
        "citation": timer.citation,
        "working_days": timer.working_days,
        "verified": timer.verified,
        "start_time": timer.start_time.isoformat(),
        "pauses": [[begin.isoformat(), end and end.isoformat()] for begin, end in timer.pauses],
        **({"checked": timer.checked} if timer.checked else {}),
        **({"extension_days": timer.extension_days} if timer.extension_days else {}),
        **({"told_time": timer.told_time.isoformat()} if timer.told_time else {}),
    }


def timer_from(stored: Mapping[str, Any] | None) -> Timer | None:
    """Return the timer that was kept."""
    if stored is None:
        return None
    pauses = tuple((datetime.fromisoformat(begin), datetime.fromisoformat(end) if end else None) for begin, end in stored["pauses"])
    times = {name: datetime.fromisoformat(stored[name]) for name in ("start_time", "told_time") if name in stored}
    return Timer(**{**stored, **times, "pauses": pauses})
