"""The cells of an Excel workbook; as a program of its own, in a process that ends after a moment of work.

A workbook of a few kilobytes may unpack to gigabytes, and one cell in the last row and column makes a reader set aside a table of milliards. So a
workbook that somebody uploads is read by a process with a bound on its memory and on its time (`cells_apart`): what is too large for it ends it,
and nothing else.

It imports nothing of ours, so that it starts at once: `python -I shuniu/lists/workbook.py < workbook`.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Final

MAGIC: Final = b"PK\x03\x04"
CPU_SECONDS: Final = 3
MEMORY: Final = 512 * 1024 * 1024
"""Bytes of addresses, libraries included."""
PATIENCE: Final = 10.0
"""Seconds until the process is ended that got no time of a processor."""
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 64
LONGEST_CELL: Final = 1_000


class WorkbookError(Exception):
    """It is no workbook that can be read."""


def cells_in(data: bytes) -> list[list[str]]:
    """Return the rows of a workbook's first sheet; raise ImportError where the reader is not installed."""
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - an extra

    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False, nrows=MOST_ROWS)
    except (CalamineError, ValueError, OSError) as error:
        raise WorkbookError from error
    return [[_text(cell)[:LONGEST_CELL] for cell in row[:MOST_COLUMNS]] for row in rows]


def cells_apart(data: bytes) -> list[list[str]]:
    """Return the same of a workbook that somebody uploaded, read by a process that ends in time whatever the workbook is."""
    try:
        done = subprocess.run([sys.executable, "-I", __file__], input=data, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise WorkbookError from None
    if done.returncode:  # its time was over, or its memory
        raise WorkbookError
    rows: list[list[str]] = json.loads(done.stdout)
    return rows


def _text(cell: object) -> str:
    # A spreadsheet keeps 0231 as a text and 231 as a number: 231.0 is nobody's number.
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _bound() -> None:
    """Have the kernel end this process where it takes more than its share."""
    import resource  # noqa: PLC0415 - there is none on Windows, where only one's own lists are read

    import python_calamine  # noqa: F401, PLC0415 - before no file can be opened any more

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    # whoever takes the reader over by a workbook finds that it can open nothing
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    with suppress(OSError):
        os.nice(19)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def main() -> None:
    """Read a workbook from standard input; write its rows to standard output."""
    data = sys.stdin.buffer.read()
    _bound()
    try:
        told = json.dumps(cells_in(data))
    except WorkbookError:
        sys.exit(1)
    sys.stdout.write(told)


if __name__ == "__main__":
    main()
