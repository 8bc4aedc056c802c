"""A ledger of licenses to be issued, read and checked on this machine: CSV with a header in Chinese or by field names, or one JSON object a line.

Every fault of every row is told before anything is issued, by row and column, and no cell is repeated: what is wrong in it may be somebody's
number. What the hub alone knows (numbers in force, terms that are too long) it says when the row's turn comes.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from shuniu.catalogue import InvalidInputError
from shuniu.cli.reasons import LEDGER_FORM
from shuniu.identifiers.citizen_id import parse_citizen_id
from shuniu.identifiers.uscc import parse_uscc
from shuniu.lists.officers import Fault, decode
from shuniu.v1.license_pb2 import Holder, License, LicenseType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

PERSON: Final = "111"
ORGANISATION: Final = "001"
COLUMNS: Final = {
    "number": "证照编号",
    "holder_name": "持证主体名称",
    "holder_code": "持证主体代码",
    "holder_code_type": "持证主体代码类型",
    "valid_from": "有效期起始日期",
    "valid_to": "有效期截止日期",
    "case_number": "办件编号",
    "license_type": "证照类型代码",
}
"""Columns of every type by their names, and what a header may call them in Chinese."""
_WRITTEN: Final = ("number", "holder_name", "holder_code", "valid_from", "valid_to", "case_number")
_NEEDED: Final = ("number", "holder_name", "holder_code", "license_type")
_KEYS: Final = {title: name for name, title in COLUMNS.items()}
_FOREVER: Final = "长期"
_DAY: Final = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")
_SEVERAL: Final = re.compile("[;；]")
_CODES: Final[Mapping[str, Callable[[str], str]]] = {PERSON: parse_citizen_id, ORGANISATION: parse_uscc}


@dataclass(frozen=True)
class Entry:
    """One license to be issued."""

    row: int
    content: License
    case_number: str


@dataclass(frozen=True)
class Sheet:
    """The cells of a ledger by row, as they were written."""

    rows: Sequence[tuple[int, Mapping[str, str]]]


def template(kind: LicenseType) -> bytes:
    """Return the header of a ledger for a type, as spreadsheet programs read it."""
    titles = [*(COLUMNS[name] for name in _WRITTEN), *(field.label for field in kind.fields)]
    return ("﻿" + ",".join(titles) + "\r\n").encode()


def read(data: bytes, file: object) -> Sheet:
    """Return the cells of a ledger; what cannot be read at all is refused."""
    text = _text(data, file)
    if text.lstrip()[:1] == "{":
        return Sheet(list(_of_lines(text, file)))
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise LEDGER_FORM(file=file, problem=str(error)) from error
    if not lines or not any(cell.strip() for cell in lines[0]):
        raise LEDGER_FORM(file=file, problem="没有表头 it has no header")
    header = [_key(cell) for cell in lines[0]]
    if twice := {one for one in header if one and header.count(one) > 1}:
        raise LEDGER_FORM(file=file, problem=f"表头重复 twice in the header: {', '.join(sorted(twice))}")
    rows = [(number, _cells(header, cells, number, file)) for number, cells in enumerate(lines[1:], 2) if any(cell.strip() for cell in cells)]
    return Sheet(rows)


def _text(data: bytes, file: object) -> str:
    text = decode(data)
    if text is None:
        raise LEDGER_FORM(file=file, problem="既非 UTF-8 也非 GB 18030 it is neither UTF-8 nor GB 18030")
    return text


def _cells(header: Sequence[str], cells: Sequence[str], number: int, file: object) -> Mapping[str, str]:
    if any(cell.strip() for cell in cells[len(header) :]):
        raise LEDGER_FORM(file=file, problem=f"第{number}行的列数多于表头 row {number} has more columns than the header")
    return {name: cell.strip() for name, cell in zip(header, cells) if name and cell.strip()}


def _of_lines(text: str, file: object) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Return the rows of JSON objects: one alone, or one a line."""
    whole = _object(text)
    if whole is not None:
        yield 1, _flat(whole)
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            found = _object(line)
            if found is None:
                raise LEDGER_FORM(file=file, problem=f"第{number}行不是 JSON 对象 line {number} is no JSON object")
            yield number, _flat(found)


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _flat(value: Mapping[str, Any]) -> Mapping[str, str]:
    """Return an object's values as cells; business fields may stand inside under `fields`."""
    inner = value.get("fields")
    flat = {**value, **inner} if isinstance(inner, dict) else dict(value)
    return {_key(str(name)): str(one).strip() for name, one in flat.items() if name != "fields" and str(one).strip()}


def _key(title: str) -> str:
    """Return the name of a column for its title; those of business fields are found where the type is known."""
    text = title.strip().lstrip("﻿")
    return _KEYS.get(text, text if text.startswith("KZ_") else text.lower() if text.lower() in COLUMNS else text)


class Checker:
    """Makes entries of rows: each whole, or with all that is wrong with it."""

    def __init__(self, types: Mapping[str, LicenseType], kid: bytes, default_type: str, case_number: str) -> None:
        """Take the hub's types, the key's id, and what rows get that do not say it themselves."""
        self._types, self._kid, self._default_type, self._case = types, kid, default_type, case_number

    def check(self, sheet: Sheet) -> tuple[list[Entry], list[Fault]]:
        """Return the entries and the faults of all rows, in their order."""
        entries: list[Entry] = []
        faults: list[Fault] = []
        first: dict[tuple[str, str], int] = {}
        for row, cells in sheet.rows:
            entry, wrong = self._row(row, cells)
            before = first.setdefault((entry.content.license_type, entry.content.number), row)
            if before != row and entry.content.number:
                wrong.append(Fault(row, COLUMNS["number"], f"the same number as in row {before}", f"与第{before}行编号相同"))
            entries.append(entry)
            faults += wrong
        return entries, faults

    def _row(self, row: int, cells: Mapping[str, str]) -> tuple[Entry, list[Fault]]:
        cells = {"license_type": self._default_type, "case_number": self._case, **cells}
        faults = [_fault(row, COLUMNS[name], "it is empty", "未填写") for name in _NEEDED if not cells.get(name)]
        if not cells.get("case_number"):
            faults.append(
                _fault(row, COLUMNS["case_number"], "it is empty; --case-number gives one for all rows", "未填写，可用 --case-number 统一给出")
            )
        kind = self._types.get(cells.get("license_type", ""))
        content = License(license_type=cells.get("license_type", ""), number=cells.get("number", ""), kid=self._kid)
        if kind is None:
            if cells.get("license_type"):
                faults.append(_fault(row, COLUMNS["license_type"], "the hub has no such type", "枢纽没有此证照类型"))
            return Entry(row, content, cells.get("case_number", "")), faults
        self._holders(row, cells, kind, content, faults)
        self._days(row, cells, kind, content, faults)
        self._fields(row, cells, kind, content, faults)
        return Entry(row, content, cells["case_number"]), faults

    @staticmethod
    def _holders(row: int, cells: Mapping[str, str], kind: LicenseType, content: License, faults: list[Fault]) -> None:
        names, codes = (_SEVERAL.split(cells.get(name, "")) for name in ("holder_name", "holder_code"))
        if len(names) != len(codes):
            faults.append(_fault(row, COLUMNS["holder_code"], "not as many codes as names", "代码与名称的个数不同"))
            return
        for name, code in zip(names, codes):
            code_type = cells.get("holder_code_type") or _code_type(code.strip(), kind)
            try:
                spelled = _CODES[code_type](code) if code.strip() and code_type in _CODES else code.strip()
            except InvalidInputError as wrong:
                faults.append(Fault(row, COLUMNS["holder_code"], wrong.message, wrong.zh))
                continue
            if code_type not in kind.holder_code_types:
                allowed = ", ".join(kind.holder_code_types)
                faults.append(_fault(row, COLUMNS["holder_code_type"], f"this type takes {allowed}", f"该证照类型的持证主体代码类型为 {allowed}"))
            content.holders.append(Holder(title=name.strip(), code=spelled, code_type=code_type))

    @staticmethod
    def _days(row: int, cells: Mapping[str, str], kind: LicenseType, content: License, faults: list[Fault]) -> None:
        for name in ("valid_from", "valid_to"):
            text = cells.get(name, "")
            if not text or (name == "valid_to" and text == _FOREVER == kind.validity):
                continue
            day = _day_of(text)
            if day is None:
                faults.append(_fault(row, COLUMNS[name], "this is no date of the form 2026-03-01", "日期应写作 2026-03-01"))
                continue
            setattr(content, name, day.isoformat())
        if content.valid_from and content.valid_to and content.valid_to < content.valid_from:
            faults.append(_fault(row, COLUMNS["valid_to"], "it ends before it begins", "截止日期早于起始日期"))

    @staticmethod
    def _fields(row: int, cells: Mapping[str, str], kind: LicenseType, content: License, faults: list[Fault]) -> None:
        by_title = {name: field for field in kind.fields for name in (field.name, field.label)}
        for title in (one for one in cells if one not in COLUMNS):
            if title in by_title:
                content.fields[by_title[title].name] = cells[title]
            else:
                faults.append(_fault(row, title, "this license type has no such field", "该证照类型没有此信息项"))
        for field in kind.fields:
            value = content.fields.get(field.name)
            if value is None:
                if field.required:
                    faults.append(_fault(row, field.label, "it is empty", "未填写"))
            elif field.pattern and not re.fullmatch(field.pattern, value):
                faults.append(_fault(row, field.label, "it is not of the form that the type asks for", "格式不符合该证照类型的要求"))


def _fault(row: int, column: str, en: str, zh: str) -> Fault:
    return Fault(row, column, en, zh)


def _code_type(code: str, kind: LicenseType) -> str:
    """Return the kind of a holder's code where the row does not say it: the only one that the type has, else by the code's own form."""
    if len(kind.holder_code_types) == 1:
        return kind.holder_code_types[0]
    for code_type, parse in _CODES.items():
        try:
            parse(code)
        except InvalidInputError:
            continue
        return code_type
    return PERSON


def _day_of(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def lines_of(faults: Iterable[Fault]) -> Iterator[str]:
    """Return faults as people read them."""
    for one in faults:
        yield f"第{one.row}行“{one.column}”：{one.zh} row {one.row}: {one.en}"
