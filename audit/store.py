"""Where the log lives: rows, the tree's state, signed checkpoints. Rows and state move in one transaction, so index order is commit order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
    update,
)

from audit.commitment import Prepared, record_from
from audit.model import Kind, Record
from audit.tree import CompactRange
from hub.db import Database, Tx, metadata
from hub.errors import IntegrityError, NotFoundError

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

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

_COLUMNS: Final = tuple(column.name for column in records.columns)
_INSERT: Final = {
    dialect: f"INSERT INTO audit_records ({', '.join(_COLUMNS)}) VALUES ({', '.join([mark] * len(_COLUMNS))})"  # noqa: S608 - our own names
    for dialect, mark in (("sqlite", "?"), ("postgresql", "%s"))
}


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

    def append(self, batch: Sequence[Prepared]) -> int:
        """Add records at the end and fold them into the tree; return the index of the first. The tree's row stays locked until commit."""
        state = self._tx.execute(select(tree.c.size, tree.c.range).where(tree.c.id == 1).with_for_update()).first()
        if state is None:
            raise IntegrityError("the log has no tree", zh="日志树缺失", next_action="shuniu doctor")
        whole = CompactRange.from_bytes(state.range)
        first = whole.size
        if first != state.size:
            raise IntegrityError("the log's tree does not fit its size", zh="日志树与规模不符", next_action="shuniu audit verify")
        rows = []
        for offset, one in enumerate(batch):
            rows.append(_row(first + offset, one))
            whole.append(one.leaf_hash)
        self._tx.connection.exec_driver_sql(_INSERT[self._tx.dialect], rows)
        self._tx.execute(update(tree).where(tree.c.id == 1).values(size=whole.size, range=whole.to_bytes()))
        return first

    def get(self, index: int) -> tuple[Record, bytes]:
        """Return a record and its leaf hash; raise NotFoundError where the log is shorter."""
        row = self._tx.execute(select(records).where(records.c.position == index)).first()
        if row is None:
            raise NotFoundError(f"the log has no record {index}", zh="日志中无此记录")
        return record_from(row.position, row.leaf, row.payload), row.leaf_hash

    def search(self, sought: Sought, before: int | None, count: int) -> list[tuple[Record, bytes]]:
        """Return at most `count` records with their leaf hashes, newest first, below index `before`."""
        query = _narrowed(select(records), sought)
        if before is not None:
            query = query.where(records.c.position < before)
        rows = self._tx.execute(query.order_by(records.c.position.desc()).limit(count)).all()
        return [(record_from(row.position, row.leaf, row.payload), row.leaf_hash) for row in rows]

    def receptions(self, resource: str, pseudonym: bytes) -> list[Reception]:
        """Return who was given this subject's record of a resource, oldest first: closed outcomes with at least one record."""
        rows = self._tx.execute(
            select(records)
            .where(records.c.pseudonym == pseudonym, records.c.resource == resource, records.c.kind == Kind.OUTCOME.value, records.c.status == "ok")
            .order_by(records.c.position),
        ).all()
        found = [record_from(row.position, row.leaf, row.payload) for row in rows]
        return [Reception(one.actor.department, one.case_number, one.index) for one in found if one.rows > 0 or one.erased]

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
        self._tx.execute(insert(checkpoints).values(size=size, root=root, note=note, at=_micros(at)))


def found_log(db: Database) -> None:
    """Make the empty tree of a new log; does nothing where there is one."""
    with db.begin() as tx:
        TreeStore(tx).found()


def log_size(tx: Tx) -> int:
    """Return how many records the log has."""
    return int(tx.scalar(select(func.coalesce(func.max(tree.c.size), 0))))


def _row(index: int, one: Prepared) -> tuple[Any, ...]:
    return (
        index,
        _micros(one.at),
        one.kind.value,
        one.action,
        one.department,
        one.officer,
        one.other,
        one.resource,
        one.case_number,
        one.status,
        one.pseudonym,
        one.leaf,
        one.leaf_hash,
        one.payload,
        one.salt,
    )


def _micros(at: datetime) -> int:
    return (at - EPOCH) // _MICROSECOND


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
        conditions.append(records.c.at >= _micros(sought.since))
    if sought.until is not None:
        conditions.append(records.c.at < _micros(sought.until))
    return query.where(*conditions)
