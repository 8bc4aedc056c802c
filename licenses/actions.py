"""What departments, the authority and passers-by can do with licenses. The hub never holds a department's key: it prepares, the department signs."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from audit.log import AuditLog
from audit.model import Actor, Event, Kind, Subject
from certs.store import DepartmentStore
from hub.access import Caller, Role
from hub.clock import Clock
from hub.db import Database, RequestIds, Tx, revision_of
from hub.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from hub.ids import Ids
from hub.keys import Es256Signer
from hub.paging import from_token, page_size, to_token
from licenses import code, cose, status_list, trust_list
from licenses.identifier import LicenseIdentifier
from licenses.license_type import LicenseType, LicenseTypes
from licenses.live import KEYS, STATUS, LiveLicenses
from licenses.model import USUAL_WINDOW, Draft, IssuingKey, License, day_of, end_of
from licenses.status_list import SHARD, StatusReference, free_index
from licenses.store import ContentBox, IssuingKeyStore, LicenseStore
from licenses.verification import Verdict, verify

PROOF: Final = b"shuniu-issuing-key\n"
FULL: Final = SHARD * 9 // 10
_USUAL, _MOST = 50, 200
_SERIAL_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DOMAIN: Final = {"111": "cn-id", "001": "uscc"}
StampJudge = Callable[[bytes, bytes, str, datetime], None]
"""Raises InvalidInputError unless the stamp (DER) is VALID over these bytes and its seal belongs to the department: (stamp, data, USCC, at)."""


class LicenseActions:
    """Keys, licenses, lists and verification of one hub."""

    def __init__(
        self,
        db: Database,
        log: AuditLog,
        clock: Clock,
        ids: Ids,
        types: LicenseTypes,
        live: LiveLicenses,
        box: ContentBox,
        signer: Es256Signer,
        uri_of: Callable[[int], str],
        judge_stamp: StampJudge,
    ) -> None:
        """Take the registry in memory, the key of stored contents, the hub's list signer and the judge of seals."""
        self._db = db
        self._log = log
        self._clock = clock
        self._ids = ids
        self._types = types
        self._live = live
        self._box = box
        self._signer = signer
        self._uri_of = uri_of
        self._judge_stamp = judge_stamp
        key = load_pem_public_key(signer.public_pem)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise TypeError("the list signer is an ES256 signer")
        self._kid = cose.key_id(key)

    @property
    def types(self) -> LicenseTypes:
        """Return the license types."""
        return self._types

    # keys

    def register_key(
        self, caller: Caller, public_key: bytes, license_types: tuple[str, ...], not_after: datetime | None, proof: bytes, officer: str
    ) -> IssuingKey:
        """Register the caller's public key, pending; `proof` shows that the caller holds the private one."""
        named(officer, "officer")
        at = self._clock.now().replace(microsecond=0)
        parsed = cose.public_key_from_der(public_key)
        for type_code in license_types:
            self._types.known(type_code)
        _check_signature(parsed, PROOF + public_key, proof, "proof")
        key = IssuingKey(cose.key_id(parsed), public_key, caller.department, license_types, at, not_after or at + USUAL_WINDOW)
        with self._db.begin() as tx:
            IssuingKeyStore(tx).insert(key)
            self._changed(tx, caller, "licenses.RegisterIssuingKey", key.name, officer)
        return key

    def admit_key(self, caller: Caller, kid: bytes, etag: str, officer: str) -> IssuingKey:
        """Put a key on the trust list."""
        named(officer, "officer")
        return self._change_key(caller, kid, etag, "licenses.AdmitIssuingKey", officer, "", lambda key, at: key.admit(at))

    def revoke_key(self, caller: Caller, kid: bytes, etag: str, reason: str, officer: str) -> IssuingKey:
        """Revoke a key: the department's own, or any by the authority."""
        named(officer, "officer")

        def revoke(key: IssuingKey, at: datetime) -> IssuingKey:
            if caller.department != key.department and Role.AUTHORITY not in caller.roles:
                raise NotAllowedError(
                    "only its department or the authority may revoke a key", zh="仅密钥所属部门或主管部门可吊销", reason="NOT_OWNER"
                )
            return key.revoke(at, reason)

        return self._change_key(caller, kid, etag, "licenses.RevokeIssuingKey", officer, reason, revoke)

    # licenses

    def prepare(self, caller: Caller, draft: Draft, officer: str, case_number: str, request_id: str, content: bytes) -> License:
        """Check the content, reserve identifier and status place, and return the license with the bytes that the department signs."""
        named(officer, "officer")
        named(case_number, "case_number")
        at = self._clock.now().replace(microsecond=0)
        kind = self._types.known(draft.license_type)
        _check_content(kind, draft)
        with self._db.begin() as tx:
            store, requests = LicenseStore(tx, self._box), RequestIds(tx)
            if (known := requests.answered(caller.name, "PrepareLicense", request_id, content)) is not None:
                return store.get(known)
            key = IssuingKeyStore(tx).get(draft.kid)
            if key.department != caller.department:
                raise NotFoundError("there is no such issuing key of your department", zh="本部门无此签发密钥", next_action="register a key")
            key.signs(draft.license_type, at)
            if store.has_serial(draft.license_type, caller.department, draft.number):
                raise InvalidInputError(
                    "a license of this type and number is in force",
                    field="number",
                    zh="同类同号证照已存在",
                    next_action="revoke it first, or mend the number",
                )
            license_ = self._drafted(tx, store, caller, kind, draft, at)
            store.insert(license_, self._ids.new(at), secrets.token_bytes(12))
            requests.remember(caller.name, "PrepareLicense", request_id, content, license_.identifier, at)
            subject = _subject(license_)
            self._changed(tx, caller, "licenses.PrepareLicense", license_.name, officer, case_number=case_number, subject=subject)
        return license_

    def issue(self, caller: Caller, identifier: str, etag: str, signature: bytes, officer: str) -> License:
        """Take the department's signature over the prepared bytes; the license is in force when this returns."""
        named(officer, "officer")

        def sign(license_: License, tx: Tx, at: datetime) -> License:
            key = IssuingKeyStore(tx).get(license_.kid)
            key.signs(license_.license_type, at)
            unsigned = cose.Unsigned(license_.protected, license_.payload)
            _check_signature(cose.public_key_from_der(key.public_key), unsigned.to_be_signed, signature, "signature")
            return license_.issue(unsigned.assemble(signature), at)

        return self._change(caller, identifier, etag, "licenses.IssueLicense", officer, "", sign)

    def attach_stamp(self, caller: Caller, identifier: str, etag: str, stamp: bytes) -> License:
        """Attach the department's seal over the license's signed bytes; it must verify as VALID right now."""

        def attach(license_: License, _tx: Tx, at: datetime) -> License:
            attached = license_.attach(stamp)
            self._judge_stamp(stamp, license_.signed_bytes, license_.issuer, at)
            return attached

        return self._change(caller, identifier, etag, "licenses.AttachStamp", "", "", attach)

    def suspend(self, caller: Caller, identifier: str, etag: str, reason: str, officer: str) -> License:
        """Make a license not valid for now."""
        named(officer, "officer")
        return self._change(caller, identifier, etag, "licenses.SuspendLicense", officer, reason, lambda one, _tx, _at: one.suspend(reason))

    def resume(self, caller: Caller, identifier: str, etag: str, reason: str, officer: str) -> License:
        """Put a suspended license in force again."""
        named(officer, "officer")
        return self._change(caller, identifier, etag, "licenses.ResumeLicense", officer, reason, lambda one, _tx, _at: one.resume(reason))

    def revoke(self, caller: Caller, identifier: str, etag: str, reason: str, officer: str) -> License:
        """Make a license not valid for good; online verification says so from the next call on."""
        named(officer, "officer")
        return self._change(caller, identifier, etag, "licenses.RevokeLicense", officer, reason, lambda one, _tx, _at: one.revoke(reason))

    def get(self, caller: Caller, identifier: str) -> License:
        """Return a license to its issuer or the authority."""
        with self._db.read() as tx:
            license_ = LicenseStore(tx, self._box).get(identifier)
        if license_.issuer != caller.department and Role.AUTHORITY not in caller.roles:
            raise NotFoundError("there is no such license", zh="证照不存在")
        return license_

    def list(self, caller: Caller, size: int, token: str) -> tuple[list[License], str]:
        """Return a page of the caller's licenses, newest first."""
        count = page_size(size, _USUAL, _MOST)
        position = from_token(token, 1)
        with self._db.read() as tx:
            found = LicenseStore(tx, self._box).list(caller.department, str(position[0]) if position else "", count + 1)
        return [one for _, one in found[:count]], to_token(found[count - 1][0]) if len(found) > count else ""

    # verification: in memory, for everybody

    def verify_code(self, text: str) -> tuple[Verdict, str]:
        """Return the verdict on a code and, where the license is suspended or revoked, the issuer's words for it."""
        verdict = verify(text, self._live.trust(), self._live, self._clock.now())
        return verdict, self._live.reason(verdict.status) if verdict.status is not None else ""

    def trust_list(self) -> tuple[bytes, bytes]:
        """Return the signed trust list and the PEM of the key that signs lists."""
        return trust_list.encode(self._live.trust(), self._kid, self._signer.sign), self._signer.public_pem

    def status_list(self, shard: int) -> tuple[bytes, str]:
        """Return a signed status list and its URI; a shard that was never begun is not found."""
        with self._db.read() as tx:
            newest, _ = LicenseStore(tx, self._box).count_in_newest_shard()
        if not 0 <= shard <= newest:
            raise NotFoundError("there is no such status list", zh="状态列表不存在")
        uri = self._uri_of(shard)
        at = int(self._clock.now().timestamp())
        return status_list.encode(self._live.bits(shard), uri, self._kid, at, self._signer.sign), uri

    def _drafted(self, tx: Tx, store: LicenseStore, caller: Caller, kind: LicenseType, draft: Draft, at: datetime) -> License:
        today = day_of(at)
        first = draft.valid_from or today
        last = draft.valid_to or kind.validity.last_day(first)
        if not kind.longest.allows(first, last) or (last is not None and last < max(first, today)):
            raise InvalidInputError("the validity is not one that this type allows", field="valid_to", zh="有效期不符合该类证照的规定")
        newest, count = store.count_in_newest_shard()
        shard = newest + 1 if count >= FULL else newest
        index = free_index(secrets.randbelow, lambda place: store.taken(shard, place))
        serial = "".join(secrets.choice(_SERIAL_ALPHABET) for _ in range(12))
        identifier = LicenseIdentifier.build(kind.code, caller.department, serial)
        holder = draft.holders[0]
        claims = code.CodeClaims(
            issuer=caller.department,
            identifier=identifier,
            issued_at=int(at.timestamp()),
            expires_at=None if last is None else int(end_of(last).timestamp()),
            status=StatusReference(self._uri_of(shard), index),
            number=draft.number,
            name=kind.zh,
            holder_short=code.holder_short(holder.title, holder.code_type),
            issue_date=today,
            public=code.public_map(kind.public_of(draft.fields)),
        )
        unsigned = code.prepare(claims, draft.kid)
        return License(
            identifier=str(identifier),
            license_type=kind.code,
            number=draft.number,
            issuer=caller.department,
            issuer_title=DepartmentStore(tx).get(caller.department).title,
            issue_date=today,
            valid_from=first,
            valid_to=last,
            holders=draft.holders,
            fields=dict(draft.fields),
            kid=draft.kid,
            protected=unsigned.protected,
            payload=unsigned.payload,
            status_shard=shard,
            status_index=index,
            status_uri=self._uri_of(shard),
            create_time=at,
        )

    def _change(
        self,
        caller: Caller,
        identifier: str,
        etag: str,
        action: str,
        officer: str,
        reason: str,
        step: Callable[[License, Tx, datetime], License],
    ) -> License:
        at = self._clock.now()
        with self._db.begin() as tx:
            store = LicenseStore(tx, self._box)
            before = store.get(identifier)
            before.may(caller.department)
            _same(before.revision, etag)
            after = step(before, tx, at)
            store.replace(before, after)
            tx.announce(STATUS, identifier)
            self._changed(tx, caller, action, after.name, officer, reason, subject=_subject(after))
        return after

    def _change_key(
        self, caller: Caller, kid: bytes, etag: str, action: str, officer: str, reason: str, step: Callable[[IssuingKey, datetime], IssuingKey]
    ) -> IssuingKey:
        at = self._clock.now()
        with self._db.begin() as tx:
            store = IssuingKeyStore(tx)
            before = store.get(kid)
            _same(before.revision, etag)
            after = step(before, at)
            store.replace(before, after)
            tx.announce(KEYS, kid.hex())
            self._changed(tx, caller, action, after.name, officer, reason)
        return after

    def _changed(
        self,
        tx: Tx,
        caller: Caller,
        action: str,
        resource: str,
        officer: str,
        reason: str = "",
        *,
        case_number: str = "",
        subject: Subject | None = None,
    ) -> None:
        self._log.append(
            tx,
            Event(
                kind=Kind.CHANGE,
                at=self._clock.now(),
                action=action,
                actor=Actor(caller.department, caller.system, officer),
                resource=resource,
                case_number=case_number,
                subject=subject,
                reason=reason,
                status="ok",
            ),
        )


def named(value: str, what: str) -> None:
    """Refuse an act for which nobody answers, or that belongs to no case."""
    if not value.strip():
        raise InvalidInputError(
            f"{what} is missing", field=what, zh="缺少经办人或办件编号", next_action=f"send {what}", reason="MISSING_" + what.upper()
        )


def _check_content(kind: LicenseType, draft: Draft) -> None:
    kind.check(draft.fields)
    if not 1 <= len(draft.holders) <= kind.holders:
        raise InvalidInputError(f"this type has 1 to {kind.holders} holders", field="holders", zh="持证主体数量不符")
    for holder in draft.holders:
        if holder.code_type not in kind.holder_kinds or not holder.title.strip() or not holder.code.strip():
            raise InvalidInputError(
                "a holder has a name, a code and a kind of code that this type allows", field="holders", zh="持证主体信息不完整或类型不符"
            )


def _check_signature(key: ec.EllipticCurvePublicKey, data: bytes, signature: bytes, field: str) -> None:
    if len(signature) != 64 or not cose.verifies(key, signature, data):  # noqa: PLR2004 - ES256, RFC 9053 section 2.1
        raise InvalidInputError(
            "the signature is not the registered key's over these bytes", field=field, zh="签名与登记密钥不符", reason="SIGNATURE_WRONG"
        )


def _same(revision: int, etag: str) -> None:
    if revision_of(etag) != revision:
        raise ConflictError("somebody changed it in between", zh="数据已被他人修改", next_action="read it again and decide again")


def _subject(license_: License) -> Subject | None:
    holder = license_.holders[0]
    domain = _DOMAIN.get(holder.code_type)
    return Subject(domain, holder.code) if domain else None
