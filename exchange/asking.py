"""What is asked by a Check: a predicate of the entry at this moment, with what the caller compares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from catalog.model import Field, Predicate
from exchange.reasons import GIVEN_NOT_AS_ASKED
from hub.errors import ShuniuError
from shuniu.predicates import Term, condition_of
from shuniu.scope import RowCondition, RowTest, ScopeError, read_test
from shuniu.words import Word

PREDICATE: Final = "predicate"
"""The detail of intent, outcome and refusal that says what was asked; never what was compared with, and never the answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A predicate as it is asked at this moment: its conditions, with what the caller gave, and their tests."""

    predicate: Predicate
    conditions: tuple[RowCondition, ...]
    tests: tuple[RowTest, ...]

    @classmethod
    def of(cls, given: Mapping[str, str], predicate: Predicate, granted: Sequence[Field], at: datetime) -> "Asked":
        """Return what is asked; raise InvalidInputError where the values given are not those that the predicate compares with."""
        fields = {one.name: one for one in granted}
        if set(given) != set(predicate.compared):
            raise _not_as_asked(predicate, fields)
        terms = [Term(one.field, fields[one.field].type.value, one.comparison.value, one.values) for one in predicate.terms]
        try:
            conditions = tuple(condition_of(one, given, at) for one in terms)
            return cls(predicate, conditions, tuple(map(read_test, conditions)))
        except ScopeError as error:
            raise _not_as_asked(predicate, fields) from error


def _not_as_asked(predicate: Predicate, fields: Mapping[str, Field]) -> ShuniuError:
    names = ", ".join(f"{name} ({fields[name].type})" for name in predicate.compared)
    zh = "、".join(f"{fields[name].label}（{name}）" for name in predicate.compared)
    return GIVEN_NOT_AS_ASKED(field="given", wanted=Word(names, names or "none", zh or "无"))
