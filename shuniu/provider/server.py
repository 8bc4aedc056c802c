"""ProviderService over mTLS: the certificate in the folder is the server's, and only the hub's own certificate may fetch.

Errors say what the hub can do about them and nothing of the data. The text of an unknown error stays in this process; the log shows
where it happened, not what it said, because database errors often quote the key.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection import aio as reflection_aio

from shuniu.errors import FetchError, status_bytes
from shuniu.folder import read_identity
from shuniu.loops import new_loop, on_end, run_in
from shuniu.places import places_of
from shuniu.provider.batches import Batches, end_message, load_arrow
from shuniu.provider.certificates import Certificates, HubCertificate
from shuniu.provider.changes import ChangeMessages, ChangesFunction, followed, idle_message
from shuniu.provider.failures import FailureLog
from shuniu.provider.freshness import NOTHING, FreshnessBook, looks_of
from shuniu.provider.pages import RowsFunction, StreamCall, iterated
from shuniu.provider.reading import CheckQuestion, Question, check, handlers_of, read_check, read_question, read_questions, reader, refuse
from shuniu.provider.resource import (
    MAX_ANSWER,
    Column,
    FetchCall,
    FetchFunction,
    Plan,
    Resource,
    Rows,
    StreamPlan,
    WatchPlan,
    answer_to,
    judge_rows,
    pack,
    plan,
    plan_check,
    stream_plan,
    watch_plan,
)
from shuniu.steady import SteadyServer
from shuniu.turns import FullError, Turns
from shuniu.v1.provider_pb2 import DESCRIPTOR, DescribeRequest, DescribeResponse, FetchManyResponse, FetchOutcome, FetchRequest
from shuniu.v1.stream_pb2 import ProviderStreamRequest
from shuniu.v1.subscribe_pb2 import ProviderWatchRequest

__all__ = ["Column", "FetchCall", "Provider", "Resource", "Running", "StreamCall", "run"]

log = logging.getLogger(__name__)
_T = TypeVar("_T")
SERVICE: Final = DESCRIPTOR.services_by_name["ProviderService"].full_name
HEALTH: Final = health_pb2.DESCRIPTOR.services_by_name["Health"]
REFLECTION: Final = reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"]
GRACE: Final = 5.0
MOST_CALLS: Final = 1024
THREADS: Final = 8
QUEUE: Final = 16
"""How many fetches may wait for each thread: twice what a hub has under way at one provider unless told otherwise."""
PAUSE: Final = 0.5
"""Seconds until a watch that found nothing new looks again."""
SIGN: Final = 10.0
"""Seconds after which a watch without news says that it is there."""
Write = Callable[[Rows], bytes]
"""Makes the answer of the records that were found; in the thread that found them."""
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", 1024 * 1024),
    ("grpc.max_send_message_length", 4 * 1024 * 1024 + 64 * 1024),
    ("grpc.max_concurrent_streams", 1024),
    ("grpc.so_reuseport", 0),  # two processes on one port would share its calls in silence
    ("grpc.http2.min_ping_interval_without_data_ms", 30_000),  # as often as the hub pings; gRPC's own floor is 5 minutes
    ("grpc.keepalive_permit_without_calls", 1),
)


class Provider:
    """What a department serves: give it resources, then `serve` or `run` it.

    provider = Provider("identity")

    @provider.resource("resident", key="id_number", columns=["id_number", "name"])
    def resident(key, fields, call):
        return [{"id_number": key, "name": ...}]
    """

    def __init__(self, folder: Path | str, *, threads: int = THREADS) -> None:
        """Serve with the identity in `folder`; plain functions share so many threads, of which one consumer, or one resource, leaves some free."""
        self._folder = Path(folder)
        self._threads = threads
        self._resources: dict[str, Resource] = {}

    def resource(
        self,
        name: str,
        *,
        key: str,
        columns: Sequence[Column | str],
        stream: RowsFunction | None = None,
        changes: ChangesFunction | None = None,
    ) -> Callable[[FetchFunction], FetchFunction]:
        """Serve the decorated function (key, fields, call) -> records under a name.

        `stream`, a plain function (fields, call) -> all records, in the same order at every call, lets the resource be read whole.
        `changes`, a plain function (fields, call) -> the changes behind `call.cursor`, each a `Change` with its own cursor, lets it be subscribed to;
        from the empty cursor on it yields every record. It ends where there is nothing new, and is called again half a second later.
        """

        def decorate(function: FetchFunction) -> FetchFunction:
            known = tuple(column if isinstance(column, Column) else Column(column) for column in columns)
            whole, watch = None if stream is None else iterated(stream), None if changes is None else followed(changes)
            self.add(Resource(name, key, known, function, stream=whole, watch=watch))
            return function

        return decorate

    def add(self, resource: Resource) -> None:
        """Serve a ready resource, for example `TableProvider(...).resource()`."""
        if resource.name in self._resources:
            raise ValueError(f"resource {resource.name!r} is served already")
        self._resources[resource.name] = resource

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of what it serves."""
        return tuple(sorted(self._resources))

    async def serve(self, address: str = "127.0.0.1:0") -> Running:
        """Listen and return what is running; port 0 takes a free one. Call it inside an event loop."""
        identity = read_identity(self._folder)
        threads = ThreadPoolExecutor(self._threads, thread_name_prefix="fetch")
        server = SteadyServer(_OPTIONS, most=MOST_CALLS)
        alive = health.aio.HealthServicer()
        calls = _Calls(dict(sorted(self._resources.items())), HubCertificate(f"shuniu://{identity.hub}/hub"), threads, self._threads)
        server.offer(SERVICE, calls.handlers())
        told = reflection_aio.ReflectionServicer((SERVICE, HEALTH.full_name, REFLECTION.full_name))
        server.offer(HEALTH.full_name, handlers_of(HEALTH, alive))
        server.offer(REFLECTION.full_name, handlers_of(REFLECTION, told))
        port = server.add_secure_port(address, Certificates(self._folder, identity).credentials())
        await server.start()
        for name in ("", SERVICE):
            await alive.set(name, health_pb2.HealthCheckResponse.SERVING)
        return Running(server, alive, threads, port, calls.freshness)


@dataclass(frozen=True)
class Running:
    """A provider that listens on `port`."""

    server: SteadyServer
    health: Any
    threads: ThreadPoolExecutor
    port: int
    freshness: FreshnessBook

    async def stop(self, grace: float = GRACE) -> None:
        """Take no new call, let those under way end for `grace` seconds, then close."""
        await self.health.enter_graceful_shutdown()
        await self.server.stop(grace)
        # not waited for: a fetch that hangs in a driver must not hold up the end
        self.threads.shutdown(wait=False, cancel_futures=True)
        self.freshness.close()


def run(provider: Provider, address: str, on_ready: Callable[[int], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then stop gracefully; `on_ready` gets the port. For the main thread."""
    if not logging.getLogger().handlers:  # a program without a log of its own: its operator reads standard error
        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        logging.getLogger("shuniu").setLevel(logging.INFO)
    run_in(new_loop(), _until_signal(provider, address, on_ready))


async def _until_signal(provider: Provider, address: str, on_ready: Callable[[int], None] | None) -> None:
    stop = asyncio.Event()
    # before the port opens: a signal from here on ends in order
    on_end(asyncio.get_running_loop(), stop.set)
    running = await provider.serve(address)
    log.info("serving %s at port %d", ", ".join(provider.names), running.port)
    if on_ready is not None:
        on_ready(running.port)
    await stop.wait()
    await running.stop()
    log.info("stopped")


class _Calls:
    """The methods: check the caller, check the request, run the function, pack its records."""

    def __init__(self, resources: dict[str, Resource], hub: HubCertificate, threads: ThreadPoolExecutor, count: int) -> None:
        self._resources = resources
        self._columns = {name: frozenset(column.name for column in resource.columns) for name, resource in resources.items()}
        self._hub = hub
        self._threads = threads
        # Process-local, as the threads are that it shares out.
        self._turns = Turns(count, count * QUEUE, count * QUEUE)
        self._failures = FailureLog()
        self.freshness = FreshnessBook(looks_of((name, one.freshness) for name, one in resources.items()))

    def handlers(self) -> dict[str, grpc.RpcMethodHandler[Any, Any]]:
        """Return the method handlers; answers are packed by hand, so nothing is serialized twice or in the loop."""
        unary: Callable[..., Any] = grpc.unary_unary_rpc_method_handler
        describe = unary(self._guard(self._describe), request_deserializer=reader(DescribeRequest))
        fetch = unary(self._guard(self._fetch), request_deserializer=read_question)
        ask = unary(self._guard(self._check), request_deserializer=read_check)
        many = unary(self._guard(self._fetch_many), request_deserializer=read_questions)
        streamed: Callable[..., Any] = grpc.unary_stream_rpc_method_handler
        stream = streamed(self._stream, request_deserializer=reader(ProviderStreamRequest))
        watch = streamed(self._watch, request_deserializer=reader(ProviderWatchRequest))
        return {"Describe": describe, "Fetch": fetch, "FetchMany": many, "Check": ask, "Stream": stream, "Watch": watch}

    def _guard(self, function: Callable[[Any, float], Awaitable[bytes]]) -> Callable[[Any, Any], Awaitable[bytes]]:
        async def handle(request: Any, context: Any) -> bytes:
            try:
                self._hub.check(context.auth_context().get("x509_pem_cert", (b"",))[0])
                check(request)
                left = context.time_remaining()
                return await function(request, math.inf if left is None else time.monotonic() + left)
            except FetchError as error:
                failure = error
            return await refuse(context, failure)

        return handle

    async def _describe(self, _request: DescribeRequest, _until: float) -> bytes:
        found = await self.freshness.read()
        told = [resource.to_message(found.get(name, NOTHING)) for name, resource in self._resources.items()]
        return DescribeResponse(resources=told).SerializeToString()

    async def _fetch(self, question: Question, until: float) -> bytes:
        async def answer() -> bytes:
            work = plan(question.message, self._resources, self._columns, until)
            return await self._answer(work, lambda rows: pack(work, rows))

        return await self._told(answer, question.message, question.digest)

    async def _check(self, question: CheckQuestion, until: float) -> bytes:
        asked = question.message

        async def answer() -> bytes:
            work, terms = plan_check(asked, self._resources, self._columns, until)
            return await self._answer(work, lambda rows: judge_rows(work, terms, rows, absent_is_no=asked.absent_is_no))

        return await self._told(answer, asked.fetch, question.digest)

    async def _told(self, answer: Callable[[], Awaitable[bytes]], request: FetchRequest, digest: bytes) -> bytes:
        """Return an answer with the digest of its question; what went wrong is told to the department's log and, in our words, to the hub."""
        began = time.monotonic()
        try:
            return answer_to(await answer(), digest)
        except FetchError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 -- the border: what went wrong inside stays inside
            failure = _unknown(error)
        resource = self._resources.get(request.resource)
        if resource is not None:
            failure.facts["resource"] = resource.name
        self._failures.tell(failure, request.consumer, time.monotonic() - began)
        raise failure

    async def _fetch_many(self, questions: Sequence[Question | None], until: float) -> bytes:
        """Answer several fetches, each by itself; what has no room in one message is left empty."""
        response, room = FetchManyResponse(), MAX_ANSWER
        for outcome in await asyncio.gather(*(self._outcome(one, until) for one in questions)):
            room -= outcome.ByteSize()
            response.outcomes.append(outcome if room >= 0 else FetchOutcome())
        return response.SerializeToString()

    async def _outcome(self, question: Question | None, until: float) -> FetchOutcome:
        try:
            check(question)
            return FetchOutcome(answer=await self._fetch(cast("Question", question), until))
        except FetchError as failure:
            return FetchOutcome(refusal=status_bytes(failure))

    async def _answer(self, work: Plan, write: Write) -> bytes:
        if work.resource.is_async:
            # packed in the event loop: an async function answers with rows that are in memory
            rows = await cast("Awaitable[Rows]", work.resource.fetch(work.key, work.fields, work.call))
            return write(rows)
        if work.resource.quick is not None:
            # tried in the event loop: handing over to a thread costs more than a short select
            found = work.resource.quick(work.key, work.fields, work.call)
            if found is not None:
                return write(found)
        return await self._in_thread(work.call.consumer, work.resource.name, partial(_run, work, write))

    async def _stream(self, request: ProviderStreamRequest, context: Any) -> AsyncIterator[bytes]:
        async for message in self._admitted(request, context, lambda: self._messages(stream_plan(request, self._resources, self._columns))):
            yield message

    async def _watch(self, request: ProviderWatchRequest, context: Any) -> AsyncIterator[bytes]:
        async for message in self._admitted(request, context, lambda: self._changes(watch_plan(request, self._resources, self._columns))):
            yield message

    async def _admitted(self, request: Any, context: Any, opening: Callable[[], AsyncIterator[bytes]]) -> AsyncIterator[bytes]:
        try:
            self._hub.check(context.auth_context().get("x509_pem_cert", (b"",))[0])
            check(request)
            async for message in self._streamed(request, opening):
                yield message
        except FetchError as error:
            failure = error
        else:
            return
        await refuse(context, failure)

    async def _streamed(self, request: Any, opening: Callable[[], AsyncIterator[bytes]]) -> AsyncIterator[bytes]:
        """Yield the messages of a stream; what goes wrong is told in this program's own log."""
        began = time.monotonic()
        try:
            async for message in opening():
                yield message
        except FetchError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 -- the border, as for a fetch
            failure = _unknown(error)
        else:
            return
        if request.resource in self._resources:
            failure.facts["resource"] = request.resource
        self._failures.tell(failure, request.consumer, time.monotonic() - began)
        raise failure

    async def _messages(self, work: StreamPlan) -> AsyncIterator[bytes]:
        """Yield a resource page by page, each made in a thread when the one before it has left: nothing lies in memory but one page."""
        keys = work.call.consumer, work.resource.name

        def begin() -> Batches:
            load_arrow()
            return Batches(work.stream(work.fields, work.call), work.fields, work.types, work.call.rows)

        batches = await self._in_thread(*keys, begin)
        yield batches.schema()
        while (messages := await self._in_thread(*keys, batches.following)) is not None:
            for message in messages:
                yield message
        yield end_message()

    async def _changes(self, work: WatchPlan) -> AsyncIterator[bytes]:
        """Yield changes page by page; where there are none, look again after a pause, and say now and then that nothing is new."""
        keys = work.call.consumer, work.resource.name
        told = await self._in_thread(*keys, lambda: ChangeMessages(work.watch(work.fields, work.call), work.fields, work.call.rows))
        spoke = time.monotonic()
        while True:
            messages = await self._in_thread(*keys, told.following)
            if not messages and time.monotonic() - spoke >= SIGN:
                messages = [idle_message()]
            for message in messages:
                yield message
                spoke = time.monotonic()
            if not told.is_behind:
                await asyncio.sleep(PAUSE)

    async def _in_thread(self, consumer: str, resource: str, work: Callable[[], _T]) -> _T:
        """Run a fetch in a thread of its own for as long as it takes: a thread cannot be stopped, so a caller who is gone does not free its place."""
        keys = (("consumer", consumer), ("resource", resource))
        try:
            await self._turns.take(*keys)
        except FullError:
            raise _busy() from None
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        running.add_done_callback(lambda _: self._turns.give(*keys))
        return await asyncio.shield(running)


def _run(work: Plan, write: Write) -> bytes:
    return write(cast("Rows", work.resource.fetch(work.key, work.fields, work.call)))


def _busy() -> FetchError:
    return FetchError(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "BUSY",
        "too many fetches wait for this provider's threads",
        message_zh="等待提供方处理的调取过多",
        next_action="try again in a second, with fewer at a time",
        next_action_zh="请于1秒后重试，并减少同时调取的数量",
        retry_after=1,
    )


def _unknown(error: Exception) -> FetchError:
    return FetchError(
        grpc.StatusCode.INTERNAL,
        "PROVIDER_FAILED",
        "the provider failed",
        message_zh="提供方内部错误",
        next_action="try again; if it fails again, inform the providing department, whose log has the place",
        next_action_zh="请重试；如再次失败，请联系提供部门查看其日志",
        cause=f"{type(error).__name__} at {places_of(error)}",
    )
