"""Up to which moment the log goes."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, select

from audit.commitment import decode_leaf
from audit.store.records import RecordStore
from audit.store.tables import checkpoints, index
from audit.store.tree import log_size
from hub.db import Tx
from hub.errors import IntegrityError

_NEWEST: Final = 1_000
"""Records and checkpoints at the end that are looked at one by one: there is no index by time over them, and the index covers what is older."""
_SECOND: Final = 1_000_000


def largest_time(tx: Tx, start: int = 0) -> datetime | None:
    """Return the largest time in the log: of the whole index, and of the newest records and checkpoints. Records below `start` do not count."""
    size = log_size(tx)
    newest = select(checkpoints.c.at).where(checkpoints.c.size > start).order_by(checkpoints.c.size.desc()).limit(_NEWEST).subquery()
    found = [
        tx.scalar(select(index.c.at).where(index.c.position >= start).order_by(index.c.at.desc()).limit(1)),
        tx.scalar(select(func.max(newest.c.at))),
    ]
    known = [datetime.fromtimestamp(int(at) / _SECOND, UTC) for at in found if at is not None]
    for _, leaf in RecordStore(tx).leaves(max(start, size - _NEWEST), size):
        with suppress(IntegrityError):  # a leaf that is damaged tells no time; others look for damage
            known.append(decode_leaf(leaf).at)
    return max(known, default=None)
