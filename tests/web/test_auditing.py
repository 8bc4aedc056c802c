"""The auditor's desk: in by a one-time link, searches with a reason, and the ID number nowhere but in the body of a POST."""

import asyncio
import logging
from datetime import timedelta

import pytest

from audit.model import Actor, Event, Kind
from audit.searching import Search
from hub.limits import Limits
from hub.subject import Subject
from shuniu.proofs.proof import verify_inclusion
from tests.catalog.samples import AUTHORITY, MARKET, POLICE
from tests.hub.spellings import full_width
from tests.web.house import CITIZEN, OFFICER
from tests.web.reading import field, form_token, open_record, sign_in

WHY = "信访件 2026-17"


async def _search(client, path="/audit", **fields):
    token = await form_token(client, "/audit")
    return await client.post(path, data={"token": token, "domain": "cn-id", "reason": WHY} | fields)


def test_without_a_session_every_page_of_the_desk_is_closed(visit):
    async def story(client):
        for method, path in (
            ("GET", "/audit"),
            ("GET", "/audit.json"),
            ("POST", "/audit"),
            ("GET", "/audit/records/0"),
            ("GET", "/audit/records/0.json"),
            ("GET", "/audit/records/0?search=0"),
            ("POST", "/audit/records/0"),
            ("POST", "/audit/records/0.json"),
        ):
            answer = await client.request(method, path)
            assert answer.status == 401
            assert "NOT_SIGNED_IN" in await answer.text()
        client.session.cookie_jar.update_cookies({"shuniu-session": "A" * 43})
        assert (await client.get("/audit")).status == 401

    visit(story)


def test_looks_count_against_what_the_system_behind_the_session_may_write(house, visit):
    house.limits = Limits(writes_per_second=0.1)

    async def story(client):
        await sign_in(client, house)
        assert (await _search(client, case_number="LB-2026-0001")).status == 200
        again = await _search(client, case_number="LB-2026-0001")
        assert (again.status, "WRITES_TOO_MANY" in await again.text()) == (429, True)
        opened = await client.post("/audit/records/0", data={"token": await form_token(client, "/audit"), "reason": WHY})
        assert (opened.status, int(opened.headers["Retry-After"]) > 0) == (429, True)

    visit(story)


def test_opening_a_link_does_not_use_it_and_using_it_twice_is_refused(house, visit):
    async def story(client):
        link = house.link()
        for _ in range(3):
            page = await (await client.get(link)).text()
        await client.get(link + ".json")
        assert (await client.post(link, data={"token": "0" * 64}, allow_redirects=False)).status == 403
        assert (await client.post(link, data={"token": field(page, "token")}, allow_redirects=False)).status == 303
        assert OFFICER in await (await client.get("/audit")).text()
        assert (await client.post(link, data={"token": field(page, "token")}, allow_redirects=False)).status == 403
        house.clock.advance(timedelta(minutes=16))
        assert (await client.get("/audit")).status == 401

    visit(story)


@pytest.mark.parametrize("secure", [False, True])
def test_the_session_cookie_is_for_our_pages_alone(house, visit, secure):
    async def story(client):
        link = house.link()
        page = await client.get(link)
        seed = page.headers["Set-Cookie"]
        cookie = seed.split(";")[0]
        entered = await client.post(link, data={"token": field(await page.text(), "token")}, headers={"Cookie": cookie}, allow_redirects=False)
        for header in (seed, entered.headers["Set-Cookie"]):
            parts = header.split("; ")
            assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(parts)
            assert not any(part.startswith("Domain") for part in parts)
            assert ("Secure" in parts) is secure
            assert header.startswith("__Host-") is secure
        assert ("Strict-Transport-Security" in entered.headers) is secure

    visit(story, secure=secure)


def test_a_search_for_a_person_tells_of_tables_that_left_as_a_whole(house, visit):
    house.accesses(1)
    left = {"kind": Kind.OUTCOME, "action": "exchange.Stream", "subject": None, "rows": 7, "intent_index": 0, "grant": "grants/" + "1" * 26}
    for first_row in ("0", "7"):
        house.accesses(1, detail={"holds": "cn-id", "first_row": first_row}, **left)

    async def story(client):
        await sign_in(client, house)
        page = await (await _search(client, subject=CITIZEN)).text()
        assert "Bulk deliveries: 1" in page or "整表交付：1" in page
        assert left["grant"] in page
        facts = (await (await _search(client, "/audit.json", subject=CITIZEN)).json())["results"]
        (one,) = facts["bulk"]
        assert (facts["bulk_count"], one["count"], one["records"], one["grant"]) == (1, 1, 2, left["grant"])
        assert (one["department"], one["provider"], one["action"]) == (MARKET, POLICE, "exchange.Stream")
        opened = await client.get(f"/audit/records/{one['newest']}?search={facts['search']}")
        assert "exchange.Stream" in await opened.text()
        assert (await (await _search(client, "/audit.json", officer="王芳")).json())["results"]["bulk_count"] == 0

    visit(story)


def test_a_search_finds_the_accesses_newest_first_and_is_itself_recorded(house, visit):
    house.accesses(3)

    async def story(client):
        await sign_in(client, house)
        page = await (await _search(client, subject=f" {CITIZEN.lower()} ")).text()
        assert page.index("LB-2026-0002") < page.index("LB-2026-0001") < page.index("LB-2026-0000")
        facts = await (await _search(client, "/audit.json", subject=CITIZEN)).json()
        kinds = [one["kind"] for one in facts["results"]["records"]]
        assert kinds == ["search", "search", "intent", "intent", "intent"]
        newest = facts["results"]["records"][0]
        assert (newest["officer"], newest["reason"], newest["action"]) == (OFFICER, WHY, "audit.SearchAuditRecords")
        last = facts["results"]["records"][2]
        assert (last["department"], last["provider"], last["fields"], last["purpose"]) == (MARKET, POLICE, ["name", "birth_date"], "低保审核")

    visit(story)


def test_the_id_number_stands_in_no_address_no_page_and_no_log_line(house, visit, caplog):
    house.accesses(120)

    async def story(client):
        await sign_in(client, house)
        answers = [await _search(client, subject=CITIZEN), await _search(client, "/audit.json", subject=CITIZEN)]
        page = await answers[0].text()
        for _ in range(2):
            sent = {name: field(page, name) for name in ("token", "sealed", "page_token")}
            answers.append(await client.post("/audit", data=sent))
            page = await answers[-1].text()
        assert "LB-2026-0000" in page
        assert 'name="sealed"' not in page
        answers.append(await _search(client, subject=CITIZEN, reason=f"查 {CITIZEN}"))
        assert (answers[-1].status, "SUBJECT_IN_CLEAR") == (400, (await _plain(client)))
        answers.append(await _search(client, subject=CITIZEN, reason="x", case_number=CITIZEN.lower()))
        for answer in answers:
            assert CITIZEN.lower() not in (str(answer.url) + await answer.text() + str(answer.headers)).lower()

    async def _plain(client):
        facts = await (await _search(client, "/audit.json", subject=CITIZEN, reason=f"查 {CITIZEN}")).json()
        return facts["error"]["reason"]

    with caplog.at_level(logging.DEBUG):
        visit(story)
    assert "POST /audit 200" in caplog.text
    assert CITIZEN not in caplog.text
    assert not any(CITIZEN[:-1] in str(record.__dict__) for record in caplog.records)


def test_a_login_link_stands_in_no_log_line(house, visit, caplog):
    seen = []

    async def story(client):
        link = house.link()
        seen.append(link.rsplit("/", 1)[1])
        page = await (await client.get(link)).text()
        await client.post(link, data={"token": field(page, "token")}, allow_redirects=False)

    with caplog.at_level(logging.INFO):
        visit(story)
    assert "GET /login/{secret} 200" in caplog.text
    assert seen[0] not in caplog.text


def test_a_sealed_search_is_of_no_use_to_another_session_or_when_changed(house, visit):
    house.accesses(60)

    async def story(client):
        await sign_in(client, house)
        page = await (await _search(client, subject=CITIZEN)).text()
        sent = {name: field(page, name) for name in ("token", "sealed", "page_token")}
        for sealed in (sent["sealed"][:-8] + "AAAAAAA=", "AAAA", "§", "A" * 60):
            assert (await client.post("/audit", data=sent | {"sealed": sealed})).status == 400
        assert (await client.post("/audit", data=sent)).status == 200
        await sign_in(client, house)
        assert (await client.post("/audit", data=sent)).status == 403  # the token of the other session
        assert (await client.post("/audit", data=sent | {"token": await form_token(client, "/audit")})).status == 400

    visit(story)


def test_forms_without_their_token_change_nothing(house, visit):
    async def story(client):
        await sign_in(client, house)
        before = len(house.audit.search(house.auditor, Search(officer=OFFICER, reason=WHY, searcher="another auditor")).records)
        for token in ("", "0" * 64):
            assert (await client.post("/audit", data={"token": token, "officer": OFFICER, "reason": WHY})).status == 403
            assert (await client.post("/logout", data={"token": token}, allow_redirects=False)).status == 403
        assert (await client.get("/audit")).status == 200
        after = house.audit.search(house.auditor, Search(officer=OFFICER, reason=WHY, searcher="another auditor")).records
        assert len(after) == before

    visit(story)


def test_signing_out_ends_the_session_in_the_hub_too(house, visit):
    async def story(client):
        await sign_in(client, house)
        cookies = {cookie.key: cookie.value for cookie in client.session.cookie_jar}
        token = await form_token(client, "/audit")
        answer = await client.post("/logout", data={"token": token}, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        client.session.cookie_jar.update_cookies({"shuniu-session": cookies["shuniu-session"]})
        assert (await client.get("/audit")).status == 401

    visit(story)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"subject": CITIZEN, "reason": " "}, "请填写查询理由"),
        ({}, "请至少填写一个查询条件"),
        ({"domain": "passport", "subject": "1"}, "请选择证件类型"),
        ({"officer": "王芳", "since": "yesterday"}, "时间格式错误"),
        ({"officer": "王芳", "since": "9999-12-31T23:59-23:59"}, "时间格式错误"),
        ({"officer": "王芳", "since": "2026-03-02T09:00", "until": "2026-03-01T09:00"}, "结束时间应晚于开始时间"),
        ({"officer": "王芳", "page_token": "AAAA"}, "分页标记无效"),
    ],
)
def test_a_faulty_search_keeps_what_was_typed_and_says_what_is_wrong(house, visit, fields, text):
    async def story(client):
        await sign_in(client, house)
        await client.get("/?lang=zh")
        answer = await _search(client, **{"case_number": ""} | fields)
        page = await answer.text()
        assert answer.status == 400
        assert text in page
        assert fields.get("officer", "") in page

    visit(story)


def test_times_are_taken_as_beijing_time(house, visit):
    house.accesses(1)  # at 09:00 in Beijing

    async def story(client):
        await sign_in(client, house)
        for since, until, count in (("2026-03-02T09:00", "2026-03-02T09:01", 1), ("2026-03-02T01:00", "2026-03-02T01:01", 0)):
            facts = await (await _search(client, "/audit.json", case_number="LB-2026-0000", since=since, until=until)).json()
            assert len(facts["results"]["records"]) == count

    visit(story)


def test_a_mistyped_number_is_named_by_its_fault_and_not_searched_for(house, visit):
    house.accesses(1)

    async def story(client):
        await sign_in(client, house)
        await client.get("/?lang=zh")
        wrong = CITIZEN[:-1] + ("0" if CITIZEN[-1] != "0" else "1")
        refused = await _search(client, subject=wrong)
        assert refused.status == 400
        page = await refused.text()
        assert "校验码与前17位不符" in page
        assert wrong not in page
        for spelling in (full_width(CITIZEN), f" {CITIZEN[:6]} {CITIZEN[6:14]} {CITIZEN[14:].lower()} "):
            facts = await (await _search(client, "/audit.json", subject=spelling)).json()
            assert {one["case_number"] for one in facts["results"]["records"]} >= {"LB-2026-0000"}

    visit(story)


def test_a_record_shows_a_proof_that_holds_once_a_checkpoint_covers_it(house, visit):
    house.accesses(1)
    found = house.audit.search(house.auditor, Search(Subject("cn-id", CITIZEN), reason=WHY, searcher=OFFICER)).records
    index = next(record.index for record, _ in found if record.kind is Kind.INTENT)

    async def story(client):
        await sign_in(client, house)
        await client.get("/?lang=zh")
        assert (await (await open_record(client, index, ending=".json")).json())["inclusion"] is None
        assert "尚无检查点" in await (await open_record(client, index)).text()
        await asyncio.to_thread(house.publisher.publish)
        facts = await (await open_record(client, index, ending=".json")).json()
        proof = facts["inclusion"]
        hashes = [bytes.fromhex(one) for one in proof["proof"]]
        verify_inclusion(bytes.fromhex(facts["record"]["leaf_hash"]), index, proof["size"], hashes, bytes.fromhex(proof["root"]))
        assert proof["root"] in await (await open_record(client, index)).text()
        assert (await open_record(client, 999999)).status == 404
        assert (await client.get("/audit/records/999999999999999999999")).status == 404

    visit(story)


def test_a_department_that_signs_in_sees_its_own_records_only(house, visit):
    house.accesses(1)
    foreign = Event(
        kind=Kind.CHANGE,
        at=house.clock.now(),
        action="catalog.PublishEntry",
        actor=Actor(AUTHORITY, "console", "李明"),
        other=POLICE,
        case_number="X-1",
    )
    with house.database.begin() as tx:
        house.log.append(tx, foreign)

    async def story(client):
        await sign_in(client, house, house.member)
        for case_number, count in (("LB-2026-0000", 1), ("X-1", 0)):
            facts = await (await _search(client, "/audit.json", case_number=case_number)).json()
            assert len(facts["results"]["records"]) == count
        assert (await _search(client, department=POLICE)).status == 404

    visit(story)


def test_stored_texts_are_never_markup_on_the_desk(house, visit):
    house.accesses(1, purpose="<script>alert(1)</script>", case_number='"><img src=x>')

    async def story(client):
        await sign_in(client, house)
        pages = [await (await _search(client, subject=CITIZEN)).text(), await (await _search(client, officer='"><script>', reason="<script>")).text()]
        index = house.audit.search(house.auditor, Search(case_number='"><img src=x>', reason=WHY, searcher=OFFICER)).records[-1][0].index
        pages.append(await (await open_record(client, index)).text())
        for page in pages:
            assert "<script" not in page
            assert "<img" not in page
        assert "&lt;script&gt;alert(1)" in pages[0] + pages[2]

    visit(story)
