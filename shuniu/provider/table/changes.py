"""The changes of a table that has a version column: a number or a time that every insert and update raises. Select after select, in its order.

A transaction that raised the version first may commit last: its rows appear behind a place that was read already. So what was read in the last
seconds is read again, and of it what is new is told. How far back, the settings say (`late_seconds`): a commit may be so late behind a later
version. A cursor names the place that far back, and by short digests what was told since: whoever goes on there loses nothing, and after many
changes gets some again.
"""

from __future__ import annotations

import logging
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from time import monotonic
from typing import Any, Final, NamedTuple, Optional, Union

from sqlalchemy.engine.reflection import Inspector

from shuniu.errors import SourceError
from shuniu.provider.changes import Change, ChangePage
from shuniu.provider.pages import read_cursor, write_cursor
from shuniu.provider.table.columns import Plan, ServedColumn, has_index
from shuniu.v1.catalog_pb2 import FieldType

MOST_SEEN: Final = 20_000
"""Rows that are remembered as told: beyond, what was read first is not read again."""
MOST_MARKS: Final = 96
"""Rows that a cursor names as told."""
_MARK: Final = 8
Version = Union[int, str, datetime]
_VERSIONS: Final = (FieldType.FIELD_TYPE_INT64, FieldType.FIELD_TYPE_TIMESTAMP)
log = logging.getLogger(__name__)


class Place(NamedTuple):
    """A place in the order of a table: a version, and of the rows that have it the key."""

    version: Version
    key: str | int


class ChangedRow(NamedTuple):
    """A row as it was read: where it stands, whether it is marked as deleted, and its values."""

    place: Place
    is_deleted: bool
    record: dict[str, object]


Select = Callable[[Optional[Place], int], Sequence[ChangedRow]]
"""Returns rows in their order behind a place, so many at most."""


class WatchedTable:
    """The pages of one watch."""

    def __init__(self, select: Select, cursor: bytes, late: float, now: Callable[[], float] = monotonic) -> None:
        """Take the select, where to go on, and how many seconds a commit may be late."""
        self._select, self._late, self._now = select, late, now
        self._place: Place | None = None
        self._floor: Place | None = None
        self._seen: dict[Place, None] = {}
        self._marks: frozenset[bytes] = frozenset()
        if cursor:
            self._resume(cursor)
        # where to look again from, while that is under way
        self._again: Place | None = self._floor
        self._is_looking_again = bool(cursor)
        self._had_more = True  # nothing was read yet
        self._passed: deque[tuple[float, Place | None]] = deque([(now(), self._floor)])
        self._look_time = now() + late

    def _resume(self, cursor: bytes) -> None:
        parts = read_cursor(cursor, (str, (str, int), (str, type(None)), (str, int, type(None)), str))
        self._place = Place(_version_from(parts[0]), parts[1])
        self._floor = None if parts[2] is None else Place(_version_from(parts[2]), parts[3])
        told = b64decode(parts[4])
        self._marks = frozenset(told[start : start + _MARK] for start in range(0, len(told), _MARK))

    def __call__(self, most: int) -> ChangePage:
        """Return the next changes: those behind the place, and when it is time, those that appeared before it."""
        if self._is_looking_again:
            return self._look_again(most)
        rows = self._select(self._place, most)
        before = self._cursor(self._place)
        self._take(rows)
        if rows:
            self._place = rows[-1].place
        self._had_more = len(rows) == most
        if self._now() >= self._look_time:
            self._begin_again()

        def behind(number: int) -> bytes:
            return self._cursor(rows[number - 1].place) if number else before

        return ChangePage(_changes(rows), behind, self._had_more or self._is_looking_again)

    def _begin_again(self) -> None:
        """Look again from where this watch was twice as long ago as a commit may be late."""
        now = self._now()
        while len(self._passed) > 1 and self._passed[1][0] <= now - 2 * self._late:
            self._passed.popleft()
        self._raise_floor(self._passed[0][1])
        self._passed.append((now, self._place))
        self._again, self._is_looking_again = self._floor, self._place is not None and self._floor != self._place
        self._look_time = now + self._late

    def _raise_floor(self, floor: Place | None) -> None:
        if floor is None or floor == self._floor:
            return
        self._floor = floor
        self._seen = {place: None for place in self._seen if _is_behind(place, floor)}

    def _look_again(self, most: int) -> ChangePage:
        rows, end, before = self._select(self._again, most), self._place, self._cursor(self._place)
        met = [row for row in rows if end is None or not _is_behind(row.place, end)]
        if rows:
            self._again = rows[-1].place
        self._is_looking_again = len(met) == most
        fresh = [row for row in met if row.place not in self._seen and _mark(row.place) not in self._marks]
        self._take(met)
        if not self._is_looking_again:
            self._marks = frozenset()
        after = self._cursor(self._place)
        # behind some of them alone: all come again
        return ChangePage(_changes(fresh), lambda number: after if number == len(fresh) else before, self._is_looking_again or self._had_more)

    def _take(self, rows: Sequence[ChangedRow]) -> None:
        self._seen.update((row.place, None) for row in rows)
        surplus = list(islice(self._seen, max(len(self._seen) - MOST_SEEN, 0)))
        for place in surplus:
            del self._seen[place]
        if surplus and (self._floor is None or _is_behind(surplus[-1], self._floor)):
            self._floor = surplus[-1]
            self._passed[0] = (self._passed[0][0], self._floor)

    def _cursor(self, at: Place | None) -> bytes:
        """Return what goes on behind a place."""
        if at is None:
            return b""
        marks = [_mark(place) for place in self._seen] if len(self._seen) <= MOST_MARKS else []
        floor = (None, None) if self._floor is None else (_version_to(self._floor.version), self._floor.key)
        return write_cursor(_version_to(at.version), at.key, *floor, b64encode(b"".join(marks)).decode())


def _changes(rows: Sequence[ChangedRow]) -> list[Change]:
    return [Change(str(row.place.key), None if row.is_deleted else row.record) for row in rows]


def check_version(inspector: Inspector, plan: Plan, columns: Mapping[str, ServedColumn], *, is_unique: bool) -> None:
    """Refuse a version column by which no changes can be followed; warn of one without an index."""
    if not plan.version:
        return
    served = columns[plan.version]
    if served.column.value_type not in _VERSIONS or not is_unique:
        raise _no_version(plan)
    if not has_index(inspector, plan, served.source):
        log.warning("%s has no index that begins with %s: every look for changes reads the whole table. Create one", plan.name, served.source)


def version_of(value: Any) -> Version:
    """Return a version as it is kept, from what the driver gave; raise TypeError for what has no order that a cursor could name."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, (int, str, datetime)):
        raise TypeError("no version")
    return value


def _version_to(version: Version) -> str:
    if isinstance(version, datetime):
        return "t" + version.isoformat()
    return f"n{version}" if isinstance(version, int) else "s" + version


def _version_from(text: str) -> Version:
    kind, rest = text[:1], text[1:]
    return datetime.fromisoformat(rest) if kind == "t" else int(rest) if kind == "n" else rest


def _is_behind(one: Place, other: Place) -> bool:
    left: Any = one
    return bool(left > other)


def _mark(place: Place) -> bytes:
    return sha256(f"{_version_to(place.version)}\0{place.key}".encode()).digest()[:_MARK]


def _no_version(plan: Plan) -> SourceError:
    return SourceError(
        f"the changes of {plan.name} cannot be followed by {plan.version!r}",
        message_zh=f"无法按信息项 {plan.version} 跟踪 {plan.name} 的变更",
        next_action="name a column of whole numbers or timestamps as version_column, of a table whose key the database keeps unique, or leave it out",
        next_action_zh="请将 version_column 改为整数或时间列，并确保该表的查询键在数据库中唯一；或者不填",
    )
