"""Descriptor 2 of this process, taken for as long as it serves: what C code writes there (gRPC's core) comes to us and not into the log.

The pipe is never waited for. It is emptied by a thread, which needs the interpreter; were its writer to wait, a thread that writes while it
holds the interpreter would wait for ever. What does not fit is lost, which is also what bounds a flood.
"""

from __future__ import annotations

import atexit
import faulthandler
import io
import os
import re
import select
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

CORE: Final = "grpc"
PYTHON: Final = "sys.stderr"
_FOREIGN: Final = "stderr"
_LEVELS: Final = {"I": "INFO", "W": "WARNING", "E": "ERROR", "F": "CRITICAL"}
_CORE_LINE: Final = re.compile(rb"([IWEF])\d{4} [\d:.]{1,32} +\d{1,12} ([a-z0-9_]{1,60}\.(?:cc|h)):(\d{1,5})\] ")
"""How gRPC's core begins a line: level, date, time (before its log is set up: seconds), thread, place."""
_LONGEST: Final = 65_536
_ROUND: Final = 1.0
Heard = Callable[[str, str, str, str], None]
"""Takes level, name, place and text of a line."""


class StandardError:
    """Descriptor 2, taken by `take` and given back by `give_back`; `write` goes where it led before."""

    def __init__(self, heard: Heard, each_round: Callable[[], None]) -> None:
        """Pass each line to `heard`, and call `each_round` about once a second."""
        self._heard, self._each_round = heard, each_round
        self._out = os.dup(2)
        self._ended = threading.Event()
        self._reader = -1
        self._thread = threading.Thread(target=self._run, name="standard-error", daemon=True)

    def take(self) -> None:
        """Lead what is written to descriptor 2 to ourselves. A crash still tells its places where the log is: the interpreter's own dump."""
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(writer, False)
        os.dup2(writer, 2)
        os.close(writer)
        self._was, sys.stderr = sys.stderr, _PythonText(self._heard)
        faulthandler.enable(self._out)
        atexit.register(_silence)
        self._thread.start()

    def give_back(self) -> None:
        """Lead descriptor 2 where it led before; what was written meanwhile is heard first."""
        sys.stderr = self._was
        faulthandler.disable()
        self._ended.set()
        os.dup2(self._out, 2)  # closes the pipe's writer, which wakes the thread
        self._thread.join()
        os.close(self._reader)

    def write(self, lines: str) -> None:
        """Write lines of the log; a log that cannot be written stops nobody."""
        data = lines.encode()
        with suppress(OSError):
            while data:
                data = data[os.write(self._out, data) :]

    def _run(self) -> None:
        half = b""
        while not self._ended.is_set():
            if select.select([self._reader], [], [], _ROUND)[0]:
                half = self._empty(half)
            self._each_round()
        if last := self._empty(half):
            self._hear(last)

    def _empty(self, half: bytes) -> bytes:
        """Hear the lines that wait; return the half one behind them."""
        with suppress(BlockingIOError):
            while data := os.read(self._reader, _LONGEST):
                *lines, half = (half + data).split(b"\n")
                for line in lines:
                    self._hear(line)
                half = half[:_LONGEST]
        return half

    def _hear(self, line: bytes) -> None:
        found = _CORE_LINE.match(line)
        text = line.decode("utf-8", "backslashreplace")
        if found is None:
            self._heard("WARNING", _FOREIGN, "standard error", text)
            return
        level, file, number = (part.decode() for part in found.groups())
        self._heard(_LEVELS[level], CORE, f"{file}:{number}", text[found.end() :])


def _silence() -> None:
    """Lead descriptor 2 nowhere for the last moments of the process, in which some libraries count what was not freed, in a form of their own."""
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


class _PythonText(io.TextIOBase):
    """What Python code prints to `sys.stderr` while the log is ours: nobody here does, so it is some library's words."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard

    def write(self, text: str, /) -> int:
        if text.strip():
            self._heard("WARNING", PYTHON, "standard error", text)
        return len(text)
