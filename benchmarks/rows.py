"""How long a start takes to hold rows that decide against the log: `python -m benchmarks.rows [rows]`, grants in SQLite (100,000)."""

import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import server  # noqa: F401 - imports every store, each of which says what is bound
from audit.row_check import RowCheck
from audit.store import found_log
from hub.clock import StoppedClock
from hub.db import BOUND, Database, RowBook, Tx, put
from tests.audit.test_rows import AT, LOG, SECRET, a_row, write

USUAL, AT_ONCE, ROUNDS = 100_000, 5_000, 3
GRANTS = BOUND["grants"].table
TERMS = {"fields": ["id_number", "name", "address"], "purposes": ["640000-MZ-0017"], "systems": ["main"], "period_days": 365, "daily_calls": 2_000}


def _add(start: int, end: int, tx: Tx) -> None:
    for number in range(start, end):
        own = {"id": f"{number:026d}", "data_request": f"request-{number}", "terms": {**TERMS, "mode": "query", "masks": {}}}
        put(tx, GRANTS, {**a_row(GRANTS, 0), **own})


def main(count: int, folder: Path) -> None:
    """Write the rows, each bound to the log, then look through them as a start does."""
    db = Database(f"sqlite:///{folder / 'rows.db'}")
    db.create_tables()
    found_log(db)
    db.book = RowBook(SECRET)
    for start in range(0, count, AT_ONCE):
        write(db, partial(_add, start, min(start + AT_ONCE, count)))
    for _ in range(ROUNDS):
        db.book = RowBook(SECRET)
        begun, used = time.perf_counter(), time.process_time()
        RowCheck(db, LOG, StoppedClock(AT)).open()
        print(f"{count:,} grants held against the log: {time.perf_counter() - begun:.2f} s, {time.process_time() - used:.2f} s of CPU")
    db.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="shuniu-rows-") as place:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else USUAL, Path(place))
