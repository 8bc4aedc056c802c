"""A private PostgreSQL cluster from the machine's own binaries: on a spare port of loopback, stopped and removed at the end."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

_ROOM = 4 << 30


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
    folder = binaries()
    if folder is None:
        missing("PostgreSQL", "apt-get install postgresql")
        return
    directory = Path(tempfile.mkdtemp(prefix="shuniu-pg-", dir=_fast_folder()))
    prefix: list[str] = []
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(directory, user.pw_uid, user.pw_gid)
        prefix = ["runuser", "-u", "postgres", "--"]
    data = directory / "data"
    initdb = [
        *prefix,
        str(folder / "initdb"),
        "-D",
        str(data),
        "-U",
        "shuniu",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-locale",
        "--no-sync",
        *initdb_options,
    ]
    subprocess.run(initdb, check=True, capture_output=True, cwd=directory)
    port = _free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(directory),
        "max_connections": "200",
        **settings,
    }
    server = [*prefix, str(folder / "postgres"), "-D", str(data), *[part for key, value in options.items() for part in ("-c", f"{key}={value}")]]
    with (directory / "log").open("wb") as output:
        process = subprocess.Popen(server, stdout=output, stderr=output, cwd=directory)
    try:
        _wait(port, process)
        yield f"postgresql://shuniu@127.0.0.1:{port}/postgres"
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(directory, ignore_errors=True)


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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
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
