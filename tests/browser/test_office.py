"""The pages of officers in a real browser, as wide as a phone and as a desk, in both languages: no console error, nothing cut, enough contrast."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from hub.access import Duty
from tests.browser.test_pages import ARGS, NAMED
from tests.browser.test_sign_in import check_looks
from tests.end_to_end.test_second_persons import LEAD, entry_draft, propose, staff
from tests.postgres import missing
from tests.web.test_inbox import waits
from tests.world import PROVIDER, World

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as one:
        staff(one.member(PROVIDER))
        by, thing = entry_draft(one)
        propose(one, by, "SubmitEntry", thing)
        waits(one, "区民政厅申请使用常住人口登记信息办理最低生活保障审核", -4)
        waits(one, "婚姻登记信息的共享申请", 0, checked="")
        waits(one, "关于姓名登记有误的异议", 5, duties=(Duty.CORRECTIONS, Duty.REQUESTS))
        waits(one, "出生医学证明信息的共享申请", 14)
        yield one


@pytest.fixture(scope="module")
def context() -> Iterator[BrowserContext]:
    with sync_playwright() as play:
        try:
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        except Exception as error:  # noqa: BLE001 - whatever keeps it from starting
            missing(f"Chromium ({error})", "apt-get install chromium")
        made = browser.new_context(locale="zh-CN")
        yield made
        browser.close()


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(world: World, context: BrowserContext) -> Iterator[Page]:
    context.clear_cookies()
    one = context.new_page()
    faults: list[str] = []
    one.on("pageerror", lambda error: faults.append(str(error)))
    one.on("console", lambda message: faults.append(message.text) if message.type == "error" and "status of 4" not in message.text else None)
    by = world.member(PROVIDER)
    one.goto(by.do("InviteOfficer", name=f"departments/{by.department}/officers/P-1", officer="P-1").url)
    one.get_by_role("button", name="登录").click()
    yield one
    one.close()
    assert faults == []


def look(page: Page, path: str, name: str, language: str) -> None:
    page.goto(f"{page.url.partition('/passkeys')[0]}{path}{'&' if '?' in path else '?'}lang={language}")
    check_looks(page, f"{name}-{language}")
    assert page.evaluate(NAMED) == []
    assert page.locator("h1").count() == 1


def test_the_inbox_shows_what_is_due_first(page: Page, language: str):
    look(page, "/inbox", "inbox", language)
    badges = [one.inner_text() for one in page.locator(".work .badge").all()]
    assert ("已超期" if language == "zh" else "over") in badges[0]


def test_an_empty_inbox_says_what_to_do_next(page: Page, language: str):
    look(page, "/inbox?duty=licenses", "inbox-empty", language)
    assert page.locator(".notice a").count() == 1


def test_the_officers_of_a_department(page: Page, language: str):
    look(page, "/officers", "officers", language)
    assert "李主任" in page.inner_text("main")


def test_one_officer_and_a_link_that_is_shown_once(world: World, page: Page, language: str):
    look(page, f"/officer?name=departments/{world.member(PROVIDER).department}/officers/{LEAD}", "officer", language)
    page.get_by_role("button", name="生成一次性链接" if language == "zh" else "Make a one-time link").click()
    page.locator(".once code").wait_for()
    check_looks(page, f"officer-link-{language}")
    page.emulate_media(media="print")
    assert page.locator(".once code").is_visible()
    assert not page.locator("form.panel").first.is_visible()
    page.emulate_media(media="screen")


def test_a_refused_form_says_why_and_keeps_what_was_typed(page: Page, language: str):
    look(page, "/officers", "officers-before", language)
    page.fill("#number", "a b")
    page.fill("#display_name", "孙十")
    page.locator("input[name=duty-seals]").check()
    page.locator("form.panel button").click()
    page.locator("#flaw-number").wait_for()
    assert page.input_value("#display_name") == "孙十"
    assert page.locator("input[name=duty-seals]").is_checked()
    check_looks(page, f"officers-refused-{language}")


def test_what_systems_may_do_alone(world: World, page: Page, language: str):
    by = world.member(PROVIDER)
    address = page.url.partition("/passkeys")[0]
    page.context.clear_cookies()
    link = by.do("InviteOfficer", name=f"departments/{by.department}/officers/{LEAD}", officer="P-1").url
    page.goto(f"{link}?lang={language}")
    page.locator("main button").click()
    page.wait_for_url(f"{address}/passkeys")
    look(page, "/mandates", "mandates", language)
    assert page.locator("fieldset.boxes input").count() > 0
