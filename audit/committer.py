"""Group commit for the data plane: take all that waits, commit it once, tell every waiter, repeat. Only a crowd waits for company.

Contract: when `append` returns, the record is durable. When it raises, the record is not in the log and nothing may be released.
A waiter that is cancelled learns nothing; its record is written all the same, since what it accounts for may have begun.
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
from audit.store import RecordStore
from hub.db import Database, Lasting
from hub.errors import ShuniuError, UnavailableError

log = logging.getLogger(__name__)
LONGEST_QUEUE: Final = 20_000
LARGEST_BATCH: Final = 1_024
CROWD: Final = 4
COMPANY_SECONDS: Final = 0.000_25
"""Where at least CROWD events are unanswered, a commit waits so long for each of them, so that more of them share it (ADR 0011)."""
LONGEST_COMPANY: Final = 0.005
STOP_SECONDS: Final = 10


@dataclass(slots=True, eq=False)
class Pending:
    """A record on its way into the log. `written` is done when it is durable; cancelling it takes nothing back."""

    event: Event | Callable[[int], Event]
    """The event, or what makes it out of the index of the intent that it closes."""
    written: "asyncio.Future[Receipt]"
    intent: "Pending | None" = None
    fate: Receipt | ShuniuError | None = None
    place: int = 0
    """What became of it and its place in its batch: for the writer's thread, until it is told."""

    def made(self, first: int) -> Event:
        """Return the event; `first` is the index of the batch, whose intents have no other yet."""
        if isinstance(self.event, Event):
            return self.event
        if self.intent is None:
            raise UnavailableError("what closes an intent names it", zh="结果记录缺少意图记录")
        fate = self.intent.fate
        return self.event(fate.index if isinstance(fate, Receipt) else first + self.intent.place)


class GroupCommitter:
    """One writer thread, one batch under way; whatever arrives meanwhile is the next batch. All but `stop` is for the event loop's thread."""

    def __init__(self, db: Database, audit_log: AuditLog) -> None:
        """Take the database and the pen; `start` must be called in the event loop that appends."""
        self._db = db
        self._log = audit_log
        self._fresh: list[Pending] = []
        self._queue: SimpleQueue[list[Pending] | None] = SimpleQueue()
        self._unanswered = 0
        self._under_way = False
        self._due: asyncio.Handle | None = None
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._write, name="audit-writer", daemon=True)

    def start(self) -> None:
        """Start the writer for the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """Let the batch under way finish, refuse what still waits, end the writer. May be called from any thread."""
        loop = self._loop
        if loop is None:
            return
        if loop.is_running() and _running_loop() is not loop:
            with contextlib.suppress(RuntimeError):  # it was closed at this very moment: nobody appends any more
                loop.call_soon_threadsafe(self._close)
        else:
            self._close()
        self._thread.join(timeout=STOP_SECONDS)

    async def append(self, event: Event) -> Receipt:
        """Return once the event is durable; raise UnavailableError when it cannot be."""
        return await self.submit(event).written

    def submit(self, event: Event) -> Pending:
        """Queue the event and return at once. Call it in the event loop only."""
        return self._queued(event, None)

    def close(self, intent: Pending, outcome: Callable[[int], Event]) -> Pending:
        """Queue what closes an intent, durable already or not: the log never holds the outcome without its intent, which stands before it.

        `outcome` makes the event out of the intent's index, in the writer's thread.
        """
        return self._queued(outcome, intent)

    def _queued(self, event: Event | Callable[[int], Event], intent: Pending | None) -> Pending:
        if self._loop is None or self._stopping:
            raise _stopped()
        if self._unanswered >= LONGEST_QUEUE:
            raise UnavailableError("the access log cannot keep up", zh="访问日志繁忙", next_action="retry", retry_after=1.0)
        pending = Pending(event, self._loop.create_future(), intent)
        self._unanswered += 1
        self._fresh.append(pending)
        if self._due is None and not self._under_way:
            self._plan(self._loop)
        return pending

    def _plan(self, loop: asyncio.AbstractEventLoop) -> None:
        """Set when the writer gets what is fresh: at the end of this turn of the loop, or, in a crowd, a little later and more at once."""
        if self._unanswered < CROWD:
            self._due = loop.call_soon(self._hand_over)
        else:
            self._due = loop.call_later(min(self._unanswered * COMPANY_SECONDS, LONGEST_COMPANY), self._hand_over)

    def _hand_over(self) -> None:
        batch, self._fresh = self._fresh[:LARGEST_BATCH], self._fresh[LARGEST_BATCH:]
        self._due, self._under_way = None, True
        self._queue.put(batch)

    def _close(self) -> None:
        """Stop taking events; in the loop's own thread, so that nothing can come behind the end mark."""
        if self._stopping:
            return
        self._stopping = True
        if self._due is not None:
            self._due.cancel()
        refused, self._fresh = self._fresh, []
        self._queue.put(None)
        for one in refused:
            one.fate = _stopped()
        with contextlib.suppress(RuntimeError):  # the loop was closed over its waiters
            self._tell(refused)

    def _write(self) -> None:
        try:
            with self._db.lasting() as lasting:
                self._serve(lasting)
        except ShuniuError as error:
            log.error("the log's writer cannot reach the database: %s", error.message)  # noqa: TRY400 - the text says it all
            self._serve(self._db)

    def _serve(self, database: Lasting | Database) -> None:
        while (batch := self._queue.get()) is not None:
            self._commit(database, batch)
            with contextlib.suppress(RuntimeError):  # the loop was closed over its waiters
                if self._loop is not None:
                    self._loop.call_soon_threadsafe(self._told, batch)

    def _commit(self, database: Lasting | Database, batch: Sequence[Pending]) -> None:
        """Write the batch; note with each record its receipt, once all are durable, or why it is not in the log.

        Leaves are made here and not where the events come from: a batch of them in a row costs half of what it costs one at a time.
        """
        ready, late = _sorted(batch)
        fates: list[Receipt | ShuniuError]
        try:
            prepared = [self._log.prepare(one.made(0)) for one in ready]
            with database.begin() as tx:
                store = RecordStore(tx)
                first = store.lock()
                prepared += [self._log.prepare(one.made(first)) for one in late]
                store.append(prepared)
        except ShuniuError as error:
            fates = [error] * len(batch)
        except Exception:
            log.exception("the log's writer failed")
            fates = [_unwritten()] * len(batch)
        else:
            fates = [Receipt(self._log.origin, index, one.leaf_hash) for index, one in enumerate(prepared, first)]
        for one, fate in zip((*ready, *late), fates, strict=False):
            one.fate = fate

    def _told(self, batch: Sequence[Pending]) -> None:
        """Answer the batch that was under way and begin the next."""
        self._under_way = False
        self._tell(batch)
        if self._fresh and self._loop is not None:
            self._plan(self._loop)

    def _tell(self, batch: Sequence[Pending]) -> None:
        self._unanswered -= len(batch)
        for one in batch:
            written, fate = one.written, one.fate
            if written.done():
                continue
            if isinstance(fate, Receipt):
                written.set_result(fate)
            else:
                written.set_exception(copy.copy(fate or _unwritten()))  # each waiter raises its own: they may add to it
                written.exception()  # nobody waits for an intent, and asyncio would complain about an error that nobody took


def _sorted(batch: Sequence[Pending]) -> tuple[list[Pending], list[Pending]]:
    """Return what can be written and, to come behind it, what closes an intent of this very batch; what closes a lost intent shares its fate."""
    ready: list[Pending] = []
    late: list[Pending] = []
    for one in batch:
        intent = one.intent
        if intent is None or isinstance(intent.fate, Receipt):
            one.place = len(ready)
            ready.append(one)
        elif intent.fate is None:
            late.append(one)
        else:
            one.fate = intent.fate
    return ready, late


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _stopped() -> UnavailableError:
    return UnavailableError("the hub is stopping", zh="枢纽正在停止", next_action="retry", retry_after=2.0)


def _unwritten() -> UnavailableError:
    return UnavailableError(
        "the access log cannot be written; nothing was released", zh="访问日志无法写入，未提供任何数据", next_action="retry", retry_after=1.0
    )
