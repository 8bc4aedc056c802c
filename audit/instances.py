"""A hub process as a writer of intents, and what a start does about those that died before it.

A process has an id, which stands in each of its intents, and a row from its start to its end. The row says below which index all its intents have
their outcome. A process that ends with every outcome written takes its row out; one that is killed leaves it. Before the doors open, the next
start gives the open intents of the dead an outcome, INTERRUPTED, and takes their rows out in the same transaction: a kill in the middle of that
leaves everything to the start after it, and no intent gets two.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

from audit.commitment import Commitment
from audit.log import AuditLog
from audit.model import Record
from audit.outcomes import OpenIntents, interruption
from audit.store import RecordStore
from audit.store.instances import InstanceEntry, InstanceStore
from hub.clock import Clock
from hub.db import Database, Tx
from hub.errors import IntegrityError, ShuniuError

log = logging.getLogger(__name__)
ROUND: Final = 2.0
"""Seconds between two looks at how far the row may move on. What a start has to read grows by the traffic of one round: a third of a second."""


def dead_of(known: Sequence[InstanceEntry], own: str) -> list[InstanceEntry]:
    """Return the processes that can write no outcome any more."""
    # One process serves a database, by the lock that `Database.hold` took, so whoever else has a row is dead. Once several serve one, each is to
    # hold an advisory lock of its own id for its life: dead is then whose lock can be taken. A time of last sight would not do, because a
    # process that was stopped and goes on would write a second outcome.
    return [one for one in known if one.instance != own]


class Instance:
    """One process. `begin` and `end` are for the event loop's thread; things that are open are the exchange's own (intents)."""

    def __init__(self, db: Database, audit_log: AuditLog, clock: Clock, instance: str) -> None:
        """Take the database, the log, the clock, and the id of this process, a ULID."""
        self._db, self._log, self._clock = db, audit_log, clock
        self.id = instance
        self._open: dict[object, int] = {}
        self._abandoned: int | None = None
        self._written = 0
        self._task: asyncio.Task[None] | None = None

    def begin(self, thing: object) -> None:
        """Take note of an intent that is on its way into the log. Its index is unknown yet, and not below what is committed now."""
        self._open[thing] = self._log.memory.size

    def begin_again(self, thing: object) -> None:
        """Take note that something is to be written about it still; it stands behind all that began before."""
        self.end(thing)
        self.begin(thing)

    def end(self, thing: object) -> None:
        """Take note that nothing is left to be written about it. Doing so twice does no harm."""
        self._open.pop(thing, None)

    def abandon(self, thing: object) -> None:
        """Leave it to the next start: this process will write no outcome of it."""
        below = self._open.pop(thing, None)
        if below is not None and self._abandoned is None:
            self._abandoned = below

    @property
    def open(self) -> int:
        """Return how many are open."""
        return len(self._open)

    @property
    def closed_below(self) -> int:
        """Return below which index every intent of this process has its outcome."""
        # They stand in the order in which they began, and the log only grows, so the first has the lowest.
        first = next(iter(self._open.values()), self._log.memory.size)
        if self._abandoned is not None:
            first = min(first, self._abandoned)
        return max(first, self._written)  # the log's size is unknown to the memory until the first record

    def enter(self) -> int:
        """Close what dead processes left open and add this one; return how many intents that were. To be called before anybody can write one.

        A log that takes no record any more is left as it is: it is evidence, and nobody can write an intent into it either.
        """
        try:
            return self._enter()
        except IntegrityError as error:
            log.error("open intents are left to the next start: %s", error.message)  # noqa: TRY400 - the text says it all
            return 0

    def _enter(self) -> int:
        with self._db.begin() as tx:
            records, rows = RecordStore(tx, self._log.memory), InstanceStore(tx)
            # Locked before anything is read: a commit that a dead process had sent has then taken place, or never will.
            size = records.lock()
            closed = self._outcomes(tx, dead_of(rows.all(), self.id), size)
            if closed:
                records.append(closed)
            rows.enter(InstanceEntry(self.id, size), self._clock.now())
        self._written = size
        return len(closed)

    def start(self) -> None:
        """Move the row on every `ROUND` seconds from now on, in the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def leave(self) -> None:
        """Take the row out where every intent has its outcome; otherwise it stays, and the next start closes them. The log's writer has ended."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._open or self._abandoned is not None:
            log.warning("intents without an outcome are left to the next start: at least %d", max(1, self.open))
            return
        try:
            await asyncio.to_thread(self._leave)
        except ShuniuError as error:
            log.warning("the next start looks for open intents of this process: %s", error.message)

    def _leave(self) -> None:
        with self._db.begin() as tx:
            InstanceStore(tx).leave(self.id)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(ROUND)
            below = self.closed_below  # here, since the loop's thread alone changes what is open
            if below == self._written:
                continue
            try:
                await asyncio.to_thread(self._move, below)
            except ShuniuError as error:  # the database is away; the next round tries again
                log.debug("the row of this process was not moved on: %s", error.message)
            except Exception:
                log.exception("the row of this process could not be moved on")

    def _move(self, below: int) -> None:
        with self._db.begin() as tx:
            InstanceStore(tx).move(InstanceEntry(self.id, below))
        self._written = below

    def _outcomes(self, tx: Tx, dead: Sequence[InstanceEntry], size: int) -> list[Commitment]:
        """Return the outcomes that the dead did not write, and take their rows out."""
        found, now = open_intents(tx, dead, size), self._clock.now()
        prepared = [self._log.prepare(interruption(one, now), one.pseudonym) for each in found for one in each.closable]
        unclear = [index for each in found for index in each.unclear]
        if unclear:
            log.warning("intents stay without an outcome, because a record behind them cannot be read: %s", unclear[:20])
        for one in dead:
            InstanceStore(tx).leave(one.instance)
            log.warning("the hub process %s ended without a word; intents closed as interrupted: %d", one.instance, len(prepared))
        return prepared


def open_intents(tx: Tx, dead: Sequence[InstanceEntry], size: int) -> list[OpenIntents]:
    """Read the log from where the first of these processes may have left an intent open."""
    found = [OpenIntents(one.instance) for one in dead]
    for record in _records(tx, min((one.closed_below for one in dead), default=size), size):
        for one in found:
            one.skip() if record is None else one.read(record)
    return found


def _records(tx: Tx, start: int, end: int) -> Iterator[Record | None]:
    """Yield the records from `start` to before `end`, None in the place of what is damaged or missing: damage raises an alarm and stops no start."""
    expected, store = start, RecordStore(tx)
    for index, stored in store.range(start, end):
        if index != expected:
            yield None
        try:
            yield store.record_of(index, stored)
        except IntegrityError:
            yield None
        expected = index + 1
    if expected < end:
        yield None
