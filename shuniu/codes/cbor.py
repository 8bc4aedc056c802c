"""The strict reading of foreign CBOR: one deterministic spelling, no tags, caps on everything (RFC 8949 section 4.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final, NoReturn

from shuniu.codes.reasons import (
    CBOR_KEY,
    CBOR_KIND,
    CBOR_NOT_DETERMINISTIC,
    CBOR_STRING_TOO_LONG,
    CBOR_TOO_LARGE,
    CBOR_TOO_MANY_ITEMS,
    CBOR_UNREADABLE,
    READER_MISSING,
)

try:
    import cbor2
except ModuleNotFoundError as error:
    raise READER_MISSING(package="cbor2") from error


@dataclass(frozen=True)
class Limits:
    """How much foreign CBOR may hold before it is refused unread: bytes in all, depth, items of a list, bytes of a string."""

    total: int = 4096
    depth: int = 8
    items: int = 64
    string: int = 1024


USUAL: Final = Limits()


class _EveryTag(Mapping[int, Callable[[Any, bool], Any]]):
    """Refuses every CBOR tag, those that cbor2 would turn into dates, patterns or huge numbers included."""

    def __getitem__(self, tag: int) -> Callable[[Any, bool], Any]:
        return _refuse_tag

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _refuse_tag(_value: Any, _immutable: bool) -> NoReturn:  # noqa: FBT001 - cbor2 calls it so
    raise ValueError("tag")


_EVERY_TAG: Final = _EveryTag()
_IS_STRICT: Final = int(version("cbor2").partition(".")[0]) >= 6  # noqa: PLR2004 - the first release that can be told to refuse
_ONE_BYTE, _EIGHT_BYTES = 24, 27  # what the low five bits of a head say (RFC 8949 section 3)
_STRINGS, _TAG = (2, 3), 6  # major types (RFC 8949 section 3.1)
_NESTS: Final = {4: 1, 5: 2}
"""Items in an array and in a map for each that the head counts."""


def encode(value: Any) -> bytes:
    """Encode a value deterministically: shortest heads, definite lengths, map keys by length first and then bytewise (RFC 8949 section 4.2.3)."""
    return cbor2.dumps(value, canonical=True)


def strict_cbor(data: bytes, limits: Limits = USUAL) -> Any:
    """Decode one deterministically encoded item of integers, strings, arrays, maps, booleans and null; anything else is refused.

    Encoding the result again must give the same bytes: this refuses duplicate keys, indefinite lengths, long heads and trailing bytes.
    """
    if len(data) > limits.total:
        raise CBOR_TOO_LARGE()
    try:
        value = _loads(data, limits.depth)
    # Whatever the decoder raises on hostile bytes is one refusal: none of it may reach a caller as an internal error.
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise CBOR_UNREADABLE() from error
    _check_within(value, limits)
    if encode(value) != data:  # RFC 8949 section 4.2.3
        raise CBOR_NOT_DETERMINISTIC()
    return value


def _loads(data: bytes, depth: int) -> Any:
    if _IS_STRICT:
        return cbor2.loads(data, max_depth=depth, allow_indefinite=False, allow_duplicate_keys=False, semantic_decoders=_EVERY_TAG)
    check_heads(data, depth)
    return cbor2.loads(data)


def check_heads(data: bytes, depth: int) -> None:
    """Raise ValueError unless the heads of one item (RFC 8949 section 3) are definite, shallow, without tags and within the data.

    Python 3.9 has no cbor2 that refuses these itself; the one it has makes dates, patterns and cycles of tags before anybody can look.
    """
    at, open_items = 0, [1]
    while open_items:
        if at >= len(data):
            raise ValueError("end")
        open_items[-1] -= 1
        kind, short = data[at] >> 5, data[at] & 0x1F
        size = 0 if short < _ONE_BYTE else 1 << short - _ONE_BYTE
        if short > _EIGHT_BYTES or kind == _TAG or at + 1 + size > len(data):
            raise ValueError("head")
        count = int.from_bytes(data[at + 1 : at + 1 + size], "big") if size else short
        at += 1 + size + (count if kind in _STRINGS else 0)
        if kind in _NESTS:
            open_items.append(count * _NESTS[kind])
        if len(open_items) > depth + 1 or at > len(data):
            raise ValueError("depth")
        while open_items and not open_items[-1]:
            open_items.pop()


def _check_within(value: Any, limits: Limits) -> None:
    # A list that grows while it is walked instead of a call for each item: a record of the log has thirty, and a page of a search fifty records.
    # Exact types: bool is a subclass of int, and a key that is True would otherwise pass for 1.
    waiting = [value]
    for item in waiting:
        kind = type(item)
        if kind is str or kind is bytes:
            if len(item) * 4 > limits.string and len(item if kind is bytes else item.encode()) > limits.string:
                raise CBOR_STRING_TOO_LONG()
        elif kind is list or kind is dict:
            if len(item) > limits.items:
                raise CBOR_TOO_MANY_ITEMS()
            waiting += item
            if kind is dict:
                if any(type(key) is not int and type(key) is not str for key in item):
                    raise CBOR_KEY()
                waiting += item.values()
        elif kind is not int and kind is not bool and item is not None:
            raise CBOR_KIND()
