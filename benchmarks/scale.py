"""A hub with a long log, in a folder that stays: python -m benchmarks.scale start|move|search [records] [folder].

start    how long `shuniu serve` takes to serve over so many records (10,000,000)
move     how long the rows of the release before (3,000,000) take to move into batches while the hub serves, killed ten times on the way
search   how long each filter, alone and combined, takes to give its first page
"""

import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median

from audit.indexer import Indexer
from audit.rows import FORMER_COLUMNS, index_row
from audit.store import RecordFilter, RecordStore, log_size
from benchmarks.reindex import AT, commitments, make_log
from cli.process import shuniu_command
from cli.synthetic import department
from hub.db import Database
from shuniu.proofs.tree import CompactRange

KILLS = 10
FORMER = (*FORMER_COLUMNS, "action", "status", "leaf", "leaf_hash", "payload", "salt")


def a_hub(folder: Path) -> Path:
    """Make a hub where there is none, and return its database."""
    if not (folder / "shuniu.toml").exists():
        places = ("--members", "127.0.0.1:0", "--public", "127.0.0.1:0", "--web", "127.0.0.1:0", "--local", "--officers", "recorded")
        named = ("--authority", department("data").uscc, "--title", department("data").name)
        subprocess.run(shuniu_command("init", "--config", str(folder / "shuniu.toml"), *named, *places), check=True, stdout=subprocess.DEVNULL)
    return folder / "var" / "shuniu.db"


def serve(folder: Path) -> tuple[subprocess.Popen[bytes], float]:
    """Start the hub and return it with the seconds until it serves."""
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    start = time.perf_counter()
    process = subprocess.Popen(shuniu_command("serve", "--config", str(folder / "shuniu.toml"), "--ready", str(ready), "--log-level", "warning"))
    while not ready.exists():
        if process.poll() is not None:
            raise SystemExit(f"the hub ended with {process.returncode}")
        time.sleep(0.02)
    return process, time.perf_counter() - start


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End the hub as an operator would."""
    process.terminate()
    process.wait(timeout=600)


def start(count: int, folder: Path) -> None:
    """Fill a hub's log, let it sign and index, and time three starts."""
    path = a_hub(folder)
    db = Database(f"sqlite:///{path}")
    with db.read() as tx:
        there = log_size(tx)
    if there < count:
        make_log(db, count - there)
        process, took = serve(folder)
        print(f"first start over {count:,} records, none of them signed or indexed: {took:.1f} s")
        wait_for(path, lambda one: one("SELECT size FROM audit_index_state") >= count)
        stop(process)
    db.close()
    times = []
    for _ in range(3):
        process, took = serve(folder)
        times.append(took)
        stop(process)
    print(f"start over {count:,} records: {median(times):.2f} s ({min(times):.2f} to {max(times):.2f})")


def move(count: int, folder: Path) -> None:
    """Write rows as the release before did, let the hub move them, kill it ten times, and see that every record is there, once."""
    path = a_hub(folder)
    db = Database(f"sqlite:///{path}")
    Indexer(db).catch_up()  # what `init` wrote: the former rows come behind it, and the index is said to begin behind them
    db.close()
    first = write_former(path, count)
    begun, served_for = time.perf_counter(), 0.0
    goals = [count * (KILLS - kill) // (KILLS + 1) for kill in range(KILLS)]
    for left in goals:
        process, _ = serve(folder)
        since = time.perf_counter()
        wait_for(path, partial(_are_left, left))
        process.send_signal(signal.SIGKILL)
        process.wait()
        served_for += time.perf_counter() - since
    process, _ = serve(folder)
    since = time.perf_counter()
    wait_for(path, partial(_are_left, 0))
    served_for += time.perf_counter() - since
    took = time.perf_counter() - begun
    stop(process)
    print(f"{count:,} records moved in {served_for:.0f} s of serving ({count / served_for:,.0f} a second), {KILLS} kills; {took:.0f} s in all")
    with Database(f"sqlite:///{path}").read() as tx:
        found = RecordStore(tx).count()
        whole = log_size(tx)
        step = max(1, count // 1_000)
        for index in range(first, first + count, step):
            RecordStore(tx).get(index)
    print(f"records that stand: {found:,} of {whole:,}; every {step}th was read: whole")


def search(count: int, folder: Path) -> None:
    """Time the first page of each filter and of each pair."""
    path = a_hub(folder)
    db = Database(f"sqlite:///{path}")
    mixed = (count // 2) * 2_654_435_761 % 2**32
    parts: dict[str, dict[str, object]] = {
        "officer": {"officer": f"officer-{mixed // 10 % 1_000}"},
        "nobody": {"officer": "nobody"},
        "department": {"department": f"1164000000000{mixed % 10:04d}X"},
        "case": {"case_number": f"CASE-2026-{count // 2:08d}"},
        "hour": {"since": AT, "until": AT + timedelta(hours=1)},
    }
    with db.read() as tx:
        store = RecordStore(tx)
        subject = store.get(log_size(tx) // 2)[0].pseudonym
        parts["subject"] = {"pseudonym": subject}
        for one, other in product(parts, parts):
            if one > other:
                continue
            wanted = RecordFilter(**{**parts[one], **parts[other]})  # type: ignore[arg-type]
            times = []
            for _ in range(5):
                begin = time.perf_counter()
                found = store.search(wanted, None, 50)
                times.append((time.perf_counter() - begin) * 1e3)
            print(f"{one if one == other else f'{one} + {other}':<24} {median(times):8.2f} ms  {len(found.records)} records")
    db.close()


def write_former(path: Path, count: int) -> int:
    """Append rows of the release before; return the index of the first."""
    connection = sqlite3.connect(path, isolation_level=None)
    size, stored = connection.execute("SELECT size, range FROM audit_tree").fetchone()
    grown = CompactRange.from_bytes(stored)
    statement = f"INSERT INTO audit_records ({', '.join(FORMER)}) VALUES ({', '.join('?' * len(FORMER))})"
    for start_of in range(0, count, 8_192):
        rows = []
        for index, one in enumerate(commitments(start_of, min(count, start_of + 8_192)), size + start_of):
            grown.append(one.leaf_hash)
            event = one.event
            rows.append(
                (
                    *index_row(index, event, one.pseudonym)[: len(FORMER_COLUMNS)],
                    event.action,
                    event.status,
                    one.leaf,
                    one.leaf_hash,
                    one.payload,
                    one.salt,
                )
            )
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, rows)
        connection.execute("UPDATE audit_tree SET size = ?, range = ?", (grown.size, grown.to_bytes()))
        connection.execute("UPDATE audit_index_state SET size = ?", (grown.size,))
        connection.execute("COMMIT")
    connection.close()
    return int(size)


def _are_left(most: int, one: Callable[[str], int]) -> bool:
    return one("SELECT count(*) FROM audit_records") <= most


def wait_for(path: Path, done: Callable[[Callable[[str], int]], bool]) -> None:
    """Look four times a second until the database says so, for an hour at most."""
    end = time.monotonic() + 3_600
    while time.monotonic() < end:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
        try:
            if done(lambda query: int(connection.execute(query).fetchone()[0])):  # noqa: B023 - called at once
                return
        finally:
            connection.close()
        time.sleep(0.25)
    raise SystemExit("it did not come to an end within an hour")


if __name__ == "__main__":
    what, number = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    usual = {"start": 10_000_000, "move": 3_000_000, "search": 3_000_000}
    place = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(tempfile.mkdtemp(prefix="shuniu-scale-", dir=Path.cwd()))
    place.mkdir(parents=True, exist_ok=True)
    {"start": start, "move": move, "search": search}[what](number or usual[what], place)
