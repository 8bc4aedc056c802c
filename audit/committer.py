"""Group commit for the data plane: records that wait at the same time share one transaction. Where many wait, a flush waits for more (ADR 0011).

Contract: when `append` returns, the record is durable. When it raises, the record is not in the log and nothing may be released.
A caller that is cancelled learns nothing; its record is written all the same, since what it accounts for may have begun.
"""

import asyncio
import contextlib
import copy
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

from audit.log import AuditLog
from audit.model import Event, Receipt
from audit.reasons.records import LOG_BUSY, LOG_STOPPING, LOG_UNWRITTEN
from audit.store import RecordStore
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
STOP_SECONDS: Final = 10


@dataclass(slots=True, eq=False, kw_only=True)
class Pending:
    """A record on its way into the log. `written` is done when it is durable; cancelling it takes nothing back.

    `result` and `position` (in its batch) belong to the writer's thread until the batch is answered.
    """

    written: "asyncio.Future[Receipt]"
    result: Receipt | ShuniuError | None = None
    position: int = 0


@dataclass(slots=True, eq=False, kw_only=True)
class PendingEvent(Pending):
    """An event that is known from the start."""

    event: Event


@dataclass(slots=True, eq=False, kw_only=True)
class PendingOutcome(Pending):
    """The outcome of an intent. It names the intent's index, so it is made once that is known."""

    intent: Pending
    outcome: Callable[[int], Event]


Waiting = PendingEvent | PendingOutcome


def event_of(one: Waiting, first: int) -> Event:
    """Return the event to be written. `first` is the index of the first record of its batch; an intent without a result stands in the same."""
    if isinstance(one, PendingEvent):
        return one.event
    result = one.intent.result
    return one.outcome(result.index if isinstance(result, Receipt) else first + one.intent.position)


class GroupCommitter:
    """One writer thread, one batch at a time; what arrives meanwhile is the next batch. All but `stop` is for the event loop's thread."""

    def __init__(self, db: Database, audit_log: AuditLog) -> None:
        """Take the database and the log; `start` must be called in the event loop that appends."""
        self._db = db
        self._log = audit_log
        self._next: list[Waiting] = []
        self._batches: SimpleQueue[list[Waiting] | None] = SimpleQueue()
        self._size = 0  # records without an answer: those of the next batch and those with the writer
        self._writing = False
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
            with contextlib.suppress(RuntimeError):  # it was closed at this very moment: nobody appends any more
                loop.call_soon_threadsafe(self._refuse_more)
        else:
            self._refuse_more()
        self._thread.join(timeout=STOP_SECONDS)

    async def append(self, event: Event) -> Receipt:
        """Return once the event is durable; raise UnavailableError when it cannot be."""
        return await self.submit(event).written

    def submit(self, event: Event) -> Pending:
        """Queue the event and return at once. Call it in the event loop only."""
        return self._add(PendingEvent(written=self._future(), event=event))

    def close(self, intent: Pending, outcome: Callable[[int], Event]) -> Pending:
        """Queue what closes an intent, durable already or not: the log never holds the outcome without its intent, which stands before it.

        `outcome` makes the event out of the intent's index, in the writer's thread.
        """
        return self._add(PendingOutcome(written=self._future(), intent=intent, outcome=outcome))

    def _future(self) -> "asyncio.Future[Receipt]":
        if self._loop is None or self._stopping:
            raise _stop_error()
        return self._loop.create_future()

    def _add(self, pending: Waiting) -> Pending:
        if self._size >= LONGEST_QUEUE:
            raise LOG_BUSY(retry_after=1.0)
        self._size += 1
        self._next.append(pending)
        if self._flush_due is None and not self._writing:
            self._plan_flush()
        return pending

    def _plan_flush(self) -> None:
        """Set when the next batch goes to the writer: at the end of this turn of the loop, or, where many wait, a little later."""
        if self._loop is None:
            return
        if self._size < SMALL_SIZE:
            self._flush_due = self._loop.call_soon(self._flush)
        else:
            self._flush_due = self._loop.call_later(min(self._size * AGE_PER_RECORD, LONGEST_AGE), self._flush)

    def _flush(self) -> None:
        batch, self._next = self._next[:LARGEST_BATCH], self._next[LARGEST_BATCH:]
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
        with contextlib.suppress(RuntimeError):  # the loop was closed over its callers
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
            with contextlib.suppress(RuntimeError):  # the loop was closed over its callers
                if self._loop is not None:
                    self._loop.call_soon_threadsafe(self._finish, batch)

    def _write(self, database: Lasting | Database, batch: Sequence[Waiting]) -> None:
        """Write the batch; set the result of each record: its receipt, once all are durable, or why it is not in the log.

        Leaves are made here and not where the events come from: a batch of them in a row costs half of what it costs one at a time.
        """
        ready, dependent = split(batch)
        results: list[Receipt | ShuniuError]
        try:
            prepared = [self._log.prepare(event_of(one, 0)) for one in ready]  # the index of these does not depend on this batch
            with database.begin() as tx:
                store = RecordStore(tx)
                first = store.lock()
                prepared += [self._log.prepare(event_of(one, first)) for one in dependent]
                store.append(prepared)
        except ShuniuError as error:
            # One transaction, one answer: whatever failed, nothing of this batch is in the log.
            results = [error] * len(batch)
        except Exception:  # the thread goes on: without it every later record would wait for ever
            log.exception("the log's writer failed")
            results = [LOG_UNWRITTEN(retry_after=1.0)] * len(batch)
        else:
            results = [Receipt(self._log.origin, index, one.leaf_hash) for index, one in enumerate(prepared, first)]
        # Fewer than the batch where an intent had failed before: `split` gave its outcome the same error.
        for one, result in zip((*ready, *dependent), results, strict=False):
            one.result = result

    def _finish(self, batch: Sequence[Waiting]) -> None:
        """Answer the batch that was written and plan the next flush."""
        self._writing = False
        self._answer(batch)
        if self._next:
            self._plan_flush()

    def _answer(self, batch: Sequence[Waiting]) -> None:
        self._size -= len(batch)
        for one in batch:
            # Its caller was cancelled or gave up. The record is in the log all the same.
            if one.written.done():
                continue
            if isinstance(one.result, Receipt):
                one.written.set_result(one.result)
            else:
                one.written.set_exception(copy.copy(one.result or LOG_UNWRITTEN(retry_after=1.0)))  # each caller raises its own: they may add to it
                one.written.exception()  # nobody waits for an intent, and asyncio would complain about an error that nobody took


def split(batch: Sequence[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    """Return what can be written at once, and the outcomes of intents of this very batch, which must come behind them.

    The outcome of an intent that was not written gets the intent's error.
    """
    ready: list[Waiting] = []
    dependent: list[Waiting] = []
    for one in batch:
        intent = one.intent if isinstance(one, PendingOutcome) else None
        if intent is None or isinstance(intent.result, Receipt):
            one.position = len(ready)
            ready.append(one)
        # In this batch, then: an intent is queued before its outcome, and what was queued earlier has been answered.
        elif intent.result is None:
            dependent.append(one)
        else:
            one.result = intent.result
    return ready, dependent


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _stop_error() -> UnavailableError:
    return LOG_STOPPING(retry_after=2.0)
