"""What commands that serve share: the ready file and a clean end."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from shuniu.loops import on_end

_ROUND: Final = 1.0  # seconds between two looks at the parent


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
        on_end(self._loop, self._event.set)

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
            except asyncio.TimeoutError:
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
