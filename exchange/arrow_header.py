"""The header of an Arrow IPC message, read before anything of it is decoded (Arrow columnar format, "Encapsulated message format").

What a batch claims is known from a few hundred bytes: rows, buffers, whether they are compressed. A compressed batch could unpack to any size
the moment a library reads it, and no library says beforehand whether one is; so the flat table is read here, every place in it with its bounds.
"""

import struct
from dataclasses import dataclass
from typing import Final, Self

_CONTINUATION: Final = b"\xff\xff\xff\xff"
_RECORD_BATCH: Final = 3  # MessageHeader in Message.fbs
_NODE, _BUFFER = 16, 16  # bytes of the structs FieldNode and Buffer
_MOST_METADATA: Final = 256 * 1024
"""Bytes: 256 columns take about 16 KiB."""
# fields of the tables in Message.fbs, by their number
_TYPE, _HEADER, _BODY_LENGTH, _CUSTOM_METADATA = 1, 2, 3, 4
_LENGTH, _NODES, _BUFFERS, _COMPRESSION, _VARIADIC = 0, 1, 2, 3, 4


class HeaderError(ValueError):
    """The bytes are not what they have to be."""


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """What a batch claims: rows, columns with all that is nested in them, buffers, whether they are compressed or something else is told."""

    rows: int
    nodes: int
    buffers: int
    is_plain: bool

    @classmethod
    def read(cls, data: bytes | memoryview) -> Self:
        """Return the header of an encapsulated record batch; raise HeaderError for anything else, and where the lengths do not add up."""
        if len(data) < 8 or data[:4] != _CONTINUATION:  # noqa: PLR2004 - the continuation and a length
            raise HeaderError("no encapsulated message")
        (size,) = struct.unpack_from("<i", data, 4)
        if not 0 < size <= _MOST_METADATA or 8 + size > len(data):
            raise HeaderError("no metadata of that length")
        try:
            return cls._of(_Flat(bytes(data[8 : 8 + size])), len(data) - 8 - size)
        except struct.error:
            raise HeaderError("the metadata leads outside") from None

    @classmethod
    def _of(cls, flat: "_Flat", body: int) -> Self:
        message = flat.root
        if flat.number(message, _TYPE, "<B") != _RECORD_BATCH:
            raise HeaderError("no record batch")
        if flat.number(message, _BODY_LENGTH, "<q") != body:
            raise HeaderError("the body has another length")
        batch = flat.table(message, _HEADER)
        is_plain = not any((flat.has(message, _CUSTOM_METADATA), flat.has(batch, _COMPRESSION), flat.has(batch, _VARIADIC)))
        return cls(flat.number(batch, _LENGTH, "<q"), flat.count(batch, _NODES, _NODE), flat.count(batch, _BUFFERS, _BUFFER), is_plain)


class _Flat:
    """A FlatBuffers table tree; a place outside the bytes raises struct.error or HeaderError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.root = self._unpack("<I", 0)

    def has(self, table: int, field: int) -> bool:
        """Tell whether a table has a field."""
        return self._place(table, field) is not None

    def number(self, table: int, field: int, form: str) -> int:
        """Return a number, 0 where it is not there."""
        place = self._place(table, field)
        return 0 if place is None else self._unpack(form, place)

    def table(self, table: int, field: int) -> int:
        """Return where a table within a table stands."""
        place = self._place(table, field)
        if place is None:
            raise HeaderError("a part is missing")
        return place + self._unpack("<I", place)

    def count(self, table: int, field: int, size: int) -> int:
        """Return how many structs of that size a vector has, 0 where there is none."""
        if self._place(table, field) is None:
            return 0
        start = self.table(table, field)
        count = self._unpack("<I", start)
        if start + 4 + count * size > len(self._data):
            raise HeaderError("a vector leads outside")
        return count

    def _place(self, table: int, field: int) -> int | None:
        vtable = table - self._unpack("<i", table)
        if 4 + 2 * field >= self._unpack("<H", vtable):
            return None
        offset = self._unpack("<H", vtable + 4 + 2 * field)
        return table + offset if offset else None

    def _unpack(self, form: str, place: int) -> int:
        if place < 0:
            raise HeaderError("a place before the beginning")
        number: int = struct.unpack_from(form, self._data, place)[0]
        return number
