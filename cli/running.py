"""A hub in this process, from its start to its end."""

import asyncio
import gc
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cli.ports import addresses_of, refuse_taken
from cli.process import FolderLock
from hub.clock import Clock, SystemClock
from hub.config import Config
from hub.descriptors import raise_limit
from hub.heap import keep_freed_memory
from server import Hub
from shuniu.cli.process import Stop, ready_file
from shuniu.cli.server_log import server_log

SWITCH_SECONDS: Final = 0.001
"""The log's writer gets the interpreter back after each commit within 1 ms of a busy event loop, not Python's usual 5."""
MACHINE: Final[Clock] = SystemClock()
"""By what every hub but the demo's tells the time."""


def say_nothing(_event: str, _facts: Mapping[str, Any]) -> None:
    """Leave standard output alone: the server's log says what happens."""


def _begin_nothing(_hub: Hub) -> None:
    """Add nothing to a hub that serves."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a hub is run: the file that says where it serves, the process with which it ends, who is told, by which clock, and what begins with it."""

    ready: Path | None
    parent: int | None
    say: Callable[[str, Mapping[str, Any]], None] = say_nothing
    clock: Clock = MACHINE
    begin: Callable[[Hub], object] = _begin_nothing


def run_hub(config: Config, run: Run, log_level: str) -> None:
    """Run a hub in this process until it is told to stop."""
    # of the whole process, so only in the one that serves
    sys.setswitchinterval(SWITCH_SECONDS)
    keep_freed_memory()
    raise_limit()
    with server_log(log_level) as events, FolderLock(config.data) as lock, asyncio.Runner(loop_factory=events.loop) as runner:
        # after the lock: another hub on this folder is named as such, not as a taken port
        refuse_taken(addresses_of(config))
        runner.run(_serve(config, run, lock))


async def _serve(config: Config, run: Run, lock: FolderLock) -> None:
    stop = Stop(run.parent)
    hub = await asyncio.to_thread(Hub, config, run.clock)
    await hub.start()
    settle_memory()
    try:
        run.begin(hub)
        hub.db.hold().watch(stop.fail)
        # `listens` is what the configuration says: the doctor recognises the ports of this hub by it
        lock.write({**hub.addresses, "listens": addresses_of(config)})
        with ready_file(run.ready, hub.addresses):
            run.say("serving", hub.addresses)
            await stop.wait()
    finally:
        await hub.stop()
        run.say("stopped", {})


def settle_memory() -> None:
    """Spare the garbage collector what lives as long as the hub, and let it look at the rest less often: a third of a query's time otherwise."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
