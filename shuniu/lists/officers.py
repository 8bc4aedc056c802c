"""A department's list of officers, read and checked before it is sent: CSV or XLSX with a header in Chinese or English.

Every fault of every row is told at once, by row and column; what the hub alone knows (numbers that are taken) it says afterwards.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shuniu.lists.formulas import unguarded
from shuniu.lists.reasons import EXCEL_MISSING, OFFICER_LIST_FORM
from shuniu.lists.workbook import MAGIC, WorkbookError, cells_in
from shuniu.words import Word, value_words

COLUMNS: Final = {"number": "工号", "display_name": "姓名", "duties": "岗位职责"}
_TITLES: Final = {
    **{title: name for name, title in COLUMNS.items()}, **{name: name for name in COLUMNS}, "职责": "duties", "name": "display_name", "duty": "duties"
}  # fmt: skip
_SEVERAL: Final = re.compile(r"[;；、,，|/\s]+")
_DUTIES: Final[Mapping[str, str]] = {
    word: name for name, words in value_words("Duty").items() for word in (*words, name, name.removeprefix("DUTY_").lower())
}
_NO_HEADER: Final = Word("header", "it has no header", "没有表头")
_ENCODING: Final = Word("encoding", "it is neither UTF-8 nor GB 18030", "既非 UTF-8 也非 GB 18030")
_WORKBOOK: Final = Word("workbook", "it is no workbook that can be read", "不是可读的 Excel 工作簿")
_QUOTES: Final = Word("quotes", "its quotation marks or lines do not end", "引号不配对或有过长的行")


@dataclass(frozen=True)
class OfficerRow:
    """What a row says of one officer: `row` is the one that a spreadsheet shows, the header's being 1; duties by their names in the protos."""

    row: int
    number: str
    display_name: str
    duties: tuple[str, ...]
    written: str
    """The cell of the duties as it was written."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell, in both languages; `row` is the one that a spreadsheet shows, the header's being 1."""

    row: int
    column: str
    en: str
    zh: str


def template() -> bytes:
    """Return the header of a list, as spreadsheet programs read it."""
    return ("\ufeff" + ",".join(COLUMNS.values()) + "\r\n").encode()


def decode(data: bytes) -> str | None:
    """Return the text of a spreadsheet program's file, in UTF-8 or GB 18030; None where it is neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def read(data: bytes, file: object, cells: Callable[[bytes], Sequence[Sequence[str]]] = cells_in) -> tuple[list[OfficerRow], list[Fault]]:
    """Return the rows of a list and all that is wrong with them; what cannot be read at all is refused. `cells` reads a workbook."""
    rows = _of_workbook(data, file, cells) if data.startswith(MAGIC) else _of_csv(data, file)
    if not rows:
        raise OFFICER_LIST_FORM(file=file, problem=_NO_HEADER)
    header = [_TITLES.get(cell.strip().lstrip("\ufeff").lower(), "") for cell in rows[0]]
    if missing := [title for name, title in COLUMNS.items() if header.count(name) != 1]:
        columns = "、".join(missing)
        raise OFFICER_LIST_FORM(file=file, problem=Word("header", f"the header has not one column each of {columns}", f"表头应各有一列：{columns}"))
    found: list[OfficerRow] = []
    faults: list[Fault] = []
    first: dict[str, int] = {}
    for number, row in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in row):
            found.append(_row(number, {name: _plain(cell) for name, cell in zip(header, row) if name}, first, faults))
    return found, faults


def _plain(cell: str) -> str:
    return unguarded(cell.strip())


def _row(row: int, cells: Mapping[str, str], first: dict[str, int], faults: list[Fault]) -> OfficerRow:
    for name, title in COLUMNS.items():
        if not cells.get(name):
            faults.append(Fault(row, title, "it is empty", "未填写"))
    number = cells.get("number", "")
    if number and (before := first.setdefault(number, row)) != row:
        faults.append(Fault(row, COLUMNS["number"], f"the same number as in row {before}", f"与第{before}行工号相同"))
    words = [word for word in _SEVERAL.split(cells.get("duties", "")) if word]
    unknown = [word for word in words if word.lower() not in _DUTIES and word not in _DUTIES]
    if unknown:
        known = "、".join(names[0] for names in value_words("Duty").values())
        faults.append(Fault(row, COLUMNS["duties"], f"no such duty; they are {known}", f"没有该职责；可填：{known}"))
    duties = tuple(dict.fromkeys(_DUTIES[word if word in _DUTIES else word.lower()] for word in words if word not in unknown))
    return OfficerRow(row, number, cells.get("display_name", ""), duties, cells.get("duties", ""))


def _of_csv(data: bytes, file: object) -> Sequence[Sequence[str]]:
    text = decode(data)
    if text is None:
        raise OFFICER_LIST_FORM(file=file, problem=_ENCODING)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise OFFICER_LIST_FORM(file=file, problem=_QUOTES) from error


def _of_workbook(data: bytes, file: object, cells: Callable[[bytes], Sequence[Sequence[str]]]) -> Sequence[Sequence[str]]:
    try:
        return cells(data)
    except ImportError as error:
        raise EXCEL_MISSING() from error
    except WorkbookError as error:
        raise OFFICER_LIST_FORM(file=file, problem=_WORKBOOK) from error
