"""Takes the content of records out of the database: payload, salt and whatever they were searched by. Leaf, tree and proofs stay what they are.

It is part of the transaction that writes the record of the erasure, so all of it is done or nothing. The index's bookkeeping row is locked first:
two erasures follow each other, and neither the indexer nor the patrol writes a row of what it read before. Former rows are locked as the mover
does. SQLite overwrites what is deleted (`hub.db.engine`), PostgreSQL does in VACUUM.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from audit.batch import StoredRecord, pack, unpack
from audit.reasons.records import INDEX_BEHIND, RECORD_LOST
from audit.rows import FORMER_COLUMNS, index_row_of
from audit.store.former import FormerStore
from audit.store.search import IndexStore
from audit.store.tables import batches
from audit.store.tree import log_size
from hub.db import Tx


class Eraser:
    """Erases records, within one transaction that writes nothing about them before."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def lock(self, indexes: Sequence[int]) -> None:
        """Let nobody else erase or index until the transaction ends. Records that the index does not cover yet are refused for now."""
        covered = IndexStore(self._tx).lock()
        if max(indexes) >= covered:
            # Their rows may be on their way into the index, content and all.
            raise INDEX_BEHIND(retry_after=1.0, count=log_size(self._tx) - covered)

    def erase(self, indexes: Sequence[int]) -> None:
        """Take out the content of these records, each of which was just read whole under the lock."""
        left, bare = sorted(indexes), list[tuple[Any, ...]]()
        while left:
            done = self._erase_in_batch(left) or self._erase_former(left[0]) or self._erase_in_batch(left)
            if not done:
                raise RECORD_LOST(index=left[0])
            bare += [row for row in done if row is not None]
            left = left[len(done) :]
        store = IndexStore(self._tx)
        store.remove(indexes)
        store.insert(bare)

    def _erase_in_batch(self, left: Sequence[int]) -> "list[tuple[Any, ...] | None]":
        """Erase the first of these records and those that share its batch; return their index rows, none where it stands in no batch."""
        query = select(batches).where(batches.c.first <= left[0]).order_by(batches.c.first.desc()).limit(1).with_for_update()
        row: Any = self._tx.execute(query).first()
        if row is None or row.first + row.count <= left[0]:
            return []
        stored, done = unpack(row.count, row.body), [index for index in left if index < row.first + row.count]
        for index in done:
            stored[index - row.first] = StoredRecord(stored[index - row.first].leaf, None, None)
        self._tx.execute(update(batches).where(batches.c.first == row.first).values(body=pack(stored)))
        return [index_row_of(index, stored[index - row.first]) for index in done]

    def _erase_former(self, index: int) -> "list[tuple[Any, ...] | None]":
        """Erase a record that stands in a row of its own, and has no row in the index; nothing is returned where it was moved meanwhile."""
        for _, one in FormerStore(self._tx).hold(index, index + 1):
            columns = dict(zip(FORMER_COLUMNS, index_row_of(index, StoredRecord(one.leaf, None, None)), strict=False))
            FormerStore(self._tx).erase(index, {**columns, "action": "", "status": ""})
            return [None]
        return []
