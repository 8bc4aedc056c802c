"""How the changes of a resource are followed: page by page behind a cursor, and again from there when there is nothing more for now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import grpc

from shuniu.errors import FetchError, InvalidValueError
from shuniu.provider.pages import MAX_CURSOR, StreamCall, bad_value
from shuniu.records import write_record
from shuniu.scope import RowTest, ScopeError, is_inside
from shuniu.v1.subscribe_pb2 import CHANGE_OP_DELETE, CHANGE_OP_UPSERT, ProviderChange, ProviderWatchResponse

MOST_CHANGES: Final = 1_000
"""Changes of one message."""
WANTED: Final = 1024 * 1024
"""Bytes of a message, about."""
LARGEST: Final = 3 * 1024 * 1024
"""Bytes of a message at most, as the hub takes it."""


@dataclass(frozen=True)
class Change:
    """One change: the record's key, the record as it is now, None where it is gone, and the cursor that goes on behind this change."""

    key: str
    record: Mapping[str, object] | None
    cursor: bytes = b""


@dataclass(frozen=True)
class ChangePage:
    """Some changes in their order; `cursor_behind` says where to go on behind the change of a number, 0 before the first; whether more are there."""

    changes: Sequence[Change]
    cursor_behind: Callable[[int], bytes]
    has_more: bool


ChangePages = Callable[[int], ChangePage]
"""Returns the next changes, so many at most; none where there is nothing new at the moment."""
Watch = Callable[[Sequence[str], StreamCall], ChangePages]
"""Opens the changes of a resource: fields and call in, pages out. Called, as its pages are, in threads, one at a time."""
ChangesFunction = Callable[[Sequence[str], StreamCall], Iterable[Change]]


def followed(function: ChangesFunction) -> Watch:
    """Return how a function is followed that yields the changes behind `call.cursor`, each with its cursor, and ends where there are no more yet."""

    def open_watch(fields: Sequence[str], call: StreamCall) -> ChangePages:
        return _Followed(function, fields, call)

    return open_watch


class _Followed:
    """The pages of a function that is called again and again."""

    def __init__(self, function: ChangesFunction, fields: Sequence[str], call: StreamCall) -> None:
        self._function, self._fields, self._call = function, tuple(fields), call
        self._changes: Iterator[Change] | None = None

    def __call__(self, most: int) -> ChangePage:
        if self._changes is None:
            self._changes = iter(self._function(self._fields, self._call))
        found, before = list(islice(self._changes, most)), self._call.cursor
        has_more = len(found) == most
        if not has_more:
            self._changes = None
        if found:
            self._call = replace(self._call, cursor=found[-1].cursor)
        return ChangePage(found, lambda number: found[number - 1].cursor if number else before, has_more)


class ChangeMessages:
    """The messages of one watch, from its pages. Blocks; for threads."""

    def __init__(self, pages: ChangePages, fields: Sequence[str], tests: tuple[RowTest, ...]) -> None:
        """Take the pages, the names of the columns, and what holds of each record that may leave."""
        self._pages, self._fields, self._tests = pages, tuple(fields), tests
        self.is_behind = True

    def following(self) -> list[bytes]:
        """Return the messages of the next page; of an empty one the message that says so, where that is news."""
        page = self._pages(MOST_CHANGES)
        was_behind, self.is_behind = self.is_behind, page.has_more
        if not page.changes:
            is_news = was_behind and not page.has_more
            return [ProviderWatchResponse(cursor=page.cursor_behind(0)).SerializeToString()] if is_news else []
        return self._messages(page, 0, len(page.changes))

    def _messages(self, page: ChangePage, begin: int, end: int) -> list[bytes]:
        message = ProviderWatchResponse(cursor=page.cursor_behind(end), more=page.has_more or end < len(page.changes))
        if not 0 < len(message.cursor) <= MAX_CURSOR:
            raise _no_cursor()
        for one in page.changes[begin:end]:
            self._write(message.changes.add(), one)
        size = message.ByteSize()
        if size > WANTED and end - begin > 1:
            half = (begin + end) // 2
            return self._messages(page, begin, half) + self._messages(page, half, end)
        if size > LARGEST:
            raise _change_too_large()
        return [message.SerializeToString()]

    def _write(self, change: ProviderChange, one: Change) -> None:
        """Write one change; a record outside the asked rows is told as gone: it may have been inside before."""
        change.key = one.key
        if one.record is None or not self._is_inside(one.record):
            change.op = CHANGE_OP_DELETE
            return
        change.op = CHANGE_OP_UPSERT
        try:
            write_record(change.record, {name: one.record[name] for name in self._fields})
        except KeyError as error:
            raise bad_value(next((name for name in self._fields if error.args == (name,)), "")) from None
        except InvalidValueError as error:
            raise bad_value(error.field) from None

    def _is_inside(self, record: Mapping[str, object]) -> bool:
        if not self._tests:
            return True
        try:
            return is_inside(self._tests, record)
        except KeyError:
            raise bad_value("") from None
        except ScopeError as error:
            raise bad_value(error.field) from None


def idle_message() -> bytes:
    """Return the message that says that there is nothing new."""
    return ProviderWatchResponse().SerializeToString()


def _no_cursor() -> FetchError:
    return FetchError(
        grpc.StatusCode.INTERNAL,
        "PROVIDER_FAILED",
        "a change came without a cursor, or with one that is too long",
        message_zh="变更未带续传位置，或者续传位置过长",
        next_action="inform the providing department",
        next_action_zh="请联系提供部门",
    )


def _change_too_large() -> FetchError:
    return FetchError(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "TOO_LARGE",
        "one record exceeds 3 MiB",
        message_zh="单条记录超过 3 MiB",
        next_action="ask for fewer fields",
        next_action_zh="请减少信息项",
    )
