"""The database is put back under a running hub: what was committed since is gone, and no index may get a second receipt. It ends the hub's log."""

import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.faults.evidence import under_load
from tests.faults.report import Row
from tests.faults.stage import Stage
from tests.postgres import binaries

SECONDS = 0.8
AFTERWARDS = 2.0
TRIES = 5
"""To drop all tables under a hub that writes may end in a deadlock, which PostgreSQL resolves against one of the two."""


def put_back(stage: Stage, times: int) -> Row:
    """Back up, go on under load, put back, go on; then start anew, which must be refused. Once at most: the log is over then."""
    row, hub = Row("database put back under the hub", times, times), stage.hub
    if not times:
        return row
    backup = hub.folder / "backup"
    url = hub.config.database_url
    save, restore = _sqlite(url, backup) if url.startswith("sqlite") else _postgres(url, backup)
    with under_load(hub, stage.grant) as early:
        time.sleep(SECONDS)
        save()
        time.sleep(SECONDS)
    row.count(answers=0, twice=0, answered=0)
    stage.evidence.compare(early)  # while it is there
    with under_load(hub, stage.grant) as late:
        time.sleep(SECONDS / 2)
        restore()
        done = time.monotonic()
        time.sleep(AFTERWARDS)
    receipts = stage.evidence.receipts + late
    row.count(
        answers=len(receipts),
        twice=sum(number > 1 for number in Counter(one.index for one in receipts).values()),
        answered=sum(one.begun > done for one in late),
    )
    if not hub.runs:
        row.problems.append("the hub ended")
    hub.kill()
    try:
        hub.start()
    except RuntimeError as refused:
        if "LOG_ROLLED_BACK" not in str(refused):
            row.problems.append(f"the start was refused, but not by LOG_ROLLED_BACK: {refused}")
    else:
        row.problems.append("a hub starts on a log that was put back")
    row.note = "answers to calls that began afterwards; the next start was refused" if not row.problems else ""
    return row


Pair = tuple[Callable[[], object], Callable[[], object]]


def _sqlite(url: str, backup: Path) -> Pair:
    live = url.removeprefix("sqlite:///")

    def copy(source: str, target: str) -> None:
        from_, to = sqlite3.connect(source, timeout=30), sqlite3.connect(target, timeout=30)
        from_.backup(to)
        from_.close()
        to.close()

    return lambda: copy(live, str(backup)), lambda: copy(str(backup), live)


def _postgres(url: str, backup: Path) -> Pair:
    folder = binaries()
    assert folder is not None

    def restore() -> None:
        # One transaction: whoever waits for a table finds the old one, or what was put back.
        anew = ("-c", "DROP SCHEMA public CASCADE", "-c", "CREATE SCHEMA public")
        command = [str(folder / "psql"), "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", *anew, "-f", str(backup), url]
        for _ in range(TRIES):
            done = subprocess.run(command, check=False, capture_output=True, timeout=120)
            if done.returncode == 0:
                return
        raise RuntimeError(f"psql: {done.stderr.decode()}")

    return lambda: subprocess.run([str(folder / "pg_dump"), "-f", str(backup), url], check=True, capture_output=True, timeout=120), restore
