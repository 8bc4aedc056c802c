"""Streams of providers: so many at a time, each message within its time, told in the exchange's words when one ends badly.

A stream takes no place of the queries: it lasts for as long as its consumer reads. Process-local, as the connections are.
"""

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import grpc
import grpc.aio

from exchange.breaker import Attempt
from exchange.faults import Said, translate
from exchange.model import Question
from exchange.providers import Place, ProviderPool
from exchange.reasons import PROVIDER_MOVED
from exchange.steps import FETCH
from exchange.stream_reasons import PROVIDER_STALLED, STREAM_NOT_SERVED, STREAM_PLACE_LOST, STREAMS_TOO_MANY
from exchange.stream_tally import StreamTally
from hub.errors import IllegalStateError, LimitError, Reason, ShuniuError
from shuniu.turns import Turns

METHOD: Final = "/shuniu.v1.ProviderService/Stream"
MOST_STREAMS: Final = 8
"""Streams that are open at one system of a provider; one department alone gets six."""
_LOST: Final = "PLACE_LOST"


@dataclass(frozen=True, slots=True)
class StreamKind:
    """A kind of streams: the provider's rpc, how many are open at one of its systems, and what is said where there is none, or no going on."""

    method: str
    most: int
    not_served: Reason[IllegalStateError]
    place_lost: Reason[IllegalStateError]
    too_many: Reason[LimitError]


TABLES: Final = StreamKind(METHOD, MOST_STREAMS, STREAM_NOT_SERVED, STREAM_PLACE_LOST, STREAMS_TOO_MANY)


class ProviderStream:
    """One open stream of a provider; belongs to the task that reads it."""

    def __init__(self, call: Any, attempt: Attempt, question: Question, provider: str, kind: StreamKind) -> None:
        """Take the call, and what the breaker is told of it."""
        self._call, self._attempt, self._question, self._provider, self._kind = call, attempt, question, provider, kind

    async def read(self, limit: float) -> bytes | None:
        """Return the next message, None behind the last; raise an error where none comes within `limit` seconds or the call fails."""
        try:
            async with asyncio.timeout(limit):
                message = await self._call.read()
        except TimeoutError:
            self._attempt.bad(monotonic())
            raise PROVIDER_STALLED(step=FETCH.place, limit=f"{limit:.0f}", retry_after=1.0) from None
        except grpc.aio.AioRpcError as error:
            raise self._meaning(error, limit) from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise PROVIDER_MOVED(step=FETCH.place, retry_after=1.0) from error
        if message is grpc.aio.EOF:
            return None
        self._attempt.good()
        return bytes(message)

    def close(self) -> None:
        """Tell the provider that nobody reads on."""
        self._call.cancel()
        self._attempt.end(monotonic())

    def _meaning(self, error: grpc.aio.AioRpcError, limit: float) -> ShuniuError:
        said = Said.of(error, self._question)
        if said.status is grpc.StatusCode.UNAVAILABLE:
            self._attempt.bad(monotonic())
        else:
            self._attempt.good()
        if said.status is grpc.StatusCode.UNIMPLEMENTED:
            return self._kind.not_served(step=FETCH.place, provider=self._provider)
        if said.status is grpc.StatusCode.FAILED_PRECONDITION and said.reason == _LOST:
            return self._kind.place_lost(step=FETCH.place, provider=self._provider)
        return translate(said, self._question, limit, self._provider)


class ProviderStreams:
    """Opens streams at providers, over the connections of the pool."""

    def __init__(self, pool: ProviderPool, tally: StreamTally, kind: StreamKind = TABLES) -> None:
        """Take the connections, what counts the streams, and which kind of streams is opened over them."""
        self._pool, self.tally, self._kind = pool, tally, kind
        self._turns: dict[tuple[str, str], Turns] = {}

    @property
    def patience(self) -> float:
        """Return for how many seconds a provider may say nothing."""
        return self._pool.terms.timeout

    def take(self, place: Place, consumer: str) -> None:
        """Take one of the places for streams; raise LimitError where none is free."""
        turns = self._turns.setdefault((place.department, place.system), Turns(self._kind.most, 0, 0))
        if not turns.take_free(("consumer", consumer)):
            raise self._kind.too_many(step=FETCH.place, retry_after=5.0)

    def give(self, place: Place, consumer: str) -> None:
        """Give the place back."""
        turns = self._turns[place.department, place.system]
        turns.give(("consumer", consumer))
        if not turns.used:
            del self._turns[place.department, place.system]

    async def begin(self, place: Place, question: Question) -> ProviderStream:
        """Call the provider; what it says is heard by reading."""
        channel, breaker = await self._pool.line(place, self.patience)
        attempt = breaker.begin(question.consumer, monotonic(), is_fair=True)
        method: Any = channel.unary_stream(self._kind.method)
        return ProviderStream(method(question.data), attempt, question, place.department, self._kind)
