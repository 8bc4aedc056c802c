"""Where the log lives: rows, the tree's state, signed checkpoints. Rows and state move in one transaction, so index order is commit order."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final

from sqlalchemy import Select, and_, func, insert, or_, select
from sqlalchemy.exc import DBAPIError

from audit import hot
from audit.commitment import Commitment, micros
from audit.model import Kind, Record
from audit.reasons.records import NO_SUCH_RECORD, RECORD_LOST, ROW_BEHIND_END, TREE_MISSING, TREE_OF_OTHER_SIZE
from audit.rows import COLUMNS, read_row, row_of
from audit.tables import checkpoints, records, tree
from audit.tree import CompactRange
from hub.db import Database, Tx

_SQL: Final = {
    "sqlite": hot.AppendSql.of(records.name, tree.name, COLUMNS, "?"),
    "postgresql": hot.AppendSql.of(records.name, tree.name, COLUMNS, "%s", " FOR UPDATE"),
}


@dataclass(frozen=True, slots=True)
class Reception:
    """One department having been given a subject's record: in which case, under which index of the log."""

    department: str
    case_number: str
    index: int


@dataclass(frozen=True, slots=True)
class RecordFilter:
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
        self._sql = _SQL[tx.dialect]
        self._tree: CompactRange | None = None

    def lock(self) -> int:
        """Return the index that the next record gets; until the transaction ends nobody else appends."""
        with self._cursor() as cursor:
            cursor.execute(self._sql.lock)
            state = cursor.fetchone()
        if state is None:
            raise TREE_MISSING()
        size, stored = state
        self._tree = CompactRange.from_bytes(stored)
        if self._tree.size != size:
            raise TREE_OF_OTHER_SIZE()
        return self._tree.size

    def append(self, batch: Sequence[Commitment]) -> int:
        """Add records at the end and fold them into the tree; return the index of the first. The tree's row stays locked until commit."""
        first = self.lock() if self._tree is None else self._tree.size
        grown, self._tree = self._tree, None
        if grown is not None and batch:
            rows = [row_of(index, one) for index, one in enumerate(batch, first)]
            for one in batch:
                grown.append(one.leaf_hash)
            with self._cursor() as cursor:
                for start in range(0, len(rows), hot.MOST_ROWS):
                    part = rows[start : start + hot.MOST_ROWS]
                    cursor.execute(self._sql.insert[len(part)], tuple(chain.from_iterable(part)))
                cursor.execute(self._sql.grow, (grown.size, grown.to_bytes()))
        return first

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        """Give the driver's cursor; its errors become those that SQLAlchemy would have raised."""
        driver = self._tx.connection.dialect.loaded_dbapi
        try:
            with hot.driver_cursor(self._tx.connection) as cursor:
                yield cursor
        except driver.IntegrityError as error:
            raise ROW_BEHIND_END() from error
        except driver.Error as error:
            raise DBAPIError("append to the log", None, error) from error

    def get(self, index: int) -> tuple[Record, bytes]:
        """Return a record and its leaf hash; raise NotFoundError where the log is shorter."""
        row = self._tx.execute(select(records).where(records.c.position == index)).first()
        if row is None:
            raise NO_SUCH_RECORD(index=index)
        return read_row(row), row.leaf_hash

    def search(self, wanted: RecordFilter, before: int | None, count: int) -> list[tuple[Record, bytes]]:
        """Return at most `count` records with their leaf hashes, newest first, below index `before`."""
        query = _narrow(select(records), wanted)
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

    def check(self, start: int, end: int) -> list[bytes]:
        """Return the leaf hashes from `start` to before `end`; raise IntegrityError that names the first record that is touched or missing."""
        hashes: list[bytes] = []
        query = select(records).where(records.c.position >= start, records.c.position < end).order_by(records.c.position)
        for row in self._tx.execute(query):
            if row.position != start + len(hashes):
                break
            read_row(row)
            hashes.append(row.leaf_hash)
        if len(hashes) != end - start:
            raise RECORD_LOST(index=start + len(hashes))
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

    def create(self) -> None:
        """Make the empty tree of a new log; does nothing where there is one."""
        if self._tx.scalar(select(tree.c.id)) is None:
            self._tx.execute(insert(tree).values(id=1, size=0, range=CompactRange().to_bytes()))

    def range(self) -> CompactRange:
        """Return the compact range of the whole log."""
        stored = self._tx.scalar(select(tree.c.range).where(tree.c.id == 1))
        if stored is None:
            raise TREE_MISSING()
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
        TreeStore(tx).create()


def log_size(tx: Tx) -> int:
    """Return how many records the log has."""
    return int(tx.scalar(select(func.coalesce(func.max(tree.c.size), 0))))


def _narrow(query: Select[Any], wanted: RecordFilter) -> Select[Any]:
    conditions = []
    if wanted.pseudonym:
        conditions.append(records.c.pseudonym == wanted.pseudonym)
    if wanted.officer:
        conditions.append(records.c.officer == wanted.officer)
    if wanted.department:
        conditions.append(or_(records.c.department == wanted.department, and_(records.c.other != "", records.c.other == wanted.department)))
    if wanted.case_number:
        conditions.append(and_(records.c.case_number != "", records.c.case_number == wanted.case_number))
    if wanted.since is not None:
        conditions.append(records.c.at >= micros(wanted.since))
    if wanted.until is not None:
        conditions.append(records.c.at < micros(wanted.until))
    return query.where(*conditions)
