"""What a file holds, whatever its format: columns, and rows of cells that an index can keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Optional, Union

from shuniu.provider.comparison import TEXT

SPOILT: Final = 0
"""Stands for a cell that cannot be read: bytes that are no text of the file's encoding. A fetch of it is BAD_RECORD."""

Cell = Optional[Union[str, bytes, int]]
"""A text, bytes, None for no value, or SPOILT."""
Row = tuple[Sequence[Cell], bool]
"""The cells of a row, and whether it has as many as there are columns: of one that has not, nobody knows which value is which."""


@dataclass(frozen=True)
class SheetColumn:
    """One column of a file: the type of its values as in `comparison.TYPES`, and the type as the file itself calls it."""

    name: str
    value_type: str = TEXT
    described: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Sheet:
    """An open file: its columns, and its rows, to be read once."""

    columns: tuple[SheetColumn, ...]
    rows: Iterator[Row]
