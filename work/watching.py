"""The stream of a department's work: each event as it comes, at least once until it is acknowledged, resumed where a token says.

Streams live in the event loop and cost no thread while they wait. What is new they read from the database, a few events at a time: whoever
reads slowly holds no more than those. The feed of changes wakes them, so an event of another process is heard of as well.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar

from hub.access import Caller
from hub.db import Database
from work.desk import TOPIC
from work.model import WorkEvent
from work.reasons import STREAMS_TOO_MANY
from work.store import EventStore, place_in

MOST_EACH: Final = 64
"""Streams of one system at a time: one is enough, and those whose end nobody has noticed yet are streams, too."""
AT_ONCE: Final = 50
"""Events that one stream holds: read, and not yet taken by its reader."""
READERS: Final = 4
"""Threads in which streams read."""
_P = TypeVar("_P")
_T = TypeVar("_T")


@dataclass(slots=True, eq=False)
class _Stream:
    """One open stream: whose it is, and what wakes it."""

    department: str
    system: str
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Watching:
    """The open streams of one process. They are its own: which events a system has acknowledged stands in the database."""

    def __init__(self, db: Database) -> None:
        """Take the database, and follow its feed of changes."""
        self._db = db
        self._streams: dict[str, set[_Stream]] = {}  # touched in the event loop alone
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads = ThreadPoolExecutor(READERS, "work streams")
        self._is_over = False
        self.read_count = 0
        """Events that were read for streams since the start."""
        db.on_change(self._heard, lambda: self._heard(TOPIC, ""))

    def count(self, department: str, system: str) -> int:
        """Return how many streams of a system are open."""
        return sum(one.system == system for one in self._streams.get(department, ()))

    def end(self) -> None:
        """End all streams, in the event loop: their readers resume them elsewhere, or when the hub is back."""
        self._is_over = True
        self._wake("")
        self._threads.shutdown(wait=False)

    async def watch(self, caller: Caller, token: str) -> AsyncGenerator[WorkEvent, None]:
        """Yield the events of the caller's department behind a token; without one, behind what the calling system acknowledged."""
        self._loop = asyncio.get_running_loop()
        if self._is_over:
            return
        with self._open(caller) as stream:
            seq = await self._in_thread(self._begin, caller, token)
            while not self._is_over:
                # Before the look, not behind it: what is committed in between wakes the stream again.
                stream.news.clear()
                events = await self._in_thread(self._behind, caller, seq)
                self.read_count += len(events)
                for event in events:
                    yield event
                    seq = event.seq
                if not events:
                    await stream.news.wait()

    @contextmanager
    def _open(self, caller: Caller) -> Iterator[_Stream]:
        streams = self._streams.setdefault(caller.department, set())
        if self.count(caller.department, caller.system) >= MOST_EACH:
            raise STREAMS_TOO_MANY(most=MOST_EACH)
        stream = _Stream(caller.department, caller.system)
        streams.add(stream)
        try:
            yield stream
        finally:
            streams.discard(stream)
            if not streams:
                self._streams.pop(caller.department, None)

    async def _in_thread(self, read: Callable[[Caller, _P], _T], caller: Caller, place: _P) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, read, caller, place)

    def _begin(self, caller: Caller, token: str) -> int:
        with self._db.read() as tx:
            store = EventStore(tx)
            bounds = store.bounds(caller.department)
            if not token:
                return max(store.cursor(caller.department, caller.system), bounds.forgotten)
            seq = place_in(tx, caller.department, token, "resume_token")
            bounds.check_reached(seq, "resume_token")
            bounds.check_kept(seq, "resume_token")
            return seq

    def _behind(self, caller: Caller, seq: int) -> list[WorkEvent]:
        with self._db.read() as tx:
            return EventStore(tx).behind(caller.department, seq, AT_ONCE)

    def _heard(self, topic: str, key: str) -> None:
        """Follow the feed of changes; called in whatever thread commits or polls."""
        if topic == TOPIC and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, key)

    def _wake(self, department: str) -> None:
        for key in [department] if department else list(self._streams):
            for stream in self._streams.get(key, ()):
                stream.news.set()
