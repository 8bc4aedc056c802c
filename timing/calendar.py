"""Working days 工作日: which days offices work, by the State Council's yearly notices, and counting in them.

Holidays are data (`holidays.toml`). A day begins and ends by China's one time (`hub.clock.CHINA`).
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, Final

from timing.reasons import DAY_OF_OTHER_YEAR, DAY_UNREADABLE, DAYS_BACKWARDS, HOLIDAYS_UNREADABLE, LIMIT_TOO_LONG, WORK_DAY_WRONG

LONGEST: Final = 732  # working days, about three years; a longer limit is a misprint

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a time limit; provisional when a year in between has no holiday table yet."""

    date: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off and make-up working days (调休) of the years whose notice is known."""

    years: frozenset[int]
    off: frozenset[date]
    work: frozenset[date]

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work on this day; without a table for its year, whether it is a weekday."""
        return day in self.work or (day.weekday() < _SATURDAY and day not in self.off)

    def is_provisional(self, first: date, last: date) -> bool:
        """Tell whether any year from the first day to the last lacks its table."""
        return not self.years.issuperset(range(first.year, last.year + 1))

    def add_working_days(self, start_date: date, n: int) -> Due:
        """Return the n-th working day after the start; the day of the event is not counted (Civil Code art. 201)."""
        days = self.count(start_date, n)
        last = days[-1] if days else start_date
        return Due(last, self.is_provisional(start_date, last))

    def count(self, start_date: date, n: int, *, stands_still: Callable[[date], bool] = lambda _: False, until: date = date.max) -> tuple[date, ...]:
        """Return the first n working days after the start, not past `until`, without the days on which a time limit stands still."""
        if not 0 <= n <= LONGEST:
            raise LIMIT_TOO_LONG(most=LONGEST)
        running = (day for day in _after(start_date, until) if self.is_working_day(day) and not stands_still(day))
        return tuple(islice(running, n))


def parse_calendar(text: str) -> Calendar:
    """Read a calendar from TOML as in `holidays.toml`; a table that contradicts itself stops the start."""
    try:
        tables = {int(year): _year(int(year), table) for year, table in tomllib.loads(text).items()}
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise HOLIDAYS_UNREADABLE(problem=str(error)) from error
    for year, (off, work) in tables.items():
        # a notice may reach over New Year; here each day stands in the table of its own year
        if {day.year for day in off | work} - {year}:
            raise DAY_OF_OTHER_YEAR(year=year)
        if off & work or any(day.weekday() < _SATURDAY for day in work):
            raise WORK_DAY_WRONG(year=year)
    # one set for all years: a day is looked up without choosing its table first
    off, work = (frozenset[date]().union(*(table[part] for table in tables.values())) for part in (0, 1))
    return Calendar(frozenset(tables), off, work)


@cache
def shipped_calendar() -> Calendar:
    """Return the calendar of the notices known when this version was made."""
    return parse_calendar(files(__package__).joinpath("holidays.toml").read_text("utf-8"))


def _year(year: int, table: Mapping[str, Any]) -> tuple[frozenset[date], frozenset[date]]:
    spans, work = [(first, last) for first, last, _occasion in table["off"]], frozenset(table["work"])
    if any(type(day) is not date for span in (*spans, work) for day in span):  # a datetime is a date, too
        raise DAY_UNREADABLE(year=year)
    if any(last < first for first, last in spans):
        raise DAYS_BACKWARDS(year=year)
    return frozenset(day for first, last in spans for day in (first, *_after(first, last))), work


def _after(first: date, last: date) -> Iterator[date]:
    day = first
    while day < last:
        day += _DAY
        yield day
