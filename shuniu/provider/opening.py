"""From settings to what is served: a table through SQLAlchemy, a file through an index; each is looked at before anything is announced."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

from shuniu.provider.files import FileProvider
from shuniu.provider.files.csv_rows import CsvFormat
from shuniu.provider.files.parquet_rows import ParquetFormat
from shuniu.provider.files.provider import format_of
from shuniu.provider.resource import Resource
from shuniu.provider.settings import ResourceSettings

log = logging.getLogger(__name__)


class Source(Protocol):
    """What a resource's records come from."""

    def resource(self, name: str = "") -> Resource:
        """Return the resource to add to a provider."""

    def close(self) -> None:
        """Give back what it holds."""


def open_source(settings: ResourceSettings, index: str = "") -> Source:
    """Open what the settings name; raise ShuniuError with the next action when it cannot be served. `index` is the folder for indexes."""
    return _file(settings, index) if settings.file else _table(settings)


def _table(settings: ResourceSettings) -> Source:
    # here, so that a department with files alone needs no database library
    from shuniu.provider.table import TableProvider  # noqa: PLC0415
    from shuniu.provider.table.listing import place_of  # noqa: PLC0415

    schema, name = place_of(settings.url, settings.table, settings.schema)
    return TableProvider(settings.url, name, settings.key, schema=schema, zone=settings.tzinfo, as_text=settings.as_text, names=settings.names)


def _file(settings: ResourceSettings, index: str) -> Source:
    return FileProvider(
        settings.file,
        settings.key,
        form=_format(settings),
        names=settings.names,
        types=settings.types,
        as_text=settings.as_text,
        zone=settings.tzinfo,
        index=index or None,
    )


def _format(settings: ResourceSettings) -> CsvFormat | ParquetFormat:
    usual = format_of(Path(settings.file))
    if settings.format == "parquet" or (not settings.format and isinstance(usual, ParquetFormat)):
        return ParquetFormat()
    delimiter = settings.delimiter or (usual.delimiter if isinstance(usual, CsvFormat) else ",")
    columns: tuple[str, ...] | None = settings.columns or None
    return CsvFormat(settings.encoding, delimiter, columns)
