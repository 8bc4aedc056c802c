"""The strict reading of foreign CBOR: one deterministic spelling, no tags, caps on everything (RFC 8949 section 4.2)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import cbor2

from hub.reasons import (
    CBOR_KEY,
    CBOR_KIND,
    CBOR_NOT_DETERMINISTIC,
    CBOR_STRING_TOO_LONG,
    CBOR_TOO_LARGE,
    CBOR_TOO_MANY_ITEMS,
    CBOR_UNREADABLE,
)


@dataclass(frozen=True, slots=True)
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
        value = cbor2.loads(data, max_depth=limits.depth, allow_indefinite=False, allow_duplicate_keys=False, semantic_decoders=_EVERY_TAG)
    # Whatever the decoder raises on hostile bytes is one refusal: none of it may reach a caller as an internal error.
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise CBOR_UNREADABLE() from error
    _check_within(value, limits)
    if encode(value) != data:  # RFC 8949 section 4.2.3
        raise CBOR_NOT_DETERMINISTIC()
    return value


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
