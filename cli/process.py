"""A hub as a process: starting a child, and one hub for one data folder."""

import fcntl
import json
import os
import sys
from pathlib import Path
from typing import Any, Final, Self

from cli.reasons import DATA_FOLDER_IN_USE

LOCK: Final = "hub.lock"
_MAX_LOCK: Final = 4096


def shuniu_command(*arguments: str, program: str = "cli") -> list[str]:
    """Return the command line of `shuniu <arguments>`, or of another program of ours, as a process of its own.

    `-P` keeps the current folder off `sys.path`: a folder named `web` or `shuniu` there would be imported instead of ours.
    """
    return [sys.executable, "-P", "-m", program, *arguments]


class FolderLock:
    """The right to run a hub on a data folder. The kernel frees it when the process ends, however it ends.

    The holder writes who it is into the file itself, and `holder` looks under a shared lock, which the library `filelock` does not have.
    """

    def __init__(self, data: Path) -> None:
        """Name the folder."""
        self._path = data / LOCK
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Take the lock, or raise ConfigError that names the process which has it."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            running = holder(self._path.parent) or {}
            raise DATA_FOLDER_IN_USE(data=self._path.parent, pid=running.get("pid", "?")) from None
        # an earlier holder may have been killed with its facts in the file
        self.write({})
        return self

    def __exit__(self, *_error: object) -> None:
        """Empty the file, then give the lock back: nobody reads the facts of a hub that has ended."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def write(self, facts: dict[str, Any]) -> None:
        """Write into the lock who holds it and where it serves."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps({**facts, "pid": os.getpid()}).encode(), 0)


def holder(data: Path) -> dict[str, Any] | None:
    """Return what the hub that runs on a data folder wrote about itself, None when none runs."""
    try:
        descriptor = os.open(data / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # refused only while a hub holds the exclusive lock
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _parse(os.pread(descriptor, _MAX_LOCK, 0))
    else:
        return None
    finally:
        os.close(descriptor)


def _parse(data: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(data)
    # empty or half written, at the moment in which the holder writes
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
