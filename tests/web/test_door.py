"""The pages' door below any page: hostile bytes, too many connections, and whoever sends or reads too slowly."""

import asyncio
import logging
from contextlib import asynccontextmanager

import pytest
from aiohttp.web import HTTPBadGateway

from hub import strangers
from hub.limits import Limits
from shuniu.proofs.tiles import TileReader
from web import door
from web.app import make_app, serve, take_address

FORM = b"POST /verify.json HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
SECRET = b"SECRET640200194712210830"
HOSTILE = {
    "a control character in a login link": b"GET /login/" + SECRET + b"\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a blank before the colon of a cookie": b"GET / HTTP/1.1\r\nHost: x\r\nCookie : shuniu-session=" + SECRET + b"\r\n\r\n",
    "a NUL in a header": b"GET / HTTP/1.1\r\nHost: x\r\nX-ID: " + SECRET + b"\x00\r\n\r\n",
    "thousands of control characters": SECRET + b"\x01" * 3900 + b"\r\n\r\n",
    "an expectation that nobody knows": b"GET / HTTP/1.1\r\nHost: x\r\nExpect: " + SECRET + b"\r\n\r\n",
    "another version": b"GET / HTTP/9.9" + SECRET + b"\r\nHost: x\r\n\r\n",
    "another protocol": b"SSH-2.0-" + SECRET + b"\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + SECRET * 20 + b"\r\n\r\n",
    "escape codes and a forged line": b"GET /\x1b[2J\r\n2026-11-26 09:00:00,000 INFO server: " + SECRET + b"\r\n\r\n",
    "two lengths": FORM + b"Content-Length: 1\r\nContent-Length: 2\r\nX: " + SECRET + b"\r\n\r\n",
    "a chunk that is none": FORM + b"Transfer-Encoding: chunked\r\n\r\n" + SECRET + b"\r\n",
    "a body that cannot be unpacked": FORM + b"Content-Encoding: deflate\r\nContent-Length: 24\r\n\r\n" + SECRET,
    "a line that is too long": b"GET /" + SECRET * 400 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "too many headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: " * 1 + SECRET + b"\r\n" + b"X-B: 1\r\n" * 200 + b"\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n " + SECRET + b"\x00\r\n\r\n",
}


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(strangers, "SLOW_NO", 0.0)


@pytest.fixture
def pages(house):
    house.limits = Limits(public_connections=4, connections_per_address=2)
    return house.pages()


@asynccontextmanager
async def opened(pages):
    """Serve the pages as the hub does; give their port and the door."""
    taken, address = take_address("127.0.0.1:0")
    runner = await serve(make_app(pages), taken, pages.strangers.limits)
    try:
        yield int(address.rpartition(":")[2]), runner.door
    finally:
        await runner.cleanup()


def visiting(pages, story):
    async def go():
        async with asyncio.timeout(20), opened(pages) as (port, one):
            return await story(port, one)

    return asyncio.run(go())


async def connect(port, address="127.0.0.1"):
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))


async def ends(reader):
    """Read until the other side ends the connection; return what came."""
    try:
        return await reader.read()
    except ConnectionError:
        return b""


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_http_gets_our_headers_and_no_echo_and_its_bytes_stand_in_no_log(pages, caplog, sent):
    async def story(port, one):
        reader, writer = await connect(port)
        writer.write(sent)
        answer = await ends(reader)
        writer.close()
        return answer, one.refused.totals

    with caplog.at_level(logging.DEBUG):
        answer, counted = visiting(pages, story)
        pages.strangers_refused.flush()
    head = answer.partition(b"\r\n\r\n")[0]
    assert head.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    for header in (b"Server: shuniu", b"X-Content-Type-Options: nosniff", b"Content-Security-Policy: default-src", b"Cache-Control: no-store"):
        assert header in head
    assert b"aiohttp" not in answer
    assert SECRET not in answer
    logged = "".join(f"{record.getMessage()}{record.exc_text or ''}{record.exc_info or ''}" for record in caplog.records)
    assert "SECRET" not in logged
    assert "\x1b" not in logged
    assert "\x01" not in logged
    assert sum(counted.values()) == 1
    assert f"1 refusal in the last minute: {next(iter(counted))}" in logged


def test_a_flood_of_hostile_bytes_writes_one_line(pages, caplog):
    async def story(port, _one):
        for _ in range(50):
            reader, writer = await connect(port)
            writer.write(b"\x01" * 3900 + b"\r\n\r\n")
            await ends(reader)
            writer.close()

    with caplog.at_level(logging.DEBUG):
        visiting(pages, story)
        pages.strangers_refused.flush()
    assert [record.getMessage() for record in caplog.records if record.name != "asyncio"] == ["50 refusals in the last minute: REQUEST_MALFORMED"]


def test_an_error_outside_of_every_page_tells_its_place_in_the_code_alone(house, pages, monkeypatch, caplog):
    text = SECRET.decode()

    def broken(*_args):
        raise RuntimeError(text)

    monkeypatch.setattr("web.reception.Reception.visit", broken)

    async def story(port, _one):
        reader, writer = await connect(port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await ends(reader)
        writer.close()
        return answer

    answer = visiting(pages, story)
    assert answer.startswith(b"HTTP/1.1 500")
    assert b"Server: shuniu" in answer
    assert b"SECRET" not in answer
    assert "internal error: RuntimeError" in caplog.text
    assert text not in caplog.text


def test_a_fault_of_the_library_is_a_fault_and_not_a_page_that_is_not_there(house, visit, monkeypatch):
    def broken(*_args):
        raise HTTPBadGateway(text="SECRET")

    monkeypatch.setattr(house.catalog, "search", broken)

    async def story(client):
        answer = await client.get("/directory.json")
        assert (answer.status, (await answer.json())["error"]["reason"]) == (500, "INTERNAL")

    visit(story)


def test_no_address_takes_all_connections_and_all_together_have_a_limit(pages):
    async def story(port, one):
        near = [await connect(port) for _ in range(3)]
        assert await ends(near[2][0]) == b""
        far = [await connect(port, "127.0.0.2"), await connect(port, "127.0.0.3"), await connect(port, "127.0.0.4")]
        assert await ends(far[2][0]) == b""
        assert one.connections.open == 4
        assert one.refused.totals == {"CONNECTIONS_PER_ADDRESS": 1, "CONNECTIONS_TOO_MANY": 1}
        near[0][1].close()
        async with asyncio.timeout(5):
            while one.connections.open == 4:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.005)
        reader, writer = await connect(port, "127.0.0.5")
        writer.write(b"GET /trust-list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await ends(reader)).startswith(b"HTTP/1.1 200")
        for _, other in (*near, *far, (reader, writer)):
            other.close()

    visiting(pages, story)


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ", b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_who_sends_no_request_for_some_seconds_is_let_go_however_it_drips(pages, monkeypatch, sent):
    monkeypatch.setattr(door, "IDLE_SECONDS", 0.3)

    async def story(port, one):
        reader, writer = await connect(port)
        writer.write(sent)

        async def drip():
            while True:
                writer.write(b"a" if b"X-A" in sent else b"")
                await asyncio.sleep(0.05)

        dripping = asyncio.ensure_future(drip())
        async with asyncio.timeout(5):
            await ends(reader)
        dripping.cancel()
        writer.close()
        assert one.connections.open == 0

    visiting(pages, story)


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: " + b"a" * 8000 + b"\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_headers_and_requests_ahead_are_kept_to_what_anybody_needs(pages, sent):
    async def story(port, one):
        reader, writer = await connect(port)
        writer.write(sent)
        for _ in range(20):
            writer.write(sent.split(b"\r\n", 2)[2] if b"X-A" in sent else sent)
            await asyncio.sleep(0)
        await ends(reader)
        writer.close()
        return one.refused.totals

    assert visiting(pages, story) == {"HEADERS_TOO_LONG": 1}


def test_who_reads_no_answer_is_let_go(pages, monkeypatch):
    monkeypatch.setattr(door, "WRITE_SECONDS", 0.2)
    monkeypatch.setattr(TileReader, "content", lambda *_args: bytes(40_000_000))

    async def story(port, one):
        _, writer = await connect(port)
        writer.transport.pause_reading()
        writer.write(b"GET /log/tile/0/000 HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(5):
            while not one.refused.totals:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)
        assert one.refused.totals == {"ANSWER_NOT_READ": 1}
        writer.close()

    visiting(pages, story)


def test_a_client_that_goes_in_the_middle_of_its_body_is_no_fault_and_leaves_nothing_behind(pages, caplog):
    async def story(port, one):
        _, writer = await connect(port)
        writer.write(FORM + b"Content-Length: 1000\r\n\r\nc")
        async with asyncio.timeout(5):
            while not pages.strangers.held_bytes:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.005)
            writer.transport.abort()
            while not one.refused.totals:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert one.refused.totals == {"FORM_MALFORMED": 1}
        assert (pages.strangers.held_bytes, pages.strangers.turns.used) == (0, 0)

    visiting(pages, story)
    assert "internal error" not in caplog.text


def test_a_large_body_is_refused_by_what_it_announces_and_the_reason_is_read(pages):
    async def story(port, _one):
        reader, writer = await connect(port)
        writer.write(FORM + b"Content-Length: 8000000\r\n\r\n")
        for _ in range(80):
            writer.write(bytes(100_000))
            await writer.drain()
        answer = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        assert answer.startswith(b"HTTP/1.1 413")

    visiting(pages, story)


def test_bodies_that_announce_nothing_are_kept_to_the_strangers_bytes(house):
    house.limits = Limits(stranger_body_bytes=200_000)
    pages = house.pages()
    kept = []

    async def story(port, _door):
        async def send():
            reader, writer = await connect(port)
            writer.write(FORM + b"Transfer-Encoding: chunked\r\n\r\n")
            for _ in range(60):
                writer.write(b"400\r\n" + bytes(1024) + b"\r\n")
                kept.append(pages.strangers.held_bytes)
                await asyncio.sleep(0.002)
            head = await reader.readuntil(b"\r\n\r\n")
            writer.close()
            return head[9:12]

        sending = [asyncio.ensure_future(send()) for _ in range(10)]
        async with asyncio.timeout(5):
            await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        assert {task.result() for task in sending if not task.cancelled() and not task.exception()} <= {b"503", b"400"}

    visiting(pages, story)
    assert 0 < max(kept) <= 200_000
    assert pages.strangers.held_bytes == 0
