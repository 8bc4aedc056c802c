"""Statutory clocks 办理时限: how many working days the law gives, and when they are used up.

The clocks are data (`clocks.toml`); this module holds the counting alone and reads no time: every moment comes in.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache, partial
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, TypeVar

from brokerage.calendar import CHINA, LONGEST, Calendar, Due, local_date, shipped_calendar
from hub.errors import ConfigError, InvalidInputError, NotFoundError

__all__ = [
    "AT_ONCE",
    "CHINA",
    "Calendar",
    "Clock",
    "Deadline",
    "Due",
    "Pause",
    "Profile",
    "deadline",
    "parse_profiles",
    "shipped_profile",
    "shipped_profiles",
]

AT_ONCE: Final = "at once"

Pause = tuple[datetime, datetime | None]
"""From when to when a clock stands still, for instance while a request is incomplete (补正); None while it still does."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One time limit: from which event to which, in how many working days, and by which clause."""

    id: str
    title: str
    citation: str
    starts: str
    ends: str
    working_days: int  # 0 means at once
    extension_days: int  # further working days; 0 means none
    extension_by: str  # who may allow them
    on_expiry: str
    verified: bool  # compared with the official text; otherwise pages show 未核对

    def __post_init__(self) -> None:
        """Refuse a clock that nobody could apply."""
        for name in ("id", "title", "citation", "starts", "ends", "on_expiry"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise ConfigError(f"clock {self.id!r}: {name} must be a text")
        for name in ("working_days", "extension_days"):
            if type(getattr(self, name)) is not int or not 0 <= getattr(self, name) <= LONGEST // 2:
                raise ConfigError(f'clock {self.id!r}: {name} must be a number of days up to {LONGEST // 2}, or "{AT_ONCE}"')
        if bool(self.extension_days) != bool(self.extension_by):
            raise ConfigError(f"clock {self.id!r}: an extension names its days and who allows it, or neither")
        if type(self.verified) is not bool:
            raise ConfigError(f"clock {self.id!r}: verified must be true or false")

    @property
    def at_once(self) -> bool:
        """Tell whether the rules give no days at all."""
        return self.working_days == 0


@dataclass(frozen=True, slots=True)
class Profile:
    """One set of rules, such as a decree or a province's own, with its clocks by id."""

    id: str
    title: str
    clocks: Mapping[str, Clock]

    def clock(self, clock_id: str) -> Clock:
        """Return the clock, or say which ones these rules know."""
        if clock_id not in self.clocks:
            raise NotFoundError(f"{self.id} has no clock {clock_id!r}; it has {', '.join(self.clocks)}")
        return self.clocks[clock_id]


@dataclass(frozen=True, slots=True)
class Deadline:
    """What a clock says for one case: when it is due, how far it has run, and how sure that is."""

    clock: Clock
    started_at: datetime
    due_at: datetime | None  # the end of the last day in UTC+8; None while the clock stands still
    provisional: bool  # a year in between has no holiday table yet: to be computed again when it arrives
    working_days: int  # the clock's own and those of an extension
    counted: tuple[date, ...]  # the working days on which the clock runs

    @property
    def verified(self) -> bool:
        """Tell whether somebody has compared the number of days with the official text."""
        return self.clock.verified

    @property
    def citation(self) -> str:
        """Return the clause on which the time limit rests."""
        return self.clock.citation

    def is_overdue(self, at: datetime) -> bool:
        """Tell whether the time limit has passed; while the clock stands still it has not."""
        return self.due_at is not None and at > self.due_at

    def share_used(self, at: datetime) -> float:
        """Return how much of the working time is used up, from 0.0 to 1.0; only days on which the clock runs use it up."""
        if self.working_days == 0:
            return float(self.is_overdue(at))
        today, now = local_date(at), at.astimezone(CHINA)
        begun = (now - datetime.combine(today, time.min, CHINA)).total_seconds() / 86_400 if today in self.counted else 0.0
        return (sum(day < today for day in self.counted) + begun) / self.working_days

    def days_left(self, at: datetime) -> int:
        """Return how many working days remain after the day of `at`."""
        return self.working_days - sum(day <= local_date(at) for day in self.counted)


def deadline(
    clock: Clock, started_at: datetime, pauses: tuple[Pause, ...] = (), *, extended_by: int = 0, calendar: Calendar | None = None
) -> Deadline:
    """Return when the clock runs out.

    The day of an event is not counted (Civil Code art. 201), of the event that starts the clock as of one that stops it or
    sets it going again: a pause takes the days after its first up to and including its last.
    """
    if not 0 <= extended_by <= clock.extension_days:
        raise InvalidInputError(f"the clock may be extended by 0 to {clock.extension_days} working days", field="extended_by")
    calendar = calendar or shipped_calendar()
    start, days = local_date(started_at), clock.working_days + extended_by
    pauses = _in_order(started_at, pauses)
    still = next((local_date(begin) for begin, end in pauses if end is None), date.max)
    counted = calendar.count(start, days, stands_still=partial(_within, pauses), until=still)
    last = counted[-1] if counted else start
    due_at = started_at if days == 0 else datetime.combine(last, time.max, CHINA) if len(counted) == days else None
    return Deadline(clock, started_at, due_at, calendar.is_provisional(start, last), days, counted)


def parse_profiles(text: str) -> Mapping[str, Profile]:
    """Read profiles by id from TOML as in `clocks.toml`; anything unknown, missing or double stops the start."""
    try:
        table = tomllib.loads(text)
        profiles = [_profile(**row) for row in table.pop("profile")]
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ConfigError(f"clocks.toml is not as its first lines say: {error}") from None
    if table:
        raise ConfigError(f"clocks.toml holds profiles and nothing else, not {', '.join(table)}")
    return _by_id(profiles)


@cache
def shipped_profiles() -> Mapping[str, Profile]:
    """Return the profiles that come with this version; none of their figures has been verified."""
    return parse_profiles(files(__package__).joinpath("clocks.toml").read_text("utf-8"))


def shipped_profile(name: str) -> Profile:
    """Return the profile that the configuration names as its `clock_profile`; an unknown one stops the start."""
    profiles = shipped_profiles()
    if name not in profiles:
        raise ConfigError(f"unknown clock_profile {name!r}", zh="未知的办理时限方案", next_action=f"one of {', '.join(profiles)}")
    return profiles[name]


_T = TypeVar("_T", Clock, Profile)


def _profile(*, id: str, title: str, clock: list[dict[str, Any]]) -> Profile:  # noqa: A002 - the key in the file
    if not (isinstance(id, str) and id and isinstance(title, str) and title):
        raise ValueError("a profile has an id and a title")
    return Profile(id, title, _by_id([_clock(**row) for row in clock]))


def _clock(*, working_days: object, **row: Any) -> Clock:
    if working_days == 0:
        raise ValueError(f'no days are written "{AT_ONCE}", not 0')
    return Clock(**row, working_days=0 if working_days == AT_ONCE else working_days)  # type: ignore[arg-type]  # checked by Clock itself


def _by_id(things: list[_T]) -> Mapping[str, _T]:
    found = {thing.id: thing for thing in things}
    if len(found) != len(things):
        raise ConfigError("clocks.toml gives an id twice")
    return MappingProxyType(found)


def _in_order(started_at: datetime, pauses: tuple[Pause, ...]) -> tuple[Pause, ...]:
    """Return the pauses if each begins after the one before has ended, else refuse them."""
    moment: datetime | None = started_at
    for begin, end in pauses:
        if moment is None or begin < moment or (end is not None and end < begin):
            raise InvalidInputError("pauses follow each other, and only the last may still be open", field="pauses")
        moment = end
    return pauses


def _within(pauses: tuple[Pause, ...], day: date) -> bool:
    return any(end is not None and local_date(begin) < day <= local_date(end) for begin, end in pauses)
