"""承继: the keys of a department that passes into others, or is closed, retire on its day; its licenses stay what they were.

A key is never revoked by it: every code that it signed would fall. What the successor may do with the licenses is no column of theirs: the
register of departments says who has the issuer's rights (`License.keeper`).
"""

from collections.abc import Iterator
from datetime import datetime

from hub.carrying import CarryingActions
from hub.db import Tx
from hub.succession import Passing
from licenses.actions.posting import ISSUING_KEYS
from licenses.live import KEYS
from licenses.model import IssuingKey
from licenses.store import IssuingKeyStore


class KeyCarrier(CarryingActions):
    """Retires issuing keys; one that was never admitted is revoked, for it has signed nothing."""

    def carry(self, passing: Passing, at: datetime) -> Iterator[bool]:
        """End the keys of the predecessor that are left."""

        def end(tx: Tx, key: IssuingKey) -> None:
            after = IssuingKeyStore(tx).replace(key, key.end(passing.reason, passing.time))
            tx.announce(KEYS, after.kid.hex())
            self._post(tx, ISSUING_KEYS, after, (), at)
            self._journal.write(tx, passing.change("licenses.EndIssuingKey", after.name, at, detail={"state": after.state.value}))

        def find(tx: Tx, after: str, count: int) -> list[IssuingKey]:
            return IssuingKeyStore(tx).living_of(passing.predecessor, after, count)

        yield from self._carry_each(find, lambda key: key.kid.hex(), end)
