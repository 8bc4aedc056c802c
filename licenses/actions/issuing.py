"""Licenses: prepared by the hub, signed by the department, stamped, suspended, resumed, revoked."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from certs.store import DepartmentStore
from hub.access import Caller, Role
from hub.citizen_id import is_citizen_id
from hub.db import RequestIds, Tx
from hub.errors import InvalidInputError, NotFoundError
from hub.ids import LENGTH
from hub.paging import from_token, page_size, to_token
from hub.subject import Subject
from licenses import code, cose
from licenses.actions.desk import Desk, check_signature, named, same
from licenses.identifier import LicenseIdentifier
from licenses.license_type import PERSON, LicenseType
from licenses.live import STATUS
from licenses.model import Draft, Holder, License, check_plain, day_of, end_of
from licenses.status_list import SHARD, StatusReference, free_index
from licenses.store import IssuingKeyStore, LicenseStore

FULL: Final = SHARD * 9 // 10
_PROBES: Final = 3
_USUAL, _MOST = 50, 200
_SERIAL_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DOMAIN: Final = {"111": "cn-id", "001": "uscc"}
_LONGEST_NUMBER, _LONGEST_NAME = 64, 64


class IssuingActions(Desk):
    """What an issuing department can do with its licenses."""

    def prepare(self, caller: Caller, draft: Draft, officer: str, case_number: str, request_id: str, content: bytes) -> License:
        """Check the content, reserve identifier and status place, and return the license with the bytes that the department signs.

        Until it is issued, online verification calls it suspended; one that will not be issued is revoked, which also frees its number.
        """
        named(officer, "officer")
        named(case_number, "case_number")
        now = self._clock.now()
        at = now.replace(microsecond=0)
        check_plain(request_id, "request_id", _LONGEST_NAME)
        kind = self._types.known(draft.license_type)
        draft = _checked(kind, draft)
        digest = self._box.fingerprint(content)
        with self._db.begin() as tx:
            IssuingKeyStore(tx).lock(caller.department)  # one at a time: of two with the same number or request_id the second sees the first
            store, requests = LicenseStore(tx, self._box), RequestIds(tx)
            if (known := requests.answered(caller.name, "PrepareLicense", request_id, digest)) is not None:
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
            store.insert(license_, self._ids.new(now), secrets.token_bytes(12))
            tx.announce(STATUS, license_.identifier)
            requests.remember(caller.name, "PrepareLicense", request_id, digest, license_.identifier, at)
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
            check_signature(cose.public_key_from_der(key.public_key), unsigned.to_be_signed, signature, "signature")
            return license_.issue(unsigned.assemble(signature), at)

        return self._change(caller, identifier, etag, "licenses.IssueLicense", officer, "", sign)

    def attach_stamp(self, caller: Caller, identifier: str, etag: str, stamp: bytes) -> License:
        """Attach the department's seal over the license's signed bytes; it must verify as VALID right now.

        The seal is judged before the transaction: that takes long, and nobody writes meanwhile. The etag binds it to the same bytes.
        """
        with self._db.read() as tx:
            license_ = LicenseStore(tx, self._box).get(identifier)
        license_.may(caller.department)
        same(license_.revision, etag)
        license_.attach(stamp)
        self._judge_stamp(stamp, license_.signed_bytes, license_.issuer, self._clock.now())
        return self._change(caller, identifier, etag, "licenses.AttachStamp", "", "", lambda one, _tx, _at: one.attach(stamp))

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
        """Return a license: whole to its issuer, to the authority with no more of the holders than stands on the code."""
        with self._db.read() as tx:
            license_ = LicenseStore(tx, self._box).get(identifier)
        if license_.issuer == caller.department:
            return license_
        if Role.AUTHORITY not in caller.roles:
            raise NotFoundError("there is no such license", zh="证照不存在")
        kind = self._types.known(license_.license_type)
        holders = tuple(Holder(code.holder_short(one.title, one.code_type), "", one.code_type) for one in license_.holders)
        return replace(license_, holders=holders, fields=kind.public_of(license_.fields))

    def list(self, caller: Caller, size: int, token: str) -> tuple[list[License], str]:
        """Return a page of the caller's licenses, newest first."""
        count = page_size(size, _USUAL, _MOST)
        before = _place_of(token)
        with self._db.read() as tx:
            found = LicenseStore(tx, self._box).list(caller.department, before, count + 1)
        return [one for _, one in found[:count]], to_token(found[count - 1][0]) if len(found) > count else ""

    def _drafted(self, tx: Tx, store: LicenseStore, caller: Caller, kind: LicenseType, draft: Draft, at: datetime) -> License:
        today = day_of(at)
        first, last = _term_of(kind, draft, today)
        shard, index = _place(store)
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
            same(before.revision, etag)
            after = step(before, tx, at)
            store.replace(before, after)
            tx.announce(STATUS, identifier)
            self._changed(tx, caller, action, after.name, officer, reason, subject=_subject(after))
        return after


def _checked(kind: LicenseType, draft: Draft) -> Draft:
    """Return the draft with its holders' codes as they are written everywhere, or refuse what this type does not allow."""
    check_plain(draft.number, "number", _LONGEST_NUMBER)
    kind.check(draft.fields)
    if not 1 <= len(draft.holders) <= kind.holders:
        raise InvalidInputError(f"this type has 1 to {kind.holders} holders", field="holders", zh="持证主体数量不符")
    return replace(draft, holders=tuple(_holder(kind, one) for one in draft.holders))


def _holder(kind: LicenseType, holder: Holder) -> Holder:
    written = holder.code.strip().upper()
    if holder.code_type not in kind.holder_kinds or not holder.title.strip() or not written:
        raise InvalidInputError(
            "a holder has a name, a code and a kind of code that this type allows", field="holders", zh="持证主体信息不完整或类型不符"
        )
    if holder.code_type == PERSON and not is_citizen_id(written):
        raise InvalidInputError(
            "a holder's ID number is mistyped", field="holders", zh="持证人公民身份号码有误", next_action="compare the number with the document"
        )
    return replace(holder, code=written)


def _term_of(kind: LicenseType, draft: Draft, today: date) -> tuple[date, date | None]:
    """Return the first and the last day. A code says when it ends but not when it begins, so nothing is issued ahead of its time."""
    first = draft.valid_from or today
    if first > today:
        raise InvalidInputError(
            "a license is not issued before it begins", field="valid_from", zh="起始日期不得晚于今天", next_action="prepare it on the day it begins"
        )
    last = draft.valid_to or kind.validity.last_day(first)
    if not kind.longest.allows(first, last) or (last is not None and last < today):
        raise InvalidInputError("the validity is not one that this type allows", field="valid_to", zh="有效期不符合该类证照的规定")
    return first, last


def _place(store: LicenseStore) -> tuple[int, int]:
    """Return a free place in the newest shard; the next one is begun when this one is nearly full. Places are counted only when some are hit."""
    shard = store.newest_shard()
    if all(store.taken(shard, secrets.randbelow(SHARD)) for _ in range(_PROBES)) and store.count(shard) >= FULL:
        shard += 1
    return shard, free_index(secrets.randbelow, lambda place: store.taken(shard, place))


def _place_of(token: str) -> str:
    """Return where the next page begins, empty for the first."""
    position = from_token(token, 1)
    if position is None:
        return ""
    if not isinstance(position[0], str) or not position[0].isalnum() or len(position[0]) != LENGTH:
        raise InvalidInputError("page_token was not made by this hub", field="page_token", zh="分页标记无效", next_action="start from the first page")
    return position[0]


def _subject(license_: License) -> Subject | None:
    holder = license_.holders[0]
    domain = _DOMAIN.get(holder.code_type)
    return Subject(domain, holder.code) if domain else None
