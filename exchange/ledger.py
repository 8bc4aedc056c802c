"""What the exchange writes to the access log of a permitted access: an intent and the one outcome that it gets, whatever happens.

The intent commits while the provider works (one wait less); the outcome is never committed before it. An outcome says `ok` when the answer
was released towards the caller (whether it arrived the hub cannot know), CANCELLED when the caller hung up before that, else the error's
reason. An `ok` whose answer was given up after the writer had said it is followed by its correction (`audit.outcomes`).

What could not be written is kept and written again; what is left when the process ends is closed by the next start (`audit.instances`).
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Final

from audit.bulk import marks_of
from audit.committer import GroupCommitter
from audit.fields import MAX_DETAIL
from audit.instances import Instance
from audit.model import Actor, Event, Kind, Receipt
from audit.outcomes import INSTANCE, OK, correction
from audit.pending import Pending
from exchange.asking import PREDICATE
from exchange.model import Access, Permission
from exchange.reasons import LOG_TOO_SLOW
from exchange.steps import RECORD
from hub.clock import Clock
from hub.errors import DeadlineError, ShuniuError, UnavailableError
from shuniu.digest import FORM_DETAIL, SALTED

log = logging.getLogger(__name__)
FOR_THE_ERROR: Final = 0.05
"""Seconds kept back from the caller's deadline, so that an error still reaches it in words."""
RETRY_SECONDS: Final = 1.0
SETTLE_SECONDS: Final = 5.0
"""Seconds for a stop to write the outcomes of what was cut short; what is left then is closed by the next start."""
MOST_KEPT: Final = 10_000
"""Outcomes that wait for a log that takes none: about 30 MB, and as many calls as were under way when it stopped, many times over."""
MOST_AT_ONCE: Final = 1_000
LOGGED: Final = ("column", "provider_reason")
"""Facts of an error that the outcome repeats: names of the entry's fields, and what the provider gave as its reason (`exchange.faults`)."""
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
MOST_ACTORS: Final = 10_000
_FORM: Final = {FORM_DETAIL: SALTED}
ROWS_OUTSIDE: Final = "rows_outside"
"""The detail that says how many records a provider sent from outside the grant's rows, which it should have left out."""


@dataclass(frozen=True, slots=True)
class GrantedAnswer:
    """A clean answer: its serialised bytes, how many records, which fields the provider sent without being asked, and its digest with the salt.

    `outside` counts the records that it sent and that lie outside the grant's rows.
    The salt goes to the caller and nowhere else: with it, whoever reads the log could try which answer it was.
    """

    data: bytes = b""
    rows: int = 0
    dropped: tuple[str, ...] = ()
    salt: bytes = b""
    digest: bytes = b""
    outside: int = 0


class Ending:
    """How an access ended, decided once by whoever comes first.

    Two threads want to say it: the log's writer, which says `ok` at the moment when it makes the outcome, and the event loop, which gives up
    when the deadline passes or the caller hangs up. So what was given up before the outcome was made is never logged as `ok`; where the
    writer came first, the record says `ok` although the caller heard of a failure, and a correction follows it. A kill in between leaves the
    `ok` as it is: the log may say that more was released, never less.
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
    """An access that the log knows of from now on. Its outcome is queued by `record`, or else by `fail`, and again until it is in the log.

    All is for the event loop's thread, but for what `_outcome` returns.
    """

    __slots__ = ("_end", "_ending", "_event", "_failure", "_is_ending", "_is_refused", "_ledger", "_outcome_index", "_pending", "_said", "_why")

    def __init__(self, ledger: "Ledger", event: Event, end: float) -> None:
        """Queue the intent; `end` is the moment of the event loop's time when the caller stops waiting."""
        self._ledger = ledger
        self._event = event
        self._end = end - FOR_THE_ERROR
        self._ending = Ending()
        # What the writer's thread reads is `_ending`; what it writes is `_said`, before `_outcome_settled` is called.
        self._is_ending = self._is_refused = False
        self._said = self._failure = ""
        self._why = _NOTHING
        self._outcome_index: int | None = None
        self._pending = ledger.committer.submit(event, self._intent_settled)
        ledger.instance.begin(self)  # behind it: what the log did not take is not open

    async def record(self, answer: GrantedAnswer) -> Receipt:
        """Return the receipt once the outcome of the answer is durable; raise UnavailableError where it is not in time."""
        return await in_time(self._queue(answer), self._end)

    async def fail(self, error: BaseException) -> None:
        """End the access with the error's reason. Return when that is durable; a caller who is gone is not waited for."""
        # First of all, and what it reads before what it decides by: the writer may make the outcome at this very moment, or has said `ok` already.
        self._why = _why_of(error)
        self._ending.decide(failure := status_of(error))
        self._failure = failure
        if self._is_ending:
            # The outcome of the answer is on its way and reads what was decided, or waits to be written again, or is in the log.
            if self._outcome_index is not None and self._said == OK:
                self.write()
            return
        try:
            written = self._queue(GrantedAnswer())
        except ShuniuError:
            # Kept to be written later. After a CancelledError nobody hears of it, and that error must go on.
            if isinstance(error, ShuniuError):
                raise
            return
        # Not after a CancelledError: that caller is gone, and to wait here would hold its task.
        if isinstance(error, DeadlineError):
            with suppress(UnavailableError):  # or the log would be blamed for what the deadline did
                await in_time(written, self._end)
        elif isinstance(error, ShuniuError):
            await in_time(written, self._end)

    def write(self) -> None:
        """Write what is still missing: the outcome, which says now that nothing was released, or the correction of one that said `ok`."""
        ledger, now = self._ledger, self._ledger.clock.now()
        corrects = self._outcome_index
        try:
            if corrects is None:
                status = self._said = self._failure or LOG_TOO_SLOW.name
                ledger.committer.close(self._pending, lambda index: self._event.outcome(now, status, index, detail=self._why), self._outcome_settled)
            elif isinstance(self._pending.result, Receipt):
                ledger.instance.begin_again(self)  # a stop waits for the correction too
                ledger.committer.submit(correction(self._event, now, self._pending.result.index, corrects), self._correction_settled)
        except ShuniuError:  # the log is busy, or stopping
            ledger.keep(self)

    def _queue(self, answer: GrantedAnswer) -> "asyncio.Future[Receipt]":
        self._is_ending = True
        try:
            return self._ledger.committer.close(self._pending, self._outcome(answer), self._outcome_settled).written
        except ShuniuError:
            self._ledger.keep(self)
            raise

    def _outcome(self, answer: GrantedAnswer) -> Callable[[int], Event]:
        """Return what makes the outcome out of the intent's index; it runs in the thread of the log's writer."""
        # The answer itself is not kept.
        at, digest, rows, size = self._ledger.clock.now(), answer.digest, answer.rows, len(answer.data)
        dropped = ",".join(answer.dropped)[:MAX_DETAIL]  # sent without being granted: a finding
        detail = {**_FORM, ROWS_OUTSIDE: str(answer.outside)} if answer.outside else _FORM  # another: how many, and nothing of them

        def outcome(index: int) -> Event:
            status = self._said = self._ending.decide(OK)
            if status != OK:
                return self._event.outcome(at, status, index, dropped=dropped, detail=self._why)
            return self._event.outcome(at, OK, index, rows=rows, size=size, digest=digest, dropped=dropped, detail=detail)

        return outcome

    def _intent_settled(self, intent: Pending) -> None:
        if not isinstance(intent.result, Receipt):
            self._ledger.finish(self)  # it is not in the log, and no outcome of it either
        elif self._outcome_index is None and self._is_refused:
            self._ledger.keep(self)  # its own commit was in doubt, or under way, when the outcome was refused

    def _outcome_settled(self, outcome: Pending) -> None:
        if isinstance(outcome.result, Receipt):
            self._outcome_index = outcome.result.index
            if self._said == OK and self._failure:
                self.write()  # given up after the writer had said `ok`
            else:
                self._ledger.finish(self)
        elif isinstance(self._pending.result, Receipt):
            self._ledger.keep(self)
        else:
            self._is_refused = True

    def _correction_settled(self, written: Pending) -> None:
        (self._ledger.finish if isinstance(written.result, Receipt) else self._ledger.keep)(self)


class Ledger:
    """Writes the accesses of one hub, and again what could not be written, until the log takes it."""

    def __init__(self, committer: GroupCommitter, instance: Instance, clock: Clock) -> None:
        """Take the log's committer, this process, and the clock that dates outcomes."""
        self.committer, self.instance, self.clock = committer, instance, clock
        self._detail = {INSTANCE: instance.id}
        self._kept: dict[Intent, None] = {}
        self._portion = 1
        self._timer: asyncio.TimerHandle | None = None

    def keep(self, intent: Intent) -> None:
        """Keep what could not be written and write it again later. Beyond `MOST_KEPT` it is left to the next start: INTERRUPTED."""
        self._portion = 1
        if len(self._kept) >= MOST_KEPT:
            log.error("an outcome is left to the next start: more than %d wait for the log", MOST_KEPT)
            self.instance.abandon(intent)
            return
        self._kept[intent] = None
        self._plan()

    def finish(self, intent: Intent) -> None:
        """Take note that the log says how the access ended."""
        self.instance.end(intent)
        self._kept.pop(intent, None)
        self._portion = MOST_AT_ONCE

    async def settle(self) -> None:
        """Wait until every access has its outcome, `SETTLE_SECONDS` at most; called behind the doors and before the log's writer stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                while self.instance.open:
                    self._write_kept()
                    await asyncio.sleep(0.02)

    def _plan(self) -> None:
        if self._kept and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(RETRY_SECONDS, self._retry)

    def _retry(self) -> None:
        self._timer = None
        self._write_kept()
        self._plan()

    def _write_kept(self) -> None:
        # One alone while the log refuses, so that its queue is not filled with what was refused before.
        for intent in list(islice(self._kept, self._portion)):
            del self._kept[intent]
            intent.write()

    def intend(self, action: str, access: Access, permission: Permission) -> Intent:
        """Queue the intent and return at once."""
        return Intent(self, self.event_of(action, access, permission), access.end)

    def event_of(self, action: str, access: Access, permission: Permission) -> Event:
        """Return what the log is told of an access before it happens."""
        query, live = access.query, permission.live
        detail = self._detail_of(access, permission) if query.request_id or permission.marks or permission.asked else self._detail
        return Event(
            kind=Kind.INTENT,
            at=access.at,
            action=action,
            actor=_actor(access.caller.department, access.caller.system, query.officer),
            other=live.provider,
            resource=live.entry_name,
            purpose=query.purpose,
            case_number=query.case_number,
            grant=query.grant,
            subject=permission.subject,
            fields=tuple(field.name for field in permission.fields),
            detail={**detail, **marks} if (marks := marks_of(action, live.subject_domain)) else detail,
        )

    def _detail_of(self, access: Access, permission: Permission) -> Mapping[str, str]:
        request_id, asked = access.query.request_id, permission.asked
        told = {**({"request_id": request_id} if request_id else {}), **({PREDICATE: asked.predicate.name} if asked else {})}
        return {**self._detail, **dict(permission.marks), **told}


async def in_time(written: "asyncio.Future[Receipt]", end: float) -> Receipt:
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


def status_of(error: BaseException) -> str:
    """Return what the log says of an access that an error ended."""
    if isinstance(error, ShuniuError):
        return error.reason
    return "CANCELLED" if isinstance(error, asyncio.CancelledError) else "INTERNAL"


def _why_of(error: BaseException) -> Mapping[str, str]:
    return {name: error.facts[name] for name in LOGGED if name in error.facts} if isinstance(error, ShuniuError) else _NOTHING


@lru_cache(MOST_ACTORS)
def _actor(department: str, system: str, officer: str) -> Actor:
    """Return who acts. An officer makes many calls, and to make an actor takes four times as long as to find it."""
    return Actor(department=department, system=system, officer=officer)
