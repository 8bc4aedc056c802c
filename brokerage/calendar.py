"""Working days 工作日: which days offices work, by the State Council's yearly notices, and counting in them.

Holidays are data (`holidays.toml`). A day begins and ends by China's one time, UTC+8 all year, so no time-zone table is needed.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, Final

from hub.errors import ConfigError, InvalidInputError

CHINA: Final = timezone(timedelta(hours=8), "UTC+8")
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
        """Return the first n working days after the start, not past `until`, without the days on which a clock stands still."""
        if not 0 <= n <= LONGEST:
            raise InvalidInputError(f"a time limit has 0 to {LONGEST} working days")
        running = (day for day in _after(start_date, until) if self.is_working_day(day) and not stands_still(day))
        return tuple(islice(running, n))


def local_date(moment: datetime) -> date:
    """Return the day in China on which a moment falls; a moment without its offset is refused."""
    if moment.tzinfo is None:
        raise InvalidInputError("a moment in time carries its offset from UTC")
    return moment.astimezone(CHINA).date()


def parse_calendar(text: str) -> Calendar:
    """Read a calendar from TOML as in `holidays.toml`; a table that contradicts itself stops the start."""
    try:
        tables = {int(year): _year(table) for year, table in tomllib.loads(text).items()}
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ConfigError(f"holidays.toml: a year is off = [[first, last, occasion], ...] and work = [day, ...] ({error})") from None
    for year, (off, work) in tables.items():
        if {day.year for day in off | work} - {year}:
            raise ConfigError(f"holidays.toml, year {year}: a day lies in another year")
        if off & work or any(day.weekday() < _SATURDAY for day in work):
            raise ConfigError(f"holidays.toml, year {year}: a make-up day is off as well, or no Saturday or Sunday")
    off, work = (frozenset[date]().union(*(table[part] for table in tables.values())) for part in (0, 1))
    return Calendar(frozenset(tables), off, work)


@cache
def shipped_calendar() -> Calendar:
    """Return the calendar of the notices known when this version was made."""
    return parse_calendar(files(__package__).joinpath("holidays.toml").read_text("utf-8"))


def _year(table: Mapping[str, Any]) -> tuple[frozenset[date], frozenset[date]]:
    off = frozenset(day for first, last, _occasion in table["off"] for day in (first, *_after(first, last)))
    work = frozenset(table["work"])
    if any(last < first for first, last, _occasion in table["off"]):
        raise ValueError("the last day off comes before the first")
    if any(type(day) is not date for day in off | work):
        raise ValueError("a day is written YYYY-MM-DD")
    return off, work


def _after(first: date, last: date) -> Iterator[date]:
    day = first
    while day < last:
        day += _DAY
        yield day
