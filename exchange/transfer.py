"""The transfer of one Query, step by step: grant -> intent -> provider -> cleaning -> outcome -> answer with receipt.

The intent commits while the provider works (one wait less); the outcome is never committed before it, and nothing is returned before the
outcome is durable (audit.md: no personal data leaves before its record is durable). An intent is always closed: `ok` when the answer was
released towards the caller (whether it arrived the hub cannot know), CANCELLED when the caller hung up before that, else the error's reason.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from audit.committer import GroupCommitter, Pending
from audit.model import MAX_DETAIL, Actor, Event, Kind, Receipt
from brokerage.grants import LiveGrant, LiveGrants
from catalog.model import Field
from certs.identities import Identities
from exchange.model import MOST_RECORDS, Cleaning, Query
from exchange.providers import Place, ProviderPool
from exchange.wire import Sieve, cleaned
from hub.access import Caller
from hub.clock import Clock
from hub.errors import DeadlineError, MissingGrantError, ShuniuError, UnavailableError
from hub.subject import Subject
from shuniu.v1 import exchange_pb2, provider_pb2

log = logging.getLogger(__name__)
ACTION: Final = "exchange.Query"
RESERVE: Final = 0.2
"""Seconds kept back from the caller's deadline for the outcome record."""
MOST_SIEVES: Final = 10_000
TELLING: Final = 0.05
"""Seconds kept back for the words of a refusal."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The serialised answer and the receipt of its outcome record."""

    answer: bytes
    receipt: Receipt


@dataclass(slots=True)
class _Closing:
    """Makes the outcome of an intent once the intent has an index. Until then the status may change: what is given up is not said to be given."""

    intent: Event
    at: datetime
    status: str
    rows: int = 0
    size: int = 0
    digest: bytes = b""
    dropped: str = ""

    def __call__(self, index: int) -> Event:
        if self.status != "ok":
            return self.intent.closed(self.at, self.status, index, dropped=self.dropped)
        return self.intent.closed(self.at, "ok", index, rows=self.rows, size=self.size, digest=self.digest, dropped=self.dropped)


class Transfer:
    """Carries queries. Grants, identities and endpoints are in memory; the log is the only thing written."""

    def __init__(
        self,
        grants: LiveGrants,
        identities: Identities,
        providers: ProviderPool,
        committer: GroupCommitter,
        clock: Clock,
        provider_timeout: float,
    ) -> None:
        """Take the live registries, the way to providers and the log's committer."""
        self._grants = grants
        self._identities = identities
        self._providers = providers
        self._committer = committer
        self._clock = clock
        self._provider_timeout = provider_timeout
        self._closing: set[asyncio.Future[Receipt]] = set()
        self._sieves: dict[tuple[str, int, tuple[str, ...]], Sieve] = {}

    async def query(self, caller: Caller, query: Query, time_left: float) -> Delivered:
        """Return the granted fields of the subject's records; a refusal is on the log before it is told."""
        at = self._clock.now()
        live = self._grants.get(query.grant_id)
        try:
            live, fields = self._permitted(live, caller, query, at)
        except ShuniuError as error:
            await self._committer.append(_refusal(caller, query, live, error, at))
            raise
        return await self._carry(caller, query, live, fields, at, time_left)

    def _permitted(self, live: LiveGrant | None, caller: Caller, query: Query, at: datetime) -> tuple[LiveGrant, tuple[Field, ...]]:
        if live is None:
            raise MissingGrantError(
                "there is no such grant",
                zh="共享授权不存在",
                next_action="file a data request",
                reason="NO_GRANT",
                grant=query.grant,
            )
        live.check(caller, query.entry, query.purpose, at)
        fields = live.allowed(query.fields)
        self._grants.quota.take(live, at)
        return live, fields

    async def _carry(self, caller: Caller, query: Query, live: LiveGrant, fields: Sequence[Field], at: datetime, time_left: float) -> Delivered:
        end = asyncio.get_running_loop().time() + time_left - TELLING
        event = _event(Kind.INTENT, caller, query, live, fields, at)
        intent = self._committer.submit(event)
        try:
            fetched = await self._fetch(caller, query, live, fields, time_left)
            response, cleaning = cleaned(fetched, self._sieve(live, query, fields), query.subject_key)
            answer = response.SerializeToString()
        except ShuniuError as error:
            await _in_time(self._closed(event, intent, _status(error)), end)
            raise
        except BaseException as error:  # the caller went away, or a fault of ours
            self._closed(event, intent, _status(error))
            raise
        closing = _closing(event, self._clock.now(), response, answer, cleaning)
        try:
            return Delivered(answer, await _in_time(self._committer.close(intent, closing).written, end))
        except BaseException as error:
            closing.status = _status(error)
            raise

    async def close(self) -> None:
        """Wait until every intent that was cut short has its outcome; called before the log's writer stops."""
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _sieve(self, live: LiveGrant, query: Query, fields: Sequence[Field]) -> Sieve:
        key = (live.grant.id, live.grant.revision, query.fields)
        sieve = self._sieves.get(key)
        if sieve is None:
            if len(self._sieves) >= MOST_SIEVES:
                self._sieves.clear()
            sieve = self._sieves[key] = Sieve.of(fields, live.provider, live.key_field)
        return sieve

    def _closed(self, event: Event, intent: Pending, status: str) -> "asyncio.Future[Receipt]":
        """Close an intent that ended without an answer; a caller who hangs up does not leave it open."""
        closing = self._committer.close(intent, _Closing(event, self._clock.now(), status)).written
        self._closing.add(closing)
        closing.add_done_callback(self._settled)
        return closing

    def _settled(self, closing: "asyncio.Future[Receipt]") -> None:
        self._closing.discard(closing)
        if not closing.cancelled() and closing.exception() is not None:
            log.error("an intent stays without its outcome: the access log could not be written")

    async def _fetch(self, caller: Caller, query: Query, live: LiveGrant, fields: Sequence[Field], time_left: float) -> bytes:
        place = Place(
            live.provider,
            live.serving_system,
            self._identities.endpoint(live.provider, live.serving_system),
            self._identities.trusted(live.provider, live.serving_system),
        )
        timeout = min(self._provider_timeout, time_left - RESERVE)
        if timeout <= 0:
            raise DeadlineError("the deadline is too short to ask the provider", zh="调用期限过短", next_action="allow at least 1 s")
        request = provider_pb2.FetchRequest(
            resource=live.serving_resource,
            key_field=live.key_field,
            key=query.subject_key,
            fields=[field.name for field in fields],
            limit=MOST_RECORDS,
            consumer=caller.department,
            purpose=query.purpose,
            case_number=query.case_number,
            log_index=-1,
        )
        return await self._providers.fetch(place, request, timeout)


async def _in_time(written: "asyncio.Future[Receipt]", end: float) -> Receipt:
    """Return the receipt once the record is durable; raise UnavailableError at `end` of the loop's time. The record itself is not given up."""
    timer = asyncio.get_running_loop().call_at(end, _give_up, written)
    try:
        return await written
    finally:
        timer.cancel()


def _give_up(written: "asyncio.Future[Receipt]") -> None:
    if not written.done():
        written.set_exception(_too_slow())


def _too_slow() -> UnavailableError:
    return UnavailableError(
        "the access log did not commit before the deadline; nothing was released",
        zh="访问日志未及时写入，未提供任何数据",
        next_action="retry",
        retry_after=1.0,
        reason="LOG_UNAVAILABLE",
    )


def _actor(caller: Caller, query: Query) -> Actor:
    return Actor(caller.department, caller.system, query.officer)


def _event(kind: Kind, caller: Caller, query: Query, live: LiveGrant, fields: Sequence[Field], at: datetime) -> Event:
    return Event(
        kind=kind,
        at=at,
        action=ACTION,
        actor=_actor(caller, query),
        other=live.provider,
        resource=live.entry_name,
        purpose=query.purpose,
        case_number=query.case_number,
        grant=query.grant,
        subject=Subject(live.subject_domain, query.subject_key) if live.subject_domain else None,
        fields=tuple(field.name for field in fields),
        detail={"request_id": query.request_id} if query.request_id else {},
    )


def _closing(intent: Event, at: datetime, response: exchange_pb2.QueryResponse, answer: bytes, cleaning: Cleaning) -> _Closing:
    """Return what closes the intent of an answer. Fields that the provider sent unasked are a finding and stand here."""
    dropped = ",".join(cleaning.dropped)[:MAX_DETAIL]
    return _Closing(intent, at, "ok", len(response.records), len(answer), hashlib.sha256(answer).digest(), dropped)


def _status(error: BaseException) -> str:
    if isinstance(error, ShuniuError):
        return error.reason
    return "CANCELLED" if isinstance(error, asyncio.CancelledError) else "INTERNAL"


def _refusal(caller: Caller, query: Query, live: LiveGrant | None, error: ShuniuError, at: datetime) -> Event:
    return Event(
        kind=Kind.REFUSAL,
        at=at,
        action=ACTION,
        actor=_actor(caller, query),
        other=live.provider if live else "",
        resource=live.entry_name if live else "",
        purpose=query.purpose,
        case_number=query.case_number,
        grant=query.grant,
        subject=Subject(live.subject_domain, query.subject_key) if live and live.subject_domain else None,
        fields=query.fields,
        status=error.reason,
    )
