"""Sending one signed message to a department's receiver: into the allowed nets alone, and no further than its status line.

A name is resolved once. Where one of its addresses is outside the allowed nets the whole name is refused, because whoever answers for a name may
answer differently a moment later; what was judged is what is dialled. No redirect is followed, no proxy asked, no body read. The request is
written here and not by a library: those read answers in between (1xx) without end, and a receiver that sends nothing else would hold the event loop.
"""

import asyncio
import re
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final

from certs.places import Address, ProviderPlaces
from hub.config import Config
from hub.signer import Signer
from shuniu.webhook import ID, SIGNATURE, TIME, signed_bytes
from work.model import UndeliveredError, Webhook, moment, webhook_of
from work.reasons import CA_UNREADABLE, WEBHOOK_FORBIDDEN, WEBHOOKS_OFF

ATTEMPT: Final = 10.0
"""Seconds of one attempt, from the first question to the name server to the status line."""
NAMES: Final = 8
"""Names that are resolved at a time."""
MOST_ADDRESSES: Final = 16
"""Addresses of one name."""
CONNECT: Final = 3.0
"""Seconds for one address of several, before the next is tried."""
_LONGEST_LINE: Final = 1_024
_MOST_LINES: Final = 64
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})[ \r\n]")
_INTERIM: Final = range(100, 200)
_ACKNOWLEDGED: Final = range(200, 300)

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses of a name."""


@dataclass(frozen=True, slots=True)
class Nets:
    """Where the hub may send. Without networks, nowhere; with them, by the rule by which providers are dialled (`certs.places`)."""

    places: ProviderPlaces

    @classmethod
    def of(cls, config: Config) -> "Nets":
        """Return the rule that a configuration states."""
        return cls(ProviderPlaces(tuple(map(ip_network, config.delivery.networks)), ProviderPlaces.of(config).hosts))

    @property
    def are_open(self) -> bool:
        """Tell whether there is any."""
        return bool(self.places.networks)

    def admits(self, address: Address) -> bool:
        """Tell whether the hub may send to an address."""
        return self.are_open and self.places.admits(address)

    def admit(self, webhook: Webhook) -> None:
        """Refuse a target that could never be reached; names are judged by what they resolve to when they are dialled."""
        if not self.are_open:
            raise WEBHOOKS_OFF()
        literal = literal_of(webhook.host)
        if literal is not None and not self.admits(literal):
            raise WEBHOOK_FORBIDDEN(field="target.webhook", host=webhook.host)


def literal_of(host: str) -> Address | None:
    """Return the address that a host is, None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


class Names:
    """Resolves names as the machine does, so many at a time, in threads that nobody waits for.

    A name server that hangs holds up neither the pages' threads nor the end of the process, and whoever waits for a place has ten seconds.
    """

    def __init__(self, places: int = NAMES) -> None:
        """Take how many are resolved at a time."""
        self._places = asyncio.Semaphore(places)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a name."""
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Sequence[str]] = loop.create_future()

        def take(addresses: Sequence[str]) -> None:
            self._places.release()  # now and not earlier: the thread of an attempt that was given up works on
            if not found.done():
                found.set_result(addresses)

        def ask() -> None:
            addresses: Sequence[str] = ()
            with suppress(OSError, UnicodeError):
                addresses = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(take, addresses)

        threading.Thread(target=ask, name="name", daemon=True).start()
        return await found


def trust_of(ca: str) -> ssl.SSLContext:
    """Return by which certificates the other side is known: those of the file, or of the machine; names are always checked."""
    try:
        context = ssl.create_default_context(cafile=ca or None)
    except (OSError, ssl.SSLError):
        raise CA_UNREADABLE(path=Path(ca)) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Webhooks:
    """The sender of webhooks of one hub."""

    def __init__(self, nets: Nets, signer: Signer, trust: ssl.SSLContext, resolve: Resolve) -> None:
        """Take the nets, the key, whom to trust, and how names are resolved."""
        self._nets, self._signer, self._trust, self._resolve = nets, signer, trust, resolve

    async def send(self, address: str, delivery: str, body: bytes, at: datetime) -> None:
        """Send one message and return when the receiver acknowledged it by a 2xx; raise UndeliveredError for everything else."""
        webhook = webhook_of(address)
        try:
            async with asyncio.timeout(ATTEMPT):
                status = await self._post(webhook, self._request(webhook, delivery, body, at))
        except TimeoutError:
            raise UndeliveredError("TIMEOUT") from None
        except ssl.SSLCertVerificationError:
            raise UndeliveredError("CERTIFICATE") from None
        except ssl.SSLError:
            raise UndeliveredError("TLS") from None
        except (OSError, asyncio.IncompleteReadError):
            raise UndeliveredError("NO_CONNECTION") from None
        if status not in _ACKNOWLEDGED:
            raise UndeliveredError(f"ANSWER {status}")

    def _request(self, webhook: Webhook, delivery: str, body: bytes, at: datetime) -> bytes:
        time = moment(at)
        signature = b64encode(self._signer.sign(signed_bytes(delivery, time, body))).decode()
        head = {
            "Host": webhook.authority,
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(body)),
            "User-Agent": "shuniu",
            "Connection": "close",
            ID: delivery,
            TIME: time,
            SIGNATURE: signature,
        }
        lines = (f"POST {webhook.path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", "")
        return "\r\n".join(lines).encode("ascii") + body

    async def _post(self, webhook: Webhook, request: bytes) -> int:
        reader, writer = await self._dial(webhook)
        try:
            writer.write(request)
            await writer.drain()
            return await _status(reader)
        finally:
            writer.transport.abort()  # whatever follows is not read, and no farewell is waited for

    async def _dial(self, webhook: Webhook) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the first of the judged addresses that answers; the certificate is that of the name, whichever it is."""
        addresses = await self.addresses_of(webhook)
        for address in addresses:
            try:
                async with asyncio.timeout(CONNECT if address is not addresses[-1] else None):
                    return await asyncio.open_connection(
                        str(address), webhook.port, ssl=self._trust, server_hostname=webhook.host, limit=_LONGEST_LINE
                    )
            except (OSError, TimeoutError):
                if address is addresses[-1]:
                    raise
        raise UndeliveredError("NO_ADDRESS")

    async def addresses_of(self, webhook: Webhook) -> list[Address]:
        """Return where a receiver may be dialled; raise UndeliveredError where one of its addresses is outside the allowed nets."""
        literal = literal_of(webhook.host)
        if literal is not None:
            found = [literal]
        else:
            try:
                found = [ip_address(one.partition("%")[0]) for one in await self._resolve(webhook.host, webhook.port)]
            except (OSError, ValueError):
                raise UndeliveredError("NO_ADDRESS") from None
        found = list(dict.fromkeys(found))
        if not found or len(found) > MOST_ADDRESSES:
            raise UndeliveredError("NO_ADDRESS")
        # In a thread: whether an address is this machine's own is asked of the system.
        if not await asyncio.to_thread(lambda: all(map(self._nets.admits, found))):
            raise UndeliveredError("ADDRESS_FORBIDDEN")
        return found


async def _status(reader: asyncio.StreamReader) -> int:
    """Return the status of an answer. Of what stands before and behind it no more is read than so many lines of so many bytes."""
    status = 0
    for _ in range(_MOST_LINES):
        try:
            line = await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            break
        if not status:
            found = _STATUS.match(line)
            if found is None:
                break
            status = int(found[1])
            if status not in _INTERIM:
                return status
        elif not line.strip():  # an answer in between (RFC 9110 section 15.2) ends, and another begins
            status = 0
    raise UndeliveredError("NO_HTTP")
