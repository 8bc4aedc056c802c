"""The index by which records are found: every filter, alone or with others, walks one B-tree from the newest record and stops at a page."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, Select, Table, and_, exists, func, literal_column, or_, select, text, tuple_, update
from sqlalchemy.schema import CreateIndex, DropIndex

from audit import hot
from audit.commitment import micros
from audit.model import Record
from audit.reasons.damage import INDEX_STATE_LOST
from audit.rows import INDEX_COLUMNS
from audit.store.tables import SAYS_NOTHING, erasures, index, index_state
from audit.store.tree import log_size
from hub.db import Tx

_SECOND: Final = 1_000_000
_MOST_LOOKED_AT: Final = 4_096
_FOUR_DAYS: Final = timedelta(days=4)
_INSERT: Final = {"sqlite": hot.insert_rows(index.name, INDEX_COLUMNS, "?"), "postgresql": hot.insert_rows(index.name, INDEX_COLUMNS, "%s")}
Place = tuple[int, int]
"""Time in microseconds and index of a record: the order of every search, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """What a search looks for; empty parts do not narrow. `department` matches the acting and the other department alike.

    `since` is included, `until` is not. `below` is the index behind the last record that counts.
    """

    pseudonym: bytes = b""
    officer: str = ""
    department: str = ""
    case_number: str = ""
    resource: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    below: int | None = None

    @classmethod
    def of_search(cls, search: Record) -> Self:
        """Return what a search looked for, out of its own record; it found nothing that came after that record."""
        told = search.detail
        since, until = (datetime.fromisoformat(told[name]) if name in told else None for name in ("from_time", "to_time"))
        texts = {name: told.get(name, "") for name in ("officer", "department", "case_number")}
        return cls(pseudonym=search.pseudonym or b"", since=since, until=until, below=search.index + 1, **texts)

    @property
    def is_narrow(self) -> bool:
        """Tell whether it asks for something that an index row without texts and subject would hide."""
        return bool(self.pseudonym or self.officer or self.case_number or self.resource)

    def matches(self, record: Record) -> bool:
        """Tell whether a record is one that the search looks for."""
        wanted = (
            (self.pseudonym, (record.pseudonym,)),
            (self.officer, (record.actor.officer,)),
            (self.department, (record.actor.department, record.other)),
            (self.case_number, (record.case_number,)),
            (self.resource, (record.resource,)),
            (self.kind, (record.kind.value,)),
        )
        if any(part and part not in found for part, found in wanted):
            return False
        if self.below is not None and record.index >= self.below:
            return False
        return (self.since is None or self.since <= record.at) and (self.until is None or record.at < self.until)


def place_of(record: Record) -> Place:
    """Return where a record stands in the order of every search."""
    return micros(record.at), record.index


class IndexStore:
    """The rows of the index, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def size(self) -> int:
        """Return below which index every record stands in the index; raise IntegrityError where nobody knows."""
        mark = self.mark()
        if mark is None:
            raise INDEX_STATE_LOST()
        return mark

    def lock(self) -> int:
        """Return the same; until the transaction ends nobody else moves it on."""
        self._tx.execute(select(index_state.c.id).with_for_update())  # SQLite has one writer and needs no lock
        return self.size()

    def mark(self) -> int | None:
        """Return what the row of the index's bookkeeping says, None where it is missing."""
        found = self._tx.scalar(select(index_state.c.size).where(index_state.c.id == 1))
        return None if found is None else int(found)

    def end(self) -> int:
        """Return the position behind the last row of the index."""
        last = self._tx.scalar(select(func.max(index.c.position)))
        return 0 if last is None else int(last) + 1

    def advance(self, start: int, end: int) -> bool:
        """Say that the index covers the records below `end`; False where somebody else has moved it on from `start` meanwhile."""
        return bool(self._tx.execute(update(index_state).where(index_state.c.size == start).values(size=end)).rowcount)

    def insert(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows, in the order of `INDEX_COLUMNS`; one that stands already is left alone, since a portion may come twice."""
        if self._tx.dialect == "postgresql":
            self._make_partitions(rows)
        statements = _INSERT[self._tx.dialect]
        for start in range(0, len(rows), hot.MOST_ROWS):
            part = rows[start : start + hot.MOST_ROWS]
            self._tx.connection.exec_driver_sql(statements[len(part)], tuple(chain.from_iterable(part)))

    def remove(self, positions: Sequence[int]) -> None:
        """Take out the rows of these records."""
        self._tx.execute(index.delete().where(index.c.position.in_(positions)))

    def remove_range(self, start: int, end: int) -> None:
        """Take out every row from position `start` to before `end`, whatever it says."""
        self._tx.execute(index.delete().where(index.c.position >= start, index.c.position < end))

    def restart(self) -> None:
        """Count the index as empty, so that every record is put into it anew; what stands there is taken out portion by portion then."""
        self._tx.execute(index_state.delete())
        self._tx.execute(index_state.insert().values(id=1, size=0))

    def widen_cache(self) -> None:
        """Let SQLite keep 256 MiB of the index's pages on this connection: seven trees grow at once, each at places all over it."""
        if self._tx.dialect == "sqlite":
            self._tx.connection.exec_driver_sql("PRAGMA cache_size = -262144")

    def drop_orders(self) -> None:
        """Drop the secondary indexes of the table, without which no search finds anything: `make_orders` is to follow."""
        for one in sorted(index.indexes, key=lambda one: str(one.name)):
            self._tx.execute(DropIndex(one, if_exists=True))

    def make_orders(self) -> None:
        """Make those secondary indexes that are not there; over a long log that takes minutes."""
        if self._tx.dialect == "postgresql":
            self._tx.connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        for one in sorted(index.indexes, key=lambda one: str(one.name)):
            self._tx.execute(CreateIndex(one, if_not_exists=True))

    def remove_behind(self) -> None:
        """Take out the rows of records that the log does not have."""
        self._tx.execute(index.delete().where(index.c.position >= log_size(self._tx)))

    def rows(self, start: int, end: int) -> list[tuple[Any, ...]]:
        """Return the rows from position `start` to before `end`, in order."""
        columns = [index.c[name] for name in INDEX_COLUMNS]
        query = select(*columns).where(index.c.position >= start, index.c.position < end).order_by(index.c.position)
        return [tuple(row) for row in self._tx.execute(query)]

    def count(self) -> int:
        """Return how many rows there are."""
        return int(self._tx.scalar(select(func.count()).select_from(index)))

    def newest_time(self) -> datetime | None:
        """Return the largest time of a record in the index, None where it is empty."""
        found = self._tx.scalar(select(func.max(index.c.at)))
        return None if found is None else datetime.fromtimestamp(found / _SECOND, UTC)

    def search(self, wanted: RecordFilter, before: Place | None, count: int | None) -> list[Place]:
        """Return at most `count` places (all for None) of records that the filter matches, newest first, older than `before`."""
        found: set[Place] = set()
        for query in queries(index, wanted, self._tx.dialect):
            found.update((row.at, row.position) for row in self._tx.execute(page_of(query, index, before, count)))
        return sorted(found, reverse=True)[:count]

    def blank(self, count: int) -> list[int]:
        """Return at most `count` records, newest first, of which the index says less than the hub writes, and that no erasure is known of."""
        explained = exists().where(erasures.c.position == index.c.position)
        query = select(index.c.position).where(text(f"({SAYS_NOTHING})"), ~explained).order_by(index.c.position.desc()).limit(count)
        return [int(position) for (position,) in self._tx.execute(query)]

    def blank_between(self, first: int, last: int, count: int) -> list[int]:
        """Return at most `count` records from `first` to `last` of which the index names neither a text nor a subject."""
        last = min(last, first + _MOST_LOOKED_AT)
        bare = and_(*(index.c[name] == "" for name in ("officer", "case_number", "resource")), index.c.pseudonym.is_(None))
        query = select(index.c.position).where(index.c.position.between(first, last), bare).order_by(index.c.position).limit(count)
        return [int(position) for (position,) in self._tx.execute(query)]

    def newest(self, resource: str, kind: str) -> int | None:
        """Return the index of the newest record of a kind about a resource, None where there is none."""
        query = select(index.c.position).where(index.c.resource == resource, index.c.kind == literal_column(f"'{kind}'"))
        position = self._tx.scalar(query.order_by(index.c.position.desc()).limit(1))
        return None if position is None else int(position)

    def _make_partitions(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Make the partition of each month that the rows fall in; PostgreSQL refuses a row without one."""
        for month in sorted({_month(row[1]) for row in rows}):
            name = f"audit_index_{month:%Y_%m}"
            if self._tx.scalar(text("SELECT to_regclass(:name)").bindparams(name=name)) is None:
                after = (month.replace(day=28) + _FOUR_DAYS).replace(day=1)
                bounds = f"FROM ({micros(month)}) TO ({micros(after)})"
                self._tx.connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {index.name} FOR VALUES {bounds}")


def queries(table: Table, wanted: RecordFilter, dialect: str) -> Iterator[Select[Any]]:
    """Yield the queries that find a filter's records, each on the most selective index that it names.

    A department stands in two columns; OR over both would sort all that it ever did, so each is asked for by itself.
    """
    if wanted.department and not (wanted.pseudonym or wanted.case_number or wanted.officer):
        rest = replace(wanted, department="")
        yield _query(table, rest, dialect, "department").where(table.c.department == wanted.department)
        yield _query(table, rest, dialect, "other").where(table.c.other != literal_column("''"), table.c.other == wanted.department)
        return
    driving = next((name for name in ("pseudonym", "case_number", "officer") if getattr(wanted, name)), "at")
    yield _query(table, wanted, dialect, driving)


def page_of(query: Select[Any], table: Table, before: Place | None, count: int | None) -> Select[Any]:
    """Return the query cut to a page of (at, position), newest first."""
    if before is not None:
        query = query.where(tuple_(table.c.at, table.c.position) < tuple_(*before))
    return query.order_by(table.c.at.desc(), table.c.position.desc()).limit(count)


def _query(table: Table, wanted: RecordFilter, dialect: str, driving: str) -> Select[Any]:
    column: Callable[[str], ColumnElement[Any]] = table.c.__getitem__
    if dialect == "sqlite" and table is index:
        # SQLite keeps no statistics here and would take a department's index, half of the log, for a filter of one case. A term with a plus
        # before it is not looked up in any index (SQLite, "The SQLite Query Optimizer Overview", section 3.1).
        column = lambda name: table.c[name] if name == driving else literal_column(f"+{table.name}.{name}", table.c[name].type)  # noqa: E731
    return select(table.c.at, table.c.position).where(*conditions(table, wanted, column))


def conditions(table: Table, wanted: RecordFilter, column: Callable[[str], ColumnElement[Any]]) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of a filter; `column` says how a column is named, so that a database walks the index that is meant."""
    nothing: ColumnElement[str] = literal_column("''")  # spelled out: a partial index is used only where the query shows its condition
    if wanted.pseudonym:
        yield column("pseudonym") == wanted.pseudonym
    for name in ("officer", "case_number", "resource"):
        if value := getattr(wanted, name):
            yield and_(column(name) != nothing, column(name) == value)
    if wanted.department:
        yield or_(column("department") == wanted.department, and_(column("other") != nothing, column("other") == wanted.department))
    if wanted.kind:
        yield column("kind") == wanted.kind
    if wanted.since is not None:
        yield table.c.at >= micros(wanted.since)
    if wanted.until is not None:
        yield table.c.at < micros(wanted.until)
    if wanted.below is not None:
        yield table.c.position < wanted.below


def _month(at: int) -> datetime:
    return datetime.fromtimestamp(at / _SECOND, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
