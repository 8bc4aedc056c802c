"""Group commit for the data plane: records that wait at the same time share one transaction. Where many wait, a flush waits for more (ADR 0011).

Contract: when `append` returns, the record is durable. When it raises, nothing may be released; the record is not in the log, unless the answer
to a commit was lost, which alone leaves that open: `Pending.settled` hears it once it is certain. A caller that is cancelled learns nothing; its
record is written all the same, since what it accounts for may have begun.
"""

import asyncio
import copy
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import Final

from audit.commitment import Commitment
from audit.log import AuditLog
from audit.model import Event, Receipt
from audit.pending import Doubt, Pending, PendingEvent, PendingOutcome, Settled, Waiting, event_of, settle, split
from audit.reasons.records import LOG_BUSY, LOG_STOPPING, LOG_UNWRITTEN
from audit.store import MovedError, RecordStore
from hub.db import Database, Lasting
from hub.errors import ShuniuError, UnavailableError

log = logging.getLogger(__name__)
# A bound on memory and on waiting: behind so many, a caller hears at once that the log is busy.
LONGEST_QUEUE: Final = 20_000
# The tree stays locked for a whole batch, and other writers wait for it.
LARGEST_BATCH: Final = 1_024
SMALL_SIZE: Final = 4
"""While fewer records are unanswered, each flush begins at once: a single caller never waits for another."""
AGE_PER_RECORD: Final = 0.000_25
"""Otherwise a flush waits so many seconds for each unanswered record, so that more of them share it."""
LONGEST_AGE: Final = 0.005
INTENT_AGE: Final = 0.01
"""Intents alone wait so many seconds for others, mostly for their own outcome: a single caller pays for one commit, not for two."""
STOP_SECONDS: Final = 10
DOUBT_SECONDS: Final = 1.0
"""After a commit without an answer the writer looks again so often whether it took place, also while nothing else is to be written."""


class GroupCommitter:
    """One writer thread, one batch at a time; what arrives meanwhile is the next batch. All but `stop` is for the event loop's thread."""

    def __init__(self, db: Database, audit_log: AuditLog, offer: Callable[[int, Sequence[Commitment]], object] = lambda _first, _done: None) -> None:
        """Take the database, the log, and who is offered what was committed; `start` must be called in the event loop that appends."""
        self._db = db
        self._offer = offer
        self._log = audit_log
        self._next: list[Waiting] = []
        self._batches: SimpleQueue[list[Waiting] | None] = SimpleQueue()
        self._size = 0  # records without an answer: those of the next batch and those with the writer
        self._writing = False
        self._is_urgent = False  # somebody waits for a record of the next batch
        self._doubt: Doubt | None = None  # set by the writer's thread alone
        self._flush_due: asyncio.Handle | None = None
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="audit-writer", daemon=True)

    def start(self) -> None:
        """Start the writer for the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """Let the writer finish its batch, refuse what waits behind it, end the writer. May be called from any thread."""
        loop = self._loop
        if loop is None:
            return
        # From another thread the loop has to do it. In its own thread, or where it has ended, it is done here.
        if loop.is_running() and _running_loop() is not loop:
            with suppress(RuntimeError):  # it was closed at this very moment: nobody appends any more
                loop.call_soon_threadsafe(self._refuse_more)
        else:
            self._refuse_more()
        self._thread.join(timeout=STOP_SECONDS)

    async def append(self, event: Event) -> Receipt:
        """Return once the event is durable; raise UnavailableError when it cannot be."""
        return await self._add(PendingEvent(written=self._future(), event=event)).written

    def submit(self, intent: Event, settled: Settled | None = None) -> Pending:
        """Queue an intent and return at once: nobody waits for it yet, so it may share a commit with what comes within `INTENT_AGE`."""
        return self._add(PendingEvent(written=self._future(), event=intent, settled=settled), urgent=False)

    def close(self, intent: Pending, outcome: Callable[[int], Event], settled: Settled | None = None) -> Pending:
        """Queue what closes an intent, durable already or not: the log never holds the outcome without its intent, which stands before it.

        `outcome` makes the event out of the intent's index, in the writer's thread.
        """
        return self._add(PendingOutcome(written=self._future(), intent=intent, outcome=outcome, settled=settled))

    def _future(self) -> "asyncio.Future[Receipt]":
        if self._loop is None or self._stopping:
            raise _stop_error()
        return self._loop.create_future()

    def _add(self, pending: Waiting, *, urgent: bool = True) -> Pending:
        if self._size >= LONGEST_QUEUE:
            raise LOG_BUSY(retry_after=1.0)
        self._size += 1
        self._next.append(pending)
        if urgent and not self._is_urgent:
            self._is_urgent = True
            if self._flush_due is not None:  # planned for intents alone
                self._flush_due.cancel()
                self._flush_due = None
        if self._flush_due is None and not self._writing:
            self._plan_flush()
        return pending

    def _plan_flush(self) -> None:
        """Set when the next batch goes to the writer: at the end of this turn of the loop, or, where many wait, a little later."""
        if self._loop is None:
            return
        if not self._is_urgent:
            self._flush_due = self._loop.call_later(INTENT_AGE, self._flush)
        elif self._size < SMALL_SIZE:
            self._flush_due = self._loop.call_soon(self._flush)
        else:
            self._flush_due = self._loop.call_later(min(self._size * AGE_PER_RECORD, LONGEST_AGE), self._flush)

    def _flush(self) -> None:
        batch, self._next = self._next[:LARGEST_BATCH], self._next[LARGEST_BATCH:]
        self._is_urgent = bool(self._next)  # what a full batch left over is not looked through for one that somebody waits for
        self._flush_due, self._writing = None, True  # touched by the loop's thread alone, so without a lock
        self._batches.put(batch)

    def _refuse_more(self) -> None:
        """Stop taking events; in the loop's own thread, so that nothing can come behind the end mark."""
        if self._stopping:
            return
        self._stopping = True
        if self._flush_due is not None:
            self._flush_due.cancel()
        waiting, self._next = self._next, []
        self._batches.put(None)
        for one in waiting:
            one.result = _stop_error()
        with suppress(RuntimeError):  # the loop was closed over its callers
            self._answer(waiting)

    def _run(self) -> None:
        try:
            with self._db.lasting() as lasting:
                self._write_batches(lasting)
        except ShuniuError as error:
            log.error("the log's writer cannot reach the database: %s", error.message)  # noqa: TRY400 - the text says it all
            self._write_batches(self._db)

    def _write_batches(self, database: Lasting | Database) -> None:
        while (batch := self._batches.get()) is not None:
            self._write(database, batch)
            with suppress(RuntimeError):  # the loop was closed over its callers
                if self._loop is not None:
                    self._loop.call_soon_threadsafe(self._finish, batch)

    def _write(self, database: Lasting | Database, batch: Sequence[Waiting]) -> None:
        """Write the batch; set the result of each record: its receipt, once all are durable, or why it is not in the log.

        Leaves are made here and not where the events come from: a batch of them in a row costs half of what it costs one at a time.
        """
        if not self._resolve(database, batch) or not batch:
            return
        ready, dependent = split(batch)
        results: list[Receipt | ShuniuError]
        prepared: list[Commitment] = []
        first: int | None = None
        try:
            known = [self._prepare(one, 0) for one in ready]  # their index does not depend on this batch
            with database.begin() as tx:
                start, prepared = self._append(RecordStore(tx, self._log.memory), known, dependent)
                first = start  # behind this, an error comes out of the commit itself
        except Exception as error:  # noqa: BLE001 - the thread goes on: without it every later record would wait for ever
            # One transaction, one answer: nothing of this batch is in the log, or all of it where the commit was on its way.
            results = [_told(error)] * len(batch)
            if first is not None and prepared:
                self._doubt = Doubt(first, (*ready, *dependent), prepared)
        else:
            results = [Receipt(self._log.origin, index, one.leaf_hash) for index, one in enumerate(prepared, start)]
            self._offer(start, prepared)
        # Fewer than the batch where an intent had failed before: `split` gave its outcome the same error.
        for one, result in zip((*ready, *dependent), results, strict=False):
            one.result, one.is_unsure = result, self._doubt is not None

    def _append(self, store: RecordStore, known: Sequence[Commitment], dependent: Sequence[Waiting]) -> tuple[int, list[Commitment]]:
        """Add the batch; return the index of its first record, and its records. Nearly always the log ends where this process left it."""
        for place in (store.expect, store.lock):
            start = place()
            added = [*known, *(self._prepare(one, start) for one in dependent)]
            with suppress(MovedError):
                store.append(added)
                break
        return start, added

    def _prepare(self, one: Waiting, first: int) -> Commitment:
        """Make the leaf of a record. An outcome speaks of the intent's subject, whose pseudonym is known by then."""
        event = event_of(one, first)
        if isinstance(one, PendingEvent):
            prepared = self._log.prepare(event)
            one.pseudonym = prepared.pseudonym
            return prepared
        intent = one.intent
        is_same = isinstance(intent, PendingEvent) and event.subject is intent.event.subject
        return self._log.prepare(event, intent.pseudonym if is_same else None)

    def _resolve(self, database: Lasting | Database, batch: Sequence[Waiting]) -> bool:
        """Find out whether the last commit took place, where that is open; while it is, refuse the batch: its outcomes may depend on it."""
        doubt = self._doubt
        if doubt is None:
            return True
        try:
            with database.begin() as tx:
                store = RecordStore(tx, self._log.memory)
                # With the tree locked: what a server that was frozen still had to commit, it has committed. A leaf has a salt of its own.
                there = store.lock() > doubt.first and [*store.leaves(doubt.first, doubt.first + 1)] == [(doubt.first, doubt.prepared[0].leaf)]
        except Exception as error:  # noqa: BLE001 - as for a batch; this error says nothing about the one in doubt
            refused = _told(error)
            for one in batch:
                one.result = refused
            return False
        self._doubt = None
        for index, (one, prepared) in enumerate(zip(doubt.batch, doubt.prepared, strict=True), doubt.first):
            one.is_unsure = False
            if there:
                one.result = Receipt(self._log.origin, index, prepared.leaf_hash)
        with suppress(RuntimeError):  # the loop was closed over its callers
            if self._loop is not None:
                self._loop.call_soon_threadsafe(settle, doubt.batch)
        return True

    def _finish(self, batch: Sequence[Waiting]) -> None:
        """Answer the batch that was written and plan the next flush."""
        self._writing = False
        self._answer(batch)
        if self._next:
            self._plan_flush()
        elif self._doubt is not None and self._loop is not None:
            self._loop.call_later(DOUBT_SECONDS, self._look_again)

    def _look_again(self) -> None:
        """Let the writer resolve its doubt where nothing else makes it: an empty batch is enough."""
        if self._doubt is not None and self._flush_due is None and not self._writing and not self._stopping:
            self._flush()

    def _answer(self, batch: Sequence[Waiting]) -> None:
        self._size -= len(batch)
        for one in batch:
            # Its caller was cancelled or gave up. The record is in the log all the same.
            if one.written.done():
                pass
            elif isinstance(one.result, Receipt):
                one.written.set_result(one.result)
            else:
                one.written.set_exception(copy.copy(one.result or LOG_UNWRITTEN(retry_after=1.0)))  # each caller raises its own: they may add to it
                one.written.exception()  # nobody waits for an intent, and asyncio would complain about an error that nobody took
        settle(batch)


def _told(error: Exception) -> ShuniuError:
    """Return what callers hear of an error; one that nobody foresaw goes to the server's log."""
    if isinstance(error, ShuniuError):
        return error
    log.error("the log's writer failed", exc_info=error)
    return LOG_UNWRITTEN(retry_after=1.0)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _stop_error() -> UnavailableError:
    return LOG_STOPPING(retry_after=2.0)
