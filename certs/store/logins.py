"""How officers come into the pages: one-time links and the sessions that begin with them; only digests of their secrets are kept."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, delete, select, update

from certs.model import LoginLink
from certs.store.tables import login_links, officers, personal_sessions, sessions
from hub.db import Tx, checked, forget_rows, put

_MOST: Final = 100_000
"""Far more links and sessions than live at a time: they end within minutes and hours."""


class LoginStore:
    """One-time links and sessions, found by the hash of their secret, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def insert(self, link: LoginLink) -> None:
        """Keep a new link."""
        put(self._tx, login_links, {**asdict(link), "means": link.means or None})

    def use(self, digest: str, at: datetime) -> LoginLink | None:
        """Use a link up and return it; None where there is none, it is over, or somebody was first."""
        checked(self._tx, login_links, self._tx.execute(select(login_links).where(login_links.c.digest == digest)).first())
        # One UPDATE decides who was first; between a read and a write, two could pass.
        where = (login_links.c.digest == digest, login_links.c.use_time.is_(None), login_links.c.expire_time > at)
        if self._tx.execute(update(login_links).where(*where).values(use_time=at)).rowcount != 1:
            return None
        self._tx.touch(login_links, digest)
        row = self._tx.execute(select(login_links).where(login_links.c.digest == digest)).one()
        return _link(row)

    def has_link(self, digest: str, at: datetime) -> bool:
        """Tell whether there is a link that was not used and is not over."""
        where = (login_links.c.digest == digest, login_links.c.use_time.is_(None), login_links.c.expire_time > at)
        return self._tx.execute(select(login_links.c.digest).where(*where)).first() is not None

    def has_session(self, digest: str) -> bool:
        """Tell whether there is a session, over or not."""
        return self._tx.execute(select(sessions.c.digest).where(sessions.c.digest == digest)).first() is not None

    def begin_session(self, digest: str, link: LoginLink, at: datetime, end: datetime, credential: str = "", proven: datetime | None = None) -> None:
        """Keep a new session; `credential` says with what it began, `proven` when its officer proved who is there, where somebody else says so."""
        values = {"department": link.department, "system": link.system, "officer": link.officer, "serial": link.serial}
        signed_in = (
            {"means": link.means, "credential": credential or None, "proven_time": proven if link.means == "oidc" else at} if link.means else {}
        )
        put(self._tx, sessions, {"digest": digest, **values, **signed_in, "seen_time": at, "expire_time": end})
        if link.means:
            whose = (officers.c.department == link.department, officers.c.number == link.officer)
            self._tx.execute(update(officers).where(*whose).values(sign_in_time=at, sign_in_means=link.means))

    def session(self, digest: str, at: datetime, idle_since: datetime) -> tuple[LoginLink, datetime, datetime | None] | None:
        """Return what a session's link said, with its own end, when it was seen and when proven last; None where it is over or was idle too long."""
        row: Any = checked(self._tx, sessions, self._tx.execute(select(sessions).where(*_living(digest, at, idle_since))).first())
        return None if row is None else (_link(row), row.seen_time, row.proven_time)

    def prove(self, digest: str, at: datetime) -> None:
        """Note that a session's officer has proven once more who is there."""
        self._tx.execute(update(sessions).where(sessions.c.digest == digest).values(proven_time=at))
        self._tx.touch(sessions, digest)

    def end_credential(self, credential: str, at: datetime) -> int:
        """End the sessions that began with a passkey; return how many there were."""
        return forget_rows(self._tx, sessions, and_(sessions.c.credential == credential, sessions.c.expire_time > at), _MOST)

    def end_links_of(self, department: str, number: str, at: datetime) -> int:
        """End an officer's own links that were not used; return how many there were."""
        own = and_(login_links.c.department == department, login_links.c.officer == number, login_links.c.means.is_not(None))
        return forget_rows(self._tx, login_links, and_(own, login_links.c.use_time.is_(None), login_links.c.expire_time > at), _MOST)

    def touch(self, digest: str, at: datetime, idle_since: datetime) -> bool:
        """Note that a session is in use; False where it ended meanwhile."""
        # Checked and moved in one UPDATE, so that an idle session cannot be revived between the two.
        return self._tx.execute(update(sessions).where(*_living(digest, at, idle_since)).values(seen_time=at)).rowcount == 1

    def end_session(self, digest: str) -> tuple[str, str, str] | None:
        """Forget a session; return its department, system and officer, None where there is none."""
        row = self._tx.execute(select(sessions).where(sessions.c.digest == digest)).first()
        if row is None:
            return None
        self._tx.execute(delete(sessions).where(sessions.c.digest == digest))
        self._tx.touch(sessions, digest)
        return row.department, row.system, row.officer

    def end_under(self, serials: Collection[str], at: datetime) -> int:
        """End the links and sessions that rest on these certificates; return how many there were."""
        return self._end(at, *(table.c.serial.in_(serials) for table in (login_links, sessions)))

    def end_of(self, department: str, system: str, at: datetime) -> int:
        """End the links and sessions of a system; return how many there were."""
        return self._end(at, *(and_(table.c.department == department, table.c.system == system) for table in (login_links, sessions)))

    def end_all_of(self, department: str, at: datetime) -> int:
        """End the links and sessions of all systems of a department; return how many there were."""
        return self._end(at, *(table.c.department == department for table in (login_links, sessions)))

    def end_officer(self, department: str, number: str, at: datetime) -> int:
        """End the links and sessions of an officer, however they began; return how many there were."""
        return self._end(at, *(and_(table.c.department == department, table.c.officer == number) for table in (login_links, sessions)))

    def _end(self, at: datetime, links: ColumnElement[bool], open_sessions: ColumnElement[bool]) -> int:
        unused = and_(links, login_links.c.use_time.is_(None), login_links.c.expire_time > at)
        ended = forget_rows(self._tx, login_links, unused, _MOST)
        return ended + forget_rows(self._tx, sessions, and_(open_sessions, sessions.c.expire_time > at), _MOST)


def _link(row: Row[Any]) -> LoginLink:
    return LoginLink(row.digest, row.department, row.system, row.officer, row.expire_time, row.serial, row.means or "")


def _living(digest: str, at: datetime, idle_since: datetime) -> tuple[ColumnElement[bool], ...]:
    return sessions.c.digest == digest, sessions.c.expire_time > at, sessions.c.seen_time > idle_since


def forget_logins(tx: Tx, at: datetime, most: int) -> int:
    """Forget links and sessions that are over, used or not: none can be taken up again, and the log has them all."""
    seen = 0
    for table in (login_links, sessions, personal_sessions):
        seen += forget_rows(tx, table, table.c.expire_time < at, most - seen) if seen < most else 0
    return seen
