"""How a resource is read whole: page by page in a fixed order, so that whoever was cut off goes on behind the last row that arrived."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Optional

import grpc

from shuniu.errors import FetchError
from shuniu.scope import RowTest

MAX_CURSOR: Final = 2048
"""Bytes of a cursor, as the hub takes it."""


@dataclass(frozen=True)
class StreamCall:
    """For whom and for what a whole resource is read, and from where on: an empty cursor is the beginning.

    `rows` are conditions that all hold of each record that may be had; no other record leaves, whatever a function yields.
    """

    consumer: str
    purpose: str
    case_number: str
    rows: tuple[RowTest, ...] = ()
    cursor: bytes = b""


@dataclass(frozen=True)
class Page:
    """Some rows, each with the values of the asked fields in their order; `cursor_behind` says where to go on behind the row of a number, from 1."""

    rows: Sequence[Sequence[object]]
    cursor_behind: Callable[[int], bytes]


Pages = Callable[[int], Optional[Page]]
"""Returns the next page of at most so many rows, None behind the last."""
Stream = Callable[[Sequence[str], StreamCall], Pages]
"""Opens a resource to be read whole: fields and call in, pages out. Called, as its pages are, in threads, one at a time."""
RowsFunction = Callable[[Sequence[str], StreamCall], Iterable[Mapping[str, object]]]


def iterated(function: RowsFunction) -> Stream:
    """Return how a function is streamed that yields all its records, in the same order at every call: a cursor counts them."""

    def open_stream(fields: Sequence[str], call: StreamCall) -> Pages:
        (count,) = read_cursor(call.cursor, (int,)) if call.cursor else (0,)
        return _Counted(islice(iter(function(fields, call)), count, None), fields, count)

    return open_stream


class _Counted:
    """The pages of an iterator."""

    def __init__(self, rows: Iterator[Mapping[str, object]], fields: Sequence[str], count: int) -> None:
        self._rows, self._fields, self._count = rows, fields, count

    def __call__(self, most: int) -> Page | None:
        found = [self._values(row) for row in islice(self._rows, most)]
        if not found:
            return None
        before, self._count = self._count, self._count + len(found)
        return Page(found, lambda number: write_cursor(before + number))

    def _values(self, row: Mapping[str, object]) -> tuple[object, ...]:
        try:
            return tuple(row[name] for name in self._fields)
        except KeyError as error:
            lacking = next((name for name in self._fields if error.args == (name,)), "")
            raise bad_value(lacking) from None


def write_cursor(*parts: object) -> bytes:
    """Return a cursor of plain values."""
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()


def read_cursor(cursor: bytes, kinds: tuple[Any, ...]) -> list[Any]:
    """Return the values of a cursor; raise FetchError for one that this provider did not give."""
    try:
        parts = json.loads(cursor)
    except (ValueError, RecursionError):
        parts = None
    if not isinstance(parts, list) or len(parts) != len(kinds) or not all(isinstance(one, kind) for one, kind in zip(parts, kinds)):
        raise FetchError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "INVALID_CURSOR",
            "this is no place that this provider gave out",
            message_zh="该续传位置并非本提供方给出",
            next_action="begin anew, without a cursor",
            next_action_zh="请不带续传位置，从头开始",
        )
    return parts


def place_lost() -> FetchError:
    """Return the error of a place that is gone: the data was replaced as a whole."""
    return FetchError(
        grpc.StatusCode.FAILED_PRECONDITION,
        "PLACE_LOST",
        "the data was replaced as a whole: there is no going on in it",
        message_zh="数据已整体更换，无法继续",
        next_action="begin anew, without a cursor",
        next_action_zh="请不带续传位置，从头开始",
    )


def bad_value(column: str) -> FetchError:
    """Return the error of a record that lacks a field, or holds in it what is not of the type that the hub asked for."""
    return FetchError(
        grpc.StatusCode.DATA_LOSS,
        "BAD_RECORD",
        "a record lacks a field, or holds a value of another type than the directory entry's",
        message_zh="记录缺少信息项，或者含有与目录条目类型不符的值",
        next_action="inform the providing department",
        next_action_zh="请联系提供部门修正数据",
        facts={"column": column} if column else {},
    )
