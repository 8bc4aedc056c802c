"""Sessions of citizens and of companies' representatives; of who they are there is nothing but what their own secret opens."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update

from certs.store.tables import personal_sessions
from hub.db import Tx, checked, put


@dataclass(frozen=True, slots=True)
class PersonalRow:
    """A personal session as it is kept. `credential` is a keyed digest of the identity with which it began."""

    digest: str
    credential: str
    sealed: bytes
    seen_time: datetime
    expire_time: datetime
    proven_time: datetime | None = None


class PersonStore:
    """Personal sessions, found by the hash of their secret, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def begin(self, row: PersonalRow) -> None:
        """Keep a new session."""
        names = ("digest", "credential", "sealed", "seen_time", "expire_time", "proven_time")
        put(self._tx, personal_sessions, {name: getattr(row, name) for name in names})

    def find(self, digest: str, at: datetime, idle_since: datetime) -> PersonalRow | None:
        """Return a session that is not over and was not idle too long."""
        query = select(personal_sessions).where(*_living(digest, at, idle_since))
        row = checked(self._tx, personal_sessions, self._tx.execute(query).first())
        return None if row is None else PersonalRow(**{**row._asdict(), "sealed": bytes(row.sealed)})

    def touch(self, digest: str, at: datetime, idle_since: datetime) -> bool:
        """Note that a session is in use; False where it ended meanwhile."""
        return self._tx.execute(update(personal_sessions).where(*_living(digest, at, idle_since)).values(seen_time=at)).rowcount == 1

    def end(self, digest: str) -> bool:
        """Forget a session; False where there is none."""
        if self._tx.execute(delete(personal_sessions).where(personal_sessions.c.digest == digest)).rowcount != 1:
            return False
        self._tx.touch(personal_sessions, digest)
        return True


def _living(digest: str, at: datetime, idle_since: datetime) -> tuple[ColumnElement[bool], ...]:
    return personal_sessions.c.digest == digest, personal_sessions.c.expire_time > at, personal_sessions.c.seen_time > idle_since
