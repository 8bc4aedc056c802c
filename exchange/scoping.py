"""Which records of an answer lie inside the rows of a grant: told by their own fields, whatever the provider was asked or says."""

from collections.abc import Callable, Collection, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, Self

from brokerage.grants import LiveGrant
from catalog.model import FieldType
from exchange.reasons import ANSWER_MALFORMED, ANSWER_OF_OTHER_TYPE, ANSWER_WITHOUT_SCOPE
from exchange.steps import CLEAN
from exchange.values import CHECKS, FORMS, KINDS, Value
from hub.errors import IntegrityError, Reason
from shuniu.provider.comparison import TYPES
from shuniu.scope import read_test
from shuniu.words import Word

_NULL: Final = "null_value"
# not of a text: whatever characters it has, it begins as it begins
_CHECKS: Final = {kind: check for kind, check in CHECKS.items() if kind != "string_value"}
_Check = Callable[[Value], bool] | None
_Form = Callable[[Any], Any] | None
_Part = tuple[str, str, _Check, _Form, Callable[[Any], bool], bool]
"""A condition: field, in which part of a Value it is sent, what is well formed, how it is compared, what is asked, whether the field goes out."""


@dataclass(frozen=True, slots=True)
class RowSieve:
    """The rows of one grant, read once, used for every record. `types` are those of their fields, which the provider is asked for in any case."""

    parts: tuple[_Part, ...]
    types: Mapping[str, FieldType]
    labels: Mapping[str, str]
    provider: str

    @classmethod
    def of(cls, live: LiveGrant, granted: Collection[str]) -> Self:
        """Return the sieve of a grant's rows; fields that are not `granted` are taken out of a record once it is judged."""
        types = {one.field: FieldType(one.type) for one in live.rows}
        tests = [(KINDS[types[one.field]], read_test(one)) for one in live.rows]
        parts = tuple((test.field, kind, _CHECKS.get(kind), FORMS.get(kind), test.holds, test.field in granted) for kind, test in tests)
        return cls(parts, types, {field.name: field.label for field in live.scope_fields}, live.provider)

    def lets_pass(self, values: MutableMapping[str, Value]) -> bool:
        """Tell whether a record lies inside; raise IntegrityError where that cannot be told. A field without a value is outside."""
        inside = True
        # All are looked at: whether an answer fits does not hang on which condition a record misses first. Measured in `benchmarks.scope`.
        for name, expected, check, form, holds, stays in self.parts:
            value = values[name]  # one that is missing is made by this, without a kind
            kind = value.WhichOneof("kind")
            if kind != expected:
                self._check_null(name, kind)
                inside = False
            elif check is not None and not check(value):
                raise self._fault(ANSWER_MALFORMED, name)
            elif inside:
                content = getattr(value, expected)
                inside = holds(content if form is None else form(content))
            if not stays:
                del values[name]
        return inside

    def _check_null(self, name: str, kind: str | None) -> None:
        """Refuse a record in which a field is missing or of another type; null is no value, which is told."""
        if kind is None:
            raise self._fault(ANSWER_WITHOUT_SCOPE, name)
        if kind != _NULL:
            raise self._fault(ANSWER_OF_OTHER_TYPE, name)

    def _fault(self, reason: Reason[IntegrityError], name: str) -> IntegrityError:
        column, word = Word(name, name, self.labels.get(name, name)), TYPES[self.types[name].value]
        return reason(step=CLEAN.place, provider=self.provider, column=column, type=Word(word.id, word.id, word.zh))
