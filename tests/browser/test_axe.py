"""Every page of the hub before a foreign judge: axe-core in a real browser, as wide as a phone and as a desk, by day and by night, in both languages.

Which pages there are, the router says; a page that has no story here makes the test fail.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from certs.model import Identity, Person, Standing
from cli.demo.identity_provider import CLIENT, PracticeProvider, Stand
from cli.synthetic import department
from hub.access import Duty
from hub.db import Database
from hub.desk import Notice, Thing
from hub.reach import for_browsers
from hub.sign_in import SignIn
from shuniu.v1 import officer_pb2
from tests.browser import axe
from tests.browser.test_pages import ARGS, CONTRAST, NAMED, OVERFLOW
from tests.cli.test_officers import a_csv
from tests.end_to_end.test_second_persons import LEAD, WORKER, entry_draft, propose, staff
from tests.postgres import missing
from tests.seals.office import ORIGINAL, Office
from tests.web.house import CITIZEN, House, a_house, served
from tests.web.test_inbox import waits
from tests.world import AUTHORITY, CONSUMER, KEY, PROVIDER, Member, World
from web.app import make_app

pytestmark = pytest.mark.browser
WIDTHS: Final = (390, 1440)
Scheme = Literal["light", "dark"]
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")
NOBODY, PEOPLE, LEADER, EMPTY, RULER, AUDITOR, PERSON, FIRM = "nobody", "people", "lead", "empty", "ruler", "auditor", "citizen", "company"
NO_PAGES: Final = {
    *("/status/{shard}", "/trust-list", "/log/checkpoint", "/log/log.vkey", "/keys/release.pem", "/log/tile/{path}", "/health", "/metrics"),
    *("/static/{name}", "/sign-in/provider", "/sign-in/back", "/resume"),
}
"""What programs read, and what leads on at once."""
FILES: Final = (".json", ".csv", ".ttl", ".jsonld", ".{ending}")


@dataclass(frozen=True)
class Story:
    """What fills the pages."""

    world: World
    entry: str
    version: str
    proposal: str
    record: int
    secrets: Mapping[str, str]

    @property
    def address(self) -> str:
        return for_browsers(self.world.addresses["web"])

    def officer(self, number: str) -> str:
        return f"/officer?name=departments/{self.world.member(PROVIDER).department}/officers/{number}"


Place = Callable[[Story], str]
ADDRESSES: Final[Mapping[str, tuple[tuple[str, str | Place], ...]]] = {
    "/": ((NOBODY, "/"),),
    "/directory": ((NOBODY, "/directory"), (NOBODY, "/directory?q=常住人口&share=conditional"), (NOBODY, "/directory?q=没有这样的目录")),
    "/entries/{id}": ((NOBODY, lambda story: f"/{story.entry}"), (NOBODY, lambda story: f"/{story.version}?version=1")),
    "/verify": ((NOBODY, "/verify"),),
    "/v": ((NOBODY, "/v"),),
    "/V": ((NOBODY, "/V"),),
    "/seals": ((NOBODY, "/seals"),),
    "/sign-in": ((NOBODY, "/sign-in"), (NOBODY, "/sign-in?next=/me")),
    "/me": ((PERSON, "/me"), (FIRM, "/me"), (NOBODY, "/me")),
    "/passkeys": ((PEOPLE, "/passkeys"), (NOBODY, "/passkeys")),
    "/prove": ((PEOPLE, "/prove"),),
    "/proposals": ((LEADER, "/proposals"), (EMPTY, "/proposals")),
    "/proposals/{id}": ((LEADER, lambda story: f"/{story.proposal}"), (PEOPLE, lambda story: f"/{story.proposal}")),
    "/inbox": ((LEADER, "/inbox"), (RULER, "/inbox?show=escalated"), (EMPTY, "/inbox"), (LEADER, "/inbox?duty=licenses")),
    "/officers": ((PEOPLE, "/officers"), (LEADER, "/officers?state=dismissed"), (RULER, "/officers")),
    "/officers/import": ((PEOPLE, "/officers/import"), (LEADER, "/officers/import")),
    "/mandates": ((LEADER, "/mandates"), (PEOPLE, "/mandates")),
    "/officer": ((PEOPLE, lambda story: story.officer(LEAD)), (LEADER, lambda story: story.officer(WORKER))),
    "/login/{secret}": ((NOBODY, "/login/" + "A" * 43),),
    "/audit": ((AUDITOR, "/audit"), (NOBODY, "/audit")),
    "/audit/records/{index}": ((AUDITOR, lambda story: f"/audit/records/{story.record}"),),
}


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe.source(tmp_path_factory.mktemp("axe"))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    secret = tmp_path_factory.mktemp("oidc") / "secret"
    with PracticeProvider((Stand("李主任", {"department": department(PROVIDER).uscc, "officer": LEAD}),)) as provider:
        secret.write_text(provider.secret, encoding="utf-8")
        secret.chmod(0o600)
        with World(sign_in=SignIn(issuer=provider.issuer, client=CLIENT, secret=str(secret), title="统一身份认证（演练）")) as world:
            yield told(world)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    if executable is None:
        missing("Chromium", "apt-get install chromium")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=executable, args=ARGS)
        yield opened
        opened.close()


def told(world: World) -> Story:
    """Have the hub hold something for every page."""
    by, ruler = world.member(PROVIDER), world.member(AUTHORITY)
    entry = world.usual_entry  # published while nobody needs a second person
    staff(by)
    staff(world.member(CONSUMER))
    ruler.do("CreateOfficer", number="R-1", display_name="张主任", duties=[officer_pb2.DUTY_RULE, officer_pb2.DUTY_PEOPLE], officer="system")
    gone = by.do("CreateOfficer", number="OLD-1", display_name="钱工", duties=[officer_pb2.DUTY_SEALS], officer="P-1")
    by.do("DismissOfficer", name=gone.name, etag=gone.etag, officer="P-1", reason="调离")
    who, thing = entry_draft(world)
    proposal = propose(world, who, "SubmitEntry", thing).pending_proposal
    waits(world, "区民政厅申请使用常住人口登记信息办理最低生活保障审核", -4)
    waits(world, "婚姻登记信息的共享申请", 0, checked="")
    waits(world, "关于姓名登记有误的异议", 5, duties=(Duty.CORRECTIONS, Duty.REQUESTS))
    with world.hub.db.begin() as tx:
        notice = Notice(kind="deadline_day", department=by.department, duties=(Duty.REQUESTS,))
        world.hub.desk.tell(tx, Thing("dataRequests/" + "0" * 26, "婚姻登记信息的共享申请"), (notice,), world.clock.now())
    secrets = {
        PEOPLE: session(world, by, "P-1"),
        LEADER: session(world, by, LEAD),
        EMPTY: session(world, world.member(CONSUMER), "S-1"),
        RULER: session(world, ruler, "R-1"),
        AUDITOR: session_of(world, world.auditor().do("CreateLoginLink", officer="SJT-1").url),
        PERSON: person(world, Person(standing=Standing.CITIZEN, id=KEY, name="王小明", company_name="")),
        FIRM: person(world, Person(standing=Standing.COMPANY, id=department("market-regulation").uscc, name="张总", company_name="枢纽科技")),
    }
    return Story(world, entry.name, entry.name, proposal, world.log_size - 1, secrets)


def session(world: World, by: Member, number: str) -> str:
    return session_of(world, by.do("InviteOfficer", name=f"departments/{by.department}/officers/{number}", officer="P-1").url)


def session_of(world: World, link: str) -> str:
    return str(world.hub.certs.redeem_login_link(link.rpartition("/")[2])[0])


def person(world: World, who: Person) -> str:
    certs = world.hub.certs
    identity = Identity(issuer="https://id.example", subject=who.id, proven_time=world.clock.now())
    return str(certs.sign_in_person(identity, who, certs.challenge("seed", "self")))


def test_every_page_of_the_router_has_its_story(story: Story):
    routes = {route.resource.canonical for route in make_app(story.world.hub._pages()).router.routes() if route.method == "GET" and route.resource}
    assert {one for one in routes if not one.endswith(FILES)} - NO_PAGES == ADDRESSES.keys()


def test_the_judge_sees_what_is_wrong(browser: Browser, script: str):
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content("<title>x</title><main><img src='x.png'><p style='color: #bbb'>too pale</p><input></main>")
        found = " ".join(axe.violations(page, script))
        assert all(rule in found for rule in ("html-has-lang", "image-alt", "color-contrast", "label"))


@pytest.mark.parametrize("canonical", ADDRESSES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_hinders_anybody(browser: Browser, story: Story, script: str, language: str, canonical: str):
    found: list[str] = []
    for scheme in SCHEMES:
        with browser.new_context(locale="zh-CN", color_scheme=scheme) as context:
            for at, (who, place) in enumerate(ADDRESSES[canonical]):
                page = opened(context, story, who, place if isinstance(place, str) else place(story), language)
                name = f"{canonical.strip('/').partition('/')[0].partition('{')[0] or 'home'}-{canonical.count('/')}{at}-{language}-{scheme}"
                found += judged(page, script, name)
                page.close()
    assert found == []


def invitation(page: Page) -> None:
    page.locator('form[action="/officer/invite"] button').click()
    page.locator(".once").wait_for()


def refused(page: Page) -> None:
    page.fill("#number", "a b")
    page.fill("#display_name", "孙十")
    page.locator('form[action="/officers"] button').click()
    page.locator(".flaw").wait_for()


def chosen(page: Page, rows: list[list[str]]) -> None:
    page.set_input_files("#list", {"name": "list.csv", "mimeType": "text/csv", "buffer": a_csv([["工号", "姓名", "岗位职责"], *rows])})
    page.locator('form[action="/officers/import"] button').click()


def faults(page: Page) -> None:
    chosen(page, [["A-1", "甲", "编目"], ["A-1", "乙", "开车"], ["", "丙", ""]])
    page.locator(".faults").wait_for()


def preview(page: Page) -> None:
    page.locator("input[name=complete]").check()
    chosen(page, [[WORKER, "王工长", "编目、申请审核"], ["N-1", "新人", "编目"], [LEAD, "李主任", "共享工作负责人"]])
    page.locator('form[action="/officers/import/take"]').wait_for()


def declined(page: Page) -> None:
    page.locator("#reason").evaluate("one => one.removeAttribute('required')")
    page.locator('form[action$="/decline"] button').click()
    page.locator(".notice.bad").wait_for()


ANSWERS: Final[tuple[tuple[str, str | Place, Callable[[Page], None]], ...]] = (
    (PEOPLE, lambda story: story.officer(WORKER), invitation),
    (PEOPLE, "/officers", refused),
    (PEOPLE, "/officers/import", faults),
    (PEOPLE, "/officers/import", preview),
    (LEADER, lambda story: f"/{story.proposal}", declined),
)


@pytest.mark.parametrize(("who", "place", "act"), ANSWERS, ids=[one[2].__name__ for one in ANSWERS])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_a_form_answers_hinders_nobody(
    browser: Browser, story: Story, script: str, language: str, who: str, place: str | Place, act: Callable[[Page], None]
):
    found: list[str] = []
    for scheme in SCHEMES:
        with browser.new_context(locale="zh-CN", color_scheme=scheme) as context:
            page = opened(context, story, who, place if isinstance(place, str) else place(story), language)
            act(page)
            found += judged(page, script, f"{act.__name__}-{language}-{scheme}")
    assert found == []


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A small hub whose licenses and seals are verified, and whose log is searched."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(sqlite_template, folder / "shuniu.db")
    database = Database(f"sqlite:///{folder / 'shuniu.db'}")
    made = a_house(database, folder)
    made.accesses(60)
    made.publisher.publish()
    yield made
    database.close()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_verdict_and_no_search_hinders_anybody(browser: Browser, house: House, script: str, language: str, scheme: Scheme):
    number = f"91640100MA76{language.upper()}{len(scheme)}Y7"
    valid, revoked = house.license(number), house.license(f"{number}X")
    house.revoke(revoked)
    found: list[str] = []
    with served(house.pages()) as address, browser.new_context(locale="zh-CN", color_scheme=scheme) as context:
        page = context.new_page()
        for name, code in (("valid", house.code(valid)), ("invalid", house.code(revoked)), ("unreadable", "EL1:x"), ("no-code", "x")):
            page.goto(f"{address}/verify?lang={language}")
            page.fill("#code", code)
            page.locator("main form button").click()
            page.locator("main .verdict, main .notice.bad").first.wait_for()
            found += judged(page, script, f"verdict-{name}-{language}-{scheme}")
        page.goto(f"{address}/seals")
        for at, data in enumerate((Office().signature(), ORIGINAL)):
            page.locator("input[type=file]").nth(at).set_input_files({"name": "x", "mimeType": "application/octet-stream", "buffer": data})
        page.locator("main form button").click()
        page.locator("article").wait_for()
        found += judged(page, script, f"verdict-seal-{language}-{scheme}")
        page.goto(address + house.link())
        page.locator("main form button").click()
        page.wait_for_url("**/audit")
        page.fill("#subject", CITIZEN)
        page.fill("#reason", "信访件 2026-17")
        page.locator("form.panel button").click()
        page.locator("table.log").wait_for()
        found += judged(page, script, f"search-{language}-{scheme}")
        page.locator("table.log a").last.click()
        page.wait_for_url("**/audit/records/*")
        found += judged(page, script, f"record-{language}-{scheme}")
    assert found == []


def opened(context: BrowserContext, story: Story, who: str, place: str, language: str) -> Page:
    context.clear_cookies()
    if who in story.secrets:
        context.add_cookies([{"name": "shuniu-session", "value": story.secrets[who], "url": story.address}])
    page = context.new_page()
    answer = page.goto(f"{story.address}{place}{'&' if '?' in place else '?'}lang={language}")
    assert answer is not None
    assert answer.status == 200 or who == NOBODY, (who, place)
    return page


def judged(page: Page, script: str, name: str) -> list[str]:
    """Return all that is wrong with a page at the width of a phone and of a desk; where a folder is named, keep pictures to look at."""
    found: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        told = [*axe.violations(page, script), *page.evaluate(CONTRAST), *page.evaluate(NAMED)]
        told += ["the page scrolls sideways"] if page.evaluate(OVERFLOW) > 0 else []
        found += [f"{name} {width}: {one}" for one in told]
        if folder := os.environ.get("SHUNIU_PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    return found
