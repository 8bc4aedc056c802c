"""Issuing keys as rows, and the trust list that they make."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Row, func, insert, select, update

from certs.store import DepartmentStore
from hub.db import Database, Tx
from hub.errors import AlreadyExistsError, NotFoundError
from licenses import cose
from licenses.model import IssuingKey, KeyState
from licenses.store.tables import aware, issuing_keys, stale
from licenses.trust_list import KeyStatus, TrustedKey

_KEY_STATUS: Final = {KeyState.ACTIVE: KeyStatus.ACTIVE, KeyState.REVOKED: KeyStatus.REVOKED}


class IssuingKeyStore:
    """Issuing keys, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def get(self, kid: bytes) -> IssuingKey:
        """Return a key; raise NotFoundError."""
        row = self._tx.execute(select(issuing_keys).where(issuing_keys.c.kid == kid.hex())).first()
        if row is None:
            raise NotFoundError("there is no such issuing key", zh="签发密钥不存在", next_action="register the key")
        return _key(row)

    def lock(self, department: str) -> None:
        """Wait until no other transaction holds the department's keys, and hold them until commit (SQLite writes one at a time anyway)."""
        mine = select(issuing_keys.c.kid).where(issuing_keys.c.department == department)
        self._tx.execute(mine.order_by(issuing_keys.c.kid).with_for_update())

    def insert(self, key: IssuingKey) -> None:
        """Add a key; raise AlreadyExistsError where it is known."""
        if self._tx.scalar(select(issuing_keys.c.kid).where(issuing_keys.c.kid == key.kid.hex())) is not None:
            raise AlreadyExistsError("this issuing key is registered", zh="该签发密钥已登记", next_action="make a new key")
        self._tx.execute(insert(issuing_keys).values(kid=key.kid.hex(), **_key_columns(key)))

    def replace(self, before: IssuingKey, after: IssuingKey) -> None:
        """Write the key if nobody changed it since `before`."""
        where = (issuing_keys.c.kid == before.kid.hex(), issuing_keys.c.revision == before.revision)
        if self._tx.execute(update(issuing_keys).where(*where).values(**_key_columns(after))).rowcount != 1:
            raise stale()

    def trusted(self) -> tuple[int, list[TrustedKey]]:
        """Return the number of the trust list, which grows with every change, and its keys."""
        rows = self._tx.execute(select(issuing_keys).order_by(issuing_keys.c.kid)).all()
        titles = DepartmentStore(self._tx).titles({row.department for row in rows})
        number = self._tx.scalar(select(func.coalesce(func.sum(issuing_keys.c.revision), 0)))
        return int(number) + 1, [
            _trusted(_key(row), titles.get(row.department, row.department)) for row in rows if row.state != KeyState.PENDING.value
        ]


def load_keys(db: Database) -> tuple[int, Iterable[TrustedKey]]:
    """Return the trust list's number and keys, for the registry in memory."""
    with db.read() as tx:
        return IssuingKeyStore(tx).trusted()


def _key_columns(key: IssuingKey) -> dict[str, Any]:
    return {
        "revision": key.revision,
        "public_key": key.public_key,
        "department": key.department,
        "license_types": list(key.license_types),
        "not_before": key.not_before,
        "not_after": key.not_after,
        "state": key.state.value,
        "revoke_time": key.revoke_time,
        "reason": key.reason,
    }


def _key(row: Row[Any]) -> IssuingKey:
    return IssuingKey(
        bytes.fromhex(row.kid),
        row.public_key,
        row.department,
        tuple(row.license_types),
        aware(row.not_before),
        aware(row.not_after),
        KeyState(row.state),
        None if row.revoke_time is None else aware(row.revoke_time),
        row.reason,
        row.revision,
    )


def _trusted(key: IssuingKey, title: str) -> TrustedKey:
    return TrustedKey(
        kid=key.kid,
        key=cose.public_key_from_der(key.public_key),
        issuer=key.department,
        department=title[:100],
        type_codes=frozenset(key.license_types),
        not_before=int(key.not_before.timestamp()),
        not_after=int(key.not_after.timestamp()),
        status=_KEY_STATUS[key.state],
        since=None if key.revoke_time is None else int(key.revoke_time.timestamp()),
    )
