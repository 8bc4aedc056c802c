"""Masking 脱敏: what is left of a value under a rule (ADR 0039).

The grammar is `catalog.model.parse_mask`: "", "keep:A,B", "year", "hide"; how much at least is covered of a text, `catalog.model.least_hidden`.
"""

import re
from datetime import date, datetime
from typing import Final

from catalog.model import least_hidden, parse_mask
from hub.clock import day_in_china

STAR: Final = "*"
_YEAR: Final = re.compile(r"([0-9]{4})(?:[0-9]{4})?(?![0-9])")  # 1990-05-06, 19900506, 1990年; not the beginning of any other number


def apply_mask(rule: str, value: object) -> object:
    """Return what the rule leaves of the value; None stays None, and where the rule does not fit the value nothing is left (None).

    `keep:A,B` turns every character but the first A and the last B into a star, and all of them where fewer than `least_hidden` would be one;
    `year` leaves the four digits of the year as text, of a moment the year in China; `hide` leaves nothing.
    """
    keep = parse_mask(rule)
    if value is None or not rule:
        return value
    if keep is not None:
        return _cover(value, *keep) if isinstance(value, str) else None
    return _year(value) if rule == "year" else None


def stricter(one: str, other: str) -> str:
    """Return the rule that allows only what both allow: the fewer characters at either end, or `hide` where they have nothing in common."""
    first, second = parse_mask(one), parse_mask(other)
    if first is not None and second is not None:
        return f"keep:{min(first[0], second[0])},{min(first[1], second[1])}"
    if one == other or not other:
        return one
    # `year` and `keep` show different parts of a value, so nothing is allowed by both
    return "hide" if one else other


def _cover(value: str, head: int, tail: int) -> str:
    if head + tail > len(value) - least_hidden(len(value)):
        return STAR * len(value)
    return value[:head] + STAR * (len(value) - head - tail) + value[len(value) - tail :]


def _year(value: object) -> str | None:
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = day_in_china(value)  # whoever was born on a 1 January before 8 o'clock was born in the year before, by UTC
    if isinstance(value, date):  # a datetime is one too
        return f"{value.year:04d}"
    found = _YEAR.match(value) if isinstance(value, str) else None
    return found[1] if found else None
