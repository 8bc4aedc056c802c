"""A department's officers from the shell: a list in whatever form an office keeps it, every fault told at once."""

import csv
import io
import json
import zipfile

import pytest

from tests.cli.processes import run
from tests.world import CONSUMER, OTHER, World

GOOD = [
    ["工号", "姓名", "岗位职责"],
    ["MZ-0001", "李主任", "共享工作负责人、人员管理"],
    ["0231", "王工", "编目；申请审核"],
    ["svc-etl", "接口", "requests"],
]


@pytest.fixture(scope="module")
def world():
    with World() as one:
        yield one


def a_csv(rows, encoding="utf-8-sig"):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def a_cell(value):
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>' if isinstance(value, str) else f"<c><v>{value}</v></c>"


def a_workbook(rows):
    """Return the smallest workbook that spreadsheet programs read, texts inline."""
    cells = "".join("<row>" + "".join(map(a_cell, row)) + "</row>" for row in rows)
    main, rel = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{rel}"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="名单" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{rel}"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        book.writestr("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>')
    return out.getvalue()


def imported(world, kind, file, *more):
    return run("officer", "import", file, "--identity", world.member(kind).folder, "--officer", "MZ-0001", *more)


@pytest.mark.parametrize(("kind", "data"), [(CONSUMER, a_csv(GOOD, "gb18030")), (OTHER, a_workbook(GOOD))], ids=["gb18030", "xlsx"])
def test_a_list_is_tried_taken_and_shown(world, tmp_path, kind, data):
    file = tmp_path / "名单"
    file.write_bytes(data)
    tried = imported(world, kind, file, "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert "登记 registered 3" in tried.stdout
    done = json.loads(imported(world, kind, file, "--json").stdout)
    assert done == {"created": 3, "updated": 0, "unchanged": 0, "dismissed": 0}
    again = json.loads(imported(world, kind, file, "--json").stdout)
    assert again["unchanged"] == 3
    shown = run("officer", "list", "--identity", world.member(kind).folder)
    assert "王工" in shown.stdout
    assert "编目" in shown.stdout
    registration = run("officer", "registration", "--identity", world.member(kind).folder, "--json")
    assert json.loads(registration.stdout)["registered"] is True


def test_every_fault_of_a_list_is_told_by_row_and_column_and_nothing_is_imported(world, tmp_path):
    rows = [*GOOD, ["0231", "赵工", "编目"], ["", "孙工", "开车"], ["0300", "", ""]]
    file = tmp_path / "名单.csv"
    file.write_bytes(a_csv(rows))
    done = imported(world, CONSUMER, file)
    assert done.returncode != 0
    for told in ("第5行“工号”", "第6行“工号”", "第6行“岗位职责”", "第7行“姓名”", "第7行“岗位职责”", "5处错误"):
        assert told in done.stderr, told


def test_what_the_hub_alone_knows_it_says_for_every_line_at_once(world, tmp_path):
    file = tmp_path / "名单.csv"
    file.write_bytes(a_csv([GOOD[0], ["MZ-0001", "李主任", "人员管理"], ["A-1", "甲", "共享主管"], ["A-2", "乙", "审计"], ["B/1", "丙", "编目"]]))
    done = imported(world, CONSUMER, file)
    assert done.returncode != 0
    assert "lines[1]" in done.stderr or "第2个" in done.stderr
    assert "lines[3]" in done.stderr or "第4个" in done.stderr


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00", a_csv([["工号", "姓名"]]), a_workbook(GOOD)[:200], b"PK\x03\x04nothing", a_csv([["a"], ["b"]])]
)
def test_what_is_no_list_is_refused_in_words(world, tmp_path, data):
    file = tmp_path / "名单.csv"
    file.write_bytes(data)
    done = imported(world, CONSUMER, file)
    assert done.returncode not in {0, 70}, done.stderr
    assert "OFFICER_LIST_FORM" in done.stderr or "LINES_MISSING" in done.stderr


def test_a_template_is_what_can_be_imported(tmp_path):
    done = run("officer", "import", "--template")
    assert done.stdout.lstrip("\ufeff").strip() == "工号,姓名,岗位职责"
