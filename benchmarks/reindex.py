"""How quickly `shuniu audit reindex` makes the index of a log anew, in records a second: python -m benchmarks.reindex [records] [folder].

With a folder the log that is made there stays and is used again.
"""

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import audit.store
from audit.commitment import Commitment
from audit.log import AuditLog
from audit.model import Actor, Event, Kind
from audit.reindexing import Reindexing
from audit.store import RecordStore, found_log, log_size
from hub.db import Database
from hub.subject import Subject

USUAL = 1_000_000
BATCH = 256
AT = datetime(2026, 3, 2, tzinfo=UTC)


def commitments(start: int, end: int) -> list[Commitment]:
    """Return records as a busy hub writes them: intents and outcomes of ten departments, a thousand officers, many citizens."""
    access_log = AuditLog("log.example/bench", bytes(32))
    departments = [f"1164000000000{number:04d}X" for number in range(10)]
    prepared = []
    for index in range(start, end):
        intent = index - index % 2
        mixed = intent * 2_654_435_761 % 2**32  # spreads officers and citizens as they come: in no order
        event = Event(
            kind=Kind.OUTCOME if index % 2 else Kind.INTENT,
            at=AT + timedelta(milliseconds=10 * index),
            action="exchange.Query",
            actor=Actor(departments[mixed % 10], "relief", f"officer-{mixed // 10 % 1_000}"),
            other=departments[(mixed + 3) % 10],
            resource=f"entries/{mixed % 300:026d}",
            purpose="640000-relief",
            case_number=f"CASE-2026-{intent:08d}",
            grant=f"grants/{mixed % 900:026d}",
            subject=Subject.unchecked("uscc", f"91{mixed:016d}"),
            fields=("name", "address"),
            status="ok" if index % 2 else "",
            intent_index=intent if index % 2 else None,
        )
        prepared.append(access_log.prepare(event))
    return prepared


def make_log(db: Database, count: int) -> None:
    """Write `count` records."""
    for start in range(0, count, BATCH):
        prepared = commitments(start, min(count, start + BATCH))
        with db.begin() as tx:
            RecordStore(tx).append(prepared)


def main(count: int, folder: Path) -> None:
    """Make the log where it is not there, then its index, and print the rate."""
    db = Database(f"sqlite:///{folder / 'log.db'}")
    db.create_tables()
    found_log(db)
    with db.read() as tx:
        there = log_size(tx)
    if there < count:
        begun = time.monotonic()
        make_log(db, count - there)
        print(f"made {count - there:,} records in {time.monotonic() - begun:.0f} s")
    for alone in (True, False):
        begun, used = time.monotonic(), time.process_time()
        done = Reindexing(db, alone=alone).run(anew=True)
        seconds = time.monotonic() - begun
        how = "no hub runs" if alone else "beside a hub"
        print(f"reindexed {done:,} records, {how}: {seconds:.1f} s ({time.process_time() - used:.1f} s of CPU), {done / seconds:,.0f} records/s")
    db.close()


if __name__ == "__main__":
    assert audit.store
    number = int(sys.argv[1]) if len(sys.argv) > 1 else USUAL
    with tempfile.TemporaryDirectory() as passing:
        main(number, Path(sys.argv[2] if len(sys.argv) > 2 else passing))
