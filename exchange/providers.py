"""Connections to providers: one channel each, with a limit on calls at a time and a breaker, so that a slow department slows nobody else.

A provider is trusted by the certificates that are registered for its own system, not by the CA (ADR 0009).
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, Protocol

import grpc
import grpc.aio

from certs.places import ProviderPlaces
from exchange.breaker import Attempt, Breaker, Tally
from exchange.faults import Said, translate
from exchange.model import MOST_RECEIVED, Question
from exchange.reasons import (
    PROVIDER_CROWDED,
    PROVIDER_MOVED,
    PROVIDER_NOT_REGISTERED,
    PROVIDER_QUEUE_FULL,
    PROVIDER_SLOW,
)
from exchange.steps import FETCH
from exchange.targets import Target, Targets
from hub.errors import UnavailableError
from shuniu.turns import FullError, Keys, Turns

FETCH_METHOD: Final = "/shuniu.v1.ProviderService/Fetch"
CHECK_METHOD: Final = "/shuniu.v1.ProviderService/Check"
FETCH_MANY_METHOD: Final = "/shuniu.v1.ProviderService/FetchMany"
DESCRIBE_METHOD: Final = "/shuniu.v1.ProviderService/Describe"
FAIR_PART: Final = 0.5
"""What part of the hub's own longest wait a provider must have had, before a call without an answer speaks of it and not of the caller."""
QUEUE: Final = 16
"""How many calls may wait for each place at a provider, from all consumers: what a quick provider works off well within one wait."""
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", MOST_RECEIVED),
    ("grpc.keepalive_time_ms", 30_000),  # as often as shuniu.provider.server allows
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.min_reconnect_backoff_ms", 2_000),  # how long one attempt may take; gRPC's own 20 s would hold back all who wait for it
    ("grpc.enable_retries", 0),  # a call that gRPC repeats by itself may never end (`shuniu.dialing`)
)
_MOVED_GRACE: Final = 5  # seconds for calls under way on a connection that is replaced


@dataclass(frozen=True, slots=True)
class Place:
    """Where a system serves and the certificates (PEM) that it may show there; both as registered at this moment."""

    department: str
    system: str
    endpoint: str
    trusted: bytes


class HubIdentity(Protocol):
    """What the hub shows to providers: PEM bytes. One that was renewed is another object."""

    @property
    def chain_pem(self) -> bytes:
        """Return the hub's own certificate, followed by its CA."""

    @property
    def key_pem(self) -> bytes:
        """Return its private key."""


@dataclass(slots=True)
class _Line:
    place: Place
    target: Target
    shown: HubIdentity
    channel: grpc.aio.Channel
    rpcs: Mapping[str, Any]
    turns: Turns
    breaker: Breaker
    knows_check: bool = True
    """Until it says that it does not: then its records are fetched and compared here, until it is dialled anew."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms providers are called: calls under way at one of them, the longest wait in seconds, and who holds a live grant there.

    `consumers` is asked with a provider's department and system, and answers with how many departments hold one.
    """

    concurrency: int
    timeout: float
    consumers: Callable[[str, str], int]
    tally: Tally = field(default_factory=Tally)


class ProviderPool:
    """Calls providers by department and system. TLS trusts the system's own registered certificates, so no other member can stand in for it.

    Places and breakers are process-local: they belong to this process's own connections, and a hub is one process (ADR 0024).
    """

    def __init__(self, identity: Callable[[], HubIdentity], terms: Terms, places: ProviderPlaces) -> None:
        """Take what the hub shows, on what terms providers are called, and where they may stand.

        `identity` is asked at every call: one that has changed, because the certificate was renewed, makes new connections.
        """
        self._identity = identity
        self.terms = terms
        self._targets = Targets(places)
        self._lines: dict[tuple[str, str], _Line] = {}
        self._hangups: set[asyncio.Task[None]] = set()

    async def fetch(self, place: Place, question: Question, limit: float, method: str = FETCH_METHOD) -> bytes:
        """Return the bytes of the provider's answer, unread, within `limit` seconds; raise an error with step, cause and next action.

        By FETCH_MANY_METHOD the question is a FetchManyRequest, of fetches for one consumer from one resource.
        """
        began = monotonic()
        line = self._line(place, await self._target(place, limit))
        now = monotonic()
        limit -= now - began
        attempt = line.breaker.begin(question.consumer, now, is_fair=limit >= self.terms.timeout * FAIR_PART)
        try:
            return await self._in_turn(line, line.rpcs[CHECK_METHOD if question.is_check else method], question, limit, attempt)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise  # the caller hung up
            raise PROVIDER_MOVED(step=FETCH.place, retry_after=1.0) from error  # gRPC cancels the calls of a connection that is closed under them
        finally:
            attempt.end(monotonic())

    def knows_check(self, place: Place) -> bool:
        """Tell whether a provider answers predicates by itself, as far as is known: one that was never asked may."""
        line = self._lines.get((place.department, place.system))
        return line is None or line.place != place or line.knows_check

    async def line(self, place: Place, limit: float) -> tuple[grpc.aio.Channel, Breaker]:
        """Return the connection to a place and the breaker of it, for a call of another kind."""
        line = self._line(place, await self._target(place, limit))
        return line.channel, line.breaker

    async def describe(self, place: Place, limit: float) -> bytes | None:
        """Return the bytes of what a provider says that it serves, None where it does not within `limit` seconds.

        Neither breaker nor turns: it says nothing of records, and is asked by the few threads of the control plane alone.
        """
        line = self._line(place, await self._target(place, limit))
        try:
            answer: bytes = await line.rpcs[DESCRIBE_METHOD](b"", timeout=limit)
        except grpc.aio.AioRpcError:
            return None
        return answer

    async def probe(self, place: Place, question: Question, limit: float) -> bytes:
        """Return the bytes of the answer to a probe's question within `limit` seconds; raise what `fetch` would.

        Neither breaker nor turns, as for `describe`: a probe speaks for nobody, and takes no consumer's place.
        """
        line = self._line(place, await self._target(place, limit))
        try:
            answer: bytes = await line.rpcs[FETCH_METHOD](question.data, timeout=limit)
        except grpc.aio.AioRpcError as error:
            raise translate(Said.of(error, question), question, limit, place.department) from error
        return answer

    async def _in_turn(self, line: _Line, rpc: Any, question: Question, limit: float, attempt: Attempt) -> bytes:
        """Call when there is a place. gRPC limits the time of the call; the time spent waiting for a place is limited here."""
        keys = (("consumer", question.consumer), ("resource", question.resource))
        # A free place is taken without waiting, so that only who waits costs a timer.
        if not line.turns.take_free(*keys):
            limit -= await self._wait(line.turns, keys, limit)
        try:
            return await self._call(line, rpc, question, limit, attempt)
        finally:
            line.turns.give(*keys)

    async def _wait(self, turns: Turns, keys: Keys, limit: float) -> float:
        """Take a place when one comes free and return for how many seconds that took; raise LimitError where it takes too long, or too many wait."""
        start = monotonic()
        try:
            async with asyncio.timeout(limit):
                await turns.take(*keys)
        except FullError as error:
            self.terms.tally.placeless += 1
            raise PROVIDER_QUEUE_FULL(step=FETCH.place, retry_after=1.0) from error
        except TimeoutError as error:
            self.terms.tally.placeless += 1
            raise PROVIDER_CROWDED(step=FETCH.place, retry_after=1.0, limit=f"{limit:.1f}") from error
        return monotonic() - start

    async def _call(self, line: _Line, rpc: Any, question: Question, limit: float, attempt: Attempt) -> bytes:
        began = monotonic()
        try:
            answer: bytes = await rpc(question.data, timeout=max(limit, 0.001))
        except grpc.aio.AioRpcError as error:
            if question.is_check and error.code() is grpc.StatusCode.UNIMPLEMENTED:
                line.knows_check = False
            now, code = monotonic(), error.code()
            if code is grpc.StatusCode.UNAVAILABLE or (code is grpc.StatusCode.DEADLINE_EXCEEDED and now - began >= self.terms.timeout * FAIR_PART):
                attempt.bad(now)
            elif code is not grpc.StatusCode.DEADLINE_EXCEEDED:
                attempt.good()  # who answers with an error is at least there
            raise translate(Said.of(error, question), question, limit, line.place.department) from error
        attempt.good()
        return answer

    async def close(self) -> None:
        """Close every connection."""
        for line in self._lines.values():
            await line.channel.close()
        await asyncio.gather(*self._hangups)
        self._targets.close()
        self._lines.clear()

    async def _target(self, place: Place, limit: float) -> Target:
        """Return where a place is dialled at this moment."""
        if not place.endpoint or not place.trusted:
            raise PROVIDER_NOT_REGISTERED(step=FETCH.place, provider=place.department, retry_after=5.0)
        if (known := self._targets.known(place.endpoint)) is not None:
            return known
        try:
            async with asyncio.timeout(limit):
                return await self._targets.of(place.endpoint, place.department)
        except TimeoutError as error:
            raise _slow(limit) from error

    def _line(self, place: Place, target: Target) -> _Line:
        """Return the connection to a place; where the system moved or its certificates changed, a new one."""
        key = (place.department, place.system)
        line = self._lines.get(key)
        # A place holds the certificates too: one renewed or revoked makes a new connection, with a breaker that has counted nothing.
        # So does the hub's own: a provider looks at the dates of the one that a connection showed, at every call.
        shown = self._identity()
        if line is None or line.place != place or line.target != target or line.shown is not shown:
            self._lines[key] = self._dial(place, target, shown)
            if line is not None:
                self._hang_up(line)
        return self._lines[key]

    def _dial(self, place: Place, target: Target, shown: HubIdentity) -> _Line:
        credentials = grpc.ssl_channel_credentials(place.trusted, shown.key_pem, shown.chain_pem)
        name = (("grpc.ssl_target_name_override", target.name),) if target.name else ()
        channel = grpc.aio.secure_channel(target.address, credentials, options=(*_OPTIONS, *name))
        # Bytes in, bytes out: the question was serialised for its digest, and gRPC would hide the reason where an answer cannot be read.
        rpcs: dict[str, Any] = {method: channel.unary_unary(method) for method in (FETCH_METHOD, FETCH_MANY_METHOD, CHECK_METHOD, DESCRIBE_METHOD)}
        turns = Turns(self.terms.concurrency, self.terms.concurrency * QUEUE, self.terms.concurrency * QUEUE)
        at = (place.department, place.system)
        breaker = Breaker("/".join(at), lambda: self.terms.consumers(*at), self.terms.tally)
        return _Line(place, target, shown, channel, rpcs, turns, breaker)

    def _hang_up(self, line: _Line) -> None:
        """Close a connection that was replaced, without waiting: its calls have a few seconds to end."""
        task = asyncio.create_task(line.channel.close(grace=_MOVED_GRACE))
        self._hangups.add(task)
        task.add_done_callback(self._hangups.discard)


def _slow(limit: float) -> UnavailableError:
    return PROVIDER_SLOW(step=FETCH.place, retry_after=1.0, limit=f"{limit:.1f}")
