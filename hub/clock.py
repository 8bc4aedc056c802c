"""The only place that reads the clock. Time comes into every rule as a value."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol

from shuniu.zone import CHINA

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day_in_china(at: datetime) -> date:
    """Return the calendar day of an aware moment in China; a moment without a zone would be taken for the machine's and is a fault."""
    if at.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return at.astimezone(CHINA).date()


def day_of(text: str) -> date | None:
    """Return the day that a text names as YYYY-MM-DD; None where it names none."""
    # fromisoformat reads 20260302 and 2026-W10-1 as well
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time in UTC, to the microsecond."""
        return datetime.now(UTC)


class StoppedClock:
    """A clock that moves only when told to; for tests and rehearsals."""

    def __init__(self, at: datetime) -> None:
        """Stop at `at`, which must be aware."""
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment at which the clock stands."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move on by `by`."""
        self._at += by

    def set(self, at: datetime) -> None:
        """Move to `at`, which must be aware."""
        self._at = at.astimezone(UTC)
