"""Whose a database is: the key set that founded it, in one row. Processes with other keys neither serve on it nor write to it."""

from datetime import datetime

from sqlalchemy import insert, select

from hub.db.tables import hub_owner
from hub.db.transaction import Tx


class OwnerStore:
    """The row of `hub_owner`, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def fingerprint(self) -> str | None:
        """Return the owner's key set, None where the database has no owner yet, or is of a release that knew none."""
        if not self._tx.connection.dialect.has_table(self._tx.connection, hub_owner.name):
            return None
        found = self._tx.scalar(select(hub_owner.c.fingerprint))
        return None if found is None else str(found)

    def claim(self, fingerprint: str, at: datetime) -> None:
        """Write the owner; where somebody was quicker the row's key refuses it."""
        self._tx.execute(insert(hub_owner).values(id=1, fingerprint=fingerprint, at=at))
