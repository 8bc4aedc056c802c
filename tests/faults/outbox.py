"""kill -9 of a process that keeps and sends messages: none is lost, and none that was marked as delivered comes again.

A process that dies between a receiver's 2xx and its own mark repeats that message, under the same id: at most one for each target and kill.
"""

import asyncio
import random
import signal
import ssl
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from sqlalchemy import select

from hub.db import Database
from hub.db.tables import request_ids
from hub.ids import Ids
from hub.key_set import RELEASE
from hub.keys import KeyRing
from shuniu.webhook import verify_webhook
from tests.faults.courier import CAUSES, DEPARTMENT
from tests.faults.nursery import Child, Nursery
from tests.faults.report import Row
from tests.faults.rounds import Extent, go_on
from work.model import DeliveryTarget
from work.store import TargetStore
from work.store.delivery_tables import deliveries

TARGETS = 2
PATIENCE = 20.0
EARLY = 4
"""One round of so many kills whether or not something was sent yet."""


@dataclass
class Box:
    """What came to the receiver: ids in their order, and what each is about."""

    port: int = 0
    key: bytes = b""
    came: list[str] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        message = verify_webhook(request.headers, await request.read(), self.key)
        if self.about.setdefault(message.id, message.content["name"]) != message.content["name"]:
            self.wrong.append(f"{message.id} says something else the second time")
        self.came.append(message.id)
        return web.Response()


@dataclass
class Marks:
    """Which messages were marked as delivered at each look, and what came all the same afterwards."""

    marked: set[str] = field(default_factory=set)
    seen: int = 0
    again: list[str] = field(default_factory=list)
    most_unmarked: int = 0

    def look(self, box: Box, waiting: set[str]) -> None:
        """Compare what came since the last look with what had been marked before it."""
        came = list(box.came)
        self.again += [one for one in came[self.seen :] if one in self.marked]
        self.seen = len(came)
        self.marked |= set(came) - waiting
        self.most_unmarked = max(self.most_unmarked, len(set(came) & waiting))


@contextmanager
def a_box(key: bytes, context: ssl.SSLContext) -> Iterator[Box]:
    """Receive in a thread of its own."""
    box, loop = Box(key=key), asyncio.new_event_loop()

    async def serve() -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/{rest:.*}", box.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        box.port = runner.addresses[0][1]
        return runner

    runner = loop.run_until_complete(serve())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()


def kill(extent: Extent, context: ssl.SSLContext, trust: str) -> Row:
    """Kill the sender so often, for so many seconds at most, and count what came against what was caused."""
    with Nursery("tests.faults.courier") as nursery:
        return go_on(extent, "kill -9 of the outbox", lambda first, count: _portion(nursery, context, trust, range(first, first + count)))


def _portion(nursery: Nursery, context: ssl.SSLContext, trust: str, rounds: range) -> Row:
    row, dice = Row(""), random.Random(20261127 + rounds.start)  # noqa: S311 - repeatable
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        ring = KeyRing(folder)
        ring.make(RELEASE)
        db = Database(f"sqlite:///{folder / 'shuniu.db'}")
        db.create_tables()
        (folder / "ca.pem").write_text(trust)
        with a_box(ring.signer(RELEASE).public_pem, context) as box:
            _set_targets(db, box.port)
            marks = Marks()
            for number in rounds:
                sender = _born(nursery, folder, 1_000_000)
                if number % EARLY:
                    _wait_for_more(box)
                time.sleep(dice.uniform(0.02, 0.5))
                _end(sender)
                row.times += 1
                marks.look(box, _waiting(db))
            _drain(db, nursery, folder)
            marks.look(box, _waiting(db))
            _count(db, box, row, marks)
        db.close()
    return row


def _set_targets(db: Database, port: int) -> None:
    at = datetime(2026, 11, 27, tzinfo=UTC)
    for _ in range(TARGETS):
        target = DeliveryTarget(id=Ids().new(at), department=DEPARTMENT, webhook=f"https://localhost:{port}/", create_time=at)
        with db.begin() as tx:
            TargetStore(tx).insert(target)


def _born(nursery: Nursery, folder: Path, causes: int) -> Child:
    """Start a sender; return when it runs."""
    runs = folder / "runs"
    runs.unlink(missing_ok=True)
    sender = nursery.bear({"folder": str(folder), "causes": causes})
    end = time.monotonic() + PATIENCE
    while not runs.exists():
        assert time.monotonic() < end, "the sender did not start in time"
        assert sender.poll() is None, "the sender ended by itself"
        time.sleep(0.005)
    return sender


def _end(sender: Child) -> None:
    sender.kill()
    assert sender.wait(PATIENCE) == -signal.SIGKILL, "the sender ended by itself"


def _wait_for_more(box: Box) -> None:
    """Wait until something came: a busy machine takes its time to begin."""
    before, end = len(box.came), time.monotonic() + PATIENCE
    while len(box.came) == before and time.monotonic() < end:
        time.sleep(0.005)


def _waiting(db: Database) -> set[str]:
    with db.read() as tx:
        return {row.id for row in tx.execute(select(deliveries.c.id))}


def _drain(db: Database, nursery: Nursery, folder: Path) -> None:
    """Send what is left."""
    end = time.monotonic() + 6 * PATIENCE
    sender = _born(nursery, folder, 0)
    while _waiting(db) and time.monotonic() < end:
        time.sleep(0.05)
    _end(sender)


def _count(db: Database, box: Box, row: Row, marks: Marks) -> None:
    with db.read() as tx:
        causes = {str(one.answer) for one in tx.execute(select(request_ids.c.answer).where(request_ids.c.method == CAUSES))}
    arrived = Counter(box.about.values())
    row.count(
        answers=len(box.came),
        lost=sum(TARGETS - min(arrived[one], TARGETS) for one in causes),
        twice=len(marks.again) + sum(max(0, number - TARGETS) for number in arrived.values()),
        answered=len(set(arrived) - causes),
        events=len(causes),
        came_again=len(box.came) - len(box.about),
    )
    row.problems += box.wrong
    if marks.most_unmarked > TARGETS:
        row.problems.append(f"{marks.most_unmarked} messages had arrived and were not marked after one kill")
