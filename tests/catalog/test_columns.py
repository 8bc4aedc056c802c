"""The directory in the columns of the guide: every field a row, every value in people's words, nothing that a sheet would compute."""

import csv
import io
from dataclasses import replace

import pytest

from catalog.columns import COLUMNS, table
from catalog.model import Entry, Field, FieldType, Level, OpenType, ShareMode, ShareType, Source, UpdatePeriod
from tests.catalog.samples import MARKET, NOW, TITLES, a_business_entry, an_entry

ORIGIN = "entries/" + "0" * 26


def _rows(*entries: Entry, codes: dict[str, str] | None = None) -> list[dict[str, str]]:
    """Read the file as a program that knows nothing of us."""
    text = b"".join(table(entries, codes or {})).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def _published(entry: Entry) -> Entry:
    return replace(entry, provider_title=TITLES[entry.provider], publish_time=NOW)


def test_every_field_of_every_entry_is_a_row_under_the_guides_columns():
    rows = _rows(_published(an_entry()), _published(a_business_entry()))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["信息项名称"] for row in rows] == ["公民身份号码", "姓名", "出生日期", "年收入", "统一社会信用代码", "企业名称"]
    assert rows[4] == {
        "信息资源分类": "基础/法人",
        "信息资源名称": "企业登记信息",
        "信息资源代码": "102001/000001",
        "信息资源提供方": TITLES[MARKET],
        "信息资源提供方代码": MARKET,
        "信息资源摘要": "市场主体登记注册信息。",
        "信息资源格式": "数据库",
        "信息项名称": "统一社会信用代码",
        "数据类型": "字符(18)",
        "共享类型": "无条件共享",
        "共享条件": "",
        "共享方式": "查询、核验",
        "开放属性": "无条件开放",
        "更新周期": "每日",
        "发布日期": "2026-03-02",
        "关联资源代码": "",
    }


def test_what_is_not_shared_says_why_and_what_is_opened_on_conditions_says_which():
    refused = an_entry(share_type=ShareType.REFUSED, share_condition="", modes=(), refusal_reason="涉密", refusal_basis="《保守国家秘密法》")
    opened = an_entry(open_type=OpenType.CONDITIONAL, open_condition="须实名")
    assert _rows(_published(refused))[0]["共享条件"] == "涉密（《保守国家秘密法》）"
    assert _rows(_published(opened))[0]["开放属性"] == "有条件开放：须实名"


def test_what_an_entry_is_derived_from_stands_by_its_code_as_long_as_that_is_in_force():
    entry = _published(an_entry(source=Source("", (ORIGIN, "entries/" + "1" * 26))))
    assert {row["关联资源代码"] for row in _rows(entry, codes={ORIGIN: "307001/000001"})} == {"307001/000001"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_begins_as_a_formula(start):
    evil = f'{start}HYPERLINK("http://x","y"),"\r\n"'
    texts = {"title": evil, "abstract": evil, "share_condition": evil, "class_path": (evil,), "resource_code": evil}
    (row,) = _rows(_published(an_entry(**texts, fields=(Field("a", evil, FieldType.STRING),))))
    assert [row[name] for name in ("信息资源名称", "信息资源摘要", "共享条件", "信息资源分类", "信息资源代码", "信息项名称")] == [f"'{evil}"] * 6
    assert not any(cell.startswith(start) for cell in row.values())


def test_every_value_of_every_list_has_its_word():
    for kind, name in ((ShareType, "share_type"), (OpenType, "open_type"), (UpdatePeriod, "update_period"), (Level, "level")):
        for value in kind:
            (row, *_) = _rows(_published(an_entry(**{name: value})))
            assert not any(cell.isascii() and cell.isalpha() for cell in row.values()), row
    fields = tuple(Field(f"f{place}", "甲", kind) for place, kind in enumerate(FieldType))
    words = [row["数据类型"] for row in _rows(_published(an_entry(fields=fields, modes=tuple(ShareMode))))]
    assert len(set(words)) == len(FieldType)


def test_a_sheet_opens_it_as_utf_8_and_each_row_ends_as_rfc_4180_says():
    text = b"".join(table([_published(an_entry())], {}))
    assert text.startswith("\ufeff信息资源分类,".encode())
    assert text.count(b"\r\n") == text.count(b"\n") == 5
