"""A whole table out of a data file, told as a provider would tell it: schema, batches with a cursor, end.

So what follows is the same as for any provider's stream: each batch is cleaned, and nothing of the exchange knows that it came from a file.
"""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from catalog.model import FieldType
from exchange.arrow import load, schema_of
from exchange.filed import FiledRecords
from exchange.model import Access, Permission
from exchange.reasons import DEADLINE_TOO_SHORT
from exchange.steps import FETCH
from files.reading import Page, Wanted
from shuniu.v1 import stream_pb2

_Part = stream_pb2.ProviderStreamResponse


class FiledStream:
    """One open stream of a data file; belongs to the task that reads it."""

    def __init__(self, files: FiledRecords, access: Access, permission: Permission, asked: Sequence[tuple[str, FieldType]], cursor: bytes) -> None:
        """Take what reads files, for whom, which columns, and where to go on."""
        live = permission.live
        self._files, self._consumer, self._cursor = files, access.caller.department, cursor
        self._wanted = Wanted(live.entry_name, live.provider, "", [name for name, _ in asked])
        self._pa, _ = load()
        self._schema = schema_of(self._pa, asked)
        self._place = 0

    async def read(self, limit: float) -> bytes | None:
        """Return the next message, None behind the last; raise an error where none comes within `limit` seconds or the file is another one."""
        if not self._place:
            self._place = 1
            return bytes(_Part(schema=self._schema.serialize().to_pybytes()).SerializeToString())
        if self._place > 1:
            return None
        try:
            async with asyncio.timeout(limit):
                return await self._files.run(self._consumer, self._next)
        except TimeoutError:
            raise DEADLINE_TOO_SHORT(step=FETCH.place) from None

    def _next(self) -> bytes:
        page = self._files.reader.page(self._wanted, self._cursor, FETCH.place)
        self._cursor = page.cursor
        if not page.rows:
            self._place = 2
            return bytes(_Part(end=stream_pb2.ProviderStreamEnd()).SerializeToString())
        sent = stream_pb2.ProviderStreamBatch(batch=self._batch(page), cursor=page.cursor)
        return bytes(_Part(batch=sent).SerializeToString())

    def _batch(self, page: Page) -> bytes:
        columns = [self._pa.array([_cell(row[one.name]) for row in page.rows], one.type) for one in self._schema]
        written: bytes = self._pa.RecordBatch.from_arrays(columns, schema=self._schema).serialize().to_pybytes()
        return written

    def close(self) -> None:
        """Nothing is held between two reads."""


def _cell(value: Any) -> Any:
    """Return a value as Arrow has it: a decimal travels as its text."""
    return format(value, "f") if isinstance(value, Decimal) else value
