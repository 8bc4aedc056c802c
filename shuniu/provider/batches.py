"""Pages of rows as Arrow record batches of about 1 MiB, each with the cursor behind it. Blocks; for threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import grpc

from shuniu.errors import FetchError
from shuniu.provider.pages import Page, Pages, bad_value
from shuniu.provider.reasons import ARROW_MISSING
from shuniu.scope import RowTest, ScopeError, is_inside
from shuniu.v1.catalog_pb2 import FieldType
from shuniu.v1.stream_pb2 import ProviderStreamBatch, ProviderStreamResponse

WANTED: Final = 1024 * 1024
"""Bytes of a batch, about."""
LARGEST: Final = 4 * 1024 * 1024
"""Bytes of a batch at most, as the hub takes it."""
FIRST_ROWS: Final = 1_024
MOST_ROWS: Final = 64 * 1024
_KINDS: Final[Mapping[int, tuple[type, ...]]] = {
    FieldType.FIELD_TYPE_STRING: (str,),
    FieldType.FIELD_TYPE_INT64: (int,),
    FieldType.FIELD_TYPE_DOUBLE: (float, int),
    FieldType.FIELD_TYPE_BOOL: (bool,),
    FieldType.FIELD_TYPE_DECIMAL: (Decimal, int),
    FieldType.FIELD_TYPE_DATE: (date,),
    FieldType.FIELD_TYPE_TIMESTAMP: (datetime,),
    FieldType.FIELD_TYPE_BYTES: (bytes, bytearray, memoryview),
}


def load_arrow() -> Any:
    """Return pyarrow; raise FetchError UNIMPLEMENTED where this provider has none, with the line that installs it in its own log."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - a large library, for those who serve streams
    except ImportError:
        missing = ARROW_MISSING()
        raise FetchError(
            grpc.StatusCode.UNIMPLEMENTED,
            "ARROW_MISSING",
            "this provider has no Arrow library and serves no streams",
            message_zh="提供方未安装 Arrow 组件，不提供批量交换",
            next_action=missing.next_action,
            next_action_zh=missing.next_action_zh,
            cause=missing.next_action,
        ) from None
    return pa


class Batches:
    """The messages of one stream, from its pages."""

    def __init__(self, pages: Pages, fields: Sequence[str], types: Sequence[int], tests: tuple[RowTest, ...]) -> None:
        """Take the pages, the names and types of the columns, and what holds of each record that may leave."""
        self._pa = load_arrow()
        self._pages, self._fields, self._kinds, self._tests = pages, tuple(fields), tuple(types), tests
        self._schema = self._pa.schema(list(zip(self._fields, (_types(self._pa)[kind] for kind in types))))
        self._tested = [(self._fields.index(name), name) for name in dict.fromkeys(test.field for test in tests)]
        self._count = FIRST_ROWS

    def schema(self) -> bytes:
        """Return the first message."""
        return ProviderStreamResponse(schema=self._schema.serialize().to_pybytes()).SerializeToString()

    def following(self) -> list[bytes] | None:
        """Return the messages of the next page, None behind the last one."""
        page = self._pages(self._count)
        return None if page is None else self._messages(page, 0, len(page.rows))

    def _messages(self, page: Page, begin: int, end: int) -> list[bytes]:
        rows = [row for row in page.rows[begin:end] if self._is_inside(row)]
        if not rows:
            return []
        data = self._batch(rows)
        if len(data) > LARGEST:
            if end - begin == 1:
                raise _row_too_large()
            half = (begin + end) // 2
            return self._messages(page, begin, half) + self._messages(page, half, end)
        # so many that the next batch is of the size wanted, should its rows be like these
        self._count = max(min((end - begin) * WANTED // len(data), MOST_ROWS, self._count * 4), 1)
        return [ProviderStreamResponse(batch=ProviderStreamBatch(batch=data, cursor=page.cursor_behind(end))).SerializeToString()]

    def _batch(self, rows: Sequence[Sequence[object]]) -> bytes:
        columns = [self._column(place, values) for place, values in enumerate(zip(*rows))]
        data: bytes = self._pa.RecordBatch.from_arrays(columns, schema=self._schema).serialize().to_pybytes()
        return data

    def _column(self, place: int, values: Sequence[Any]) -> Any:
        kind, name = self._kinds[place], self._fields[place]
        met, allowed = set(map(type, values)) - {type(None)}, _KINDS[kind]
        fits = all(issubclass(one, allowed) for one in met)
        # True is a number to Python, and a moment a day
        if not fits or (bool in met and kind != FieldType.FIELD_TYPE_BOOL) or (datetime in met and kind == FieldType.FIELD_TYPE_DATE):
            raise bad_value(name)
        if kind == FieldType.FIELD_TYPE_TIMESTAMP and any(one is not None and one.tzinfo is None for one in values):
            raise bad_value(name)
        if kind == FieldType.FIELD_TYPE_DECIMAL:
            values = [None if one is None else _plain(one, name) for one in values]
        try:
            return self._pa.array(values, self._schema.field(place).type)
        except (self._pa.ArrowException, ValueError, OverflowError, TypeError):
            raise bad_value(name) from None

    def _is_inside(self, row: Sequence[object]) -> bool:
        if not self._tests:
            return True
        try:
            return is_inside(self._tests, {name: row[place] for place, name in self._tested})
        except ScopeError as error:
            raise bad_value(error.field) from None


def end_message() -> bytes:
    """Return the last message."""
    message = ProviderStreamResponse()
    message.end.SetInParent()
    return message.SerializeToString()


def _types(pa: Any) -> dict[int, Any]:
    return {
        FieldType.FIELD_TYPE_STRING: pa.utf8(),
        FieldType.FIELD_TYPE_INT64: pa.int64(),
        FieldType.FIELD_TYPE_DOUBLE: pa.float64(),
        FieldType.FIELD_TYPE_BOOL: pa.bool_(),
        FieldType.FIELD_TYPE_DECIMAL: pa.utf8(),
        FieldType.FIELD_TYPE_DATE: pa.date32(),
        FieldType.FIELD_TYPE_TIMESTAMP: pa.timestamp("us", "UTC"),
        FieldType.FIELD_TYPE_BYTES: pa.binary(),
    }


def _plain(value: Decimal | int, name: str) -> str:
    if isinstance(value, Decimal) and not value.is_finite():
        raise bad_value(name)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _row_too_large() -> FetchError:
    return FetchError(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "TOO_LARGE",
        "one record exceeds 4 MiB",
        message_zh="单条记录超过 4 MiB",
        next_action="ask for fewer fields",
        next_action_zh="请减少信息项",
    )
