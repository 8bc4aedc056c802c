"""What the hub lets pass of a provider's stream: batches of exactly the granted columns, of the grant's rows alone, masked.

The schema is compared once, and the consumer gets the hub's own. Each batch is looked at by its header first, then written anew from its columns:
what lies between them, or behind, does not travel. Nothing of a column is read where neither a row scope nor a mask applies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from brokerage.grants import LiveGrant
from catalog.model import Field, FieldType
from exchange.arrow import load, schema_of
from exchange.arrow_header import BatchHeader, HeaderError
from exchange.column_masks import mask_column
from exchange.column_scopes import ColumnError, inside
from exchange.model import MOST_BYTES
from exchange.reasons import ANSWER_MALFORMED
from exchange.steps import CLEAN
from exchange.stream_reasons import FRAME_LIES, FRAME_OTHER_SCHEMA, FRAME_PACKED, FRAME_TOO_LARGE, FRAME_UNREADABLE
from hub.errors import IntegrityError
from shuniu.scope import RowTest, read_test
from shuniu.words import Word

MOST_ROWS: Final = 1024 * 1024
"""Rows of one batch: of a column of truth values a few bytes claim thousands."""
MOST_SCHEMA: Final = 64 * 1024
_OF_TEXT: Final = frozenset({FieldType.STRING, FieldType.DECIMAL, FieldType.BYTES})
"""Types whose columns have three buffers: which are null, where each value ends, the values; others have no ends."""


@dataclass(frozen=True, slots=True)
class CleanFrame:
    """What passes of a batch: the encapsulated message, its rows, and how many rows lay outside the grant's."""

    data: memoryview
    rows: int
    outside: int


class FrameSieve:
    """What passes of one stream; made once, used for every batch of it. Blocks; for a thread."""

    def __init__(self, live: LiveGrant, fields: Sequence[Field]) -> None:
        """Take the grant and the fields wanted; raise IllegalStateError where this hub has no Arrow library."""
        self._pa, self._pc = load()
        types = {one.name: one.type for one in fields}
        scoped = {one.field: FieldType(one.type) for one in live.rows}
        self.asked = (*types.items(), *((name, kind) for name, kind in scoped.items() if name not in types))
        """What the provider is asked for: the fields wanted, and behind them those by which the grant's rows are told."""
        self._expected = schema_of(self._pa, self.asked)
        self._masks = {field.name: field.mask for field in fields if field.mask}
        released = schema_of(self._pa, types.items(), self._masks)
        self.schema: bytes = released.serialize().to_pybytes()
        self._types, self._released, self._provider = types, released, live.provider
        self._tests = tuple(map(read_test, live.rows))
        self._buffers = sum(3 if kind in _OF_TEXT else 2 for _, kind in self.asked)

    def check_schema(self, data: bytes) -> None:
        """Refuse a schema that is not what was asked for, column by column."""
        if not 0 < len(data) <= MOST_SCHEMA:
            raise self._fault(FRAME_UNREADABLE)
        try:
            found = self._pa.ipc.read_schema(self._pa.py_buffer(data))
        except (self._pa.ArrowException, OSError, ValueError) as error:
            raise self._fault(FRAME_UNREADABLE) from error
        for place, (name, _) in enumerate(self.asked):
            if place >= len(found) or found.field(place).name != name or found.field(place).type != self._expected.field(place).type:
                raise FRAME_OTHER_SCHEMA(step=CLEAN.place, provider=self._provider, column=name)
        if len(found) != len(self.asked):
            # its name is the provider's own word
            raise FRAME_OTHER_SCHEMA(step=CLEAN.place, provider=self._provider, column=str(len(self.asked) + 1))

    def clean(self, data: memoryview) -> CleanFrame:
        """Return what passes of an encapsulated batch; raise IntegrityError where it is not what its header, the schema or the grant says."""
        self._check_header(data)
        if self._tests or self._masks:
            data = memoryview(bytes(data))  # what is computed with begins where a processor likes it to
        try:
            batch = self._pa.ipc.read_record_batch(self._pa.ipc.read_message(data), self._expected)
            # In full where its values are read. Else the ends of its columns are looked at, within which it is written anew.
            batch.validate(full=bool(self._tests or self._masks))
        except (self._pa.ArrowException, OSError, ValueError) as error:
            raise self._fault(FRAME_LIES) from error
        rows = int(batch.num_rows)
        if self._tests:
            batch = self._within(batch)
        if self._masks or len(self.asked) > len(self._types):
            batch = self._pa.RecordBatch.from_arrays([self._column(batch, name) for name in self._types], schema=self._released)
        return CleanFrame(self._written(batch), int(batch.num_rows), rows - int(batch.num_rows))

    def _written(self, batch: Any) -> memoryview:
        """Return the bytes that leave of a batch."""
        return memoryview(batch.serialize())

    def _check_header(self, data: memoryview) -> None:
        if len(data) > MOST_BYTES:
            raise FRAME_TOO_LARGE(step=CLEAN.place, provider=self._provider, most=MOST_BYTES, rows=MOST_ROWS)
        try:
            header = BatchHeader.read(data)
        except HeaderError as error:
            raise self._fault(FRAME_LIES) from error
        if not header.is_plain:
            raise self._fault(FRAME_PACKED)
        if header.rows > MOST_ROWS:
            raise FRAME_TOO_LARGE(step=CLEAN.place, provider=self._provider, most=MOST_BYTES, rows=MOST_ROWS)
        if header.rows < 0 or header.nodes != len(self.asked) or header.buffers != self._buffers:
            raise self._fault(FRAME_LIES)

    def _within(self, batch: Any) -> Any:
        """Return the rows inside the grant's; every condition is asked of every row."""
        found = [self._meets(batch, test) for test in self._tests]
        whole = found[0]
        for one in found[1:]:
            whole = self._pc.and_(whole, one)
        return batch.filter(whole)

    def _meets(self, batch: Any, test: RowTest) -> Any:
        try:
            return inside(self._pa, self._pc, batch.column(test.field), test)
        except ColumnError as error:
            column = Word(test.field, test.field, test.field)
            raise ANSWER_MALFORMED(step=CLEAN.place, provider=self._provider, column=column) from error

    def _column(self, batch: Any, name: str) -> Any:
        column, rule = batch.column(name), self._masks.get(name)
        return mask_column(self._pa, self._pc, column, self._types[name], rule) if rule else column

    def _fault(self, reason: Any) -> IntegrityError:
        error: IntegrityError = reason(step=CLEAN.place, provider=self._provider)
        return error
