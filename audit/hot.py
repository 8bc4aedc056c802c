"""What is written for speed, and what it saves: the one door for tricks of this package. A trick that cannot be measured has no place here.

The figures are medians of interleaved rounds on two cores, Python 3.11; `python -m benchmarks.hot` measures them again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, TypeVar

from hub.wording import Guard, Key, has_many_digits, spells_id_number

_T = TypeVar("_T")

MOST_ROWS: Final = 64
"""Rows in one INSERT. The driver releases the GIL with each row of `executemany`, and waits to get it back: with a busy second thread,
a commit of 12 records takes 5 ms in statements of many rows and 19 ms row by row; alone, there is no difference."""


@dataclass(frozen=True, slots=True)
class AppendSql:
    """The three statements of an append as plain texts: SQLAlchemy takes TIMES longer for an expression than the database for the statement."""

    lock: str
    grow: str
    insert: tuple[str, ...]
    """By the number of rows, up to `MOST_ROWS`."""

    @classmethod
    def of(cls, records: str, tree: str, columns: Sequence[str], mark: str, for_update: str = "") -> "AppendSql":
        """Write the texts for a driver whose parameters are marked so."""
        row = f"({', '.join([mark] * len(columns))})"
        head = f"INSERT INTO {records} ({', '.join(columns)}) VALUES "  # noqa: S608 - our own names
        return cls(
            lock=f'SELECT size, "range" FROM {tree} WHERE id = 1{for_update}',  # noqa: S608 - our own names
            grow=f'UPDATE {tree} SET size = {mark}, "range" = {mark} WHERE id = 1',  # noqa: S608 - our own names
            insert=tuple(head + ", ".join([row] * count) for count in range(MOST_ROWS + 1)),
        )


def copy_with(thing: _T, **changes: Any) -> _T:
    """Return a copy of a frozen dataclass with other values, past its `__post_init__`: the caller checks what changed.

    An outcome is made in HALF the time of `dataclasses.replace`.
    """
    copy = object.__new__(type(thing))
    for part in fields(thing):  # type: ignore[arg-type]  # a dataclass, as its contract says
        object.__setattr__(copy, part.name, changes[part.name] if part.name in changes else getattr(thing, part.name))
    return copy


def is_harmless(texts: Sequence[str], longest: int, key: Key | None) -> bool:
    """Tell in one look that all texts are short and printable and spell neither an ID number nor the key; otherwise each needs its own look.

    Every event passes here on its way to an answer; looking at each text costs LOOKS as much.
    """
    joined = "|".join(texts)
    if not joined.isprintable() or max(map(len, texts)) > longest:
        return False
    if has_many_digits(joined):
        return not spells_id_number(joined, Guard.STRICT) and (key is None or not key.stands_in(*texts))
    return key is None or key.has_many_digits or not key.stands_in(*texts)
