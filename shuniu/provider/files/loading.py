"""From a file to its index: which columns are served under which names, how cells are read, what is refused."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path
from typing import IO, Any, Final, Protocol

from shuniu.provider.comparison import TEXT
from shuniu.provider.files.index import Census, Index
from shuniu.provider.files.sheet import Cell, Sheet, SheetColumn
from shuniu.provider.files.texts import integer, readers_in
from shuniu.provider.reasons import FILE_CHANGES, FILE_COLUMN, FILE_DOUBTFUL, FILE_INDEX, FILE_KEY_TYPE, FILE_MISSING
from shuniu.provider.resource import Column
from shuniu.v1.catalog_pb2 import FieldType
from shuniu.zone import CHINA

log = logging.getLogger(__name__)
_KEY_TYPES: Final = (TEXT, "int64")
_LISTED: Final = 10

Stamp = tuple[int, int, int, int]


class Format(Protocol):
    """How a file is opened as a sheet."""

    def sheet(self, file: IO[bytes], name: str) -> AbstractContextManager[Sheet]:
        """Read an open file."""


@dataclass(frozen=True)
class FilePlan:
    """Which file is served, and how. `names` maps a field to the column in which it stands; `key`, `types` and `as_text` speak of fields."""

    path: Path
    key: str
    form: Format
    names: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    as_text: Sequence[str] = ()
    zone: tzinfo = CHINA


@dataclass(frozen=True)
class ServedColumn:
    """One column that is served: how it is described, where it stands in the index, how its cells are read."""

    column: Column
    place: int
    read: Callable[[Any], object]


@dataclass(frozen=True)
class Loaded:
    """A file as it stands in its index."""

    stamp: Stamp
    index: Index
    columns: Mapping[str, ServedColumn]
    census: Census


def stamp_of(path: Path) -> Stamp | None:
    """Return what changes when a file is written or replaced, None when there is none: device, number, size, time of the last change."""
    try:
        found = path.stat()
    except OSError:
        return None
    return _stamp(found)


def load(plan: FilePlan, folder: Path) -> Loaded:
    """Read a file whole into an index in `folder`; raise ConfigError where it cannot be served, or changes while it is read."""
    name = plan.path.name
    try:
        with plan.path.open("rb") as file:
            # before anything is read of it
            stamp = _stamp(os.fstat(file.fileno()))
            with plan.form.sheet(file, name) as sheet:
                return _load(plan, folder, sheet, lambda: _stamp(os.fstat(file.fileno())) != stamp, stamp)
    except (OSError, sqlite3.Error) as error:
        if not plan.path.exists():
            raise FILE_MISSING(file=plan.path) from None
        raise FILE_INDEX(file=name, folder=folder, problem=getattr(error, "strerror", None) or type(error).__name__) from None


def _load(plan: FilePlan, folder: Path, sheet: Sheet, has_changed: Callable[[], bool], stamp: Stamp) -> Loaded:
    columns = _columns(plan, sheet.columns)
    index = Index(folder)
    try:
        census = index.fill(sheet.rows, len(sheet.columns), columns[plan.key].place, _key_of(columns[plan.key]))
        # written in place meanwhile, half of what was read may be old
        _check(plan.path.name, census, changed=has_changed())
    except BaseException:
        index.close()
        raise
    _tell(plan.path.name, census)
    return Loaded(stamp, index, {name: _with_nulls(one, census) for name, one in columns.items()}, census)


def _check(name: str, census: Census, *, changed: bool) -> None:
    if changed:
        raise FILE_CHANGES(file=name)
    if census.is_doubtful:
        raise FILE_DOUBTFUL(file=name, ragged=census.ragged, spoilt=census.spoilt, rows=census.rows)


def _stamp(found: os.stat_result) -> Stamp:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def key_text(column: ServedColumn, asked: str) -> str | None:
    """Return the text under which the index has a key, None for what is no value of the column: only a number's plain form is one."""
    if column.read is not integer:
        return asked
    try:
        return asked if str(integer(asked)) == asked else None
    except ValueError:
        return None


def _key_of(column: ServedColumn) -> Callable[[Cell], str | None]:
    def number(cell: Cell) -> str | None:
        try:
            return str(integer(cell)) if isinstance(cell, str) else None
        except ValueError:
            return None

    return number if column.read is integer else lambda cell: cell if isinstance(cell, str) else None


def _columns(plan: FilePlan, found: Sequence[SheetColumn]) -> dict[str, ServedColumn]:
    """Return the columns by the field's name: those that are mapped, and each other one under its own name."""
    places = {one.name: place for place, one in enumerate(found) if one.name}
    for source in plan.names.values():
        _demand(plan, source, places)
    mapped = set(plan.names.values())
    fields = {**{name: name for name in places if name not in mapped and name not in plan.names}, **plan.names}
    for name in (plan.key, *plan.types, *plan.as_text):
        _demand(plan, name, fields)
    readers = readers_in(plan.zone)
    columns = {}
    for name, source in sorted(fields.items(), key=lambda pair: places[pair[1]]):
        one = found[places[source]]
        kind = TEXT if name in plan.as_text else plan.types.get(name, one.value_type)
        value_type = FieldType.Value(f"FIELD_TYPE_{kind.upper()}")
        columns[name] = ServedColumn(Column(name, one.described or kind, True, value_type, 0, one.comment), places[source], readers[kind])
    if columns[plan.key].read not in (readers[kind] for kind in _KEY_TYPES):
        raise FILE_KEY_TYPE(file=plan.path.name, column=plan.key)
    return columns


def _demand(plan: FilePlan, name: str, known: Mapping[str, object]) -> None:
    if name not in known:
        names = ", ".join(list(known)[:_LISTED]) + (", ..." if len(known) > _LISTED else "")
        raise FILE_COLUMN(file=plan.path.name, column=name, known=names or "-")


def _with_nulls(one: ServedColumn, census: Census) -> ServedColumn:
    return replace(one, column=replace(one.column, nullable=one.place in census.empty))


def _tell(name: str, census: Census) -> None:
    """Log what of a file cannot be served, by numbers alone."""
    for count, what in (
        (census.without_key, "rows without a key, which nobody can ask for"),
        (census.ragged, "rows of another length than the header, which are refused when they are asked for"),
        (census.spoilt, "rows with a cell that is no text of the encoding, which is refused when it is asked for"),
        (census.rounded, "keys that a spreadsheet has rounded (6.4E+17): format the column as text and export it anew"),
    ):
        if count:
            log.warning("%s has %d %s", name, count, what)
    log.info("%s is served: %d rows", name, census.rows)
