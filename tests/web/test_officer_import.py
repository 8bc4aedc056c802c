"""A list of officers at the pages: read as the command reads it, told row by row, shown before it is done, taken with a fresh proof."""

import csv
import io
import urllib.request
import zipfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from hub.limits import Limits
from shuniu.lists.workbook import WorkbookError, cells_apart, cells_in
from shuniu.v1 import officer_pb2
from tests.cli.test_officers import GOOD, a_csv, a_workbook
from tests.end_to_end.test_second_persons import LEAD, WORKER, staff
from tests.web.office import Answer, Guest, officer_at
from tests.world import CONSUMER, KEY, OTHER, PROVIDER, World

HEADER = ["工号", "姓名", "岗位职责"]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(limits=Limits(refusals_per_second=1_000, refusal_bytes_per_second=1 << 20)) as one:
        staff(one.member(PROVIDER))
        yield one


@pytest.fixture
def people(world: World) -> Guest:
    return officer_at(world, world.member(PROVIDER), "P-1")


def send(guest: Guest, path: str, language: str = "zh", /, **parts: str | bytes) -> Answer:
    """Send a form with a file as a browser does."""
    line, body = "----list", io.BytesIO()
    for name, value in parts.items():
        file = f'; filename="{name}"\r\nContent-Type: application/octet-stream' if isinstance(value, bytes) else ""
        body.write(f'--{line}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode())
        body.write((value if isinstance(value, bytes) else value.encode()) + b"\r\n")
    body.write(f"--{line}--\r\n".encode())
    headers = {"Accept-Language": language, "Content-Type": f"multipart/form-data; boundary={line}"}
    return guest.open(urllib.request.Request(guest.address + path, body.getvalue(), headers))  # noqa: S310 - the hub of this test


def look(guest: Guest, data: bytes, language: str = "zh", **more: str) -> Answer:
    return send(guest, "/officers/import", language, token=guest.get("/officers/import").hidden("token"), list=data, **more)


def take(guest: Guest, preview: Answer) -> Answer:
    return send(guest, "/officers/import/take", token=preview.hidden("token"), sealed=preview.hidden("sealed"))


def a_list(*rows: Sequence[str]) -> bytes:
    data: bytes = a_csv([HEADER, *rows])
    return data


def numbers(world: World, kind: str = PROVIDER) -> dict[str, Any]:
    return {one.number: one for one in world.member(kind).do("ListOfficers", page_size=1_000).officers}


@pytest.mark.parametrize(("kind", "data"), [(CONSUMER, a_csv(GOOD, "gb18030")), (OTHER, a_workbook(GOOD))], ids=["gb18030", "xlsx"])
def test_a_list_is_shown_and_then_taken(world: World, kind: str, data: bytes):
    by = world.member(kind)
    by.do("CreateOfficer", number="P-1", display_name="周工", duties=[officer_pb2.DUTY_PEOPLE], officer="system")
    guest = officer_at(world, by, "P-1")
    before = numbers(world, kind)
    shown = look(guest, data)
    assert shown.status == 200, shown.text
    assert "登记 3 人" in shown.text
    assert "王工" in shown.text
    assert "编目、申请审核" in shown.text
    assert "首次导入" in shown.text
    assert numbers(world, kind) == before
    done = take(guest, shown)
    assert done.status == 200, done.text
    assert "已导入名单" in done.text
    assert numbers(world, kind).keys() == {"P-1", "MZ-0001", "0231", "svc-etl"}
    step = next(one for one in reversed(world.records()) if one.action == "certs.ImportOfficers")
    assert (step.actor.officer, step.detail["proof"], step.detail["created"]) == ("P-1", "link", "3")


def test_every_fault_of_a_row_stands_beside_it_and_nothing_is_changed(world: World, people: Guest):
    before = numbers(world)
    data = a_list(["A-1", "甲", "编目"], ["A-1", "乙", "编目"], ["", "丙", "开车"], ["A-3", "", ""], [KEY, "丁", "开会"])
    answer = look(people, data)
    assert answer.status == 400
    page = unescape(answer.text)
    assert "6 处错误" in page
    for told in ("与第2行工号相同", "未填写", "没有该职责", "开车"):
        assert told in page, told
    assert [row.split("<")[0] for row in page.split('<th scope="row">')[1:]] == ["3", "4", "4", "5", "5", "6"]
    assert KEY not in page
    english = look(people, data, "en").text
    assert "the same number as in row 2" in english
    assert numbers(world) == before


def test_what_the_hub_alone_knows_stands_beside_its_row(world: World, people: Guest):
    before = numbers(world)
    by = world.member(PROVIDER)
    gone = by.do("CreateOfficer", number=f"G-{world.number()}", display_name="离", duties=[officer_pb2.DUTY_SEALS], officer="P-1")
    by.do("DismissOfficer", name=gone.name, etag=gone.etag, officer="P-1", reason="调离")
    data = a_list(["B-1", "甲", "编目"], ["B-2", "乙", "审计"], ["B/3", "丙", "编目"], [gone.number, "离", "编目"], ["Ｂ-1", "同", "编目"])
    answer = look(people, data)
    page = unescape(answer.text)
    assert answer.status == 400, page
    assert [row.split("<")[0] for row in page.split('<th scope="row">')[1:]] == ["3", "4", "5", "6"]
    assert "审计" in page
    assert not {"B-1", "B-2"} & (numbers(world).keys() - before.keys())


def test_who_changes_and_who_leaves_is_named_before_it_is_done(world: World, people: Guest):
    rows = [
        [one.number, one.display_name, "；".join(officer_pb2.Duty.Name(duty) for duty in one.duties)]
        for one in numbers(world).values()
        if one.state == 1
    ]
    number = next(row for row in rows if row[0] == WORKER)
    number[1] = "王工长"
    kept = [row for row in rows if row[0] != "S-1"]
    shown = look(people, a_list(*kept, ["N-1", "新人", "编目"]), complete="1")
    page = unescape(shown.text)
    for told in ("登记 1 人", "变更 1 人", "离岗 1 人", "王工长", "新人", "S-1 孙工"):
        assert told in page, told
    assert "S-1" not in unescape(look(people, a_list(*kept)).text).split("<main")[1]
    assert take(people, shown).status == 200
    after = numbers(world)
    assert (after[WORKER].display_name, after["S-1"].state, after["N-1"].state) == ("王工长", officer_pb2.OFFICER_STATE_DISMISSED, 1)
    again = take(people, shown)  # sent twice, done once
    assert again.status == 200
    assert "登记 1 人" in again.text
    assert people.get("/officers").status == 200


def test_the_table_of_the_page_is_a_list_that_changes_nothing(people: Guest):
    table = people.get("/officers.csv?state=active").text
    shown = look(people, table.encode("utf-8-sig"))
    assert shown.status == 200, shown.text
    assert "名单与现状一致" in shown.text
    assert "sealed" not in shown.text


def test_a_name_that_a_spreadsheet_would_compute_comes_back_as_it_was(world: World, people: Guest):
    world.member(PROVIDER).do("CreateOfficer", number="F-9", display_name="=1+1", duties=[officer_pb2.DUTY_SEALS], officer="P-1")
    table = people.get("/officers.csv?state=active").text
    assert "'=1+1" in table
    assert "名单与现状一致" in look(people, table.encode("utf-8-sig")).text


def test_an_old_proof_is_asked_for_before_the_file_and_the_list_stays_in_the_page_after_it(world: World, people: Guest):
    shown = look(people, a_list(["O-1", "欧", "编目"]))
    with world.later(timedelta(minutes=6)):
        asked = look(people, a_list(["O-1", "欧", "编目"]))
        assert (asked.status, asked.place) == (303, "/prove?next=/officers/import")
        assert "五分钟" in people.get("/officers/import").text
        kept = take(people, shown)
        assert kept.status == 403
        assert "欧" in kept.text
        assert "O-1" not in numbers(world)
    assert take(people, kept).status == 200
    assert "O-1" in numbers(world)


def test_who_may_not_import_is_offered_no_form_and_refused(world: World):
    lead = officer_at(world, world.member(PROVIDER), LEAD)
    page = lead.get("/officers/import").text
    assert 'action="/officers/import"' not in page
    token = lead.get("/officers/import").hidden("token")
    assert send(lead, "/officers/import", token=token, list=a_list(["Q-1", "求", "编目"])).status == 403
    assert "Q-1" not in numbers(world)


def test_a_list_of_another_session_and_one_that_was_changed_are_refused(world: World, people: Guest):
    shown = look(people, a_list(["R-9", "任", "编目"]))
    other = officer_at(world, world.member(PROVIDER), "P-1")
    token = other.get("/officers/import").hidden("token")
    for sealed in (shown.hidden("sealed"), shown.hidden("sealed")[:-8] + "AAAAAAA=", "x", ""):
        assert send(other, "/officers/import/take", token=token, sealed=sealed).status == 400
    assert send(people, "/officers/import/take", token="0" * 64, sealed=shown.hidden("sealed")).status == 403
    assert "R-9" not in numbers(world)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00", a_csv([["工号", "姓名"]]), a_workbook(GOOD)[:200], b"PK\x03\x04nothing", a_csv([["a"], ["b"]]), a_csv([HEADER])]
)
def test_what_is_no_list_is_refused_in_words(people: Guest, data: bytes):
    answer = look(people, data)
    assert answer.status == 400
    assert "Traceback" not in answer.text
    assert 'role="alert"' in answer.text


def test_a_list_that_is_too_large_is_refused(people: Guest):
    rows = [[f"T-{one}", "同", "编目"] for one in range(5_001)]
    answer = look(people, a_list(*rows))
    assert answer.status == 400
    assert "5" in unescape(answer.text).split('role="alert"')[1][:200]


def changed(data: bytes, more: bytes) -> bytes:
    """Return a workbook whose first sheet has more rows."""
    old, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name in old.namelist():
            part = old.read(name)
            book.writestr(name, part.replace(b"</sheetData>", more + b"</sheetData>") if name.endswith("sheet1.xml") else part)
    return out.getvalue()


def test_a_workbook_that_unpacks_to_more_than_a_process_may_have_ends_that_process_alone():
    far = changed(a_workbook(GOOD), b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>')
    large = changed(a_workbook(GOOD), b'<row><c t="inlineStr"><is><t>' + b"A" * (600 << 20) + b"</t></is></c></row>")
    for data in (far, large):
        assert len(data) < 1 << 20
        with pytest.raises(WorkbookError):
            cells_apart(data)
    assert cells_apart(a_workbook(GOOD)) == cells_in(a_workbook(GOOD))


def test_an_empty_list_to_fill_in(people: Guest):
    answer = people.get("/officers/import.csv")
    assert next(csv.reader(io.StringIO(answer.text))) == HEADER
