"""The bytes of a provider's answer, looked at before they are parsed: how much work they are, and where each record stands.

A parser holds the interpreter until it is through, whatever thread it runs in, so what it gets is small: a light answer, or else one record
that is not built of more parts than it may be. What is written here reads field numbers and lengths alone (protobuf, encoding of messages).
"""

from collections.abc import Iterator
from typing import Final

LIGHT_BYTES: Final = 64 * 1024
LIGHT_PARTS: Final = 1_000
"""Records and fields of a light answer: read and cleaned in some 2 ms."""
_LARGE: Final = 4 * 1024
"""Bytes of a message that is looked into; a smaller one is parsed in a fraction of a millisecond, whatever is in it."""
_RECORDS: Final = 1
_ASKED: Final = 15
_MARK: Final = bytes((_ASKED << 3 | 2, 32))
"""Tag and length of the digest by which an answer names its question."""
_FIRST: Final = (_MARK[:1], bytes((_MARK[0] | 0x80,)))
"""How that tag begins, also written longer than it need be. Chinese text has neither byte, so most answers that lack it are known at once."""
_MARKED: Final = len(_MARK) + 32
_PATH: Final = (1, 2, 9)
"""Where a record holds messages: its fields, the value of one, the time of that (record.proto). All else is text or bytes, and copied."""
_PARTS: Final = 4
"""Fields of a message within a record: name and value, one kind of value, seconds and nanoseconds."""
_OTHERS: Final = 16
"""Fields of an answer that are no records, of another version of the protos perhaps."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT: Final = 10
Span = tuple[int, int, int]
"""Where a record stands: its tag, its content, its end."""


class FramingError(ValueError):
    """The bytes are no message, or one that no provider has a reason to send."""


def is_light(answer: bytes) -> bool:
    """Tell whether an answer is little work: few bytes, few records, few fields.

    Records and fields both have the tag 0x0a, or begin with 0x8a where it is written longer than it need be, so there are no more than that.
    """
    return len(answer) <= LIGHT_BYTES and answer.count(b"\n") + answer.count(b"\x8a") <= LIGHT_PARTS


def records_in(answer: bytes, most: int) -> list[Span]:
    """Return where the records stand, one more than `most` where there are too many; raise FramingError. With its tag each is an answer."""
    found: list[Span] = []
    others = 0
    for tag, number, content, end in _fields(answer, 0, len(answer)):
        if number == _RECORDS:
            found.append((tag, content, end))
        else:
            others += 1
        if others > _OTHERS:
            raise FramingError
        if len(found) > most:
            break
    return found


def is_of_other(answer: bytes, digest: bytes, most: int) -> bool:
    """Tell whether an answer says that it belongs to another question than the one of this digest; raise FramingError.

    A provider of the SDK writes the digest last, so nearly every answer is known by its end. One of an earlier release says nothing; more than
    `most` records are refused elsewhere, and are not looked at here.
    """
    if answer.endswith(digest) and answer[-_MARKED : -len(digest)] == _MARK:
        return False
    if not any(first in answer for first in _FIRST):
        return False
    said = b""
    for count, (_, number, content, end) in enumerate(_fields(answer, 0, len(answer))):
        if number == _ASKED:
            said = answer[content:end]
        if count > most + _OTHERS:
            break
    return said not in {b"", digest}


def is_crowded(answer: bytes, record: Span, most: int) -> bool:
    """Tell whether a record has more than `most` fields, without reading on; raise FramingError where one is built of too many parts.

    A small record is not looked at: it is parsed in no time, and its fields are counted then.
    """
    _, content, end = record
    if end - content <= _LARGE:
        return False
    for count, (_, number, inside, stop) in enumerate(_fields(answer, content, end), 1):
        if count > most:
            return True
        if number == _PATH[0] and stop - inside > _LARGE:
            _check_parts(answer, inside, stop, _PATH[1:])
    return False


def _check_parts(data: bytes, at: int, end: int, path: tuple[int, ...]) -> None:
    for count, (_, number, content, stop) in enumerate(_fields(data, at, end), 1):
        if count > _PARTS:
            raise FramingError
        if path and number == path[0] and stop - content > _LARGE:
            _check_parts(data, content, stop, path[1:])


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield tag, number, content and end of each field; the content of what has no length is its end."""
    while at < end:
        tag = at
        key, at = _varint(data, at, end)
        kind = key & 7
        if kind == _BYTES:
            length, content = _varint(data, at, end)
            at = content + length
        elif kind == _VARINT:
            _, at = _varint(data, at, end)
            content = at
        elif kind in {_FIXED64, _FIXED32}:
            content = at = at + (8 if kind == _FIXED64 else 4)
        else:  # groups, which proto3 does not have
            raise FramingError
        if at > end:
            raise FramingError
        yield tag, key >> 3, content, at


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    for place in range(at, min(at + _LONGEST_VARINT, end)):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 -- the bit that says that more follows
            return value, place + 1
        shift += 7
    raise FramingError
