"""A one-time link may name the page that it opens: one of ours, and pressed by itself only where nobody but this machine reaches the pages."""

import re
from collections.abc import Iterator
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from tests.end_to_end.test_second_persons import LEAD, staff
from tests.web.signing import Answer, Visitor
from tests.world import PROVIDER, World

AT_ONCE = "data-at-once"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as one:
        staff(one.member(PROVIDER))
        yield one


def link(world: World) -> str:
    by = world.member(PROVIDER)
    url: str = by.do("InviteOfficer", name=f"departments/{by.department}/officers/{LEAD}", officer="P-1").url
    return f"/login/{url.rpartition('/')[2]}"


def press(visitor: Visitor, path: str, page: Answer) -> Answer:
    return visitor.ask(path, dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text)))


@pytest.fixture
def visitor(world: World) -> Visitor:
    return Visitor(world.addresses["web"])


@pytest.mark.parametrize(("wish", "place"), [("/inbox", "/inbox"), ("/proposals", "/proposals"), ("/officers", "/officers")])
def test_it_leads_to_the_page_that_it_names(world: World, visitor: Visitor, wish: str, place: str):
    path = link(world)
    page = visitor.ask(f"{path}?next={wish}")
    assert AT_ONCE in page.text
    assert "/static/login.js?v=" in page.text
    assert press(visitor, path, page).to == place
    assert visitor.ask(place).status == 200


@pytest.mark.parametrize(
    "wish", ["//evil.example", "https://evil.example/", "/\\evil.example", "/../../x", "", "javascript:alert(1)", "/inbox\r\nX:y"]
)
def test_it_leads_nowhere_else(world: World, visitor: Visitor, wish: str):
    path = link(world)
    page = visitor.ask(f"{path}?next={quote(wish, safe='')}")
    assert 'name="next" value="/inbox"' in page.text
    token = page.text.partition('name="token" value="')[2].partition('"')[0]
    # whatever the form is made to say
    assert visitor.ask(path, {"token": token, "next": wish or "//evil.example"}).to == "/inbox"


def test_to_open_it_changes_nothing(world: World, visitor: Visitor):
    path, since = link(world), world.log_size
    for _ in range(3):
        assert visitor.ask(f"{path}?next=/inbox").status == 200
    assert "shuniu-session" not in visitor.cookies
    assert world.log_size == since
    assert press(visitor, path, visitor.ask(f"{path}?next=/inbox")).status == 303
    assert press(visitor, path, visitor.ask(f"{path}?next=/inbox")).status == 403


def test_one_that_names_no_page_waits_for_its_button_and_leads_to_passkeys(world: World, visitor: Visitor):
    path = link(world)
    page = visitor.ask(path)
    assert AT_ONCE not in page.text
    assert "login.js" not in page.text
    assert press(visitor, path, page).to == "/passkeys"


def test_where_others_reach_the_pages_a_person_presses_the_button(world: World):
    address = f"{world.addresses['web']}{link(world)}?next=/inbox"
    with urlopen(Request(address, headers={"Host": "share.example.gov.cn"}), timeout=20) as answer:  # noqa: S310 - the hub of this test
        assert AT_ONCE not in answer.read().decode()
    with World(web_url="http://share.example.gov.cn") as other:
        staff(other.member(PROVIDER))
        page = Visitor(web_of(other)).ask(f"{link(other)}?next=/inbox")
        assert AT_ONCE not in page.text
        assert 'value="/inbox"' in page.text


def web_of(world: World) -> str:
    host, port = world.hub._web_socket.getsockname()[:2]  # where a proxy of the operator asks
    return f"http://{host}:{port}"
