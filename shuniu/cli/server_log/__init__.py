"""The log of a process that serves, on standard error: only we write it, and we escape it.

Everybody who has something to say comes through here: our own loggers, those of libraries, warnings, what ends a thread or the process or is
lost in the event loop, and what C code writes to standard error. Our own lines are written as they are said, escaped and bounded (`lines`); of
what others say only the place is told, and once a minute (`others`). The operator may ask for the words of gRPC's core, by GRPC_VERBOSITY.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, TextIO

from shuniu.cli import QUIET_GRPC
from shuniu.cli.server_log.lines import LineFormatter
from shuniu.cli.server_log.others import Others, Said
from shuniu.cli.server_log.standard_error import CORE, StandardError
from shuniu.loops import new_loop

OURS: Final = frozenset(
    {
        "audit",
        "brokerage",
        "catalog",
        "certs",
        "cli",
        "exchange",
        "files",
        "questions",
        "hub",
        "licenses",
        "migrations",
        "seals",
        "server",
        "shuniu",
        "timing",
        "web",
        "work",
    }
)
"""First names of our loggers: our packages. Their texts are held to what may stand in a log line by a test that walks every call."""
_STANDARD: Final = 2
log = logging.getLogger(__name__)


class _Out(Protocol):
    def write(self, lines: str, /) -> object: ...


@contextmanager
def server_log(level: str) -> Iterator[ServerLog]:
    """Write the log of this process for the length of a block: ours from `level` on, of libraries what is a warning or worse."""
    handler = ServerLog()
    standard = StandardError(handler.hear_line, handler.tell) if _is_standard() else None
    handler.out = standard or sys.stderr
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in OURS]
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for one in ours:
        one.setLevel(level.upper())
    with warnings.catch_warnings(), _hooked(handler):
        warnings.showwarning = handler.hear_warning
        if standard is not None:
            standard.take()
        if is_grpc_loud():
            log.warning("GRPC_VERBOSITY or GRPC_TRACE is set: lines of gRPC's core are written, and may quote what callers send")
        try:
            yield handler
        finally:
            if standard is not None:
                standard.give_back()
            root.removeHandler(handler)
            handler.close()


def is_grpc_loud() -> bool:
    """Tell whether the operator asked gRPC's core for more than its errors."""
    return os.environ.get("GRPC_VERBOSITY", QUIET_GRPC).upper() not in {QUIET_GRPC, "NONE"} or bool(os.environ.get("GRPC_TRACE"))


class ServerLog(logging.Handler):
    """Writes records and whatever else is said, all in one form."""

    def __init__(self) -> None:
        """Write to standard error until told otherwise."""
        super().__init__()
        self.setFormatter(LineFormatter())
        self.out: _Out = sys.stderr
        self.others, self.repeats = Others(self._write), Others(self._write)
        self._loud = is_grpc_loud()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record of ours; of a library's only where it comes from."""
        if record.name.partition(".")[0] in OURS:
            try:
                self._say(record)
            except Exception:  # noqa: BLE001 - a line that cannot be formed stops nobody, and its own error would quote it
                self.others.hear(Said("ERROR", __name__, f"{record.filename}:{record.lineno} has no line"))
            return
        if record.levelno >= logging.WARNING:
            error = record.exc_info[1] if record.exc_info else None
            self.others.hear(Said(record.levelname, record.name, f"{record.filename}:{record.lineno}", error))

    def _say(self, record: logging.LogRecord) -> None:
        if record.levelno < logging.WARNING:
            self.out.write(self.format(record))
            return
        error = record.exc_info[1] if record.exc_info else None
        self.repeats.hear_own(Said(record.levelname, record.name, record.getMessage(), error))

    def tell(self) -> None:
        """Write the counts whose minute is over."""
        self.others.tell()
        self.repeats.tell()

    def close(self) -> None:
        """Write what was counted and not yet told."""
        self.others.close()
        self.repeats.close()
        super().close()

    def hear_line(self, level: str, name: str, place: str, text: str) -> None:
        """Hear a line that somebody wrote to standard error; its words are told only where the operator asked for them."""
        said = Said(level, name, place)
        if self._loud:
            self._write(said, f"{place}: {text}" if name == CORE else text)
        else:
            self.others.hear(said)

    def hear_warning(
        self, message: Warning | str, category: type[Warning], filename: str, lineno: int, file: TextIO | None = None, line: str | None = None
    ) -> None:
        """Hear a warning of the interpreter's module `warnings`; its text may quote anything."""
        del message, file, line
        self.others.hear(Said("WARNING", "warnings", f"{category.__name__} at {Path(filename).name}:{lineno}"))

    def hear_error(self, where: str, error: BaseException | None) -> None:
        """Hear an error that nobody took."""
        self.others.hear(Said("ERROR", __name__, where, error))

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return a new event loop; an error that nobody takes in it is heard, without asyncio's message, which holds arguments of calls."""
        loop = new_loop()
        loop.set_exception_handler(lambda _loop, told: self.hear_error("nobody took an error in the event loop", told.get("exception")))
        return loop

    def _write(self, said: Said, text: str) -> None:
        record = logging.makeLogRecord({})
        formatter = self.formatter
        if isinstance(formatter, LineFormatter):
            self.out.write(formatter.lines(said.level, said.name, text, said.error, record))


@contextmanager
def _hooked(handler: ServerLog) -> Iterator[None]:
    """Hear errors that end the process or a thread, and those of finalizers."""
    was = sys.excepthook, threading.excepthook, sys.unraisablehook
    sys.excepthook = lambda _kind, error, _trace: handler.hear_error("an error ends the process", error)
    threading.excepthook = lambda told: handler.hear_error("an error ended a thread", told.exc_value)
    sys.unraisablehook = lambda told: handler.hear_error("an error could not be raised", told.exc_value)
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = was


def _is_standard() -> bool:
    """Tell whether standard error is descriptor 2: a test's need not be, and then the descriptor is not ours to take."""
    try:
        return sys.stderr.fileno() == _STANDARD
    except (AttributeError, OSError, ValueError):
        return False
