"""A call that lasts: streams, downloads and subscriptions (ADR 0078, 0083). What they have in common, whatever they deliver.

What is delivered goes into a hatch from which the consumer's call takes it, so that nobody holds much, whoever is slow. A task beside looks four
times a second whether that is still allowed. Whatever happens, the place at the provider is given back, and what has left is on the log.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import ClassVar, Final, Protocol, TypeVar, cast

from audit.hot import Salts
from audit.model import Receipt
from brokerage.grants import LiveGrant
from certs.identities import Identities
from exchange.cleaners import Cleaners
from exchange.hatch import Hatch
from exchange.ledger import Ledger
from exchange.model import Access, Permission, Whole
from exchange.portions import PortionIntent, PortionSum
from exchange.provider_streams import ProviderStreams
from exchange.providers import Place
from exchange.reasons import PROVIDER_MOVED
from exchange.steps import FETCH, RELEASE
from exchange.stream_permit import PermitStream, StreamPermission
from exchange.stream_reasons import PROVIDER_CUT_OFF
from exchange.surplus import Surplus
from hub.access import Caller
from hub.clock import Clock
from hub.errors import IntegrityError, LimitError, Reason
from shuniu.digest import SALT_LENGTH

FOR_THE_PERMIT: Final = 10.0
"""Seconds for which a caller waits to hear of a refusal, where its call has no deadline."""
FOR_THE_LOG: Final = 10.0
"""Seconds that a record of such a call may take: nobody's deadline says it."""
FOR_A_MESSAGE: Final = 30.0
"""Seconds that cleaning one message may take, the wait for a thread included."""
PROVIDER_SECONDS: Final = 30.0
"""Seconds in which a provider has to say something, if only that there is nothing."""
CONSUMER_SECONDS: Final = 60.0
"""Seconds in which a consumer has to read something."""
LOOK: Final = 0.25
"""Seconds between two looks at the grant of an open call."""
_T = TypeVar("_T")


class OpenStream(Protocol):
    """What is read of a provider, or in its place of a data file."""

    async def read(self, limit: float) -> bytes | None:
        """Return the next message, None behind the last; raise an error where none comes within `limit` seconds."""

    def close(self) -> None:
        """Read no more."""


class Tally(Protocol):
    """What counts calls that are open."""

    open: int


class Lasting:
    """Carries calls of one kind. Grants, identities and endpoints are in memory."""

    def __init__(self, permit: PermitStream, identities: Identities, streams: ProviderStreams, ledger: Ledger, clock: Clock) -> None:
        """Take what permits, who serves where, the streams of providers, what writes accesses to the log, and the clock."""
        self.permit, self.streams, self.clock = permit, streams, clock
        self.surplus, self.cleaners, self.salts = Surplus(), Cleaners(), Salts(SALT_LENGTH)
        self._identities, self._ledger = identities, ledger

    async def permitted(self, caller: Caller, whole: Whole, time_left: float | None) -> tuple[Access, StreamPermission]:
        """Return the access and its permission; `time_left` is the caller's deadline in seconds, None where it has none."""
        limit = FOR_THE_PERMIT if time_left is None else time_left
        access = Access(caller, whole, self.clock.now(), limit, asyncio.get_running_loop().time() + limit)
        return access, cast("StreamPermission", await self.permit(access))  # what its own `_permission` makes

    async def parts(self, course: "LastingCourse", tally: Tally) -> AsyncGenerator[bytes, None]:
        """Yield the parts of a call as its course makes them; nothing is under way any more when this ends."""
        task = asyncio.create_task(course.run())
        tally.open += 1
        try:
            while part := await course.hatch.take():
                yield part
        finally:
            task.cancel()
            await asyncio.wait({task})
            tally.open -= 1

    def intend(self, access: Access, permission: Permission, position: int) -> PortionIntent:
        """Queue the intent of a portion and return at once; `position` is that of its first row or change."""
        event = self._ledger.event_of(self.permit.way.action, replace(access, at=self.clock.now()), permission)
        return PortionIntent(self._ledger, event, position, asyncio.get_running_loop().time() + FOR_THE_LOG)

    def place_of(self, live: LiveGrant) -> Place:
        """Return where a grant is served now, and by which certificates."""
        at = live.provider, live.serving_system
        return Place(*at, self._identities.endpoint(*at), self._identities.certificates_of(*at))

    def check_again(self, access: Access, permission: Permission) -> None:
        """Raise what an open call ends with: what a new one would be refused with."""
        self.permit.check_again(replace(access, at=self.clock.now()), permission)

    def close(self) -> None:
        """Clean no more messages."""
        self.cleaners.close()


class LastingCourse(ABC):
    """One such call under way."""

    stalled: ClassVar[Reason[LimitError]]
    """What a consumer hears that reads nothing."""

    def __init__(self, of: Lasting, access: Access, permission: StreamPermission) -> None:
        """Take what carries it, and what was permitted."""
        self._carrier, self._access, self._permission = of, access, permission
        self._served = of.place_of(permission.live)
        self._reading: asyncio.Future[bytes | None] | None = None
        self.hatch = Hatch()

    async def run(self) -> None:
        """Deliver, and look beside it whether that is still allowed; whatever happens, what has left is on the log."""
        work = asyncio.ensure_future(self._work())
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

    @abstractmethod
    async def _begin(self) -> OpenStream:
        """Call the provider."""

    @abstractmethod
    async def _deliver(self, stream: OpenStream) -> None:
        """Let into the hatch what may leave of what is read."""

    @abstractmethod
    async def _nothing_follows(self) -> None:
        """Record the portion that is open, and let go what it holds back."""

    @abstractmethod
    async def _break_off(self, error: BaseException) -> None:
        """Close the portion that is open: with what has left, or where nothing has, with what went wrong."""

    def _look(self) -> None:
        self._carrier.check_again(self._access, self._permission)
        if self._carrier.place_of(self._permission.live) != self._served:
            raise PROVIDER_MOVED(step=FETCH.place, retry_after=1.0)

    async def _work(self) -> None:
        consumer, carrier = self._access.caller.department, self._carrier
        carrier.surplus.check(consumer, self._permission.live.provider)
        carrier.streams.take(self._served, consumer)
        stream: OpenStream | None = None
        try:
            stream = await self._begin()
            await self._deliver(stream)
        finally:
            # before anything is waited for: a consumer that has its last part, or hangs up, may end this task here
            carrier.streams.give(self._served, consumer)
            if self._reading is not None:
                self._reading.cancel()
            if stream is not None:
                stream.close()
            await self._stop_reading()

    async def _read(self, stream: OpenStream, patience: float | None) -> bytes:
        """Return the next message; where something is held back and none comes in `patience` seconds, the portion is closed before."""
        reading = self._reading = self._reading or asyncio.ensure_future(stream.read(PROVIDER_SECONDS))
        if patience is not None and not reading.done():
            await asyncio.wait({reading}, timeout=patience)
        if patience is not None and not reading.done():
            await self._nothing_follows()
        message = await reading
        if message is None:
            raise PROVIDER_CUT_OFF(step=FETCH.place, retry_after=1.0)
        self._reading = asyncio.ensure_future(stream.read(PROVIDER_SECONDS))  # while this one is cleaned, the next one arrives
        return message

    async def _stop_reading(self) -> None:
        if self._reading is not None:
            await asyncio.wait({self._reading})
            if not self._reading.cancelled():
                self._reading.exception()  # nobody waits for what came behind the end

    async def _clean(self, work: Callable[[], _T], message: bytes, *, is_quick: bool = False) -> _T:
        """Do a piece of work on a message, in a thread unless it is quick; what a provider sent in vain is counted."""
        consumer, provider = self._access.caller.department, self._permission.live.provider
        try:
            if is_quick:
                return work()
            access = replace(self._access, end=asyncio.get_running_loop().time() + FOR_A_MESSAGE)
            return await self._carrier.cleaners.run(access, provider, work)
        except IntegrityError:
            self._carrier.surplus.count(consumer, provider, len(message))
            raise

    async def _left(self, intent: PortionIntent, total: PortionSum) -> Receipt:
        """Return the receipt of a portion once its outcome is durable."""
        receipt = await intent.left(total, asyncio.get_running_loop().time() + FOR_THE_LOG)
        self._carrier.permit.grants.first_uses.note(self._permission.live.grant, self._access.at)
        return receipt

    async def _put(self, part: bytes) -> None:
        if not await self.hatch.put(part, CONSUMER_SECONDS):
            raise self.stalled(step=RELEASE.place, limit=f"{CONSUMER_SECONDS:.0f}", retry_after=1.0)
