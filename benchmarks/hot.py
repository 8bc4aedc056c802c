"""`python -m benchmarks.hot`: each trick of `audit/hot.py`, and the pieces of `audit/encoding.py`, beside the plain way.

Interleaved rounds; median and spread in microseconds.
"""

import hmac
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Final

from cbor2 import dumps
from sqlalchemy import insert, select, update

from audit import hot
from audit.commitment import Commitment, micros
from audit.encoding import payload_of
from audit.fields import FIELDS, texts_of, values_of
from audit.log import AuditLog
from audit.model import Actor, Event, Kind
from audit.rows import INDEX_COLUMNS, index_row
from audit.store import found_log
from audit.store.tables import batches, index, tree
from hub.db import Database, Tx
from hub.subject import Subject
from hub.wording import Key, guard_lines, spells_id_number

ROUNDS: Final = 15
BATCH: Final = 12
SWITCH_SECONDS: Final = 0.001  # as in cli/serving.py
AT: Final = datetime.now(UTC)
INTENT: Final = Event(
    kind=Kind.INTENT,
    at=AT,
    action="exchange.Query",
    actor=Actor("11640000MB00000002", "main", "A1"),
    other="11640000MB00000001",
    resource="entries/01k8v3m2q9xh4tbn7zr5wdyfca",
    purpose="640000-relief",
    case_number="RELIEF-2026-0001",
    grant="grants/01k8v4c7jt2ep6smg9kqxw3hnb",
    subject=Subject("cn-id", "640100199001011234"),
    fields=("id_number", "name", "address"),
)
KEY: Final = bytes(32)
SALTS: Final = hot.Salts(32)
TEXTS: Final = (*texts_of(INTENT), *INTENT.fields)
SUBJECT: Final = "640100199001011234"
SQL: Final = hot.AppendSql.of(batches.name, tree.name, "?")
INSERT: Final = hot.insert_rows(index.name, INDEX_COLUMNS, "?")


def compare(what: str, count: int, **ways: Callable[[], object]) -> None:
    """Print how long each way takes, in turn with the others."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            for _ in range(count):
                way()
            took[name].append((time.perf_counter() - start) / count * 1e6)
    print(what)
    for name, times in took.items():
        print(f"  {name:<12} {median(times):>9.1f}   {min(times):.1f} to {max(times):.1f}")


def named_and_encoded(event: Event) -> bytes:
    """Spell a payload as the reading side's encoder would: every part named, then encoded as one map."""
    parts = {"v": 1, **dict(zip((one.key for one in FIELDS), values_of(event), strict=True))}
    parts |= {"at": micros(event.at), "kind": event.kind.value, "subject": ("cn-id", bytes(16)), "detail": dict(sorted(event.detail.items()))}
    return dumps(parts)


def look_at_each() -> bool:
    """Do to each text what `is_harmless` does to all of them."""
    key = Key(SUBJECT)
    for text in TEXTS:
        guard_lines("text", text, 64)
        if key.stands_in(text) or spells_id_number(text):
            return False
    return True


@contextmanager
def busy_thread() -> Iterator[None]:
    """Keep a second thread at work that wants the GIL, as the event loop does."""
    done = threading.Event()

    def work() -> None:
        count = 0
        while not done.is_set():
            for number in range(1_000):
                count += number

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def statements(db: Database, batch: Sequence[Commitment]) -> None:
    """Compare rows in one INSERT with rows one by one, and texts with expressions."""
    rows = [index_row(at, one.event, one.pseudonym) for at, one in enumerate(batch)]
    flat, named = tuple(chain.from_iterable(rows)), [dict(zip(INDEX_COLUMNS, row, strict=True)) for row in rows]
    head, _, _ = INSERT[1].partition(" VALUES ")
    one_row = f"{head} VALUES ({', '.join('?' * len(INDEX_COLUMNS))})"

    def rolled_back(write: Callable[[Tx], object]) -> Callable[[], None]:
        def run() -> None:
            with db.read() as tx:
                write(tx)

        return run

    ways = {
        "many": rolled_back(lambda tx: tx.connection.exec_driver_sql(INSERT[BATCH], flat)),
        "one_by_one": rolled_back(lambda tx: tx.connection.exec_driver_sql(one_row, rows)),
        "expression": rolled_back(lambda tx: tx.execute(insert(index), named)),
    }
    compare(f"INSERT of {BATCH} rows, alone", 20, **ways)
    with busy_thread():
        compare(f"INSERT of {BATCH} rows, beside a busy thread", 5, **ways)

    def cursor(tx: Tx) -> None:
        with tx.cursor() as driver:
            driver.execute(SQL.lock)
            driver.fetchone()
            driver.execute(SQL.grow, (0, bytes(8)))

    def texts(tx: Tx) -> None:
        tx.connection.exec_driver_sql(SQL.lock).first()
        tx.connection.exec_driver_sql(SQL.grow, (0, bytes(8)))

    def expressions(tx: Tx) -> None:
        tx.execute(select(tree.c.size, tree.c.range).where(tree.c.id == 1).with_for_update()).first()
        tx.execute(update(tree).where(tree.c.id == 1).values(size=0, range=bytes(8)))

    compare("lock and grow the tree", 50, cursor=rolled_back(cursor), text=rolled_back(texts), expression=rolled_back(expressions))


def main() -> None:
    """Measure all of them."""
    sys.setswitchinterval(SWITCH_SECONDS)
    compare(
        "an outcome of an intent",
        1_000,
        copy_with=lambda: hot.copy_with(INTENT, kind=Kind.OUTCOME, status="ok", intent_index=3, rows=1),
        replace=lambda: replace(INTENT, kind=Kind.OUTCOME, status="ok", intent_index=3, rows=1),
    )
    with busy_thread():
        compare(
            "a subject's pseudonym and a salt, beside a busy thread",
            20,
            kept=lambda: (hot.keyed_digest(KEY, b"cn-id"), SALTS.take()),
            fetched=lambda: (hmac.digest(KEY, b"cn-id", "sha256"), secrets.token_bytes(32)),
        )
    compare(
        "a payload",
        1_000,
        pieces=lambda: payload_of(INTENT, micros(INTENT.at), bytes(16)),
        encoder=lambda: named_and_encoded(INTENT),
    )
    compare("texts of an event", 1_000, one_look=lambda: hot.is_harmless(TEXTS, 64, SUBJECT), each=look_at_each)
    with tempfile.TemporaryDirectory(prefix="shuniu-bench-", dir=Path.cwd()) as name:
        db = Database(f"sqlite:///{Path(name) / 'log.db'}")
        db.create_tables()
        found_log(db)
        log = AuditLog("bench.invalid/log", bytes(32))
        statements(db, [log.prepare(INTENT) for _ in range(BATCH)])
        db.close()


if __name__ == "__main__":
    main()
