"""The changes of an entry's records under a grant, by the steps of every transfer, for as long as the consumer listens (ADR 0083).

Permit is that of a query. Then changes are fetched as the provider tells them, cleaned in a thread, and let go into a hatch from which the
consumer's call takes them. One batch is held back until the next one shows that it is not the last of its portion, for 0.2 s at most: then the
portion is recorded and the batch leaves. So nothing is open while nothing happens. Where more waits than can be told in time, batches are taken
together, bounded in number and bytes, and of each key the newest change alone goes on. A task beside looks whether the grant still holds.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar, cast

from audit.hot import Salts
from audit.model import Receipt
from brokerage.grants import LiveGrant
from certs.identities import Identities
from exchange.acknowledging import Acknowledging
from exchange.change_portions import MOST_CHANGES, ChangePortion
from exchange.change_tally import ChangeTally
from exchange.change_wire import CAUGHT_UP, FAR_BEHIND, FROM_BEGINNING, RESUMED, Parcel, parcels_of, state_to, watch_to
from exchange.changes import ChangeSieve, Heard, newest
from exchange.cleaners import Cleaners
from exchange.framing import is_light
from exchange.hatch import Hatch
from exchange.ledger import Ledger, status_of
from exchange.model import Access, Following
from exchange.portions import PortionIntent
from exchange.provider_streams import ProviderStream, ProviderStreams, StreamKind
from exchange.providers import Place
from exchange.reasons import PROVIDER_MOVED
from exchange.steps import FETCH, RELEASE
from exchange.stream_permit import StreamPermission
from exchange.stream_places import BEGINNING, StreamPlace
from exchange.stream_reasons import PROVIDER_CUT_OFF
from exchange.subscribe_cursors import Corrections, Subscriber, SubscriptionCursors
from exchange.subscribe_permit import SUBSCRIBE, PermitSubscription, change_edition
from exchange.subscribe_reasons import CHANGES_NOT_SERVED, CHANGES_PLACE_LOST, SUBSCRIPTION_NOT_READ, SUBSCRIPTIONS_STOP, SUBSCRIPTIONS_TOO_MANY
from exchange.surplus import Surplus
from hub.access import Caller
from hub.clock import Clock
from hub.errors import IntegrityError, ShuniuError
from shuniu.digest import SALT_LENGTH

MOST_OPEN: Final = 256
"""Subscriptions that are open at one system of a provider; one department alone leaves a quarter free."""
FOR_THE_PERMIT: Final = 10.0
"""Seconds for which a caller waits to hear of a refusal, where its call has no deadline."""
FOR_THE_LOG: Final = 10.0
"""Seconds that a record may take."""
FOR_A_BATCH: Final = 30.0
"""Seconds that cleaning one message may take, the wait for a thread included."""
PROVIDER_SECONDS: Final = 30.0
"""Seconds in which a provider has to say something, if only that there is nothing."""
CONSUMER_SECONDS: Final = 60.0
"""Seconds in which a consumer has to read something."""
LINGER: Final = 0.2
"""Seconds for which a batch is held back, in case another one follows in its portion: two records of the log less for each that does."""
REST: Final = 0.05
"""Seconds between two messages of a provider that say nothing."""
LOOK: Final = 0.25
"""Seconds between two looks at the grant of an open subscription."""
FOR_CORRECTIONS: Final = 1.0
"""Seconds for which it is believed which records were corrected."""
FEW: Final = 100
"""Changes that are written in the event loop: a millisecond; more are written in a thread."""
FAR: Final = 5_000
"""Changes in a row behind which more were there already: from then on the newest of each key alone is delivered."""
MOST_TOGETHER: Final = 10_000
"""Changes that are taken together then."""
MOST_BYTES: Final = 8 * 1024 * 1024
"""Bytes of messages that are taken together then."""
BATCH_BYTES: Final = 1024 * 1024
"""Bytes of a batch that leaves, about."""
WATCHES: Final = StreamKind("/shuniu.v1.ProviderService/Watch", MOST_OPEN, CHANGES_NOT_SERVED, CHANGES_PLACE_LOST, SUBSCRIPTIONS_TOO_MANY)
_T = TypeVar("_T")


class _Course:
    """One subscription under way."""

    def __init__(self, of: "Subscribing", access: Access, permission: StreamPermission, who: Subscriber, place: StreamPlace) -> None:
        self._of, self._access, self._permission, self._who = of, access, permission, who
        self._sieve, self.hatch = ChangeSieve(permission), Hatch()
        self._place = self._begins = place
        self._first = place.row
        self._served = of.place_of(permission.live)
        self._reading: asyncio.Future[bytes | None] | None = None
        self._held: Parcel | None = None
        self._portion: ChangePortion | None = None
        self._outside = self._streak = self._collapsed = 0
        self._corrected: tuple[float, Corrections] = (0.0, {})
        self._is_behind = True

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
        if self._of.is_over:
            raise SUBSCRIPTIONS_STOP(step=RELEASE.place, retry_after=1.0)
        self._of.permit.check_again(replace(self._access, at=self._of.clock.now()), self._permission)
        if self._of.place_of(self._permission.live) != self._served:
            raise PROVIDER_MOVED(step=FETCH.place, retry_after=1.0)

    async def _deliver(self) -> None:
        consumer, watches = self._access.caller.department, self._of.watches
        self._of.surplus.check(consumer, self._permission.live.provider)
        watches.take(self._served, consumer)
        stream: ProviderStream | None = None
        try:
            stream = await watches.begin(self._served, watch_to(self._access, self._permission, self._begins.cursor))
            await self._put(state_to(FROM_BEGINNING if self._begins == BEGINNING else RESUMED))
            while True:
                heard = await self._window(stream)
                for parcel in await self._parcels(heard):
                    await self._take(parcel)
                await self._tell_state(heard[-1])
                if not heard[-1].count:  # whatever a provider sends: who says that there is nothing is heard some times a second
                    await asyncio.sleep(REST)
        finally:
            # before anything is waited for: a consumer that hangs up may end this task here
            watches.give(self._served, consumer)
            if self._reading is not None:
                self._reading.cancel()
            if stream is not None:
                stream.close()
            await self._stop_reading()

    async def _window(self, stream: ProviderStream) -> list[Heard]:
        """Return the next message; far behind, as many as are taken together."""
        heard = [await self._hear(stream)]
        while self._streak >= FAR and sum(one.count for one in heard) < MOST_TOGETHER and sum(one.size for one in heard) < MOST_BYTES:
            heard.append(await self._hear(stream))
        return heard

    async def _hear(self, stream: ProviderStream) -> Heard:
        """Return the next message of the provider, cleaned; close the portion where none follows soon."""
        reading = self._reading or asyncio.ensure_future(stream.read(PROVIDER_SECONDS))
        self._reading = reading
        if self._held is not None and self._portion is not None:
            if not reading.done():
                await asyncio.wait({reading}, timeout=min(self._portion.time_left, LINGER))
            if not reading.done():
                await self._close(self._held)
        message = await reading
        if message is None:
            raise PROVIDER_CUT_OFF(step=FETCH.place, retry_after=1.0)
        self._reading = asyncio.ensure_future(stream.read(PROVIDER_SECONDS))  # while this one is cleaned, the next one arrives
        heard = await self._clean(partial(self._sieve.read, message, self._place.row), message)
        self._outside += heard.outside
        self._streak = self._streak + heard.count if heard.has_more else 0
        self._place = StreamPlace(heard.cursor or self._place.cursor, self._place.row + heard.count)
        if self._streak >= FAR > self._streak - heard.count:
            await self._begin_far()
        return heard

    async def _begin_far(self) -> None:
        if self._held is not None:
            await self._close(self._held)
        await self._put(state_to(FAR_BEHIND))

    async def _parcels(self, heard: list[Heard]) -> list[Parcel]:
        """Return what may leave of messages, as batches with their tokens."""
        changes = [one for each in heard for one in each.changes]
        if len(heard) > 1:
            kept = newest(changes)
            self._of.tally.collapsed += len(changes) - len(kept)
            self._collapsed, changes = self._collapsed + len(changes) - len(kept), kept
        before, self._begins = self._begins, self._place
        self._first = before.row
        if changes and self._permission.live.rows:
            changes = await asyncio.to_thread(self._of.cursors.tellable, self._who, changes)
        if not changes:
            return []
        self._of.cursors.name_corrections(self._who, changes, await self._known_corrections())
        places, live, edition, behind = self._of.permit.places, self._who.live, self._who.edition, self._place

        def make() -> list[Parcel]:
            tokens = places.seal(live, edition, before), places.seal(live, edition, behind)
            return list(parcels_of(changes, *tokens, MOST_CHANGES, BATCH_BYTES))

        return make() if len(changes) <= FEW else await self._clean(make, b"")

    async def _known_corrections(self) -> Corrections:
        """Return which records were corrected, read anew once a second at most."""
        now = asyncio.get_running_loop().time()
        if now >= self._corrected[0]:
            self._corrected = now + FOR_CORRECTIONS, await asyncio.to_thread(self._of.cursors.corrections, self._who)
        return self._corrected[1]

    async def _clean(self, work: Callable[[], _T], message: bytes) -> _T:
        """Do a piece of work: on little here and now, on anything else in a thread."""
        if message and is_light(message):
            return work()
        access = replace(self._access, end=asyncio.get_running_loop().time() + FOR_A_BATCH)
        try:
            return await self._of.cleaners.run(access, self._permission.live.provider, work)
        except IntegrityError:
            self._of.surplus.count(access.caller.department, self._permission.live.provider, len(message))
            raise

    async def _tell_state(self, last: Heard) -> None:
        """Say once that everything was told, and how many changes a newer one took the place of."""
        if last.has_more:
            self._is_behind = True
        elif self._is_behind:
            if self._held is not None:
                await self._close(self._held)
            self._is_behind, collapsed, self._collapsed = False, self._collapsed, 0
            await self._put(state_to(CAUGHT_UP, collapsed))

    async def _take(self, parcel: Parcel) -> None:
        """Let the parcel before go, now that it is known not to be the last of its portion, and hold this one; close the portion where it is full."""
        if self._held is not None and self._portion is not None and self._portion.count + self._held.count + parcel.count > MOST_CHANGES:
            await self._close(self._held)
        if self._held is not None:
            await self._let_go(self._held)
        self._held = parcel
        portion = self._open_portion()  # its intent commits while the next changes are fetched
        if portion.count + parcel.count >= MOST_CHANGES or not portion.time_left:
            await self._close(parcel)

    async def _let_go(self, parcel: Parcel) -> None:
        portion = self._open_portion()
        await portion.intent.begun()
        self._count(portion, parcel)
        if not await self.hatch.put(parcel.part, portion.time_left):
            receipt = await self._record(portion)
            await self._put(parcel.part)
            await self._put(receipt)

    async def _close(self, parcel: Parcel) -> None:
        """Record the portion that this parcel ends, then let the parcel go, and the receipt behind it."""
        portion = self._open_portion()
        self._count(portion, parcel)
        receipt = await self._record(portion)
        await self._put(parcel.part)
        await self._put(receipt)

    def _count(self, portion: ChangePortion, parcel: Parcel) -> None:
        portion.add(parcel)
        self._of.tally.delivered += parcel.count
        self._held = None

    async def _record(self, portion: ChangePortion) -> bytes:
        self._portion = None
        outside, self._outside = self._outside, 0
        written: Receipt = await portion.intent.left(portion.total(outside), asyncio.get_running_loop().time() + FOR_THE_LOG)
        self._of.permit.grants.first_uses.note(self._permission.live.grant, self._access.at)
        return portion.receipt(written)

    async def _put(self, part: bytes) -> None:
        if not await self.hatch.put(part, CONSUMER_SECONDS):
            raise SUBSCRIPTION_NOT_READ(step=RELEASE.place, limit=f"{CONSUMER_SECONDS:.0f}", retry_after=1.0)

    def _open_portion(self) -> ChangePortion:
        if self._portion is None:
            self._portion = ChangePortion(self._of.intend(self._access, self._permission, self._first), self._of.salts.take())
        return self._portion

    async def _stop_reading(self) -> None:
        if self._reading is not None:
            await asyncio.wait({self._reading})
            if not self._reading.cancelled():
                self._reading.exception()  # nobody waits for what came behind the end

    async def _break_off(self, error: BaseException) -> None:
        """Close the portion that is open: with what has left, or where nothing has, with what went wrong; who just hangs up, ends."""
        portion, self._portion = self._portion, None
        if portion is not None and portion.count:
            portion.intent.leave(portion.total(self._outside, status_of(error)))
            return
        is_quiet = isinstance(error, asyncio.CancelledError) or status_of(error) == SUBSCRIPTIONS_STOP.name
        if portion is None and is_quiet:
            return
        with suppress(ShuniuError):
            intent = portion.intent if portion else self._of.intend(self._access, self._permission, self._first)
            await intent.fail(error)


class Subscribing:
    """Carries changes. Grants, identities and endpoints are in memory; the log and the cursors are what is written."""

    def __init__(
        self,
        permit: PermitSubscription,
        identities: Identities,
        watches: ProviderStreams,
        ledger: Ledger,
        cursors: SubscriptionCursors,
        clock: Clock,
        tally: ChangeTally,
    ) -> None:
        """Take what permits, who serves where, the streams of providers, what writes accesses to the log, the cursors, the clock, and what counts."""
        self.permit, self.watches, self.cursors, self.clock = permit, watches, cursors, clock
        self.surplus, self.cleaners, self.salts, self.tally = Surplus(), Cleaners(), Salts(SALT_LENGTH), tally
        self._identities, self._ledger, self.acknowledging = identities, ledger, Acknowledging(cursors)
        self.is_over = False

    async def run(self, caller: Caller, wanted: Following, time_left: float | None) -> AsyncGenerator[bytes, None]:
        """Yield the parts of a subscription, serialised; `time_left` is the caller's deadline in seconds, None where it has none."""
        limit = FOR_THE_PERMIT if time_left is None else time_left
        access = Access(caller, wanted, self.clock.now(), limit, asyncio.get_running_loop().time() + limit)
        permission = cast("StreamPermission", await self.permit(access))  # what its own `_permission` makes
        live = permission.live
        who = Subscriber(caller, live, change_edition(live, [field.name for field in permission.fields]))
        place = await asyncio.to_thread(self.cursors.set_back if wanted.from_beginning else self.cursors.begin, who, permission.place)
        course = _Course(self, access, permission, who, place)
        task = asyncio.create_task(course.run())
        self.tally.open += 1
        try:
            while True:
                yield await course.hatch.take()
        finally:
            self.tally.open -= 1
            task.cancel()
            await asyncio.wait({task})

    def intend(self, access: Access, permission: StreamPermission, position: int) -> PortionIntent:
        """Queue the intent of a portion and return at once."""
        event = self._ledger.event_of(SUBSCRIBE.action, replace(access, at=self.clock.now()), permission)
        return PortionIntent(self._ledger, event, position, asyncio.get_running_loop().time() + FOR_THE_LOG)

    def place_of(self, live: LiveGrant) -> Place:
        """Return where a grant is served now, and by which certificates."""
        at = live.provider, live.serving_system
        return Place(*at, self._identities.endpoint(*at), self._identities.certificates_of(*at))

    def end(self) -> None:
        """Let every subscription end within a moment: their consumers go on elsewhere, or when the hub is back."""
        self.is_over = True

    def close(self) -> None:
        """Clean no more changes."""
        self.cleaners.close()
