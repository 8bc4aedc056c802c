"""`python -m benchmarks.work`: the first page of an inbox with 100,000 open pieces of work, and what 1,000 idle streams cost.

The page is what the hub does for ListWork, from the action to the message, over SQLite. The streams are open at a hub in this process, by real
connections of systems of their own; the clients run in this process too, so the memory is that of both sides.
"""

import argparse
import gc
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
from sqlalchemy import insert

from hub.access import Caller, Duty, Role
from hub.clock import StoppedClock
from hub.db import Database, Tx
from hub.desk import Thing, Waiting
from hub.ids import Ids
from hub.unit_of_work import Change, Kit, LogPlace
from shuniu.v1.work_pb2 import WatchWorkRequest
from tests.world import OTHER, World
from work.listing import WorkActions
from work.model import work_of
from work.pending import Pending
from work.store import Filter
from work.store.rows import work_to
from work.store.work_tables import work
from work.watching import MOST_EACH
from work.wire import WorkShape

AT = datetime(2026, 11, 27, 1, 20, tzinfo=UTC)
CIVIL = "116400000100831619"


class Unheard:
    """A journal that nobody reads."""

    def write(self, tx: Tx, change: Change) -> LogPlace:
        """Write nothing."""
        raise NotImplementedError


def page(pieces: int, rounds: int) -> tuple[list[float], float]:
    """Return how many milliseconds the first page took, each time, and how many of CPU it took on average."""
    with tempfile.TemporaryDirectory() as folder:
        db, ids = Database(f"sqlite:///{Path(folder) / 'shuniu.db'}"), Ids()
        db.create_tables()
        for begin in range(0, pieces, 10_000):
            rows = []
            for number in range(begin, min(begin + 10_000, pieces)):
                due = AT + timedelta(hours=number % 1_000 - 100)
                waits = Waiting(step="BrokerageService/ApproveDataRequest", department=CIVIL, duties=(Duty.REQUESTS,), due_time=due)
                rows.append(work_to(work_of(ids.new(AT), Thing(f"dataRequests/{number}", "居民基本信息"), waits, AT)))
            with db.begin() as tx:
                tx.execute(insert(work), rows)
        actions = WorkActions(Kit(db, Unheard(), StoppedClock(AT), ids), Pending(lambda _id: None, list))
        shape, caller, taken = WorkShape(actions.days_left, actions.proposal_of), Caller(CIVIL, "main", frozenset({Role.MEMBER})), []
        busy = time.process_time()
        for _ in range(rounds):
            begun = time.perf_counter()
            found, *_ = actions.list_work(caller, Filter(department=CIVIL), 50, "")
            _ = [shape(one).SerializeToString() for one in found]
            taken.append((time.perf_counter() - begun) * 1_000)
        busy = (time.process_time() - busy) * 1_000 / rounds
        db.close()
    return taken, busy


def streams(count: int) -> float:
    """Return by how many MiB the process grew."""
    with World() as world:
        systems = [world.member(OTHER, f"s{number}") for number in range(-(-count // MOST_EACH))]
        for one in systems:
            one.do("ListWork")
        gc.collect()
        before, calls = _memory(), []
        for number in range(count):
            channel: grpc.Channel = systems[number // MOST_EACH].client.channel
            opened: Any = channel.unary_stream("/shuniu.v1.WorkService/WatchWork", request_serializer=WatchWorkRequest.SerializeToString)
            calls.append(opened(WatchWorkRequest(), timeout=600))
        end = time.monotonic() + 120
        while sum(world.hub.watching.count(one.department, one.system) for one in systems) < count and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(2)
        gc.collect()
        grown = _memory() - before
        for call in calls:
            call.cancel()
    return grown


def _memory() -> float:
    with Path("/proc/self/status").open(encoding="utf-8") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pieces", type=int, default=100_000)
    parser.add_argument("--streams", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=50)
    options = parser.parse_args()
    taken, busy = page(options.pieces, options.rounds)
    print(f"first page of {options.pieces:,} open pieces of work: median {statistics.median(taken):.1f} ms, CPU {busy:.1f} ms")
    print(f"{options.streams:,} idle streams: {streams(options.streams):.1f} MiB, both sides")


if __name__ == "__main__":
    main()
