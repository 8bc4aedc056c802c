"""Makes the index anew out of the batches, in place and in portions: a kill costs the portion under way, and the next run goes on.

Beside a running hub each portion is short, since the log's own commits wait for it, and searches are refused (LOG_INDEX_BEHIND) or read the
log itself meanwhile. Alone, the secondary indexes are dropped and made again at the end, which sorts once instead of a million times.
"""

from collections.abc import Callable

from audit.indexer import Indexer
from audit.store import IndexStore
from hub.db import Database

_BESIDE = 2_048
_ALONE = 65_536


class Reindexing:
    """Makes one index anew. `alone` says that no hub runs on the database, nor will until this ends."""

    def __init__(self, db: Database, *, alone: bool) -> None:
        """Take the database."""
        self._db = db
        self._alone = alone

    def run(self, *, anew: bool, report: Callable[[int, int], object] = lambda _below, _size: None) -> int:
        """Make the index; with `anew` from the first record, otherwise from where it stands. Return how many records were indexed."""
        if anew:
            with self._db.begin() as tx:
                IndexStore(tx).restart()
        with self._db.begin() as tx:
            IndexStore(tx).widen_cache()  # of a command's one connection, which serves nobody else
            if self._alone:
                IndexStore(tx).drop_orders()
        done = Indexer(self._db).catch_up(_ALONE if self._alone else _BESIDE, report)
        with self._db.begin() as tx:
            IndexStore(tx).remove_behind()
            IndexStore(tx).make_orders()
        return done
