"""Enrolment tokens: only the digest of the secret is kept, and a token is used once."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, select, update

from certs.model import EnrollmentToken
from certs.store.tables import enrollment_tokens
from hub.access import Role
from hub.db import Tx, checked, fitting, forget_rows, put

TOKEN_KEPT: Final = timedelta(days=30)
"""How long an operator still finds a token after its end. Callers get one answer for used, late and unknown tokens, and the log has the enrolment."""

_MOST: Final = 100_000
"""Far more tokens than live at a time: each ends within seven days."""


class TokenStore:
    """The enrolment tokens, found by the hash of their secret, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def find(self, digest: str) -> EnrollmentToken | None:
        """Return the token, used or not, None where there is none."""
        row = self._tx.execute(select(enrollment_tokens).where(enrollment_tokens.c.digest == digest)).first()
        row = checked(self._tx, enrollment_tokens, row)
        return _token(row) if row else None

    def insert(self, token: EnrollmentToken) -> None:
        """Keep a new token."""
        put(self._tx, enrollment_tokens, {**asdict(token), "roles": sorted(token.roles), "hosts": list(token.hosts)})

    def unused(self, department: str, at: datetime) -> list[EnrollmentToken]:
        """Return a department's tokens that still work, oldest first."""
        query = select(enrollment_tokens).where(enrollment_tokens.c.department == department, *_works(at))
        rows = self._tx.execute(query.order_by(enrollment_tokens.c.create_time, enrollment_tokens.c.digest)).all()
        return [_token(row) for row in fitting(self._tx, enrollment_tokens, rows)]

    def revoke_for(self, department: str, system: str, at: datetime) -> int:
        """Take away a system's tokens that still work; return how many there were."""
        return self._revoke(at, and_(enrollment_tokens.c.department == department, enrollment_tokens.c.system == system))

    def revoke_made_under(self, serials: Collection[str], at: datetime) -> int:
        """Take away the tokens that were made under these certificates and still work, whomever they invite; return how many there were."""
        return self._revoke(at, enrollment_tokens.c.serial.in_(serials))

    def use(self, digest: str, at: datetime) -> bool:
        """Use a token up, tell whether this call did it: of any number that try at once exactly one gets True."""
        # The condition and the mark in one UPDATE: the database decides which of several was first.
        changed = self._tx.execute(
            update(enrollment_tokens)
            .where(enrollment_tokens.c.digest == digest, enrollment_tokens.c.use_time.is_(None), enrollment_tokens.c.expire_time > at)
            .values(use_time=at),
        )
        self._tx.touch(enrollment_tokens, digest)
        return changed.rowcount == 1

    def _revoke(self, at: datetime, which: ColumnElement[bool]) -> int:
        # Forgotten and not marked: a caller hears the same of a token that is revoked, used or unknown, and the log has what was done.
        return forget_rows(self._tx, enrollment_tokens, and_(which, *_works(at)), _MOST)


def _works(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return enrollment_tokens.c.use_time.is_(None), enrollment_tokens.c.expire_time > at


def _token(row: Row[Any]) -> EnrollmentToken:
    roles = frozenset(map(Role, row.roles))
    return EnrollmentToken(
        row.digest, row.department, row.system, roles, row.expire_time, row.create_time, row.use_time, row.serial, tuple(row.hosts or ())
    )


def forget_tokens(tx: Tx, at: datetime, most: int) -> int:
    """Forget tokens whose end is long past, used or not."""
    return forget_rows(tx, enrollment_tokens, enrollment_tokens.c.expire_time < at - TOKEN_KEPT, most)
