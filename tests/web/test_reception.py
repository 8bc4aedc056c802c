"""A place first, then bytes, then work: every request of a stranger holds a place of the one small share, and nobody who signed in waits for one."""

import asyncio
import re
import threading
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

import web
from certs.sessions import IDLE
from hub import strangers
from hub.reasons import STRANGERS_BUSY
from shuniu.turns import FullError, Turns
from tests.web.reading import sign_in
from web import reception
from web.lines import Lines
from web.reception import RECEPTION

MARK = {"secret": "A" * 43, "id": "0" * 26, "index": "0", "shard": "0", "path": "0/000", "name": "style.css", "ending": "csv", "step": "confirm"}
HEAD = b"POST /verify.json HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(strangers, "SLOW_NO", 0.0)


@asynccontextmanager
async def crowded(client):
    """Take the place of all strangers, and that of monitors, and have as many wait as may."""
    desk = client.app[RECEPTION]
    waiting: list[asyncio.Future[None]] = []
    for share in (desk.strangers, desk._monitors):
        while share.turns.take_free("10.0.0.1"):
            pass
        while True:
            one = asyncio.ensure_future(share.turns.take("10.0.0.1" if len(waiting) % 2 else "10.0.0.2"))
            await asyncio.sleep(0)
            if one.done():
                with pytest.raises(FullError):
                    one.result()
                break
            waiting.append(one)
    try:
        yield
    finally:
        for one in waiting:
            one.cancel()


class Noting:
    """A function that notes a fact at each of its calls."""

    def __init__(self, fact: Callable[[], Any], function: Callable[..., Any]) -> None:
        self.fact, self.function = fact, function
        self.seen: list[Any] = []

    def __call__(self, *args: Any) -> Any:
        self.seen.append(self.fact())
        return self.function(*args)


def routes(app):
    """Give each route of the pages, with an address that it has, what is nowhere, and what has no such method."""
    for route in app.router.routes():
        if route.resource:
            yield route.method, re.sub(r"\{(\w+)\}", lambda name: MARK[name[1]], route.resource.canonical)
    yield from (("GET", "/nowhere"), ("DELETE", "/directory"), ("POST", "/nowhere.json"))


def test_every_route_waits_for_a_place_and_is_refused_without_one(house, visit, monkeypatch):
    monkeypatch.setattr(strangers, "PATIENCE", 0.0)

    async def story(client):
        async with crowded(client):
            for method, path in list(routes(client.app)):
                answer = await client.request(method, path, allow_redirects=False)
                assert (answer.status, answer.headers["Retry-After"]) == (503, "3"), f"{method} {path}"
                text = await answer.text()
                assert method == "HEAD" or STRANGERS_BUSY.en[:20] in text or STRANGERS_BUSY.zh[:10] in text
        assert len(list(routes(client.app))) > 40

    visit(story)


@pytest.mark.parametrize(("language", "text"), [("zh", "当前访问人数过多"), ("en", "More people ask at the moment")])
def test_who_finds_no_place_reads_so_in_his_language_and_a_program_in_both(visit, monkeypatch, language, text):
    monkeypatch.setattr(strangers, "PATIENCE", 0.0)

    async def story(client):
        async with crowded(client):
            page = await client.get("/directory", headers={"Accept-Language": language})
            assert text in await page.text()
            assert page.headers["Cache-Control"] == "no-store"
            error = (await (await client.get("/directory.json")).json())["error"]
            assert (error["reason"], error["status"], error["message"]["zh"][:8]) == ("STRANGERS_BUSY", 503, "当前访问人数过多")

    visit(story)


def test_a_place_is_held_until_the_answer_is_made_and_then_given_back(house, visit, monkeypatch):
    async def story(client):
        turns = client.app[RECEPTION].strangers.turns
        search = Noting(lambda: turns.used, house.catalog.search)
        monkeypatch.setattr(house.catalog, "search", search)
        assert (await client.get("/directory")).status == 200
        assert search.seen == [1]
        assert turns.used == 0

    visit(story)


def test_auditors_are_served_while_strangers_crowd_and_wait_again_when_they_signed_out(house, visit, monkeypatch):
    monkeypatch.setattr(strangers, "PATIENCE", 0.0)

    async def story(client):
        await sign_in(client, house)
        secret = next(cookie.value for cookie in client.session.cookie_jar if cookie.key == "shuniu-session")
        async with crowded(client):
            page = await client.get("/audit")
            assert page.status == 200
            token = re.findall('name="token" value="([^"]+)"', await page.text())[-1]
            assert (await client.post("/audit", data={"token": token, "officer": "王芳", "reason": "信访件 2026-17"})).status == 200
            assert (await client.get("/audit", cookies={"shuniu-session": "B" * 43})).status == 503
            client.session.cookie_jar.update_cookies({"shuniu-session": secret})
            assert (await client.post("/logout", data={"token": token}, allow_redirects=False)).status == 303
            client.session.cookie_jar.update_cookies({"shuniu-session": secret})
            assert (await client.get("/audit")).status == 503

    visit(story)


def test_a_session_that_is_proven_leaves_the_place_to_strangers(house, visit, monkeypatch):
    async def story(client):
        await sign_in(client, house)
        desk = client.app[RECEPTION]
        desk.proven._times.clear()  # as after a restart of the hub
        desk.strangers._rest = 0.0
        await _until(lambda: desk.strangers.turns.used == 0)
        condition = Noting(lambda: desk.strangers.turns.used, house.audit.condition)
        monkeypatch.setattr(house.audit, "condition", condition)
        assert (await client.get("/audit")).status == 200
        assert condition.seen == [0]

    visit(story)


def test_strangers_make_way_for_auditors_as_for_departments(house, visit):
    async def story(client):
        assert not client.app[RECEPTION].strangers.members.busy
        await sign_in(client, house)
        await client.get("/audit")
        assert client.app[RECEPTION].strangers.members.busy

    visit(story)


def test_a_session_that_ended_is_known_no_longer(house, visit):
    async def story(client):
        await sign_in(client, house)
        house.clock.advance(IDLE)
        assert (await client.get("/audit")).status == 401
        assert not client.app[RECEPTION].proven._times

    visit(story)


def test_proven_sessions_are_forgotten_when_an_idle_one_would_have_ended():
    now = [0.0]
    proven = reception.Proven(lambda: now[0])
    proven.note("a")
    assert proven.knows("a")
    assert not proven.knows("b")
    now[0] = IDLE.total_seconds()
    assert not proven.knows("a")
    for number in range(2_000):
        proven.note(str(number))
    assert len(proven._times) <= 1_024


def test_strangers_and_auditors_have_threads_of_their_own(house, visit, monkeypatch):
    async def story(client):
        search = Noting(lambda: threading.current_thread().name, house.catalog.search)
        monkeypatch.setattr(house.catalog, "search", search)
        await client.get("/directory")
        await sign_in(client, house)
        await client.get("/directory")
        assert [name.split("_")[0] for name in search.seen] == ["pages", "auditors"]

    visit(story)


def test_no_page_takes_a_thread_of_the_whole_process():
    for path in Path(web.__file__).parent.glob("*.py"):
        assert not re.search(r"to_thread\(|run_in_executor\(None", path.read_text(encoding="utf-8")), path.name


def test_a_monitor_is_answered_while_strangers_crowd(house, visit, monkeypatch):
    monkeypatch.setattr(strangers, "PATIENCE", 0.0)

    async def story(client):
        share = client.app[RECEPTION].strangers
        while share.turns.take_free("10.0.0.1"):
            pass
        assert (await client.get("/")).status == 503
        assert (await client.get("/health")).status == 200
        assert (await client.get("/metrics")).status == 200

    visit(story)


async def _dripping(client):
    """Open a connection that announces a form and sends a byte of it."""
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(HEAD + b"c")
    return reader, writer


async def _until(fact):
    async with asyncio.timeout(5):
        while not fact():  # noqa: ASYNC110 - what is waited for happens in the server, which tells nobody
            await asyncio.sleep(0.005)


def test_bodies_that_drip_close_the_pages_to_nobody(house, visit):
    async def story(client):
        desk = client.app[RECEPTION]
        slow = [await _dripping(client) for _ in range(10)]
        await _until(lambda: desk.bodies.used == 10)
        assert desk.strangers.turns.used == 0
        assert (await client.post("/verify.json", data={"code": "EL1:A"})).status == 200
        for _, writer in slow:
            writer.close()
        await _until(lambda: desk.bodies.used == 0)

    visit(story)


def test_a_body_that_does_not_arrive_in_time_is_given_up_with_its_bytes(visit, monkeypatch):
    monkeypatch.setattr(reception, "BODY_SECONDS", 0.2)

    async def story(client):
        desk = client.app[RECEPTION]
        reader, writer = await _dripping(client)
        await _until(lambda: desk.strangers.held_bytes == 1)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408")
        assert b"Connection: close" in head
        assert (desk.strangers.held_bytes, desk.bodies.used) == (0, 0)
        writer.close()

    visit(story)


def test_a_client_that_goes_in_the_middle_of_its_body_leaves_nothing_behind(visit, caplog):
    async def story(client):
        desk = client.app[RECEPTION]
        _, writer = await _dripping(client)
        await _until(lambda: desk.strangers.held_bytes == 1)
        writer.transport.abort()
        await _until(lambda: (desk.strangers.held_bytes, desk.bodies.used, desk.strangers.turns.used) == (0, 0, 0))

    visit(story)
    assert "internal error" not in caplog.text


def test_bytes_are_counted_before_they_are_kept_and_given_back_with_the_answer(house, visit):
    async def story(client):
        share = client.app[RECEPTION].strangers
        share.body_bytes = 100_000
        form = FormData()
        form.add_field("picture", bytes(150_000), filename="p.png", content_type="image/png")
        answer = await client.post("/verify.json", data=form)
        assert (answer.status, (await answer.json())["error"]["reason"]) == (503, "STRANGERS_BUSY")
        assert share.held_bytes == 0
        verify = house.licenses.verify_code = Noting(lambda: share.held_bytes, house.licenses.verify_code)
        assert (await client.post("/verify.json", data={"code": "EL1:A"})).status == 200
        assert verify.seen[0] == len("code=EL1%3AA")
        assert share.held_bytes == 0

    visit(story)


def test_the_bodies_of_one_address_leave_room_for_another(house, visit):
    async def story(client):
        desk = client.app[RECEPTION]
        desk.bodies = Turns(4, 0, 0)
        slow = [await _dripping(client) for _ in range(3)]
        await _until(lambda: desk.bodies.used == 3)
        assert (await client.post("/verify.json", data={"code": "EL1:A"})).status == 503
        async with desk.body("10.0.0.1"):
            assert desk.bodies.used == 4
        for _, writer in slow:
            writer.close()

    visit(story)


def test_what_a_stranger_is_refused_is_counted_and_not_written_line_by_line(house, visit, caplog):
    async def story(client):
        for _ in range(5):
            await client.get("/nowhere?" + "SECRET" * 3)
        return client.app[web.pages.PAGES].strangers_refused.totals

    with caplog.at_level("DEBUG"):
        assert visit(story) == {"NOT_FOUND": 5}
    assert not [record for record in caplog.records if record.name.startswith("web")]


def test_so_many_lines_a_second_and_then_how_many_were_left_out(caplog):
    now = [0.0]
    lines = Lines(3, lambda: now[0])
    with caplog.at_level("INFO"):
        for _ in range(10):
            lines.request("GET", "/", 200, 0.001)
        assert len(caplog.records) == 3
        now[0] = 1.0
        lines.request("GET", "/", 200, 0.001)
    assert caplog.messages[-1] == "GET / 200 1 ms (7 more lines were left out)"
