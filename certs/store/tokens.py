"""Enrolment tokens: only the digest of the secret is kept, and a token is used once."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, select, update

from certs.model import EnrollmentToken
from certs.store.tables import enrollment_tokens
from hub.access import Role
from hub.db import Tx, checked, forget_rows, put

TOKEN_KEPT: Final = timedelta(days=30)
"""How long an operator still finds a token after its end. Callers get one answer for used, late and unknown tokens, and the log has the enrolment."""


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
        put(self._tx, enrollment_tokens, {**asdict(token), "roles": sorted(token.roles)})

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


def _token(row: Row[Any]) -> EnrollmentToken:
    roles = frozenset(map(Role, row.roles))
    return EnrollmentToken(row.digest, row.department, row.system, roles, row.expire_time, row.create_time, row.use_time)


def forget_tokens(tx: Tx, at: datetime, most: int) -> int:
    """Forget tokens whose end is long past, used or not."""
    return forget_rows(tx, enrollment_tokens, enrollment_tokens.c.expire_time < at - TOKEN_KEPT, most)
