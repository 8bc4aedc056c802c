"""The inbox of an officer: by what is due, said in words, with what the time limit was compared; filters, pages, a table, and nobody else's work."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from hub.access import Duty
from hub.desk import Notice, Thing, Waiting
from hub.limits import Limits
from shuniu.words import value_words
from tests.end_to_end.test_second_persons import LEAD, WORKER, entry_draft, propose, staff
from tests.web.office import Guest, officer_at
from tests.world import CONSUMER, PROVIDER, World

STEP = "BrokerageService/ApproveDataRequest"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(limits=Limits(refusals_per_second=1_000, refusal_bytes_per_second=1 << 20)) as one:
        staff(one.member(PROVIDER))
        staff(one.member(CONSUMER))
        yield one


@pytest.fixture
def guest(world: World) -> Guest:
    return officer_at(world, world.member(PROVIDER), WORKER)


def waits(world: World, title: str, days: int | None = 14, kind: str = PROVIDER, name: str = "", **said: Any) -> None:
    """Have a thing wait for a department."""
    at, number = world.clock.now(), world.number()
    due = None if days is None else at + timedelta(days=days, hours=1)
    given = {"duties": (Duty.REQUESTS,), "article": "第二十条", "checked": "条例文本副本", **said}
    with world.hub.db.begin() as tx:
        waiting = Waiting(step=STEP, department=world.member(kind).department, due_time=due, **given)
        world.hub.desk.follow(tx, Thing(name or f"dataRequests/{number:026d}", title), (waiting,), at)


def test_work_stands_by_what_is_due_with_its_article_and_mark(world: World, guest: Guest):
    waits(world, "甲部门申请", 14)
    waits(world, "乙部门申请", -5)
    waits(world, "丙部门申请", 0, checked="", article="第二十一条")
    waits(world, "丁部门申请", None)
    page = guest.get("/inbox").text
    places = [page.index(f"{title}部门申请") for title in "乙丙甲丁"]
    assert places == sorted(places)
    for words in ("已超期", "今日到期", "剩余", "个工作日", "无办理时限", "据条例文本副本核对", "未核对", "第二十条", "批准"):
        assert words in page, words
    english = guest.get("/inbox", "en").text
    for words in ("working days left", "due today", "working days over", "no time limit", "compared with"):
        assert words in english, words


def test_a_time_limit_that_was_compared_with_the_official_text_has_no_mark(world: World, guest: Guest):
    waits(world, "已核对申请", 13, verified=True, checked="", duties=(Duty.SEALS,))
    shown = guest.get("/inbox?duty=seals").text
    assert "已核对申请" in shown
    assert "未核对" not in shown


def test_work_is_filtered_by_duty_and_by_what_is_over(world: World, guest: Guest):
    waits(world, "仅校核", 10, duties=(Duty.CORRECTIONS,))
    waits(world, "早已超期", -9)
    assert "仅校核" not in guest.get("/inbox?duty=requests").text
    over = guest.get("/inbox.json?show=over").json
    assert {one["due"] for one in over["work"]} == {"over"}
    assert over["over"] == over["total"] > 0
    assert "没有符合筛选条件的待办" in guest.get("/inbox?duty=licenses").text
    assert guest.get("/inbox?duty=king").status == 400
    assert guest.get("/inbox?show=everything").status == 400
    assert guest.get("/inbox?show=escalated").status in {400, 403}  # the authority's alone


def test_a_step_that_waits_for_a_second_person_leads_to_its_page(world: World):
    by, thing = entry_draft(world)
    proposal = propose(world, by, "SubmitEntry", thing).pending_proposal
    lead = officer_at(world, by, LEAD)
    assert f'href="/{proposal}"' in lead.get("/inbox").text
    assert lead.get(f"/{proposal}").status == 200


def test_nobody_sees_another_departments_work_and_nobody_at_all_without_signing_in(world: World, guest: Guest):
    waits(world, "民政专有", 3, CONSUMER)
    assert "民政专有" not in guest.get("/inbox").text
    assert "民政专有" in officer_at(world, world.member(CONSUMER), WORKER).get("/inbox").text
    assert Guest(world.addresses["web"]).get("/inbox").status == 401
    assert Guest(world.addresses["web"]).get("/inbox.csv").status == 401


def test_what_the_department_was_told_stands_beside_it(world: World, guest: Guest):
    at = world.clock.now()
    with world.hub.db.begin() as tx:
        told = Notice(kind="deadline_half", department=world.member(PROVIDER).department, duties=(Duty.REQUESTS,), key="half")
        world.hub.desk.tell(tx, Thing("dataRequests/77", "戊部门申请"), (told,), at)
    page = guest.get("/inbox").text
    assert "办理时限已过半" in page
    assert "戊部门申请" in page
    assert "Half of the time is over" in guest.get("/inbox", "en").text


def test_the_table_holds_the_same_work_and_runs_nothing(world: World, guest: Guest):
    waits(world, "=cmd|' /C calc'!A0", 20)
    rows = list(csv.reader(io.StringIO(guest.get("/inbox.csv").text)))
    assert rows[0][:3] == ["剩余期限", "截止时间", "事项"]
    (row,) = [one for one in rows if "calc" in one[3]]
    assert row[3].startswith("'=")
    assert row[6] == "据条例文本副本核对"


def test_a_title_is_text_and_nothing_else(world: World, guest: Guest):
    waits(world, "<script>alert(1)</script>", 2)
    page = guest.get("/inbox").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_more_than_a_page_is_paged_and_an_empty_inbox_says_what_to_do(world: World):
    other = officer_at(world, world.member(CONSUMER), "S-1")
    for number in range(55):
        waits(world, f"第{number}项", 30, CONSUMER, duties=(Duty.LICENSES,))
    first = other.get("/inbox.json?duty=licenses").json
    assert (len(first["work"]), first["total"]) == (50, 55)
    page = other.get(f"/inbox?duty=licenses&page={first['next_page_token']}").text
    assert page.count("<h2>第") == 5
    assert "返回第一页" in page
    assert other.get("/inbox?page=nonsense").status == 400


def test_every_kind_of_notice_has_words_in_both_languages():
    for kind, words in value_words("NoticeKind").items():
        assert len(words) == 2, kind
        assert not words[0].isascii(), kind
        assert words[1].isascii(), kind
        assert "_" not in words[1], kind
