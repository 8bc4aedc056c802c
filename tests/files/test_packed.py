"""Workbooks and Parquet files: what is read of them, and what they cannot do to the hub."""

import random
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from files.checking import Checked, Kind, check_file
from files.model import FileFault, FileFormat
from files.sheet_program import lines
from files.sheets import check_installed
from hub.errors import IllegalStateError
from tests.files.packed import MAIN, Raw, day, formula, parquet, sheet, workbook
from tests.files.test_checking import BOX, HEADER, an_entry

MOST = 32 * 1024 * 1024
KEY = "11010519491231002X"
NAMES = HEADER.split(",")
GOOD = [KEY, "王小明", day(32933), 2, 1234.5, day(32933.5)]
SHEET = workbook(sheet([NAMES, GOOD]))
TABLE = parquet(
    {
        "id_number": [KEY],
        "name": ["王小明"],
        "born": [date(1990, 3, 1)],
        "children": [2],
        "income": pa.array([1234.5]),
        "seen": [datetime(1990, 3, 1, 4, tzinfo=UTC)],
    }
)


def judged(data: bytes, form: FileFormat, most: int = MOST) -> Checked:
    return check_file(data, an_entry(), Kind(form, most=most), BOX.digest)


def fault_of(data: bytes, form: FileFormat, most: int = MOST) -> tuple[FileFault, int, int]:
    checked = judged(data, form, most)
    assert not checked.rows
    first = checked.verdict.findings[0]
    return first.fault, first.row, first.column_number


def book(*rows, behind: str = "") -> bytes:
    return workbook(sheet([NAMES, *rows], behind))


@pytest.mark.parametrize(("data", "form"), [(SHEET, FileFormat.XLSX), (TABLE, FileFormat.PARQUET)], ids=["xlsx", "parquet"])
def test_a_row_that_fits_is_kept_whatever_the_format(data, form):
    checked = judged(data, form)
    assert checked.verdict.fault_count == 0, checked.verdict
    assert checked.verdict.row_count == 1
    assert "1990-03-01" in checked.rows[0][1].decode()


@pytest.mark.parametrize("form", [FileFormat.XLSX, FileFormat.PARQUET])
def test_a_file_whose_9999th_row_does_not_fit_is_refused_whole(form):
    if form is FileFormat.XLSX:
        data = book(*([KEY, "王", None, 2] for _ in range(9_998)), [KEY, "王", None, "二"])
    else:
        children = ["2"] * 9_998 + ["二"]
        data = parquet({"id_number": [KEY] * 9_999, "name": ["王"] * 9_999, "children": children})
    assert fault_of(data, form) == (FileFault.VALUE_TYPE, 9_999, 4 if form is FileFormat.XLSX else 3)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ([KEY, "王", 32933], (FileFault.VALUE_TYPE, 1, 3)),  # a day as a number that is not shown as one is never guessed
        ([640102199003079977, "王"], (FileFault.VALUE_TYPE, 1, 1)),  # rounded when it was typed
        ([KEY, Raw('t="e"|<v>#N/A</v>')], (FileFault.VALUE_TYPE, 1, 2)),
        ([KEY, "王", None, 2.5], (FileFault.VALUE_TYPE, 1, 4)),
        ([KEY, "王", "三月", 2], (FileFault.VALUE_TYPE, 1, 3)),  # mixed with days
        ([KEY, formula("A2", "王")], (FileFault.FORMULA, 1, 2)),
        ([KEY, "=1+1"], (FileFault.FORMULA, 1, 2)),
        ([KEY, None], (FileFault.VALUE_MISSING, 1, 2)),
    ],
)
def test_a_cell_of_a_sheet_that_does_not_fit_is_told_by_row_and_column(row, fault):
    assert fault_of(book(row), FileFormat.XLSX) == fault


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (book(GOOD, behind='<mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>'), FileFault.MERGED),
        (workbook(sheet([NAMES, GOOD]), sheet([NAMES, GOOD])), FileFault.SHEETS),
        (workbook(sheet([NAMES, GOOD]), sheet([["x"]]), states=["visible", "hidden"]), FileFault.SHEETS),
        (workbook(sheet([NAMES, GOOD]), states=["veryHidden"]), FileFault.SHEETS),
        (workbook(sheet([])), FileFault.EMPTY),
        (book(), FileFault.EMPTY),
        (workbook(sheet([[None], NAMES, GOOD])), FileFault.UNREADABLE),  # the header is the first row
        (workbook(sheet([[*NAMES, "boss"], GOOD])), FileFault.COLUMN_UNKNOWN),
        (SHEET[:-30], FileFault.UNREADABLE),
        (b"PK\x03\x04", FileFault.UNREADABLE),
        (b"id_number\n", FileFault.UNREADABLE),
    ],
)
def test_a_workbook_that_cannot_be_read_without_a_guess_is_refused(data, fault):
    assert fault_of(data, FileFormat.XLSX)[0] is fault


def test_empty_sheets_beside_the_table_and_blank_rows_behind_it_are_nothing():
    rows: list[list[object]] = [[*NAMES], [*GOOD], [None, None], [None]]
    assert judged(workbook(sheet(rows), sheet([])), FileFormat.XLSX).verdict.row_count == 1


def test_a_workbook_that_unpacks_to_more_than_the_hub_takes_ends_its_reader_and_nothing_else():
    corner = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    wide = workbook(f'<worksheet xmlns="{MAIN}"><sheetData>{corner}</sheetData></worksheet>')
    assert fault_of(wide, FileFormat.XLSX)[0] is FileFault.UNREADABLE
    assert fault_of(workbook(sheet([NAMES, GOOD]) + " " * 2_000_000), FileFormat.XLSX, 100_000)[0] is FileFault.TOO_LARGE
    assert fault_of(book(*[[KEY, "王"]] * 20_000), FileFormat.XLSX, 100_000)[0] is FileFault.TOO_LARGE


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (parquet({"id_number": [KEY], "name": [["王"]]}), FileFault.COLUMN_TYPE),
        (parquet({"id_number": [KEY], "name": [b"x"]}), FileFault.COLUMN_TYPE),
        (parquet({"id_number": [KEY], "name": [{"a": 1}]}), FileFault.COLUMN_TYPE),
        (parquet({"id_number": [KEY]}), FileFault.COLUMN_MISSING),
        (parquet({"id_number": [KEY], "name": ["王"], "born": [19900301]}), None),  # a compact day, as a CSV file may have it
        (parquet({"id_number": [KEY], "name": ["王"], "born": [1.5]}), FileFault.VALUE_TYPE),
        (parquet({"id_number": [KEY, None], "name": ["王", "李"]}), FileFault.VALUE_MISSING),
        (parquet({"id_number": ["x" * 1_000_000] * 4_096, "name": ["王"] * 4_096}), FileFault.UNREADABLE),  # 4 GB of a dictionary's one text
        (parquet({"id_number": pa.nulls(3_000_000), "name": pa.nulls(3_000_000)}), FileFault.TOO_MANY_ROWS),
        (TABLE[:-20], FileFault.UNREADABLE),
        (TABLE[:-8] + b"\xff\xff\xff\x7fPAR1", FileFault.UNREADABLE),  # the footer claims to be longer than the file
        (TABLE[:-4] + b"PARE", FileFault.UNREADABLE),  # encrypted
        (b"PAR1PAR1", FileFault.UNREADABLE),
    ],
)
def test_a_hostile_parquet_file_is_refused(data, fault):
    if fault is None:
        assert judged(data, FileFormat.PARQUET).verdict.fault_count == 0
    else:
        assert fault_of(data, FileFormat.PARQUET, 8 * 1024 * 1024)[0] in {fault, FileFault.TOO_LARGE}


def test_no_fault_of_a_packed_file_says_a_value():
    told = repr(judged(book([KEY, "王小明", "三月初一"]), FileFormat.XLSX).verdict)
    assert KEY not in told
    assert "三月初一" not in told


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([("xlsx", SHEET), ("parquet", TABLE)]), st.integers(0, 2**32))
def test_a_mutant_is_read_or_is_a_fault_and_never_anything_else(said, seed):
    form, data = said
    chance, mutant = random.Random(seed), bytearray(data)  # noqa: S311 - of a test
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(mutant))
        mutant[at : at + chance.choice((0, 1, 1, 4))] = chance.randbytes(chance.choice((0, 1, 1, 4)))
    last = list(lines(form, bytes(mutant), MOST))[-1]
    assert '"rows"' in last or '"fault"' in last


def test_a_hub_without_the_reader_of_a_format_says_so_before_a_byte_comes(monkeypatch):
    monkeypatch.setattr("files.sheets.find_spec", lambda _: None)
    check_installed(FileFormat.CSV)
    with pytest.raises(IllegalStateError) as refused:
        check_installed(FileFormat.XLSX)
    assert refused.value.reason == "FILE_FORMAT_NOT_INSTALLED"
    assert "shuniu-hub[excel]" in str(refused.value.next_action)
