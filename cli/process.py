"""What long-running commands share: starting a child, the ready file, a clean end, and one hub for one data folder."""

import asyncio
import fcntl
import json
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

from cli.reasons import DATA_FOLDER_IN_USE

LOCK: Final = "hub.lock"
_MAX_LOCK: Final = 4096
_ROUND: Final = 1.0  # seconds between two looks at the parent


def shuniu_command(*arguments: str) -> list[str]:
    """Return the command line of `shuniu <arguments>` as a process of its own.

    `-P` keeps the current folder off `sys.path`: a folder named `web` or `shuniu` there would be imported instead of ours.
    """
    return [sys.executable, "-P", "-m", "cli", *arguments]


@contextmanager
def ready_file(path: Path | None, facts: dict[str, Any]) -> Iterator[None]:
    """Write facts and the process number into a file, whole or not at all, and remove it at the end."""
    if path is None:
        yield
        return
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    temporary.write_text(json.dumps({**facts, "pid": os.getpid()}, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


class Stop:
    """Waits for SIGTERM, for SIGINT, or for the end of the parent process where one is given."""

    def __init__(self, parent: int | None) -> None:
        """Listen to the signals from now on; call it in the event loop of the main thread."""
        self._event = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._error: Exception | None = None
        self._parent = parent
        self._child = parent is not None and os.getppid() == parent
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._event.set)

    def fail(self, error: Exception) -> None:
        """Say, from any thread, that it is time to stop because of an error, which `wait` then raises."""
        self._error = error
        with suppress(RuntimeError):  # the loop is closed: it has stopped already
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self) -> None:
        """Return when it is time to stop; raise the error because of which it is."""
        while not self._event.is_set() and not self._parent_ended():
            try:
                await asyncio.wait_for(self._event.wait(), None if self._parent is None else _ROUND)
            except TimeoutError:
                continue
        if self._error is not None:
            raise self._error

    def _parent_ended(self) -> bool:
        """Tell whether the parent has ended; a parent that died but was not yet reaped counts as ended when this is its child."""
        if self._parent is None:
            return False
        if self._child:
            return os.getppid() != self._parent
        try:
            os.kill(self._parent, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


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
