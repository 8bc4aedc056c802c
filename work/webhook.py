"""Sending one signed message to a department's receiver: into the allowed nets alone, and no further than its status line.

A name is resolved once. Where one of its addresses is outside the allowed nets the whole name is refused, because whoever answers for a name may
answer differently a moment later; what was judged is what is dialled. No redirect is followed, no proxy asked, no body read.
"""

import asyncio
import socket
import ssl
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientConnectorCertificateError, ClientError, ClientSession, ClientSSLError, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from certs.places import Address, ProviderPlaces
from hub.config import Config
from hub.signer import Signer
from shuniu.webhook import ID, SIGNATURE, TIME, signed_bytes
from work.model import UndeliveredError, Webhook, moment, webhook_of
from work.reasons import CA_UNREADABLE, WEBHOOK_FORBIDDEN, WEBHOOKS_OFF

ATTEMPT: Final = 10.0
"""Seconds of one attempt, from the first question to the name server to the status line."""
MOST_ADDRESSES: Final = 16
"""Addresses of one name."""
_MOST_LINE: Final = 4_096
_MOST_HEADERS: Final = 64
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


def by_system(executor: Executor) -> Resolve:
    """Return how names are resolved by the machine, in threads of our own: a name server that hangs holds up no pages."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        work = lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)  # noqa: E731 - two words
        found = await asyncio.get_running_loop().run_in_executor(executor, work)
        return [str(one[4][0]) for one in found]

    return resolve


def trust_of(ca: str) -> ssl.SSLContext:
    """Return by which certificates the other side is known: those of the file, or of the machine; names are always checked."""
    try:
        context = ssl.create_default_context(cafile=ca or None)
    except (OSError, ssl.SSLError):
        raise CA_UNREADABLE(path=Path(ca)) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _Known(AbstractResolver):
    """Answers with the addresses that were judged, and asks nobody."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """Return them as aiohttp wants them."""
        del family
        return [
            ResolveResult(
                hostname=host,
                host=str(one),
                port=port,
                family=socket.AF_INET if one.version == 4 else socket.AF_INET6,  # noqa: PLR2004 - IPv4
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for one in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


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
                status = await self._post(webhook, self._headers(delivery, body, at), body)
        except TimeoutError:
            raise UndeliveredError("TIMEOUT") from None
        except ClientConnectorCertificateError:
            raise UndeliveredError("CERTIFICATE") from None
        except (ClientSSLError, ssl.SSLError):
            raise UndeliveredError("TLS") from None
        except ClientError as error:
            # The connection stood and what came is no HTTP, or none came; else nobody answered at all.
            raise UndeliveredError("NO_CONNECTION" if isinstance(error, OSError) else "NO_HTTP") from None
        except (OSError, ValueError):
            raise UndeliveredError("NO_CONNECTION") from None
        if status not in _ACKNOWLEDGED:
            raise UndeliveredError(f"ANSWER {status}")

    def _headers(self, delivery: str, body: bytes, at: datetime) -> dict[str, str]:
        time = moment(at)
        signature = b64encode(self._signer.sign(signed_bytes(delivery, time, body))).decode()
        return {"Content-Type": "application/json; charset=utf-8", "User-Agent": "shuniu", ID: delivery, TIME: time, SIGNATURE: signature}

    async def _post(self, webhook: Webhook, headers: dict[str, str], body: bytes) -> int:
        addresses = await self.addresses_of(webhook)
        # A connection of its own for each message: none is kept open at somebody else's leave, and no other name is reached through it.
        connector = TCPConnector(resolver=_Known(addresses), use_dns_cache=False, force_close=True, limit=1, ssl=self._trust)
        limits: dict[str, Any] = {"max_line_size": _MOST_LINE, "max_field_size": _MOST_LINE, "max_headers": _MOST_HEADERS, "read_bufsize": _MOST_LINE}
        async with (
            ClientSession(connector=connector, timeout=ClientTimeout(total=ATTEMPT), auto_decompress=False, trust_env=False, **limits) as session,
            session.post(URL(str(webhook), encoded=True), data=body, headers=headers, allow_redirects=False) as answer,
        ):
            status = answer.status
            answer.close()  # whatever body follows is not read
            return status

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
