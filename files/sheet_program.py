"""The cells of an Excel workbook or a Parquet file; as a program of its own, in a process with a bound on its memory and its time.

Both formats are packed: kilobytes unpack to gigabytes, a single cell makes a reader set aside a table of milliards, a footer claims what is not
there. Whatever a file does to its reader, it does to this process (`files.sheets`), which the kernel ends where it takes more than its share.

Written to standard output, JSON, one a line: first the columns, `[[name, type], ...]`, of which a type is empty where no record carries it; then
each row; last `{"rows": n}`. Of a file that is none at all, or not to be read without a guess, `{"fault": word, "row": n, "column": n}` ends it.
A cell is a text, null, or a mark: 0 where it is no text of its encoding, 1 where it is no value of any type.

It imports nothing of ours, so that it starts at once: `python -I files/sheet_program.py xlsx BYTES < workbook`.
"""

import encodings.cp437  # noqa: F401 - in which names in archives are written: loaded before no file can be opened
import io
import json
import os
import re
import signal
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

CPU_SECONDS: Final = 60
MEMORY: Final = 1536 * 1024 * 1024
"""Bytes of addresses, libraries included."""
MOST_COLUMNS: Final = 512
MOST_ROWS: Final = 2_000_000
SPOILT: Final = 0
NO_VALUE: Final = 1
_BATCH: Final = 256
"""Rows of a Parquet file in memory at a time."""
_MOST_DIGITS: Final = 15
"""Digits that a spreadsheet keeps of a number: of one with more, nobody knows what it was."""
_SHEET: Final = b"sheetData"
"""What a sheet has, wherever in the archive it lies; a chart has formulas too, and they are no cells."""
_FORMULA: Final = re.compile(rb"<(?:[A-Za-z0-9_]+:)?f[\s/>]")
_ERROR: Final = re.compile(rb"<(?:[A-Za-z0-9_]+:)?c\s[^>]*?\bt\s*=\s*[\"']e[\"'][^>]*>")
_CELL: Final = re.compile(rb"<(?:[A-Za-z0-9_]+:)?c\s[^>]*?\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
"""How XML in UTF-16 begins, which no spreadsheet program writes."""
_BLANKS: Final = " \t\u00a0\u3000"
Told = list[Any] | dict[str, Any]


class SheetError(Exception):
    """It is no file that can be read, or not without a guess: the word of the fault, and where."""

    def __init__(self, fault: str, row: int = 0, column: int = 0) -> None:
        """Take the fault and its place."""
        super().__init__(fault)
        self.fault, self.row, self.column = fault, row, column


def workbook(data: bytes, most: int) -> Iterator[Told]:
    """Yield what a workbook holds, whose one sheet is the table."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum  # noqa: PLC0415 - an extra

    with _packed(data, most) as packed:
        odd = _odd_cell_in(packed)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        told = book.sheets_metadata
        sheets = [(one, book.get_sheet_by_name(one.name)) for one in told[:_BATCH]]
    except (CalamineError, ValueError, OSError) as error:
        raise SheetError("unreadable") from error
    full = [sheet for _, sheet in sheets if sheet.end is not None]
    if len(full) > 1 or any(one.visible is not SheetVisibleEnum.Visible for one, sheet in sheets if sheet.end is not None):
        raise SheetError("sheets")
    if not full:
        raise SheetError("empty")
    for merged in full[0].merged_cell_ranges or ():
        (row, column), _ = merged
        raise SheetError("merged", row, column + 1)
    if odd is not None:
        raise odd
    yield from _sheet(full[0])


def _sheet(sheet: Any) -> Iterator[Told]:
    # whole rows from the first cell on, which need not be the sheet's: rows are counted from it
    first_row, first_column = sheet.start
    if first_row or first_column:
        raise SheetError("empty" if sheet.end is None else "unreadable")
    if sheet.end[1] >= MOST_COLUMNS:
        raise SheetError("too_large")
    rows = iter(sheet.iter_rows())
    header = [_text(cell) for cell in next(rows)]
    while header and header[-1] is None:
        header.pop()
    yield [[one if isinstance(one, str) else "", "string"] for one in header]
    blank = 0  # rows that hold nothing are left out where nothing follows them: a sheet is formatted further than it is filled
    for row in rows:
        cells = [_text(cell) for cell in row]
        while len(cells) > len(header) and cells[-1] is None:
            cells.pop()
        if not any(cell is not None for cell in cells):
            blank += 1
            continue
        yield from ([None] * len(header) for _ in range(blank))
        blank = 0
        yield cells


def _packed(data: bytes, most: int) -> zipfile.ZipFile:
    """Return the archive of a workbook, once what its directory claims is within bounds."""
    try:
        packed = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise SheetError("unreadable") from error
    if sum(one.file_size for one in packed.infolist()) > 16 * most:  # XML says in 100 bytes what a cell says in ten
        raise SheetError("too_large")
    return packed


def _odd_cell_in(packed: zipfile.ZipFile) -> SheetError | None:
    """Return the fault of the first cell that is computed, or an error that its reader would take for an empty cell; None where there is none.

    What a formula last came to may be of any day.
    """
    for one in packed.infolist():
        try:
            xml = packed.read(one)
        except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, RuntimeError, NotImplementedError) as error:
            raise SheetError("unreadable") from error
        if xml[:2] in _UTF16:
            raise SheetError("unreadable")
        for odd, fault in ((_FORMULA, "formula"), (_ERROR, "value_type")) if _SHEET in xml else ():
            if (found := odd.search(xml)) is not None:
                return SheetError(fault, *_cell_before(xml, found.end()))
    return None


def _cell_before(xml: bytes, place: int) -> tuple[int, int]:
    cells = list(_CELL.finditer(xml, max(place - 1024, 0), place))
    if not cells:
        return 0, 0
    column = 0
    for letter in cells[-1][1]:
        column = column * 26 + letter - ord("A") + 1
    return max(int(cells[-1][2]) - 1, 0), column


def _text(cell: object) -> str | int | None:
    """Return a cell as a text that `texts` reads, None for an empty one, or a mark."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (int, float)):
        return _number(cell)
    if isinstance(cell, (datetime, date)):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat()
    if not isinstance(cell, str):
        return NO_VALUE
    return cell.strip(_BLANKS) or None


def _number(cell: float) -> str | int:
    """Return a number with its digits, a mark where it has more than a spreadsheet keeps: 640102199003079977 was rounded when it was typed."""
    if cell != cell or cell in {float("inf"), float("-inf")}:  # noqa: PLR0124 - not a number
        return NO_VALUE
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, int):
        return str(cell) if abs(cell) < 10**_MOST_DIGITS else NO_VALUE
    return format(Decimal(repr(cell)), "f")


def parquet(data: bytes, _most: int) -> Iterator[Told]:
    """Yield what a Parquet file holds."""
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        schema = file.schema_arrow
        if len(schema) > MOST_COLUMNS:
            raise SheetError("too_large")
        if file.metadata.num_rows > MOST_ROWS:  # a million nothings are a few bytes
            raise SheetError("too_many_rows")
        kinds = [_kind(pa, one.type) for one in schema]
        yield [[one.name, kind] for one, (kind, _) in zip(schema, kinds, strict=True)]
        if not all(kind for kind, _ in kinds):  # the columns say it
            return
        for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
            for row in zip(*(_cells(pa, column, make) for column, (_, make) in zip(batch.columns, kinds, strict=True)), strict=True):
                yield list(row)
    except (pa.ArrowException, OSError, ValueError, OverflowError, KeyError, TypeError, IndexError) as error:
        raise SheetError("unreadable") from error


def _cells(pa: Any, column: Any, make: Callable[[Any], str]) -> list[str | int | None]:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    zone = ""
    if pa.types.is_timestamp(kind):  # nanoseconds are no part of a record's moment; a zone need not be known by its name: inside it is UTC
        zone = "+00:00" if kind.tz else ""
        column = column.cast(pa.timestamp("us", kind.tz), safe=False).view(pa.timestamp("us"))
    found: list[str | int | None] = []
    for one in column:
        try:
            value = one.as_py()
            found.append(None if value is None else make(value) + zone)
        except UnicodeDecodeError:
            found.append(SPOILT)
        except (ValueError, OverflowError):
            found.append(NO_VALUE)
    return found


def _kind(pa: Any, arrow: Any) -> tuple[str, Callable[[Any], str]]:
    """Return the type in which a column's values travel, empty for one of which no record carries any, and what makes a cell of a value."""
    types = pa.types
    if types.is_dictionary(arrow):
        arrow = arrow.value_type
    kinds: tuple[tuple[Callable[[Any], bool], str, Callable[[Any], str]], ...] = (
        (types.is_boolean, "bool", lambda value: "true" if value else "false"),
        (types.is_integer, "int64", str),
        (types.is_floating, "double", repr),
        (types.is_decimal, "decimal", lambda value: format(value, "f")),
        (types.is_date, "date", lambda value: str(value.isoformat())),
        (types.is_timestamp, "timestamp", lambda value: str(value.isoformat(sep=" "))),
        (lambda one: types.is_string(one) or types.is_large_string(one), "string", str),
        (types.is_null, "string", str),
    )
    return next(((kind, make) for is_it, kind, make in kinds if is_it(arrow)), ("", str))


READERS: Final = {"xlsx": workbook, "parquet": parquet}


def bound(form: str) -> None:
    """Have the kernel end this process where it takes more than its share."""
    import resource  # noqa: PLC0415 - there is none on Windows, where hubs do not run

    if form == "xlsx":
        import python_calamine  # noqa: F401, PLC0415 - before no file can be opened any more
    else:
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute  # noqa: PLC0415
        import pyarrow.parquet  # noqa: PLC0415

        pa.set_memory_pool(pa.system_memory_pool())
        pa.set_cpu_count(1)
        pa.set_io_thread_count(1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    # whoever takes the reader over by a file finds that it can open nothing
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    with suppress(OSError):
        os.nice(19)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def lines(form: str, data: bytes, most: int) -> Iterator[str]:
    """Yield the lines that are written: columns, rows, how many; or a fault. The cells have `most` bytes in all."""
    count, size = -1, 0
    try:
        for told in READERS[form](data, most):
            count += 1
            line = json.dumps(told)
            size += len(line)
            if size > 4 * most:  # a character of a text is up to six of a line
                yield json.dumps(_said(SheetError("too_large")))
                return
            yield line
    except SheetError as error:
        yield json.dumps(_said(error))
    else:
        yield json.dumps({"rows": count})


def _said(error: SheetError) -> dict[str, Any]:
    return {"fault": error.fault, "row": error.row, "column": error.column}


def main() -> None:
    """Read a file from standard input; write what it holds to standard output."""
    form, most = sys.argv[1], int(sys.argv[2])
    data = sys.stdin.buffer.read()
    bound(form)
    for line in lines(form, data, most):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
