"""The text of a cell -> what a record carries, by the type that is stated for the column. Raising ValueError means: it does not fit.

A file says less than a database, so each type has a short list of spellings, all of which name one value and no other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any, Final

TRUE: Final = frozenset({"1", "true", "t", "yes", "y", "是"})
FALSE: Final = frozenset({"0", "false", "f", "no", "n", "否"})
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,19}")
_DECIMAL: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_DOUBLE: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?|nan|-?inf")
_INT64_END: Final = 2**63
_DAY: Final = (
    r"(?P<year>[0-9]{4})(?:-(?P<m1>[0-9]{1,2})-(?P<d1>[0-9]{1,2})|/(?P<m2>[0-9]{1,2})/(?P<d2>[0-9]{1,2})|年(?P<m3>[0-9]{1,2})月(?P<d3>[0-9]{1,2})日)"
)
_DATE: Final = re.compile(rf"{_DAY}(?:[ T]0?0:00(?::00(?:\.0+)?)?)?")
_COMPACT: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_MOMENT: Final = re.compile(
    rf"{_DAY}[ T](?P<hour>[0-9]{{1,2}}):(?P<minute>[0-9]{{2}})(?::(?P<second>[0-9]{{2}})(?:\.(?P<part>[0-9]{{1,9}}))?)?"
    r" ?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?"
)


def integer(text: str) -> int:
    """Return a whole number of 64 bits; leading zeros count nothing."""
    if _INTEGER.fullmatch(text) is None or not -_INT64_END <= int(text) < _INT64_END:
        raise ValueError("no whole number of 64 bits")
    return int(text)


def decimal(text: str) -> Decimal:
    """Return a decimal with the digits that stand there; an exponent is refused, for it is what a spreadsheet leaves of rounded digits."""
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError("no plain decimal")
    return Decimal(text)


def real(text: str) -> float:
    """Return a double."""
    if _DOUBLE.fullmatch(text) is None:
        raise ValueError("no number")
    return float(text)


def boolean(text: str) -> bool:
    """Return a truth value: 1, true, t, yes, y, 是 or their opposites, in any case of the letters."""
    low = text.lower()
    if low in TRUE:
        return True
    if low in FALSE:
        return False
    raise ValueError("neither true nor false")


def day(text: str) -> date:
    """Return a date: 2026-03-02, 2026/3/2, 20260302 or 2026年3月2日, also with a time of zero."""
    compact = _COMPACT.fullmatch(text)
    if compact is not None:
        return date(int(compact[1]), int(compact[2]), int(compact[3]))
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError("no date")
    return date(*_day(found))


def moment_in(zone: tzinfo) -> Callable[[str], datetime]:
    """Return the reader of moments: a date as in `day`, a blank or T, the time, and a zone; one without a zone is in `zone`."""

    def moment(text: str) -> datetime:
        found = _MOMENT.fullmatch(text)
        if found is None:
            raise ValueError("no moment")
        part = int((found["part"] or "0").ljust(6, "0")[:6])
        offset = zone if found["zone"] is None else _offset(found["zone"])
        return datetime(*_day(found), int(found["hour"]), int(found["minute"]), int(found["second"] or 0), part, tzinfo=offset)

    return moment


def text(value: str) -> str:
    """Return a text as it is."""
    return value


def binary(value: Any) -> bytes:
    """Return bytes, which only a Parquet file has."""
    if not isinstance(value, bytes):
        raise ValueError("no bytes")  # noqa: TRY004 - as every reader here says that a cell does not fit
    return value


def readers_in(zone: tzinfo) -> Mapping[str, Callable[[Any], object]]:
    """Return the reader of each type that `shuniu.provider.comparison.TYPES` names."""
    return {
        "string": text,
        "int64": integer,
        "double": real,
        "bool": boolean,
        "decimal": decimal,
        "date": day,
        "timestamp": moment_in(zone),
        "bytes": binary,
    }


def _day(found: re.Match[str]) -> tuple[int, int, int]:
    month, number = (found[f"{part}1"] or found[f"{part}2"] or found[f"{part}3"] for part in "md")
    return int(found["year"]), int(month), int(number)


def _offset(text: str) -> timezone:
    if text == "Z":
        return timezone(timedelta())
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
