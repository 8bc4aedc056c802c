"""Receivers and mail servers as departments run them, and as they should not: real ones, on loopback, on port 0."""

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from certs.places import ProviderPlaces
from hub.keys import Es256Signer
from tests.shuniu_sdk.authority import Authority, pem_of
from work.webhook import Nets, Webhooks

SIGNER = Es256Signer(ec.generate_private_key(ec.SECP256R1()))
AUTHORITY = Authority.new("receivers")
LOOPBACK = ("127.0.0.0/8", "::1/128")


def trust() -> ssl.SSLContext:
    return ssl.create_default_context(cadata=AUTHORITY.pem.decode())


def a_chain(file: Path, *hosts: str, authority: Authority = AUTHORITY) -> Path:
    """Write a certificate for these hosts and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    file.write_bytes(authority.issue(key.public_key(), [], hosts or ("localhost", "127.0.0.1")) + pem_of(key))
    return file


def server_context(*hosts: str, authority: Authority = AUTHORITY) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        context.load_cert_chain(a_chain(Path(folder, "chain.pem"), *hosts, authority=authority))
    return context


def nets(*networks: str) -> Nets:
    return Nets(ProviderPlaces(tuple(map(ip_network, networks))))


class Names:
    """A name server that gives one answer after the other, and the last one again and again."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.left, self.asked = list(answers), 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


def webhooks(*networks: str, resolve: Any = None, trusting: ssl.SSLContext | None = None) -> Webhooks:
    return Webhooks(nets(*(networks or LOOPBACK)), SIGNER, trusting or trust(), resolve or Names(["127.0.0.1"]))


@dataclass
class Receiver:
    """What came to a receiver, and what it answers."""

    status: int = 200
    port: int = 0
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None

    @property
    def ids(self) -> list[str]:
        return [headers["Shuniu-Delivery"] for headers, _ in self.came]

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.came.append((dict(request.headers), await request.read()))
        return await self.answer(request) if self.answer else web.Response(status=self.status)


@asynccontextmanager
async def a_receiver(receiver: Receiver | None = None, context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[Receiver]:
    receiver = receiver or Receiver()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, 0, ssl_context=context or server_context())
    await site.start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()


@asynccontextmanager
async def a_server(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], context: ssl.SSLContext | None
) -> AsyncIterator[int]:
    """Serve by hand, byte for byte; gives the port."""
    tasks: set[Any] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
