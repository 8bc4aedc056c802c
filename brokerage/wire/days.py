"""Days as a message writes them: YYYY-MM-DD. No rules."""

from datetime import date

from brokerage.model.reasons import DAY_SHAPE
from hub.clock import day_of


def day_from(text: str, field: str) -> date | None:
    """Return a day, None where nothing is written; refuse what is none."""
    if not text:
        return None
    if (day := day_of(text)) is None:
        raise DAY_SHAPE(field=field)
    return day
