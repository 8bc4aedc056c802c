"""Paths that need no network: log append, license signing, seal and stamp, directory search; product and bare, interleaved."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from audit.committer import GroupCommitter
from audit.log import AuditLog
from audit.model import Actor, Event, Kind
from audit.store import found_log
from benchmarks.table import Figure
from hub.db import Database
from hub.keys import Es256Signer
from hub.subject import Subject
from licenses import code, cose
from licenses.identifier import LicenseIdentifier
from licenses.status_list import StatusReference

WAITERS = 200
EACH = 25


def interleaved(rounds: int, product: Callable[[], float], bare: Callable[[], float]) -> list[float]:
    """Return product/bare rates, one a round."""
    return [product() / bare() for _ in range(rounds)]


def append(rounds: int) -> Figure:
    """Append full events by 200 waiters against the same rows by a raw group commit of the same batch sizes."""
    with tempfile.TemporaryDirectory(prefix="shuniu-bench-", dir=Path.cwd()) as name:
        folder = Path(name)
        db = Database(f"sqlite:///{folder / 'log.db'}")
        db.create_tables()
        found_log(db)
        log = AuditLog("bench.invalid/log", bytes(32))
        actor = Actor("11640000MB0000000X"[:18], "main", "A1")

        def event(number: int) -> Event:
            return Event(
                kind=Kind.INTENT,
                at=datetime.now(UTC),
                action="exchange.Query",
                actor=actor,
                other="11640000MB0000001X"[:18],
                resource="entries/01h",
                purpose="640000-1",
                case_number=f"case-{number}",
                grant="grants/01h",
                subject=Subject("cn-id", f"64010019900101{number % 10000:04d}"),
                fields=("id_number", "name", "address"),
            )

        async def product() -> float:
            committer = GroupCommitter(db, log)
            committer.start()

            async def waiter(start: int) -> None:
                for number in range(EACH):
                    await committer.append(event(start + number))

            start = time.perf_counter()
            await asyncio.gather(*(waiter(one * EACH) for one in range(WAITERS)))
            took = time.perf_counter() - start
            committer.stop()
            return WAITERS * EACH / took

        def bare() -> float:
            path = folder / "bare.db"
            connection = sqlite3.connect(path, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            source = sqlite3.connect(folder / "log.db")
            columns = [row[1] for row in source.execute("PRAGMA table_info(audit_records)")]
            rows = source.execute("SELECT * FROM audit_records ORDER BY position DESC LIMIT ?", (WAITERS * EACH,)).fetchall()
            connection.execute("DROP TABLE IF EXISTS bare")
            connection.execute(f"CREATE TABLE bare ({', '.join(columns)})")
            connection.execute("CREATE INDEX bare_1 ON bare (pseudonym, position)")
            connection.execute("CREATE INDEX bare_2 ON bare (department, position)")
            connection.execute("CREATE INDEX bare_3 ON bare (case_number, position)")
            statement = f"INSERT INTO bare VALUES ({', '.join('?' * len(columns))})"
            start = time.perf_counter()
            for first in range(0, len(rows), WAITERS):
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(statement, rows[first : first + WAITERS])
                connection.execute("COMMIT")
            took = time.perf_counter() - start
            connection.close()
            source.close()
            return len(rows) / took

        ratios = interleaved(rounds, lambda: asyncio.run(product()), bare)
        db.close()
    return Figure("log append, 200 waiters", "the same rows, raw group commit", ratios, 0.70, 0.90)


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
        number="91640100MA76F8XY1D",
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
