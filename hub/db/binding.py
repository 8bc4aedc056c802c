"""Which rows are bound to the log, and by what: a keyed digest of each row, so that an edit of the database alone is noticed (ADR 0026).

digest = HMAC-SHA-256(key, TAG || deterministic CBOR [form, table, column, value, column, value, ...])

Columns stand in the order of their names, and those at their default (null, zero, empty) are left out: a column that a later release adds
changes no digest. Columns that move without a decision (when a session was last seen) are not bound.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from cbor2 import CBOREncodeError, dumps
from sqlalchemy import ColumnElement, Table, and_, or_

FORM: Final = 1
DIGEST: Final = 32
"""Bytes of a digest and of a sum of digests."""
_ROW: Final = b"shuniu row 1\n"
_LIST: Final = b"shuniu row list 1\n"
_SUMS: Final = b"shuniu row sums 1\n"
_SHOWN: Final = 16
_LETTERS: Final = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MODULUS: Final = 1 << (8 * DIGEST)

Line = tuple[str, str, bytes | None]
"""Table, key and digest of a row that a record binds; without a digest the row is gone."""


@dataclass(frozen=True, slots=True)
class BoundTable:
    """A table whose rows are bound; `columns` in the order of their names, `keys` those of the primary key."""

    table: Table
    columns: tuple[str, ...]
    keys: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the table's name."""
        return self.table.name

    def primary_key(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the primary key of a row."""
        return tuple(row[name] for name in self.keys)

    def key_of(self, row: Mapping[str, Any]) -> str:
        """Return the key of a row as one text."""
        return "/".join(str(row[name]) for name in self.keys)

    def where(self, keys: Iterable[Sequence[Any]]) -> ColumnElement[bool]:
        """Return the condition that finds the rows of these primary keys."""
        if len(self.keys) == 1:
            return self.table.c[self.keys[0]].in_([key[0] for key in keys])
        return or_(*(and_(*(self.table.c[name] == part for name, part in zip(self.keys, key, strict=True))) for key in keys))

    def digest(self, secret: bytes, row: Mapping[str, Any]) -> bytes:
        """Return the keyed digest of a row, as the database gave it back."""
        told: list[Any] = [FORM, self.name]
        for name in self.columns:
            if value := row[name]:  # every default is falsy
                told += (name, value if type(value) in _AS_IS else _plain(value))
        try:
            data = dumps(told)
        except (ValueError, TypeError, CBOREncodeError):  # no row that the hub wrote: it has no digest of any row
            data = b""
        return hmac.digest(secret, _ROW + data, "sha256")


BOUND: Final[dict[str, BoundTable]] = {}
"""Every bound table by its name, in the order in which stores are imported."""
_AS_IS: Final = frozenset({str, int, bytes})


def bind(table: Table, *, moving: Iterable[str] = ()) -> Table:
    """Say that a table's rows are bound, but for the columns that move without a decision; return the table."""
    left_out = frozenset(moving)
    columns = tuple(sorted(column.name for column in table.columns if column.name not in left_out))
    BOUND[table.name] = BoundTable(table, columns, tuple(column.name for column in table.primary_key.columns))
    return table


def add(total: bytes, digest: bytes | None, former: bytes | None) -> bytes:
    """Return a sum of digests with one more, without one, or with one in the place of another."""
    number = int.from_bytes(total) + int.from_bytes(digest or b"") - int.from_bytes(former or b"")
    return (number % _MODULUS).to_bytes(DIGEST)


def list_digest(secret: bytes, parts: Iterable[bytes]) -> str:
    """Return what a record says of the lists that it binds: 32 letters, which can spell nobody's number."""
    state = hmac.new(secret, _LIST, "sha256")
    for body in parts:
        state.update(sha256(body).digest())
    return _letters(state.digest())


def sums_digest(secret: bytes, sums: Iterable[tuple[str, int, bytes]]) -> str:
    """Return what a record says of all tables as they stand behind it: 32 letters. A table without rows is left out."""
    told = sorted([name, count, total] for name, count, total in sums if count or any(total))
    return _letters(hmac.digest(secret, _SUMS + dumps(told), "sha256"))


def _letters(digest: bytes) -> str:
    return digest[:_SHOWN].hex().translate(_LETTERS)


def _plain(value: Any) -> Any:
    """Return a value as CBOR has it, whichever database it came from."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // _MICROSECOND
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return [[key, _plain(value[key])] for key in sorted(value)]
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return bytes(value) if isinstance(value, memoryview | bytearray) else value
