"""Where keys and licenses are kept. Holders and business fields are one encrypted blob: a stolen database shows no ID number."""

import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)

from certs.store import DepartmentStore
from hub.db import Database, Tx, metadata
from hub.errors import AlreadyExistsError, ConflictError, IntegrityError, NotFoundError
from licenses import cose
from licenses.live import Standing
from licenses.model import Holder, IssuingKey, KeyState, License, LicenseState
from licenses.status_list import Status
from licenses.trust_list import KeyStatus, TrustedKey

issuing_keys = Table(
    "issuing_keys",
    metadata,
    Column("kid", String(16), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("department", String(18), nullable=False),
    Column("license_types", JSON, nullable=False),
    Column("not_before", DateTime(timezone=True), nullable=False),
    Column("not_after", DateTime(timezone=True), nullable=False),
    Column("state", String(10), nullable=False),
    Column("revoke_time", DateTime(timezone=True)),
    Column("reason", String(500), nullable=False),
    Index("ix_issuing_keys_department", "department"),
)

licenses = Table(
    "licenses",
    metadata,
    Column("identifier", String(128), primary_key=True),
    Column("seq", String(26), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("license_type", String(21), nullable=False),
    Column("number", String(64), nullable=False),
    Column("issuer", String(18), nullable=False),
    Column("issuer_title", String(200), nullable=False),
    Column("issue_date", Date, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("sealed_content", LargeBinary, nullable=False),
    Column("kid", String(16), nullable=False),
    Column("protected", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("signed_bytes", LargeBinary, nullable=False),
    Column("stamp", LargeBinary, nullable=False),
    Column("status_shard", Integer, nullable=False),
    Column("status_index", BigInteger, nullable=False),
    Column("status_uri", String(255), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("issue_time", DateTime(timezone=True)),
    UniqueConstraint("status_shard", "status_index"),
    Index("ix_licenses_issuer", "issuer", "seq"),
    Index("ix_licenses_state", "state"),
)

_STATUS: Final = {LicenseState.SUSPENDED: Status.SUSPENDED, LicenseState.REVOKED: Status.INVALID}
_KEY_STATUS: Final = {KeyState.ACTIVE: KeyStatus.ACTIVE, KeyState.REVOKED: KeyStatus.REVOKED}
_NONCE: Final = 12


class ContentBox:
    """Encrypts what is personal in a license with AES-256-GCM, bound to its identifier, so that rows cannot be swapped."""

    def __init__(self, key: bytes) -> None:
        """Take a 32-byte key."""
        self._cipher = AESGCM(key)
        self._fingerprint_key = hmac.digest(key, b"shuniu license request", "sha256")

    def fingerprint(self, content: bytes) -> bytes:
        """Return a keyed digest that tells requests apart and, unlike a bare hash of an ID number, cannot be guessed backwards."""
        return hmac.digest(self._fingerprint_key, content, "sha256")

    def seal(self, identifier: str, content: Mapping[str, Any], nonce: bytes) -> bytes:
        """Return nonce and ciphertext; the nonce is 12 fresh random bytes."""
        return nonce + self._cipher.encrypt(nonce, json.dumps(content, ensure_ascii=False).encode(), identifier.encode())

    def open(self, identifier: str, sealed: bytes) -> dict[str, Any]:
        """Return the content; raise IntegrityError where the bytes are not what was written for this license."""
        try:
            content: dict[str, Any] = json.loads(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], identifier.encode()))
        except (InvalidTag, ValueError) as error:
            raise IntegrityError("a license's stored content was changed or the key is not its key", zh="证照存储内容与密钥不符") from error
        return content


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
            raise _stale()

    def trusted(self) -> tuple[int, list[TrustedKey]]:
        """Return the number of the trust list, which grows with every change, and its keys."""
        rows = self._tx.execute(select(issuing_keys).order_by(issuing_keys.c.kid)).all()
        titles = DepartmentStore(self._tx).titles({row.department for row in rows})
        number = self._tx.scalar(select(func.coalesce(func.sum(issuing_keys.c.revision), 0)))
        return int(number) + 1, [
            _trusted(_key(row), titles.get(row.department, row.department)) for row in rows if row.state != KeyState.PENDING.value
        ]


class LicenseStore:
    """Licenses, within one transaction."""

    def __init__(self, tx: Tx, box: ContentBox) -> None:
        """Bind to a transaction and the key of contents."""
        self._tx = tx
        self._box = box

    def get(self, identifier: str) -> License:
        """Return a license; raise NotFoundError."""
        row = self._tx.execute(select(licenses).where(licenses.c.identifier == identifier)).first()
        if row is None:
            raise NotFoundError("there is no such license", zh="证照不存在")
        return self._license(row)

    def insert(self, license_: License, seq: str, nonce: bytes) -> None:
        """Add a license; `seq` orders the issuer's list."""
        content = {"holders": [[one.title, one.code, one.code_type] for one in license_.holders], "fields": dict(license_.fields)}
        self._tx.execute(
            insert(licenses).values(
                identifier=license_.identifier,
                seq=seq,
                license_type=license_.license_type,
                number=license_.number,
                issuer=license_.issuer,
                issuer_title=license_.issuer_title,
                issue_date=license_.issue_date,
                valid_from=license_.valid_from,
                valid_to=license_.valid_to,
                sealed_content=self._box.seal(license_.identifier, content, nonce),
                kid=license_.kid.hex(),
                protected=license_.protected,
                payload=license_.payload,
                status_shard=license_.status_shard,
                status_index=license_.status_index,
                status_uri=license_.status_uri,
                create_time=license_.create_time,
                **_moving(license_),
            ),
        )

    def replace(self, before: License, after: License) -> None:
        """Write what can change of a license if nobody changed it since `before`."""
        where = (licenses.c.identifier == before.identifier, licenses.c.revision == before.revision)
        if self._tx.execute(update(licenses).where(*where).values(**_moving(after))).rowcount != 1:
            raise _stale()

    def list(self, issuer: str, before: str, count: int) -> list[tuple[str, License]]:
        """Return (seq, license) of an issuer, newest first, below `before` where that is given."""
        query = select(licenses).where(licenses.c.issuer == issuer)
        if before:
            query = query.where(licenses.c.seq < before)
        return [(row.seq, self._license(row)) for row in self._tx.execute(query.order_by(licenses.c.seq.desc()).limit(count))]

    def taken(self, shard: int, index: int) -> bool:
        """Tell whether a place in a shard was ever given away."""
        found = self._tx.scalar(select(licenses.c.identifier).where(licenses.c.status_shard == shard, licenses.c.status_index == index))
        return found is not None

    def newest_shard(self) -> int:
        """Return the newest shard that was begun, 0 before the first license."""
        return int(self._tx.scalar(select(func.coalesce(func.max(licenses.c.status_shard), 0))))

    def count(self, shard: int) -> int:
        """Return how many places of a shard are taken."""
        return int(self._tx.scalar(select(func.count()).select_from(licenses).where(licenses.c.status_shard == shard)))

    def has_serial(self, license_type: str, issuer: str, number: str) -> bool:
        """Tell whether the issuer has a license of this type and number that was not revoked."""
        where = (licenses.c.license_type == license_type, licenses.c.issuer == issuer, licenses.c.number == number)
        return self._tx.scalar(select(licenses.c.identifier).where(*where, licenses.c.state != LicenseState.REVOKED.value)) is not None

    def _license(self, row: Row[Any]) -> License:
        content = self._box.open(row.identifier, row.sealed_content)
        return License(
            identifier=row.identifier,
            license_type=row.license_type,
            number=row.number,
            issuer=row.issuer,
            issuer_title=row.issuer_title,
            issue_date=row.issue_date,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            holders=tuple(Holder(*one) for one in content["holders"]),
            fields=content["fields"],
            kid=bytes.fromhex(row.kid),
            protected=row.protected,
            payload=row.payload,
            status_shard=row.status_shard,
            status_index=row.status_index,
            status_uri=row.status_uri,
            create_time=_aware(row.create_time),
            state=LicenseState(row.state),
            signed_bytes=row.signed_bytes,
            stamp=row.stamp,
            reason=row.reason,
            issue_time=None if row.issue_time is None else _aware(row.issue_time),
            revision=row.revision,
        )


def load_keys(db: Database) -> tuple[int, Iterable[TrustedKey]]:
    """Return the trust list's number and keys, for the registry in memory."""
    with db.read() as tx:
        return IssuingKeyStore(tx).trusted()


def load_standing(db: Database, identifier: str) -> Standing | None:
    """Return the standing of one license, None where there is none."""
    with db.read() as tx:
        row = tx.execute(_standings().where(licenses.c.identifier == identifier)).first()
    return _standing(row) if row else None


def load_all_standings(db: Database) -> list[Standing]:
    """Return the standing of every license that is suspended or revoked, and of one in the newest shard, so that this is known to exist."""
    with db.read() as tx:
        rows = tx.execute(_standings().where(licenses.c.state.in_([state.value for state in _STATUS]))).all()
        newest = tx.execute(_standings().order_by(licenses.c.status_shard.desc()).limit(1)).all()
    return [_standing(row) for row in (*newest, *rows)]


def _standings() -> Any:
    return select(licenses.c.identifier, licenses.c.status_shard, licenses.c.status_index, licenses.c.state, licenses.c.reason)


def _standing(row: Row[Any]) -> Standing:
    status = _STATUS.get(LicenseState(row.state), Status.VALID)
    return Standing(row.identifier, row.status_shard, row.status_index, status, row.reason)


def _moving(license_: License) -> dict[str, Any]:
    return {
        "state": license_.state.value,
        "signed_bytes": license_.signed_bytes,
        "stamp": license_.stamp,
        "reason": license_.reason,
        "issue_time": license_.issue_time,
        "revision": license_.revision,
    }


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
        _aware(row.not_before),
        _aware(row.not_after),
        KeyState(row.state),
        None if row.revoke_time is None else _aware(row.revoke_time),
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


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _stale() -> ConflictError:
    return ConflictError("somebody changed it in between", zh="数据已被他人修改", next_action="read it again and decide again")
