"""The pages' door, below any page: who may connect, how long a connection may take, and what is answered to what is no HTTP.

The library's own error path is ours too: nothing of a request is echoed or logged, and each answer has our headers.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from aiohttp import StreamReader
from aiohttp.web import Application, AppRunner, BaseRequest, RequestHandler, Response, Server, StreamResponse

from hub.addresses import party_of
from hub.counting import Counted
from hub.errors import LimitError, ShuniuError
from hub.limits import Limits
from hub.reasons import INTERNAL
from web.errors import facts_of
from web.headers import set_headers
from web.lines import LINES, Lines
from web.page import View, as_json
from web.pages import PAGES, Pages
from web.reasons import REQUEST_MALFORMED

IDLE_SECONDS: Final = 10.0
"""How long a connection may be without a whole request: at its beginning, in the middle of the headers, and between two requests."""
WRITE_SECONDS: Final = 20.0
"""How long a client may take none of what is sent to it."""
LINGER_SECONDS: Final = 2.0
"""How long the rest of a refused body is read and dropped, so that the client gets to read why."""
BUFFER: Final = 8 * 1024
"""Bytes of a body that wait for whoever reads it, twice: a connection that sends and is not read holds this much and no more."""
RECEIVE_BUFFER: Final = 16 * 1024
"""The kernel's for each connection, from which everything that is there is read at once."""
MOST_HEADERS: Final = 64
MOST_HEAD: Final = 32 * 1024
"""Bytes of a request's line and headers together."""
MOST_AHEAD: Final = 4
"""Requests that were sent before the one before them was answered; browsers and proxies send none."""
TOO_MANY: Final = "CONNECTIONS_TOO_MANY"
TOO_MANY_OF_ONE: Final = "CONNECTIONS_PER_ADDRESS"
TOO_LONG: Final = "HEADERS_TOO_LONG"
TOO_SLOW: Final = "ANSWER_NOT_READ"


class Connections:
    """How many connections there are, of all and of each address; IPv6 counts by the /64."""

    def __init__(self, most: int, most_each: int) -> None:
        """Begin with none."""
        self._most, self._most_each = most, most_each
        self._of: Counter[str] = Counter()
        self.open = 0

    def enter(self, party: str) -> str:
        """Count a connection; return why it may not be, nothing where it may."""
        if self.open >= self._most:
            return TOO_MANY
        if self._of[party] >= self._most_each:
            return TOO_MANY_OF_ONE
        self.open += 1
        self._of[party] += 1
        return ""

    def leave(self, party: str) -> None:
        """Take note that a connection has ended."""
        self.open -= 1
        self._of[party] -= 1
        if not self._of[party]:
            del self._of[party]


@dataclass(frozen=True, slots=True)
class Door:
    """What all connections share."""

    pages: Pages
    connections: Connections
    refused: Counted
    lines: Lines

    def answer(self, error: ShuniuError) -> Response:
        """Return the answer to what is no request; it ends the connection."""
        response = as_json(View("", {"error": facts_of(error)}, status=error.http, private=True))
        set_headers(response, secure=self.pages.secure_cookies)
        response.force_close()
        return response

    async def refuse(self) -> Response:
        """Answer what is no HTTP, as slowly as strangers are refused."""
        self.refused.note(REQUEST_MALFORMED.name)
        try:
            await self.pages.strangers.refuse()
        except LimitError:
            return self.answer(REQUEST_MALFORMED())


class PageConnection(RequestHandler):
    """One connection of a browser."""

    __slots__ = ("_body", "_door", "_head", "_party", "_unread")

    def __init__(self, server: "PageServer", **settings: Any) -> None:
        """Take the server with its door."""
        super().__init__(server, **settings)
        self._door = server.door
        self._party: str | None = None
        self._head = 0
        self._body: StreamReader | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the connection in, or end it before a byte of it is read."""
        wire = cast("asyncio.Transport", transport)
        peer = wire.get_extra_info("peername")
        party = party_of(peer[0] if isinstance(peer, tuple) else "")
        if refused := self._door.connections.enter(party):
            self._door.refused.note(refused)
            wire.abort()
            return
        self._party = party
        # whatever the kernel does not take counts as unread at once
        wire.set_write_buffer_limits(high=0)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Count it no longer."""
        if self._party is None:
            return
        self._door.connections.leave(self._party)
        self._party = None
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, as many of headers and as many requests ahead as anybody needs."""
        if self._party is None:
            return
        seen, in_head = self._request_count, self._body is None or self._body.is_eof()
        try:
            super().data_received(data)
        except Exception as error:  # noqa: BLE001 - the loop would log it with what was sent
            self._door.lines.fault(error)
            self.force_close()
            return
        if self._messages:
            self._body = self._messages[-1][1]  # of the newest request: what comes next belongs to it, also when its answer is made already
        self._head = self._head + len(data) if in_head and seen == self._request_count else 0
        if self._head > MOST_HEAD or len(self._messages) > MOST_AHEAD:
            self._door.refused.note(TOO_LONG)
            self.force_close()

    def pause_writing(self) -> None:
        """End the connection of a client that takes nothing of what is sent."""
        super().pause_writing()
        self._unread = self._loop.call_later(WRITE_SECONDS, self._give_up)

    def resume_writing(self) -> None:
        """Go on with a client that reads."""
        self._stop_waiting()
        super().resume_writing()

    def handle_error(self, request: BaseRequest, _status: int = 500, exc: BaseException | None = None, _message: str | None = None) -> StreamResponse:
        """Answer what went wrong outside of every page, with nothing of the request."""
        if exc is not None:
            self._door.lines.fault(exc)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun")
        return self._door.answer(INTERNAL())

    def log_exception(self, *_args: Any, **more: Any) -> None:
        """Log where it happened alone; the library would log what was sent."""
        error = more.get("exc_info")
        if isinstance(error, BaseException):
            self._door.lines.fault(error)

    def log_debug(self, *_args: Any, **_more: Any) -> None:
        """Log nothing."""

    def _make_error_handler(self, _info: object) -> Callable[[BaseRequest], Awaitable[StreamResponse]]:
        return lambda _request: self._door.refuse()

    def _give_up(self) -> None:
        self._unread = None
        self._door.refused.note(TOO_SLOW)
        if self.transport is not None:
            self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


class PageServer(Server):
    """Makes the connections."""

    def __init__(self, made: Server, door: Door) -> None:
        """Take the server that the library made of the application."""
        super().__init__(self._handle, request_factory=made.request_factory)
        self.door, self._handle_page = door, made.request_handler

    def __call__(self) -> RequestHandler:
        """Return what answers one more connection."""
        return PageConnection(
            self, loop=self._loop, access_log=None, keepalive_timeout=IDLE_SECONDS, lingering_time=LINGER_SECONDS, read_bufsize=BUFFER,
            max_headers=MOST_HEADERS,
        )  # fmt: skip

    async def _handle(self, request: BaseRequest) -> StreamResponse:
        # the library would echo an expectation that it does not know
        if request.headers.get("Expect", "100-continue").lower() != "100-continue":
            return await self.door.refuse()
        return await self._handle_page(request)


class PageRunner(AppRunner):
    """Serves the application behind the door. No access log, because an address may hold a login link."""

    def __init__(self, app: Application, limits: Limits) -> None:
        """Take the application, and how many connections there may be."""
        super().__init__(app, handle_signals=False)
        pages = app[PAGES]
        connections = Connections(limits.public_connections, limits.connections_per_address)
        self.door = Door(pages, connections, pages.strangers_refused, app[LINES])

    async def _make_server(self) -> Server:
        return PageServer(await super()._make_server(), self.door)
