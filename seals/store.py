"""Where seals, signer certificates and stamps live. Every change is a compare-and-swap."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, Row, Select, String, Table, insert, select, update

from hub.db import Moment, Tx, metadata
from hub.errors import ConflictError, NotFoundError
from seals.model import Seal, SealKind, SealState, SignerCertificate, Stamp, StampState, is_es_id

seals = Table(
    "seals",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("es_id", String(14), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("title", String(60), nullable=False),
    Column("owner", String(18), nullable=False),
    Column("signers", JSON, nullable=False),
    Column("valid_from", Moment()),
    Column("valid_to", Moment(), nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Column("picture", LargeBinary, nullable=False),
    Column("reason", String(500), nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("activate_time", Moment()),
    Column("revoke_time", Moment()),
)
Index("ix_seals_owner", seals.c.owner, seals.c.id)

signer_certificates = Table(
    "signer_certificates",
    metadata,
    Column("serial", String(32), primary_key=True),
    Column("owner", String(18), nullable=False),
    Column("certificate", LargeBinary, nullable=False),
    Column("key_digest", String(64), nullable=False, index=True),
    Column("not_before", Moment(), nullable=False),
    Column("not_after", Moment(), nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("revoke_time", Moment()),
    Column("revoke_reason", String(500), nullable=False),
)

stamps = Table(
    "stamps",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("seal", String(26), ForeignKey("seals.id"), nullable=False, index=True),
    Column("signer", String(32), ForeignKey("signer_certificates.serial"), nullable=False),
    Column("owner", String(18), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("property_info", String(200), nullable=False),
    Column("officer", String(64), nullable=False),
    Column("purpose", String(128), nullable=False),
    Column("case_number", String(128), nullable=False),
    Column("to_be_signed", LargeBinary, nullable=False),
    Column("statement_digest", String(64), nullable=False, index=True),
    Column("signature", LargeBinary, nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("complete_time", Moment()),
)


class SealStore:
    """Seals, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def get(self, seal_id: str) -> Seal:
        """Return the seal of that id; raise NotFoundError where there is none."""
        return self._one(select(seals).where(seals.c.id == seal_id))

    def hold(self, seal_id: str) -> Seal:
        """Return the seal and let nobody change it until the transaction ends."""
        return self._one(select(seals).where(seals.c.id == seal_id).with_for_update(read=True))

    def registered(self, es_id: str) -> Seal | None:
        """Return the seal that bears this esID, None where the register knows none; foreign bytes may hold any text here."""
        if not is_es_id(es_id):
            return None
        row = self._tx.execute(select(seals).where(seals.c.es_id == es_id)).first()
        return _seal(row) if row else None

    def insert(self, seal: Seal) -> None:
        """Keep a new application."""
        self._tx.execute(insert(seals).values(**asdict(seal)))

    def replace(self, before: Seal, after: Seal) -> Seal:
        """Put `after` in the place of `before`; raise ConflictError when somebody was quicker."""
        at = (seals.c.id == before.id) & (seals.c.revision == before.revision)
        _once(self._tx.execute(update(seals).where(at).values(**asdict(after))).rowcount, "seal", "印章")
        return after

    def newest(self, owner: str | None, before: str | None, count: int) -> list[Seal]:
        """Return at most `count` seals of an owner (None: of all), newest first, below the id `before`."""
        query = select(seals).order_by(seals.c.id.desc()).limit(count)
        if owner is not None:
            query = query.where(seals.c.owner == owner)
        if before is not None:
            query = query.where(seals.c.id < before)
        return [_seal(row) for row in self._tx.execute(query)]

    def _one(self, query: Select[Any]) -> Seal:
        row = self._tx.execute(query).first()
        if row is None:
            raise NotFoundError("there is no such seal", zh="印章不存在", next_action="list your department's seals")
        return _seal(row)


class SignerCertificateStore:
    """Signer certificates, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def get(self, serial: str) -> SignerCertificate:
        """Return the certificate of that serial number; raise NotFoundError where the hub issued none."""
        row = self._tx.execute(select(signer_certificates).where(signer_certificates.c.serial == serial)).first()
        if row is None:
            raise NotFoundError("there is no such signer certificate", zh="签章者证书不存在", next_action="ask for one with IssueSignerCertificate")
        return _certificate(row)

    def held(self, serials: Iterable[str]) -> dict[str, SignerCertificate]:
        """Return those of the certificates that exist, by serial number, and let nobody revoke them until the transaction ends."""
        query = select(signer_certificates).where(signer_certificates.c.serial.in_(set(serials)))
        return {row.serial: _certificate(row) for row in self._tx.execute(query.with_for_update(read=True))}

    def owners_of_key(self, spki: bytes) -> set[str]:
        """Return the departments for which this public key is certified."""
        query = select(signer_certificates.c.owner).where(signer_certificates.c.key_digest == hashlib.sha256(spki).hexdigest())
        return set(self._tx.execute(query).scalars())

    def insert(self, certificate: SignerCertificate, spki: bytes) -> None:
        """Keep a certificate just issued, findable by its public key."""
        self._tx.execute(insert(signer_certificates).values(key_digest=hashlib.sha256(spki).hexdigest(), **asdict(certificate)))

    def revoke(self, revoked: SignerCertificate) -> None:
        """Keep a revocation; raise ConflictError where somebody revoked it in between."""
        at = (signer_certificates.c.serial == revoked.serial) & signer_certificates.c.revoke_time.is_(None)
        values = {"revoke_time": revoked.revoke_time, "revoke_reason": revoked.revoke_reason}
        _once(self._tx.execute(update(signer_certificates).where(at).values(**values)).rowcount, "certificate", "证书")

    def revocations(self, serials: Iterable[str]) -> dict[str, datetime]:
        """Return since when those of the serial numbers that are revoked are so."""
        table = signer_certificates
        query = select(table.c.serial, table.c.revoke_time).where(table.c.serial.in_(set(serials)), table.c.revoke_time.is_not(None))
        return {row.serial: row.revoke_time for row in self._tx.execute(query)}


class StampStore:
    """Uses of seals, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def get(self, stamp_id: str) -> Stamp:
        """Return the stamp of that id; raise NotFoundError where there is none."""
        row = self._tx.execute(select(stamps).where(stamps.c.id == stamp_id)).first()
        if row is None:
            raise NotFoundError("there is no such stamp", zh="签章记录不存在", next_action="prepare it with PrepareStamp")
        return _stamp(row)

    def insert(self, stamp: Stamp) -> None:
        """Keep a prepared use."""
        self._tx.execute(insert(stamps).values(statement_digest=hashlib.sha256(stamp.to_be_signed).hexdigest(), **asdict(stamp)))

    def replace(self, before: Stamp, after: Stamp) -> Stamp:
        """Put `after` in the place of `before`; raise ConflictError when somebody was quicker."""
        at = (stamps.c.id == before.id) & (stamps.c.revision == before.revision)
        _once(self._tx.execute(update(stamps).where(at).values(**asdict(after))).rowcount, "stamp", "签章记录")
        return after

    def completed(self, statement: bytes, signer: str) -> datetime | None:
        """Return when the hub first saw this statement (DER TBS_Sign) signed by this signer, None where it never did."""
        at = (stamps.c.statement_digest == hashlib.sha256(statement).hexdigest()) & (stamps.c.signer == signer)
        query = select(stamps.c.complete_time).where(at, stamps.c.complete_time.is_not(None)).order_by(stamps.c.complete_time).limit(1)
        found: datetime | None = self._tx.scalar(query)
        return found


def _once(changed: int, what: str, zh: str) -> None:
    if changed != 1:
        raise ConflictError(f"the {what} was changed by somebody else", zh=f"{zh}已被他人修改", next_action="read it again and decide again")


def _seal(row: Row[Any]) -> Seal:
    values = row._asdict()
    return Seal(**{**values, "signers": tuple(row.signers), "state": SealState(row.state), "kind": SealKind(row.kind)})


def _certificate(row: Row[Any]) -> SignerCertificate:
    return SignerCertificate(**{name: value for name, value in row._asdict().items() if name != "key_digest"})


def _stamp(row: Row[Any]) -> Stamp:
    values = {name: value for name, value in row._asdict().items() if name != "statement_digest"}
    return Stamp(**{**values, "state": StampState(row.state)})
