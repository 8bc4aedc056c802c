"""核验项: questions that an entry lets be asked of its records, and what each must be."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Any, Final

from catalog.reasons import (
    PREDICATE_FIELD_UNKNOWN,
    PREDICATE_NAME_SHAPE,
    PREDICATE_TERM_WRONG,
    PREDICATE_TERMS_TOO_MANY,
    PREDICATE_TWICE,
    PREDICATES_TOO_MANY,
)
from hub.faults import Faults
from shuniu.predicates import MOST_TERMS, Term, condition_of
from shuniu.scope import ScopeError, read_test
from shuniu.scope.values import SCOPED_TYPES

if TYPE_CHECKING:
    from catalog.model.content import EntryContent

MOST_PREDICATES: Final = 64
MOST_VALUES: Final = 100
_NAME: Final = re.compile(r"(?!.*[0-9]{6})[a-z][a-z0-9_]{0,62}")  # goes into the log, where it could spell anybody's number
_ANY_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SAMPLE: Final[Mapping[str, str]] = {
    "string": "x",
    "int64": "1",
    "bool": "true",
    "decimal": "1",
    "date": "2026-01-01",
    "timestamp": "2026-01-01T00:00:00Z",
}
"""A value of each type, in the place of what a caller will give."""


@unique
class Comparison(StrEnum):
    """比较方式."""

    ONE_OF = "one_of"
    SAME = "same"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    YEARS_SINCE = "years_since"
    NOT_OVER = "not_over"


@dataclass(frozen=True, slots=True)
class PredicateTerm:
    """One comparison of a field."""

    field: str
    comparison: Comparison
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Predicate:
    """A question about a record, in both languages; all terms must hold of one record."""

    name: str
    text: str
    text_en: str
    terms: tuple[PredicateTerm, ...] = ()
    absent_is_no: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of the fields that it looks at, each once."""
        return tuple(dict.fromkeys(one.field for one in self.terms))

    @property
    def compared(self) -> tuple[str, ...]:
        """Return the names of the fields for which the caller gives a value."""
        return tuple(dict.fromkeys(one.field for one in self.terms if one.comparison is Comparison.SAME))

    def plain(self) -> dict[str, Any]:
        """Return it as plain values; what is empty is left out."""
        terms = [
            {"field": one.field, "comparison": one.comparison.value, **({"values": list(one.values)} if one.values else {})} for one in self.terms
        ]
        values = {"name": self.name, "text": self.text, "text_en": self.text_en, "terms": terms, "absent_is_no": self.absent_is_no}
        return {name: value for name, value in values.items() if value}


def predicate_from(plain: Mapping[str, Any]) -> Predicate:
    """Return the predicate that `Predicate.plain` was given."""
    terms = tuple(PredicateTerm(one["field"], Comparison(one["comparison"]), tuple(one.get("values", ()))) for one in plain.get("terms", ()))
    return Predicate(plain["name"], plain["text"], plain["text_en"], terms, plain.get("absent_is_no", False))


def check_predicates(faults: Faults, content: "EntryContent") -> None:
    """Keep what is wrong with the predicates of an entry, each by its path in the request."""
    if len(content.predicates) > MOST_PREDICATES:
        faults.add(PREDICATES_TOO_MANY(field="entry.predicates", most=MOST_PREDICATES))
    twice = next((name for name, times in Counter(one.name for one in content.predicates).items() if times > 1), None)
    if twice is not None:
        faults.add(PREDICATE_TWICE(field="entry.predicates", name=twice))
    types = {one.name: one.type.value for one in content.fields}
    for place, predicate in enumerate(content.predicates):
        path = f"entry.predicates[{place}]"
        if _NAME.fullmatch(predicate.name) is None:
            faults.add(PREDICATE_NAME_SHAPE(field=f"{path}.name"))
        if len(predicate.terms) > MOST_TERMS:
            faults.add(PREDICATE_TERMS_TOO_MANY(field=f"{path}.terms", most=MOST_TERMS))
        for number, term in enumerate(predicate.terms):
            _check_term(faults, term, types, f"{path}.terms[{number}]")


def _check_term(faults: Faults, term: PredicateTerm, types: Mapping[str, str], path: str) -> None:
    kind = types.get(term.field)
    if kind is None:
        faults.add(PREDICATE_FIELD_UNKNOWN(field=f"{path}.field"))
    elif not _is_comparison(term, kind):
        faults.add(PREDICATE_TERM_WRONG(field=f"{path}.comparison", name=term.field))


def _is_comparison(term: PredicateTerm, kind: str) -> bool:
    """Tell whether a field of a type can be compared so: as it will be when somebody asks."""
    if kind not in SCOPED_TYPES or len(term.values) > MOST_VALUES or (term.values and term.comparison in {Comparison.SAME, Comparison.NOT_OVER}):
        return False
    try:
        read_test(condition_of(Term(term.field, kind, term.comparison.value, term.values), {term.field: _SAMPLE[kind]}, _ANY_DAY))
    except ScopeError:
        return False
    return True
