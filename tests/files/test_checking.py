"""What is checked of a CSV file before anything of it is served; no fault ever holds a value."""

import csv
import io
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.model import Entry, Field, FieldType, Level, OpenType, ShareType, UpdatePeriod
from files.checking import Kind, check_file, values_of
from files.model import FileFault
from files.sealing import FileKeys, rows_in
from files.store import sealed_blocks
from hub.errors import IntegrityError
from shuniu.identifiers import citizen_id

FIELDS = (
    Field("id_number", "身份证号", FieldType.STRING, key=True),
    Field("name", "姓名", FieldType.STRING, length=8),
    Field("born", "出生日期", FieldType.DATE, nullable=True),
    Field("children", "子女数", FieldType.INT64, nullable=True),
    Field("income", "收入", FieldType.DECIMAL, nullable=True),
    Field("seen", "登记时间", FieldType.TIMESTAMP, nullable=True),
)
HEADER = "id_number,name,born,children,income,seen"
KEYS = FileKeys(b"k" * 32)
BOX = KEYS.box("dataFiles/x", KEYS.make("dataFiles/x"))


def an_entry(domain="cn-id", fields=FIELDS) -> Entry:
    return Entry(
        id="01m8gx1gfr1w41kvwembxrn5m2",
        resource_code="307010001/000001",
        title="居民",
        abstract="登记信息",
        class_path=("人口",),
        region="640000",
        level=Level.PROVINCE,
        provider="11640000XB00000109",
        share_type=ShareType.CONDITIONAL,
        update_period=UpdatePeriod.DAILY,
        open_type=OpenType.CLOSED,
        fields=fields,
        subject_domain=domain,
    )


def a_key(number: int) -> str:
    return citizen_id.build("640104", date(1950, 1, 1) + timedelta(days=number % 20_000), number % 999)


def check(*lines: str, header: str = HEADER, entry: Entry | None = None):
    return check_file("\n".join((header, *lines, "")).encode(), entry or an_entry(), Kind(), BOX.digest)


def faults(*lines: str, **said):
    return [(one.row, one.column, one.fault) for one in check(*lines, **said).verdict.findings]


ONE = a_key(1)


@pytest.mark.parametrize(
    ("line", "column", "fault"),
    [
        (f"{ONE},王小明,,,", "", FileFault.ROW_LENGTH),
        (f"{ONE},王小明,,,,,", "", FileFault.ROW_LENGTH),
        (f"{ONE},,,,,", "name", FileFault.VALUE_MISSING),
        (",王小明,,,,", "id_number", FileFault.VALUE_MISSING),
        ("640104195001010010,王小明,,,,", "id_number", FileFault.KEY),
        ("6.40104E+17,王小明,,,,", "id_number", FileFault.KEY),
        (f"{ONE},王小明王小明王小明,,,,", "name", FileFault.VALUE_LENGTH),
        (f"{ONE},=1+1,,,,", "name", FileFault.FORMULA),
        (f"{ONE},@SUM(A1),,,,", "name", FileFault.FORMULA),
        (f"{ONE},王\x00明,,,,", "name", FileFault.CONTROL_CHARACTER),
        (f"{ONE},王小明,1990-02-30,,,", "born", FileFault.VALUE_TYPE),
        (f"{ONE},王小明,,二,,", "children", FileFault.VALUE_TYPE),
        (f"{ONE},王小明,,9223372036854775808,,", "children", FileFault.VALUE_TYPE),
        (f"{ONE},王小明,,,1E5,", "income", FileFault.VALUE_TYPE),
        (f"{ONE},王小明,,,{'1' * 1001},", "income", FileFault.VALUE_LENGTH),
        (f"{ONE},王小明,,,,0001-01-01 00:00", "seen", FileFault.VALUE_TYPE),
    ],
)
def test_a_row_that_does_not_fit_is_told_by_row_and_column(line, column, fault):
    assert faults(f"{ONE},王小明,,,,", line) == [(2, column, fault)]


@pytest.mark.parametrize(
    ("header", "column", "fault"),
    [
        ("id_number,born", "name", FileFault.COLUMN_MISSING),
        ("name,born", "id_number", FileFault.COLUMN_MISSING),
        ("id_number,name,phone", "", FileFault.COLUMN_UNKNOWN),
        ("id_number,name,name", "", FileFault.COLUMN_DOUBLED),
        ("id_number,name,姓名", "name", FileFault.COLUMN_DOUBLED),
        ("640104195001010010,王小明", "", FileFault.COLUMN_UNKNOWN),
    ],
)
def test_a_header_that_does_not_fit_is_told(header, column, fault):
    assert faults(header=header) == [(0, column, fault)]


def test_columns_are_known_by_their_labels_too_in_any_order():
    checked = check(f"王小明,{ONE}", header="姓名,身份证号")
    assert checked.verdict.columns == ("name", "id_number")
    assert checked.verdict.row_count == len(checked.rows) == 1


def test_the_row_that_does_not_fit_is_found_wherever_it_stands_and_nothing_is_kept():
    lines = [f"{a_key(number)},王小明,,,," for number in range(10_000)]
    lines[9_998] = f"{a_key(9_998)},王小明,,x,,"
    checked = check(*lines)
    assert [(one.row, one.column) for one in checked.verdict.findings] == [(9_999, "children")]
    assert not checked.rows


def test_a_file_without_rows_is_refused():
    assert faults() == [(0, "", FileFault.EMPTY)]
    assert check_file(b"", an_entry(), Kind(), BOX.digest).verdict.findings[0].fault is FileFault.EMPTY


def test_a_quote_that_is_never_closed_is_told_with_its_row():
    assert faults(f"{ONE},王小明,,,,", f'{ONE},"王小明,,,,')[0][2] is FileFault.UNREADABLE


def test_more_rows_of_one_key_than_a_query_may_release_are_refused():
    assert not faults(*[f"{ONE},王小明,,,,"] * 1_000)
    assert [one[2] for one in faults(*[f"{ONE},王小明,,,,"] * 1_001)] == [FileFault.TOO_MANY_OF_KEY]


def test_a_cell_in_another_encoding_is_told():
    data = f"{HEADER}\n{ONE},".encode() + "王小明".encode("gb18030") + b",,,,\n"
    (one,) = check_file(data, an_entry(), Kind(), BOX.digest).verdict.findings
    assert (one.row, one.column, one.fault) == (1, "name", FileFault.ENCODING)


@given(st.binary(max_size=300))
def test_any_bytes_are_judged_and_none_raises(data):
    verdict = check_file(data, an_entry(), Kind(), BOX.digest).verdict
    assert verdict.fault_count >= len(verdict.findings) > 0


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1, max_size=20).filter(
    lambda text: text[0] not in "=@\ufeff" and not text.isspace()
)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=60))
def test_what_fits_is_found_again_by_its_key_and_no_other(rows):
    fields = (Field("number", "编号", FieldType.STRING, key=True), Field("text", "内容", FieldType.STRING))
    text = io.StringIO()
    csv.writer(text).writerows([("number", "text"), *rows])
    checked = check_file(text.getvalue().encode(), an_entry("", fields), Kind(), BOX.digest)
    if checked.verdict.fault_count:  # a key that is not printable, a text that ends in a blank of another script
        assert {one.fault for one in checked.verdict.findings} <= {FileFault.KEY, FileFault.CONTROL_CHARACTER, FileFault.VALUE_MISSING}
        return
    blocks = [block for batch in sealed_blocks(checked.rows, BOX, "load") for block in batch]
    for key, _ in rows:
        found = _look(blocks, BOX.digest(key.strip(" \t\u00a0\u3000").strip()))
        assert sorted(cells[1] or "" for cells in found) == sorted(b.strip() for a, b in rows if a.strip() == key.strip())
    assert not _look(blocks, BOX.digest("nobody's key, which is longer than any other"))


def _look(blocks, digest):
    first, sealed = max(one for one in blocks if one[0] <= digest)
    found = rows_in(BOX.open(f"load {first.hex()}", sealed), digest)
    assert found is not None
    return found


def test_rows_of_one_key_stand_in_one_block_and_a_block_that_is_gone_is_missed():
    lines = [f"{a_key(number // 3)},王小明,,{number},," for number in range(3_000)]
    blocks = [block for batch in sealed_blocks(check(*lines).rows, BOX, "load") for block in batch]
    assert len(blocks) > 3
    assert [int(cells[3] or 0) for cells in _look(blocks, BOX.digest(a_key(7)))] == [21, 22, 23]
    gone = blocks.pop(2)
    first, sealed = blocks[1]
    assert rows_in(BOX.open(f"load {first.hex()}", sealed), gone[0]) is None


def test_a_block_opens_at_its_own_place_of_its_own_file_alone():
    sealed = BOX.seal("load 00", b"[]")
    other = KEYS.box("dataFiles/y", KEYS.make("dataFiles/y"))
    for box, place in ((BOX, "load 01"), (BOX, "other 00"), (other, "load 00")):
        with pytest.raises(IntegrityError):
            box.open(place, sealed)
    with pytest.raises(IntegrityError):
        FileKeys(b"x" * 32).box("dataFiles/x", KEYS.make("dataFiles/x"))
    with pytest.raises(IntegrityError):
        KEYS.box("dataFiles/y", KEYS.make("dataFiles/x"))


def test_values_come_back_as_their_types():
    checked = check(f"{ONE},王小明,1990年3月7日,2,12.50,2026-03-02 08:00")
    ((_, cells),) = checked.rows
    assert b"1990" in cells
    values = values_of(["x", None, "1990年3月7日", "2"], [(one.name, one.type) for one in FIELDS[:4]])
    assert values == {"id_number": "x", "name": None, "born": date(1990, 3, 7), "children": 2}
