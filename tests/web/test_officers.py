"""The pages of officers: who sees whom, what each may change, what a refused form keeps, and a link that is shown once."""

import csv
import io
from collections.abc import Iterator

import pytest

from hub.limits import Limits
from shuniu.v1 import officer_pb2
from tests.end_to_end.test_second_persons import LEAD, WORKER, staff
from tests.web.office import Guest, officer_at
from tests.world import AUTHORITY, CONSUMER, KEY, OTHER, PROVIDER, World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(limits=Limits(refusals_per_second=1_000, refusal_bytes_per_second=1 << 20)) as one:
        staff(one.member(PROVIDER))
        staff(one.member(CONSUMER))
        yield one


@pytest.fixture(scope="module")
def people(world: World) -> Guest:
    return officer_at(world, world.member(PROVIDER), "P-1")


def name_of(world: World, number: str) -> str:
    return f"departments/{world.member(PROVIDER).department}/officers/{number}"


def test_a_department_sees_its_officers_with_their_duties_and_only_who_manages_people_is_offered_a_form(world: World, people: Guest):
    page = people.get("/officers").text
    assert "李主任" in page
    assert "共享工作负责人" in page
    assert 'action="/officers"' in page
    other = officer_at(world, world.member(PROVIDER), WORKER)
    assert 'action="/officers"' not in other.get("/officers").text
    assert other.get("/officers.json").json["may"] == []
    assert "申请审核" in other.get(f"/officer?name={name_of(world, WORKER)}").text
    refused = other.send("/officers", "/officers", number="Z-1", display_name="周", **{"duty-directory": "1"})
    assert refused.status == 403
    assert "人员管理" in refused.text


def test_an_officer_is_added_changed_given_a_deputy_and_dismissed(world: World, people: Guest):
    made = people.send("/officers", "/officers", number="工-7", display_name="钱七", **{"duty-lead": "1"})
    assert made.status == 303
    shown = people.get(made.place)
    assert "钱七" in shown.text
    assert people.get(made.place.replace("/officer?", "/officer.json?")).json["officer"]["duties"] == ["lead"]
    changed = people.send(made.place, "/officer/update", display_name="钱八", reason="更名", **{"duty-lead": "1", "duty-seals": "1"})
    assert changed.status == 303
    until = f"{world.clock.now():%Y}-12-31" if world.clock.now().month > 10 else f"{world.clock.now():%Y-%m}-28"
    assert people.send(made.place, "/officer/deputy", deputy=WORKER, until=until, reason="出差").status == 303
    assert f"{WORKER}，至 {until}" in people.get(made.place).text
    assert people.send(made.place, "/officer/dismiss", reason="调离").status == 303
    gone = people.get(made.place)
    assert "已离岗" in gone.text
    assert "/officer/dismiss" not in gone.text
    assert "钱八" not in people.get("/officers").text
    assert "钱八" in people.get("/officers?state=dismissed").text
    record = next(one for one in reversed(world.records()) if one.action == "certs.DismissOfficer")
    assert (record.actor.officer, record.detail["proof"], record.reason) == ("P-1", "link", "调离")


def test_a_form_that_is_sent_twice_is_done_once(world: World, people: Guest):
    page = people.get("/officers")
    fields = {"token": page.hidden("token"), "request_id": page.hidden("request_id"), "number": "D-2", "display_name": "双击", "duty-directory": "1"}
    first, second = people.post("/officers", **fields), people.post("/officers", **fields)
    assert (first.status, second.status) == (303, 303)
    assert first.place == second.place
    assert sum(one.resource.endswith("/D-2") for one in world.records() if one.action == "certs.CreateOfficer") == 1


@pytest.mark.parametrize(("number", "field", "status"), [("a b", "number", 400), (KEY, "number", 400), (LEAD, "", 409)])
def test_a_refused_form_says_why_at_its_field_and_keeps_what_was_typed(people: Guest, number: str, field: str, status: int):
    refused = people.send("/officers", "/officers", number=number, display_name="孙十", **{"duty-seals": "1"})
    assert refused.status == status
    assert 'value="孙十"' in refused.text
    assert 'name="duty-seals" value="1" checked' in refused.text
    assert KEY not in refused.text
    if field:
        assert f'id="flaw-{field}"' in refused.text


def test_two_who_change_one_officer_at_a_time_do_not_overwrite_each_other(world: World, people: Guest):
    place = f"/officer?name={name_of(world, WORKER)}"
    page = people.get(place)
    fields = {name: page.hidden(name) for name in ("token", "name", "etag")}
    duties = {f"duty-{one}": "1" for one in ("directory", "requests", "seals")}
    assert people.post("/officer/update", **fields, **duties, display_name="王工", reason="核对").status == 303
    late = people.post("/officer/update", **fields, **duties, display_name="王五", reason="核对姓名")
    assert late.status == 412
    assert 'value="王五"' in late.text
    assert 'value="核对姓名"' in late.text


def test_while_anybody_may_be_named_the_page_says_how_many_calls_named_nobody(world: World):
    by = world.member(OTHER)
    by.do("CreateOfficer", number="P-1", display_name="周工", duties=[officer_pb2.DUTY_PEOPLE], officer="外包-1")
    people = officer_at(world, by, "P-1")
    for number in ("外包-1", "外包-1", KEY):
        by.call("SubmitEntry", name="entries/none", officer=number)
    world.hub._keep_unknown_numbers()
    page, known = people.get("/officers").text, people.get("/officers.json").json["registration"]
    assert (known["unknown_call_count"], known["unknown_number_count"]) == ("4", 2)
    assert "有 4 次调用填报了未登记的工号，共 2 个" in page
    assert KEY not in page
    assert "different numbers" in people.get("/officers", "en").text


def test_a_link_is_shown_once_and_signs_in_whoever_it_is_for(world: World, people: Guest):
    place = f"/officer?name={name_of(world, WORKER)}"
    shown = people.send(place, "/officer/invite")
    assert shown.status == 200
    assert shown.headers["Cache-Control"] == "no-store"
    assert "只显示这一次" in shown.text
    link = shown.text.partition("/login/")[2].partition("<")[0]
    assert link not in people.get(place).text
    guest = Guest(world.addresses["web"])
    assert guest.post(f"/login/{link}", token=guest.get(f"/login/{link}").hidden("token")).status == 303
    assert guest.get("/officers.json").json["me"]["officer"] == WORKER
    seen = people.get(place.replace("/officer?", "/officer.json?")).json["officer"]
    assert (seen["sign_in_means"], seen["sign_in_time"][:10]) == ("link", f"{world.clock.now():%Y-%m-%d}")
    assert "一次性链接</dd>" in people.get(place).text
    assert people.get(f"/officer.json?name={name_of(world, LEAD)}").json["officer"]["sign_in_time"] is None


def test_another_departments_officers_are_nobodys_but_the_authoritys(world: World, people: Guest):
    other = world.member(CONSUMER).department
    for path in (f"/officers?department={other}", f"/officers.csv?department={other}"):
        assert people.get(path).status == 403
    assert people.get(f"/officer?name=departments/{other}/officers/{LEAD}").status == 404
    assert people.get("/officer?name=../officers").status == 400
    assert Guest(world.addresses["web"]).get("/officers").status == 401


def test_the_authority_adds_another_departments_first_people_officer(world: World):
    ruler = world.member(AUTHORITY)
    rules = [officer_pb2.DUTY_RULE, officer_pb2.DUTY_PEOPLE]
    ruler.do("CreateOfficer", number="P-1", display_name="张主任", duties=rules, officer="system")
    guest, other = officer_at(world, ruler, "P-1"), world.member(CONSUMER).department
    made = guest.send(f"/officers?department={other}", "/officers", number="P-9", display_name="首任", department=other, **{"duty-people": "1"})
    assert made.status == 303
    assert other in made.place
    refused = guest.send(f"/officers?department={other}", "/officers", number="P-8", display_name="越权", department=other, **{"duty-lead": "1"})
    assert refused.status == 403


def test_the_table_can_be_imported_again_and_runs_nothing(world: World, people: Guest):
    world.member(PROVIDER).do(
        "CreateOfficer", number="F-1", display_name="=1+1", duties=[officer_pb2.DUTY_LICENSES, officer_pb2.DUTY_SEALS], officer="P-1"
    )
    answer = people.get("/officers.csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0][:3] == ["工号", "姓名", "岗位职责"]
    (row,) = [one for one in rows if one[0] == "F-1"]
    assert row[1:4] == ["'=1+1", "电子证照；电子印章", "在岗"]


def test_a_form_of_another_session_changes_nothing(people: Guest):
    refused = people.post("/officers", token="0" * 64, number="X-1", display_name="假", **{"duty-seals": "1"})
    assert refused.status == 403
    assert "X-1" not in people.get("/officers").text
