"""What the hub lets pass of a data file, written as CSV: what passes of a stream's batches, a line for each row.

UTF-8 without a byte order mark, lines ended by CR LF, cells quoted where they must be (RFC 4180). A field without a value is an empty cell. Days and
moments are written by ISO 8601, moments in UTC; bytes in base64. A text that a spreadsheet would run has an apostrophe before it, as in every CSV
file that the hub gives out (OWASP, "CSV Injection"); a number stays a number. The same rows make the same bytes, so a file that came in several
calls is the file that comes in one.
"""

import csv
import io
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from brokerage.grants import LiveGrant
from catalog.model import Field, FieldType
from exchange.frames import FrameSieve
from shuniu.lists.formulas import guarded


class SheetSieve(FrameSieve):
    """What passes of one download; `is_whole` says that it begins with the header row, and does not go on behind it. Blocks; for a thread."""

    def __init__(self, live: LiveGrant, fields: Sequence[Field], *, is_whole: bool) -> None:
        """Take the grant, the fields wanted, and where it begins."""
        super().__init__(live, fields)
        self._writers = [_text if name in self._masks else _WRITERS[kind] for name, kind in self._types.items()]
        self.schema = _lines([list(self._types)]) if is_whole else b""

    def _written(self, batch: Any) -> memoryview:
        columns = [map(write, column.to_pylist()) for write, column in zip(self._writers, batch.columns, strict=True)]
        return memoryview(_lines(zip(*columns, strict=True)))


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _text(value: str | None) -> str:
    return "" if value is None else guarded(value)


def _plain(value: float | str | None) -> str:
    """Return a number, or a decimal that travels as its text."""
    return "" if value is None else str(value)


def _truth(value: bool | None) -> str:  # noqa: FBT001 - a value
    return "" if value is None else str(value).lower()


def _day(value: date | None) -> str:
    return "" if value is None else value.isoformat()


def _moment(value: datetime | None) -> str:
    return "" if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _bytes(value: bytes | None) -> str:
    return "" if value is None else b64encode(value).decode()


_WRITERS: Final[dict[FieldType, Callable[[Any], str]]] = {
    FieldType.STRING: _text,
    FieldType.INT64: _plain,
    FieldType.DOUBLE: _plain,
    FieldType.BOOL: _truth,
    FieldType.DECIMAL: _plain,
    FieldType.DATE: _day,
    FieldType.TIMESTAMP: _moment,
    FieldType.BYTES: _bytes,
}
