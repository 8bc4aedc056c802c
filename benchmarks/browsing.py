"""`python -m benchmarks.browsing [COUNT]`: what it costs an hour to look for cases under which the records of many were read.

A day of so many outcomes lies in the index of the access log, in cases of one record each but for one of forty. Over SQLite and, where its
binaries are installed, over a PostgreSQL of this machine. The control is the plain count of the same rows. Three rounds each.
"""

import argparse
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select, text

from audit.bulk import NO_BULK
from audit.commitment import micros
from audit.rows import FORMER_COLUMNS
from audit.store import found_log
from audit.store.crowds import crowds
from audit.store.search import IndexStore
from audit.store.tables import index
from benchmarks.sweeps import databases
from hub.db import Database, Tx
from tests.brokerage.given import ENTRY, MONDAY, POLICE, TAX, world_on

_DAY: Final = timedelta(days=1)
_PORTION: Final = 20_000
_ROUNDS: Final = 3
_BROWSED: Final = 40


def fill(db: Database, count: int) -> None:
    """Put a day's outcomes into the index."""
    begin, step = micros(MONDAY), 86_400_000_000 // count
    for first in range(0, count, _PORTION):
        rows = [_row(number, begin + number * step) for number in range(first, min(first + _PORTION, count))]
        with db.begin() as tx:
            IndexStore(tx).insert(rows)
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _row(number: int, at: int) -> tuple[object, ...]:
    case = "SW-browsed" if number < _BROWSED else f"SW-{number}"
    values = {
        "position": 1_000_000_000 + number, "at": at, "kind": "outcome", "department": TAX.department, "other": POLICE.department,
        "officer": f"SW-{number % 500:04d}", "case_number": case, "resource": ENTRY.name, "pseudonym": number.to_bytes(16),
    }  # fmt: skip
    return tuple(values[name] for name in FORMER_COLUMNS) + NO_BULK


def took(db: Database, work: Callable[[Tx], object]) -> str:
    """Return how long it took, of each round."""
    spans = []
    for _ in range(_ROUNDS):
        begin = time.perf_counter()
        with db.read() as tx:
            work(tx)
        spans.append(f"{time.perf_counter() - begin:.2f}")
    return " ".join(spans) + " s"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=1_000_000)
    count = parser.parse_args().count
    plain = select(func.count()).select_from(index).where(index.c.at >= micros(MONDAY))
    with databases() as every:
        for name, db in every.items():
            db.create_tables()
            found_log(db)
            world_on(db)
            fill(db, count)
            print(f"{name}, {count:,} outcomes of a day")
            print(f"  a look: {took(db, lambda tx: list(crowds(tx, MONDAY, MONDAY + _DAY, 20, 200)))}")
            print(f"  control, their plain count: {took(db, lambda tx: tx.scalar(plain))}")
            db.close()


if __name__ == "__main__":
    main()
