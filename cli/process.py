"""What a long-running command owes to whoever started it: a word when it is ready, a clean end, and one hub to a data folder."""

import asyncio
import fcntl
import json
import logging
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from hub.errors import ConfigError

LOCK: Final = "hub.lock"
_LONGEST_LOCK: Final = 4096
_ROUND: Final = 1.0


def log_to_stderr(level: str) -> None:
    """Log to standard error, one line a message; of alembic only what is wrong."""
    logging.basicConfig(stream=sys.stderr, level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)


@contextmanager
def told_ready(path: Path | None, facts: dict[str, Any]) -> Iterator[None]:
    """Write what others need to know into a file, whole or not at all, and take it away at the end."""
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
    """Waits for SIGTERM or SIGINT, and for the end of the process that wanted this one, where there is such a one."""

    def __init__(self, parent: int | None) -> None:
        """Listen to the signals from now on; call it in the event loop of the main thread."""
        self._event = asyncio.Event()
        self._parent = parent
        self._child = parent is not None and os.getppid() == parent
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._event.set)

    async def wait(self) -> None:
        """Return when it is time to stop."""
        while not self._event.is_set() and not self._orphaned():
            try:
                await asyncio.wait_for(self._event.wait(), None if self._parent is None else _ROUND)
            except TimeoutError:
                continue

    def _orphaned(self) -> bool:
        """Tell whether the parent has ended; one that is dead but not buried counts as ended too when this is its child."""
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
    """The right to run a hub on a data folder. The kernel gives it back when the process ends, however it ends."""

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
            raise _held(self._path.parent, holder(self._path.parent)) from None
        self.say({})
        return self

    def __exit__(self, *_error: object) -> None:
        """Give the lock back."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def say(self, facts: dict[str, Any]) -> None:
        """Write into the lock who holds it and where it serves."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps({**facts, "pid": os.getpid()}).encode(), 0)


def holder(data: Path) -> dict[str, Any] | None:
    """Return what the running hub of a data folder says of itself, None when none runs."""
    try:
        descriptor = os.open(data / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _said(os.pread(descriptor, _LONGEST_LOCK, 0))
    else:
        return None
    finally:
        os.close(descriptor)


def _said(data: bytes) -> dict[str, Any]:
    try:
        known = json.loads(data)
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}


def _held(data: Path, by: dict[str, Any] | None) -> ConfigError:
    pid = (by or {}).get("pid", "")
    return ConfigError(
        f"another hub runs on {data}" + (f" (process {pid})" if pid else ""),
        zh="该数据目录已有枢纽在运行",
        next_action=f"stop it first: kill {pid}" if pid else "stop it first",
        reason="DATA_FOLDER_IN_USE",
    )
