"""The rows of a file by their keys, in a SQLite file that has no name any more: gone with the process, however it ends.

Why SQLite and not a dictionary: a million rows of ten columns take about 1 GiB as Python objects and some 16 MiB of memory here; the rest is
the page cache's, which the system takes back when it needs it.
"""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, Final

from shuniu.provider.files.sheet import SPOILT, Cell, Row

QUICK_STEPS: Final = 1_000
"""Instructions of SQLite's machine after which a quick select is looked at: about 50 records, well under a millisecond."""
_CACHE_KIB: Final = 16 * 1024
_DISTRUST: Final = 100
"""Refused when more than one row in so many cannot be read: then it is the encoding or the delimiter that is wrong, and not the row."""
_FEW: Final = 10
_ROUNDED: Final = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{2}")
"""What a spreadsheet makes of a number of eighteen digits when it is saved: nobody's number any more."""


@dataclass
class Census:
    """What was met while a file was read: rows without a key, of another length than the header, with a cell that is no text, with a rounded key.

    `empty` has the positions of the columns in which some row has no value.
    """

    rows: int = 0
    without_key: int = 0
    ragged: int = 0
    spoilt: int = 0
    rounded: int = 0
    empty: set[int] = field(default_factory=set)

    @property
    def is_doubtful(self) -> bool:
        """Tell whether so many rows cannot be read that the file as a whole is not what was stated."""
        return max(self.ragged, self.spoilt) > max(_FEW, self.rows // _DISTRUST)


Keep = Callable[[Sequence[Cell]], bool]
"""Tells whether a row is to be kept, by its cells in the order in which they were asked for."""


class Index:
    """A file's rows by key. One connection for all threads: a look-up takes some twenty microseconds, less than opening another one."""

    def __init__(self, folder: Path) -> None:
        """Make an empty one in a folder."""
        descriptor, place = tempfile.mkstemp(".index", "", folder)  # mode 0600: it holds what the file holds
        os.close(descriptor)
        self._place = Path(place)
        self._lock = threading.Lock()
        self._is_open = True
        self._db = sqlite3.connect(place, check_same_thread=False, isolation_level=None)
        try:
            for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}", "locking_mode = EXCLUSIVE"):
                self._db.execute(f"PRAGMA {pragma}")
            # written to once, so that the file is open before its name goes
            self._db.execute("PRAGMA user_version = 1")
        finally:
            self._forget()

    def fill(self, rows: Iterable[Row], width: int, key: int, key_of: Callable[[Cell], str | None]) -> Census:
        """Take in all rows; `key` is the position of the key column, `key_of` makes of its cell the text by which it is asked for, or None."""
        census = Census()
        columns = ", ".join(f"c{number}" for number in range(width))
        places = ", ".join("?" * (width + 1))
        with self._lock:
            self._db.execute("BEGIN")
            self._db.execute(f"CREATE TABLE rows (k, {columns})")  # without types: a text stays the text it was
            self._db.executemany(f"INSERT INTO rows VALUES ({places})", _counted(rows, width, key, key_of, census))  # noqa: S608 - question marks
            self._db.execute("CREATE INDEX by_key ON rows (k)")
            self._db.execute("COMMIT")
            self._db.execute("PRAGMA query_only = ON")
        return census

    def rows(self, key: str, columns: Sequence[int], limit: int, keep: Keep | None = None) -> list[tuple[Cell, ...]] | None:
        """Return the cells of the rows under a key that are to be kept, None when the index has been closed."""
        with self._lock:
            return self._select(key, columns, limit, keep) if self._is_open else None

    def quick_rows(self, key: str, columns: Sequence[int], limit: int, keep: Keep | None = None) -> list[tuple[Cell, ...]] | None:
        """Return them if that takes few steps and waits for nobody, None if it does not."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            if not self._is_open:
                return None
            # SQLite counts the steps of a kept statement over all its runs, so the first call may come early: the second one stops it
            self._db.set_progress_handler(chain((0,), repeat(1)).__next__, QUICK_STEPS)
            try:
                return self._select(key, columns, limit, keep)
            except sqlite3.OperationalError:
                return None
            finally:
                self._db.set_progress_handler(None, 0)
        finally:
            self._lock.release()

    def page(self, behind: int, columns: Sequence[int], limit: int) -> list[tuple[Any, ...]] | None:
        """Return rows in the order of the file, behind the row of a number: the number of each and its cells; None when the index has been closed."""
        wanted = "".join(f", c{number}" for number in columns)
        with self._lock:
            if not self._is_open:
                return None
            statement = f"SELECT rowid{wanted} FROM rows WHERE rowid > ? ORDER BY rowid LIMIT ?"  # noqa: S608 - numbers
            return self._db.execute(statement, (behind, limit)).fetchall()

    def close(self) -> None:
        """Close it when the look-up under way has ended; the room on the disk is free then."""
        with self._lock:
            self._is_open = False
            self._db.close()
        self._forget()

    def _forget(self) -> None:
        # Windows takes no name from an open file: there it goes when the index is closed
        with suppress(PermissionError):
            self._place.unlink(missing_ok=True)

    def _select(self, key: str, columns: Sequence[int], limit: int, keep: Keep | None) -> list[tuple[Cell, ...]]:
        wanted = ", ".join(f"c{number}" for number in columns)
        if keep is not None:
            # read one by one: the limit counts what is kept, and nothing else stays in memory
            found = self._db.execute(f"SELECT {wanted} FROM rows WHERE k = ?", (key,))  # noqa: S608 - numbers
            return list(islice(filter(keep, found), limit))
        return self._db.execute(f"SELECT {wanted} FROM rows WHERE k = ? LIMIT ?", (key, limit)).fetchall()  # noqa: S608 - numbers


def _counted(rows: Iterable[Row], width: int, key: int, key_of: Callable[[Cell], str | None], census: Census) -> Iterator[Sequence[Any]]:
    """Yield each row with its key in front, and keep count of what was met."""
    nothing = [SPOILT] * width
    for cells, is_whole in rows:
        census.rows += 1
        found = key_of(cells[key]) if key < len(cells) else None
        if found is None:
            census.without_key += 1
        if not is_whole:
            census.ragged += 1
        elif SPOILT in cells:
            census.spoilt += 1
        elif None in cells and len(census.empty) < width:
            census.empty.update(number for number, cell in enumerate(cells) if cell is None)
        if found is not None:
            if "E+" in found and _ROUNDED.fullmatch(found):
                census.rounded += 1
            yield (found, *(cells if is_whole else nothing))
