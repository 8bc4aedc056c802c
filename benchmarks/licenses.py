"""Was this code issued here? The index in memory against a look-up by key: python -m benchmarks.licenses [licenses] [rows in the database].

index      memory and CPU time of `licenses/issue_index.py` with so many licenses (10,000,000), one in a hundred of them revoked
database   the same question asked of SQLite by the place's key, with the row held against the log, at so many rows (1,000,000)
filling    how fast the index is loaded from those rows, each held against the log
"""

import gc
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert

import licenses.store
from hub.clock import SystemClock
from hub.db import BOUND, Database, RowBook
from hub.db.tables import row_digests
from licenses.issue_index import RegisterEntry
from licenses.live import LiveLicenses
from licenses.store import StoredRegister
from shuniu.codes.status_list import SHARD, LicenseStatus, StatusReference

_ = licenses.store  # its tables
BATCH = 10_000
FULL = SHARD * 9 // 10
AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SIGNED = 420
"""Bytes of a signed code."""


def uri_of(shard: int) -> str:
    """Spell a status list's address."""
    return f"https://hub.example/status/{shard}"


class Made:
    """A register of so many licenses, made as they are asked for."""

    def __init__(self, count: int) -> None:
        """Take the number of licenses."""
        self.count = count

    def keys(self) -> tuple[int, list[Any]]:
        """Return no keys: codes are looked up here, not judged."""
        return 1, []

    def newest_shard(self) -> int:
        """Return the last shard, at nine tenths full each."""
        return (self.count - 1) // FULL

    def of(self, identifier: str) -> RegisterEntry | None:
        """Return nothing: nothing changes."""
        del identifier
        return None

    def at(self, shard: int, index: int) -> RegisterEntry | None:
        """Return the entry of a place."""
        number = shard * FULL + index
        if index >= FULL or number >= self.count:
            return None
        status = LicenseStatus.INVALID if number % 100 == 0 else LicenseStatus.VALID
        return RegisterEntry(name_of(number), shard, index, status, "", b"" if status else signed_of(number))

    def portion(self, shard: int, after: int, count: int) -> Sequence[RegisterEntry]:
        """Return some entries of a shard."""
        found = (self.at(shard, index) for index in range(after + 1, min(after + 1 + count, FULL)))
        return [one for one in found if one is not None]


def name_of(number: int) -> str:
    """Return an identifier of the usual length."""
    return f"1.2.156.3005.2.11100000000013338W032.11640000000000001X.{number:012d}.001.A"


def signed_of(number: int) -> bytes:
    """Return signed bytes that are no others'."""
    return number.to_bytes(8) * (SIGNED // 8)


def memory() -> int:
    """Return the resident memory of this process, bytes (proc(5), statm)."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def timed(ask: Callable[[int], object], numbers: Sequence[int]) -> float:
    """Return the median CPU time of a call, microseconds, over parts of a thousand: other work on the machine counts for little."""
    times = []
    for start in range(0, len(numbers), 1_000):
        part = numbers[start : start + 1_000]
        begin = time.thread_time()
        for number in part:
            ask(number)
        times.append((time.thread_time() - begin) / len(part))
    return median(times) * 1e6


def a_choice(count: int, of: int) -> list[int]:
    """Draw numbers."""
    return [secrets.randbelow(of) for _ in range(count)]


def index(count: int) -> None:
    """Load an index and ask it."""
    before = memory()
    live = LiveLicenses(SystemClock(), "bench", uri_of, Made(count))
    begin = time.thread_time()
    while (shard := live.missing()) is not None:
        live.load_shard(shard)
    took, held = time.thread_time() - begin, memory() - before
    numbers = a_choice(50_000, count)
    asked = {number: (StatusReference(uri_of(number // FULL), number % FULL), name_of(number), signed_of(number)) for number in numbers}
    right = sum(live.look_up(*asked[number]).issued for number in numbers)  # type: ignore[union-attr]
    spent = timed(lambda number: live.look_up(*asked[number]), numbers)
    print(f"index of {count:,} licenses: {held / 2**20:.0f} MiB, {spent:.2f} us of CPU a look-up, made and loaded in {took:.0f} s")
    print(f"known: {right / len(numbers):.1%}")


def rows(count: int, box: bytes) -> Iterator[list[dict[str, Any]]]:
    """Yield rows of licenses as the hub writes them, some at a time."""
    days = {"issue_date": date(2026, 11, 1), "valid_from": date(2026, 11, 1), "valid_to": date(2027, 10, 31)}
    whose = {"license_type": "11100000000013338W032", "issuer": "11640000000000001X", "issuer_title": "自治区公安厅"}
    blobs = {"sealed_content": box, "protected": bytes(50), "payload": bytes(300), "stamp": b""}
    usual = {**days, **whose, **blobs, "revision": 2, "kid": "0011223344556677", "reason": "", "create_time": AT, "issue_time": AT}
    for start in range(0, count, BATCH):
        yield [
            usual
            | {
                "identifier": name_of(number),
                "seq": f"{number:026d}",
                "state": "revoked" if number % 100 == 0 else "issued",
                "number": f"N{number}",
                "signed_bytes": signed_of(number),
                "status_shard": number // FULL,
                "status_index": number % FULL,
                "status_uri": uri_of(number // FULL),
            }
            for number in range(start, min(count, start + BATCH))
        ]


def a_database(folder: Path, count: int) -> Database:
    """Make a database with so many licenses, each bound to the log."""
    db = Database(f"sqlite:///{folder}/licenses.db")
    db.create_tables()
    db.book = book = RowBook(bytes(32))
    bound = BOUND["licenses"]
    for some in rows(count, secrets.token_bytes(400)):
        digests = [{"table": bound.name, "key": row["identifier"], "digest": book.digest(bound, row), "position": 1} for row in some]
        with db.engine.begin() as connection:
            connection.execute(insert(bound.table), some)
            connection.execute(insert(row_digests), digests)
    return db


def database(count: int, folder: Path) -> None:
    """Ask the database, fill the index from it, verify by both."""
    db = a_database(folder, count)
    size = sum(path.stat().st_size for path in folder.iterdir())
    register = StoredRegister(db)
    numbers = a_choice(5_000, count)
    spent = timed(lambda number: register.at(number // FULL, number % FULL), numbers)
    print(f"database of {count:,} licenses, {size / 2**30:.2f} GiB: {spent:.0f} us of CPU a look-up by the place's key, held against the log")
    live = LiveLicenses(SystemClock(), "bench", uri_of, register)
    begin = time.thread_time()
    live.load_shard(0)
    took = time.thread_time() - begin
    print(f"filling: {min(count, FULL) / took:,.0f} licenses a second of CPU, each held against the log; {took:.1f} s a status list")
    db.close()


if __name__ == "__main__":
    wanted = [int(text) for text in sys.argv[1:]]
    index(wanted[0] if wanted else 10_000_000)
    with tempfile.TemporaryDirectory(prefix="shuniu-licenses-", dir=Path.cwd()) as name:
        database(wanted[1] if len(wanted) > 1 else 1_000_000, Path(name))
