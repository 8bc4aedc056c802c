"""Values of a scope: from the one spelling of their type to a form that is compared as it stands, and back.

That form is a text for texts and dates (ISO 8601 dates sort as texts), a number for integers, decimals and truth values, and for moments whole
microseconds since 1970: so a value of a message is compared without making a Python object of it first. Raising ValueError means: it does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

LONGEST: Final = 256
"""Characters of a value as it is spelled."""
INT64: Final = (-(2**63), 2**63 - 1)
DAYS: Final = ("0001-01-01", "9999-12-31")
MOMENTS: Final = (-62_135_596_800_000_000, 253_402_300_799_999_999)
"""Microseconds of the years 1 to 9999, what google.protobuf.Timestamp allows."""
_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,18}")
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?(?:Z|([+-])([0-9]{2}):([0-5][0-9]))"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND: Final = timedelta(microseconds=1)


def _text(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("no text on one line")
    return text


def _integer(text: str) -> int:
    if _INTEGER.fullmatch(text) is None or not INT64[0] <= int(text) <= INT64[1]:
        raise ValueError("no integer of 64 bits")
    return int(text)


def _decimal(text: str) -> Decimal:
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError("no plain decimal")
    return Decimal(text)


def _truth(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("neither true nor false")
    return text == "true"


def _day(text: str) -> str:
    if _DAY.fullmatch(text) is None:
        raise ValueError("no date")
    return date.fromisoformat(text).isoformat()


def _moment(text: str) -> int:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError("no moment")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction, sign, hours, minutes = found[7] or "", found[8], int(found[9] or 0), int(found[10] or 0)
    local = datetime(year, month, day, hour, minute, second, int(fraction.ljust(6, "0")), tzinfo=timezone.utc)
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)
    moment = (local - _EPOCH - offset) // _MICROSECOND
    if offset >= timedelta(hours=24) or offset <= -timedelta(hours=24) or not MOMENTS[0] <= moment <= MOMENTS[1]:
        raise ValueError("outside the calendar")
    return moment


def _spell_decimal(value: Decimal) -> str:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def _spell_moment(value: int) -> str:
    return (_EPOCH + value * _MICROSECOND).isoformat().replace("+00:00", "Z")


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "string": _text,
    "int64": _integer,
    "bool": _truth,
    "decimal": _decimal,
    "date": _day,
    "timestamp": _moment,
}
_SPELLERS: Final[Mapping[str, Callable[[Any], str]]] = {
    "string": str,
    "int64": str,
    "bool": lambda value: "true" if value else "false",
    "decimal": _spell_decimal,
    "date": str,
    "timestamp": _spell_moment,
}
SCOPED_TYPES: Final = tuple(_READERS)
"""Types of fields that a scope may name. A double has no two values that are surely equal; nobody spells bytes."""
RANGED: Final = frozenset({"int64", "decimal", "date", "timestamp"})


def read(kind: str, text: str) -> Any:
    """Return the value that a text spells in a type's one spelling."""
    if not text or len(text) > LONGEST:
        raise ValueError("empty or too long")
    return _READERS[kind](text)


def spell(kind: str, value: Any) -> str:
    """Return the one spelling of a value."""
    return _SPELLERS[kind](value)


def _text_form(value: Any) -> Any:
    if isinstance(value, str):
        return value
    raise TypeError("no text")


def _integer_form(value: Any) -> Any:
    if isinstance(value, int) and type(value) is not bool:
        return value
    raise TypeError("no integer")


def _truth_form(value: Any) -> Any:
    if type(value) is bool:
        return value
    raise TypeError("no truth value")


def _decimal_form(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    raise TypeError("no decimal")


def _day_form(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise TypeError("no date")


def _moment_form(value: Any) -> Any:
    if isinstance(value, datetime) and value.utcoffset() is not None:
        return (value - _EPOCH) // _MICROSECOND
    raise TypeError("no moment")


FORMS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "string": _text_form,
    "int64": _integer_form,
    "bool": _truth_form,
    "decimal": _decimal_form,
    "date": _day_form,
    "timestamp": _moment_form,
}
"""A Python value of a record in the form that is compared; TypeError where it is none of the type."""
