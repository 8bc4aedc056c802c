"""Days as forms send them."""

from datetime import UTC, datetime, time
from typing import Final

from shuniu.zone import CHINA
from web.reasons import NOT_A_TIME

_LAST: Final = time(23, 59, 59)


def end_of_day(text: str, field: str) -> datetime | None:
    """Return the last second of a day in China, None where none was entered."""
    if not text:
        return None
    try:
        return datetime.combine(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=CHINA), _LAST, CHINA).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NOT_A_TIME(field=field) from None
