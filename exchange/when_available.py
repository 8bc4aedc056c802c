"""A question that waits where its provider cannot be reached (ADR 0086): kept behind a permitted access, settled by the one that asks it again.

A question without a deadline for waiting never comes here. Whatever is asked again goes through every step of the transfer anew; what is kept
decides nothing of it. To keep and to settle read the database, so they have threads of their own, in turn among consumers. Process-local, as those
threads are.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from audit.refusals import RefusalBook
from brokerage.grants import LiveGrants
from exchange.model import Access, Check, Delivery, Query
from exchange.reasons import NO_GRANT, PROVIDER_NOT_REGISTERED, PROVIDER_UNREACHABLE
from exchange.refusing import refusal_of
from exchange.transfer import Way
from exchange.wire import Single
from files.reasons import NO_DATA_FILE
from hub.access import Caller
from hub.clock import Clock
from hub.errors import InvalidInputError, LimitError, MissingGrantError, NotAllowedError, ShuniuError
from hub.rpc import Call
from hub.threads import Threads
from hub.wire import optional_moment
from questions.actions import Asking, QuestionActions
from questions.model import WaitingQuestion, check_deadline
from questions.reasons import QUESTION_WAITS
from questions.wire import asked_from
from shuniu.words import Word
from shuniu.zone import beijing_clock, in_beijing

log = logging.getLogger(__name__)
THREADS: Final = 4
SETTLE_SECONDS: Final = 5.0
FOR_THE_QUESTION: Final = 0.5
"""Seconds kept back from the caller's deadline, so that it hears under which name its question waits."""
AWAY: Final = frozenset({PROVIDER_UNREACHABLE.name, PROVIDER_NOT_REGISTERED.name, NO_DATA_FILE.name})
"""Refusals behind which a question may wait: each says that nobody was there to answer. Whoever has too much to do is there."""
_REFUSALS: Final = (MissingGrantError, NotAllowedError, InvalidInputError)
"""How an access ends that the same question would meet again; by anything else a question that waits stays as it is."""
Carry = Callable[[Caller, Any, float], Awaitable[Delivery]]
_T = TypeVar("_T")


def may_wait(request: Single) -> bool:
    """Tell whether a request names a deadline for waiting, or a question that waits."""
    return bool(request.waiting_question) or request.HasField("when_available_until")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question under way that may wait: as it came, until when, and which waiting one it is, if any."""

    caller: Caller
    request: Single
    query: Query
    way: Way
    until: datetime | None
    digest: bytes
    waits: WaitingQuestion | None


class WhenAvailable:
    """Carries questions that may wait; for the event loop's thread."""

    def __init__(self, questions: QuestionActions, grants: LiveGrants, refusals: RefusalBook, clock: Clock) -> None:
        """Take the waiting questions, the live grants, the book of refusals, and the clock."""
        self.questions = questions
        self._grants, self._refusals, self._clock = grants, refusals, clock
        self._executor = ThreadPoolExecutor(THREADS, "questions")
        self._threads = Threads(self._executor, THREADS)
        self._settling: set[asyncio.Future[None]] = set()

    async def carry(self, call: Call, request: Single, query: Query, way: Way, carry: Carry) -> Delivery:
        """Return the answer; where nobody is there to give it, raise UnavailableError with the name under which the question waits."""
        caller, left = call.caller, (call.time_left or 0.0) - FOR_THE_QUESTION
        try:
            until = self._until(request)
            digest = self.questions.box.digest(said_of(caller, query, way))
            waits = await self._known(caller, request.waiting_question, digest)
        except ShuniuError as error:  # before the first step of the transfer, which writes down what it refuses
            access = Access(caller, query, self._clock.now(), left, asyncio.get_running_loop().time() + left)
            await self._refusals.put(refusal_of(way.action, access, None, error), left, error)
            raise
        try:
            delivery = await carry(caller, query, left)
        except ShuniuError as error:
            raise await self._heard(_Asked(caller, request, query, way, until, digest, waits), error) from error
        if waits is not None:
            await self._settle(waits, "", caller)
        return delivery

    async def close(self) -> None:
        """Keep no more, behind what is being settled; what a thread does at this moment is finished."""
        if self._settling:
            await asyncio.wait(self._settling, timeout=SETTLE_SECONDS)
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _until(self, request: Single) -> datetime | None:
        until = optional_moment(request, "when_available_until")
        return None if until is None else check_deadline(until, self._clock.now())

    async def _known(self, caller: Caller, name: str, digest: bytes) -> WaitingQuestion | None:
        return await self._run(caller, self.questions.ask_again, caller, name, digest) if name else None

    async def _heard(self, asked: _Asked, error: ShuniuError) -> ShuniuError:
        """Return what a caller hears whose access failed; its question waits from now on, waits on, or has ended."""
        if error.reason in AWAY and (asked.until or asked.waits):
            return await self._kept(asked, error)
        if asked.waits is not None and isinstance(error, _REFUSALS):
            await self._settle(asked.waits, error.reason, asked.caller)
        return error

    async def _kept(self, asked: _Asked, error: ShuniuError) -> ShuniuError:
        cause = Word(error.reason, error.message, error.zh)
        try:
            if asked.waits is not None:
                one = await self._run(asked.caller, self.questions.miss, asked.waits, asked.until, self._clock.now())
            else:
                one = await self._run(asked.caller, self.questions.keep, self._asking(asked, cause), self._clock.now())
        except LimitError as full:
            return full
        except ShuniuError as failure:  # what the provider met stays true, and nothing says that the question waits
            log.warning("a question could not be kept: %s", failure.message)
            return error
        return _waits(one, cause) if one.is_open else error

    def _asking(self, asked: _Asked, cause: Word) -> Asking:
        query, live, until = asked.query, self._grants.get(asked.query.grant.id, self._clock.now()), asked.until
        if live is None or until is None:  # the grant went while it was asked under
            raise NO_GRANT(grant=query.grant)
        return Asking(
            caller=asked.caller,
            mode=asked.way.mode,
            grant=query.grant,
            entry=live.entry_name,
            provider=live.provider,
            officer=query.officer,
            purpose=query.purpose,
            case_number=query.case_number,
            until=min(until, live.grant.expire_time),
            digest=asked.digest,
            asked=asked_from(asked.request),
            cause=cause,
        )

    async def _settle(self, waits: WaitingQuestion, refusal: str, caller: Caller) -> None:
        """End a waiting question by what came of it; the caller's answer depends on nothing of that, and is not held up by a fault of it."""
        work = asyncio.ensure_future(self._run(caller, self.questions.settle, waits, refusal, caller, self._clock.now()))
        self._settling.add(work)
        work.add_done_callback(self._settling.discard)
        try:
            # shielded: who hangs up now was answered all the same
            await asyncio.shield(work)
        except ShuniuError as failure:
            log.warning("a waiting question could not be settled: %s", failure.message)

    async def _run(self, caller: Caller, act: Callable[..., _T], *said: object) -> _T:
        return await self._threads.run(caller.department, act, *said)


def said_of(caller: Caller, query: Query, way: Way) -> Mapping[str, Any]:
    """Return by what a question is the same one when it comes again; another officer may ask it, with another request_id."""
    named = ("grant", "entry", "purpose", "case_number", "subject_key")
    said: dict[str, Any] = {name: getattr(query, name) for name in named}
    said |= {"mode": way.mode.value, "consumer": caller.department, "system": caller.system, "fields": sorted(set(query.fields))}
    return said | {"predicate": query.predicate, "given": dict(query.given)} if isinstance(query, Check) else said


def _waits(one: WaitingQuestion, cause: Word) -> ShuniuError:
    clock = beijing_clock(one.expire_time)
    until = Word(one.expire_time.isoformat(), in_beijing(one.expire_time), f"北京时间{clock}")
    return QUESTION_WAITS(cause=cause, until=until, waiting_question=one.name)
