"""The changes of an entry's records under a grant, by the steps of every transfer, for as long as the consumer listens (ADR 0083).

Permit is that of a query. Then changes are fetched as the provider tells them, cleaned in a thread, and let go into a hatch from which the
consumer's call takes them. One batch is held back until the next one shows that it is not the last of its portion, for 0.2 s at most: then the
portion is recorded and the batch leaves. So nothing is open while nothing happens. Where more waits than can be told in time, batches are taken
together, bounded in number and bytes, and of each key the newest change alone goes on. A task beside looks whether the grant still holds.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from functools import partial
from typing import Final

from certs.identities import Identities
from exchange.acknowledging import Acknowledging
from exchange.change_portions import MOST_CHANGES, ChangePortion
from exchange.change_tally import ChangeTally
from exchange.change_wire import CAUGHT_UP, FAR_BEHIND, FROM_BEGINNING, RESUMED, Parcel, parcels_of, state_to, watch_to
from exchange.changes import ChangeSieve, Heard, newest
from exchange.framing import is_light
from exchange.lasting import Lasting, LastingCourse, OpenStream
from exchange.ledger import Ledger, status_of
from exchange.model import Access, Following, Permission
from exchange.provider_streams import ProviderStreams, StreamKind
from exchange.steps import RELEASE
from exchange.stream_permit import StreamPermission
from exchange.stream_places import BEGINNING, StreamPlace
from exchange.subscribe_cursors import Corrections, Subscriber, SubscriptionCursors
from exchange.subscribe_permit import PermitSubscription, change_edition
from exchange.subscribe_reasons import CHANGES_NOT_SERVED, CHANGES_PLACE_LOST, SUBSCRIPTION_NOT_READ, SUBSCRIPTIONS_STOP, SUBSCRIPTIONS_TOO_MANY
from hub.access import Caller
from hub.clock import Clock
from hub.errors import ShuniuError

MOST_OPEN: Final = 256
"""Subscriptions that are open at one system of a provider; one department alone leaves a quarter free."""
LINGER: Final = 0.2
"""Seconds for which a batch is held back, in case another one follows in its portion: two records of the log less for each that does."""
REST: Final = 0.05
"""Seconds between two messages of a provider that say nothing."""
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


class _Course(LastingCourse):
    """One subscription under way."""

    stalled = SUBSCRIPTION_NOT_READ

    def __init__(self, of: "Subscribing", access: Access, permission: StreamPermission, who: Subscriber, place: StreamPlace) -> None:
        super().__init__(of, access, permission)
        self._of, self._who, self._sieve = of, who, ChangeSieve(permission)
        self._place = self._begins = place
        self._first = place.row
        self._held: Parcel | None = None
        self._portion: ChangePortion | None = None
        self._outside = self._streak = self._collapsed = 0
        self._corrected: tuple[float, Corrections] = (0.0, {})
        self._is_behind = True

    async def _begin(self) -> OpenStream:
        return await self._of.streams.begin(self._served, watch_to(self._access, self._permission, self._begins.cursor))

    async def _deliver(self, stream: OpenStream) -> None:
        await self._put(state_to(FROM_BEGINNING if self._begins == BEGINNING else RESUMED))
        while True:
            heard = await self._window(stream)
            for parcel in await self._parcels(heard):
                await self._take(parcel)
            await self._tell_state(heard[-1])
            if not heard[-1].count:  # whatever a provider sends: who says that there is nothing is heard some times a second
                await asyncio.sleep(REST)

    async def _window(self, stream: OpenStream) -> list[Heard]:
        """Return the next message; far behind, as many as are taken together."""
        heard = [await self._hear(stream)]
        while self._streak >= FAR and sum(one.count for one in heard) < MOST_TOGETHER and sum(one.size for one in heard) < MOST_BYTES:
            heard.append(await self._hear(stream))
        return heard

    async def _hear(self, stream: OpenStream) -> Heard:
        """Return the next message of the provider, cleaned; close the portion where none follows soon."""
        is_waiting = self._held is not None and self._portion is not None
        message = await self._read(stream, min(self._portion.time_left, LINGER) if is_waiting and self._portion else None)
        read = partial(self._sieve.read, message, self._place.row)
        heard = await self._clean(read, message, is_quick=is_light(message))
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

        return await self._clean(make, b"", is_quick=len(changes) <= FEW)

    async def _known_corrections(self) -> Corrections:
        """Return which records were corrected, read anew once a second at most."""
        now = asyncio.get_running_loop().time()
        if now >= self._corrected[0]:
            self._corrected = now + FOR_CORRECTIONS, await asyncio.to_thread(self._of.cursors.corrections, self._who)
        return self._corrected[1]

    async def _nothing_follows(self) -> None:
        if self._held is not None:
            await self._close(self._held)

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
        return portion.receipt(await self._left(portion.intent, portion.total(outside)))

    def _open_portion(self) -> ChangePortion:
        if self._portion is None:
            self._portion = ChangePortion(self._of.intend(self._access, self._permission, self._first), self._of.salts.take())
        return self._portion

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


class Subscribing(Lasting):
    """Carries changes; the log and the cursors are what is written."""

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
        super().__init__(permit, identities, watches, ledger, clock)
        self.cursors, self.tally, self.acknowledging = cursors, tally, Acknowledging(cursors)
        self.is_over = False

    async def run(self, caller: Caller, wanted: Following, time_left: float | None) -> AsyncGenerator[bytes, None]:
        """Yield the parts of a subscription, serialised; `time_left` is the caller's deadline in seconds, None where it has none."""
        access, permission = await self.permitted(caller, wanted, time_left)
        live = permission.live
        who = Subscriber(caller, live, change_edition(live, [field.name for field in permission.fields]))
        place = await asyncio.to_thread(self.cursors.set_back if wanted.from_beginning else self.cursors.begin, who, permission.place)
        async with aclosing(self.parts(_Course(self, access, permission, who, place), self.tally)) as parts:
            async for part in parts:
                yield part

    def check_again(self, access: Access, permission: Permission) -> None:
        """Raise what an open subscription ends with; its consumer goes on elsewhere, or when the hub is back."""
        if self.is_over:
            raise SUBSCRIPTIONS_STOP(step=RELEASE.place, retry_after=1.0)
        super().check_again(access, permission)

    def end(self) -> None:
        """Let every subscription end within a moment."""
        self.is_over = True
