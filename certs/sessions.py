"""Web sessions: a one-time link made over the department's own certificate, then a cookie's secret; only digests are stored.

Strangers do not get to take the write lock: whatever they bring (a secret of a link, a cookie) is looked up in a read transaction first.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from certs.model import RANDOM_BYTES, CertificateStatus, LoginLink, Session, digest_of, secret_of
from certs.reasons import LOGIN_LINK_INVALID, LOGIN_WITHOUT_CERTIFICATE, NO_SESSION
from certs.roster import Roster
from certs.store import DepartmentStore, LoginStore, SystemStore
from hub.access import Caller
from hub.counting import Counts
from hub.db import Tx
from hub.unit_of_work import Actions, Change, Kit, Step
from hub.wording import Searcher

LINK_LIFE: Final = timedelta(minutes=10)
SESSION_LIFE: Final = timedelta(hours=8)
IDLE: Final = timedelta(minutes=15)
OFFICER: Final = "officer"
PERSON: Final = "person"
"""A citizen, or a company's representative."""
CERTIFICATE: Final = "certificate"
"""How somebody signs in by a link that a department made over its certificate."""
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exact the idle time is: it is moved when it is so much behind, so a session ends between 14 and 15 minutes after its last page."""


class SessionActions(Actions):
    """The part of the identities' actions that lets an officer into the web pages."""

    def __init__(self, kit: Kit, random_bytes: Callable[[int], bytes], roster: Roster | None = None) -> None:
        """Take the kit, the source of secrets, and the officers; without them nobody signs in as one."""
        super().__init__(kit)
        self._random_bytes, self._roster = random_bytes, roster
        self.sign_ins = Counts()
        """Who signed in by which means, since the process began."""

    def create_login_link(self, step: Step) -> tuple[str, datetime]:
        """Return the secret of a one-time link for the officer of the step, and its end."""
        caller, officer = step.caller, Searcher(step.officer, "officer")  # who will look at records
        now, secret = self._clock.now(), self._secret()
        link = LoginLink(digest_of(secret), caller.department, caller.system, officer, now + LINK_LIFE, caller.serial)
        with self._db.begin() as tx:
            LoginStore(tx).insert(link)
            self._journal.write(tx, _change("certs.CreateLoginLink", caller, officer, now))
        return secret, link.expire_time

    def redeem_login_link(self, secret: str) -> tuple[str, Session]:
        """Return a new session's secret and the session; raise NotAllowedError for a link that is used, over or unknown."""
        now, session = self._clock.now(), self._secret()
        with self._db.read() as tx:
            if not LoginStore(tx).has_link(digest_of(secret), now):
                raise LOGIN_LINK_INVALID()
        with self._db.begin() as tx:
            link = LoginStore(tx).use(digest_of(secret), now)
            if link is None:
                raise LOGIN_LINK_INVALID()
            # In the transaction that used the link: without a valid certificate this raises, and the link stays unused.
            caller, end = self._caller(tx, link, now), now + SESSION_LIFE
            LoginStore(tx).begin_session(digest_of(session), link, now, end)
            self._count(tx, OFFICER, link.means or CERTIFICATE)
            self._journal.write(tx, _change("certs.RedeemLoginLink", caller, link.officer, now))
        return session, Session(caller, link.officer, end, link.means, now if link.means else None)

    def session(self, secret: str) -> Session:
        """Return the session and keep it alive; raise NotSignedInError when it was idle, is over, or the certificate of its link is not valid."""
        now = self._clock.now()
        with self._db.read() as tx:
            found = LoginStore(tx).session(digest_of(secret), now, now - IDLE)
            if found is None:
                raise NO_SESSION()
            link, seen, proven = found
            session = Session(self._caller(tx, link, now), link.officer, link.expire_time, link.means, proven)
        if now - seen >= SEEN_EVERY:
            with self._db.begin() as tx:
                if not LoginStore(tx).touch(digest_of(secret), now, now - IDLE):
                    raise NO_SESSION()
        return session

    def end_session(self, secret: str) -> None:
        """End a session; an unknown one is as good as ended."""
        with self._db.read() as tx:
            if not LoginStore(tx).has_session(digest_of(secret)):
                return
        with self._db.begin() as tx:
            ended = LoginStore(tx).end_session(digest_of(secret))
            if ended is not None:
                department, system, officer = ended
                by = Caller(department, system, officer="" if system else officer)
                self._journal.write(tx, _change("certs.EndSession", by, officer, self._clock.now()))

    def _count(self, tx: Tx, who: str, means: str) -> None:
        tx.after_commit(lambda: self.sign_ins.note(who, means))

    def _secret(self) -> str:
        return secret_of(self._random_bytes(RANDOM_BYTES))

    def _caller(self, tx: Tx, link: LoginLink, at: datetime) -> Caller:
        """Return who acts at the pages: an officer as the roster knows one at this moment, else the bearer of the certificate that made a link."""
        if not link.means:
            return _bearer(tx, link, at)
        DepartmentStore(tx).get(link.department).check_active()
        caller = self._roster.caller(link.department, link.officer, link.means, at) if self._roster else None
        if caller is None:
            raise NO_SESSION()
        return caller


def _bearer(tx: Tx, link: LoginLink, at: datetime) -> Caller:
    """Return the bearer of the certificate that made a link as a caller, with the roles of that certificate, while it and the department stand."""
    DepartmentStore(tx).get(link.department).check_active()
    system = SystemStore(tx).find(link.department, link.system)
    own = system.certificate(link.serial) if system else None
    # At every page: what was made under a certificate ends with it, whatever other certificates the system has.
    if system is None or own is None or own.status(at) is not CertificateStatus.VALID:
        raise LOGIN_WITHOUT_CERTIFICATE()
    return Caller(link.department, link.system, system.roles_of(own), own.serial)


def _change(action: str, caller: Caller, officer: str, at: datetime) -> Change:
    return Change(at=at, action=action, actor=caller, resource=caller.name, detail={"officer": officer})
