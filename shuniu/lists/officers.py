"""A department's list of officers, read and checked on this machine: CSV or XLSX with a header in Chinese or English.

Every fault of every row is told at once, by row and column; what the hub alone knows (numbers that are taken) it says afterwards.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

from shuniu.cli.daily.ledger import Fault, decode
from shuniu.cli.reasons import EXCEL_MISSING, OFFICER_LIST_FORM
from shuniu.v1.officer_pb2 import Duty, OfficerLine
from shuniu.words import value_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS: Final = {"number": "工号", "display_name": "姓名", "duties": "岗位职责"}
_TITLES: Final = {
    **{title: name for name, title in COLUMNS.items()}, **{name: name for name in COLUMNS}, "职责": "duties", "name": "display_name", "duty": "duties"
}  # fmt: skip
_SEVERAL: Final = re.compile(r"[;；、,，|/\s]+")
_ZIP: Final = b"PK\x03\x04"
_DUTIES: Final[Mapping[str, Duty.ValueType]] = {
    word: Duty.Value(name) for name, words in value_words("Duty").items() for word in (*words, name, name.removeprefix("DUTY_").lower())
}


def template() -> bytes:
    """Return the header of a list, as spreadsheet programs read it."""
    return ("\ufeff" + ",".join(COLUMNS.values()) + "\r\n").encode()


def read(data: bytes, file: object) -> tuple[list[OfficerLine], list[Fault]]:
    """Return the lines of a list and all that is wrong with them; what cannot be read at all is refused."""
    rows = _of_workbook(data, file) if data.startswith(_ZIP) else _of_csv(data, file)
    if not rows:
        raise OFFICER_LIST_FORM(file=file, problem="没有表头 it has no header")
    header = [_TITLES.get(cell.strip().lstrip("\ufeff").lower(), "") for cell in rows[0]]
    if missing := [title for name, title in COLUMNS.items() if header.count(name) != 1]:
        raise OFFICER_LIST_FORM(file=file, problem=f"表头应各有一列 the header has not one column each of: {', '.join(missing)}")
    lines: list[OfficerLine] = []
    faults: list[Fault] = []
    first: dict[str, int] = {}
    for number, cells in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in cells):
            lines.append(_line(number, {name: cell.strip() for name, cell in zip(header, cells) if name}, first, faults))
    return lines, faults


def _line(row: int, cells: Mapping[str, str], first: dict[str, int], faults: list[Fault]) -> OfficerLine:
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
    duties = dict.fromkeys(_DUTIES[word if word in _DUTIES else word.lower()] for word in words if word not in unknown)
    return OfficerLine(number=number, display_name=cells.get("display_name", ""), duties=duties)


def _of_csv(data: bytes, file: object) -> Sequence[Sequence[str]]:
    text = decode(data)
    if text is None:
        raise OFFICER_LIST_FORM(file=file, problem="既非 UTF-8 也非 GB 18030 it is neither UTF-8 nor GB 18030")
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise OFFICER_LIST_FORM(file=file, problem=str(error)) from error


def _of_workbook(data: bytes, file: object) -> Sequence[Sequence[str]]:
    try:
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise EXCEL_MISSING() from error
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        return [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, ValueError, OSError) as error:
        raise OFFICER_LIST_FORM(file=file, problem="不是可读的 Excel 工作簿 it is no workbook that can be read") from error


def _text(cell: object) -> str:
    # A spreadsheet keeps 0231 as a text and 231 as a number: 231.0 is nobody's number.
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
