"""In whose turn the methods behind a door are run. Departments share the threads; whatever a stranger asks for waits for a place first."""

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import aclosing
from functools import partial
from typing import Any, Final, TypeVar

from hub.access import ACCESS
from hub.addresses import address_of
from hub.rpc import Call, Function, Opening, Read, Run
from hub.strangers import Activity, Place, Strangers
from hub.threads import Threads, in_thread, pieces
from hub.writing import WriteShare

_T = TypeVar("_T")


class MembersShare:
    """Members: a plain `def` takes its department's turn for a thread, an `async def` runs at once; each call is one that strangers make way for.

    What writes is counted first against what its system may write. The data plane alone is async, and writes nothing but its accesses.
    """

    late: Final = False

    def __init__(self, threads: Threads, activity: Activity, writes: WriteShare) -> None:
        """Take the threads of the control plane, where a department's call is noted, and what each system may write."""
        self._threads, self._writes = threads, writes
        self.admitted = activity.note

    async def turned_away(self) -> None:
        """Wait for nothing: what a system is refused counts against its own share (`audit.refusals`)."""

    def method(self, function: Function, read: Read) -> Run:
        """Return how a method of one request and one answer is run."""
        if inspect.iscoroutinefunction(function):
            return function  # as it is: nothing stands between the gate and the data plane

        async def in_turn(request: Any, call: Call) -> Any:
            size = request.ByteSize() if request is not None else 0
            if ACCESS[call.method].writes:
                self._writes.charge(call.caller, size)
            return await self._threads.run(call.caller.department, function, read(request), call, size=size)

        return in_turn

    def stream(self, function: Function, read: Read, *, many: bool) -> Opening:
        """Return how a stream is opened; a sync one takes a turn for each of its answers."""

        def opened(request: Any, call: Call) -> AsyncGenerator[Any, None]:
            answers = function(_each(request, read) if many else read(request), call)
            return answers if hasattr(answers, "__aiter__") else pieces(answers, partial(self._threads.run, call.caller.department))

        return opened


class StrangersShare:
    """Strangers: a place first, then the request's bytes are read, then the method runs; a plain `def` in threads that no department needs."""

    late: Final = True

    def __init__(self, executor: Executor, strangers: Strangers, called: Callable[[str], None]) -> None:
        """Take threads of the strangers' own, their places, and what is told the peer of each call."""
        self._executor, self._strangers, self._called = executor, strangers, called

    def admitted(self) -> None:
        """Note nothing: strangers make way for nobody but departments."""

    async def turned_away(self) -> None:
        """Wait: whatever is not offered to strangers is no way around their share."""
        await self._strangers.hold()

    def method(self, function: Function, read: Read) -> Run:
        """Return how a method of one request and one answer is run."""

        async def in_loop(data: bytes, call: Call) -> Any:
            place = await self._enter(call, len(data))
            try:
                return await function(read(data), call)
            finally:
                place.leave()

        def work(data: bytes, call: Call) -> Any:
            return function(read(data), call)

        async def in_threads(data: bytes, call: Call) -> Any:
            return await self._in_place(call, len(data), work, data, call)

        return in_loop if inspect.iscoroutinefunction(function) else in_threads

    def stream(self, function: Function, read: Read, *, many: bool) -> Opening:
        """Return how a stream is opened. It has a place while it works, and none while it waits for the caller or an event."""

        async def opened(request: Any, call: Call) -> AsyncGenerator[Any, None]:
            async with self._strangers.stream(address_of(call.peer)):
                try:
                    async with aclosing(await self._answers(function, read, request, call, many=many)) as answers:
                        async for answer in answers:
                            yield answer
                finally:
                    call.rest()

        return opened

    async def _answers(self, function: Function, read: Read, request: Any, call: Call, *, many: bool) -> AsyncGenerator[Any, None]:
        if many:
            answers = function(self._in_turn(request, read, call), call)
        else:
            call.place = await self._enter(call, len(request))
            answers = function(read(request), call)
        if hasattr(answers, "__aiter__"):
            return answers  # type: ignore[no-any-return]
        call.rest()  # each of its answers has a place of its own
        return pieces(answers, partial(self._in_place, call, 0))

    async def _in_turn(self, requests: AsyncIterator[bytes], read: Read, call: Call) -> AsyncIterator[Any]:
        """Yield the requests of a stream: from each until the method asks for the next, the stream has a place."""
        async for data in requests:
            call.place = await self._enter(call, len(data))
            yield read(data)
            call.rest()

    async def _enter(self, call: Call, size: int) -> Place:
        self._called(call.peer)
        return await self._strangers.enter(address_of(call.peer), size)

    async def _in_place(self, call: Call, size: int, function: Callable[..., _T], *args: object) -> _T:
        place = await self._enter(call, size)
        return await in_thread(self._executor, place.leave, function, *args)


async def _each(requests: AsyncIterator[Any], read: Read) -> AsyncIterator[Any]:
    async for request in requests:
        yield read(request)
