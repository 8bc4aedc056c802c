"""The conditions of a fetch as SQL, beside the key: what the database leaves out is not read.

A database compares text by its own rules (case, width, blanks behind), and keeps values in forms of its own. So SQL only narrows: it lets pass every
record that lies inside, and perhaps others, which are taken out behind it by the one evaluator (`shuniu.scope`). A condition of which that is not
sure for this column of this database is not said in SQL at all. Values are bound, never written into a statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, column, exc, func, types

from shuniu.provider.table.columns import ServedColumn
from shuniu.provider.table.encodings import as_stored
from shuniu.provider.table.keys import OTHER_ALPHABET, PADDING
from shuniu.provider.table.kinds import FIXED
from shuniu.scope import RowTest
from shuniu.v1.catalog_pb2 import FieldType

MOST_BOUND: Final = 100
"""Values of a set that are bound: databases take only so many, and a longer set is looked through afterwards."""
_PLAIN: Final = frozenset({"sqlite", "postgresql", "mysql", "mariadb"})
"""Databases of which more is known than how they compare texts and whole numbers."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND: Final = timedelta(microseconds=1)
_OF_SQLITE: Final[Mapping[str, Callable[[Any], Any]]] = {"bool": int, "decimal": str, "date": str}
_AS_IT_IS: Final[Mapping[str, Callable[[Any], Any]]] = {"bool": bool, "decimal": Decimal, "date": date.fromisoformat}


def narrowed(columns: Mapping[str, ServedColumn], tests: Iterable[RowTest], dialect: str, zone: tzinfo) -> list[ColumnElement[bool]]:
    """Return what stands in the WHERE of a fetch for those conditions that this database can be asked."""
    return [clause for test in tests for clause in _clauses(columns[test.field], test, dialect, zone)]


def is_of_condition(error: Exception) -> bool:
    """Tell whether an error may come of a condition and not of the fetch: a value that the column or its encoding does not have."""
    other_alphabet = getattr(getattr(error, "orig", None), "args", ())[:1] == (OTHER_ALPHABET,)
    return other_alphabet or isinstance(error, (exc.DataError, exc.ProgrammingError, UnicodeError))


def _clauses(served: ServedColumn, test: RowTest, dialect: str, zone: tzinfo) -> list[ColumnElement[bool]]:
    bound = _binder(served, test.kind, dialect, zone)
    if bound is None or served.column.value_type != FieldType.Value(f"FIELD_TYPE_{test.kind.upper()}"):
        return []
    place: Any = column(served.source)
    try:
        if test.prefix:
            return _begins(place, bound(test.prefix), dialect)
        if test.values:
            return _is_one_of(place, served, [bound(value) for value in test.values], dialect)
        lower = [] if test.least is None else [place >= _param(bound(test.least))]
        return lower if test.most is None else [*lower, place <= _param(bound(test.most))]
    except UnicodeEncodeError:  # the stated encoding has no such character
        return []


def _begins(place: Any, prefix: str, dialect: str) -> list[ColumnElement[bool]]:
    # Not LIKE: each database has other signs of its own in it. The key has found the few records that are looked at.
    return [func.substr(place, 1, len(prefix)) == _param(prefix)] if dialect in _PLAIN else []


def _is_one_of(place: Any, served: ServedColumn, values: Sequence[Any], dialect: str) -> list[ColumnElement[bool]]:
    # SQLite keeps the blanks of a CHAR(n) as they came, and compares them; the reader takes them away
    if len(values) > MOST_BOUND or (dialect == "sqlite" and isinstance(served.sql_type, FIXED)):
        return []
    if len(values) == 1:
        return [place == _param(values[0])]
    return [place.in_(bindparam("row", list(values), type_=types.NullType(), expanding=True, unique=True))]


def _param(value: Any) -> Any:
    # without a type, so that the driver's own way of sending it counts, as with the key
    return bindparam("row", value, type_=types.NullType(), unique=True)


def _binder(served: ServedColumn, kind: str, dialect: str, zone: tzinfo) -> Callable[[Any], Any] | None:
    """Return how a value is sent to this column, None where nothing is sure of it."""
    sql_type = served.sql_type
    if kind == "string":
        return _text_for(served, dialect)
    if kind == "int64":
        return int if isinstance(sql_type, types.Integer) else None
    if dialect not in _PLAIN or not _is_of(kind, sql_type):
        return None
    if dialect == "sqlite":
        return _OF_SQLITE.get(kind)  # its moments are texts of many forms
    return _moment_for(sql_type, zone) if kind == "timestamp" else _AS_IT_IS.get(kind)


def _text_for(served: ServedColumn, dialect: str) -> Callable[[str], str] | None:
    if not isinstance(served.sql_type, types.String) or isinstance(served.sql_type, types.Enum):
        return None
    if isinstance(served.sql_type, FIXED) and dialect in PADDING:
        return lambda text: text.ljust(served.column.length)
    return lambda text: as_stored(text, served.stored, dialect)


def _is_of(kind: str, sql_type: types.TypeEngine[Any]) -> bool:
    if kind == "decimal":
        return isinstance(sql_type, types.Numeric) and not isinstance(sql_type, types.Float)
    if kind == "date":
        return isinstance(sql_type, types.Date)
    return isinstance(sql_type, types.Boolean if kind == "bool" else types.DateTime) and kind in {"bool", "timestamp"}


def _moment_for(sql_type: types.TypeEngine[Any], zone: tzinfo) -> Callable[[int], datetime] | None:
    """Return how a moment is sent: as it is where the column has zones, else on the clock of the zone in which its times are."""
    if getattr(sql_type, "timezone", False):
        return lambda value: _EPOCH + value * _MICROSECOND
    if not isinstance(zone, timezone):  # a zone that changes its clocks has an hour twice
        return None
    return lambda value: (_EPOCH + value * _MICROSECOND).astimezone(zone).replace(tzinfo=None)
