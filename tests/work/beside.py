"""A second hub as a process of its own, on the database of a first one: as one day several processes will serve one hub.

Today the second one is refused (ADR 0024). What it would do wrong today is left out here, and nothing else: it takes no lock, it holds no other
process for dead, and it signs nothing, since one signs for all.
"""

import asyncio
import multiprocessing
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import audit.instances
import server
from audit.publisher import Publisher
from hub.clock import SystemClock
from hub.config import Config
from hub.db import Database

PATIENCE = 60.0


@dataclass
class Beside:
    """The other process: where it serves, and the pipe by which it is told what to do."""

    process: Any
    pipe: Any
    addresses: dict[str, str]

    @property
    def members(self) -> str:
        return self.addresses["members"]

    def begin(self, what: str, at: datetime) -> None:
        """Let it sweep; `ended` waits for that."""
        self.pipe.send((what, at))

    def ended(self) -> int:
        """Return of how much something was told."""
        assert self.pipe.poll(PATIENCE), "the other process does not answer"
        return int(self.pipe.recv())

    def kill(self) -> None:
        """Kill it: SIGKILL."""
        self.process.kill()
        self.process.join(PATIENCE)


@contextmanager
def beside(config: Config, folder: Path) -> Iterator[Beside]:
    """Start a hub beside one that runs, with a copy of its keys and certificates."""
    shutil.copytree(config.data, folder, ignore=shutil.ignore_patterns("log"))
    own = replace(config, data=folder, members="127.0.0.1:0", public="127.0.0.1:0", web="127.0.0.1:0", checkpoint_seconds=3_600.0)
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(own, there), daemon=True)
    process.start()
    try:
        assert here.poll(PATIENCE), "the other process did not start"
        yield Beside(process, here, here.recv())
    finally:
        process.kill()
        process.join(PATIENCE)


def _serve(config: Config, pipe: Any) -> None:
    for owner, name, answer in ((Database, "hold", None), (Publisher, "publish", None), (audit.instances, "dead_of", ())):
        setattr(owner, name, lambda *_said, answer=answer: answer)
    asyncio.run(_run(config, pipe))


async def _run(config: Config, pipe: Any) -> None:
    hub = server.Hub(config, SystemClock())
    await hub.start()
    pipe.send(hub.addresses)
    sweeps = {"reminders": hub.reminders.sweep, "proposals": hub.proposals.sweep}
    while True:
        what, at = await asyncio.to_thread(pipe.recv)
        pipe.send(await asyncio.to_thread(sweeps[what], at))
