"""Storage that fails under a hub: a disk that is full, input and output errors, locks that somebody else holds."""

import errno
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.faults.report import Row
from tests.faults.stage import Stage

MEGABYTES = 1_024
"""Size of the disk; what is not filled takes no memory."""
WINDOW = 0.7
"""Seconds that a fault lasts, and for which the hub works between two."""
LONGER_THAN_BUSY = 6.5
"""Seconds; a writer waits 5 for a lock of SQLite's, and 5 for one of PostgreSQL's."""
KINDS = ("write", "sync", "read")


@dataclass
class Disk:
    """Where a hub keeps its files: a small filesystem of its own where this user may mount one, else a folder."""

    path: Path
    is_own: bool
    preload: Path | None
    _filler: list[Path] = field(default_factory=list)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a hub's process is started with, so that its input and output can be made to fail."""
        if self.preload is None:
            return {}
        return {"LD_PRELOAD": str(self.preload), "EIO_UNDER": str(self.path), "EIO_TRIGGER": str(self._trigger), "EIO_EVERY": "3"}

    @property
    def _trigger(self) -> Path:
        return self.path.with_suffix(".fail")

    @contextmanager
    def failing(self, kind: str) -> Iterator[None]:
        """Let every third read, write or sync below the disk's folder fail with EIO."""
        trigger = self._trigger.with_suffix(f".fail.{kind}")
        trigger.touch()
        try:
            yield
        finally:
            trigger.unlink()

    @contextmanager
    def full(self, spare: int, pid: int) -> Iterator[None]:
        """Leave so many bytes; without a filesystem of its own no file of the process may grow beyond the largest that there is."""
        if not self.is_own:
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            largest = max(one.stat().st_size for one in self.path.rglob("*") if one.is_file())
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest + spare, hard))
            try:
                yield
            finally:
                with suppress(ProcessLookupError):  # it was killed meanwhile
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
            return
        filler = self.path / "filler"
        try:
            with filler.open("wb") as file:
                _grow(file.fileno())
                file.truncate(max(0, file.seek(0, os.SEEK_END) - spare))
            yield
        finally:
            filler.unlink()


def _grow(file: int) -> None:
    """Take all the room that is left; others write meanwhile, so in ever smaller steps."""
    size, step = 0, 64 << 20
    while step >= 4_096:
        try:
            os.posix_fallocate(file, size, step)
            size += step
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            step //= 2


@contextmanager
def disk() -> Iterator[Disk]:
    """Give a disk, and take it away again."""
    folder = Path(tempfile.mkdtemp(prefix="shuniu-disk-"))
    path = folder / "disk"
    path.mkdir()
    mounted = (
        os.geteuid() == 0
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "shuniu-faults", str(path)], check=False, capture_output=True
        ).returncode
        == 0
    )
    try:
        yield Disk(path, mounted, compile_library(folder))
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(path)], check=True, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def compile_library(folder: Path) -> Path | None:
    """Return the library that makes input and output fail, None where there is no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "eio.so"
    source = Path(__file__).with_name("eio.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True, capture_output=True)
    return library


def fill(stage: Stage, where: Disk, times: int) -> Row:
    """Fill the disk under load, with some bytes or none left, and make room again."""
    row, dice = Row("disk full", planned=times), random.Random(7)  # noqa: S311 - repeatable
    for number in range(times):
        with stage.under_fault(row):
            time.sleep(WINDOW)
            with where.full(dice.choice((0, 4_096, 65_536, 262_144)), stage.hub.pid):
                time.sleep(WINDOW)
                if number % 4 == 3:
                    stage.hub.kill()
            if not stage.hub.runs:
                stage.hub.start()
    how = f"a filesystem of {MEGABYTES} MB of its own" if where.is_own else "no file may grow (RLIMIT_FSIZE): mounting is not permitted here"
    row.note = f"{how}; every fourth time the hub was killed while it was full"
    return row


def fail(stage: Stage, where: Disk, times: int) -> Row:
    """Let reads, writes or syncs fail under load, and work again."""
    row = Row("EIO", planned=times)
    if where.preload is None:
        row.planned, row.note = 0, "not possible here: there is no C compiler (cc)"
        return row
    for number in range(times):
        with stage.under_fault(row):
            time.sleep(WINDOW)
            with where.failing(KINDS[number % len(KINDS)]):
                time.sleep(WINDOW)
                if number % 4 == 3:
                    stage.hub.kill()
            if not stage.hub.runs:
                stage.hub.start()
    row.note = "every third write, sync or read of the data folder, by a library loaded before libc; every fourth time the hub was killed meanwhile"
    return row


def hold(stage: Stage, times: int) -> Row:
    """Hold the lock that the log's writer needs for longer than it waits."""
    row = Row("lock held by somebody else", planned=times)
    url = stage.hub.config.database_url
    for _ in range(times):
        with stage.under_fault(row):
            time.sleep(WINDOW)
            with _hold_lock(url):
                time.sleep(LONGER_THAN_BUSY)
    if not times:
        return row
    kind = "BEGIN EXCLUSIVE on the file" if url.startswith("sqlite") else "LOCK TABLE audit_tree IN ACCESS EXCLUSIVE MODE"
    row.note = f"{kind} for {LONGER_THAN_BUSY} s"
    return row


def _hold_lock(url: str) -> AbstractContextManager[None]:
    return _hold_file(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else _hold_table(url)


@contextmanager
def _hold_file(path: str) -> Iterator[None]:
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


@contextmanager
def _hold_table(url: str) -> Iterator[None]:
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE audit_tree IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()
