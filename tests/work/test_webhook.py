"""A message to a department's receiver: signed, into the allowed nets alone, and however the receiver behaves, over in seconds."""

import asyncio
import json
import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

import work.webhook
from hub.errors import IllegalStateError, IntegrityError, InvalidInputError
from shuniu.webhook import verify_webhook
from tests.shuniu_sdk.authority import Authority
from tests.work.receivers import SIGNER, Names, Receiver, a_receiver, a_server, nets, server_context, webhooks
from work.model import UndeliveredError, body_of, webhook_of

AT = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
ID = "0" * 25 + "1"
CONTENT = {"event": "posted", "name": "work/x", "resource": "things/1", "due_time": "2026-12-11T15:59:59Z"}
BODY = body_of(ID, CONTENT)


async def fault_of(sender, address, at=AT):
    """Send one message, signed at a moment (None: now), and return what the attempt met; empty when it went through."""
    try:
        await sender.send(address, ID, BODY, at or datetime.now(UTC))
    except UndeliveredError as error:
        return str(error)
    return ""


def check(headers, body, at=AT):
    return verify_webhook(headers, body, SIGNER.public_pem, at)


def told(sender, receiver, host="localhost", path="/hook"):
    return fault_of(sender, f"https://{host}:{receiver.port}{path}")


async def test_a_receiver_gets_the_message_and_can_check_who_signed_it():
    async with a_receiver() as receiver:
        assert await told(webhooks(), receiver) == ""
    headers, body = receiver.came[0]
    message = verify_webhook(headers, body, SIGNER.public_pem, AT + timedelta(minutes=4))
    assert message.id == ID
    assert message.content == json.loads(BODY) == {"delivery": ID, **CONTENT}
    assert message.time == AT


@pytest.mark.parametrize(
    "change",
    [
        lambda headers, body: (headers, body + b" "),
        lambda headers, body: ({**headers, "Shuniu-Delivery": "0" * 26}, body),
        lambda headers, body: ({**headers, "Shuniu-Time": "2026-11-27T01:00:01Z"}, body),
        lambda headers, body: ({**headers, "Shuniu-Signature": "AAAA"}, body),
        lambda headers, body: ({**headers, "Shuniu-Signature": "%%"}, body),
        lambda headers, body: ({}, body),
        lambda headers, body: (headers, b"x" * 70_000),
    ],
)
async def test_what_was_changed_on_the_way_is_not_the_hub_s(change):
    async with a_receiver() as receiver:
        await told(webhooks(), receiver)
    headers, body = receiver.came[0]
    verify_webhook(headers, body, SIGNER.public_pem, AT)
    with pytest.raises(IntegrityError):
        check(*change(headers, body))


async def test_a_message_that_somebody_kept_is_refused_later():
    async with a_receiver() as receiver:
        await told(webhooks(), receiver)
    with pytest.raises(IntegrityError) as error:
        check(*receiver.came[0], AT + timedelta(minutes=6))
    assert error.value.reason == "DELIVERY_OLD"


@pytest.mark.parametrize("status", [302, 307, 400, 404, 410, 500, 503])
async def test_whoever_answers_otherwise_than_2xx_has_not_acknowledged(status):
    async with a_receiver() as other, a_receiver() as receiver:

        async def answer(_request):
            return web.Response(status=status, headers={"Location": f"https://localhost:{other.port}/"})

        receiver.answer = answer
        assert await told(webhooks(), receiver) == f"ANSWER {status}"
    assert len(receiver.came) == 1
    assert not other.came, "a redirect was followed"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_every_2xx_acknowledges(status):
    async with a_receiver(Receiver(status)) as receiver:
        assert await told(webhooks(), receiver) == ""


@pytest.mark.parametrize(
    ("allowed", "answers"),
    [
        (["10.0.0.0/8"], ["127.0.0.1"]),
        (["127.0.0.0/8"], ["127.0.0.1", "192.0.2.1"]),
        (["127.0.0.0/8"], ["192.0.2.1", "127.0.0.1"]),
        (["10.0.0.0/8"], ["::ffff:127.0.0.1"]),
        (["::/0"], ["::ffff:127.0.0.1"]),
        (["10.0.0.0/8"], ["2002:7f00:1::1"]),
        (["127.0.0.0/8"], ["0.0.0.0"]),  # noqa: S104 - nobody binds to it
        (["127.0.0.0/8"], ["169.254.169.254"]),
        ([], ["127.0.0.1"]),
    ],
)
async def test_a_name_with_an_address_outside_the_allowed_nets_is_not_dialled(allowed, answers):
    async with a_receiver() as receiver:
        sender = webhooks(resolve=Names(answers))
        sender._nets = nets(*allowed)
        assert await told(sender, receiver, "hook.example") == "ADDRESS_FORBIDDEN"
    assert not receiver.came


async def test_a_name_is_resolved_once_and_dialled_where_it_was_judged():
    """The second answer of such a name would be one that nobody judged."""
    async with a_receiver(context=server_context("hook.example")) as receiver:
        resolve = Names(["127.0.0.1"], ["192.0.2.1"])
        assert await told(webhooks(resolve=resolve), receiver, "hook.example") == ""
    assert resolve.asked == 1
    assert len(receiver.came) == 1


@pytest.mark.parametrize("literal", ["127.0.0.1", "[::ffff:127.0.0.1]"])
async def test_an_address_in_the_place_of_a_name_is_judged_too(literal):
    async with a_receiver() as receiver:
        assert await told(webhooks("10.0.0.0/8"), receiver, literal) == "ADDRESS_FORBIDDEN"
        assert not receiver.came
        assert await told(webhooks(), receiver, "127.0.0.1") == ""


async def test_names_are_resolved_by_the_machine_and_one_that_hangs_holds_up_nobody_else(monkeypatch):
    hangs, real = threading.Event(), socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **more: real(host, *args, **more) if host == "localhost" else hangs.wait(5) and [])
    resolve = work.webhook.Names(2)
    try:
        assert "127.0.0.1" in await resolve("localhost", 443)
        slow = asyncio.ensure_future(resolve("slow.example", 443))
        await asyncio.sleep(0.05)
        assert "127.0.0.1" in await asyncio.wait_for(resolve("localhost", 443), 1)
        slow.cancel()
        more = asyncio.ensure_future(resolve("slow.example", 443))
        await asyncio.sleep(0.05)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await resolve("localhost", 443)  # both places are held by threads that hang, the attempt that was given up too
        hangs.set()
        assert await more == []
        assert "127.0.0.1" in await resolve("localhost", 443)
    finally:
        hangs.set()


async def test_a_name_that_nobody_knows_has_no_address():
    assert await work.webhook.Names()("nobody.invalid", 443) == ()


async def test_a_name_without_an_address_and_one_with_hundreds_are_told():
    async with a_receiver() as receiver:
        assert await told(webhooks(resolve=Names([])), receiver) == "NO_ADDRESS"
        assert await told(webhooks(resolve=Names([f"127.0.0.{one}" for one in range(1, 200)])), receiver) == "NO_ADDRESS"

        async def fails(_host, _port):
            raise OSError

        assert await told(webhooks(resolve=fails), receiver) == "NO_ADDRESS"
    assert not receiver.came


@pytest.mark.parametrize("context", [server_context("other.example"), server_context("localhost", authority=Authority.new("another"))])
async def test_a_certificate_of_another_name_or_of_nobody_known_gets_nothing(context):
    async with a_receiver(context=context) as receiver:
        assert await told(webhooks(), receiver) == "CERTIFICATE"
    assert not receiver.came


async def test_a_port_where_nobody_listens_and_one_without_tls_are_told():
    async def plain(reader, writer):
        await reader.read(100)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await writer.drain()

    async with a_server(plain, None) as port:
        assert await fault_of(webhooks(), f"https://localhost:{port}/") in {"TLS", "NO_CONNECTION"}
    assert await fault_of(webhooks(), f"https://localhost:{port}/") == "NO_CONNECTION"


async def never(reader, _writer):
    while await reader.read(4096):
        pass


async def dribbles(_reader, writer):
    while True:
        writer.write(b"H")
        await writer.drain()
        await asyncio.sleep(0.05)


async def informs_for_ever(_reader, writer):
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0)  # it shares the loop with the hub's side


async def endless_line(_reader, writer):
    writer.write(b"HTTP/1.1 200 ")
    while True:
        writer.write(b"O" * 4096)
        await writer.drain()
        await asyncio.sleep(0)  # it shares the loop with the hub's side


async def endless_headers(_reader, writer):
    writer.write(b"HTTP/1.1 100 Continue\r\n")
    while True:
        writer.write(b"X: y\r\n" * 500)
        await writer.drain()
        await asyncio.sleep(0)  # it shares the loop with the hub's side


async def rubbish(_reader, writer):
    writer.write(bytes(range(256)) * 8)
    await writer.drain()


async def hangs_up(_reader, writer):
    writer.close()


FAULTS = {
    never: {"TIMEOUT"},
    dribbles: {"TIMEOUT", "NO_HTTP"},
    informs_for_ever: {"NO_HTTP"},
    endless_line: {"NO_HTTP"},
    endless_headers: {"NO_HTTP"},
    rubbish: {"NO_HTTP"},
    hangs_up: {"NO_CONNECTION"},
}


@pytest.mark.parametrize("talk", FAULTS)
async def test_a_receiver_that_hangs_or_talks_for_ever_is_left_in_time(talk, monkeypatch):
    monkeypatch.setattr(work.webhook, "ATTEMPT", 0.6)
    async with a_server(talk, server_context()) as port:
        begun = time.monotonic()
        fault = await fault_of(webhooks(), f"https://localhost:{port}/")
        seconds = time.monotonic() - begun
    assert fault in FAULTS[talk]
    assert seconds < 2


async def test_a_body_without_end_is_not_read():
    async def endless(request):
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)
            sent.append(65_536)

    sent: list[int] = []
    async with a_receiver(Receiver(answer=endless)) as receiver:
        begun = time.monotonic()
        assert await told(webhooks(), receiver) == ""
        assert time.monotonic() - begun < 2
    assert sum(sent) < 32 * 1024 * 1024


@pytest.mark.parametrize(
    "address",
    [
        "http://hook.example/",
        "ftp://hook.example/",
        "https:/hook.example/",
        "https://",
        "hook.example",
        "https://user@hook.example/",
        "https://user:secret@hook.example/",
        "https://hook.example/?key=secret",
        "https://hook.example/#part",
        "https://hook.example:0/",
        "https://hook.example:22/",
        "https://hook.example:25/",
        "https://hook.example:65536/",
        "https://hook.example:x/",
        "https://hook.example:/",
        "https://hook..example/",
        "https://*.example/",
        "https://hook.example/a b",
        "https://hook.example/a\r\nX: y",
        "https://hook.example\\@other.example/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://2130706433/",
        "https://hook.example/" + "x" * 500,
    ],
)
def test_an_address_that_is_no_plain_https_one_is_refused(address):
    with pytest.raises(InvalidInputError) as error:
        webhook_of(address)
    assert error.value.field == "target.webhook"


def test_what_looks_alike_is_the_same_address():
    assert str(webhook_of(" https://Hook.Example/a ")) == "https://hook.example/a"
    assert str(webhook_of("https://hook.example:443")) == "https://hook.example/"
    assert str(webhook_of("https://[2001:DB8::1]:8443/x")) == "https://[2001:db8::1]:8443/x"


def test_a_target_that_could_never_be_reached_is_refused_when_it_is_set():
    with pytest.raises(IllegalStateError) as off:
        nets().admit(webhook_of("https://hook.example/"))
    assert off.value.reason == "WEBHOOKS_OFF"
    with pytest.raises(InvalidInputError) as outside:
        nets("10.0.0.0/8").admit(webhook_of("https://192.0.2.1/"))
    assert outside.value.reason == "WEBHOOK_FORBIDDEN"
    nets("10.0.0.0/8").admit(webhook_of("https://10.1.2.3/"))
    nets("10.0.0.0/8").admit(webhook_of("https://hook.example/"))
