"""A private PostgreSQL cluster from the machine's own binaries: on a spare port of loopback, stopped and removed at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests.ports import free_port

_ROOM = 4 << 30
_STARTING = 20.0


def binaries() -> Path | None:
    """Return the folder of initdb and postgres, None where PostgreSQL is not installed."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    if found:
        candidates.append(Path(found).resolve().parent)
    return next((folder for folder in candidates if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def missing(what: str, command: str) -> None:
    """Skip with a clear line; with CI=true fail, so that nothing is green because it did not run."""
    line = f"{what} is missing: {command}"
    if os.environ.get("CI") == "true":
        pytest.fail(line)
    pytest.skip(line)


@contextmanager
def cluster(*initdb_options: str, **settings: str) -> Iterator[str]:
    """Start a cluster, with more settings if given; give the URL of its `postgres` database. As root it runs as the postgres user."""
    with server(*initdb_options, **settings) as one:
        yield one.url


@contextmanager
def server(*initdb_options: str, **settings: str) -> Iterator[Server]:
    """Start a cluster as `cluster` does; give what can be stopped and started again."""
    folder = binaries()
    if folder is None:
        missing("PostgreSQL", "apt-get install postgresql")
        return
    directory = Path(tempfile.mkdtemp(prefix="shuniu-pg-", dir=_fast_folder()))
    try:
        one = Server(folder, directory, initdb_options, settings)
        try:
            one.start()
            yield one
        finally:
            one.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class Server:
    """A cluster in a folder of its own."""

    def __init__(self, folder: Path, directory: Path, initdb_options: Sequence[str], settings: Mapping[str, str]) -> None:
        """Make its files; `start` starts it."""
        self.folder, self._directory = folder, directory
        prefix: list[str] = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(directory, user.pw_uid, user.pw_gid)
            prefix = ["runuser", "-u", "postgres", "--"]
        self._data = directory / "data"
        usual = ["-U", "shuniu", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        initdb = [*prefix, str(folder / "initdb"), "-D", str(self._data), *usual, *initdb_options]
        subprocess.run(initdb, check=True, capture_output=True, cwd=directory)
        self._port = free_port()
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": str(directory),
            "max_connections": "200",
            **settings,
        }
        parts = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        self._command = [*prefix, str(folder / "postgres"), "-D", str(self._data), *parts]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL of its `postgres` database."""
        return f"postgresql://shuniu@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start it and wait until it takes connections; after a kill, the shared memory of what is still ending may be in the way for a moment."""
        end = time.monotonic() + _STARTING
        while True:
            with (self._directory / "log").open("ab") as output:
                self._process = subprocess.Popen(self._command, stdout=output, stderr=output, cwd=self._directory)
            try:
                return _wait(self._port, self._process)
            except RuntimeError:
                if time.monotonic() > end or self._process.poll() is None:
                    raise
            time.sleep(0.2)

    def stop(self, number: int = signal.SIGINT) -> None:
        """Send the postmaster a signal and wait for its end: SIGINT stops fast, SIGQUIT immediately, SIGKILL kills."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        try:
            _signal(int((self._data / "postmaster.pid").read_text(encoding="utf-8").split()[0]), number)
        except (OSError, ValueError, IndexError):  # it is only starting
            process.terminate()
        process.wait(timeout=30)


@contextmanager
def frozen(url: str) -> Iterator[None]:
    """Freeze all processes of a cluster of this module: their kernel confirms what arrives, and nobody answers."""
    with psycopg.connect(url, autocommit=True) as connection:
        postmaster = _parent_of(connection.info.backend_pid)
    pids = [postmaster, *(pid for pid in (int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()) if _parent_of(pid) == postmaster)]
    try:
        for pid in pids:
            _signal(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in (_parent_of(postmaster), *pids):  # runuser, where it is the parent, stopped with its child
            _signal(pid, signal.SIGCONT)


def _parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _fast_folder() -> Path | None:
    """Return a folder in memory where the machine has one: the hub refuses a server with fsync=off, and there fsync costs nothing."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM else None


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server takes a connection: its port is open a little before, and whoever comes then is told that it is starting up."""
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("postgres ended while starting")
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="shuniu", dbname="postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("postgres did not take connections")
