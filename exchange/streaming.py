"""A whole table under a grant, by the steps of every transfer (`exchange.transfer`), frame by frame.

Permit and reserve are those of a query. Then, for as long as the stream is open: a frame is fetched, cleaned in a thread, and let go into a hatch
from which the consumer's call takes it. So nothing lies in memory but a frame or two on either side, whoever is slow. One frame is always held
back, until the next one shows that it is not the last: a portion is recorded before its last frame leaves, and the next portion's intent commits
beside it, while frames flow. A task beside looks four times a second whether the grant still holds.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import ClassVar

from audit.model import Receipt
from catalog.model import FieldType
from certs.identities import Identities
from exchange.filed import FiledRecords
from exchange.filed_streams import FiledStream
from exchange.forms import Form
from exchange.frame_making import Frame, FrameMaker
from exchange.frames import FrameSieve
from exchange.lasting import Lasting, LastingCourse, OpenStream
from exchange.ledger import Ledger, status_of
from exchange.model import Access, Permission, Whole
from exchange.portions import MOST_BYTES, SECONDS, PortionIntent, PortionSum
from exchange.provider_streams import ProviderStream, ProviderStreams
from exchange.providers import Place
from exchange.steps import CLEAN
from exchange.stream_permit import PermitStream, StreamPermission
from exchange.stream_reasons import CONSUMER_STALLED, FRAME_UNREADABLE
from exchange.stream_wire import TABLES, ProviderEnd, provider_schema, question_to
from hub.access import Caller
from hub.clock import Clock
from hub.errors import ShuniuError


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


class _Course(LastingCourse):
    """One stream under way."""

    stalled = CONSUMER_STALLED

    def __init__(self, of: "Streaming", access: Access, permission: StreamPermission, sieve: FrameSieve) -> None:
        super().__init__(of, access, permission)
        self._of, self._sieve = of, sieve
        self._making = FrameMaker(sieve, permission, of.permit.places, of.salts.take(), of.form)
        self._held: Frame | None = None
        self._rows, self._size, self._outside = 0, len(sieve.schema), 0
        self._receipt: Receipt | None = None
        self._is_complete = False
        self._portion: _Portion | None = self._new_portion(permission.place.row, len(sieve.schema))

    async def _begin(self) -> OpenStream:
        return await self._of.open(self._access, self._permission, self._sieve.asked, self._served)

    async def _deliver(self, stream: OpenStream) -> None:
        await self._open(stream)
        while (frame := await self._next(stream)) is not None:
            await self._take(frame)
        await self._end()

    async def _open(self, stream: OpenStream) -> None:
        schema = provider_schema(await self._read(stream, None))
        if schema is None:
            raise FRAME_UNREADABLE(step=CLEAN.place, provider=self._permission.live.provider)
        self._sieve.check_schema(schema)
        if head := self._making.head():
            await self._put(head)

    async def _next(self, stream: OpenStream) -> Frame | None:
        """Return the next frame of which something is left, None at the end; close the portion where that takes too long."""
        while True:
            is_waiting = self._held is not None and self._portion is not None
            message = await self._read(stream, max(self._portion.time_left, 0) if is_waiting and self._portion else None)
            made = await self._clean(partial(self._making.frame, message), message)
            if made is not None:
                return None if isinstance(made, ProviderEnd) else made

    async def _nothing_follows(self) -> None:
        if self._held is not None:
            await self._close(self._held)

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
        self._receipt = await self._left(portion.intent, portion.total(self._new_outside()))
        self._of.tally.portions += 1

    def _open_portion(self, frame: Frame) -> _Portion:
        if self._portion is None:
            self._portion = self._new_portion(frame.first)
        return self._portion

    def _new_portion(self, first_row: int, size: int = 0) -> _Portion:
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


class Streaming(Lasting):
    """Carries whole tables; the log is the only thing written."""

    form: ClassVar[Form] = TABLES

    def __init__(
        self, permit: PermitStream, identities: Identities, streams: ProviderStreams, files: FiledRecords, ledger: Ledger, clock: Clock
    ) -> None:
        """Take what permits, who serves where, the streams of providers, what reads files, what writes accesses to the log, and the clock."""
        super().__init__(permit, identities, streams, ledger, clock)
        self._files, self.tally = files, streams.tally

    async def run(self, caller: Caller, whole: Whole, time_left: float | None) -> AsyncGenerator[bytes, None]:
        """Yield the parts of a stream, serialised; `time_left` is the caller's deadline in seconds, None where it has none."""
        access, permission = await self.permitted(caller, whole, time_left)
        course = _Course(self, access, permission, await self._sieve(access, permission))
        async with aclosing(self.parts(course, self.tally)) as parts:
            async for part in parts:
                yield part

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
