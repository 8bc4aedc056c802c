"""The sender: takes what is due from the outbox, one target at a time each, and tries again what did not go through.

A target is claimed by one UPDATE, for as long as one attempt may take; so of several processes one sends to it, and after a kill another goes on
when the claim is over. What is sent is marked in a transaction of its own when the receiver has acknowledged it. A kill between the two repeats the
message under the same id (at least once); nothing that is marked is sent again.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from hub.clock import Clock
from hub.db import Database, Tx
from hub.errors import ShuniuError
from hub.ids import Ids
from work.mail import ATTEMPT as MAIL_SECONDS
from work.mail import Letter, Mail
from work.model import Delivery, DeliveryTarget, UndeliveredError, body_of, pause
from work.store import DEAD, TO_SEND, DeliveryStore, TargetStore
from work.webhook import ATTEMPT as WEBHOOK_SECONDS
from work.webhook import Webhooks

log = logging.getLogger(__name__)
SLOTS: Final = 16
"""Targets to which is sent at a time."""
SLOTS_EACH: Final = 2
"""Of one department."""
IN_A_ROW: Final = 50
"""Messages to one target before another has its turn."""
POLL: Final = 2.0
"""Seconds between two looks for what became due; an event of this process wakes the sender at once."""
THREADS: Final = 4
"""Threads in which the sender's transactions run."""
LOOKED_AT: Final = 128
"""Targets of one look."""
COUNT: Final = timedelta(seconds=10)
"""How often is counted what waits and what is dead."""
_SLACK: Final = timedelta(seconds=5)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Channels:
    """By which ways the hub sends; None: not at all."""

    webhooks: Webhooks | None = None
    mail: Mail | None = None


@dataclass(slots=True)
class Standing:
    """How much waits and is dead, as it was counted last; what this process has sent, and how many attempts have failed, since its start."""

    waiting: int = 0
    dead: int = 0
    sent: int = 0
    failed: int = 0


class Sender:
    """Sends what is due, until it is stopped."""

    def __init__(self, db: Database, clock: Clock, ids: Ids, channels: Channels, *, lease: timedelta | None = None) -> None:
        """Take the database, the clock, the maker of claims, and the ways. `lease` is how long a claim holds, if not for one attempt."""
        self._db, self._clock, self._ids, self._channels, self._lease = db, clock, ids, channels, lease
        self._threads = ThreadPoolExecutor(THREADS, "outbox")
        self._serving: dict[str, asyncio.Task[None]] = {}
        self._departments: Counter[str] = Counter()
        # What was acknowledged and could not be marked because the database did not answer: marked before anything else is sent there.
        self._unmarked: dict[str, list[str]] = {}
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._counted: datetime | None = None
        self.standing = Standing()

    def start(self) -> None:
        """Begin, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run())

    async def stop(self) -> None:
        """End what is under way; what was not acknowledged yet is sent again by the next start."""
        tasks = [one for one in (self._task, *self._serving.values()) if one is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._threads.shutdown)  # what is being marked is marked

    def wake(self) -> None:
        """Look at once; from whatever thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._woken.set)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._begin_what_is_due()
                await self._count()
            except ShuniuError as error:
                log.warning("the outbox was not looked at: %s", error.message)
            # Not wait_for, which in Python 3.11 loses a cancellation that comes together with the event: the hub would not stop.
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._woken.wait()

    async def _begin_what_is_due(self) -> None:
        ways = {"webhooks": self._channels.webhooks is not None, "mail": self._channels.mail is not None}
        if len(self._serving) >= SLOTS:
            return  # whichever ends wakes us
        at = self._clock.now()
        for target, department in await self._reading(lambda tx: TargetStore(tx).due(at, LOOKED_AT, **ways)):
            # A department whose receivers hang has two of the slots, however many targets it sets.
            if len(self._serving) < SLOTS and target not in self._serving and self._departments[department] < SLOTS_EACH:
                self._departments[department] += 1
                self._serving[target] = asyncio.get_running_loop().create_task(self._serve(target, department))

    async def _count(self) -> None:
        at = self._clock.now()
        if self._counted is None or abs(at - self._counted) >= COUNT:
            counts = await self._reading(lambda tx: DeliveryStore(tx).counts())
            self.standing.waiting, self.standing.dead = counts[TO_SEND], counts[DEAD]
            self._counted = at

    async def _serve(self, target_id: str, department: str) -> None:
        claim = self._ids.new(self._clock.now())
        try:
            target = await self._claimed(target_id, claim)
            if target is not None:
                try:
                    await self._send_to(target, claim)
                finally:
                    await self._writing(lambda tx: TargetStore(tx).release(target_id, claim))
        except ShuniuError as error:
            log.warning("a target of deliveries was left for now: %s", error.message)
        finally:
            del self._serving[target_id]
            self._departments[department] -= 1
            if not self._departments[department]:
                del self._departments[department]
            self._woken.set()

    async def _claimed(self, target_id: str, claim: str) -> DeliveryTarget | None:
        at, lease = self._clock.now(), self._lease or timedelta(seconds=MAIL_SECONDS) + _SLACK
        return await self._writing(lambda tx: TargetStore(tx).claim(target_id, claim, at, lease))

    async def _send_to(self, target: DeliveryTarget, claim: str) -> None:
        if target.id in self._unmarked:
            await self._mark(target)
        for _ in range(IN_A_ROW):
            letters = await self._writing(lambda tx: self._take(tx, target, claim))
            if not letters or not await self._attempt(target, letters, claim):
                return

    def _take(self, tx: Tx, target: DeliveryTarget, claim: str) -> list[Delivery]:
        at, seconds = self._clock.now(), MAIL_SECONDS if target.email else WEBHOOK_SECONDS
        if not TargetStore(tx).prolong(target.id, claim, at + (self._lease or timedelta(seconds=seconds) + _SLACK)):
            return []
        store = DeliveryStore(tx)
        return store.letter_of(target.id, at, self._ids.new(at)) if target.email else store.next_of(target.id, at)

    async def _attempt(self, target: DeliveryTarget, letters: Sequence[Delivery], claim: str) -> bool:
        """Send once; tell whether it was acknowledged."""
        try:
            await self._send(target, letters)
        except UndeliveredError as error:
            await self._note_failure(target, letters, claim, str(error))
            return False
        except Exception as error:  # noqa: BLE001 - a fault of ours in one message must not stop the others, nor be tried without a pause
            log.error("a delivery failed by a fault of the hub: %s", type(error).__name__)  # noqa: TRY400 - the trace may hold addresses
            await self._note_failure(target, letters, claim, "INTERNAL")
            return False
        self._unmarked[target.id] = [one.id for one in letters]
        await self._mark(target)
        return True

    async def _send(self, target: DeliveryTarget, letters: Sequence[Delivery]) -> None:
        first, at = letters[0], self._clock.now()
        if target.email and self._channels.mail is not None:
            await self._channels.mail.send(Letter(first.letter, target.email, at, [one.content for one in letters]))
        elif target.webhook and self._channels.webhooks is not None:
            await self._channels.webhooks.send(target.webhook, first.id, body_of(first.id, first.content), at)
        else:
            raise UndeliveredError("NOT_SENT")

    async def _mark(self, target: DeliveryTarget) -> None:
        ids, at = self._unmarked[target.id], self._clock.now()

        def mark(tx: Tx) -> None:
            DeliveryStore(tx).delivered(ids)
            TargetStore(tx).note_delivered(target.id, at)

        await asyncio.shield(self._writing(mark))  # a stop that comes now must not forget that it arrived
        del self._unmarked[target.id]
        self.standing.sent += 1

    async def _note_failure(self, target: DeliveryTarget, letters: Sequence[Delivery], claim: str, fault: str) -> None:
        at, ids = self._clock.now(), [one.id for one in letters]

        def note(tx: Tx) -> None:
            failures = TargetStore(tx).note_fault(target.id, claim, fault)
            if failures is not None:
                TargetStore(tx).rest(target.id, at + pause(failures))
                DeliveryStore(tx).failed(target.id, ids, at, fault)

        await self._writing(note)
        self.standing.failed += 1

    async def _writing(self, act: Callable[[Tx], _T]) -> _T:
        def run() -> _T:
            with self._db.begin() as tx:
                return act(tx)

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    async def _reading(self, act: Callable[[Tx], _T]) -> _T:
        def run() -> _T:
            with self._db.read() as tx:
                return act(tx)

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)
