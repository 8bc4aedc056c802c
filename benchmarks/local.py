"""Paths that need no network: log append, license signing, seal and stamp, directory search; product and bare, interleaved."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from cryptography.hazmat.primitives.asymmetric import ec

from audit.batch import pack
from audit.committer import GroupCommitter
from audit.indexer import Indexer
from audit.log import AuditLog
from audit.model import Actor, Event, Kind
from audit.store import found_log
from benchmarks.table import Figure
from hub.db import Database
from hub.keys import Es256Signer
from hub.subject import Subject
from shuniu.codes import code, cose
from shuniu.codes.identifier import LicenseIdentifier
from shuniu.codes.status_list import StatusReference

WAITERS = 200
EACH = 25


def interleaved(rounds: int, product: Callable[[], float], bare: Callable[[], float]) -> list[float]:
    """Return product/bare rates, one a round."""
    return [product() / bare() for _ in range(rounds)]


class _Log:
    """A log in a folder of its own, appended to by the product and beside it by a raw group commit: the same events, built and hashed by both."""

    def __init__(self, folder: Path) -> None:
        self._db = Database(f"sqlite:///{folder / 'log.db'}")
        self._db.create_tables()
        found_log(self._db)
        self._log = AuditLog("bench.invalid/log", bytes(32))
        self._bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE bare (first INTEGER PRIMARY KEY, body BLOB)"):
            self._bare.execute(statement)

    def close(self) -> None:
        self._db.close()
        self._bare.close()

    def product(self, waiters: int, each: int) -> tuple[float, float]:
        """Return records per second and microseconds of CPU per record, the index behind included."""
        cpu, start = time.process_time(), time.perf_counter()
        took = asyncio.run(self._append(waiters, each, start))
        Indexer(self._db).catch_up()
        count = waiters * each
        return count / took, (time.process_time() - cpu) / count * 1e6

    async def _append(self, waiters: int, each: int, start: float) -> float:
        committer = GroupCommitter(self._db, self._log)
        committer.start()

        async def waiter(first: int) -> None:
            for number in range(each):
                await committer.append(_event(first + number))

        await asyncio.gather(*(waiter(one * each) for one in range(waiters)))
        took = time.perf_counter() - start
        committer.stop()
        return took

    def bare(self, batch: int, count: int) -> tuple[float, float]:
        """Return the same of a loop: build, hash, one row for each batch, commit."""
        self._bare.execute("DELETE FROM bare")
        cpu, start = time.process_time(), time.perf_counter()
        for first in range(0, count, batch):
            body = pack([self._log.prepare(_event(number)) for number in range(first, first + batch)])
            self._bare.execute("BEGIN IMMEDIATE")
            self._bare.execute("INSERT INTO bare VALUES (?, ?)", (first, body))
            self._bare.execute("COMMIT")
        took = time.perf_counter() - start
        return count / took, (time.process_time() - cpu) / count * 1e6


def _event(number: int) -> Event:
    return Event(
        kind=Kind.INTENT,
        at=datetime.now(UTC),
        action="exchange.Query",
        actor=Actor("11640000MB0000000X", "main", "A1"),
        other="11640000MB0000001X",
        resource="entries/01h",
        purpose="640000-1",
        case_number=f"case-{number}",
        grant="grants/01h",
        subject=Subject.unchecked("cn-id", f"64010019900101{number % 10000:04d}"),
        fields=("id_number", "name", "address"),
    )


def append(rounds: int) -> list[Figure]:
    """Append by 200 waiters, and by 12 and 32 for the CPU of a record, against a raw group commit."""
    with tempfile.TemporaryDirectory(prefix="shuniu-bench-", dir=Path.cwd()) as name:
        log = _Log(Path(name))
        figures = [_rates(log, rounds), *(_cpu(log, rounds, waiters) for waiters in (12, 32))]
        log.close()
    return figures


def _rates(log: _Log, rounds: int) -> Figure:
    ratios = [log.product(WAITERS, EACH)[0] / log.bare(WAITERS, WAITERS * EACH)[0] for _ in range(rounds)]
    return Figure("log append, 200 waiters", "raw group commit of the same events", ratios, 0.50, 0.90)


def _cpu(log: _Log, rounds: int, waiters: int) -> Figure:
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(log.product(waiters, 3_000 // waiters)[1])
        theirs.append(log.bare(waiters, 3_000 // waiters * waiters)[1])
    note = f"{median(ours):.0f} against {median(theirs):.0f} us, the index behind it included"
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return Figure(f"log append, {waiters} waiters, CPU per record", "raw group commit of the same events", ratios, note=note)


def license_signing(rounds: int) -> Figure:
    """Prepare, sign and assemble a code against one raw COSE signature."""
    key = ec.generate_private_key(ec.SECP256R1())
    signer = Es256Signer(key)
    kid = cose.key_id(key.public_key())
    identifier = LicenseIdentifier.build("11100000MB0143028R001", "11100000MB0143028R", "ABC123")
    now = int(time.time())
    claims = code.CodeClaims(
        issuer="11100000MB0143028R",
        identifier=identifier,
        issued_at=now,
        expires_at=None,
        status=StatusReference("https://hub.example/status/0", 77),
        number="91640100MA76F8XY7N",
        name="营业执照",
        holder_short="宁夏某某科技有限公司",
        issue_date=datetime.now(UTC).date(),
    )
    unsigned = code.prepare(claims, kid)

    def product() -> float:
        return _rate(lambda: code.text_of(code.prepare(claims, kid).assemble(signer.sign(code.prepare(claims, kid).to_be_signed))), 300)

    def bare() -> float:
        return _rate(lambda: cose.assemble(unsigned.protected, unsigned.payload, signer.sign(unsigned.to_be_signed)), 600)

    return Figure("license signing, one core", "raw COSE sign", interleaved(rounds, product, bare), 0.50, 0.80)


def _rate(function: Callable[[], object], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        function()
    return count / (time.perf_counter() - start)
