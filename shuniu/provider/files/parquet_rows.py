"""A Parquet file, read through pyarrow batch by batch. Values become texts that `texts` reads back to the very same values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any, Final

from shuniu.provider.files.sheet import Cell, Row, Sheet, SheetColumn
from shuniu.provider.reasons import ARROW_MISSING, FILE_UNREADABLE

_ROWS: Final = 4096
"""Rows in memory at a time."""


class ParquetFormat:
    """How a Parquet file is read: it says everything itself."""

    @contextmanager
    def sheet(self, file: IO[bytes], name: str) -> Iterator[Sheet]:
        """Read an open file; columns whose types no record carries are left out. Raise ConfigError where it is no Parquet file."""
        pa, pq = _arrow()
        try:
            parquet = pq.ParquetFile(file)
            schema = parquet.schema_arrow
            found = {field.name: told for field in schema if (told := _kind(pa, field.type)) is not None}
            columns = tuple(SheetColumn(name, kind, str(schema.field(name).type), _comment(schema.field(name))) for name, (kind, _) in found.items())
        except (pa.ArrowException, OSError) as error:
            raise FILE_UNREADABLE(file=name, problem=type(error).__name__) from None
        yield Sheet(columns, _rows(pa, parquet, found, name))


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa  # noqa: PLC0415 - a large library, for those who have such files
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError:
        raise ARROW_MISSING() from None
    return pa, pq


def _rows(pa: Any, parquet: Any, found: dict[str, tuple[str, Callable[[Any], Cell]]], name: str) -> Iterator[Row]:
    cells = [cell for _, cell in found.values()]
    try:
        for batch in parquet.iter_batches(batch_size=_ROWS, columns=list(found)):
            lists = [[None if value is None else cell(value) for value in batch.column(at).to_pylist()] for at, cell in enumerate(cells)]
            for row in zip(*lists):
                yield row, True
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise FILE_UNREADABLE(file=name, problem=type(error).__name__) from None


def _kind(pa: Any, arrow: Any) -> tuple[str, Callable[[Any], Cell]] | None:
    """Return the type in which a column's values travel, and what makes a cell of one; None for a type that no record carries."""
    types = pa.types
    if types.is_dictionary(arrow):
        return _kind(pa, arrow.value_type)
    kinds: tuple[tuple[Callable[[Any], bool], str, Callable[[Any], Cell]], ...] = (
        (types.is_boolean, "bool", lambda value: "true" if value else "false"),
        (types.is_uint64, "decimal", str),  # which does not fit into 64 bits with a sign
        (types.is_integer, "int64", str),
        (types.is_floating, "double", repr),
        (types.is_decimal, "decimal", lambda value: format(value, "f")),
        (types.is_date, "date", lambda value: value.isoformat()),
        (types.is_timestamp, "timestamp", _moment),
        (types.is_time, "string", lambda value: value.isoformat()),
        (lambda one: types.is_string(one) or types.is_large_string(one), "string", str),
        (lambda one: types.is_binary(one) or types.is_large_binary(one) or types.is_fixed_size_binary(one), "bytes", bytes),
    )
    return next(((kind, cell) for is_it, kind, cell in kinds if is_it(arrow)), None)


def _moment(value: datetime) -> str:
    """Return a moment as `texts.moment_in` reads it; one without a zone stays without."""
    # pandas' Timestamp, which pyarrow gives for nanoseconds where pandas is installed, writes nine digits
    return value.isoformat(sep=" ")


def _comment(field: Any) -> str:
    text = (field.metadata or {}).get(b"comment", b"")
    return bytes(text).decode("utf-8", "replace")
