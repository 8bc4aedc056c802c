"""How long the look for a second entry under one resource code takes, with its index and without: python -m benchmarks.codes [entries]."""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from sqlalchemy import desc, func, select

from benchmarks.search import fill
from catalog.store import EntryStore
from catalog.store.tables import ResourceCode, entries
from hub.db import Database

USUAL = 100_000
LOOKS = 50
INDEX = "ix_entries_resource_code"


def main(count: int, folder: Path) -> None:
    """Fill a directory and look up codes of the department that has most entries, then the doubled codes of all."""
    db = Database(f"sqlite:///{folder / 'directory.db'}")
    db.create_tables()
    fill(db, count)
    per_department = select(entries.c.provider, func.count().label("size")).group_by(entries.c.provider)
    with db.read() as tx:
        top = tx.execute(per_department.order_by(desc("size")).limit(1)).one()
        codes = [row.code for row in tx.execute(select(ResourceCode().label("code")).where(entries.c.provider == top.provider).limit(LOOKS))]
    print(f"{count:,} entries, {top.size:,} of one department")
    for name in ("with the index", "without"):
        if name == "without":
            with db.begin() as tx:
                next(index for index in entries.indexes if index.name == INDEX).drop(tx.connection)
        took = [_cpu_of_look(db, top.provider, code) for code in codes]
        begun = time.process_time()
        with db.read() as tx:
            found = len(EntryStore(tx).under_one_code())
        seconds = time.process_time() - begun
        print(f"{name}: a code {1000 * median(took):.2f} ms of CPU (at most {1000 * max(took):.2f}), doubled codes {seconds:.2f} s ({found} found)")
    db.close()


def _cpu_of_look(db: Database, provider: str, code: str) -> float:
    begun = time.process_time()
    with db.read() as tx:
        EntryStore(tx).with_code(provider, code, "x")
    return time.process_time() - begun


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="shuniu-bench-") as passing:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else USUAL, Path(passing))
