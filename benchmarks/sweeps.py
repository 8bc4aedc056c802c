"""`python -m benchmarks.sweeps [COUNT]`: how long the sweep of the statutory clocks takes over so many open objections and so many requests.

Over SQLite and, where its binaries are installed, over a PostgreSQL of this machine. Nothing is over at first: what a hub does once a minute.
Then a hundred of each are, and each of them gets its record of the log in a transaction of its own. Besides, what a call pays to learn
whether its record is under objection, with as many open ones about its entry and with none.
"""

import argparse
import itertools
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import insert, text

from audit.store import found_log
from brokerage.model import Concern, Objection
from brokerage.store import live_objections
from brokerage.store.rows import row_of
from brokerage.store.tables import data_requests, objections
from hub.db import Database
from hub.ids import Ids
from hub.subject import Subject
from tests.brokerage.given import CITIZEN, ENTRY, MONDAY, POLICE, TAX, World, world_on, wrong_record
from tests.postgres import binaries, cluster
from timing.timers import ANSWER_CONDITIONAL, VERIFY_OBJECTION

_PORTION: Final = 5_000
_OVER: Final = 100
"""Of each kind so many began a month earlier."""
_CALLS: Final = 100_000


def fill(world: World, count: int) -> None:
    """Put so many open objections, each to a record of its own, and so many submitted requests into the database."""
    model = Objection.file(TAX, wrong_record(), Concern(POLICE.department, "cn-id", bytes(16)), "", MONDAY)
    request, timers, ids = world.submitted(), world.actions._timers, Ids()  # noqa: SLF001 - as the actions start them
    for begin in range(0, count, _PORTION):
        filed, asked = [], []
        for number in range(begin, min(begin + _PORTION, count)):
            at = MONDAY - timedelta(days=31) if number < _OVER else MONDAY + timedelta(minutes=number % 14_000)
            one = replace(model, id=ids.new(at), subject_pseudonym=number.to_bytes(16), create_time=at)
            filed.append(row_of(objections, replace(one, timer=timers.start(VERIFY_OBJECTION, at))))
            asked.append(row_of(data_requests, replace(request, id=ids.new(at), timer=timers.start(ANSWER_CONDITIONAL, at))))
        with world.db.begin() as tx:
            tx.execute(insert(objections), filed)
            tx.execute(insert(data_requests), asked)
    if world.db.engine.dialect.name == "postgresql":
        with world.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))  # as the server does by itself within a minute


def swept(world: World, at: datetime) -> str:
    """Sweep; return what it found and took."""
    begin, spent = time.perf_counter(), time.process_time()
    found = len(world.actions.sweep(at))
    took, spent = time.perf_counter() - begin, time.process_time() - spent
    return f"{found} over: {took:.2f} s, CPU {spent:.2f} s"


def looks(world: World) -> str:
    """Return what a call pays for its look among the open objections: at an entry with all of them, and at one with none."""
    begin = time.perf_counter()
    live = live_objections(world.db, world.log.pseudonym)
    loaded = time.perf_counter() - begin
    costs = []
    for entry, subject in itertools.product((ENTRY.name, "entries/none"), (Subject("cn-id", CITIZEN),)):
        begin = time.process_time()
        for _ in range(_CALLS):
            live.of(entry, subject, ())
        costs.append((time.process_time() - begin) / _CALLS * 1e6)
    return f"loaded in {loaded:.2f} s; a look costs {costs[0]:.2f} us at their entry, {costs[1]:.2f} us at one without any"


@contextmanager
def databases() -> Iterator[dict[str, Database]]:
    """Give a database of each kind that there is here."""
    with tempfile.TemporaryDirectory(prefix="shuniu-bench-", dir=Path.cwd()) as name:
        found = {"SQLite": Database(f"sqlite:///{Path(name) / 'hub.db'}")}
        if binaries() is None:
            yield found
            return
        with cluster() as url:
            yield {**found, "PostgreSQL": Database(url)}


def main() -> None:
    """Fill, sweep and look."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=100_000)
    count = parser.parse_args().count
    with databases() as every:
        for name, db in every.items():
            db.create_tables()
            found_log(db)
            world = world_on(db)
            fill(world, count)
            early, now = MONDAY - timedelta(days=20), MONDAY + timedelta(days=10)
            for at in (early, early, now, now):
                print(f"{name}, {count:,} objections and {count:,} requests, {swept(world, at)}")
            print(f"{name}, {count:,} open objections: {looks(world)}")
            db.close()


if __name__ == "__main__":
    main()
