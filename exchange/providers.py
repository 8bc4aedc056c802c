"""Connections to providers: one channel each, with a limit on calls at a time and a breaker, so that a slow department slows nobody else.

A provider is trusted by the certificates that are registered for its own system, not by the CA (ADR 0009).
"""

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

import grpc
import grpc.aio

from certs.places import ProviderPlaces
from exchange.reasons import (
    PROVIDER_FAILED,
    PROVIDER_MOVED,
    PROVIDER_NOT_REGISTERED,
    PROVIDER_PAUSED,
    PROVIDER_SLOW,
    PROVIDER_TOO_LARGE,
    PROVIDER_UNREACHABLE,
)
from exchange.steps import FETCH
from exchange.targets import Target, Targets
from hub.errors import UnavailableError
from hub.words import Word
from shuniu.v1 import provider_pb2

FETCH_METHOD: Final = "/shuniu.v1.ProviderService/Fetch"
FAILURES: Final = 5
PAUSE: Final = 10.0
NO_ANSWER: Final = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})
"""What counts as a failure: a provider that answers with an error is at least there."""
_OPTIONS: Final = (
    # 1 MiB above MOST_BYTES: what will be dropped may come, and what is too large by less is refused in the words of `clean`.
    ("grpc.max_receive_message_length", 5 * 1024 * 1024),
    ("grpc.keepalive_time_ms", 30_000),  # as often as shuniu.provider.server allows
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.min_reconnect_backoff_ms", 2_000),  # how long one attempt may take; gRPC's own 20 s would hold back all who wait for it
)
_MOVED_GRACE: Final = 5  # seconds for calls under way on a connection that is replaced
_STATUS: Final = {
    grpc.StatusCode.INVALID_ARGUMENT: "请求参数不符合其接口",
    grpc.StatusCode.NOT_FOUND: "没有所请求的资源",
    grpc.StatusCode.PERMISSION_DENIED: "拒绝枢纽访问",
    grpc.StatusCode.UNAUTHENTICATED: "未能验证枢纽身份",
    grpc.StatusCode.UNIMPLEMENTED: "未实现该接口",
    grpc.StatusCode.FAILED_PRECONDITION: "当前不具备应答条件",
}


@dataclass(slots=True)
class Breaker:
    """Opens after `FAILURES` failures in a row and stays open for `PAUSE` seconds; then one call may try."""

    failures: int = 0
    open_until: float = 0.0

    def wait(self, now: float) -> float:
        """Return for how many seconds the provider is not called, 0 when it may be; the first caller after the pause tries for all."""
        if self.failures < FAILURES:
            return 0.0
        if now < self.open_until:
            return self.open_until - now
        # Renewed before the trial: whoever comes while it runs waits on.
        self.open_until = now + PAUSE
        return 0.0

    def count(self, now: float, *, good: bool) -> None:
        """Note how a call went."""
        self.failures = 0 if good else self.failures + 1
        if self.failures >= FAILURES:
            self.open_until = now + PAUSE


@dataclass(frozen=True, slots=True)
class Place:
    """Where a system serves and the certificates (PEM) that it may show there; both as registered at this moment."""

    department: str
    system: str
    endpoint: str
    trusted: bytes


@dataclass(slots=True)
class _Line:
    place: Place
    target: Target
    channel: grpc.aio.Channel
    fetch: Any
    slots: asyncio.Semaphore
    breaker: Breaker = field(default_factory=Breaker)


@dataclass(frozen=True, slots=True)
class HubIdentity:
    """What the hub shows to providers: PEM bytes."""

    certificate: bytes
    key: bytes


class ProviderPool:
    """Calls providers by department and system. TLS trusts the system's own registered certificates, so no other member can stand in for it."""

    def __init__(self, identity: HubIdentity, concurrency: int, places: ProviderPlaces) -> None:
        """Take the hub's identity, how many calls one provider gets at a time, and where providers may stand."""
        self._identity = identity
        self._targets = Targets(places)
        self._concurrency = concurrency
        self._lines: dict[tuple[str, str], _Line] = {}
        self._hangups: set[asyncio.Task[None]] = set()

    async def fetch(self, place: Place, request: provider_pb2.FetchRequest, limit: float) -> bytes:
        """Return the bytes of the provider's answer, unread, within `limit` seconds; raise UnavailableError with step, cause and next action."""
        began = monotonic()
        line = self._line(place, await self._target(place, limit))
        limit -= monotonic() - began
        if (pause := line.breaker.wait(monotonic())) > 0:
            raise PROVIDER_PAUSED(step=FETCH.place, retry_after=pause, failures=FAILURES)
        try:
            answer = await _call(line, request, limit)
        except TimeoutError as error:
            line.breaker.count(monotonic(), good=False)
            raise _slow(limit) from error
        except grpc.aio.AioRpcError as error:
            line.breaker.count(monotonic(), good=error.code() not in NO_ANSWER)
            raise _translate(error, limit) from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise  # the caller hung up
            raise PROVIDER_MOVED(step=FETCH.place, retry_after=1.0) from error  # gRPC cancels the calls of a connection that is closed under them
        line.breaker.count(monotonic(), good=True)
        return answer

    async def close(self) -> None:
        """Close every connection."""
        for line in self._lines.values():
            await line.channel.close()
        await asyncio.gather(*self._hangups)
        self._lines.clear()

    async def _target(self, place: Place, limit: float) -> Target:
        """Return where a place is dialled at this moment."""
        if not place.endpoint or not place.trusted:
            raise PROVIDER_NOT_REGISTERED(step=FETCH.place, provider=place.department)
        if (known := self._targets.known(place.endpoint)) is not None:
            return known
        try:
            async with asyncio.timeout(limit):
                return await self._targets.of(place.endpoint)
        except TimeoutError as error:
            raise _slow(limit) from error

    def _line(self, place: Place, target: Target) -> _Line:
        """Return the connection to a place; where the system moved or its certificates changed, a new one."""
        key = (place.department, place.system)
        line = self._lines.get(key)
        # A place holds the certificates too: one renewed or revoked makes a new connection, with a breaker that has counted nothing.
        if line is None or line.place != place or line.target != target:
            self._lines[key] = self._dial(place, target)
            if line is not None:
                self._hang_up(line)
        return self._lines[key]

    def _dial(self, place: Place, target: Target) -> _Line:
        credentials = grpc.ssl_channel_credentials(place.trusted, self._identity.key, self._identity.certificate)
        name = (("grpc.ssl_target_name_override", target.name),) if target.name else ()
        channel = grpc.aio.secure_channel(target.address, credentials, options=(*_OPTIONS, *name))
        # without a deserializer: gRPC would hide the reason where the bytes cannot be read
        fetch: Any = channel.unary_unary(FETCH_METHOD, request_serializer=provider_pb2.FetchRequest.SerializeToString)
        return _Line(place, target, channel, fetch, asyncio.Semaphore(self._concurrency))

    def _hang_up(self, line: _Line) -> None:
        """Close a connection that was replaced, without waiting: its calls have a few seconds to end."""
        task = asyncio.create_task(line.channel.close(grace=_MOVED_GRACE))
        self._hangups.add(task)
        task.add_done_callback(self._hangups.discard)


async def _call(line: _Line, request: provider_pb2.FetchRequest, limit: float) -> bytes:
    """Return the provider's bytes. gRPC limits the time of the call; the time spent waiting for a slot is limited here."""
    start = monotonic()
    # A free slot is taken without waiting, so that only a full line costs a timer.
    if line.slots.locked():
        async with asyncio.timeout(limit):
            await line.slots.acquire()
    else:
        await line.slots.acquire()
    try:
        answer: bytes = await line.fetch(request, timeout=max(limit - (monotonic() - start), 0.001))
    finally:
        line.slots.release()
    return answer


def _translate(error: grpc.aio.AioRpcError, limit: float) -> UnavailableError:
    """Return the error for how gRPC ended the call; the provider's own text stays here, it may hold personal data."""
    code = error.code()
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return _slow(limit)
    if code is grpc.StatusCode.UNAVAILABLE:
        return PROVIDER_UNREACHABLE(step=FETCH.place, retry_after=5.0)
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:  # what gRPC makes of an answer above our own limit
        return PROVIDER_TOO_LARGE(step=FETCH.place)
    return PROVIDER_FAILED(step=FETCH.place, status=Word(code.name, code.name, _STATUS.get(code, "内部错误")))


def _slow(limit: float) -> UnavailableError:
    return PROVIDER_SLOW(step=FETCH.place, retry_after=1.0, limit=f"{limit:.1f}")
