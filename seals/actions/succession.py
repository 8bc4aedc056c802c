"""承继: the seals of a department that passes into others, or is closed, end with it (注销); the successor applies for its own."""

from collections.abc import Iterator
from datetime import datetime

from hub.carrying import CarryingActions
from hub.db import Tx
from hub.succession import Passing
from seals.actions.office import SEALS
from seals.model import Seal
from seals.store import SealStore


class SealCarrier(CarryingActions):
    """Ends seals. What was stamped before stays what it was."""

    def carry(self, passing: Passing, at: datetime) -> Iterator[bool]:
        """End the seals of the predecessor that are left."""

        def end(tx: Tx, seal: Seal) -> None:
            after = SealStore(tx).replace(seal, seal.end(passing.reason, max(passing.time, seal.create_time)))
            self._post(tx, SEALS, after, (), at)
            self._journal.write(tx, passing.change("seals.EndSeal", after.name, at, detail={"state": after.state.value}))

        yield from self._carry_each(lambda tx, after, count: SealStore(tx).living_of(passing.predecessor, after, count), lambda one: one.id, end)
