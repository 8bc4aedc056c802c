"""How officers come into the pages: one-time links and the sessions that begin with them; only digests of their secrets are kept."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from certs.model import LoginLink
from certs.store.tables import login_links, sessions
from hub.db import Tx, checked, forget_rows, put


class LoginStore:
    """One-time links and sessions, found by the hash of their secret, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def insert(self, link: LoginLink) -> None:
        """Keep a new link."""
        put(self._tx, login_links, asdict(link))

    def use(self, digest: str, at: datetime) -> LoginLink | None:
        """Use a link up and return it; None where there is none, it is over, or somebody was first."""
        checked(self._tx, login_links, self._tx.execute(select(login_links).where(login_links.c.digest == digest)).first())
        # One UPDATE decides who was first; between a read and a write, two could pass.
        where = (login_links.c.digest == digest, login_links.c.use_time.is_(None), login_links.c.expire_time > at)
        if self._tx.execute(update(login_links).where(*where).values(use_time=at)).rowcount != 1:
            return None
        self._tx.touch(login_links, digest)
        row = self._tx.execute(select(login_links).where(login_links.c.digest == digest)).one()
        return LoginLink(row.digest, row.department, row.system, row.officer, row.expire_time)

    def begin_session(self, digest: str, link: LoginLink, at: datetime, end: datetime) -> None:
        """Keep a new session."""
        values = {"department": link.department, "system": link.system, "officer": link.officer, "seen_time": at, "expire_time": end}
        put(self._tx, sessions, {"digest": digest, **values})

    def touch(self, digest: str, at: datetime, idle_since: datetime) -> tuple[str, str, str, datetime] | None:
        """Note that a session is in use; return department, system, officer and end, None where it is over or was idle too long."""
        # Checked and moved in one UPDATE, so that an idle session cannot be revived between the two.
        where = (sessions.c.digest == digest, sessions.c.expire_time > at, sessions.c.seen_time > idle_since)
        if self._tx.execute(update(sessions).where(*where).values(seen_time=at)).rowcount != 1:
            return None
        row: Any = checked(self._tx, sessions, self._tx.execute(select(sessions).where(sessions.c.digest == digest)).one())
        return row.department, row.system, row.officer, row.expire_time

    def end_session(self, digest: str) -> tuple[str, str, str] | None:
        """Forget a session; return its department, system and officer, None where there is none."""
        row = self._tx.execute(select(sessions).where(sessions.c.digest == digest)).first()
        if row is None:
            return None
        self._tx.execute(delete(sessions).where(sessions.c.digest == digest))
        self._tx.touch(sessions, digest)
        return row.department, row.system, row.officer


def forget_logins(tx: Tx, at: datetime, most: int) -> int:
    """Forget links and sessions that are over, used or not: neither can be taken up again, and the log has both."""
    seen = forget_rows(tx, login_links, login_links.c.expire_time < at, most)
    return seen + forget_rows(tx, sessions, sessions.c.expire_time < at, most - seen) if seen < most else seen
