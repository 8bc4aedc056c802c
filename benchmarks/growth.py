"""`python -m benchmarks.growth`: what a hub keeps of one record a second, each with its own checkpoint; a stopped clock, as fast as it goes.

One day is run (`--seconds 86400`), with the sweep of each minute; thirty days and a year are computed by the same rules. Files and bytes
are those of the published folder. A day goes through writer, signer, cleaning and housekeeping as the publisher calls them, without the
records' rows and without waiting for the disk; `--publisher` goes through all of it, which takes ten times as long.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from audit.checkpoint import sign_checkpoint
from audit.cleaning import ROUNDS, WIDEST, Cleaning
from audit.log import AuditLog
from audit.model import Actor, Event, Kind
from audit.publisher import Publisher
from audit.store import CHECKPOINT_KEPT, CheckpointThinning, RecordStore, TreeStore, found_log
from audit.tiles import TileWriter
from hub.clock import StoppedClock
from hub.db import Database, metadata
from hub.housekeeping import Housekeeping
from hub.keys import Ed25519Signer
from migrations import migrate
from shuniu.proofs.checkpoint import Checkpoint
from shuniu.proofs.tiles import ENTRIES, HEIGHT, WIDTH, levels_of
from shuniu.proofs.tree import CompactRange

DAY: Final = 86_400
BEGIN: Final = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)  # midnight in China
SECOND: Final = timedelta(seconds=1)
EVENT: Final = Event(
    kind=Kind.INTENT,
    at=BEGIN,
    action="exchange.Query",
    actor=Actor("11640000MB00000002", "main", "A1"),
    other="11640000MB00000001",
    resource="entries/01k8v3m2q9xh4tbn7zr5wdyfca",
    purpose="640000-relief",
    case_number="RELIEF-2026-0001",
    grant="grants/01k8v4c7jt2ep6smg9kqxw3hnb",
    fields=("id_number", "name", "address"),
)


def files_of(size: int) -> int:
    """Compute how many files a log has that grew by lone records: tiles, the partial ones that stay, checkpoint and key."""
    count = 2
    for level in (ENTRIES, *levels_of(size)):
        step = HEIGHT * max(level, 0)
        full, rest = divmod(size >> step, WIDTH)
        fresh = full and size - (full << (step + HEIGHT)) < ROUNDS  # the widest of the place before stay a while
        count += full + rest + (WIDEST if fresh else 0)
    return count


def checkpoints_of(days: int) -> int:
    """Compute how many checkpoints are kept after so many days of one a second."""
    week = CHECKPOINT_KEPT // timedelta(days=1)
    return DAY * min(days, week) + max(0, days - week)


def measured(folder: Path) -> tuple[int, int, int]:
    """Return files, their bytes, and the bytes that their blocks take."""
    stats = [path.stat() for path in folder.rglob("*") if path.is_file()]
    return len(stats), sum(one.st_size for one in stats), sum(one.st_blocks * 512 for one in stats)


class Parts:
    """Writer, signer and cleaning in the publisher's order, without rows."""

    def __init__(self, publisher: Publisher, signer: Ed25519Signer, log: AuditLog, db: Database) -> None:
        self._vkey, self._signer, self._log, self._db = publisher.vkey, signer, log, db
        self._writer, self._cleaning, self._tree = TileWriter(publisher.directory), Cleaning(publisher.directory), CompactRange()

    def publish(self, at: datetime) -> None:
        """Write, sign and publish one more record."""
        one = self._log.prepare(replace(EVENT, at=at))
        self._writer.extend(self._tree.size, [one.leaf])
        self._tree.append(one.leaf_hash)
        head = Checkpoint(self._log.origin, self._tree.size, self._tree.root())
        note = sign_checkpoint(head, self._vkey, self._signer.sign)
        with self._db.begin() as tx:
            TreeStore(tx).keep_checkpoint(head.size, head.root, note.decode(), at)
        self._writer.publish(note)
        self._cleaning.clean(head.size)


def run(seconds: int, place: Path, *, whole: bool) -> Iterator[tuple[int, tuple[int, int, int], int]]:
    """Write a record a second and publish each; give second, files and kept checkpoints at some moments."""
    url, log, clock = f"sqlite:///{place / 'shuniu.db'}", AuditLog("growth.example/log", b"p" * 32), StoppedClock(BEGIN)
    migrate(url)
    db = Database(url)
    db.prepare()
    found_log(db)
    signer = Ed25519Signer(Ed25519PrivateKey.generate())
    publisher = Publisher(db, clock, log.origin, signer, place / "log")
    publisher.open()
    parts = Parts(publisher, signer, log, db)
    housekeeping = Housekeeping(db, log, {"checkpoints": CheckpointThinning()})
    for second in range(1, seconds + 1):
        if whole:
            with db.begin() as tx:
                RecordStore(tx).append([log.prepare(replace(EVENT, at=clock.now()))])
            publisher.publish()
        else:
            parts.publish(clock.now())
        clock.advance(SECOND)
        if second % 60 == 0:
            housekeeping.sweep(clock.now())
        if second in {3_000, 3_072, seconds} or second % 21_600 == 0:
            with db.read() as tx:
                yield second, measured(place / "log"), int(tx.scalar(select(func.count()).select_from(metadata.tables["audit_checkpoints"])))
    db.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=DAY)
    parser.add_argument("--publisher", action="store_true")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if not options.publisher:
        vars(os)["fsync"] = lambda _: None  # not waiting for the disk
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        print(f"{'second':>10} {'files':>8} {'computed':>9} {'bytes':>12} {'on disk':>12} {'checkpoints':>12}")
        for second, (files, size, blocks), checkpoints in run(options.seconds, Path(place), whole=options.publisher):
            print(f"{second:>10,} {files:>8,} {files_of(second):>9,} {size:>12,} {blocks:>12,} {checkpoints:>12,}", flush=True)
            assert files == files_of(second)
    each = size / second
    for days in (30, 365):
        size = days * DAY
        print(f"{days:>6} days {files_of(size):>8,} files, {size * each / 1e6:>8,.0f} MB, {checkpoints_of(days):,} checkpoints (computed)")
    print(f"took {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
