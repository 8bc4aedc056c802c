"""A digest by mail: over TLS, with headers that nobody can add to, and over in seconds whatever the server does."""

import asyncio
import email
import email.policy
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

import work.mail
from hub.config import Config, from_mapping
from hub.delivery import Delivery
from hub.errors import ConfigError, InvalidInputError
from tests.work.receivers import a_server, server_context, trust
from work.mail import Letter, Mail, credentials_of
from work.model import UndeliveredError, email_of

AT = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
TO = "office@civil.example"
LINES = (
    {
        "event": "posted",
        "name": "work/x",
        "step": "BrokerageService/ApproveDataRequest",
        "resource": "dataRequests/y",
        "due_time": "2026-12-11T15:59:59Z",
        "article": "《办法》第二十条",
        "time": "2026-11-27T01:00:00Z",
    },
    {"event": "notice", "name": "notices/z", "kind": "deadline_over", "resource": "dataRequests/y", "time": "2026-11-27T01:00:00Z"},
)
LETTER = Letter("0" * 26, TO, AT, LINES)


def delivery(port: int, **said: Any) -> Delivery:
    return replace(Delivery(smtp=f"localhost:{port}", sender="hub@share.example"), **said)


def a_mail(port: int, **said: Any) -> Mail:
    return Mail(Config(server_names=("share.example",), delivery=delivery(port, **said)), "宁夏\r\n枢纽", "https://share.example", trust())


class Box:
    """Takes mail as aiosmtpd hands it over."""

    def __init__(self, refuses: str = "", answers: str = "250 OK") -> None:
        self.came: list[Any] = []
        self.refuses, self.answers = refuses, answers

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - the name is aiosmtpd's
        if address == self.refuses:
            return "550 no such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name is aiosmtpd's
        self.came.append(envelope)
        return self.answers


def authenticate(_server, _session, _envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"hub", b"secret"), handled=False)


@contextmanager
def a_mail_server(box: Box, *, tls: str = "starttls", **said: Any):
    context = server_context()
    ways: dict[str, dict[str, Any]] = {
        "implicit": {"ssl_context": context},
        "starttls": {"tls_context": context, "require_starttls": True},
        "none": {},
    }
    controller = _Free(box, hostname="127.0.0.1", port=0, **ways[tls], **said)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


class _Free(Controller):
    """On a free port; its own look at whether it answers knows no port 0."""

    def _trigger_server(self):
        served: Any = self.server
        self.port = served.sockets[0].getsockname()[1]
        super()._trigger_server()


async def sent(mail: Mail, letter: Letter = LETTER) -> str:
    try:
        await mail.send(letter)
    except UndeliveredError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("tls", ["starttls", "implicit", "none"])
async def test_a_digest_arrives_and_says_in_chinese_first_what_waits_until_when(tls):
    box = Box()
    with a_mail_server(box, tls=tls) as port:
        assert await sent(a_mail(port, smtp_tls=tls)) == ""
    envelope = box.came[0]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("hub@share.example", [TO])
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert message["Subject"] == "待办提醒（2项）宁夏 枢纽 · 2 of work"
    assert message["Message-ID"] == f"<{'0' * 26}@share.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    assert text.startswith("以下事项")
    assert "2026-12-11 到期 due" in text
    assert "dataRequests/y" in text
    assert "《办法》第二十条" in text


@pytest.mark.parametrize(("way", "others"), [("PLAIN", ["LOGIN"]), ("LOGIN", ["PLAIN"])])
@pytest.mark.parametrize("password", ["secret", "wrong"])
async def test_the_hub_signs_in_by_the_password_of_its_file(way, others, password, tmp_path):
    file = tmp_path / "smtp"
    file.touch(mode=0o600)
    file.write_text(f"hub\n{password}\n")
    box = Box()
    with a_mail_server(box, authenticator=authenticate, auth_required=True, auth_exclude_mechanism=others) as port:
        assert await sent(a_mail(port, credentials=str(file))) == ("" if password == "secret" else "CREDENTIALS_REFUSED 535")
    assert len(box.came) == (password == "secret")


async def test_a_server_that_refuses_the_recipient_or_the_message_has_not_taken_it():
    with a_mail_server(Box(refuses=TO)) as port:
        assert await sent(a_mail(port)) == "RECIPIENT_REFUSED 550"
    with a_mail_server(Box(answers="452 disk full")) as port:
        assert await sent(a_mail(port)) == "MESSAGE_REFUSED 452"


async def test_a_server_without_tls_gets_no_mail_and_no_password(tmp_path):
    file = tmp_path / "smtp"
    file.touch(mode=0o600)
    file.write_text("hub\nsecret\n")
    box = Box()
    with a_mail_server(box, tls="none") as port:
        assert await sent(a_mail(port, credentials=str(file))) == "NO_STARTTLS"
    assert not box.came


async def test_a_server_with_another_s_certificate_gets_nothing(monkeypatch):
    context = server_context("other.example")
    monkeypatch.setattr("tests.work.test_mail.server_context", lambda: context)
    for tls in ("starttls", "implicit"):
        box = Box()
        with a_mail_server(box, tls=tls) as port:
            assert await sent(a_mail(port, smtp_tls=tls)) == "CERTIFICATE"
        assert not box.came


STEPS = (b"220 hi\r\n", b"250-hi\r\n250 AUTH PLAIN\r\n", b"235 in\r\n", b"250 from\r\n", b"250 to\r\n", b"354 go\r\n", b"250 taken\r\n")


def until(step: int, then: Any):
    """A server that is honest for so many steps, and then does this."""

    async def talk(reader, writer):
        for number, answer in enumerate(STEPS):
            if number == step:
                await then(reader, writer)
                return
            writer.write(answer)
            await writer.drain()
            await (reader.readuntil(b"\r\n.\r\n") if number == 5 else reader.readline())

    return talk


async def hangs(_reader, _writer):
    await asyncio.sleep(60)


async def dribbles(_reader, writer):
    while True:
        writer.write(b"2")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless_line(_reader, writer):
    while True:
        writer.write(b"2" * 4096)
        await writer.drain()
        await asyncio.sleep(0)  # it shares the loop with the hub's side


async def endless_lines(_reader, writer):
    while True:
        writer.write(b"220-on and on\r\n250-on\r\n" * 100)
        await writer.drain()
        await asyncio.sleep(0)  # it shares the loop with the hub's side


async def same_line_for_ever(_reader, writer):
    while True:
        writer.write(b"250-on\r\n" * 100)
        await writer.drain()
        await asyncio.sleep(0)  # it shares the loop with the hub's side


async def rubbish(_reader, writer):
    writer.write(bytes(range(256)) + b"\r\n")
    await writer.drain()


async def refuses(_reader, writer):
    writer.write(b"421 not now\r\n")
    await writer.drain()


async def lies(_reader, writer):
    writer.write(b"299 all is well\r\n")
    await writer.drain()


async def hangs_up(_reader, writer):
    writer.close()


@pytest.mark.parametrize("then", [hangs, dribbles, endless_line, endless_lines, same_line_for_ever, rubbish, refuses, lies, hangs_up])
@pytest.mark.parametrize("step", range(len(STEPS)))
async def test_a_server_that_hangs_or_lies_at_any_step_is_left_in_time_and_has_not_taken_it(step, then, monkeypatch, tmp_path):
    monkeypatch.setattr(work.mail, "ATTEMPT", 0.5)
    file = tmp_path / "smtp"
    file.touch(mode=0o600)
    file.write_text("hub\nsecret\n")
    async with a_server(until(step, then), server_context()) as port:
        mail, begun = a_mail(port, smtp_tls="implicit", credentials=str(file)), time.monotonic()
        assert await sent(mail) != ""
        assert time.monotonic() - begun < 2


async def test_what_a_server_said_in_clear_before_tls_counts_for_nothing(monkeypatch):
    """Whoever sits between sends answers behind that to STARTTLS, to be read as if they had come under TLS."""
    monkeypatch.setattr(work.mail, "ATTEMPT", 0.7)
    came = []

    async def talk(reader, writer):
        writer.write(b"220 hi\r\n")
        await reader.readline()
        writer.write(b"250-hi\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go\r\n250 hi\r\n250 from\r\n250 to\r\n354 go\r\n250 taken\r\n")
        await writer.drain()
        await writer.start_tls(server_context())
        came.append(await reader.readline())
        await asyncio.sleep(60)

    async with a_server(talk, None) as port:
        assert await sent(a_mail(port)) == "TIMEOUT"
    assert came == [b"EHLO share.example\r\n"]


@pytest.mark.parametrize(
    "address",
    [
        "office",
        "@civil.example",
        "office@",
        "office@civil",
        "office@localhost",
        "office@127.0.0.1",
        "office@[127.0.0.1]",
        "office@civil..example",
        "a@b@civil.example",
        '"a b"@civil.example',
        "a b@civil.example",
        "office@civil.example\r\nBcc: other@civil.example",
        "office@civil.example\nRCPT TO:<other@civil.example>",
        "office\r@civil.example",
        "office\x00@civil.example",
        "Office <office@civil.example>",
        "office@civil.example, other@civil.example",
        "office@civil.example>",
        ".office@civil.example",
        "办公室@civil.example",
        "a" * 65 + "@civil.example",
        "a@" + "b" * 250 + ".example",
        "11010519491231002X@civil.example",
    ],
)
def test_what_is_no_plain_address_is_refused(address):
    with pytest.raises(InvalidInputError) as error:
        email_of(address)
    assert error.value.field == "target.email"


def test_no_text_reaches_a_header():
    """Whatever an event says stands in the body, as text."""
    lines = ({"resource": "x\r\nBcc: other@civil.example", "step": "a\r\n.\r\nMAIL FROM:<x@y.example>", "due_time": "2026-12-11\r\n"},)
    raw = a_mail(25).write(replace(LETTER, lines=lines))
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message.keys() == [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    ]
    assert b"\r\n.\r\n" not in raw


def test_settings_that_cannot_work_stop_the_start(tmp_path):
    file = tmp_path / "smtp"
    file.write_text("hub\nsecret\n")
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="others may read it"):
        credentials_of(delivery(25, credentials=str(file)))
    file.chmod(0o600)
    assert credentials_of(delivery(25, credentials=str(file))) is not None
    with pytest.raises(ConfigError, match="in clear"):
        credentials_of(delivery(25, credentials=str(file), smtp_tls="none"))
    for text in ("hub\n", "hub\n\n", "a\nb\nc\n", ""):
        file.write_text(text)
        with pytest.raises(ConfigError, match="two lines"):
            credentials_of(delivery(25, credentials=str(file)))
    with pytest.raises(ConfigError):
        credentials_of(delivery(25, credentials=str(tmp_path / "none")))
    with pytest.raises(ConfigError, match="address from which"):
        a_mail(25, sender="hub")
    assert credentials_of(delivery(25)) is None


@pytest.mark.parametrize(
    "table",
    [
        {"networks": ["10.0.0.1/8"]},
        {"networks": ["x"]},
        {"networks": "10.0.0.0/8"},
        {"smtp": "mail"},
        {"smtp": "mail:x"},
        {"smtp_tls": "maybe"},
        {"digest_minutes": 0},
        {"digest_minutes": 1.5},
        {"period": 60},
    ],
)
def test_a_configuration_of_deliveries_that_is_wrong_stops_the_start_by_its_key(table, tmp_path):
    with pytest.raises(ConfigError, match=r"delivery|period"):
        from_mapping({"delivery": table}, tmp_path)


def test_files_of_deliveries_are_found_beside_the_configuration(tmp_path):
    config = from_mapping({"delivery": {"ca": "ca.pem", "credentials": "smtp", "networks": ["10.0.0.0/8"]}}, tmp_path)
    assert (config.delivery.ca, config.delivery.credentials) == (str(tmp_path / "ca.pem"), str(tmp_path / "smtp"))
    assert config.delivery.sends
    assert not Config().delivery.sends
