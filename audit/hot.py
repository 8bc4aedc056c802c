"""What is written for speed, and what it saves: the one door for tricks of this package. A trick that cannot be measured has no place here.

The figures are medians of interleaved rounds on two cores, Python 3.11; `python -m benchmarks.hot` measures them again.
"""

import hmac
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar

from hub.wording import OLD_LENGTH, Guard, Key, has_many_digits, spells_id_number

_T = TypeVar("_T")
_SUPPLY: Final = 128

MOST_ROWS: Final = 64
"""Rows in one INSERT into the index. The driver releases the GIL with each row of `executemany`, and waits to get it back: beside a busy
thread twelve rows take 1.4 ms in one statement and 5.4 ms one by one; alone there is no difference."""


@dataclass(frozen=True, slots=True)
class AppendSql:
    """The statements of an append as plain texts, for the driver's own cursor (`Tx.cursor`).

    To lock and grow the tree takes 560 us with SQLAlchemy's expressions, 190 us with texts, 125 us with the cursor.
    """

    lock: str
    grow: str
    swap: str
    """Grows a tree that stands as it is thought to stand: one statement, and one wait for the GIL, less."""
    find: str
    insert: str

    @classmethod
    def of(cls, batches: str, tree: str, mark: str, for_update: str = "") -> "AppendSql":
        """Write the texts for a driver whose parameters are marked so."""
        return cls(
            lock=f'SELECT size, "range" FROM {tree} WHERE id = 1{for_update}',  # noqa: S608 - our own names
            grow=f'UPDATE {tree} SET size = {mark}, "range" = {mark} WHERE id = 1',  # noqa: S608 - our own names
            swap=f'UPDATE {tree} SET size = {mark}, "range" = {mark} WHERE id = 1 AND size = {mark} AND "range" = {mark}',  # noqa: S608 - our own names
            find=f'SELECT "first", "count", body FROM {batches} WHERE "first" <= {mark} ORDER BY "first" DESC LIMIT 1',  # noqa: S608 - our own names
            insert=f'INSERT INTO {batches} ("first", "count", body) VALUES ({mark}, {mark}, {mark})',  # noqa: S608 - our own names
        )


def insert_rows(table: str, columns: Sequence[str], mark: str) -> tuple[str, ...]:
    """Return the statements that insert so many rows at once, by their number up to `MOST_ROWS`; a row that stands already is left alone."""
    row = f"({', '.join([mark] * len(columns))})"
    head = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608 - our own names
    return tuple(f"{head}{', '.join([row] * count)} ON CONFLICT DO NOTHING" for count in range(MOST_ROWS + 1))


@lru_cache(8)
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")


def keyed_digest(key: bytes, data: bytes) -> bytes:
    """Return HMAC-SHA-256 of a few bytes. It takes 1 us; beside a busy thread `hmac.digest` takes 60, since it releases the GIL and waits for it."""
    state = _keyed(key).copy()
    state.update(data)
    return state.digest()


class Salts:
    """Random bytes in pieces of one length, each given out once, fetched by the hundred: beside a busy thread each fetch waits 14 us for the GIL."""

    def __init__(self, length: int, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Take the length of a piece and the source, which gives as many bytes as it is asked for."""
        self._length, self._random_bytes = length, random_bytes
        self._pieces: list[bytes] = []
        self._lock = threading.Lock()  # two threads must not be given the same piece

    def take(self) -> bytes:
        """Return a piece that was never given out."""
        with self._lock:
            if not self._pieces:
                supply = self._random_bytes(self._length * _SUPPLY)
                self._pieces = [supply[start : start + self._length] for start in range(0, len(supply), self._length)]
            return self._pieces.pop()


def copy_with(thing: _T, **changes: Any) -> _T:
    """Return a copy of a frozen dataclass with slots and with other values, past its `__post_init__`: the caller checks what changed.

    An outcome takes 7 us so, 20 us with `dataclasses.replace`.
    """
    kind: Any = type(thing)
    copy: _T = object.__new__(kind)
    for name in kind.__slots__:
        object.__setattr__(copy, name, changes[name] if name in changes else getattr(thing, name))
    return copy


def is_harmless(texts: Sequence[str], longest: int, subject: str) -> bool:
    """Tell in one look that all texts are short and printable and spell neither an ID number nor the subject's; otherwise each needs its own look.

    Every event passes here on its way to an answer. This takes 5 us, to look at each text 62 us.
    """
    joined = "a".join(texts)  # a letter tells numbers apart that stand side by side, and is printable
    if not joined.isprintable() or max(map(len, texts)) > longest:
        return False
    if has_many_digits(joined):
        return not spells_id_number(joined, Guard.STRICT) and not Key(subject).stands_in(*texts)
    numeric = len(subject) >= OLD_LENGTH and subject.isascii() and subject[:OLD_LENGTH].isdigit()  # such a key has many digits in every spelling
    return numeric or not Key(subject).stands_in(*texts)
