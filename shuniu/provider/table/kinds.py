"""What kind of value a column of a database holds: the type in which it travels, how it is read, how long it may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from sqlalchemy import types
from sqlalchemy.dialects import postgresql

from shuniu.provider.table import values
from shuniu.provider.table.values import Convert
from shuniu.v1.catalog_pb2 import FieldType

_LONGEST: Final = 2**31 - 1
_UUID_LENGTH: Final = 36
FIXED: Final = (types.CHAR, types.NCHAR)


@dataclass(frozen=True)
class Kind:
    """How the values of a column travel: `value_type` unset and `convert` None where the database does not say what it holds.

    `length` is in characters, 0 where there is no limit or none is known.
    """

    value_type: FieldType.ValueType
    convert: Convert | None
    length: int = 0


def bare(sql_type: types.TypeEngine[Any]) -> types.TypeEngine[Any]:
    """Return the type that a PostgreSQL domain is made of, any other as it is."""
    while isinstance(sql_type, postgresql.DOMAIN):
        sql_type = sql_type.data_type
    return sql_type


def kind_of(sql_type: types.TypeEngine[Any], zone: tzinfo) -> Kind:
    """Return how a type's values travel; raise LookupError for a type that no record carries."""
    # the first that fits counts, so a type stands before its base: Float is a Numeric
    makers: tuple[tuple[type[types.TypeEngine[Any]], Callable[[], Kind]], ...] = (
        (types.NullType, lambda: Kind(FieldType.FIELD_TYPE_UNSPECIFIED, None)),
        (types.Boolean, lambda: Kind(FieldType.FIELD_TYPE_BOOL, values.boolean)),
        (types.Uuid, lambda: Kind(FieldType.FIELD_TYPE_STRING, str, _UUID_LENGTH)),
        (types.DateTime, lambda: Kind(FieldType.FIELD_TYPE_TIMESTAMP, values.moment_in(zone))),
        (types.Date, lambda: Kind(FieldType.FIELD_TYPE_DATE, values.day)),
        (types.Time, lambda: Kind(FieldType.FIELD_TYPE_STRING, values.clock)),
        (types.Float, lambda: Kind(FieldType.FIELD_TYPE_DOUBLE, values.real)),
        (types.Numeric, lambda: Kind(FieldType.FIELD_TYPE_DECIMAL, values.decimal_of(getattr(sql_type, "scale", None)))),
        (types.Integer, lambda: Kind(FieldType.FIELD_TYPE_INT64, values.integer)),
        (types.LargeBinary, lambda: Kind(FieldType.FIELD_TYPE_BYTES, values.binary)),
        (types.JSON, lambda: Kind(FieldType.FIELD_TYPE_STRING, values.text)),
        (types.String, lambda: text_kind(sql_type)),
    )
    make = next((make for known, make in makers if isinstance(sql_type, known)), None)
    if make is None:
        raise LookupError(type(sql_type).__name__)
    return make()


def text_kind(sql_type: types.TypeEngine[Any]) -> Kind:
    """Return the kind of a column that is read as text, whatever its type."""
    convert = values.padded_text if isinstance(sql_type, FIXED) else values.text
    return Kind(FieldType.FIELD_TYPE_STRING, convert, _length(sql_type) if isinstance(sql_type, types.String) else 0)


def _length(sql_type: types.TypeEngine[Any]) -> int:
    length = getattr(sql_type, "length", None)  # some dialects say "max"
    return length if isinstance(length, int) and 0 < length <= _LONGEST else 0
