"""Bytes of an answer -> JSON (RFC 8259), strictly: what two readers could read in two ways is refused, and so is what costs more than it says.

Size, depth and the number of values are judged before anything is built of the text, in one pass over it. A number stays the text that it was:
only the type of its field says what becomes of it, and no decimal passes through a double.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, Final, NamedTuple

MAX_BYTES: Final = 8 * 1024 * 1024
"""Bytes of one answer: JSON says with about twice as many what a record of 4 MiB says."""
MAX_DEPTH: Final = 32
MOST_VALUES: Final = 200_000
"""Values of one answer, objects and lists among them."""
_MOST_MARKS: Final = 3 * MOST_VALUES
MAX_NUMBER: Final = 1100
"""Characters of a number, as many as a record's decimal has (`shuniu.records`)."""
_MARKS: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*\\?(?:"|\Z)|[\[\]{},]', re.DOTALL)
_LONG_EXPONENT: Final = re.compile(r"[eE][+-]?0*[0-9]{5}")


class DocumentError(ValueError):
    """An answer is no JSON that is read; the text is a word of ours."""


class Number(NamedTuple):
    """A number as it stands in the text."""

    text: str


def read_document(raw: bytes, encoding: str = "utf-8") -> Any:
    """Return the value of a JSON text: dict, list, str, bool, None and `Number`; raise DocumentError."""
    if len(raw) > MAX_BYTES:
        raise DocumentError("too many bytes")
    try:
        # .NET puts a mark in front, which RFC 8259 allows to skip
        text = raw.removeprefix(codecs.BOM_UTF8).decode(encoding) if encoding == "utf-8" else raw.decode(encoding)
    except UnicodeDecodeError:
        raise DocumentError(f"not in {encoding}") from None
    _measure(text)
    try:
        return _READER.decode(text)
    except DocumentError:
        raise
    except (ValueError, RecursionError):  # the reader's own text says where it stopped
        raise DocumentError("no JSON") from None


def _measure(text: str) -> None:
    """Refuse a text that is deeper, or has more values, than is read; strings are skipped whole."""
    depth = count = 0
    for number, found in enumerate(_MARKS.finditer(text)):
        if number > _MOST_MARKS:  # texts and texts, with nothing between them
            raise DocumentError("too many values")
        mark = found[0]
        if mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise DocumentError("too deep")
        elif mark in "]}":
            depth -= 1
        elif mark != ",":
            continue
        count += 1
        if count > MOST_VALUES:
            raise DocumentError("too many values")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DocumentError("a member twice in one object")
    return members


def _number(text: str) -> Number:
    if len(text) > MAX_NUMBER or _LONG_EXPONENT.search(text):
        raise DocumentError("a number too long")
    return Number(text)


def _constant(_text: str) -> Any:
    raise DocumentError("NaN or infinite")


_READER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_int=_number, parse_constant=_constant)
