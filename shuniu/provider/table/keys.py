"""The key of a fetch: how its text becomes a value of the key column. Whether a record is of it: `shuniu.provider.same_key`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import grpc
from sqlalchemy import exc, types

from shuniu.errors import FetchError, SourceError
from shuniu.provider.table import values
from shuniu.provider.table.columns import ServedColumn
from shuniu.provider.table.encodings import as_stored
from shuniu.provider.table.kinds import FIXED

PADDING: Final = frozenset({"oracle", "dm"})
"""Databases that compare CHAR(n) with a bound text blank by blank."""
_INVALID_TEXT: Final = "22P02"
_UNTRANSLATABLE: Final = "22P05"
_NOT_IN_REPERTOIRE: Final = "22021"
OTHER_ALPHABET: Final = 1267
"""MySQL's number for two texts that cannot be compared, as a Chinese key with a column of ASCII."""


def key_reader(key: ServedColumn, dialect: str) -> Callable[[str], object]:
    """Return how a key's text becomes a value of its column; raise SourceError for a column that cannot be the key."""
    kind = key.sql_type
    # other types have several spellings of one value: as a key they would find nothing or the wrong record
    if isinstance(kind, types.Integer) or (isinstance(kind, types.Numeric) and kind.scale == 0):
        return _key(values.integer_key, "a whole number", "整数")
    if isinstance(kind, types.Uuid):
        return _key(values.uuid_key, "a UUID", "UUID")
    if isinstance(kind, FIXED) and dialect in PADDING:
        return lambda text: text.ljust(key.column.length)
    if isinstance(kind, (types.String, types.NullType)):
        return lambda text: as_stored(text, key.stored, dialect)
    raise SourceError(
        f"column {key.source} of type {key.column.type} cannot be the key",
        message_zh=f"{key.source} 列的类型为 {key.column.type}，不能作为查询键",
        next_action="choose a column of text, whole numbers or UUIDs",
        next_action_zh="请选择文本、整数或 UUID 类型的列",
    )


def is_no_value(error: Exception, key: ServedColumn, asked: str) -> bool:
    """Tell whether a database error means that the key is no value of its column, as far as it has no notation: then there is no such record.

    So it is for a word that is not among those of an ENUM, and for a character that the database's encoding does not have.
    """
    orig = getattr(error, "orig", None)
    state = getattr(orig, "sqlstate", "")
    if isinstance(error, UnicodeEncodeError) or isinstance(orig, UnicodeEncodeError):
        return True
    if getattr(orig, "args", ())[:1] == (OTHER_ALPHABET,):
        return not asked.isascii()
    if not isinstance(error, exc.DataError):
        return False
    return (state == _INVALID_TEXT and isinstance(key.sql_type, types.Enum)) or (state == _UNTRANSLATABLE and not asked.isascii())


def is_untaken(error: Exception, asked: str) -> bool:
    """Tell whether the database does not take the key's characters, though a record may have them: PostgreSQL with SQL_ASCII, beyond ASCII."""
    return getattr(getattr(error, "orig", None), "sqlstate", "") == _NOT_IN_REPERTOIRE and not asked.isascii()


def _key(read: Callable[[str], object], what: str, what_zh: str) -> Callable[[str], object]:
    def key_of(text: str) -> object:
        try:
            return read(text)
        except ValueError:
            raise FetchError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "INVALID_KEY",
                f"the key must be {what}",
                message_zh=f"查询键的值应为{what_zh}",
                next_action="correct the key",
                next_action_zh="请修正查询键的值",
            ) from None

    return key_of
