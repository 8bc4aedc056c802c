"""What became of each row of a ledger, in a file beside it that spreadsheet programs read; durable line by line, and read again by the next run.

A line ends with the request's id, which is made of the row's content and of the key: a row whose content was mended is another request, one
that was issued is never sent again. Of two lines about one request the later holds. A line that was cut off by a crash is dropped.
"""

from __future__ import annotations

import csv
import io
import os
from contextlib import suppress
from dataclasses import astuple, dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from shuniu.cli.reasons import LEDGER_BUSY
from shuniu.folder import OWNER_ONLY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Self


ISSUED: Final = "issued"
FAILED: Final = "failed"
_HEADER: Final = ("行 row", "证照编号 number", "证照标识 identifier", "状态 state", "错误 error", "证照码 code", "链接 link", "请求 request")


@dataclass(frozen=True)
class Outcome:
    """What became of one row; its fields are the columns, in order."""

    row: str
    number: str
    identifier: str
    state: str
    error: str
    code: str
    link: str
    request: str


class Results:
    """The file, open for more lines."""

    def __init__(self, file: Path) -> None:
        """Read what earlier runs wrote, and go on behind its last whole line."""
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
        self._file = os.fdopen(descriptor, "r+b")
        self._lock(file)
        self.latest: dict[str, Outcome] = {}
        kept = self._file.read()
        whole = kept[: kept.rfind(b"\n") + 1]
        for cells in csv.reader(io.StringIO(whole.decode("utf-8-sig", "replace"), newline="")):
            if len(cells) == len(_HEADER) and tuple(cells) != _HEADER:
                outcome = Outcome(*cells)
                self.latest[outcome.request] = outcome
        self._file.seek(len(whole))
        self._file.truncate()
        if not whole:
            self._write(("\ufeff" + _HEADER[0], *_HEADER[1:]))
            self._sync()

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Write outcomes; when this returns they are on the disk."""
        for one in outcomes:
            self.latest[one.request] = one
            self._write(astuple(one))
        self._sync()

    def is_issued(self, request: str) -> bool:
        """Tell whether a request was issued, here or in a run before."""
        return request in self.latest and self.latest[request].state == ISSUED

    def _lock(self, file: Path) -> None:
        """Keep a second run out: two that read the same lines would both issue the rows that are missing there."""
        with suppress(ModuleNotFoundError):  # where there is no flock, the hub alone keeps a row from being issued twice
            locks = import_module("fcntl")
            try:
                locks.flock(self._file, locks.LOCK_EX | locks.LOCK_NB)
            except OSError as error:
                self._file.close()
                raise LEDGER_BUSY(file=file) from error

    def _write(self, cells: Iterable[str]) -> None:
        line = io.StringIO()
        csv.writer(line).writerow(cells)
        self._file.write(line.getvalue().encode())

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()
