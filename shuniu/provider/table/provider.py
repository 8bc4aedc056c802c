"""One table or view as a resource: reflected once, then one prepared select per set of fields.

Where a select runs was measured (12 columns, 32 callers, CPU of the provider's process per fetch over mTLS): an answer without any SQL 0.38 ms,
a SQLite select tried in the event loop 0.55 ms, one in a thread 0.70 ms, the difference being the hand-off. But a slow select in the event loop
stops every other call. So SQLite may try in the loop, bounded (see `TableSource.quick_rows`), and goes to a thread when that does not suffice;
every other database, whose answers come over a network, always goes to a thread.
"""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Collection, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from sqlalchemy import Select, bindparam, column, exc, inspect, or_, select, table, types

from shuniu.errors import FetchError, SourceError
from shuniu.provider.changes import ChangePages
from shuniu.provider.pages import Pages, StreamCall
from shuniu.provider.resource import MAX_RECORDS, FetchCall, Resource
from shuniu.provider.same_key import is_of_key
from shuniu.provider.table.changes import ChangedRow, Place, WatchedTable, check_version, version_of
from shuniu.provider.table.columns import Plan, columns_of, comment_of, expression, has_order, is_unique
from shuniu.provider.table.encodings import restore
from shuniu.provider.table.faults import Fault, cause_of, fault_of
from shuniu.provider.table.freshness import TableFreshness
from shuniu.provider.table.keys import is_no_value, is_untaken, key_reader
from shuniu.provider.table.narrowing import is_of_condition, narrowed
from shuniu.provider.table.refusals import failure, fetch_error, other_key, source_error, too_many
from shuniu.provider.table.shape import Shape, shape_of
from shuniu.provider.table.source import TableSource
from shuniu.provider.table.values import Convert
from shuniu.provider.table.whole import Key, WholeTable
from shuniu.scope import RowTest
from shuniu.zone import CHINA

log = logging.getLogger(__name__)
Record = dict[str, object]


class TableProvider:
    """One table or view of a database.

    `names` maps a field of the entry to its column in the table, {"id_number": "SFZH"}; a column that it does not name is served under its
    own name. `key`, `as_text` and `freshness` speak of fields. `zone` is where timestamps without a zone are (UTC+8); `as_text` names those
    whose values do not keep what their type promises and are served as text; `freshness` is the one with the time of a row, by which the
    newest is told; `version` is the one that every insert and update raises, by which changes are followed, `deleted` marks rows that are gone, and
    `late` is by how many seconds a commit may come behind a later version. `schema` is the database schema. Columns of types that no record
    carries are left out, with a warning; so are those that the database's user may not read.
    """

    def __init__(
        self,
        url: str,
        name: str,
        key: str,
        *,
        schema: str | None = None,
        zone: tzinfo = CHINA,
        as_text: Collection[str] = (),
        names: Mapping[str, str] | None = None,
        freshness: str = "",
        version: str = "",
        deleted: str = "",
        late: float = 5.0,
    ) -> None:
        """Connect and look at the table; raise SourceError with the next action when it cannot be served."""
        self.name = name
        self.key = key
        self._plan = Plan(name, key, schema, zone, as_text, names or {}, freshness, version, deleted, late)
        self._source = TableSource(url)
        try:
            with self._source.engine.connect() as connection:
                inspector = inspect(connection)
                self._columns = restore(connection, self._plan, columns_of(inspector, self._plan), self._source.stored)
                self._comment = comment_of(inspector, self._plan)
                self._freshness = TableFreshness(self._source, self._plan, inspector, self._columns)
                self._is_unique = is_unique(inspector, self._plan, self._columns[key].source)
                check_version(inspector, self._plan, self._columns, is_unique=self._is_unique)
                self._shape = Shape(self._source.engine, self._plan, shape_of(inspector, self._plan))
            self._table = table(name, schema=schema)
            self._leave_out_forbidden()
            self.test_select()
        except (exc.SQLAlchemyError, UnicodeError) as error:
            raise self._source_error(error) from None
        except SourceError:
            self.close()
            raise
        self._source.distrust()  # fetches run in other threads
        self._key_value = key_reader(self._columns[key], self._source.engine.dialect.name)
        # grants ask for the same few sets of fields again and again
        self._statement = functools.lru_cache(maxsize=256)(self._select)
        self._whole = functools.lru_cache(maxsize=256)(self._select_whole)
        self._changed_rows = functools.lru_cache(maxsize=256)(self._select_changes)

    def resource(self, name: str = "") -> Resource:
        """Return the resource to add to a provider, named as the table unless told otherwise."""
        quick = self.quick if self._source.has_quick_rows else None
        columns = tuple(served.column for served in self._columns.values())
        return Resource(
            name or self.name,
            self.key,
            columns,
            self.fetch,
            quick,
            self._comment,
            self._freshness,
            self.stream,
            self.watch if self._plan.version else None,
        )

    def test_select(self) -> None:
        """Select no row of all columns, which shows that the user may; raise SourceError with what to grant. Done at the start already."""
        try:
            self._try(list(self._columns))
        except exc.SQLAlchemyError as error:
            raise self._source_error(error) from None

    def fetch(self, key: str, fields: Sequence[str], call: FetchCall) -> list[Record]:
        """Return the records under one key; blocks for as long as the database takes."""
        names = self._names(fields)
        try:
            rows = self._rows(self._key_value(key), fields, call)
        except (exc.SQLAlchemyError, UnicodeError) as error:
            if is_no_value(error, self._columns[self.key], key):
                return []
            if is_untaken(error, key):
                raise failure(Fault.REFUSED, self.name, self.key, cause_of(error)) from None
            raise self._failure(error, names) from None
        return self._records(names, rows, key, fields)

    def _rows(self, asked: object, fields: Sequence[str], call: FetchCall) -> Sequence[Any]:
        """Return the rows under a key, narrowed by the call's conditions as far as the database can be asked."""
        parameters = {"key": asked, "limit": _limit(call)}
        if call.rows:
            try:
                return self._source.rows(self._statement(tuple(fields), call.rows), parameters, call.until)
            except (exc.SQLAlchemyError, UnicodeError) as error:
                if not is_of_condition(error):
                    raise
        # also where the database knows no such value: then all are read, and judged afterwards
        return self._source.rows(self._statement(tuple(fields), ()), parameters, call.until)

    def quick(self, key: str, fields: Sequence[str], call: FetchCall) -> list[Record] | None:
        """Return the records if that takes no noticeable time, None if it would, or if it fails: then `fetch` has to do it."""
        asked = self._key_value(key)
        rows = self._source.quick_rows(self._statement(tuple(fields), call.rows), {"key": asked, "limit": _limit(call)})
        return None if rows is None else self._records(self._names(fields), rows, key, fields)

    def stream(self, fields: Sequence[str], call: StreamCall) -> Pages:
        """Return the pages of the whole table, in the order of its key."""
        names = self._names(fields)

        def select_rows(key: Key | None, most: int) -> Sequence[Sequence[Any]]:
            try:
                rows = self._rows_from(key, tuple(fields), call.rows, most)
            except (exc.SQLAlchemyError, UnicodeError) as error:
                raise self._failure(error, names) from None
            return self._values(names, rows)

        wanted = [names.index(name) for name in fields]
        return WholeTable(select_rows, wanted, call, lambda: failure(Fault.VALUE, self.name, self.key, ""), is_unique=self._is_unique)

    def _rows_from(self, key: Key | None, fields: tuple[str, ...], tests: tuple[RowTest, ...], most: int) -> Sequence[Any]:
        """Return raw rows in order from a key on, narrowed by conditions as far as the database can be asked."""
        bound = {} if key is None else {"key": key if isinstance(key, int) else self._key_value(key)}
        parameters = {**bound, "limit": most}
        if tests:
            try:
                return self._source.rows(self._whole(fields, tests, key is None), parameters, math.inf)
            except (exc.SQLAlchemyError, UnicodeError) as error:
                if not is_of_condition(error):
                    raise
        return self._source.rows(self._whole(fields, (), key is None), parameters, math.inf)

    def watch(self, fields: Sequence[str], call: StreamCall) -> ChangePages:
        """Return the pages of the changes, in the order of the version column."""
        plan = self._plan
        names = tuple(dict.fromkeys((self.key, *fields, *filter(None, (plan.deleted,)))))

        def select_rows(place: Place | None, most: int) -> Sequence[ChangedRow]:
            bound: dict[str, Any] = {"limit": most}
            if place is not None:
                key = place.key if isinstance(place.key, int) else self._key_value(place.key)
                bound |= {"version": place.version, "key": key}
            try:
                rows = self._source.rows(self._changed_rows(names, place is None), bound, math.inf)
                versions = [version_of(row[0]) for row in rows]
            except TypeError:
                raise failure(Fault.VALUE, self.name, plan.version, "") from None
            except (exc.SQLAlchemyError, UnicodeError) as error:
                raise self._failure(error, names) from None
            return [_changed(plan, names, version, values) for version, values in zip(versions, self._values(names, [row[1:] for row in rows]))]

        return WatchedTable(select_rows, call.cursor, plan.late)

    def close(self) -> None:
        """Close the connections."""
        self._source.close()

    def _leave_out_forbidden(self) -> None:
        """Serve the columns that the user may read, where rights are given by column, and tell of the others."""
        try:
            return self._try(list(self._columns))
        except exc.SQLAlchemyError as error:
            if fault_of(error) is not Fault.FORBIDDEN:
                raise
        readable = [name for name in self._columns if self._is_readable(name)]
        if self.key not in readable:
            return None  # the test select says so
        for name in set(self._columns).difference(readable):
            log.warning("column %s of %s is not served: the database user may not read it", self._columns.pop(name).source, self.name)
        return None

    def _is_readable(self, name: str) -> bool:
        try:
            self._try([name])
        except exc.SQLAlchemyError as error:
            if fault_of(error) is not Fault.FORBIDDEN:
                raise
            return False
        return True

    def _try(self, names: Sequence[str]) -> None:
        wanted = [expression(self._columns[name], self._source.engine.dialect.name) for name in names]
        self._source.rows(select(*wanted).select_from(self._table).limit(0), {}, 0.0)

    def _source_error(self, error: Exception) -> SourceError:
        # raised without the cause, whose text may hold the password
        engine = self._source.engine
        self.close()
        return source_error(engine.dialect, engine.url, error, (self._plan.schema, self.name))

    def _names(self, fields: Sequence[str]) -> tuple[str, ...]:
        """Return what is selected for a set of fields: always the key too."""
        return tuple(dict.fromkeys((self.key, *fields)))

    def _select(self, fields: tuple[str, ...], tests: tuple[RowTest, ...]) -> Select[Any]:
        """Return the statement for a set of fields and conditions on rows.

        Columns stand without their types, so that the driver's values arrive untouched.
        """
        dialect = self._source.engine.dialect.name
        wanted = [expression(self._columns[name], dialect) for name in self._names(fields)]
        key: Any = column(self._columns[self.key].source)
        limit = bindparam("limit", type_=types.Integer())
        found = select(*wanted).select_from(self._table).where(key == bindparam("key", type_=types.NullType()))
        return found.where(*narrowed(self._columns, tests, dialect, self._plan.zone)).limit(limit)

    def _select_whole(self, fields: tuple[str, ...], tests: tuple[RowTest, ...], is_first: bool) -> Select[Any]:  # noqa: FBT001 - for a cache
        """Return the statement that reads on from a key, or from the beginning."""
        dialect, names = self._source.engine.dialect.name, self._names(fields)
        key: Any = column(self._columns[self.key].source)
        found = select(*(expression(self._columns[name], dialect) for name in names)).select_from(self._table).where(key.is_not(None))
        if not is_first:
            bound = bindparam("key", type_=types.NullType())
            found = found.where(key > bound if self._is_unique else key >= bound)
        # rows of one key have no order of their own: without one, a second select could give them in another
        behind: list[Any] = [] if self._is_unique else [column(self._columns[name].source) for name in names[1:] if has_order(self._columns[name])]
        narrow = narrowed(self._columns, tests, dialect, self._plan.zone)
        return found.where(*narrow).order_by(key, *behind).limit(bindparam("limit", type_=types.Integer()))

    def _select_changes(self, names: tuple[str, ...], is_first: bool) -> Select[Any]:  # noqa: FBT001 - for a cache
        """Return the statement that reads on in the order of the version, and of the key among equal ones."""
        dialect = self._source.engine.dialect.name
        version: Any = column(self._columns[self._plan.version].source)
        key: Any = column(self._columns[self.key].source)
        wanted = [version.label("version_"), *(expression(self._columns[name], dialect) for name in names)]
        found = select(*wanted).select_from(self._table).where(key.is_not(None), version.is_not(None))
        if not is_first:
            behind, same = bindparam("version", type_=types.NullType()), bindparam("key", type_=types.NullType())
            # by the first condition an index on the version is used; databases see it in the second one rarely
            found = found.where(version >= behind, or_(version > behind, key > same))
        return found.order_by(version, key).limit(bindparam("limit", type_=types.Integer()))

    def _failure(self, error: Exception, names: Sequence[str]) -> FetchError:
        fault = fault_of(error)
        told = fetch_error(error, self.name, {served.source: name for name, served in self._columns.items()})
        return self._changed(names, told.cause) or told if fault in {Fault.VALUE, Fault.NO_COLUMN, Fault.REFUSED} else told

    def _changed(self, names: Sequence[str], cause: str) -> FetchError | None:
        """Return the error of a table that is another one by now, None where it is as it was."""
        sources = {self._columns[name].source: name for name in names}
        found = self._shape.change(list(sources))
        return None if found is None else failure(Fault.NO_COLUMN, self.name, sources[found], cause)

    def _values(self, names: Sequence[str], rows: Sequence[Any]) -> list[list[object]]:
        """Return the values of rows as records carry them."""
        converts = [self._columns[name].convert for name in names]
        try:
            return [list(_record(names, converts, row).values()) for row in rows]
        except _BadValueError as error:
            raise self._changed([str(error)], "") or failure(Fault.VALUE, self.name, str(error)) from None

    def _records(self, names: Sequence[str], rows: Sequence[Any], asked: str, fields: Sequence[str]) -> list[Record]:
        if len(rows) > MAX_RECORDS:
            raise too_many(self.name)
        converts = [self._columns[name].convert for name in names]
        try:
            records = [_record(names, converts, row) for row in rows]
        except _BadValueError as error:
            raise self._changed([str(error)], "") or failure(Fault.VALUE, self.name, str(error)) from None
        for record in records:
            if not is_of_key(record[self.key], asked):
                self._source.distrust()
                raise other_key(self.name)
            if self.key not in fields:
                del record[self.key]
        return records


def _changed(plan: Plan, names: Sequence[str], version: Any, values: Sequence[object]) -> ChangedRow:
    record = dict(zip(names, values))
    key = record[plan.key]
    is_deleted = bool(plan.deleted) and record[plan.deleted] not in {None, False, ""}
    return ChangedRow(Place(version, key if isinstance(key, int) else str(key)), is_deleted, record)


def _limit(call: FetchCall) -> int:
    """Return how many rows are read: behind conditions more than are asked for, since some may lie outside; one too many tells that there are."""
    return MAX_RECORDS + 1 if call.rows else call.limit


class _BadValueError(Exception):
    """A value does not have the type of its column; the text is the column's name."""


def _record(names: Sequence[str], converts: Sequence[Convert | None], row: Sequence[Any]) -> Record:
    record: Record = {}
    for name, convert, value in zip(names, converts, row):
        try:
            record[name] = value if convert is None or value is None else convert(value)
        except (ValueError, TypeError, OverflowError):
            raise _BadValueError(name) from None
    return record
