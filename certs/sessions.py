"""Web sessions: a one-time link made over the department's own certificate, then a cookie's secret; only digests are stored."""

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from certs.model import Change, LoginLink, Session, Status, digest_of, system_name
from certs.store import LoginStore, SystemStore
from hub.access import Caller
from hub.clock import Clock
from hub.db import Database, Tx
from hub.errors import InvalidInputError, NotAllowedError, NotFoundError, NotSignedInError

LINK_LIFE: Final = timedelta(minutes=10)
SESSION_LIFE: Final = timedelta(hours=8)
IDLE: Final = timedelta(minutes=15)
_LONGEST: Final = 64


class SessionActions:
    """The part of the identities' actions that lets an officer into the web pages."""

    _db: Database
    _clock: Clock
    _journal: Callable[[Tx, Change], object]
    _random_bytes: Callable[[int], bytes]

    def create_login_link(self, caller: Caller, officer: str) -> tuple[str, datetime]:
        """Return the secret of a one-time link for an officer, and its end."""
        if not officer.strip() or len(officer) > _LONGEST:
            raise InvalidInputError("officer is missing or too long", field="officer", zh="请填写经办人", next_action="send officer")
        now = self._clock.now()
        secret = self._secret()
        link = LoginLink(digest_of(secret), caller.department, caller.system, officer.strip(), now + LINK_LIFE)
        with self._db.begin() as tx:
            LoginStore(tx).forget(now - SESSION_LIFE)
            LoginStore(tx).insert(link)
            self._journal(tx, Change(now, "certs.CreateLoginLink", caller, caller.name, detail={"officer": link.officer}))
        return secret, link.expire_time

    def redeem_login_link(self, secret: str) -> tuple[str, Session]:
        """Return a new session's secret and the session; raise NotAllowedError for a link that is used, over or unknown."""
        now = self._clock.now()
        session = self._secret()
        with self._db.begin() as tx:
            link = LoginStore(tx).use(_digest(secret), now)
            if link is None:
                raise NotAllowedError(
                    "this link was used, is over, or was never made",
                    zh="该登录链接已使用、已过期或无效",
                    next_action="make a new one with `shuniu login-link`",
                    reason="LOGIN_LINK",
                )
            caller = self._living(tx, link.department, link.system)
            end = now + SESSION_LIFE
            LoginStore(tx).begin_session(digest_of(session), link, now, end)
            self._journal(tx, Change(now, "certs.RedeemLoginLink", caller, caller.name, detail={"officer": link.officer}))
        return session, Session(caller, link.officer, end)

    def session(self, secret: str) -> Session:
        """Return the session and keep it alive; raise NotSignedInError when there is none, it was idle, is over, or its system is out."""
        now = self._clock.now()
        with self._db.begin() as tx:
            found = LoginStore(tx).seen(_digest(secret), now, now - IDLE)
            if found is None:
                raise _over()
            department, system, officer, end = found
            return Session(self._living(tx, department, system), officer, end)

    def end_session(self, secret: str) -> None:
        """End a session; an unknown one is as good as ended."""
        with self._db.begin() as tx:
            LoginStore(tx).end_session(_digest(secret))

    def _living(self, tx: Tx, department: str, system: str) -> Caller:
        try:
            found = SystemStore(tx).get(department, system)
        except NotFoundError as error:
            raise _over() from error
        now = self._clock.now()
        if not any(one.status(now) is Status.VALID for one in found.certificates):
            raise NotSignedInError(f"{system_name(department, system)} has no valid certificate", zh="该系统证书已失效", next_action="enrol again")
        return Caller(department, system, found.roles)

    def _secret(self) -> str:
        return base64.urlsafe_b64encode(self._random_bytes(32)).decode().rstrip("=")


def _digest(secret: str) -> str:
    return digest_of(secret) if len(secret) <= _LONGEST and secret.isascii() else hashlib.sha256(b"").hexdigest()


def _over() -> NotSignedInError:
    return NotSignedInError("the session is over", zh="会话已结束", next_action="open a new link from `shuniu login-link`", reason="NO_SESSION")
