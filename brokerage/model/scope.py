"""行范围: which records a request asks for and a grant gives, as conditions on fields of the entry; all of them hold of each record.

What is wrong with a condition is told here, in words; how it is read and tested is `shuniu.scope`, by which providers judge too (ADR 0065).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from brokerage.model.reasons import (
    ROW_FIELD_PERSONAL,
    ROW_FIELD_SHAPE,
    ROW_FIELD_TYPE,
    ROW_FIELD_UNKNOWN,
    ROW_FORM,
    ROW_PREFIX_TYPE,
    ROW_RANGE_TYPE,
    ROW_TWICE,
    ROW_UPSIDE_DOWN,
    ROW_VALUE_TWICE,
    ROW_VALUE_WRONG,
    ROW_VALUES_COUNT,
    ROWS_COUNT,
)
from catalog.model import Entry, Field
from hub.errors import InvalidInputError, Reason
from hub.faults import Faults
from hub.wording import Guard, Text
from shuniu.provider.comparison import TYPES
from shuniu.scope import MOST_CONDITIONS, MOST_VALUES, RowCondition, RowTest, ScopeError, ScopeFault, read_test
from shuniu.scope.values import DAYS, INT64, MOMENTS
from shuniu.words import Word

Rows = tuple[RowCondition, ...]
PATH: Final = "terms.rows"
_REASONS: Final[Mapping[ScopeFault, Reason[InvalidInputError]]] = {
    ScopeFault.FORM: ROW_FORM,
    ScopeFault.TYPE: ROW_FIELD_TYPE,
    ScopeFault.PREFIX: ROW_PREFIX_TYPE,
    ScopeFault.RANGE: ROW_RANGE_TYPE,
    ScopeFault.COUNT: ROW_VALUES_COUNT,
    ScopeFault.TWICE: ROW_VALUE_TWICE,
    ScopeFault.VALUE: ROW_VALUE_WRONG,
    ScopeFault.UPSIDE_DOWN: ROW_UPSIDE_DOWN,
}
_ENDS: Final[Mapping[str, tuple[Any, Any]]] = {"int64": INT64, "date": DAYS, "timestamp": MOMENTS}
"""The first and the last value of types that have one."""
_PLACES: Final[Mapping[str, Callable[[Any], int]]] = {"int64": int, "timestamp": int, "date": lambda day: date.fromisoformat(day).toordinal()}
"""Where a value stands among those of its type, for types whose values can be counted."""
_PARTS: Final = ("equal", "prefix", "any_of", "at_least", "at_most", "type")


class RowValue(Text):
    """A value of a condition: it stands in requests and grants, so nobody's number has a place in it."""

    field, cap, guard, signs_alone = PATH, 256, Guard.STRICT, True


def clean_rows(rows: Rows, faults: Faults, shape: Callable[[str], bool], shape_word: Word) -> Rows:
    """Return conditions with their values in one spelling of texts, and keep what no entry could have; what a value is, its entry tells."""
    if len(rows) > MOST_CONDITIONS:
        faults.add(ROWS_COUNT(field=PATH, most=MOST_CONDITIONS))
        return ()
    if not all(shape(one.field) for one in rows):
        faults.add(ROW_FIELD_SHAPE(field=f"{PATH}.field", shape=shape_word))
        return ()
    names = [one.field for one in rows]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        faults.add(ROW_TWICE(field=PATH, name=name))
    return tuple(faults.take(lambda one=one: _fold(one), one) for one in rows)  # type: ignore[misc]


def fit_rows(rows: Rows, entry: Entry, faults: Faults) -> Rows:
    """Return conditions as they read by the types of the entry's fields, in the order of their names; keep what the entry does not allow."""
    fields = {one.name: one for one in entry.fields}
    read = [faults.take(lambda one=one: _fit(one, fields, entry), one) for one in rows]  # type: ignore[misc]
    return tuple(sorted(read, key=lambda one: one.field))


def rows_imply(given: Rows, asked: Rows) -> bool:
    """Tell whether every record inside `given` is inside `asked` too; both fit one entry.

    Fields are independent of each other and each condition is met by some value, so each that was asked must follow from the one that is given
    for its field. Where none is given, a record without a value is inside: no condition follows from nothing.
    """
    tests = {one.field: read_test(one) for one in given}
    return all(one.field in tests and implies(tests[one.field], read_test(one)) for one in asked)


def implies(given: RowTest, asked: RowTest) -> bool:
    """Tell whether every value that meets one test of a field meets the other."""
    if given.kind != asked.kind:
        return False
    if given.values:
        return all(map(asked.holds, given.values))
    if given.prefix:
        # an endless number of texts begins so: none of any set, and none but those that begin further
        return bool(asked.prefix) and given.prefix.startswith(asked.prefix)
    least, most = _ends_of(given)
    if asked.values:
        return _lies_in(given, least, most, asked)
    low, high = _ends_of(asked)
    return (low is None or (least is not None and least >= low)) and (high is None or (most is not None and most <= high))


def rows_plain(rows: Rows) -> list[dict[str, Any]]:
    """Return conditions as plain values; what is not set is left out."""
    parts = ((one, {name: getattr(one, name) for name in _PARTS if getattr(one, name) not in {None, ""}}) for one in rows)
    return [{"field": one.field, **{name: list(part) if isinstance(part, tuple) else part for name, part in set_.items()}} for one, set_ in parts]


def rows_from_plain(plain: list[dict[str, Any]]) -> Rows:
    """Return the conditions that `rows_plain` was given."""
    whole: list[dict[str, Any]] = [{name: tuple(part) if isinstance(part, list) else part for name, part in one.items()} for one in plain]
    return tuple(RowCondition(**one) for one in whole)


def _fold(one: RowCondition) -> RowCondition:
    if not one.has_one_form:
        raise ROW_FORM(field=PATH, name=one.field)
    if one.any_of is not None and not 1 <= len(one.any_of) <= MOST_VALUES:  # before so many texts are looked at
        raise ROW_VALUES_COUNT(field=PATH, name=one.field, most=MOST_VALUES)
    singles = {name: RowValue(text) for name in ("equal", "prefix", "at_least", "at_most") if (text := getattr(one, name)) is not None}
    several = None if one.any_of is None else tuple(RowValue(text) for text in one.any_of)
    return replace(one, **singles, any_of=several, type="")


def _fit(one: RowCondition, fields: Mapping[str, Field], entry: Entry) -> RowCondition:
    field = fields.get(one.field)
    if field is None:
        raise ROW_FIELD_UNKNOWN(field=PATH, name=one.field)
    # PIPL art. 6: no more than needed. Whether a record comes would tell of the person what was not granted.
    if field.personal or (field.key and entry.subject_domain):
        raise ROW_FIELD_PERSONAL(field=PATH, name=Word(field.name, field.name, field.label))
    try:
        return read_test(replace(one, type=field.type.value)).condition
    except ScopeError as error:
        word = TYPES[field.type.value]
        raise _REASONS[error.fault](field=PATH, name=one.field, type=Word(word.id, word.id, word.zh), most=MOST_VALUES) from None


def _ends_of(test: RowTest) -> tuple[Any, Any]:
    first, last = _ENDS.get(test.kind, (None, None))
    return first if test.least is None else test.least, last if test.most is None else test.most


def _lies_in(given: RowTest, least: Any, most: Any, asked: RowTest) -> bool:
    """Tell whether all values of a range are among those of a set: one value, or as many as can be counted, each in the set."""
    if least is None or most is None:
        return False
    if least == most:
        return asked.holds(least)
    place = _PLACES.get(given.kind)
    if place is None:  # between two decimals there is always one more
        return False
    first, last = place(least), place(most)
    return last - first < len(asked.values) and sum(first <= place(one) <= last for one in asked.values) == last - first + 1
