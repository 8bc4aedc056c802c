"""Group commit for the data plane: take all that waits, commit it once, tell every waiter, repeat. Only a crowd waits, a millisecond, for company.

Contract: when `append` returns, the record is durable. When it raises, the record is not in the log and nothing may be released.
A waiter that is cancelled learns nothing; its record is written all the same, since what it accounts for may have begun.
"""

import asyncio
import contextlib
import copy
import logging
import threading
import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import Final

from audit.commitment import Prepared
from audit.log import AuditLog
from audit.model import Event, Receipt
from audit.store import RecordStore
from hub.db import Database, Lasting
from hub.errors import ShuniuError, UnavailableError

log = logging.getLogger(__name__)
LONGEST_QUEUE: Final = 20_000
LARGEST_BATCH: Final = 1_024
CROWD: Final = 4
COMPANY_SECONDS: Final = 0.001
"""Where this many events wait, a commit waits so long for company: fewer commits, and on a machine that busy nobody waits longer for it."""
STOP_SECONDS: Final = 10
_Waiter = tuple[Prepared, "asyncio.Future[Receipt]"]


class GroupCommitter:
    """One writer thread, one batch under way; whatever arrives meanwhile is the next batch. All but `stop` is for the event loop's thread."""

    def __init__(self, db: Database, audit_log: AuditLog) -> None:
        """Take the database and the pen; `start` must be called in the event loop that appends."""
        self._db = db
        self._log = audit_log
        self._fresh: list[_Waiter] = []
        self._queue: SimpleQueue[list[_Waiter] | None] = SimpleQueue()
        self._unanswered = 0
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
        return await self.submit(event)

    def submit(self, event: Event) -> "asyncio.Future[Receipt]":
        """Queue the event and return at once; the future is done when the event is durable. Call it in the event loop only."""
        if self._loop is None or self._stopping:
            raise _stopped()
        if self._unanswered >= LONGEST_QUEUE:
            raise UnavailableError("the access log cannot keep up", zh="访问日志繁忙", next_action="retry", retry_after=1.0)
        prepared = self._log.prepare(event)
        future: asyncio.Future[Receipt] = self._loop.create_future()
        self._unanswered += 1
        if not self._fresh:
            self._loop.call_soon(self._hand_over)
        self._fresh.append((prepared, future))
        return future

    def _hand_over(self) -> None:
        """Give the writer what this turn of the loop has brought: waking it for each event would make it and the loop wait for each other."""
        fresh, self._fresh = self._fresh, []
        self._queue.put(fresh)

    def _close(self) -> None:
        """Stop taking events; in the loop's own thread, so that nothing can come behind the end mark."""
        if not self._stopping:
            self._stopping = True
            self._queue.put(self._fresh)
            self._queue.put(None)

    def _write(self) -> None:
        try:
            with self._db.lasting() as lasting:
                self._serve(lasting)
        except ShuniuError as error:
            log.error("the log's writer cannot reach the database: %s", error.message)  # noqa: TRY400 - the text says it all
            self._serve(self._db)

    def _serve(self, database: Lasting | Database) -> None:
        loop, going = self._loop, True
        while going and loop is not None:
            batch, going = self._take()
            if not batch:
                continue
            outcome = _stopped() if self._stopping else self._commit(database, [prepared for prepared, _ in batch])
            with contextlib.suppress(RuntimeError):  # the loop was closed over its waiters
                loop.call_soon_threadsafe(self._tell, batch, outcome)

    def _take(self) -> tuple[list[_Waiter], bool]:
        """Wait for events, take what else is there; False behind the last batch."""
        batch: list[_Waiter] = []
        part = self._queue.get()
        if self._unanswered >= CROWD and part is not None:
            time.sleep(COMPANY_SECONDS)
        with contextlib.suppress(Empty):
            while part is not None:
                batch += part
                if len(batch) >= LARGEST_BATCH:
                    return batch, True
                part = self._queue.get_nowait()
            return batch, False
        return batch, True

    def _commit(self, database: Lasting | Database, batch: Sequence[Prepared]) -> int | ShuniuError:
        """Return the index of the first record once all are durable, or why none of them is in the log."""
        try:
            with database.begin() as tx:
                return RecordStore(tx).append(batch)
        except ShuniuError as error:
            return error
        except Exception:
            log.exception("the log's writer failed")
            return UnavailableError(
                "the access log cannot be written; nothing was released", zh="访问日志无法写入，未提供任何数据", next_action="retry", retry_after=1.0
            )

    def _tell(self, batch: list[_Waiter], outcome: int | ShuniuError) -> None:
        self._unanswered -= len(batch)
        for offset, (prepared, future) in enumerate(batch):
            if future.done():
                continue
            if isinstance(outcome, ShuniuError):
                future.set_exception(copy.copy(outcome))  # each waiter raises its own: they may add to it
            else:
                future.set_result(Receipt(self._log.origin, outcome + offset, prepared.leaf_hash))


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _stopped() -> UnavailableError:
    return UnavailableError("the hub is stopping", zh="枢纽正在停止", next_action="retry", retry_after=2.0)
