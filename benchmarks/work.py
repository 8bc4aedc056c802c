"""`python -m benchmarks.work`: each filter of ListWork among 100,000 open pieces of work, and what 1,000 idle streams cost.

A page is what the hub does for ListWork, from the action to the bytes of the messages, with total and over; over SQLite and, where its binaries are
installed, over a PostgreSQL of this machine. The streams are open at a hub in this process, by real connections of systems of their own; the
clients run in this process too, so the memory is that of both sides.
"""

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import grpc
from sqlalchemy import insert, text

from audit.log import AuditLog
from hub.access import Caller, Duty, Role
from hub.clock import StoppedClock
from hub.db import Database
from hub.desk import Thing, Waiting
from hub.ids import Ids
from hub.unit_of_work import Kit
from shuniu.v1.work_pb2 import WatchWorkRequest
from tests.postgres import binaries, cluster
from tests.world import OTHER, World
from work.listing import WorkActions
from work.model import Told, ToldNotice, Work, work_of
from work.pending import Pending
from work.store import Filter
from work.store.rows import notice_to, work_to
from work.store.work_tables import notices, work
from work.watching import MOST_EACH
from work.wire import WorkShape

AT = datetime(2026, 11, 27, 1, 20, tzinfo=UTC)
CIVIL = "116400000100831619"
_PORTION: Final = 10_000
DUTIES: Final = ((Duty.REQUESTS,), (Duty.CORRECTIONS,), (Duty.DIRECTORY, Duty.LEAD), ())
"""For whom most of the work is, in turn."""
RARE: Final = 1_000
"""Every so many pieces one is for the keepers of seals."""


def fill(db: Database, department: str, count: int, at: datetime) -> None:
    """Let so many pieces of work wait for a department, due over 41 days of which four are past, and tell it something of each."""
    ids = Ids()
    for begin in range(0, count, _PORTION):
        some = [_piece(ids, department, number, at) for number in range(begin, min(begin + _PORTION, count))]
        told = [
            ToldNotice(id=ids.new(at), department=department, kind="deadline_day", resource=one.resource, title=one.title, duties=one.duties, time=at)
            for one in some
        ]
        with db.begin() as tx:
            tx.execute(insert(work), [work_to(one) for one in some])
            tx.execute(insert(notices), [notice_to(one, one.id) for one in told])
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))  # as the server does by itself within a minute


def _piece(ids: Ids, department: str, number: int, at: datetime) -> Work:
    duties = (Duty.SEALS,) if number % RARE == RARE // 2 else DUTIES[number % len(DUTIES)]
    due = at + timedelta(hours=number % 1_000 - 100)
    waits = Waiting(step="BrokerageService/ApproveDataRequest", department=department, duties=duties, due_time=due, article="第二十条")
    made = work_of(ids.new(at), Thing(f"dataRequests/{number:026d}", f"第{number}号申请"), waits, at)
    # What is to be told of its time was told: no sweep works beside what is measured.
    return replace(made, escalated=due < at, told=Told.OVER if due < at else Told.DAY)


def filters(department: str) -> dict[str, Filter]:
    """Return what is asked for."""
    own = Filter(department=department)
    return {
        "all": own,
        "over": replace(own, due_before=AT),
        "a duty of a quarter": replace(own, duties=(Duty.REQUESTS,)),
        "a duty of one in 1,000": replace(own, duties=(Duty.SEALS,)),
        "a duty of nobody": replace(own, duties=(Duty.AUDIT,)),
        "a rare duty, over": replace(own, duties=(Duty.SEALS,), due_before=AT),
        "every duty": replace(own, duties=tuple(Duty)),
        "one thing": replace(own, resource=f"dataRequests/{77:026d}"),
        "one thing, a duty": replace(own, resource=f"dataRequests/{77:026d}", duties=(Duty.SEALS,)),
        "escalated": Filter(escalated=True),
        "escalated, a rare duty": Filter(escalated=True, duties=(Duty.SEALS,)),
    }


def pages(db: Database, pieces: int, rounds: int) -> None:
    """Print how many milliseconds a page took, each with its total and how much is over, and how many of CPU in this process."""
    db.create_tables()
    fill(db, CIVIL, pieces, AT)
    actions = WorkActions(Kit(db, AuditLog("bench", bytes(32)), StoppedClock(AT), Ids()), Pending(lambda _id: None, list))
    shape, caller = WorkShape(actions.days_left, actions.proposal_of), Caller(CIVIL, "main", frozenset({Role.MEMBER, Role.AUTHORITY}))

    def ask(wanted: Filter, token: str) -> str:
        found, following, *_ = actions.list_work(caller, wanted, 50, token)
        _ = [shape(one).SerializeToString() for one in found]
        return following

    for name, wanted in filters(CIVIL).items():
        following = ask(wanted, "")
        for which, token in ((name, ""), *(((f"{name}, next page"), following) for _ in following[:1])):
            taken, busy = [], time.process_time()
            for _ in range(rounds):
                begun = time.perf_counter()
                ask(wanted, token)
                taken.append((time.perf_counter() - begun) * 1_000)
            busy = (time.process_time() - busy) * 1_000 / rounds
            spread = f"median {statistics.median(taken):.1f} ms, p95 {statistics.quantiles(taken, n=20)[-1]:.1f}, least {min(taken):.1f}"
            print(f"{db.dialect}, {which}: {spread}; CPU {busy:.1f} ms")


@contextmanager
def databases() -> Iterator[list[Database]]:
    """Give an empty database of each kind that this machine has."""
    with tempfile.TemporaryDirectory() as folder:
        found = [Database(f"sqlite:///{Path(folder) / 'shuniu.db'}")]
        if binaries() is None:
            print("PostgreSQL's binaries are not installed: it is left out")
            yield found
            return
        with cluster() as url:
            found.append(Database(url))
            yield found
            for one in found:
                one.close()


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
    parser.add_argument("--pieces", type=int, default=100_000, help="0: the streams alone")
    parser.add_argument("--streams", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    if options.pieces:
        with databases() as found:
            for db in found:
                pages(db, options.pieces, options.rounds)
    print(f"{options.streams:,} idle streams: {streams(options.streams):.1f} MiB, both sides")


if __name__ == "__main__":
    main()
