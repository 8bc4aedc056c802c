"""What went wrong at a database: one of seven kinds, by the code that its driver gives. `refusals` has the words for each.

The kinds are different news. Only a database that does not answer is worth another try and speaks of the provider's health; a row that cannot
be read speaks of that row, a missing right or table of what somebody has to do, and both are the same at the next try. A driver's own text
quotes SQL and data, and is neither sent nor logged; its code is.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Final

from sqlalchemy import exc

UNDECODABLE: Final = re.compile(r"Could not decode to UTF-8 column '(.*?)' with text")
_PRIMARY: Final = 0xFF  # SQLite's extended codes hold the primary one in their last byte
_CODE: Final = re.compile(r"[0-9A-Z]{5}|-?[0-9]{1,6}")


class Fault(Enum):
    """What kind of failure it is."""

    VALUE = auto()
    FORBIDDEN = auto()
    NO_TABLE = auto()
    NO_COLUMN = auto()
    TOO_SLOW = auto()
    UNREACHABLE = auto()
    REFUSED = auto()


_SQLSTATES: Final[Mapping[str, Fault]] = {
    "42501": Fault.FORBIDDEN,
    "28": Fault.UNREACHABLE,  # it does not let the provider in, which PostgreSQL's driver tells without a code
    "42P01": Fault.NO_TABLE,
    "42S02": Fault.NO_TABLE,
    "3F000": Fault.NO_TABLE,
    "42703": Fault.NO_COLUMN,
    "42S22": Fault.NO_COLUMN,
    "57014": Fault.TOO_SLOW,
    "55P03": Fault.TOO_SLOW,
    "25P03": Fault.TOO_SLOW,
    "08": Fault.UNREACHABLE,
    "40": Fault.UNREACHABLE,
    "53": Fault.UNREACHABLE,
    "57": Fault.UNREACHABLE,
    "22": Fault.VALUE,
}
"""SQLSTATE or its class: PostgreSQL's appendix A, and ISO 9075 where ODBC says so."""
_MYSQL: Final[Mapping[int, Fault]] = {
    **dict.fromkeys((1044, 1142, 1143, 1227, 1370), Fault.FORBIDDEN),
    **dict.fromkeys((1049, 1051, 1146, 1356), Fault.NO_TABLE),
    1054: Fault.NO_COLUMN,
    **dict.fromkeys((1205, 1969, 3024), Fault.TOO_SLOW),
    **dict.fromkeys((1040, 1045, 1053, 1698, 1152, 1158, 1159, 1160, 1161, 1203, 1213, 1226, 1317, 1927), Fault.UNREACHABLE),
    **dict.fromkeys(range(2000, 2070), Fault.UNREACHABLE),
    **dict.fromkeys((1292, 1366, 1411), Fault.VALUE),
}
_ORACLE: Final[Mapping[int, Fault]] = {
    **dict.fromkeys((1017, 1045, 28000), Fault.UNREACHABLE),
    1031: Fault.FORBIDDEN,
    942: Fault.NO_TABLE,
    904: Fault.NO_COLUMN,
    1013: Fault.TOO_SLOW,
}
_SQLITE: Final[Mapping[int, Fault]] = {
    3: Fault.FORBIDDEN,
    **dict.fromkeys((5, 6, 9), Fault.TOO_SLOW),
    **dict.fromkeys((1, 11, 26), Fault.REFUSED),
    **dict.fromkeys((10, 14, 15), Fault.UNREACHABLE),
}
"""SQLite's primary result codes: PERM; BUSY, LOCKED, INTERRUPT; ERROR, CORRUPT, NOTADB; IOERR, CANTOPEN, PROTOCOL."""
_SQLITE_WORDS: Final[Mapping[str, Fault]] = {
    "no such table": Fault.NO_TABLE,
    "no such column": Fault.NO_COLUMN,
    "database is locked": Fault.TOO_SLOW,
    "database disk image is malformed": Fault.REFUSED,
    "file is not a database": Fault.REFUSED,
}
"""SQLite has one code for several of these, and Python before 3.11 does not give it."""


def fault_of(error: BaseException) -> Fault:
    """Return the kind of a database error; a server that gives a code which is not in the tables has answered, and is reachable."""
    orig = getattr(error, "orig", None)
    if isinstance(error, UnicodeError) or isinstance(orig, UnicodeError) or UNDECODABLE.match(str(orig or "")):
        return Fault.VALUE
    found = _of_sqlite(orig) if isinstance(orig, sqlite3.Error) else _by_code(orig)
    if found is not None:
        return found
    if isinstance(error, exc.DataError):
        return Fault.VALUE
    is_silent = isinstance(error, (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)) and (_is_oracle(orig) or not _code(orig))
    return Fault.UNREACHABLE if is_silent else Fault.REFUSED


def cause_of(error: BaseException) -> str:
    """Return class and code of a database error for this program's own log; a code is a few digits and letters, never data."""
    code = _code(getattr(error, "orig", None))
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def _code(orig: Any) -> int | str:
    """Return the code that a driver's error holds: the number of MySQL, Oracle or SQLite, or SQLSTATE; empty where it has none."""
    first = (getattr(orig, "args", None) or ("",))[0]
    # MySQL's drivers put its number first, ODBC's SQLSTATE, Oracle's an object; others the text, which is no code
    found = [first, getattr(first, "code", None), *(getattr(orig, name, None) for name in ("sqlstate", "pgcode", "sqlite_errorcode"))]
    return next((one for one in found if isinstance(one, (int, str)) and one and _CODE.fullmatch(str(one))), "")


def _by_code(orig: Any) -> Fault | None:
    code = _code(orig)
    if isinstance(code, int):
        return (_ORACLE if _is_oracle(orig) else _MYSQL).get(code)
    return _SQLSTATES.get(code) or _SQLSTATES.get(code[:2])


def _is_oracle(orig: Any) -> bool:
    return "oracle" in type(orig).__module__


def _of_sqlite(orig: sqlite3.Error) -> Fault | None:
    words = str(orig)
    found = next((fault for beginning, fault in _SQLITE_WORDS.items() if words.startswith(beginning)), None)
    return found or _SQLITE.get(getattr(orig, "sqlite_errorcode", 0) & _PRIMARY)
