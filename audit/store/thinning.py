"""Old checkpoints: which of them stay."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from sqlalchemy import delete, select

from audit.store.tables import checkpoints
from hub.clock import day_in_china
from hub.db import Tx

CHECKPOINT_KEPT: Final = timedelta(days=7)
"""How long every signed checkpoint is kept; afterwards the last one of each day in China. Any size is proved from tiles, so no proof needs more."""


class CheckpointThinning:
    """Forgets old checkpoints, walking once from the oldest on; a `hub.db.Rule`."""

    def __init__(self) -> None:
        """Begin at the first checkpoint."""
        self._after = -1

    def __call__(self, tx: Tx, at: datetime, most: int) -> int:
        """Look at the next so many checkpoints and forget those that are spare; return how many were looked at."""
        query = select(checkpoints.c.size, checkpoints.c.at).where(checkpoints.c.size > self._after).order_by(checkpoints.c.size).limit(most + 1)
        rows = [(row.size, datetime.fromtimestamp(row.at // 1_000_000, UTC)) for row in tx.execute(query)]
        # The newest has none behind it, so it is never in a pair's first place and stays however old it is.
        old = [pair for pair in pairwise(rows) if pair[0][1] < at - CHECKPOINT_KEPT]
        spare = [size for (size, signed), (_, next_signed) in old if day_in_china(signed) == day_in_china(next_signed)]
        if spare:
            tx.execute(delete(checkpoints).where(checkpoints.c.size.in_(spare)))
        if old:
            self._after = old[-1][0][0]
        return len(old)
