"""A condition as it is written, and the test that it becomes: read once, then asked of every record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as part
from enum import Enum
from typing import Any, Final

from shuniu.scope.values import FORMS, RANGED, SCOPED_TYPES, read, spell

__all__ = ["MOST_CONDITIONS", "MOST_VALUES", "SCOPED_TYPES", "RowCondition", "RowTest", "ScopeError", "ScopeFault", "is_inside", "read_test"]

MOST_CONDITIONS: Final = 8
"""Conditions of one scope, one for a field."""
MOST_VALUES: Final = 500
"""Values of one set."""


class ScopeFault(Enum):
    """What can be wrong with a condition."""

    FORM = "not exactly one of equality, beginning, set and range"
    TYPE = "a type that no scope may name"
    PREFIX = "a beginning of what is no text"
    RANGE = "a range of what has no order"
    COUNT = "a set without values, or with too many"
    TWICE = "a value twice in a set"
    VALUE = "a value that is none of the type"
    UPSIDE_DOWN = "a range whose first value is above its last"


class ScopeError(ValueError):
    """A condition that nothing can be tested by; it names the field and never a value."""

    def __init__(self, fault: ScopeFault, field: str) -> None:
        """Say what is wrong with the condition on a field."""
        super().__init__(f"{field}: {fault.value}")
        self.fault = fault
        self.field = field


@dataclass(frozen=True)
class RowCondition:
    """One condition on one field, as it is written: exactly one of `equal`, `prefix`, `any_of` and a range.

    `type` is the field's, empty until it is known.
    """

    field: str
    equal: str | None = None
    prefix: str | None = None
    any_of: tuple[str, ...] | None = None
    at_least: str | None = None
    at_most: str | None = None
    type: str = ""

    @property
    def values(self) -> tuple[str, ...]:
        """Return every value that stands in it."""
        single = (self.equal, self.prefix, *(self.any_of or ()), self.at_least, self.at_most)
        return tuple(one for one in single if one is not None)

    @property
    def has_one_form(self) -> bool:
        """Tell whether it is exactly one of the four."""
        is_range = self.at_least is not None or self.at_most is not None
        return [self.equal is not None, self.prefix is not None, self.any_of is not None, is_range].count(True) == 1


@dataclass(frozen=True)
class RowTest:
    """A condition that was read: of `values`, `prefix` and the range from `least` to `most` one is there. `holds` is asked of a value's `form`."""

    field: str
    kind: str
    values: frozenset[Any] = frozenset()
    prefix: str = ""
    least: Any = None
    most: Any = None
    holds: Callable[[Any], bool] = part(init=False, repr=False, compare=False)
    form: Callable[[Any], Any] = part(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "holds", self._holds())
        object.__setattr__(self, "form", FORMS[self.kind])

    @property
    def condition(self) -> RowCondition:
        """Return the condition in its one spelling: a set of one value is an equality, values stand in order."""
        if self.prefix:
            return RowCondition(self.field, prefix=self.prefix, type=self.kind)
        spelled = tuple(spell(self.kind, value) for value in sorted(self.values))
        if len(spelled) == 1:
            return RowCondition(self.field, equal=spelled[0], type=self.kind)
        if spelled:
            return RowCondition(self.field, any_of=spelled, type=self.kind)
        least, most = (None if end is None else spell(self.kind, end) for end in (self.least, self.most))
        return RowCondition(self.field, at_least=least, at_most=most, type=self.kind)

    def _holds(self) -> Callable[[Any], bool]:
        # made once: a function that is asked of every record looks nothing up
        values, prefix, least, most = self.values, self.prefix, self.least, self.most
        if prefix:
            return lambda value: value.startswith(prefix)
        if values:
            return values.__contains__
        if least is None:
            return lambda value: value <= most
        if most is None:
            return lambda value: value >= least
        return lambda value: least <= value <= most


def read_test(condition: RowCondition) -> RowTest:
    """Return the test of a condition whose type is known; raise ScopeError with what is wrong."""
    name, kind = condition.field, condition.type
    if not condition.has_one_form:
        raise ScopeError(ScopeFault.FORM, name)
    if kind not in SCOPED_TYPES:
        raise ScopeError(ScopeFault.TYPE, name)
    if condition.prefix is not None:
        if kind != "string":
            raise ScopeError(ScopeFault.PREFIX, name)
        return RowTest(name, kind, prefix=_read(condition, condition.prefix))
    if condition.equal is not None:
        return RowTest(name, kind, frozenset((_read(condition, condition.equal),)))
    return _set(condition, condition.any_of) if condition.any_of is not None else _range(condition)


def _set(condition: RowCondition, texts: tuple[str, ...]) -> RowTest:
    if not 1 <= len(texts) <= MOST_VALUES:
        raise ScopeError(ScopeFault.COUNT, condition.field)
    values = frozenset(_read(condition, one) for one in texts)
    if len(values) != len(texts):
        raise ScopeError(ScopeFault.TWICE, condition.field)
    return RowTest(condition.field, condition.type, values)


def _range(condition: RowCondition) -> RowTest:
    if condition.type not in RANGED:
        raise ScopeError(ScopeFault.RANGE, condition.field)
    least, most = (None if end is None else _read(condition, end) for end in (condition.at_least, condition.at_most))
    if least is not None and most is not None and least > most:
        raise ScopeError(ScopeFault.UPSIDE_DOWN, condition.field)
    return RowTest(condition.field, condition.type, least=least, most=most)


def _read(condition: RowCondition, text: str) -> Any:
    try:
        return read(condition.type, text)
    except ValueError:
        raise ScopeError(ScopeFault.VALUE, condition.field) from None


def is_inside(tests: Iterable[RowTest], record: Mapping[str, object]) -> bool:
    """Tell whether a record of Python values meets all tests; a field without a value meets none.

    Raises KeyError for a record without the field, ScopeError for a value of another type.
    """
    for one in tests:
        value = record[one.field]
        try:
            if value is None or not one.holds(one.form(value)):
                return False
        except TypeError:
            raise ScopeError(ScopeFault.VALUE, one.field) from None
    return True
