"""What the exchange writes to the access log: a refusal, or an intent and the one outcome that it gets, whatever happens.

The intent commits while the provider works (one wait less); the outcome is never committed before it. An outcome says `ok` when the answer
was released towards the caller (whether it arrived the hub cannot know), CANCELLED when the caller hung up before that, else the error's
reason.
"""

import asyncio
import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from audit.committer import GroupCommitter
from audit.fields import MAX_DETAIL
from audit.model import Actor, Event, Kind, Receipt
from brokerage.grants import LiveGrant
from catalog.model import Field
from exchange.model import Access
from exchange.reasons import LOG_TOO_SLOW
from exchange.steps import RECORD
from hub.clock import Clock
from hub.errors import ShuniuError
from hub.subject import Subject

log = logging.getLogger(__name__)
OK: Final = "ok"
FOR_THE_ERROR: Final = 0.05
"""Seconds kept back from the caller's deadline, so that an error still reaches it in words."""


@dataclass(frozen=True, slots=True)
class GrantedAnswer:
    """A clean answer: its serialised bytes, how many records, and which fields the provider sent although they were not granted."""

    data: bytes = b""
    rows: int = 0
    dropped: tuple[str, ...] = ()


class Ending:
    """How an access ended, decided once by whoever comes first.

    Two threads want to say it: the log's writer, which says `ok` at the moment when it makes the outcome, and the event loop, which gives up
    when the deadline passes or the caller hangs up. So what was given up before the outcome was made is never logged as `ok`; where the
    writer came first, the record says `ok` although the caller heard of a failure: the log may say that more was released, never less.
    """

    __slots__ = ("_lock", "_status")

    def __init__(self) -> None:
        """Begin undecided."""
        self._lock = threading.Lock()
        self._status = ""

    def decide(self, status: str) -> str:
        """Return the status that was decided first, which is `status` unless there was one before."""
        with self._lock:
            self._status = self._status or status
            return self._status


class Intent:
    """An access that the log knows of from now on. Its outcome is queued once: by `record`, or else by `fail`."""

    def __init__(self, ledger: "Ledger", event: Event, end: float) -> None:
        """Queue the intent; `end` is the moment of the event loop's time when the caller stops waiting."""
        self._ledger = ledger
        self._event = event
        self._end = end - FOR_THE_ERROR
        self._pending = ledger.committer.submit(event)
        self._ending = Ending()
        # For the loop's thread alone; what the writer's thread reads is `_ending`.
        self._is_ending = False

    async def record(self, answer: GrantedAnswer) -> Receipt:
        """Return the receipt once the outcome of the answer is durable; raise UnavailableError where it is not in time."""
        return await _in_time(self._queue(answer), self._end)

    async def fail(self, error: BaseException) -> None:
        """End the access with the error's reason. Return when that is durable; a caller who is gone is not waited for."""
        # First of all: the writer may make the outcome at this very moment, and then reads this or has said `ok` already.
        self._ending.decide(_status_of(error))
        if self._is_ending:
            return  # the outcome of the answer is on its way and reads what was decided
        written = self._queue(GrantedAnswer())
        self._ledger.expect(written)
        # Not after a CancelledError: that caller is gone, and to wait here would hold its task.
        if isinstance(error, ShuniuError):
            await _in_time(written, self._end)

    def _queue(self, answer: GrantedAnswer) -> "asyncio.Future[Receipt]":
        self._is_ending = True
        return self._ledger.committer.close(self._pending, self._outcome(answer)).written

    def _outcome(self, answer: GrantedAnswer) -> Callable[[int], Event]:
        """Return what makes the outcome out of the intent's index; it runs in the thread of the log's writer."""
        # Hashed here, in the loop's thread: the writer's is shared by all calls.
        at, digest = self._ledger.clock.now(), hashlib.sha256(answer.data).digest()
        dropped = ",".join(answer.dropped)[:MAX_DETAIL]  # sent without being granted: a finding

        def outcome(index: int) -> Event:
            status = self._ending.decide(OK)
            if status != OK:
                return self._event.outcome(at, status, index, dropped=dropped)
            return self._event.outcome(at, OK, index, rows=answer.rows, size=len(answer.data), digest=digest, dropped=dropped)

        return outcome


class Ledger:
    """Writes the accesses of one hub."""

    def __init__(self, committer: GroupCommitter, clock: Clock) -> None:
        """Take the log's committer and the clock that dates outcomes."""
        self.committer = committer
        self.clock = clock
        self._expected: set[asyncio.Future[Receipt]] = set()

    async def refuse(self, action: str, access: Access, live: LiveGrant | None, error: ShuniuError) -> None:
        """Return when the refusal is durable; the caller hears of it only then."""
        query = access.query
        refusal = Event(
            kind=Kind.REFUSAL,
            at=access.at,
            action=action,
            actor=_actor(access),
            other=live.provider if live else "",
            resource=live.entry_name if live else "",
            purpose=query.purpose,
            case_number=query.case_number,
            grant=query.grant,
            subject=_subject(access, live) if live else None,  # the grant's entry says what kind of number the key is
            fields=query.fields,
            status=error.reason,
        )
        await self.committer.append(refusal)

    def intend(self, action: str, access: Access, live: LiveGrant, fields: Sequence[Field]) -> Intent:
        """Queue the intent and return at once."""
        query = access.query
        event = Event(
            kind=Kind.INTENT,
            at=access.at,
            action=action,
            actor=_actor(access),
            other=live.provider,
            resource=live.entry_name,
            purpose=query.purpose,
            case_number=query.case_number,
            grant=query.grant,
            subject=_subject(access, live),
            fields=tuple(field.name for field in fields),
            detail={"request_id": query.request_id} if query.request_id else {},
        )
        return Intent(self, event, access.end)

    def expect(self, written: "asyncio.Future[Receipt]") -> None:
        """Keep hold of an outcome that nobody may be waiting for, and note in the server's log when it could not be written."""
        self._expected.add(written)
        written.add_done_callback(self._note)

    async def settle(self) -> None:
        """Wait until every access that was cut short has its outcome; called before the log's writer stops."""
        await asyncio.gather(*self._expected, return_exceptions=True)

    def _note(self, written: "asyncio.Future[Receipt]") -> None:
        self._expected.discard(written)
        if not written.cancelled() and written.exception() is not None:
            log.error("an intent stays without its outcome: the access log could not be written")


async def _in_time(written: "asyncio.Future[Receipt]", end: float) -> Receipt:
    """Return the receipt once the record is durable; raise UnavailableError at `end` of the loop's time. The record itself stays queued."""
    # This ends the wait alone. The committer finds the future done, says nothing to anybody and writes the record all the same.
    timer = asyncio.get_running_loop().call_at(end, _give_up, written)
    try:
        return await written
    finally:
        timer.cancel()


def _give_up(written: "asyncio.Future[Receipt]") -> None:
    if not written.done():
        written.set_exception(LOG_TOO_SLOW(step=RECORD.place, retry_after=1.0))


def _status_of(error: BaseException) -> str:
    if isinstance(error, ShuniuError):
        return error.reason
    return "CANCELLED" if isinstance(error, asyncio.CancelledError) else "INTERNAL"


def _actor(access: Access) -> Actor:
    return Actor(department=access.caller.department, system=access.caller.system, officer=access.query.officer)


def _subject(access: Access, live: LiveGrant) -> Subject | None:
    return Subject(live.subject_domain, access.query.subject_key) if live.subject_domain else None
