"""校验: whether every row of a file is what its entry says, and the rows as they are kept. Linear in the file, whose size is capped."""

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from time import sleep
from typing import Any, Final

from catalog.model import Entry, Field, FieldType
from files.model import MOST_OF_KEY, MOST_ROWS, MOST_TOLD, FileEncoding, FileFault, FileFormat, Finding, Verdict
from files.sealing import KeyedRow
from files.sheets import SheetFaultError, sheet_apart
from hub.errors import InvalidInputError, ShuniuError
from hub.identifiers import canonical, own_key
from shuniu.provider.files.csv_rows import CsvFormat
from shuniu.provider.files.sheet import SPOILT, Cell, Row, Sheet, SheetColumn
from shuniu.provider.files.texts import readers_in
from shuniu.provider.reasons import FILE_COLUMNS, FILE_EMPTY, FILE_ENCODING, FILE_WITHOUT_HEADER
from shuniu.zone import CHINA

_ENCODINGS: Final = {FileEncoding.UTF8: "utf-8", FileEncoding.GB18030: "gb18030"}
_READERS: Final = readers_in(CHINA)
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_FORMULA: Final = ("=", "@")
_ROUNDED: Final = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{2}")
"""What a spreadsheet makes of a number of eighteen digits when it is saved: nobody's number any more."""
_LONGEST_NUMBER: Final = 1_000  # digits, as SQL allows; a record carries some more
_YEARS: Final = range(2, 9_999)  # in any zone within the calendar of google.protobuf.Timestamp
_STRETCH: Final = 500
_REST: Final = 0.001
"""Seconds of rest after so many rows: the interpreter is the event loop's too, which carries queries meanwhile."""
_WHOLE: Final[dict[str, FileFault]] = {
    FILE_EMPTY.name: FileFault.EMPTY,
    FILE_COLUMNS.name: FileFault.COLUMN_DOUBLED,
    FILE_ENCODING.name: FileFault.ENCODING,
    FILE_WITHOUT_HEADER.name: FileFault.COLUMN_UNKNOWN,
}


@dataclass(slots=True)
class _Faults:
    """The faults of a file: all are counted, the first are kept."""

    count: int = 0
    found: list[Finding] = field(default_factory=list)

    def add(self, row: int, fault: FileFault, column: str = "", number: int = 0) -> None:
        self.count += 1
        if len(self.found) < MOST_TOLD:
            self.found.append(Finding(row, column, number, fault))


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, and the rows of a file without a fault; else there are none."""

    verdict: Verdict
    rows: list[KeyedRow]


@dataclass(frozen=True, slots=True)
class Kind:
    """How a file is written, and how many bytes its cells may have once they are unpacked."""

    format: FileFormat = FileFormat.CSV
    encoding: FileEncoding = FileEncoding.UTF8
    most: int = 32 * 1024 * 1024

    def open(self, data: bytes) -> AbstractContextManager[Sheet]:
        """Open a file of this kind."""
        if self.format is FileFormat.CSV:
            return CsvFormat(_ENCODINGS[self.encoding]).sheet(io.BytesIO(data), "")
        return sheet_apart(data, self.format, self.most)


def check_file(data: bytes, entry: Entry, kind: Kind, digest: Callable[[str], bytes]) -> Checked:
    """Return a file checked against its entry; `digest` is what a row is found by, given its key in its one spelling."""
    faults = _Faults()
    rows: list[KeyedRow] = []
    columns: tuple[Field, ...] = ()
    count = 0
    try:
        with kind.open(data) as sheet:
            columns = _columns(sheet.columns, entry, faults)
            if not faults.count:
                for count, row in enumerate(sheet.rows, 1):
                    _take(count, row, _Plan(columns, entry), faults, rows, digest)
                    if count > MOST_ROWS:
                        faults.add(count, FileFault.TOO_MANY_ROWS)
                        break
                    if not count % _STRETCH:
                        sleep(_REST)
    except ShuniuError as error:  # the reader's: what it says of the file is told in our words, which repeat nothing of it
        fault = _WHOLE.get(error.reason, FileFault.UNREADABLE)
        faults.add(count + 1 if fault is FileFault.UNREADABLE else 0, fault)
    except SheetFaultError as found:
        faults.add(found.row, found.fault, number=found.column)
    if not faults.count:
        _check_count(rows, faults)
    verdict = Verdict(entry.version, count, tuple(one.name for one in columns), faults.count, tuple(faults.found))
    return Checked(verdict, [] if faults.count else rows)


def _check_count(rows: Sequence[KeyedRow], faults: _Faults) -> None:
    if not rows:
        faults.add(0, FileFault.EMPTY)
        return
    counted = Counter(digest for digest, _ in rows)
    many = {digest for digest, count in counted.items() if count > MOST_OF_KEY}
    if many:
        first = next(row for row, (digest, _) in enumerate(rows, 1) if digest in many)
        faults.add(first, FileFault.TOO_MANY_OF_KEY)


def _columns(found: Sequence[SheetColumn], entry: Entry, faults: _Faults) -> tuple[Field, ...]:
    """Return the fields of a file's columns, by their names or else their labels."""
    by_name = {one.label: one for one in entry.fields} | {one.name: one for one in entry.fields}
    columns: list[Field] = []
    for number, one in enumerate(found, 1):
        known = by_name.get(one.name)
        if known is None:
            faults.add(0, FileFault.COLUMN_UNKNOWN, number=number)
        elif known in columns:
            faults.add(0, FileFault.COLUMN_DOUBLED, known.name, number)
        else:
            columns.append(known)
    for wanted in entry.fields:
        if wanted not in columns and (wanted.key or not wanted.nullable):
            faults.add(0, FileFault.COLUMN_MISSING, wanted.name)
    return tuple(columns)


@dataclass(frozen=True, slots=True)
class _Plan:
    columns: tuple[Field, ...]
    entry: Entry


def _take(number: int, row: Row, plan: _Plan, faults: _Faults, rows: list[KeyedRow], digest: Callable[[str], bytes]) -> None:
    """Check one row, and keep it where no row before it was at fault."""
    cells, is_whole = row
    if not is_whole:
        faults.add(number, FileFault.ROW_LENGTH)
        return
    before, key = faults.count, ""
    for place, (one, cell) in enumerate(zip(plan.columns, cells, strict=True), 1):
        fault = _fault_of(one, cell)
        if fault is None and one.key:
            key = _key_of(one, str(cell), plan.entry.subject_domain)
            fault = None if key else FileFault.KEY
        if fault is not None:
            faults.add(number, fault, one.name, place)
    if faults.count:
        rows.clear()
    elif faults.count == before:
        rows.append((digest(key), json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode()))


def _fault_of(one: Field, cell: Cell) -> FileFault | None:  # noqa: PLR0911 - one line for each fault
    if cell is None:
        return None if one.nullable and not one.key else FileFault.VALUE_MISSING
    if not isinstance(cell, str):
        return FileFault.ENCODING if cell == SPOILT else FileFault.VALUE_TYPE
    if not cell.isprintable() and _CONTROL.search(cell):
        return FileFault.CONTROL_CHARACTER
    if one.type is FieldType.STRING:
        if cell.startswith(_FORMULA):
            return FileFault.FORMULA
        return FileFault.VALUE_LENGTH if 0 < one.length < len(cell) else None
    if len(cell) > _LONGEST_NUMBER:
        return FileFault.VALUE_LENGTH
    try:
        value = _READERS[one.type.value](cell)
    except (ValueError, OverflowError, ArithmeticError):
        return FileFault.VALUE_TYPE
    return FileFault.VALUE_TYPE if isinstance(value, datetime) and value.year not in _YEARS else None


def _key_of(one: Field, cell: str, domain: str) -> str:
    """Return a row's key in its one spelling, as queries have it; empty where it is none."""
    if one.type is FieldType.INT64:
        return str(int(cell))
    if _ROUNDED.fullmatch(cell):
        return ""
    try:
        return canonical(domain, cell, "") if domain else own_key(cell, "")
    except InvalidInputError:
        return ""


def values_of(cells: Iterable[str | None], fields: Iterable[tuple[str, FieldType]]) -> dict[str, Any]:
    """Return a row's values by field, as Python has them; what is kept was read once, when it was checked."""
    return {name: None if cell is None else _READERS[kind.value](cell) for (name, kind), cell in zip(fields, cells, strict=True)}
