"""`python -m benchmarks.inspections [COUNT]`: what an inspection of a grant costs of which the log has so many answered calls.

Over SQLite and, where its binaries are installed, over a PostgreSQL of this machine. The records are written and indexed first; what is told is the
best of three counts, each as `InspectGrant` makes it behind the record of its look.
"""

import argparse
import time
from datetime import timedelta
from typing import Final

from audit.indexer import Indexer
from audit.model import Actor, Event, Kind
from audit.store import found_log
from benchmarks.sweeps import databases
from brokerage.actions.inspections import MOST_COUNTED, count_of
from brokerage.store import GrantStore
from hub.subject import Subject
from tests.audit.keeping import write
from tests.brokerage.given import CITIZEN, CIVIL, ENTRY, MONDAY, World, world_on

_PORTION: Final = 500


def fill(world: World, grant: str, count: int) -> None:
    """Put so many answered calls under a grant on the log, and index them."""
    who, whose = Actor(CIVIL.department, CIVIL.system, "MZ-0231"), Subject("cn-id", CITIZEN)
    for begin in range(0, count, _PORTION):
        numbers = range(begin, min(begin + _PORTION, count))
        write(
            world.db,
            *(
                Event(
                    kind=Kind.OUTCOME,
                    at=MONDAY + timedelta(seconds=number),
                    action="exchange.Query",
                    actor=who,
                    other=ENTRY.provider,
                    resource=ENTRY.name,
                    case_number=f"LB-{number}",
                    grant=grant,
                    subject=whose,
                    status="ok",
                    rows=1,
                    intent_index=0,
                )
                for number in numbers
            ),
        )
    Indexer(world.db).catch_up()


def main() -> None:
    """Fill each database and tell what a count takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=MOST_COUNTED + 500)
    count = parser.parse_args().count
    with databases() as every:
        for name, db in every.items():
            db.create_tables()
            found_log(db)
            world = world_on(db)
            grant = world.approved().grant
            fill(world, grant, count)
            took = []
            for _ in range(3):
                begin = time.perf_counter()
                with db.read() as tx:
                    counted = count_of(tx, GrantStore(tx).get(grant.removeprefix("grants/")))
                took.append(time.perf_counter() - begin)
            print(f"{name}, {count:,} answered calls: {counted.answered:,} counted in {min(took):.2f} s, cut: {counted.is_cut}")
            db.close()


if __name__ == "__main__":
    main()
