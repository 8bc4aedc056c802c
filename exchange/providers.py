"""Connections to providers: one channel each, so many calls at a time, and a breaker, so that a slow department slows nobody else."""

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

import grpc
import grpc.aio

from hub.errors import UnavailableError
from shuniu.v1 import provider_pb2

FETCH: Final = "/shuniu.v1.ProviderService/Fetch"
FAILURES: Final = 5
PAUSE: Final = 10.0
_GAVE_UP: Final = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", 5 * 1024 * 1024),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)


@dataclass(slots=True)
class Breaker:
    """Opens after `FAILURES` failures in a row and stays open for `PAUSE` seconds; then one call may try."""

    failures: int = 0
    open_until: float = 0.0

    def wait(self, now: float) -> float:
        """Return how many seconds the provider is left alone, 0 when it may be called; the first caller after the pause is the trial."""
        if self.failures < FAILURES:
            return 0.0
        if now < self.open_until:
            return self.open_until - now
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

    def __init__(self, identity: HubIdentity, concurrency: int) -> None:
        """Take the hub's identity and how many calls one provider gets at a time."""
        self._identity = identity
        self._concurrency = concurrency
        self._lines: dict[tuple[str, str], _Line] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def fetch(self, place: Place, request: provider_pb2.FetchRequest, limit: float) -> bytes:
        """Return the bytes of the provider's answer, unread, within `limit` seconds; raise UnavailableError naming side, step and next action."""
        line = self._line(place)
        if (pause := line.breaker.wait(monotonic())) > 0:
            raise _down("is left alone after repeated failures", pause)
        try:
            answer = await _asked(line, request, limit)
        except TimeoutError as error:
            line.breaker.count(monotonic(), good=False)
            raise _down(f"did not answer within {limit:.1f} s", 1.0) from error
        except grpc.aio.AioRpcError as error:
            line.breaker.count(monotonic(), good=error.code() not in _GAVE_UP)
            raise _translated(error, limit) from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise  # the caller went away
            raise _down("moved to another place during the call", 1.0) from error
        line.breaker.count(monotonic(), good=True)
        return answer

    async def close(self) -> None:
        """Close every connection."""
        for line in self._lines.values():
            await line.channel.close()
        await asyncio.gather(*self._closing)
        self._lines.clear()

    def _line(self, place: Place) -> _Line:
        key = (place.department, place.system)
        line = self._lines.get(key)
        if line is None or line.place != place:
            if not place.endpoint or not place.trusted:
                raise _not_registered(place.department)
            channel = self._dial(place)
            fetch: Any = channel.unary_unary(
                FETCH, request_serializer=provider_pb2.FetchRequest.SerializeToString
            )  # gRPC would hide what is malformed
            self._lines[key] = _Line(place, channel, fetch, asyncio.Semaphore(self._concurrency))
            if line is not None:
                closing = asyncio.create_task(line.channel.close(grace=5))
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)
        return self._lines[key]

    def _dial(self, place: Place) -> grpc.aio.Channel:
        credentials = grpc.ssl_channel_credentials(place.trusted, self._identity.key, self._identity.certificate)
        return grpc.aio.secure_channel(place.endpoint, credentials, options=_OPTIONS)


async def _asked(line: _Line, request: provider_pb2.FetchRequest, limit: float) -> bytes:
    """Return the provider's bytes; gRPC watches over the call's time, the wait for a place is watched here, and only where there is one."""
    start = monotonic()
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


def _translated(error: grpc.aio.AioRpcError, timeout: float) -> UnavailableError:
    code = error.code()
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return _down(f"did not answer within {timeout:.1f} s", 1.0)
    if code is grpc.StatusCode.UNAVAILABLE:
        return _down("is unreachable", 5.0)
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return _down("answered with a message that is too large", 0.0)
    return _down(f"answered {code.name}", 0.0)


def _down(what: str, retry_after: float) -> UnavailableError:
    after = f"retry after {retry_after:.0f} s" if retry_after else "tell the provider"
    return UnavailableError(
        f"step 3 of 5, the provider {what}; the grant is valid, nothing was released",
        zh="第3步：数据提供方暂不可用，授权有效，未提供任何数据",
        next_action=after,
        retry_after=retry_after,
        reason="PROVIDER_UNAVAILABLE",
    )


def _not_registered(provider: str) -> UnavailableError:
    """Return the error for a provider that has not said where it serves."""
    return UnavailableError(
        f"step 3 of 5, provider {provider} has no registered endpoint or no valid certificate",
        zh="第3步：数据提供方未登记服务地址或证书已失效",
        next_action="the provider runs `shuniu provide`",
        reason="PROVIDER_NOT_REGISTERED",
    )
