"""Sending one digest by SMTP (RFC 5321), over TLS, with everything that the server says bounded in time and in bytes.

A client of our own, in the event loop: that of the standard library waits anew for each piece of an answer, however many there are, so that a
server which dribbles holds its thread for ever. A server that acknowledges a message and loses it cannot be told from one that delivers it.
"""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from hub.config import Config
from hub.delivery import Delivery
from hub.errors import InvalidInputError
from hub.reasons.operation import FILE_UNREADABLE
from shuniu.words import value_words
from work.model import UndeliveredError, email_of
from work.reasons import CREDENTIALS_IN_CLEAR, CREDENTIALS_READABLE, CREDENTIALS_WRONG, SENDER_WRONG

ATTEMPT: Final = 30.0
"""Seconds of one mail, from the first byte to the last answer."""
LONGEST_LINE: Final = 1_024
"""Bytes of one line of an answer; RFC 5321 section 4.5.3.1.5 allows 512."""
MOST_LINES: Final = 64
"""Lines of one answer."""
_IMPLICIT: Final = "implicit"
_STARTTLS: Final = "starttls"
_CRLF: Final = b"\r\n"


@dataclass(frozen=True, slots=True)
class Credentials:
    """With what the hub signs in at the mail server."""

    user: str
    password: str


def credentials_of(delivery: Delivery) -> Credentials | None:
    """Return what the file of credentials holds, None where none is asked for; a file that others may read is refused."""
    if not delivery.credentials:
        return None
    path = Path(delivery.credentials)
    if delivery.smtp_tls == "none":
        raise CREDENTIALS_IN_CLEAR()
    try:
        if path.stat().st_mode & 0o077:
            raise CREDENTIALS_READABLE(path=path)
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FILE_UNREADABLE(key="delivery.credentials", file=path, problem=type(error).__name__) from None
    if len(lines) != 2 or not all(lines):  # noqa: PLR2004 - name and password
        raise CREDENTIALS_WRONG(path=path)
    return Credentials(*lines)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail: a stable id, to whom, when it was written, and what it says; each line names a case and a date."""

    id: str
    to: str
    at: datetime
    lines: Sequence[dict[str, str]]


class Mail:
    """The sender of digests of one hub."""

    def __init__(self, config: Config, title: str, pages: str, trust: ssl.SSLContext) -> None:
        """Take the configuration, what the hub is called, where its pages are, and whom to trust."""
        delivery = config.delivery
        host, _, port = delivery.smtp.rpartition(":")
        self._host, self._port, self._tls = host.strip("[]"), int(port), delivery.smtp_tls
        self._credentials, self._trust = credentials_of(delivery), trust
        try:
            self._from = email_of(delivery.sender)
        except InvalidInputError:
            raise SENDER_WRONG() from None
        self._name, self._title, self._pages = config.server_names[0], " ".join(title.split()), pages

    def write(self, letter: Letter) -> bytes:
        """Return the mail as it is sent. What comes from elsewhere stands in the body alone; no header holds more than the hub's own words."""
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"] = self._from, email_of(letter.to)
        message["Subject"] = f"待办提醒（{len(letter.lines)}项）{self._title} · {len(letter.lines)} of work"
        message["Date"] = format_datetime(letter.at)
        message["Message-ID"] = f"<{letter.id}@{self._from.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer of a machine comes back
        message.set_content(self._text(letter.lines), charset="utf-8", cte="base64")
        return message.as_bytes()

    def _text(self, lines: Sequence[dict[str, str]]) -> str:
        head = f"以下事项待本部门办理或须知悉，请登录枢纽查看：{self._pages}"
        foot = f"What waits for your department, or concerns it; sign in to the hub for more: {self._pages}"
        return "\n".join([head, "", *map(line_of, lines), "", foot, ""])

    async def send(self, letter: Letter) -> None:
        """Send one mail and return when the server took it; raise UndeliveredError for everything else."""
        try:
            async with asyncio.timeout(ATTEMPT):
                await self._converse(letter.to, self.write(letter))
        except TimeoutError:
            raise UndeliveredError("TIMEOUT") from None
        except ssl.SSLCertVerificationError:
            raise UndeliveredError("CERTIFICATE") from None
        except ssl.SSLError:
            raise UndeliveredError("TLS") from None
        except (OSError, asyncio.IncompleteReadError):
            raise UndeliveredError("NO_CONNECTION") from None

    async def _converse(self, to: str, message: bytes) -> None:
        dialogue = await Dialogue.open(self._host, self._port, self._trust if self._tls == _IMPLICIT else None)
        try:
            await dialogue.expect(220, "NO_SMTP")
            offers = await dialogue.greet(self._name)
            if self._tls == _STARTTLS:
                if "STARTTLS" not in offers:
                    raise UndeliveredError("NO_STARTTLS")
                await dialogue.say("STARTTLS", 220, "NO_STARTTLS")
                await dialogue.protect(self._host, self._trust)
                offers = await dialogue.greet(self._name)
            if self._credentials is not None:
                await dialogue.sign_in(self._credentials, offers)
            await dialogue.say(f"MAIL FROM:<{self._from}>", 250, "SENDER_REFUSED")
            await dialogue.say(f"RCPT TO:<{email_of(to)}>", 250, "RECIPIENT_REFUSED")
            await dialogue.say("DATA", 354, "MESSAGE_REFUSED")
            await dialogue.give(message)
            await dialogue.expect(250, "MESSAGE_REFUSED")
            dialogue.bid_farewell()  # what the server says to it changes nothing: the message is its own now
        finally:
            dialogue.close()


def line_of(content: dict[str, str]) -> str:
    """Return what a digest says of one event: until when, what, about which case, under which article."""
    word = content.get("kind") or content.get("step", "")
    names = value_words("NoticeKind" if "kind" in content else "WorkStep").get(word, (word,))
    due = f"{content['due_time'][:10]} 到期 due" if "due_time" in content else content.get("time", "")[:10]
    return "  ".join(part for part in (due, names[0], content.get("resource", ""), content.get("article", ""), content.get("name", "")) if part)


class Dialogue:
    """One conversation with a mail server. An answer that is another than expected ends it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take the two ends of the connection."""
        self._reader, self._writer = reader, writer
        self._former: asyncio.StreamWriter | None = None  # kept while TLS goes through its transport, which it would close when it is let go

    @classmethod
    async def open(cls, host: str, port: int, trust: ssl.SSLContext | None) -> "Dialogue":
        """Connect, with TLS from the first byte where a trust is given."""
        reader, writer = await asyncio.open_connection(host, port, ssl=trust, server_hostname=host if trust else None, limit=LONGEST_LINE)
        return cls(reader, writer)

    async def protect(self, host: str, trust: ssl.SSLContext) -> None:
        """Go on under TLS. What the server sent in clear behind its answer is thrown away with the old reader (RFC 3207 section 4.2)."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport = await loop.start_tls(self._writer.transport, protocol, trust, server_hostname=host)
        if transport is None:  # the connection was closed meanwhile
            raise ConnectionResetError
        protocol.connection_made(transport)
        self._former = self._writer
        self._reader, self._writer = reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def greet(self, name: str) -> dict[str, str]:
        """Say EHLO and return what the server offers, by keyword."""
        lines = await self.say(f"EHLO {name}", 250, "NO_SMTP")
        return {word.upper(): rest.upper() for word, _, rest in (line.partition(" ") for line in lines[1:])}

    async def sign_in(self, credentials: Credentials, offers: dict[str, str]) -> None:
        """Sign in by PLAIN (RFC 4616) or by LOGIN, which old servers know."""
        ways = offers.get("AUTH", "").split()
        if "PLAIN" in ways:
            await self.say(f"AUTH PLAIN {_base64(f'{chr(0)}{credentials.user}{chr(0)}{credentials.password}')}", 235, "CREDENTIALS_REFUSED")
        elif "LOGIN" in ways:
            await self.say("AUTH LOGIN", 334, "CREDENTIALS_REFUSED")
            await self.say(_base64(credentials.user), 334, "CREDENTIALS_REFUSED")
            await self.say(_base64(credentials.password), 235, "CREDENTIALS_REFUSED")
        else:
            raise UndeliveredError("CREDENTIALS_REFUSED")

    async def say(self, command: str, code: int, fault: str) -> list[str]:
        """Say one line and return the answer's lines; raise UndeliveredError where it has another code."""
        self._writer.write(command.encode("ascii") + _CRLF)
        await self._writer.drain()
        return await self.expect(code, fault)

    async def give(self, message: bytes) -> None:
        """Give the message, a dot before each line that begins with one (RFC 5321 section 4.5.2), and its end."""
        lines = [b"." + line if line.startswith(b".") else line for line in message.split(_CRLF)]
        self._writer.write(_CRLF.join(lines).removesuffix(_CRLF) + b"\r\n.\r\n")
        await self._writer.drain()

    async def expect(self, code: int, fault: str) -> list[str]:
        """Return the lines of an answer of this code, without it."""
        lines: list[str] = []
        for _ in range(MOST_LINES):
            try:
                line = (await self._reader.readuntil(b"\n")).decode("ascii").rstrip("\r\n")
            except (asyncio.LimitOverrunError, UnicodeDecodeError):
                raise UndeliveredError("NO_SMTP") from None
            said, sign, rest = line[:3], line[3:4], line[4:]
            if not (said.isascii() and said.isdigit() and sign in {" ", "-", ""}):
                raise UndeliveredError("NO_SMTP")
            if int(said) != code:
                raise UndeliveredError(f"{fault} {said}")
            lines.append(rest)
            if sign != "-":
                return lines
        raise UndeliveredError("NO_SMTP")

    def bid_farewell(self) -> None:
        """Say QUIT without waiting."""
        with suppress(OSError):
            self._writer.write(b"QUIT\r\n")

    def close(self) -> None:
        """End the connection."""
        self._writer.close()


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
