"""A file as a resource. It is looked at every two seconds; when it has been replaced, the new one is taken up whole, or the old one serves on."""

from __future__ import annotations

import hashlib
import logging
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final

import grpc

from shuniu.catalogue import CatalogueError
from shuniu.errors import FetchError
from shuniu.places import places_of
from shuniu.provider.files.csv_rows import CsvFormat
from shuniu.provider.files.index import Keep
from shuniu.provider.files.loading import FilePlan, Loaded, key_text, load, stamp_of
from shuniu.provider.files.parquet_rows import ParquetFormat
from shuniu.provider.files.sheet import Cell
from shuniu.provider.freshness import Freshness
from shuniu.provider.pages import Page, Pages, StreamCall, place_lost, read_cursor, write_cursor
from shuniu.provider.reasons import FILE_COLUMN
from shuniu.provider.resource import FetchCall, Resource
from shuniu.scope import ScopeError, is_inside
from shuniu.zone import CHINA

log = logging.getLogger(__name__)
LOOK_SECONDS: Final = 2.0
"""Between two looks at a file. It is taken up when two looks in a row find it the same: a copy under way grows in between."""
_VERSION: Final = 16  # characters of a digest: two versions of one file differ in all of them
PARQUET: Final = (".parquet", ".pq")


class FileProvider:
    """One CSV or Parquet file.

    `names` maps a field of the entry to its column in the file, {"id_number": "身份证号"}; a column that it does not name is served under
    its own name. `types` states the types of fields of a CSV file ("int64", "decimal", "date", ...); what it does not name is text.
    `as_text` names fields of a Parquet file that are served as text. `index` is the folder in which the index is built, the system's
    folder for temporary files unless told otherwise; it takes about twice the room of a CSV file, and nothing stays of it.
    """

    def __init__(
        self,
        path: Path | str,
        key: str,
        *,
        form: CsvFormat | ParquetFormat | None = None,
        names: Mapping[str, str] | None = None,
        types: Mapping[str, str] | None = None,
        as_text: Sequence[str] = (),
        zone: tzinfo = CHINA,
        index: Path | str | None = None,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        """Read the file; raise ConfigError with the next action when it cannot be served."""
        place = Path(path)
        self.key = key
        self._plan = FilePlan(place, key, form or format_of(place), names or {}, types or {}, as_text, zone)
        self._folder = Path(index or tempfile.gettempdir())
        self._loaded = load(self._plan, self._folder)
        self._refused: Any = self._loaded.stamp
        self._seen: Any = self._loaded.stamp
        self._stop = threading.Event()
        self._watch = threading.Thread(target=self._look_again, args=(look_seconds,), name=f"file {place.name}", daemon=True)
        self._watch.start()

    def resource(self, name: str = "") -> Resource:
        """Return the resource to add to a provider, named as the file without its ending unless told otherwise."""
        columns = tuple(one.column for one in self._loaded.columns.values())
        return Resource(name or self._plan.path.stem, self.key, columns, self.fetch, self.quick, freshness=self.freshness, stream=self.stream)

    def freshness(self) -> Freshness:
        """Return how many rows can be had: they were counted when the file was read."""
        census = self._loaded.census
        return Freshness(census.rows - census.without_key)

    def fetch(self, key: str, fields: Sequence[str], call: FetchCall) -> list[dict[str, object]]:
        """Return the records under one key."""
        loaded = self._loaded
        rows = loaded.index.rows(_key(loaded, self.key, key), _places(loaded, fields), call.limit, self._keep(loaded, fields, call))
        if rows is None and loaded is not self._loaded:
            # closed by the watch in between: the next one is there
            return self.fetch(key, fields, call)
        return _records(self._plan.path.stem, loaded, fields, rows or [])

    def quick(self, key: str, fields: Sequence[str], call: FetchCall) -> list[dict[str, object]] | None:
        """Return the records if that takes no noticeable time, None if it would: then `fetch` has to do it."""
        loaded = self._loaded
        rows = loaded.index.quick_rows(_key(loaded, self.key, key), _places(loaded, fields), call.limit, self._keep(loaded, fields, call))
        return None if rows is None else _records(self._plan.path.stem, loaded, fields, rows)

    def stream(self, fields: Sequence[str], call: StreamCall) -> Pages:
        """Return the pages of the whole file, in its own order; a file that is replaced meanwhile cannot be gone on with."""
        loaded, resource = self._loaded, self._plan.path.stem
        version = hashlib.sha256(repr(loaded.stamp).encode()).hexdigest()[:_VERSION]
        found, behind = read_cursor(call.cursor, (str, int)) if call.cursor else (version, 0)
        if found != version:
            raise place_lost()

        def page(most: int) -> Page | None:
            nonlocal behind
            rows = loaded.index.page(behind, _places(loaded, fields), most)
            if rows is None:
                raise place_lost()
            if not rows:
                return None
            behind = rows[-1][0]
            values = [list(record.values()) for record in _records(resource, loaded, fields, [row[1:] for row in rows])]
            return Page(values, lambda number: write_cursor(version, rows[number - 1][0]))

        return page

    def _keep(self, loaded: Loaded, fields: Sequence[str], call: FetchCall) -> Keep | None:
        """Return what tells whether a row lies inside the call's conditions, None where there are none."""
        if not call.rows:
            return None
        resource, named = self._plan.path.stem, [(place, name) for place, name in enumerate(fields) if name in {one.field for one in call.rows}]

        def keep(cells: Sequence[Cell]) -> bool:
            (record,) = _records(resource, loaded, [name for _, name in named], [[cells[place] for place, _ in named]])
            try:
                return is_inside(call.rows, record)
            except ScopeError as error:  # the column is of another type than the entry's field
                raise _bad_record(resource, error.field) from None

        return keep

    def close(self) -> None:
        """Look no more, and close the index."""
        self._stop.set()
        self._watch.join()
        self._loaded.index.close()

    def look(self) -> None:
        """Take the file up if it has been replaced and stands still; called again and again by the watch."""
        stamp = stamp_of(self._plan.path)
        still, self._seen = stamp == self._seen, stamp
        if not still or stamp in (self._loaded.stamp, self._refused):
            return
        if stamp is None:
            self._refused = stamp
            log.warning("%s is gone; what was read from it serves on", self._plan.path.name)
            return
        try:
            following = load(self._plan, self._folder)
            self._check(following)
        except CatalogueError as error:
            # told once for each version of the file
            self._refused = stamp
            log.error("%s was replaced by a file that cannot be served; the one before it serves on: %s", self._plan.path.name, error.message)  # noqa: TRY400
            return
        before, self._loaded = self._loaded, following
        before.index.close()

    def _look_again(self, seconds: float) -> None:
        while not self._stop.wait(seconds):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 -- the watch goes on: the next file may be good
                self._refused = self._seen
                log.error("taking up %s failed with %s at %s", self._plan.path.name, type(error).__name__, places_of(error))  # noqa: TRY400 -- a traceback may quote data

    def _check(self, following: Loaded) -> None:
        """Refuse a file without a column that is served: records would lack it."""
        for name, one in self._loaded.columns.items():
            new = following.columns.get(name)
            if new is None or new.column.value_type != one.column.value_type:
                following.index.close()
                raise FILE_COLUMN(file=self._plan.path.name, column=name, known=", ".join(following.columns))


def format_of(path: Path) -> CsvFormat | ParquetFormat:
    """Return the format that the ending of a file's name says: CSV in UTF-8 for any that is not Parquet's, tabs between the cells of .tsv."""
    ending = path.suffix.lower()
    if ending in PARQUET:
        return ParquetFormat()
    return CsvFormat(delimiter="\t" if ending == ".tsv" else ",")


def _places(loaded: Loaded, fields: Sequence[str]) -> list[int]:
    return [loaded.columns[name].place for name in fields]


def _records(resource: str, loaded: Loaded, fields: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[dict[str, object]]:
    served = [(name, loaded.columns[name].read) for name in fields]
    records = []
    for row in rows:
        record: dict[str, object] = {}
        for (name, read), cell in zip(served, row):
            try:
                record[name] = None if cell is None else _value(cell, read)
            except (ValueError, OverflowError):
                raise _bad_record(resource, name) from None
        records.append(record)
    return records


def _value(cell: Cell, read: Callable[[Any], object]) -> object:
    if isinstance(cell, int):
        raise ValueError("a cell that could not be read")  # noqa: TRY004 -- as every reader says that a cell does not fit
    return read(cell)


def _key(loaded: Loaded, field: str, key: str) -> str:
    text = key_text(loaded.columns[field], key)
    if text is None:
        raise FetchError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "INVALID_KEY",
            "the key must be a whole number",
            message_zh="查询键的值应为整数",
            next_action="correct the key",
            next_action_zh="请修正查询键的值",
        )
    return text


def _bad_record(resource: str, column: str) -> FetchError:
    return FetchError(
        grpc.StatusCode.DATA_LOSS,
        "BAD_RECORD",
        f"column {column} of {resource} holds a value that is not of its type",
        message_zh=f"{resource} 的 {column} 列含有与类型不符的值",
        next_action="ask the providing department to correct the row, or to serve the column as text",
        next_action_zh="请提供部门修正该行，或将该列按文本提供",
        facts={"resource": resource, "column": column},
    )
