"""Which rows of a batch lie inside the rows of a grant: told by their own columns, for all rows of a batch at once."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from catalog.model import FieldType
from exchange.arrow import types_of
from exchange.values import LONGEST_DECIMAL, PLAIN_DECIMAL
from shuniu.scope import RowTest


class ColumnError(ValueError):
    """A value of a column is none of the column's type."""


def inside(pa: Any, pc: Any, column: Any, test: RowTest) -> Any:
    """Return a truth value for each row of a column: it meets the test; one without a value does not. Raise ColumnError."""
    if test.kind == FieldType.DECIMAL:
        return pa.array([value is not None and test.holds(_decimal(value)) for value in column.to_pylist()], pa.bool_())
    return pc.fill_null(_holds(pa, pc, column, test), False)


def _holds(pa: Any, pc: Any, column: Any, test: RowTest) -> Any:
    kind = types_of(pa)[FieldType(test.kind)]
    if test.prefix:
        return pc.starts_with(column, test.prefix)
    value_of = _FORMS.get(test.kind, _same)
    if test.values:
        return pc.is_in(column, value_set=pa.array([value_of(one) for one in test.values], kind))
    ends = [
        compare(column, pa.scalar(value_of(end), kind))
        for compare, end in ((pc.greater_equal, test.least), (pc.less_equal, test.most))
        if end is not None
    ]
    return ends[0] if len(ends) == 1 else pc.and_(*ends)


def _same(value: Any) -> Any:
    return value


_FORMS: Final[dict[str, Callable[[Any], Any]]] = {"date": date.fromisoformat}
"""From the form in which a scope compares (`shuniu.scope.values`) to what Arrow makes a value of; of a moment both are microseconds."""


def _decimal(text: str) -> Decimal:
    if len(text) > LONGEST_DECIMAL or PLAIN_DECIMAL.fullmatch(text) is None:
        raise ColumnError("no plain decimal")
    return Decimal(text)
