"""Passkeys of officers, and challenges that were used."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError as TakenError

from certs.model import Passkey
from certs.store.tables import passkeys, used_challenges
from hub.db import Tx, checked, fitting, forget_rows, put


class PasskeyStore:
    """Passkeys, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def find(self, passkey: str) -> Passkey | None:
        """Return the passkey of an id, None where there is none."""
        row = checked(self._tx, passkeys, self._tx.execute(select(passkeys).where(passkeys.c.id == passkey)).first())
        return _passkey(row) if row else None

    def of_officer(self, department: str, number: str) -> list[Passkey]:
        """Return an officer's passkeys, oldest first."""
        query = select(passkeys).where(passkeys.c.department == department, passkeys.c.number == number).order_by(passkeys.c.create_time)
        return [_passkey(row) for row in fitting(self._tx, passkeys, self._tx.execute(query).all())]

    def insert(self, passkey: Passkey) -> None:
        """Keep a new passkey."""
        put(self._tx, passkeys, asdict(passkey))

    def remove(self, passkey: Passkey) -> None:
        """Forget a passkey."""
        self._tx.execute(delete(passkeys).where(passkeys.c.id == passkey.id))
        self._tx.touch(passkeys, passkey.id)

    def note_use(self, passkey: Passkey, count: int, at: datetime) -> None:
        """Note what the device counted, and when it was used; columns that move without a record."""
        self._tx.execute(update(passkeys).where(passkeys.c.id == passkey.id).values(sign_count=count, use_time=at))

    def remove_of(self, department: str, number: str) -> int:
        """Forget all passkeys of an officer; return how many there were."""
        found = self.of_officer(department, number)
        for one in found:
            self.remove(one)
        return len(found)

    def use_challenge(self, digest: str, until: datetime) -> bool:
        """Note that a challenge is used; False where it was before."""
        try:
            with self._tx.connection.begin_nested():
                self._tx.execute(insert(used_challenges).values(digest=digest, expire_time=until))
        except TakenError:
            return False
        return True


def forget_challenges(tx: Tx, at: datetime, most: int) -> int:
    """Forget used challenges that nobody could use again: they are over by themselves."""
    return forget_rows(tx, used_challenges, used_challenges.c.expire_time < at, most)


def _passkey(row: Row[Any]) -> Passkey:
    known = row._asdict()
    return Passkey(**{**known, "credential": bytes(row.credential), "public_key": bytes(row.public_key)})
