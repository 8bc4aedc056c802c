"""核验: what a predicate says of a subject's records. Provider and hub judge by this one evaluator, as they do of rows (`shuniu.scope`).

A term becomes a condition on a field when it is asked: what lies so many years back depends on the day, what is compared is given by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final

from shuniu.scope import RowCondition, RowTest, ScopeError, ScopeFault
from shuniu.zone import CHINA

MOST_TERMS: Final = 8
LONGEST_YEARS: Final = 150
DATED: Final = ("date", "timestamp")


class CheckAnswer(Enum):
    """What a predicate says."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Term:
    """One comparison of a field of a type: `comparison` is a value of the enum Comparison (catalog.proto) in small letters."""

    field: str
    type: str
    comparison: str
    values: tuple[str, ...] = ()


def condition_of(term: Term, given: Mapping[str, str], at: datetime) -> RowCondition:
    """Return a term as a condition at a moment; `given` holds what the caller compares with, by field. Raise ScopeError where it is none."""
    parts: dict[str, object] = {}
    if term.comparison == "one_of":
        parts = {"any_of": term.values}
    elif term.comparison == "same":
        parts = {"equal": given.get(term.field, "")}
    elif term.comparison == "not_over" and term.type in DATED:
        parts = {"at_least": _now(term.type, at)}
    elif term.comparison == "years_since" and term.type == "date" and len(term.values) == 1:
        parts = {"at_most": _years_back(at.astimezone(CHINA).date(), years_of(term)).isoformat()}
    elif term.comparison in {"at_least", "at_most"} and len(term.values) == 1:
        parts = {term.comparison: term.values[0]}
    if not parts:
        raise ScopeError(ScopeFault.FORM, term.field)
    return RowCondition(term.field, type=term.type, **parts)  # type: ignore[arg-type]


def years_of(term: Term) -> int:
    """Return the years of a term; raise ScopeError where they are none."""
    text = term.values[0]
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LONGEST_YEARS)) and 1 <= int(text) <= LONGEST_YEARS):
        raise ScopeError(ScopeFault.VALUE, term.field)
    return int(text)


def judge(tests: Sequence[RowTest], records: Iterable[Mapping[str, object]], *, absent_is_no: bool) -> CheckAnswer:
    """Return what tests that must all hold of one record say of these; a value that is missing leaves the answer open.

    Raises KeyError for a record without a field, ScopeError for a value of another type.
    """
    said = [_of_record(tests, record) for record in records]
    if CheckAnswer.YES in said:
        return CheckAnswer.YES
    if CheckAnswer.UNKNOWN in said:
        return CheckAnswer.UNKNOWN
    return CheckAnswer.NO if said or absent_is_no else CheckAnswer.UNKNOWN


def _of_record(tests: Sequence[RowTest], record: Mapping[str, object]) -> CheckAnswer:
    said = [_of_value(one, record[one.field]) for one in tests]
    if CheckAnswer.NO in said:
        return CheckAnswer.NO
    return CheckAnswer.UNKNOWN if CheckAnswer.UNKNOWN in said else CheckAnswer.YES


def _of_value(test: RowTest, value: object) -> CheckAnswer:
    if value is None:
        return CheckAnswer.UNKNOWN
    try:
        return CheckAnswer.YES if test.holds(test.form(value)) else CheckAnswer.NO
    except TypeError:
        raise ScopeError(ScopeFault.VALUE, test.field) from None


def _now(kind: str, at: datetime) -> str:
    return at.astimezone(CHINA).date().isoformat() if kind == "date" else at.astimezone(CHINA).isoformat(timespec="microseconds")


def _years_back(day: date, years: int) -> date:
    if day.year <= years:
        return date.min
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February, which a common year has not: whoever was born on the 28th or before has the years full
        return date(day.year - years, 2, 28)
