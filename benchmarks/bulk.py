"""`python -m benchmarks.bulk [COUNT] [--portions N]`: what it costs a search for a person to count bulk deliveries in a long log.

So many outcomes of queries lie in the index of the access log, and among them so many portions of streams under twenty grants. Over SQLite and,
where its binaries are installed, over a PostgreSQL of this machine. The control is the same look before there was a portion. Three rounds each.
"""

import argparse
from typing import Final

from sqlalchemy import text

from audit.bulk import NO_BULK
from audit.commitment import micros
from audit.rows import FORMER_COLUMNS
from audit.store import BulkStore, RecordFilter, found_log
from audit.store.search import IndexStore
from benchmarks.browsing import took
from benchmarks.sweeps import databases
from hub.db import Database
from tests.brokerage.given import ENTRY, MONDAY, POLICE, TAX

_PORTION: Final = 20_000
_GRANTS: Final = 20


def fill(db: Database, first: int, count: int, *, bulk: bool) -> None:
    """Put outcomes into the index, from a position on."""
    for start in range(first, first + count, _PORTION):
        with db.begin() as tx:
            IndexStore(tx).insert([_row(number, bulk=bulk) for number in range(start, min(start + _PORTION, first + count))])
            tx.connection.execute(text("UPDATE audit_index_state SET size = :size"), {"size": 0})
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _row(number: int, *, bulk: bool) -> tuple[object, ...]:
    values = {
        "position": -1 - number, "at": micros(MONDAY) + number, "kind": "outcome", "department": TAX.department, "other": POLICE.department,
        "officer": f"SW-{number % 500:04d}", "case_number": f"SW-{number}", "resource": ENTRY.name,
        "pseudonym": None if bulk else number.to_bytes(16),
    }  # fmt: skip
    return tuple(values[name] for name in FORMER_COLUMNS) + (("cn-id", f"grants/{number % _GRANTS:026d}", int(not number % 160)) if bulk else NO_BULK)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--portions", type=int, default=100_000)
    options = parser.parse_args()
    with databases() as every:
        for name, db in every.items():
            db.create_tables()
            found_log(db)
            fill(db, 0, options.count, bulk=False)
            print(f"{name}, {options.count:,} outcomes of queries: {took(db, lambda tx: BulkStore(tx).deliveries(RecordFilter(), 'cn-id'))}")
            fill(db, options.count, options.portions, bulk=True)
            for what, wanted in (("all", RecordFilter()), ("of a department", RecordFilter(department=TAX.department))):
                print(f"  and {options.portions:,} portions, {what}: {took(db, lambda tx: BulkStore(tx).deliveries(wanted, 'cn-id'))}")  # noqa: B023
            db.close()


if __name__ == "__main__":
    main()
