"""Where seals, signer certificates and stamps live. Every change is a compare-and-swap."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Select, String, Table, select

from hub.db import Aggregate, Json, Moment, Tx, bind, checked, fitting, fitting_page, metadata, put, swap
from hub.errors import NotFoundError
from hub.reasons import NO_SUCH_THING
from seals.model import (
    MOST_TRUSTS,
    SEAL_PROCEDURE,
    SIGNER_PROCEDURE,
    STAMP_PROCEDURE,
    Seal,
    SealKind,
    SealState,
    SealTrust,
    SignerCertificate,
    Stamp,
    StampState,
    is_es_id,
)
from seals.reasons import TRUST

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
    Column("signers", Json, nullable=False),
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

_MOST_ALIKE: Final = 16
"""Uses of one statement that are looked at, which names second, seal and document: a retry may have prepared it twice."""

seal_trusts = Table(
    "seal_trusts",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("title", String(100), nullable=False),
    Column("certificate", LargeBinary, nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("remove_time", Moment(), index=True),
    Column("remove_reason", String(500), nullable=False),
)

for _table in (seals, signer_certificates, stamps, seal_trusts):
    bind(_table)


class SealStore(Aggregate[Seal]):
    """Seals, within one transaction."""

    table, thing, parties = seals, SEAL_PROCEDURE.thing, ("owner",)

    def read(self, row: dict[str, Any]) -> Seal:
        """Return a row as a seal."""
        return Seal(**{**row, "signers": tuple(row["signers"]), "state": SealState(row["state"]), "kind": SealKind(row["kind"])})

    def row(self, thing: Seal) -> dict[str, Any]:
        """Return a seal as a row."""
        return asdict(thing)

    def hold(self, seal_id: str) -> Seal:
        """Return the seal and let nobody change it until the transaction ends."""
        # FOR SHARE in PostgreSQL; SQLite leaves it out, since it has one writer at a time
        row = checked(self._tx, seals, self._tx.execute(select(seals).where(seals.c.id == seal_id).with_for_update(read=True)).first())
        if row is None:
            raise self.unknown()
        return self.read(row._asdict())

    def open(self, states: Iterable[SealState], after: str, count: int) -> list[tuple[str, Seal]]:
        """Return seals in some states with their ids, in that order above `after`, and let nobody change them meanwhile."""
        return [(one.id, one) for one in self.held(after, count, seals.c.state.in_([state.value for state in states]))]

    def ending(self, begin: datetime, end: datetime, after: str, count: int) -> list[tuple[str, Seal]]:
        """Return seals in force whose dates end between two moments with their ids, in that order above `after`."""
        ends = (seals.c.valid_to > begin, seals.c.valid_to <= end, seals.c.state == SealState.ACTIVE.value)
        return [(one.id, one) for one in self.held(after, count, *ends)]

    def living_of(self, owner: str, after: str, count: int) -> list[Seal]:
        """Return seals of a department that are applied for, made or in use, by their ids above `after`."""
        living = (SealState.APPLIED.value, SealState.MADE.value, SealState.ACTIVE.value)
        query = select(seals).where(seals.c.owner == owner, seals.c.state.in_(living), seals.c.id > after)
        return [self.read(row._asdict()) for row in fitting_page(self._tx, seals, query, seals.c.id, count)]

    def of_es_id(self, es_id: str) -> Seal | None:
        """Return the seal that bears this esID, None where the register knows none; foreign bytes may hold any text here."""
        if not is_es_id(es_id):
            return None
        row = checked(self._tx, seals, self._tx.execute(select(seals).where(seals.c.es_id == es_id)).first())
        return self.read(row._asdict()) if row else None


class StampStore(Aggregate[Stamp]):
    """Uses of seals, within one transaction."""

    table, thing, parties = stamps, STAMP_PROCEDURE.thing, ("owner",)

    def read(self, row: dict[str, Any]) -> Stamp:
        """Return a row as a stamp."""
        return Stamp(**{name: value for name, value in row.items() if name != "statement_digest"} | {"state": StampState(row["state"])})

    def row(self, thing: Stamp) -> dict[str, Any]:
        """Return a stamp as a row; the digest of its statement is written once, by `insert`."""
        return asdict(thing)

    def insert(self, thing: Stamp) -> None:
        """Keep a prepared use, findable by the statement that is to be signed."""
        put(self._tx, stamps, {"statement_digest": _digest(thing.to_be_signed), **self.row(thing)})

    def use_of(self, statement: bytes, signer: str) -> Stamp | None:
        """Return the use in which this statement (DER TBS_Sign) was handed out for this signer, the one received first; None where none was.

        A row that is not what the log's records say witnesses nothing.
        """
        # a TBS_Sign does not name its signer, so the signer is asked for as well
        at = (stamps.c.statement_digest == _digest(statement)) & (stamps.c.signer == signer)
        first = select(stamps).where(at).order_by(stamps.c.complete_time.is_(None), stamps.c.complete_time, stamps.c.id).limit(_MOST_ALIKE)
        rows = fitting(self._tx, stamps, self._tx.execute(first).all())
        return self.read(rows[0]._asdict()) if rows else None


class SealTrustStore:
    """The CAs of other makers that the authority trusts, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def get(self, trust_id: str) -> SealTrust:
        """Return the trust of that id; raise NotFoundError where there was none."""
        row = checked(self._tx, seal_trusts, self._tx.execute(select(seal_trusts).where(seal_trusts.c.id == trust_id)).first())
        if row is None:
            raise NO_SUCH_THING(thing=TRUST)
        return SealTrust(**row._asdict())

    def in_force(self) -> tuple[SealTrust, ...]:
        """Return the trusts that were not removed, the oldest first; a row that is not what the log says gives nobody trust."""
        query = select(seal_trusts).where(seal_trusts.c.remove_time.is_(None)).order_by(seal_trusts.c.id).limit(MOST_TRUSTS)
        return tuple(SealTrust(**row._asdict()) for row in fitting(self._tx, seal_trusts, self._tx.execute(query).all()))

    def insert(self, trust: SealTrust) -> None:
        """Keep a new trust."""
        put(self._tx, seal_trusts, asdict(trust))

    def remove(self, removed: SealTrust) -> None:
        """Keep a removal; raise ConflictError where somebody removed it in between."""
        values = {"remove_time": removed.remove_time, "remove_reason": removed.remove_reason}
        swap(self._tx, seal_trusts, {"id": removed.id, "remove_time": None}, values, removed.name)


class SignerCertificateStore:
    """Signer certificates, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def get(self, serial: str) -> SignerCertificate:
        """Return the certificate of that serial number; raise NotFoundError where the hub issued none."""
        if (found := self.find([serial]).get(serial)) is None:
            raise self.unknown()
        return found

    def find(self, serials: Iterable[str]) -> dict[str, SignerCertificate]:
        """Return those of the certificates that exist, by serial number."""
        return self._read(select(signer_certificates).where(signer_certificates.c.serial.in_(set(serials))))

    def hold(self, serials: Iterable[str]) -> dict[str, SignerCertificate]:
        """Return those of the certificates that exist, and let nobody revoke them until the transaction ends."""
        query = select(signer_certificates).where(signer_certificates.c.serial.in_(set(serials)))
        return self._read(query.with_for_update(read=True))

    def ending(self, begin: datetime, end: datetime, after: str, count: int) -> list[SignerCertificate]:
        """Return certificates that end between two moments and were not revoked, in the order of their serial numbers, above `after`."""
        own = signer_certificates.c
        ends = (own.not_after > begin, own.not_after <= end, own.revoke_time.is_(None), own.serial > after)
        rows = fitting_page(self._tx, signer_certificates, select(signer_certificates).where(*ends), own.serial, count)
        return [_certificate(row._asdict()) for row in rows]

    def hold_key(self, spki: bytes) -> None:
        """Let nobody else have this public key certified until the transaction ends."""
        self._tx.hold(f"signer key {_digest(spki)}")

    def owners_of_key(self, spki: bytes) -> set[str]:
        """Return the departments for which this public key is certified."""
        query = select(signer_certificates.c.owner).where(signer_certificates.c.key_digest == _digest(spki))
        return set(self._tx.execute(query).scalars())

    def insert(self, certificate: SignerCertificate, spki: bytes) -> None:
        """Keep a certificate just issued, findable by its public key."""
        put(self._tx, signer_certificates, {"key_digest": _digest(spki), **asdict(certificate)})

    def revoke(self, revoked: SignerCertificate) -> None:
        """Keep a revocation; raise ConflictError where somebody revoked it in between."""
        values = {"revoke_time": revoked.revoke_time, "revoke_reason": revoked.revoke_reason}
        # None becomes IS NULL: there is no revision, and a certificate is revoked once
        swap(self._tx, signer_certificates, {"serial": revoked.serial, "revoke_time": None}, values, revoked.name)

    def look_up(self, serial: str) -> SignerCertificate | None:
        """Return the certificate of that serial number, None where the hub issued none; raise IntegrityError where its row was changed.

        `find` leaves such a row out, and a revoked certificate would look as if it were not.
        """
        query = select(signer_certificates).where(signer_certificates.c.serial == serial)
        row = checked(self._tx, signer_certificates, self._tx.execute(query).first())
        return None if row is None else _certificate(row._asdict())

    @classmethod
    def unknown(cls) -> NotFoundError:
        """Return the error for what does not exist, and for what the caller may not know to exist: they look the same."""
        return NO_SUCH_THING(thing=SIGNER_PROCEDURE.thing)

    def _read(self, query: Select[Any]) -> dict[str, SignerCertificate]:
        rows = (row._asdict() for row in fitting(self._tx, signer_certificates, self._tx.execute(query).all()))
        return {row["serial"]: _certificate(row) for row in rows}


def _certificate(row: dict[str, Any]) -> SignerCertificate:
    return SignerCertificate(**{name: value for name, value in row.items() if name != "key_digest"})


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
