"""Who comes to the pages, and what a request holds while it is worked on.

A stranger's request holds a place of the strangers' share (`hub.strangers`) from before its body is read until its answer is made, whatever
its address: what is not there and what is small cost as much as the refusal. Its body arrives under another place: with the few places for
work, whoever sends a byte a second would close the pages. So where a form is to be read, the request gives its place back, receives the body
under a place for bodies, counted against the bytes that strangers may hold and for ten seconds at most, and waits for a place once more.

Whoever signed in belongs to a department: the place is given back when the session is proven, and a browser that was proven lately does not
wait with strangers at all. What is done for signed-in people and for strangers is done by threads of their own.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from mmap import mmap
from time import monotonic
from typing import Final, TypeVar

from aiohttp.web import AppKey, Application, Request, RequestKey, StreamResponse, middleware

from certs.model import digest_of
from certs.sessions import IDLE
from hub.addresses import party_of
from hub.errors import LimitError
from hub.strangers import Place, Strangers
from shuniu.turns import FullError, Turns
from web.cookies import SESSION, secret_of
from web.errors import answer, too_large
from web.pages import Pages
from web.reasons import BODY_TOO_SLOW, FORM_MALFORMED

_T = TypeVar("_T")
BODIES: Final = 64
"""Bodies of strangers that arrive at a time: as many as the bytes for them allow of 512 KiB; of one address three quarters."""
BODY_SECONDS: Final = 10.0
AUDITORS: Final = 4
"""Threads for signed-in people: as many searches run at a time."""
_MONITORS: Final = frozenset({"/health", "/metrics"})
"""Addresses with a place of their own, so that a monitor does not take a crowd of strangers for a hub that is down."""
_MOST_PROVEN: Final = 1_024


class Proven:
    """The sessions that were proven lately. Who is among them waits with no stranger; what a session may do is looked up each time."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        """Begin with none."""
        self._now = now
        self._times: OrderedDict[str, float] = OrderedDict()

    def note(self, secret: str) -> None:
        """Note that a session was found to be live."""
        digest = digest_of(secret)
        self._times[digest] = self._now()
        self._times.move_to_end(digest)
        if len(self._times) > _MOST_PROVEN:
            self._times.popitem(last=False)

    def forget(self, secret: str) -> None:
        """Note that a session has ended, or never was."""
        self._times.pop(digest_of(secret), None)

    def knows(self, secret: str) -> bool:
        """Tell whether a session was live within the time after which an idle one ends."""
        return self._now() - self._times.get(digest_of(secret), -IDLE.total_seconds()) < IDLE.total_seconds()


class Visitor:
    """Who sent a request; for the time of the request."""

    def __init__(self, reception: "Reception", strangers: Strangers, address: str, *, proven: bool) -> None:
        """Begin without a place."""
        self._reception, self._strangers, self._address = reception, strangers, address
        self._held = AsyncExitStack()
        self._place: Place | None = None
        self.proven = proven

    async def enter(self) -> None:
        """Wait for a place, unless the session was proven lately; raise LimitError, slowly, where none is free in time."""
        if not self.proven:
            self._place = await self._held.enter_async_context(self._strangers.place(self._address))

    def prove(self, secret: str) -> None:
        """Take note of a live session: whoever has one leaves the strangers' share."""
        self._reception.proven.note(secret)
        self.proven = True
        self.rest()
        self._reception.strangers.members.note()  # strangers make way for auditors as they do for departments

    def disprove(self, secret: str) -> None:
        """Take note that a session has ended."""
        self._reception.proven.forget(secret)

    async def run(self, function: Callable[..., _T], *args: object) -> _T:
        """Run a function in one of the threads for people like this visitor."""
        return await asyncio.get_running_loop().run_in_executor(self._reception.threads(proven=self.proven), partial(function, *args))

    async def receive(self, request: Request, most: int) -> bytes:
        """Return the body of a request; raise LimitError where it is larger, comes too slowly, or strangers hold too much already."""
        # pages of their own, which the system has back when they are closed: an allocator would keep what a hundred such bodies took
        with mmap(-1, most) as kept:
            if self.proven:
                size = await _arrived(request, kept, _uncounted)
            else:
                self.rest()
                async with self._reception.body(self._address):
                    size = await _arrived(request, kept, self._keep)
                await self.enter()
            return kept[:size]

    async def close(self) -> None:
        """Give everything back."""
        await self._held.aclose()

    async def _keep(self, count: int) -> None:
        try:
            self._strangers.take_bytes(count)
        except LimitError:
            # with what it has kept so far still counted: who is refused makes no room for the next attempt before he has heard it
            await self._strangers.hold()
            raise
        self._held.callback(self._strangers.give_bytes, count)

    def rest(self) -> None:
        """Give the place back: from here on the request waits, or is answered with what is there."""
        if self._place is not None:
            self._place.leave()


class Reception:
    """The places, threads and proven sessions of the pages."""

    def __init__(self, pages: Pages) -> None:
        """Take the strangers' share."""
        self.strangers, self._monitors = pages.strangers, pages.strangers.beside()
        self.proven = Proven()
        self.bodies = Turns(BODIES, 0, 0)
        self._threads = ThreadPoolExecutor(pages.strangers.limits.strangers_at_once + 1, thread_name_prefix="pages")  # and one for monitors
        self._auditors = ThreadPoolExecutor(AUDITORS, thread_name_prefix="auditors")

    @asynccontextmanager
    async def visit(self, request: Request) -> AsyncIterator[Visitor]:
        """Receive whoever sent a request; nothing is held yet."""
        resource = request.match_info.route.resource
        strangers = self._monitors if resource and resource.canonical in _MONITORS else self.strangers
        secret = secret_of(request, SESSION)
        visitor = Visitor(self, strangers, party_of(request.remote or ""), proven=bool(secret) and self.proven.knows(secret))
        try:
            yield visitor
        finally:
            await visitor.close()

    @asynccontextmanager
    async def body(self, address: str) -> AsyncIterator[None]:
        """Hold a place for a body while it arrives; nobody waits for one."""
        try:
            await self.bodies.take(address)
        except FullError:
            await self.strangers.refuse()
        try:
            yield
        finally:
            self.bodies.give(address)

    def threads(self, *, proven: bool) -> ThreadPoolExecutor:
        """Return the threads that work for signed-in people, or for strangers."""
        return self._auditors if proven else self._threads

    async def close(self, _app: Application) -> None:
        """End the threads; what they are at ends by itself."""
        for threads in (self._threads, self._auditors):
            threads.shutdown(wait=False, cancel_futures=True)


RECEPTION: Final = AppKey("reception", Reception)
VISITOR: Final = RequestKey("visitor", Visitor)


@middleware
async def receive(request: Request, handler: Callable[[Request], Awaitable[StreamResponse]]) -> StreamResponse:
    """Let a request in when there is a place for it, until its answer is made."""
    async with request.app[RECEPTION].visit(request) as visitor:
        request[VISITOR] = visitor
        try:
            await visitor.enter()
        except LimitError as busy:
            return answer(request, busy)
        return await handler(request)


async def in_thread(request: Request, function: Callable[..., _T], *args: object) -> _T:
    """Run a function in one of the threads for people like the one who sent a request."""
    return await request[VISITOR].run(function, *args)


async def _uncounted(_count: int) -> None:
    """Count nothing: what signed-in people send is counted by their threads."""


async def _arrived(request: Request, kept: mmap, keep: Callable[[int], Awaitable[None]]) -> int:
    """Read a body into what is kept of it; return how large it is."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while chunk := await request.content.readany():
                if kept.tell() + len(chunk) > len(kept):
                    raise too_large(len(kept))
                await keep(len(chunk))
                kept.write(chunk)
    except TimeoutError:
        raise BODY_TOO_SLOW(seconds=int(BODY_SECONDS)) from None
    except ConnectionError:  # gone in the middle; nobody reads the answer
        raise FORM_MALFORMED() from None
    return kept.tell()
