"""Officers in a real browser with a virtual authenticator: from the one-time link to a passkey, and to a colleague's step confirmed."""

import os
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from hub.reach import for_browsers
from shuniu.v1 import officer_pb2, work_pb2
from tests.browser.test_pages import ARGS, CONTRAST, OVERFLOW
from tests.end_to_end.test_second_persons import LEAD, WORKER, entry_draft, look, propose, staff
from tests.postgres import missing
from tests.world import PROVIDER, Member, World
from web import officers
from web.signing_in import ask_to_prove

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as one:
        staff(one.member(PROVIDER))
        yield one


@pytest.fixture(scope="module")
def context() -> Iterator[BrowserContext]:
    executable = shutil.which("chromium")
    if executable is None:
        missing("Chromium", "apt-get install chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=ARGS)
        made = browser.new_context(locale="zh-CN")
        yield made
        browser.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    context.clear_cookies()
    one = context.new_page()
    session = context.new_cdp_session(one)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "automaticPresenceSimulation": True}})
    faults: list[str] = []
    one.on("pageerror", lambda error: faults.append(str(error)))
    one.on("console", lambda message: faults.append(message.text) if message.type == "error" and "status of 4" not in message.text else None)
    yield one
    one.close()
    assert faults == []


def invited(world: World, by: Member, number: str) -> str:
    link: str = by.do("InviteOfficer", name=f"departments/{by.department}/officers/{number}", officer="P-1").url
    assert "://localhost:" in link
    return link


def with_passkey(world: World, page: Page, number: str) -> None:
    """Open the one-time link of an officer and register a passkey."""
    page.goto(invited(world, world.member(PROVIDER), number))
    page.get_by_role("button", name="登录").click()
    assert "/passkeys" in page.url
    known = page.get_by_role("button", name="删除").count()  # passkeys of tests before, on devices that are gone
    page.get_by_role("button", name="登记新的通行密钥").click()
    page.get_by_role("button", name="删除").nth(known).wait_for()


def check_looks(page: Page, name: str) -> None:
    """Judge a page at the width of a phone and of a desk; where a folder is named, keep pictures to look at."""
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(OVERFLOW) <= 0, (name, width)
        assert page.evaluate(CONTRAST) == [], (name, width)
        if folder := os.environ.get("SHUNIU_PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def test_a_lead_signs_in_by_a_passkey_and_confirms_what_a_colleague_proposed(world: World, page: Page):
    by, thing = entry_draft(world)
    proposal = propose(world, by, "SubmitEntry", thing).pending_proposal
    with_passkey(world, page, LEAD)
    check_looks(page, "passkeys")
    page.get_by_role("button", name="退出").click()
    page.goto(f"{for_browsers(world.addresses['web'])}/sign-in")
    check_looks(page, "sign-in")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url("**/inbox")
    page.get_by_role("link", name="待确认事项", exact=True).first.click()
    page.wait_for_url("**/proposals")
    check_looks(page, "proposals")
    page.get_by_role("link", name="提交目录条目").first.click()
    check_looks(page, "proposal")
    assert WORKER in page.inner_text("main")
    page.get_by_role("button", name="确认并办理").click()
    page.get_by_text("已确认").wait_for()
    assert by.do("GetProposal", name=proposal).state == work_pb2.PROPOSAL_STATE_CONFIRMED
    assert look(by, "SubmitEntry", thing.name).state != thing.state
    step = next(one for one in reversed(world.records()) if one.action == "work.Confirm")
    assert (step.actor.officer, step.detail["proof"]) == (LEAD, "passkey")


def test_who_signed_in_a_while_ago_proves_it_once_more_before_confirming(world: World, page: Page):
    by, thing = entry_draft(world)
    proposal = propose(world, by, "SubmitEntry", thing).pending_proposal
    with_passkey(world, page, LEAD)
    with world.later(timedelta(minutes=6)):
        page.goto(f"{for_browsers(world.addresses['web'])}/{proposal}")
        page.get_by_role("button", name="确认并办理").click()
        page.wait_for_url(re.compile("/prove"))
        check_looks(page, "prove")
        page.get_by_role("button", name="用通行密钥验证").click()
        page.wait_for_url(f"**/{proposal}")
        page.get_by_role("button", name="确认并办理").click()
        page.get_by_text("已确认").wait_for()


def test_a_form_whose_session_ended_while_it_was_filled_in_comes_back_after_signing_in(world: World, page: Page):
    with_passkey(world, page, "P-1")
    place = f"{for_browsers(world.addresses['web'])}/officer?name=departments/{world.member(PROVIDER).department}/officers/{WORKER}"
    page.goto(place)
    page.locator("#reason-update").fill("岗位调整，按会议纪要办理")
    page.locator("#display_name").fill("王工长")
    page.locator("input[name=duty-licenses]").check()
    with world.later(timedelta(minutes=16)):
        page.get_by_role("button", name="保存").click()
        page.wait_for_url("**/sign-in?next=/resume")
        check_looks(page, "sign-in-words")
        page.get_by_role("button", name="用通行密钥登录").click()
        page.wait_for_url(place)
        check_looks(page, "officer-words")
        assert page.input_value("#reason-update") == "岗位调整，按会议纪要办理"
        assert page.input_value("#display_name") == "王工长"
        assert page.locator("input[name=duty-licenses]").is_checked()
        page.get_by_role("button", name="保存").click()
        page.get_by_role("heading", name="王工长").wait_for()
        assert "尚未提交" not in page.inner_text("main")


def test_words_are_there_after_a_fresh_proof(world: World, page: Page, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(officers, "see_other", lambda _place: ask_to_prove("/officers"))  # whichever step asks for it
    with_passkey(world, page, "P-1")
    place = f"{for_browsers(world.addresses['web'])}/officer?name=departments/{world.member(PROVIDER).department}/officers/{LEAD}"
    page.goto(place)
    page.locator("#reason-update").fill("职责调整")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**/prove?next=/officers")
    page.get_by_role("button", name="用通行密钥验证").click()
    page.wait_for_url(place)
    assert page.input_value("#reason-update") == "职责调整"


def test_the_proposer_is_offered_to_take_it_back_and_nothing_else(world: World, page: Page):
    by, thing = entry_draft(world)
    proposal = propose(world, by, "SubmitEntry", thing).pending_proposal
    with_passkey(world, page, WORKER)
    page.goto(f"{for_browsers(world.addresses['web'])}/{proposal}?lang=en")
    buttons = [one.inner_text() for one in page.get_by_role("button").all()]
    assert "Take back" in buttons
    assert not {"Confirm and take the step", "Decline"} & set(buttons)
    check_looks(page, "proposal-en")
    page.get_by_label("Reason").fill("另议")
    page.get_by_role("button", name="Take back").click()
    page.get_by_text("taken back").wait_for()


def test_a_passkey_of_another_device_and_a_page_at_another_address_sign_nobody_in(world: World, page: Page):
    page.goto(f"{for_browsers(world.addresses['web'])}/sign-in?lang=zh")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.get_by_text("未完成验证").wait_for(timeout=10_000)
    page.goto(f"{world.addresses['web']}/sign-in")
    assert page.get_by_role("link", name="localhost").count() == 1


def test_a_link_that_names_the_inbox_opens_it_by_one_click_on_this_machine(world: World, page: Page):
    page.goto(f"{invited(world, world.member(PROVIDER), LEAD)}?next=/inbox")
    page.wait_for_url("**/inbox")
    assert LEAD in page.inner_text("main")
    check_looks(page, "inbox-by-link")
    # the page of the link is gone from the way back, which would press its button once more
    assert page.evaluate("history.length") == 2


def test_a_link_that_names_no_page_waits_for_its_button(world: World, page: Page):
    page.goto(invited(world, world.member(PROVIDER), WORKER))
    page.wait_for_load_state("networkidle")
    assert "/login/" in page.url
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/passkeys")


def test_dismissal_ends_the_session_at_once(world: World, page: Page):
    by = world.member(PROVIDER)
    number = f"X-{world.number()}"
    by.do("CreateOfficer", number=number, display_name="临时", duties=[officer_pb2.DUTY_DIRECTORY], officer="P-1")
    with_passkey(world, page, number)
    officer: Any = by.do("GetOfficer", name=f"departments/{by.department}/officers/{number}")
    by.do("DismissOfficer", name=officer.name, etag=officer.etag, officer="P-1", reason="调离")
    answer = page.goto(f"{for_browsers(world.addresses['web'])}/proposals")
    assert answer is not None
    assert answer.status == 401
