"""From settings to what is served: a table by SQLAlchemy, a file by an index, an HTTP service; each is looked at before anything is announced."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from shuniu.provider.files import FileProvider
from shuniu.provider.files.csv_rows import CsvFormat
from shuniu.provider.files.parquet_rows import ParquetFormat
from shuniu.provider.files.provider import format_of
from shuniu.provider.http import HttpProvider, plan_of
from shuniu.provider.reasons import TABLE_MISSING
from shuniu.provider.resource import Resource
from shuniu.provider.settings import ResourceSettings


class Source(Protocol):
    """What a resource's records come from."""

    def resource(self, name: str = "") -> Resource:
        """Return the resource to add to a provider."""

    def close(self) -> None:
        """Give back what it holds."""


def open_source(settings: ResourceSettings, index: str = "") -> Source:
    """Open what the settings name; raise ShuniuError with the next action when it cannot be served. `index` is the folder for indexes."""
    if settings.is_service:
        return HttpProvider(plan_of(settings))
    return _file(settings, index) if settings.file else _table(settings)


def database_rooms() -> Any:
    """Return `shuniu.provider.table` with its `listing`, loaded here: a department with files alone needs no database library."""
    try:
        import_module("shuniu.provider.table.listing")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sqlalchemy":
            raise
        raise TABLE_MISSING() from None
    return import_module("shuniu.provider.table")


def _table(settings: ResourceSettings) -> Source:
    tables = database_rooms()
    schema, name = tables.listing.place_of(settings.url, settings.table, settings.schema)
    source: Source = tables.TableProvider(
        settings.url,
        name,
        settings.key,
        schema=schema,
        zone=settings.tzinfo,
        as_text=settings.as_text,
        names=settings.names,
        freshness=settings.freshness_column,
        version=settings.version_column,
        deleted=settings.deleted_column,
        late=settings.late_seconds,
    )
    return source


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
