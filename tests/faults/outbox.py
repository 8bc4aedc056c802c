"""kill -9 of a process that keeps and sends messages: none is lost, and none that was marked as delivered comes again.

A process that dies between a receiver's 2xx and its own mark repeats that message, under the same id: at most one for each target and kill.
"""

import asyncio
import random
import ssl
import subprocess
import sys
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
from tests.faults.process import ROOT
from tests.faults.report import Row
from work.model import DeliveryTarget
from work.store import TargetStore
from work.store.delivery_tables import deliveries

TARGETS = 2
PATIENCE = 20.0
EARLY = 4
"""One round of so many kills whether or not something was sent yet."""


@dataclass
class Box:
    """What came to the receiver: ids in their order, and what each is about.."""

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


def kill(rounds: int, seconds: float, context: ssl.SSLContext, trust: str) -> Row:
    """Kill the sender so often, for so many seconds at most, and count what came against what was caused."""
    row, dice, end = Row("kill -9 of the outbox", planned=rounds), random.Random(20261127), time.monotonic() + seconds  # noqa: S311 - repeatable
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        ring = KeyRing(folder)
        ring.make(RELEASE)
        db = Database(f"sqlite:///{folder / 'shuniu.db'}")
        db.create_tables()
        (folder / "ca.pem").write_text(trust)
        with a_box(ring.signer(RELEASE).public_pem, context) as box:
            _set_targets(db, box.port)
            marks, nursery = Marks(), Nursery(folder)
            for number in range(rounds):
                if time.monotonic() > end:
                    break
                nursery.start(1_000_000)
                if number % EARLY:
                    _wait_for_more(box)
                time.sleep(dice.uniform(0.02, 0.5))
                nursery.kill()
                row.times += 1
                marks.look(box, _waiting(db))
            _drain(db, nursery)
            nursery.close()
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


class Nursery:
    """The process whose children are killed."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.faults.courier", str(folder)]
        self._runs = folder / "runs"
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def start(self, causes: int) -> None:
        self._runs.unlink(missing_ok=True)
        self._say(str(causes))
        end = time.monotonic() + PATIENCE
        while not self._runs.exists():
            assert time.monotonic() < end, "the sender did not start in time"
            time.sleep(0.005)

    def kill(self) -> None:
        self._say("")
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "killed\n"

    def close(self) -> None:
        self._process.communicate(timeout=PATIENCE)

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()


def _wait_for_more(box: Box) -> None:
    """Wait until something came: a busy machine takes its time to begin."""
    before, end = len(box.came), time.monotonic() + PATIENCE
    while len(box.came) == before and time.monotonic() < end:
        time.sleep(0.005)


def _waiting(db: Database) -> set[str]:
    with db.read() as tx:
        return {row.id for row in tx.execute(select(deliveries.c.id))}


def _drain(db: Database, nursery: Nursery) -> None:
    """Send what is left."""
    end = time.monotonic() + 6 * PATIENCE
    nursery.start(0)
    while _waiting(db) and time.monotonic() < end:
        time.sleep(0.05)
    nursery.kill()


def _count(db: Database, box: Box, row: Row, marks: Marks) -> None:
    with db.read() as tx:
        causes = {str(one.answer) for one in tx.execute(select(request_ids.c.answer).where(request_ids.c.method == CAUSES))}
    arrived = Counter(box.about.values())
    repeated = len(box.came) - len(box.about)
    row.count(
        answers=len(box.came),
        lost=sum(TARGETS - min(arrived[one], TARGETS) for one in causes),
        twice=len(marks.again) + sum(max(0, number - TARGETS) for number in arrived.values()),
        answered=len(set(arrived) - causes),
    )
    row.note = f"{len(causes):,} events; {repeated} messages came again under their id, because the kill fell between the 2xx and its mark"
    row.problems += box.wrong
    if marks.most_unmarked > TARGETS:
        row.problems.append(f"{marks.most_unmarked} messages had arrived and were not marked after one kill")
