"""A whole table under a grant, by the steps of every transfer (`exchange.transfer`), frame by frame.

Permit and reserve are those of a query. Then, for as long as the stream is open: a frame is fetched, cleaned in a thread, and let go into a hatch
from which the consumer's call takes it. So nothing lies in memory but a frame or two on either side, whoever is slow. One frame is always held
back, until the next one shows that it is not the last: a portion is recorded before its last frame leaves, and the next portion's intent commits
beside it, while frames flow. A task beside looks four times a second whether the grant still holds.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import ClassVar, Final, cast

from audit.hot import Salts
from audit.model import Receipt
from brokerage.grants import LiveGrant
from catalog.model import FieldType
from certs.identities import Identities
from exchange.cleaners import Cleaners
from exchange.filed import FiledRecords
from exchange.filed_streams import FiledStream
from exchange.forms import Form
from exchange.frame_making import Frame, FrameMaker
from exchange.frames import FrameSieve
from exchange.hatch import Hatch
from exchange.ledger import Ledger, status_of
from exchange.model import Access, Permission, Whole
from exchange.portions import MOST_BYTES, SECONDS, PortionIntent, PortionSum
from exchange.provider_streams import ProviderStream, ProviderStreams
from exchange.providers import Place
from exchange.reasons import PROVIDER_MOVED
from exchange.steps import CLEAN, FETCH, RELEASE
from exchange.stream_permit import PermitStream, StreamPermission
from exchange.stream_reasons import CONSUMER_STALLED, FRAME_UNREADABLE, PROVIDER_CUT_OFF
from exchange.stream_wire import TABLES, ProviderEnd, provider_schema, question_to
from exchange.surplus import Surplus
from hub.access import Caller
from hub.clock import Clock
from hub.errors import IntegrityError, ShuniuError
from shuniu.digest import SALT_LENGTH

FOR_THE_PERMIT: Final = 10.0
"""Seconds for which a caller waits to hear of a refusal, where its call has no deadline."""
FOR_THE_LOG: Final = 10.0
"""Seconds that a record of a stream may take: nobody's deadline says it."""
FOR_A_FRAME: Final = 30.0
"""Seconds that cleaning one frame may take, the wait for a thread included."""
PROVIDER_SECONDS: Final = 30.0
"""Seconds in which a provider has to send something."""
CONSUMER_SECONDS: Final = 60.0
"""Seconds in which a consumer has to read something."""
LOOK: Final = 0.25
"""Seconds between two looks at the grant of an open stream."""


class _Portion:
    """The portion that is open, and what of it has left."""

    def __init__(self, intent: PortionIntent, digest: bytes, size: int) -> None:
        self.intent = intent
        self.rows, self.size, self.digest = 0, size, digest
        self.is_fresh = True
        self._until = asyncio.get_running_loop().time() + SECONDS

    def add(self, frame: Frame) -> None:
        self.rows, self.size, self.digest = self.rows + frame.rows, self.size + frame.size, frame.digest

    def total(self, outside: int, broke_off: str = "") -> PortionSum:
        return PortionSum(self.rows, self.size if self.rows else 0, self.digest, outside, broke_off)

    @property
    def time_left(self) -> float:
        return self._until - asyncio.get_running_loop().time()


class _Course:
    """One stream under way."""

    def __init__(self, streaming: "Streaming", access: Access, permission: StreamPermission, sieve: FrameSieve) -> None:
        self._of, self._access, self._permission = streaming, access, permission
        self._sieve = sieve
        self._making = FrameMaker(sieve, permission, streaming.permit.places, streaming.salts.take(), streaming.form)
        self.hatch = Hatch()
        self._held: Frame | None = None
        self._reading: asyncio.Future[bytes | None] | None = None
        self._rows, self._size, self._outside = 0, len(sieve.schema), 0
        self._place = streaming.place_of(permission.live)
        self._receipt: Receipt | None = None
        self._is_complete = False
        self._portion: _Portion | None = self._begin(permission.place.row, len(sieve.schema))

    async def run(self) -> None:
        """Deliver, and look beside it whether that is still allowed; whatever happens, what has left is on the log."""
        work = asyncio.ensure_future(self._deliver())
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=LOOK)
                self._look()
            work.result()
        except BaseException as error:
            work.cancel()
            await asyncio.wait({work})
            try:
                await self._break_off(error)
            finally:
                self.hatch.fail(error)
            if not isinstance(error, Exception):
                raise

    def _look(self) -> None:
        self._of.permit.check_again(replace(self._access, at=self._of.clock.now()), self._permission)
        if self._of.place_of(self._permission.live) != self._place:
            raise PROVIDER_MOVED(step=FETCH.place, retry_after=1.0)

    async def _deliver(self) -> None:
        consumer, streams = self._access.caller.department, self._of.streams
        self._of.surplus.check(consumer, self._permission.live.provider)
        streams.take(self._place, consumer)
        stream: ProviderStream | FiledStream | None = None
        try:
            stream = await self._of.open(self._access, self._permission, self._sieve.asked, self._place)
            await self._open(stream)
            while (frame := await self._next(stream)) is not None:
                await self._take(frame)
            await self._end()
        finally:
            # before anything is waited for: a consumer that has its last part may end this task here
            streams.give(self._place, consumer)
            if self._reading is not None:
                self._reading.cancel()
            if stream is not None:
                stream.close()
            await self._stop_reading()

    async def _open(self, stream: ProviderStream | FiledStream) -> None:
        message = await stream.read(PROVIDER_SECONDS)
        schema = provider_schema(message) if message is not None else None
        if schema is None:
            raise FRAME_UNREADABLE(step=CLEAN.place, provider=self._permission.live.provider)
        self._sieve.check_schema(schema)
        if head := self._making.head():
            await self._put(head)

    async def _next(self, stream: ProviderStream | FiledStream) -> Frame | None:
        """Return the next frame of which something is left, None at the end; close the portion where that takes too long."""
        while True:
            reading = self._reading or asyncio.ensure_future(stream.read(PROVIDER_SECONDS))
            self._reading = reading
            if self._held is not None and self._portion is not None:
                if not reading.done():
                    await asyncio.wait({reading}, timeout=max(self._portion.time_left, 0))
                if not reading.done():
                    await self._close(self._held)
            message = await reading
            if message is None:
                raise PROVIDER_CUT_OFF(step=FETCH.place, retry_after=1.0)
            # while this one is cleaned, the next one arrives
            self._reading = asyncio.ensure_future(stream.read(PROVIDER_SECONDS))
            made = await self._clean(message)
            if made is not None:
                return None if isinstance(made, ProviderEnd) else made

    async def _stop_reading(self) -> None:
        if self._reading is not None:
            await asyncio.wait({self._reading})
            if not self._reading.cancelled():
                self._reading.exception()  # nobody waits for what came behind the end

    async def _clean(self, message: bytes) -> Frame | ProviderEnd | None:
        access = replace(self._access, end=asyncio.get_running_loop().time() + FOR_A_FRAME)
        try:
            return await self._of.cleaners.run(access, self._permission.live.provider, partial(self._making.frame, message))
        except IntegrityError:
            self._of.surplus.count(access.caller.department, self._permission.live.provider, len(message))
            raise

    async def _take(self, frame: Frame) -> None:
        """Let the frame before go, now that it is known not to be the last, and hold this one; close the portion where it is full."""
        if self._held is not None:
            await self._let_go(self._held)
        self._held = frame
        portion = self._open_portion(frame)  # its intent commits while the next frame is fetched
        if portion.size + frame.size >= MOST_BYTES or portion.time_left <= 0:
            await self._close(frame)

    async def _let_go(self, frame: Frame) -> None:
        portion = self._open_portion(frame)
        if portion.is_fresh:
            await portion.intent.begun()
            portion.is_fresh = False
        self._count(portion, frame)
        if not await self.hatch.put(frame.part, max(portion.time_left, 0)):
            await self._record(portion)
            await self._put(frame.part)

    async def _close(self, frame: Frame) -> None:
        """Record the portion that this frame ends, then let the frame go."""
        portion = self._open_portion(frame)
        self._count(portion, frame)
        await self._record(portion)
        await self._put(frame.part)

    async def _end(self) -> None:
        if self._held is not None:
            await self._close(self._held)
        elif self._portion is not None:  # nothing was there, or nothing behind the last portion
            await self._record(self._portion)
        if self._receipt is not None:
            await self._put(self._making.end(self._rows, self._size, self._receipt))
        self._is_complete = True
        await self._put(b"")

    def _count(self, portion: _Portion, frame: Frame) -> None:
        """Count a frame before it leaves: the log may say that more was released, never less."""
        portion.add(frame)
        self._of.tally.deliver(frame.rows, frame.size)
        self._rows, self._size = self._rows + frame.rows, self._size + frame.size
        self._held = None

    async def _record(self, portion: _Portion) -> None:
        self._portion = None
        self._receipt = await portion.intent.left(portion.total(self._new_outside()), asyncio.get_running_loop().time() + FOR_THE_LOG)
        self._of.tally.portions += 1
        self._of.permit.grants.first_uses.note(self._permission.live.grant, self._access.at)

    async def _put(self, part: bytes) -> None:
        if not await self.hatch.put(part, CONSUMER_SECONDS):
            raise CONSUMER_STALLED(step=RELEASE.place, limit=f"{CONSUMER_SECONDS:.0f}", retry_after=1.0)

    def _open_portion(self, frame: Frame) -> _Portion:
        if self._portion is None:
            self._portion = self._begin(frame.first)
        return self._portion

    def _begin(self, first_row: int, size: int = 0) -> _Portion:
        return _Portion(self._of.intend(self._access, self._permission, first_row), self._making.digest, size)

    def _new_outside(self) -> int:
        """Return how many rows lay outside the grant's that no record has told yet."""
        told, self._outside = self._outside, self._making.outside
        return self._outside - told

    async def _break_off(self, error: BaseException) -> None:
        """Close the portion that is open: with what has left, or where nothing has, with what went wrong."""
        portion, self._portion = self._portion, None
        if not self._is_complete:  # else the consumer went as soon as it had everything
            self._of.tally.broken_off[status_of(error)] += 1
        if portion is None:
            return
        if portion.rows:
            self._of.tally.portions += 1
            portion.intent.leave(portion.total(self._new_outside(), status_of(error)))
            return
        with suppress(ShuniuError):
            await portion.intent.fail(error)


class Streaming:
    """Carries whole tables. Grants, identities and endpoints are in memory; the log is the only thing written."""

    form: ClassVar[Form] = TABLES

    def __init__(
        self, permit: PermitStream, identities: Identities, streams: ProviderStreams, files: FiledRecords, ledger: Ledger, clock: Clock
    ) -> None:
        """Take what permits, who serves where, the streams of providers, what reads files, what writes accesses to the log, and the clock."""
        self._files = files
        self.permit, self.streams, self.clock = permit, streams, clock
        self.surplus, self.cleaners, self.salts = Surplus(), Cleaners(), Salts(SALT_LENGTH)
        self._identities, self._ledger = identities, ledger
        self.tally = streams.tally

    async def run(self, caller: Caller, whole: Whole, time_left: float | None) -> AsyncGenerator[bytes, None]:
        """Yield the parts of a stream, serialised; `time_left` is the caller's deadline in seconds, None where it has none."""
        limit = FOR_THE_PERMIT if time_left is None else time_left
        access = Access(caller, whole, self.clock.now(), limit, asyncio.get_running_loop().time() + limit)
        permission = cast("StreamPermission", await self.permit(access))  # what its own `_permission` makes
        course = _Course(self, access, permission, await self._sieve(access, permission))
        task = asyncio.create_task(course.run())
        self.tally.open += 1
        try:
            while part := await course.hatch.take():
                yield part
        finally:
            task.cancel()
            await asyncio.wait({task})
            self.tally.open -= 1

    async def _sieve(self, access: Access, permission: Permission) -> FrameSieve:
        try:
            return await asyncio.to_thread(self._make_sieve, access, permission)  # which loads a library the first time
        except ShuniuError as error:
            await self._ledger.intend(self.permit.way.action, access, permission).fail(error)
            raise

    def _make_sieve(self, _access: Access, permission: Permission) -> FrameSieve:
        return FrameSieve(permission.live, permission.fields)

    async def open(
        self, access: Access, permission: StreamPermission, asked: Sequence[tuple[str, FieldType]], place: Place
    ) -> ProviderStream | FiledStream:
        """Call the provider; where no system serves the entry, its data file is read in its place."""
        cursor = permission.place.cursor
        if not permission.live.serving_system:
            return FiledStream(self._files, access, permission, asked, cursor)
        return await self.streams.begin(place, question_to(access, permission, asked, cursor))

    def intend(self, access: Access, permission: Permission, first_row: int) -> PortionIntent:
        """Queue the intent of a portion and return at once."""
        event = self._ledger.event_of(self.permit.way.action, replace(access, at=self.clock.now()), permission)
        return PortionIntent(self._ledger, event, first_row, asyncio.get_running_loop().time() + FOR_THE_LOG)

    def place_of(self, live: LiveGrant) -> Place:
        """Return where a grant is served now, and by which certificates."""
        at = live.provider, live.serving_system
        return Place(*at, self._identities.endpoint(*at), self._identities.certificates_of(*at))

    def close(self) -> None:
        """Clean no more frames."""
        self.cleaners.close()
