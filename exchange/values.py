"""Values of a record, as a provider sent them: in which part of the message each type stands, what is well formed, what Python makes of it."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date
from decimal import Decimal
from typing import Any, Final, TypeAlias

from catalog.model import FieldType
from shuniu.v1 import record_pb2
from shuniu.zone import CHINA

Value: TypeAlias = record_pb2.Value
KINDS: Final[Mapping[FieldType, str]] = {
    FieldType.STRING: "string_value",
    FieldType.INT64: "int64_value",
    FieldType.DOUBLE: "double_value",
    FieldType.BOOL: "bool_value",
    FieldType.DECIMAL: "decimal_value",
    FieldType.DATE: "date_value",
    FieldType.TIMESTAMP: "timestamp_value",
    FieldType.BYTES: "bytes_value",
}
"""In which part of a Value a field's type is sent."""
# All of C0 and C1 but tab and line ends: in a terminal, a file or a C library they do more than stand for themselves.
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
PLAIN_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
LONGEST_DECIMAL: Final = 1_100  # as the SDK has it: the 1,000 digits that SQL allows, with room for sign and point
_SECONDS: Final = range(-62_135_596_800, 253_402_300_800)  # years 1 to 9999, what google.protobuf.Timestamp allows
_NANOS: Final = range(1_000_000_000)


def _is_text(value: Value) -> bool:
    text = value.string_value
    return text.isprintable() or _CONTROL.search(text) is None


def _is_day(value: Value) -> bool:
    text = value.date_value
    try:
        return _DATE.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_decimal(value: Value) -> bool:
    return len(value.decimal_value) <= LONGEST_DECIMAL and PLAIN_DECIMAL.fullmatch(value.decimal_value) is not None


def _is_moment(value: Value) -> bool:
    return value.timestamp_value.seconds in _SECONDS and value.timestamp_value.nanos in _NANOS


FORMS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "decimal_value": Decimal,
    "timestamp_value": lambda moment: moment.seconds * 1_000_000 + moment.nanos // 1_000,
}
"""What stands in a well-formed value, in the form in which a scope compares it (`shuniu.scope.values`); of other kinds it is that form."""
CHECKS: Final[Mapping[str, Callable[[Value], bool]]] = {
    "string_value": _is_text,
    "date_value": _is_day,
    "decimal_value": _is_decimal,
    "timestamp_value": _is_moment,
}


def key_from(value: Value, kind: FieldType) -> str | None:
    """Return a record's key as text, None for what is neither text nor a whole number; a decimal counts where the entry's key is one."""
    sent = value.WhichOneof("kind")
    if sent == "string_value":
        return value.string_value
    if sent == "int64_value":
        return str(value.int64_value)
    if sent == "decimal_value" and kind is FieldType.DECIMAL:
        return value.decimal_value
    return None


def is_well_formed(kind: str | None, value: Value) -> bool:
    """Tell whether a value is what its kind promises: a text without control characters, a day of the calendar, a plain decimal, a moment."""
    check = CHECKS.get(kind or "")
    return check is None or check(value)


def value_from(value: Value) -> object:
    """Return a value as Python has it, None for null; raise ValueError or ArithmeticError where the text of a date or decimal is none."""
    kind = value.WhichOneof("kind")
    if kind is None or kind == "null_value":
        return None
    if kind == "date_value":
        return date.fromisoformat(value.date_value)
    if kind == "decimal_value":
        return Decimal(value.decimal_value)
    if kind == "timestamp_value":
        return value.timestamp_value.ToDatetime(UTC).astimezone(CHINA)  # a year is the one that it was here
    content: object = getattr(value, kind)
    return content


def put_masked(value: Value, left: object) -> None:
    """Put what a mask left in the place of a value: a text, or null for nothing."""
    if left is None:
        value.null_value = record_pb2.NULL_VALUE_UNSPECIFIED
    else:
        value.string_value = str(left)
