"""A packed file, opened by a process of its own (`files.sheet_program`): its columns, and its rows one by one, as of a CSV file.

Nobody knows what such a file is before it is unpacked, so it is unpacked where it can do no harm. What it says is heard line by line; a process
that ends early, or says what it should not, has read a file that is none.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Final

from files.model import FileFault, FileFormat
from files.reasons import FILE_FORMAT_NOT_INSTALLED
from shuniu.provider.files.sheet import Row, Sheet, SheetColumn

PATIENCE: Final = 300.0
"""Seconds until the process is ended that came to no end."""
_PROGRAM: Final = Path(__file__).with_name("sheet_program.py")
_LONGEST_LINE: Final = 64 * 1024 * 1024
_LIBRARY: Final = {FileFormat.XLSX: ("python_calamine", "excel"), FileFormat.PARQUET: ("pyarrow", "arrow")}


class SheetFaultError(Exception):
    """A packed file cannot be read, or not without a guess: why, and where."""

    def __init__(self, fault: FileFault, row: int = 0, column: int = 0) -> None:
        """Take the fault and its place."""
        super().__init__(fault.value)
        self.fault, self.row, self.column = fault, row, column


def check_installed(form: FileFormat) -> None:
    """Refuse a format whose reader this hub does not have."""
    library, extra = _LIBRARY.get(form, ("", ""))
    if library and find_spec(library) is None:
        raise FILE_FORMAT_NOT_INSTALLED(format=form.value, extra=extra)


@contextmanager
def sheet_apart(data: bytes, form: FileFormat, most: int) -> Iterator[Sheet]:
    """Open a packed file, of which the cells may have `most` bytes; raise SheetFaultError, also while its rows are read."""
    command = [sys.executable, "-I", str(_PROGRAM), form.value, str(most)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        clock = threading.Timer(PATIENCE, process.kill)
        clock.start()
        try:
            stdin, stdout = process.stdin, process.stdout
            assert stdin is not None  # noqa: S101 - both are pipes
            assert stdout is not None  # noqa: S101
            with suppress(BrokenPipeError):  # it ended before it had read all: its first line says so
                stdin.write(data)
            with suppress(BrokenPipeError):
                stdin.close()
            columns = _line(stdout)
            if not isinstance(columns, list):
                raise SheetFaultError(FileFault.UNREADABLE)
            for number, (_, kind) in enumerate(columns, 1):
                if not kind:
                    raise SheetFaultError(FileFault.COLUMN_TYPE, 0, number)
            yield Sheet(tuple(SheetColumn(name, kind) for name, kind in columns), _rows(stdout, len(columns)))
        finally:
            clock.cancel()
            process.kill()


def _rows(stdout: IO[bytes], width: int) -> Iterator[Row]:
    count = 0
    while isinstance(told := _line(stdout), list):
        count += 1
        yield told, len(told) == width
    if told.get("rows") != count:
        raise SheetFaultError(FileFault.UNREADABLE)


def _line(stdout: IO[bytes]) -> Any:
    """Return what the process says next; raise SheetFaultError where it says that the file is at fault, or nothing any more."""
    line = stdout.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):  # its time was over, or its memory
        raise SheetFaultError(FileFault.UNREADABLE)
    told = json.loads(line)
    if isinstance(told, dict) and "fault" in told:
        raise SheetFaultError(FileFault(told["fault"]), told["row"], told["column"])
    return told
