"""Where the log lives: rows, the tree's state, signed checkpoints. Rows and state move in one transaction, so index order is commit order."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    Text,
    and_,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.exc import DBAPIError

from audit.commitment import Prepared
from audit.model import Kind, Record
from audit.rows import COLUMNS, micros, read_row, row_of
from audit.tree import CompactRange
from hub.db import Database, Tx, metadata
from hub.errors import IntegrityError, NotFoundError

records = Table(
    "audit_records",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("action", String(100), nullable=False),
    Column("department", String(18), nullable=False),
    Column("officer", String(64), nullable=False),
    Column("other", String(18), nullable=False),
    Column("resource", String(256), nullable=False),
    Column("case_number", String(128), nullable=False),
    Column("status", String(64), nullable=False),
    Column("pseudonym", LargeBinary(16)),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    Column("payload", LargeBinary),
    Column("salt", LargeBinary(32)),
)
Index("ix_audit_records_pseudonym", records.c.pseudonym, records.c.position)
Index("ix_audit_records_department", records.c.department, records.c.position)
Index("ix_audit_records_other", records.c.other, records.c.position, sqlite_where=records.c.other != "", postgresql_where=records.c.other != "")
Index(
    "ix_audit_records_officer", records.c.officer, records.c.position, sqlite_where=records.c.officer != "", postgresql_where=records.c.officer != ""
)
Index(
    "ix_audit_records_case_number",
    records.c.case_number,
    records.c.position,
    sqlite_where=records.c.case_number != "",
    postgresql_where=records.c.case_number != "",
)

tree = Table(
    "audit_tree",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("range", LargeBinary, nullable=False),
)

checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

_TREE: Final = 'SELECT size, "range" FROM audit_tree WHERE id = 1'
_GROW: Final = 'UPDATE audit_tree SET size = {0}, "range" = {0} WHERE id = 1'
_INSERT: Final = f"INSERT INTO audit_records ({', '.join(COLUMNS)}) VALUES "  # noqa: S608 - our own names
_MOST_ROWS: Final = 64
"""Rows in one statement: the driver lets go of the interpreter with each statement, and waits to get it back."""


@dataclass(frozen=True, slots=True)
class _Sql:
    read: str
    grow: str
    write: tuple[str, ...]
    """By the number of rows; none for none."""

    @classmethod
    def of(cls, mark: str, lock: str) -> "_Sql":
        row = f"({', '.join([mark] * len(COLUMNS))})"
        return cls(_TREE + lock, _GROW.format(mark), tuple(_INSERT + ", ".join([row] * count) for count in range(_MOST_ROWS + 1)))


_SQL: Final = {"sqlite": _Sql.of("?", ""), "postgresql": _Sql.of("%s", " FOR UPDATE")}


@dataclass(frozen=True, slots=True)
class Reception:
    """One department having been given a subject's record: in which case, under which index of the log."""

    department: str
    case_number: str
    index: int


@dataclass(frozen=True, slots=True)
class Sought:
    """What a search looks for; empty parts do not narrow. `department` matches the acting and the other department alike."""

    pseudonym: bytes = b""
    officer: str = ""
    department: str = ""
    case_number: str = ""
    since: datetime | None = None
    until: datetime | None = None


class RecordStore:
    """The records of the log, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx
        self._whole: CompactRange | None = None

    def lock(self) -> int:
        """Return the index that the next record gets; until the transaction ends nobody else appends."""
        with self._driver() as (cursor, sql):
            self._whole = _locked(cursor, sql)
        return self._whole.size

    def append(self, batch: Sequence[Prepared]) -> int:
        """Add records at the end and fold them into the tree; return the index of the first. The tree's row stays locked until commit."""
        first = self.lock() if self._whole is None else self._whole.size
        whole, self._whole = self._whole, None
        if whole is not None and batch:
            with self._driver() as (cursor, sql):
                _append(cursor, sql, whole, batch)
        return first

    @contextmanager
    def _driver(self) -> Iterator[tuple[Any, _Sql]]:
        """Give the driver's own cursor for the one write of the data plane: compiling statements costs more than running them."""
        connection = self._tx.connection
        if not connection.in_transaction():
            connection.begin()  # the driver alone would commit each statement by itself
        driver = connection.dialect.loaded_dbapi
        cursor = connection.connection.cursor()
        try:
            yield cursor, _SQL[self._tx.dialect]
        except driver.IntegrityError as error:
            raise IntegrityError("a record stands already where the log's tree ends", zh="日志树与记录不符", reason="LOG_BROKEN") from error
        except driver.Error as error:
            raise DBAPIError("append to the log", None, error) from error
        finally:
            cursor.close()

    def get(self, index: int) -> tuple[Record, bytes]:
        """Return a record and its leaf hash; raise NotFoundError where the log is shorter."""
        row = self._tx.execute(select(records).where(records.c.position == index)).first()
        if row is None:
            raise NotFoundError(f"the log has no record {index}", zh="日志中无此记录")
        return read_row(row), row.leaf_hash

    def search(self, sought: Sought, before: int | None, count: int) -> list[tuple[Record, bytes]]:
        """Return at most `count` records with their leaf hashes, newest first, below index `before`."""
        query = _narrowed(select(records), sought)
        if before is not None:
            query = query.where(records.c.position < before)
        rows = self._tx.execute(query.order_by(records.c.position.desc()).limit(count)).all()
        return [(read_row(row), row.leaf_hash) for row in rows]

    def receptions(self, resource: str, pseudonym: bytes) -> list[Reception]:
        """Return who was given this subject's record of a resource, oldest first: closed outcomes with at least one record."""
        rows = self._tx.execute(
            select(records)
            .where(records.c.pseudonym == pseudonym, records.c.resource == resource, records.c.kind == Kind.OUTCOME.value, records.c.status == "ok")
            .order_by(records.c.position),
        ).all()
        found = [read_row(row) for row in rows]
        return [Reception(one.actor.department, one.case_number, one.index) for one in found if one.rows > 0 or one.erased]

    def end(self) -> int:
        """Return the index behind the last row; to be read before the tree where other processes may append meanwhile."""
        return int(self._tx.scalar(select(func.coalesce(func.max(records.c.position), -1)))) + 1

    def checked(self, start: int, end: int) -> list[bytes]:
        """Return the leaf hashes from `start` to before `end`; raise IntegrityError that names the first record that is touched or missing."""
        hashes: list[bytes] = []
        query = select(records).where(records.c.position >= start, records.c.position < end).order_by(records.c.position)
        for row in self._tx.execute(query):
            if row.position != start + len(hashes):
                break
            read_row(row)
            hashes.append(row.leaf_hash)
        if len(hashes) != end - start:
            raise IntegrityError(f"record {start + len(hashes)} of the log is missing", zh=f"日志缺少第 {start + len(hashes)} 条记录",
                                 next_action="shuniu audit verify", reason="LOG_BROKEN")  # fmt: skip
        return hashes

    def leaves(self, start: int, end: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Give (index, leaf, leaf hash) from `start` to before `end`, in order."""
        query = select(records.c.position, records.c.leaf, records.c.leaf_hash).where(records.c.position >= start, records.c.position < end)
        for row in self._tx.execute(query.order_by(records.c.position)):
            yield row.position, row.leaf, row.leaf_hash


class TreeStore:
    """The tree's state and its signed checkpoints, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def found(self) -> None:
        """Make the empty tree of a new log; does nothing where there is one."""
        if self._tx.scalar(select(tree.c.id)) is None:
            self._tx.execute(insert(tree).values(id=1, size=0, range=CompactRange().to_bytes()))

    def range(self) -> CompactRange:
        """Return the compact range of the whole log."""
        stored = self._tx.scalar(select(tree.c.range).where(tree.c.id == 1))
        if stored is None:
            raise IntegrityError("the log has no tree", zh="日志树缺失", next_action="shuniu doctor")
        return CompactRange.from_bytes(stored)

    def newest_checkpoint(self) -> tuple[int, bytes, str] | None:
        """Return size, root and signed note of the newest checkpoint, None before the first."""
        row = self._tx.execute(select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)).first()
        return (row.size, row.root, row.note) if row else None

    def keep_checkpoint(self, size: int, root: bytes, note: str, at: datetime) -> None:
        """Store a signed checkpoint; the same size twice is refused by its key."""
        self._tx.execute(insert(checkpoints).values(size=size, root=root, note=note, at=micros(at)))


def found_log(db: Database) -> None:
    """Make the empty tree of a new log; does nothing where there is one."""
    with db.begin() as tx:
        TreeStore(tx).found()


def log_size(tx: Tx) -> int:
    """Return how many records the log has."""
    return int(tx.scalar(select(func.coalesce(func.max(tree.c.size), 0))))


def _locked(cursor: Any, sql: _Sql) -> CompactRange:
    """Lock the tree and return it."""
    cursor.execute(sql.read)
    state = cursor.fetchone()
    if state is None:
        raise IntegrityError("the log has no tree", zh="日志树缺失", next_action="shuniu doctor")
    whole = CompactRange.from_bytes(state[1])
    if whole.size != state[0]:
        raise IntegrityError("the log's tree does not fit its size", zh="日志树与规模不符", next_action="shuniu audit verify")
    return whole


def _append(cursor: Any, sql: _Sql, whole: CompactRange, batch: Sequence[Prepared]) -> None:
    """Write the rows behind the locked tree, and the grown tree."""
    values: list[Any] = []
    for index, one in enumerate(batch, whole.size):
        values += row_of(index, one)
        whole.append(one.leaf_hash)
    width = len(COLUMNS)
    for at in range(0, len(values), _MOST_ROWS * width):
        part = values[at : at + _MOST_ROWS * width]
        cursor.execute(sql.write[len(part) // width], part)
    cursor.execute(sql.grow, (whole.size, whole.to_bytes()))


def _narrowed(query: Select[Any], sought: Sought) -> Select[Any]:
    conditions = []
    if sought.pseudonym:
        conditions.append(records.c.pseudonym == sought.pseudonym)
    if sought.officer:
        conditions.append(records.c.officer == sought.officer)
    if sought.department:
        conditions.append(or_(records.c.department == sought.department, and_(records.c.other != "", records.c.other == sought.department)))
    if sought.case_number:
        conditions.append(and_(records.c.case_number != "", records.c.case_number == sought.case_number))
    if sought.since is not None:
        conditions.append(records.c.at >= micros(sought.since))
    if sought.until is not None:
        conditions.append(records.c.at < micros(sought.until))
    return query.where(*conditions)
