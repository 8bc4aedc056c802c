"""Group commit for the data plane: take all that waits, commit it once, tell every waiter, repeat. No timer.

Contract: when `append` returns, the record is durable. When it raises, the record is not in the log and nothing may be released.
"""

import asyncio
import logging
import threading
from queue import SimpleQueue
from typing import Final

from audit.commitment import Prepared
from audit.log import AuditLog
from audit.model import Event, Receipt
from audit.store import RecordStore
from hub.db import Database
from hub.errors import ShuniuError, UnavailableError

log = logging.getLogger(__name__)
LONGEST_QUEUE: Final = 20_000
LARGEST_BATCH: Final = 1_024
_Waiter = tuple[Prepared, "asyncio.Future[Receipt]"]


class GroupCommitter:
    """One writer thread, one batch under way; whatever arrives meanwhile is the next batch."""

    def __init__(self, db: Database, audit_log: AuditLog) -> None:
        """Take the database and the pen; `start` must be called in the event loop that appends."""
        self._db = db
        self._log = audit_log
        self._waiting: list[_Waiter] = []
        self._busy = False
        self._batches: SimpleQueue[list[_Waiter] | None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._write, name="audit-writer", daemon=True)

    def start(self) -> None:
        """Start the writer for the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """Let the batch under way finish, then end the writer; what still waits is refused."""
        self._batches.put(None)
        self._thread.join(timeout=10)
        self._loop = None
        for _, future in self._waiting:
            if not future.done():
                future.set_exception(_stopped())
        self._waiting.clear()

    async def append(self, event: Event) -> Receipt:
        """Return once the event is durable; raise UnavailableError when it cannot be."""
        return await self.submit(event)

    def submit(self, event: Event) -> "asyncio.Future[Receipt]":
        """Queue the event and return at once; the future is done when the event is durable. Call it in the event loop only."""
        if self._loop is None:
            raise _stopped()
        if len(self._waiting) >= LONGEST_QUEUE:
            raise UnavailableError("the access log cannot keep up", zh="访问日志繁忙", next_action="retry", retry_after=1.0)
        future: asyncio.Future[Receipt] = self._loop.create_future()
        self._waiting.append((self._log.prepare(event), future))
        if not self._busy:
            self._hand_over()
        return future

    def _hand_over(self) -> None:
        batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
        self._busy = bool(batch)
        if batch:
            self._batches.put(batch)

    def _write(self) -> None:
        while (batch := self._batches.get()) is not None:
            outcome: int | ShuniuError
            try:
                with self._db.begin() as tx:
                    outcome = RecordStore(tx).append([prepared for prepared, _ in batch])
            except ShuniuError as error:
                outcome = error
            except Exception:
                log.exception("the log's writer failed")
                outcome = UnavailableError(
                    "the access log cannot be written; nothing was released", zh="访问日志无法写入，未提供任何数据", next_action="retry"
                )
            loop = self._loop
            if loop is None or loop.is_closed():
                return
            loop.call_soon_threadsafe(self._tell, batch, outcome)

    def _tell(self, batch: list[_Waiter], outcome: int | ShuniuError) -> None:
        for offset, (prepared, future) in enumerate(batch):
            if future.done():
                continue
            if isinstance(outcome, ShuniuError):
                future.set_exception(outcome)
            else:
                future.set_result(Receipt(self._log.origin, outcome + offset, prepared.leaf_hash))
        self._hand_over()


def _stopped() -> UnavailableError:
    return UnavailableError("the hub is stopping", zh="枢纽正在停止", next_action="retry", retry_after=2.0)
