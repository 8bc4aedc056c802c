"""The tree's state and its signed checkpoints."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select

from audit.commitment import micros
from audit.reasons.records import TREE_MISSING, TREE_OF_OTHER_SIZE
from audit.rows import moment
from audit.store.tables import batches, checkpoints, index_state, records, tree
from hub.db import Database, Tx
from shuniu.proofs.tree import CompactRange

_OF_A_LOG: Final = (select(tree.c.id), select(batches.c.first), select(records.c.position), select(checkpoints.c.size))


class TreeStore:
    """The tree's state and its signed checkpoints, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def create(self) -> None:
        """Make the empty tree and the empty index of a new log; does nothing where there is a log, whatever of it may be missing."""
        if any(self._tx.scalar(one.limit(1)) is not None for one in _OF_A_LOG):
            return
        self._tx.execute(tree.insert().values(id=1, size=0, range=CompactRange().to_bytes()))
        self._tx.execute(index_state.insert().values(id=1, size=0))

    def range(self) -> CompactRange:
        """Return the compact range of the whole log; raise IntegrityError where it is missing or does not fit the size beside it."""
        row = self._tx.execute(select(tree.c.size, tree.c.range).where(tree.c.id == 1)).first()
        if row is None:
            raise TREE_MISSING()
        found = CompactRange.from_bytes(row.range)
        if found.size != row.size:
            raise TREE_OF_OTHER_SIZE()
        return found

    def newest_checkpoint(self) -> tuple[int, bytes, str] | None:
        """Return size, root and signed note of the newest checkpoint, None before the first."""
        row = self._tx.execute(select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)).first()
        return (row.size, row.root, row.note) if row else None

    def checkpoints(self) -> Iterator[tuple[int, bytes, str]]:
        """Yield size, root and note of every checkpoint that is kept, oldest first."""
        for row in self._tx.execute(select(checkpoints).order_by(checkpoints.c.size)):
            yield row.size, row.root, row.note

    def newest_checkpoint_at(self) -> tuple[datetime | None, int]:
        """Return when the newest checkpoint was signed and how many records it covers; None and 0 before the first."""
        row = self._tx.execute(select(checkpoints.c.at, checkpoints.c.size).order_by(checkpoints.c.size.desc()).limit(1)).first()
        return (moment(row.at), row.size) if row else (None, 0)

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
