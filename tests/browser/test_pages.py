"""Every page in headless Chromium, at the width of a phone and of a desk: no console error, no sideways scrolling, usable by keyboard alone."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from audit.store import TreeStore
from hub.db import Database
from shuniu.codes import qr
from shuniu.codes.code import link_of
from shuniu.codes.drawing import draw
from tests.postgres import missing
from tests.seals.office import ORIGINAL, Office
from tests.web.house import CITIZEN, House, a_house, served

pytestmark = pytest.mark.browser
WIDTHS = {"phone": 390, "desk": 1280}
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMED = "() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter(e => !e.labels.length).map(e => e.id)"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
CONTRAST = """() => {
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const rgb = text => text.match(/[0-9.]+/g).map(Number);
  const ground = one => { for (; one; one = one.parentElement) {
    const c = rgb(getComputedStyle(one).backgroundColor); if (c.length < 4 || c[3]) return c; }
    return [255, 255, 255]; };
  const poor = [];
  for (const one of document.querySelectorAll('body *')) {
    if (![...one.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !one.getClientRects().length) continue;
    const style = getComputedStyle(one), a = light(rgb(style.color)), b = light(ground(one));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05), large = parseFloat(style.fontSize) >= 24;
    if (ratio < (large ? 3 : 4.5)) poor.push(one.tagName + ' ' + one.className + ' ' + ratio.toFixed(2));
  }
  return poor;
}"""


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("pages")
    shutil.copy(sqlite_template, folder / "shuniu.db")
    database = Database(f"sqlite:///{folder / 'shuniu.db'}")
    with database.read() as tx:
        assert TreeStore(tx).range().size == 0
    made = a_house(database, folder)
    made.accesses(60)
    made.publisher.publish()
    yield made
    database.close()


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    with served(house.pages()) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        missing("Chromium", "apt-get install chromium")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=ARGS)
        yield opened
        opened.close()


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": WIDTHS[request.param], "height": 800}, locale="zh-CN")
    context.set_default_timeout(10_000)
    shown = context.new_page()
    said: list[str] = []
    shown.on("console", lambda message: said.append(message.text))
    shown.on("pageerror", lambda error: said.append(str(error)))
    shown.on("requestfailed", lambda one: None if one.failure == "net::ERR_ABORTED" else said.append(f"{one.url} failed"))  # walked on
    yield shown
    context.close()
    assert said == []


def _look(page: Page, title: str) -> None:
    assert title in page.title()
    assert page.evaluate(OVERFLOW) == 0
    assert page.evaluate(NAMED) == []
    assert page.evaluate(CONTRAST) == []
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") in {"zh-CN", "en"}


def _sign_in(page: Page, house: House, address: str) -> None:
    page.goto(address + house.link())
    _look(page, "一次性链接登录")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{address}/audit")


def test_home_leads_to_a_search_by_keyboard_alone(page: Page, address: str) -> None:
    page.goto(address)
    _look(page, "政务数据共享枢纽")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "q"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.insert_text("常住")
    page.keyboard.press("Enter")
    page.wait_for_url("**/directory?*")
    _look(page, "常住")
    assert page.locator(".hits li h2").count() == 1


SHOWN = """() => [...document.querySelectorAll('#main td')].filter(e => e.innerText && e.closest('.cards-on-phone')
  && e.getBoundingClientRect().right > document.documentElement.clientWidth).length"""


def test_an_entry_shows_all_of_its_fields_on_a_phone_too_and_never_scrolls_the_page(page: Page, address: str) -> None:
    page.goto(f"{address}/directory?q=常住")
    page.locator(".hits a").first.click()
    _look(page, "常住人口登记信息")
    assert page.evaluate(SHOWN) == 0
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**lang=en")
    _look(page, "常住人口登记信息")
    assert page.get_by_text("4 of 4").count() == 1


def test_a_code_is_verified_by_keyboard_and_by_picture(page: Page, house: House, address: str) -> None:
    number = f"91640100MA76F8X{page.viewport_size['width'] if page.viewport_size else 0}"
    license_ = house.license(number)
    page.goto(f"{address}/verify")
    _look(page, "电子证照核验")
    page.focus("#code")
    page.keyboard.insert_text(house.code(license_))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict.valid")
    _look(page, "有效")
    house.revoke(license_)
    picture: Any = {"name": "code.png", "mimeType": "image/png", "buffer": draw(house.code(license_))}
    page.set_input_files("#picture", picture)
    page.locator("main form button").click()
    page.wait_for_selector(".verdict.invalid")
    _look(page, "无效")
    assert page.get_by_text("提供虚假材料").count() == 1
    page.emulate_media(media="print")
    assert page.locator(".verdict h1").is_visible()
    assert not page.locator("main form").is_visible()
    # on paper: who checked, and where to check again
    assert page.locator(".printed").is_visible()
    assert license_.identifier in page.locator(".printed").inner_text()
    assert "/verify" in page.locator(".printed").inner_text()


def test_the_auditor_signs_in_searches_pages_on_and_signs_out(page: Page, house: House, address: str) -> None:
    _sign_in(page, house, address)
    _look(page, "访问日志查询")
    cookies = {one.get("name"): one for one in page.context.cookies()}
    assert cookies["shuniu-session"].get("httpOnly")
    assert cookies["shuniu-session"].get("sameSite") == "Strict"
    page.focus("#subject")
    page.keyboard.insert_text(CITIZEN)
    page.focus("#reason")
    page.keyboard.insert_text("信访件 2026-17")
    page.keyboard.press("Enter")
    page.wait_for_selector("table.log")
    _look(page, "访问日志查询")
    assert CITIZEN not in page.content() + page.url
    page.locator("form.pages button").click()
    page.wait_for_selector("text=LB-2026-0000")
    assert CITIZEN not in page.content() + page.url
    page.locator("table.log a").last.click()
    page.wait_for_url("**/audit/records/*")
    _look(page, "访问记录")
    assert page.get_by_text("存在性证明").count() == 1
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(f"{address}/")


def test_an_error_page_is_readable(browser: Browser, address: str) -> None:
    for path, text in (("/nowhere", "页面不存在"), ("/audit", "尚未登录"), ("/directory?level=x", "取值无效")):
        context = browser.new_context(viewport={"width": 390, "height": 800}, locale="zh-CN")
        page = context.new_page()
        page.goto(address + path)
        _look(page, text)
        context.close()


def test_a_link_opened_by_a_camera_is_the_verdict_and_leaves_the_address_at_once(browser: Browser, house: House, address: str) -> None:
    license_ = house.license("91640100MA76F8XY99", "银川枢纽餐饮有限公司")
    link = link_of(license_.signed_bytes, address).replace(address.upper(), address)
    with browser.new_context(locale="zh-CN") as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(link)
        page.wait_for_url(f"{address}/verify")
        assert page.locator("h1").inner_text() == "有效"
        assert "银川枢纽餐饮有限公司" in page.content()
        fragment = link.partition("#")[2]
        assert not any(fragment in url for url in asked)
        page.go_back()
        assert "#" not in page.url


def test_without_script_the_link_opens_the_form(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}/V#ABC")
        assert page.locator("textarea[name=code]").is_visible()


def test_a_stamp_is_uploaded_with_its_document_and_its_report_is_read(page: Page, house: House, address: str) -> None:
    office = Office()
    page.goto(address)
    page.get_by_role("link", name="印章核验", exact=True).click()
    _look(page, "电子印章核验")
    page.get_by_label("印章或签章文件").set_input_files({"name": "s.der", "mimeType": "application/octet-stream", "buffer": office.signature()})
    page.get_by_label("签章所在原文").set_input_files({"name": "paper", "mimeType": "application/octet-stream", "buffer": ORIGINAL})
    page.get_by_role("button", name="核验").click()
    _look(page, "无效")
    assert "市场监督管理厅法定名称章" in page.inner_text("article")


def _photo(code: str, kind: str = "JPEG", **options: Any) -> bytes:
    """Return a photograph of 12 million pixels and some megabytes with a code in it."""
    noise = Image.effect_noise((2016, 1512), 30).resize((4032, 3024))
    noise.paste(Image.open(io.BytesIO(draw(code))).convert("L").resize((1200, 1200)), (1500, 900))
    out = io.BytesIO()
    noise.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_large_photograph_is_made_smaller_by_the_browser_and_verified_without_it_too(
    browser: Browser,
    house: House,
    address: str,
    monkeypatch: pytest.MonkeyPatch,
    scripts: bool,  # noqa: FBT001
) -> None:
    read = qr.read_apart
    license_ = house.license(f"91640100MA76F8XZ{scripts:02}", "银川枢纽餐饮有限公司")
    photo = _photo(house.code(license_), quality=85)
    assert len(photo) > 2_500_000
    with browser.new_context(locale="zh-CN", java_script_enabled=scripts) as context:
        context.set_default_timeout(20_000)
        page = context.new_page()
        taken: list[int] = []

        def reads(picture: bytes) -> str:
            taken.append(len(picture))
            return read(picture)

        monkeypatch.setattr(qr, "read_apart", reads)
        page.goto(f"{address}/verify")
        page.set_input_files("#picture", {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo})
        page.locator("main form button").click()
        page.wait_for_selector(".verdict.valid")
        assert (taken[0] < len(photo) // 2, taken[0] == len(photo)) == (scripts, not scripts)


def test_a_picture_that_the_browser_does_not_know_is_sent_as_it_is(browser: Browser, address: str) -> None:
    heic = (Path(__file__).parents[1] / "licenses" / "photo.heic").read_bytes()
    with browser.new_context(locale="zh-CN") as context:
        page = context.new_page()
        page.goto(f"{address}/verify")
        padded = heic + (1 << 20).to_bytes(4, "big") + b"free" + bytes((1 << 20) - 8)  # a box that readers skip
        page.set_input_files("#picture", {"name": "photo.heic", "mimeType": "image/heic", "buffer": padded})
        page.locator("main form button").click()
        page.wait_for_selector(".verdict.unreadable")  # it was read: its code is made up
