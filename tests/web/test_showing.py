"""No page shows a log record unless the look is on the log: every route of the router, and how a record is opened."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from audit.model import Kind, Record
from audit.store import RecordStore, log_size
from shuniu.identifiers import citizen_id
from tests.web.house import CITIZEN, OFFICER, House
from tests.web.reading import Client, form_token, open_record, sign_in
from web.app import make_app

WHY = "信访件 2026-17"
SECRET_CASE = "BJ-2026-SECRET"
SHOWN = "低保审核".encode()  # of the record alone: what was searched for stands on the form too
PLACES: Mapping[str, str] = {"step": "confirm", "ending": "csv", "secret": "A" * 43, "shard": "0", "path": "0/000", "name": "style.css"}
SEARCHES = {("POST", "/audit"), ("POST", "/audit.json")}
RECORD_PAGES = {(method, f"/audit/records/{{index}}{ending}") for method in ("GET", "POST") for ending in ("", ".json")}
SHOWING = {*SEARCHES, *((method, path) for method, path in RECORD_PAGES if method == "POST")}
"""The routes that show records by themselves: who looks is signed in, and a form says why."""


def test_every_page_that_shows_a_record_writes_the_look_and_no_other_page_shows_one(house: House, visit: Callable[..., Any]) -> None:
    house.accesses(1, case_number=SECRET_CASE)
    (index,) = [one.index for one in _records(house) if one.case_number == SECRET_CASE]
    routes = sorted({(route.method, route.resource.canonical) for route in make_app(house.pages()).router.routes() if route.resource})
    assert {("GET", "/audit"), *SEARCHES, *RECORD_PAGES} <= set(routes)

    async def story(client: Client) -> None:
        await sign_in(client, house)
        entry = (await (await client.get("/directory.json")).json())["hits"][0]["name"].partition("/")[2]
        for method, canonical in routes:
            if (method, canonical) in {("POST", "/logout"), ("POST", "/me/leave")}:
                continue
            path = re.sub(r"\{(\w+)\}", lambda place: {**PLACES, "index": str(index), "id": entry}[place[1]], canonical)
            asked = {"token": await form_token(client, "/audit"), "case_number": SECRET_CASE, "domain": "cn-id", "subject": CITIZEN}
            for reason in ("", ".", "信访件 2026-17"):
                before = len(_records(house))
                sent: Any = {"data": {**asked, "reason": reason}} if method == "POST" else {"params": {"reason": reason}}
                page = await (await client.request(method, path, allow_redirects=False, **sent)).read()
                looks = [one for one in _records(house)[before:] if one.kind is Kind.SEARCH]
                is_look = (method, canonical) in SHOWING and len(reason) > 1
                assert (SHOWN in page, len(looks)) == (is_look, int(is_look)), (method, path, reason)

    visit(story)


def _records(house: House) -> list[Record]:
    with house.database.read() as tx:
        return [RecordStore(tx).get(index)[0] for index in range(log_size(tx))]


async def _found(client: Client) -> tuple[int, int]:
    """Search for the citizen; return the index of the newest intent and that of the search."""
    data = {"token": await form_token(client, "/audit"), "domain": "cn-id", "subject": CITIZEN, "reason": WHY}
    results = (await (await client.post("/audit.json", data=data)).json())["results"]
    return next(one["index"] for one in results["records"] if one["kind"] == "intent"), results["search"]


def test_a_record_of_a_result_list_opens_by_its_link_without_a_second_form(house: House, visit: Callable[..., Any]) -> None:
    house.accesses(2)

    async def story(client: Client) -> None:
        await sign_in(client, house)
        data = {"token": await form_token(client, "/audit"), "domain": "cn-id", "subject": CITIZEN, "reason": WHY}
        page = await (await client.post("/audit", data=data)).text()
        link = re.findall(r'href="(/audit/records/[0-9]+[?]search=[0-9]+)"', page)[-1]
        before = len(_records(house))
        opened = await client.get(link)
        assert opened.status == 200
        assert "LB-2026-0000" in await opened.text()
        assert len(_records(house)) == before

    visit(story)


def test_a_link_of_a_search_is_of_no_use_to_another_officer_after_half_an_hour_or_for_another_record(house: House, visit: Callable[..., Any]) -> None:
    house.accesses(1, citizen=citizen_id.build("640104", date(1985, 6, 1), 21), case_number="other")
    house.accesses(1)

    async def story(client: Client) -> None:
        async def refused(address: str) -> bool:
            page = await client.get(address)
            facts = await (await client.get(address.replace("?", ".json?"))).json()
            text = await page.text()
            return (page.status, facts["record"], facts["error"]["reason"]) == (400, None, "SEARCH_COVERS_NOT") and 'name="reason"' in text

        await sign_in(client, house)
        index, search = await _found(client)
        assert await refused(f"/audit/records/{index - 1}?search={search}")
        for wrong in ("", "x", "-1", "9" * 40, "²", str(search - 1)):
            assert await refused(f"/audit/records/{index}?search={wrong}")
        for _ in range(3):  # a session that is not used ends sooner
            house.clock.advance(timedelta(minutes=10))
            assert (await client.get(f"/audit/records/{index}?search={search}")).status == 200
        house.clock.advance(timedelta(seconds=1))
        assert await refused(f"/audit/records/{index}?search={search}")
        index, search = await _found(client)
        link = house.link(officer="审计员钱进")
        token = await form_token(client, link)
        await client.post(link, data={"token": token}, allow_redirects=False)
        assert await refused(f"/audit/records/{index}?search={search}")

    visit(story)


@pytest.mark.parametrize(("language", "short", "note"), [("zh", "自报", "部门填报，未经核验"), ("en", "as stated", "as its department states")])
def test_beside_every_officer_of_a_record_stands_that_nobody_proved_the_name(
    house: House, visit: Callable[..., Any], language: str, short: str, note: str
) -> None:
    house.accesses(2)

    async def story(client: Client) -> None:
        await sign_in(client, house)
        await client.get(f"/?lang={language}")
        data = {"token": await form_token(client, "/audit"), "domain": "cn-id", "subject": CITIZEN, "reason": WHY}
        page = await (await client.post("/audit", data=data)).text()
        assert page.count(short) == page.count('<td class="actor">') == 3
        index, _ = await _found(client)
        assert note in await (await open_record(client, index)).text()

    visit(story)


def test_opening_a_record_asks_for_a_reason_in_a_form_that_names_who_looks(house: House, visit: Callable[..., Any]) -> None:
    house.accesses(1)

    async def story(client: Client) -> None:
        await sign_in(client, house)
        index, _ = await _found(client)
        page = await (await client.get(f"/audit/records/{index}")).text()
        assert OFFICER in page
        assert (await client.post(f"/audit/records/{index}", data={"token": "0" * 64, "reason": WHY})).status == 403
        assert (await open_record(client, index, ".")).status == 400
        assert (await open_record(client, index, f"查 {CITIZEN}")).status == 400
        assert CITIZEN not in await (await open_record(client, index, f"查 {CITIZEN}")).text()

    visit(story)
