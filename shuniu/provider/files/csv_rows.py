"""A CSV file (RFC 4180) as departments export it: from Excel or from a database, in UTF-8 or in a Chinese encoding.

Cells lose their outer blanks, and an empty cell is no value: exports pad, and CSV cannot tell an empty text from none.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Final

from shuniu.provider.files.sheet import SPOILT, Cell, Row, Sheet, SheetColumn
from shuniu.provider.reasons import FILE_COLUMNS, FILE_EMPTY, FILE_ENCODING, FILE_LINE, FILE_WITHOUT_HEADER

ENCODINGS: Final = ("utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "big5")
_SAMPLE: Final = 64 * 1024
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ESCAPED: Final = re.compile("[\ud800-\udfff]")
_BLANKS: Final = " \t\u00a0\u3000"
_LIKE_DATA: Final = re.compile("[0-9]{6}")


@dataclass(frozen=True)
class CsvFormat:
    """How a file is written. `columns` names its columns where it has no header row."""

    encoding: str = "utf-8"
    delimiter: str = ","
    columns: tuple[str, ...] | None = None

    @contextmanager
    def sheet(self, file: IO[bytes], name: str) -> Iterator[Sheet]:
        """Read an open file; raise ConfigError where it is no CSV file in this encoding. `name` is what errors call it."""
        # a cell in another encoding spoils itself and not the file: it comes with lone surrogates, and is marked
        with _named(io.TextIOWrapper(file, _codec(file, self.encoding, name), errors="surrogateescape", newline="")) as text:
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            try:
                header = self.columns or next(reader, None)
            except csv.Error as error:
                raise FILE_LINE(file=name, line=reader.line_num, problem=error) from None
            if header is None:
                raise FILE_EMPTY(file=name)
            columns = _columns([one.strip(_BLANKS) for one in header], self, file, name)
            yield Sheet(columns, _rows(reader, len(columns), name))


@contextmanager
def _named(text: io.TextIOWrapper) -> Iterator[io.TextIOWrapper]:
    try:
        yield text
    finally:
        # the file is its opener's to close
        with suppress(ValueError):
            text.detach()


def _codec(file: IO[bytes], encoding: str, name: str) -> str:
    """Return Python's name of the encoding; a file whose first bytes say that it has another one is refused."""
    begin = file.read(_SAMPLE)
    file.seek(0)
    known = next((found for mark, found in _MARKS if begin.startswith(mark)), "")
    ours = encoding.startswith("utf-8")
    if known and not (known == "utf-8" and ours):
        raise FILE_ENCODING(file=name, encoding=encoding, likely=known if known == "utf-8" else "utf-8")
    return "utf-8-sig" if ours else encoding


def _columns(names: Sequence[str], form: CsvFormat, file: IO[bytes], name: str) -> tuple[SheetColumn, ...]:
    if any(_ESCAPED.search(one) for one in names):
        raise FILE_ENCODING(file=name, encoding=form.encoding, likely=_likely(file))
    if form.columns is None and any(_LIKE_DATA.search(one) for one in names):
        raise FILE_WITHOUT_HEADER(file=name)  # without the names, which are somebody's data
    twice = next((one for one in names if one and names.count(one) > 1), "")
    if twice:
        raise FILE_COLUMNS(file=name, column=twice)
    return tuple(map(SheetColumn, names))


def _likely(file: IO[bytes]) -> str:
    """Return an encoding in which the file's beginning can be read."""
    file.seek(0)
    # the last line of the sample may be cut within a character
    sample = file.read(_SAMPLE).rpartition(b"\n")[0]
    for encoding in ("utf-8", "gb18030", "big5"):
        with suppress(UnicodeDecodeError):
            sample.decode(encoding)
            return encoding
    return "utf-8"


def _rows(reader: Iterator[list[str]], width: int, name: str) -> Iterator[Row]:
    try:
        for cells in reader:
            # what an editor leaves at the end
            if cells:
                yield _cells(cells), len(cells) == width
    except csv.Error as error:
        # the library's texts name characters of the syntax, never of the data
        raise FILE_LINE(file=name, line=getattr(reader, "line_num", 0), problem=error) from None


def _cells(texts: Sequence[str]) -> list[Cell]:
    cells: list[Cell] = [text.strip(_BLANKS) or None for text in texts]
    # looked at once for the whole row: nearly every row has nothing to escape
    if not "".join(texts).isprintable():
        return [SPOILT if isinstance(cell, str) and _ESCAPED.search(cell) else cell for cell in cells]
    return cells
