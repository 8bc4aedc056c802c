"""The check values of the hub's keys in its database: by them a missing, swapped or changed key is known (ADR 0027)."""

from datetime import datetime

from sqlalchemy import insert, select

from hub.db.tables import key_checks
from hub.db.transaction import Tx


class KeyCheckStore:
    """The rows of `key_checks`, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    @property
    def is_there(self) -> bool:
        """Tell whether the database has the table; that of a former release has none until the hub migrates it."""
        return self._tx.connection.dialect.has_table(self._tx.connection, key_checks.name)

    def all(self) -> dict[str, bytes]:
        """Return the check value of each key that has one, by the key's name."""
        if not self.is_there:
            return {}
        return {row.name: bytes(row.check) for row in self._tx.execute(select(key_checks))}

    def add(self, name: str, check: bytes, at: datetime) -> None:
        """Write the check value of a key that has none; there is no way to write another one."""
        self._tx.execute(insert(key_checks).values(name=name, check=check, at=at))
