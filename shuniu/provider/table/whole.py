"""A table read whole, in the order of its key: select after select, each of the rows behind the last key of the one before.

No cursor of the database is held open: a stream is as slow as its consumer, and a transaction that waits for it would hold back what the
database cleans up, or be ended by its own time limit (ADR 0037). So every select is one like a fetch's. What is written meanwhile may be read or
not; a record that stands is read once. A record without a key is nobody's, and is not read, as no query finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Optional, Union

from shuniu.provider.pages import Page, StreamCall, read_cursor, write_cursor
from shuniu.provider.resource import MAX_KEY

Key = Union[str, int]
Select = Callable[[Optional[Key], int], Sequence[Sequence[Any]]]
"""Returns rows in order from a key on, so many at most; the key stands first in each. Where keys are unique, only those behind it."""


class WholeTable:
    """The pages of one table.

    A cursor names a key and how many rows with it were read. Where the database says that keys are unique the number is 0: all behind that key
    are still to come. Otherwise rows of one key stand in the order of their other values.
    """

    def __init__(self, select: Select, wanted: Sequence[int], call: StreamCall, wrong_key: Callable[[], Exception], *, is_unique: bool) -> None:
        """Take the select, and where in its rows the asked fields stand."""
        self._select, self._wanted, self._wrong_key, self._is_unique = select, tuple(wanted), wrong_key, is_unique
        self._key: Key | None = None
        self._read = 0
        if call.cursor:
            self._key, self._read = read_cursor(call.cursor, ((str, int), int))

    def __call__(self, most: int) -> Page | None:
        """Return the next page."""
        found = self._select(self._key, self._read + most)
        rows = found[self._already(found) :]
        if not rows:
            return None
        places = self._places(rows)
        self._key, self._read = places[-1]
        values = [[row[place] for place in self._wanted] for row in rows]
        return Page(values, lambda number: write_cursor(*places[number - 1]))

    def _already(self, rows: Sequence[Sequence[Any]]) -> int:
        """Return how many of the rows at the beginning were read before."""
        count = 0
        while count < min(self._read, len(rows)) and _alike(rows[count][0], self._key):
            count += 1
        return count

    def _places(self, rows: Sequence[Sequence[Any]]) -> list[tuple[Key, int]]:
        """Return what is said behind each row: the key with which its run of equal keys begins, and how many rows of the run were read."""
        places: list[tuple[Key, int]] = []
        key: Any = self._key
        read = self._read
        for row in rows:
            if isinstance(row[0], str) and len(row[0]) > MAX_KEY:
                raise self._wrong_key()
            if self._is_unique:
                key = row[0]
            elif read and _alike(row[0], key):
                read += 1
            else:
                key, read = row[0], 1
            places.append((key, read))
        return places


def _alike(one: Any, other: Any) -> bool:
    """Tell whether two keys may be equal to the database: many compare text without regard to case, and to blanks behind."""
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold().rstrip() == other.casefold().rstrip()
    return bool(one == other)
