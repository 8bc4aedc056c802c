"""Conditions as people type them: `region^=6401`, `kind=A`, `kind in A,B`, `year>=2020`, `year<=2025`. No expression language: one field each.

Two lines `>=` and `<=` of one field are one range. Values of a set are separated by commas; one that has a comma stands in double quotes, doubled
inside (RFC 4180).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from shuniu.scope.condition import RowCondition

_LINE: Final = re.compile(r"\s*([A-Za-z0-9_]+)\s*(?:(\^=|>=|<=|=)|\s(in)\s)\s*(.*?)\s*", re.DOTALL)


def conditions_of(lines: Iterable[str]) -> tuple[RowCondition, ...]:
    """Return what the lines say; raise ValueError for a line that is no condition. Fields and values are judged by whoever knows the entry."""
    found: list[RowCondition] = []
    for line in lines:
        one = _condition(line)
        half = next((place for place, other in enumerate(found) if _is_other_half(other, one)), None)
        if half is None:
            found.append(one)
        else:
            at_least, at_most = (new if new is not None else old for new, old in zip(_ends(one), _ends(found[half])))
            found[half] = replace(one, at_least=at_least, at_most=at_most)
    return tuple(found)


def text_of(condition: RowCondition) -> str:
    """Return a condition as it is typed; a range with two ends as two lines with a semicolon between."""
    name = condition.field
    if condition.prefix is not None:
        return f"{name}^={condition.prefix}"
    if condition.equal is not None:
        return f"{name}={condition.equal}"
    if condition.any_of is not None:
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(condition.any_of)
        return f"{name} in {line.getvalue()}"
    ends = ((">=", condition.at_least), ("<=", condition.at_most))
    return "; ".join(f"{name}{sign}{end}" for sign, end in ends if end is not None)


def _condition(line: str) -> RowCondition:
    found = _LINE.fullmatch(line)
    if found is None or not found[4]:
        raise ValueError("no condition")
    name, sign, value = found[1], found[2] or found[3], found[4]
    if sign == "in":
        return RowCondition(name, any_of=_values(value))
    if sign == "^=":
        return RowCondition(name, prefix=value)
    if sign == "=":
        return RowCondition(name, equal=value)
    return RowCondition(name, at_least=value) if sign == ">=" else RowCondition(name, at_most=value)


def _values(text: str) -> tuple[str, ...]:
    try:
        rows = list(csv.reader([text], skipinitialspace=True, strict=True))
    except csv.Error:
        raise ValueError("no list of values") from None
    if len(rows) != 1:
        raise ValueError("no list of values")
    return tuple(one.strip() for one in rows[0])


def _ends(one: RowCondition) -> tuple[str | None, str | None]:
    return one.at_least, one.at_most


def _is_other_half(other: RowCondition, one: RowCondition) -> bool:
    """Tell whether the two are the ends of one range."""
    ends = tuple(zip(_ends(other), _ends(one)))
    return other.field == one.field and all((first is None) != (second is None) for first, second in ends)
