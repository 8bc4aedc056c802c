"""What a database driver gives -> what a record carries, by the column's declared type. Raising ValueError or TypeError means: it does not fit.

Drivers differ (SQLite keeps dates as text and decimals as floats, PostgreSQL has types of its own); a record does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, tzinfo
from decimal import Context, Decimal
from typing import Any, Final
from uuid import UUID

_DATE_LENGTH: Final = 10
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d)(?:(:\d\d)(?:[.,](\d{1,30}))?)?(Z|[+-]\d\d:\d\d(?::\d\d)?)?", re.ASCII)
_INT64_LENGTH: Final = len(str(-(2**63)))
_WIDE: Final = Context(prec=1100)  # digits, as many as a record carries; the usual 28 would round
_BINARY: Final = (bytes, bytearray, memoryview)

Convert = Callable[[Any], object]


def text(value: Any) -> str:
    """Return text; numbers in a text column are SQLite's liberty, bytes are not text."""
    if type(value) is str:
        return value
    if isinstance(value, _BINARY):
        raise TypeError("bytes in a text column")
    return str(value)


def padded_text(value: Any) -> str:
    """Return the text of a CHAR(n) column without the blanks with which the database fills it up to n, which are nobody's data."""
    return text(value).rstrip(" ")


def integer(value: Any) -> int:
    """Return a whole number."""
    whole = int(value)
    # SQLite lets 1.5 stand in an integer column
    if whole != value:
        raise ValueError("a fraction in an integer column")
    return whole


def boolean(value: Any) -> bool:
    """Return a truth value, which many databases keep as 0 or 1."""
    if value not in {0, 1}:
        raise ValueError("neither 0 nor 1 in a boolean column")
    return bool(value)


def real(value: Any) -> float:
    """Return a double."""
    if isinstance(value, (str, bytes)):
        raise TypeError("text in a number column")
    return float(value)


def decimal_of(scale: int | None) -> Convert:
    """Return the reader of NUMERIC(p, s): padded to its scale where that changes no digit, so that 120.5 is 120.50 again."""
    step = Decimal(1).scaleb(-scale) if scale else None

    def decimal(value: Any) -> Decimal:
        try:
            exact = value if type(value) is Decimal else Decimal(str(value))  # the shortest text of a float is what was written into it
            padded = exact if step is None else exact.quantize(step, context=_WIDE)
        except ArithmeticError:
            raise ValueError("no number, or too long a one, in a decimal column") from None
        if not exact.is_finite():
            raise ValueError("no number in a decimal column")
        return padded if padded == exact else exact

    return decimal


def day(value: Any) -> date:
    """Return a calendar date."""
    if type(value) is str:
        if len(value) != _DATE_LENGTH:
            raise ValueError("a date is YYYY-MM-DD")
        return date.fromisoformat(value)
    if isinstance(value, datetime):
        # Oracle's DATE has a time of day
        if value.time() != time():
            raise ValueError("a time of day in a date column")
        return value.date()
    if not isinstance(value, date):
        raise TypeError("no date in a date column")
    return value


def _read(text: str) -> datetime:
    """Return the time that a text names, in the forms that Python itself reads from 3.11 on: Z, any number of digits of a second."""
    found = _TIME.fullmatch(text)
    if found is None:
        return datetime.fromisoformat(text)
    minute, second, fraction, zone = found.groups(default="")
    return datetime.fromisoformat(f"{minute}{second or ':00'}.{fraction[:6].ljust(6, '0')}{'+00:00' if zone == 'Z' else zone}")


def moment_in(zone: tzinfo) -> Convert:
    """Return the reader of timestamps; one without a zone is in `zone`."""

    def moment(value: Any) -> datetime:
        read = _read(value) if isinstance(value, str) else value
        if not isinstance(read, datetime):
            raise TypeError("no time in a timestamp column")
        return read if read.tzinfo is not None else read.replace(tzinfo=zone)

    return moment


def clock(value: Any) -> str:
    """Return a time of day as text, for a record has no type for it."""
    return value.isoformat() if isinstance(value, time) else text(value)


def binary(value: Any) -> bytes:
    """Return bytes."""
    # bytes(5) would be five zero bytes
    if isinstance(value, int):
        raise TypeError("a number in a binary column")
    return bytes(value) if not isinstance(value, str) else value.encode()


def integer_key(value: str) -> int:
    """Return the key of an integer column; only what the database itself would print is one, so that "007" does not find 7."""
    if len(value) > _INT64_LENGTH:
        raise ValueError("more digits than 64 bits have")
    number = int(value)
    if str(number) != value or not -(2**63) <= number < 2**63:
        raise ValueError("no plain 64-bit integer")
    return number


def uuid_key(value: str) -> str:
    """Return the key of a UUID column, RFC 9562 section 4, in any case of its letters."""
    if str(UUID(value)) != value.lower():
        raise ValueError("no UUID in its plain form")
    return value.lower()
