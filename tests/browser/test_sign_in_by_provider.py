"""Sign-in by an identity provider in a real browser: it is another site, so cookies behave as they do there; then what it looks like."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from cli.demo.identity_provider import CLIENT, PracticeProvider, Stand
from cli.synthetic import department
from hub.reach import for_browsers
from hub.sign_in import SignIn
from tests.browser.test_pages import ARGS, CONTRAST, OVERFLOW
from tests.end_to_end.test_second_persons import LEAD, staff
from tests.postgres import missing
from tests.world import KEY, PROVIDER, World

pytestmark = pytest.mark.browser
PEOPLE = (
    Stand("李主任 · 公安厅", {"department": department(PROVIDER).uscc, "officer": LEAD}),
    Stand("王小明 · 个人", {"name": "王小明", "id_number": KEY}),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    secret = tmp_path_factory.mktemp("oidc") / "secret"
    with PracticeProvider(PEOPLE) as provider:
        secret.write_text(provider.secret, encoding="utf-8")
        secret.chmod(0o600)
        settings = SignIn(issuer=provider.issuer, client=CLIENT, secret=str(secret), title="统一身份认证（演练）")
        with World(sign_in=settings) as one:
            staff(one.member(PROVIDER))
            yield one


@pytest.fixture
def page() -> Iterator[Page]:
    executable = shutil.which("chromium")
    if executable is None:
        missing("Chromium", "apt-get install chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=ARGS)
        one = browser.new_context(locale="zh-CN").new_page()
        faults: list[str] = []
        one.on("pageerror", lambda error: faults.append(str(error)))
        one.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        yield one
        browser.close()
    assert [one for one in faults if "status of 401" not in one] == []


def check_looks(page: Page, name: str) -> None:
    """Judge a page at the width of a phone and of a desk, in both languages; where a folder is named, keep pictures to look at."""
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(OVERFLOW) <= 0, (name, width)
        assert page.evaluate(CONTRAST) == [], (name, width)
        if folder := os.environ.get("SHUNIU_PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def test_an_officer_comes_back_from_another_site_signed_in_without_a_further_click(world: World, page: Page):
    page.goto(f"{for_browsers(world.addresses['web'])}/sign-in")
    check_looks(page, "sign-in-provider")
    page.get_by_role("link", name="经办人登录").click()
    assert page.url.startswith("http://127.0.0.1:")  # another site than localhost
    check_looks(page, "practice")
    page.get_by_role("button", name="李主任").click()
    page.wait_for_url("**/inbox")
    assert LEAD in page.inner_text("main")
    names = {one["name"]: one["sameSite"] for one in page.context.cookies() if one["domain"] == "localhost"}
    assert names["shuniu-session"] == "Strict"
    assert "shuniu-way" not in names


def test_a_citizen_sees_an_honest_page_and_signs_out(world: World, page: Page):
    page.goto(f"{for_browsers(world.addresses['web'])}/sign-in?lang=zh")
    page.get_by_role("link", name="个人或企业代表登录").click()
    page.get_by_role("button", name="王小明").click()
    page.wait_for_url("**/me")
    check_looks(page, "me")
    page.goto(f"{page.url}?lang=en")
    check_looks(page, "me-en")
    page.goto(f"{for_browsers(world.addresses['web'])}/sign-in?lang=en")
    check_looks(page, "sign-in-provider-en")
    page.goto(f"{for_browsers(world.addresses['web'])}/me?lang=zh")
    page.get_by_role("button", name="退出").click()
    page.wait_for_url(lambda url: url.rstrip("/").endswith(for_browsers(world.addresses["web"]).rpartition("/")[2]))
    answer = page.goto(f"{for_browsers(world.addresses['web'])}/me")
    assert answer is not None
    assert answer.status == 401
