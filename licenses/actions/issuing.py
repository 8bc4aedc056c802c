"""Licenses: prepared by the hub, signed by the department, stamped, suspended, resumed, revoked."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from certs.store import DepartmentStore
from hub.access import Caller
from hub.clock import day_in_china
from hub.db import Tx
from hub.faults import Faults
from hub.ids import LENGTH
from hub.paging import from_token, page_size, to_token
from hub.reasons import PAGE_TOKEN_FOREIGN
from hub.resource import check_etag, visible
from hub.showing import Look
from hub.unit_of_work import Move, Step
from licenses.actions.register import ActionsOnLicenses, check_signature
from licenses.identifier import identifier_of
from licenses.license_type import LicenseType
from licenses.model import (
    LICENSE_PROCEDURE,
    Draft,
    IssuingKey,
    License,
    LicenseCase,
    LicenseOfficer,
    LicenseRequestId,
    LicenseStep,
    Wanted,
    end_of,
)
from licenses.places import free_place
from licenses.preparation import SERIAL_ALPHABET, SERIAL_CHARACTERS, Preparation
from licenses.reasons.issuing import KEY_OF_OTHERS, NUMBER_IN_FORCE, PAGES_UNREACHABLE, PERSONAL_DATA_IN_TEXT
from licenses.store import IssuingKeyStore, LicenseStore, has_licenses
from shuniu.codes import cose
from shuniu.codes.status_list import StatusReference

ALL = Wanted()
_USUAL, _MOST = 50, 200


class IssuingActions(ActionsOnLicenses):
    """What an issuing department can do with its licenses."""

    def prepare(self, step: Step, draft: Draft, case_number: str, content: bytes, unread: Faults | None = None, *, supersedes: str = "") -> License:
        """Check the draft, reserve identifier and status place, and return the license with the bytes that the department signs.

        `content` is the whole request; it is compared under a key, because a bare hash of it could be searched for ID numbers. Until the
        license is issued, online verification does not know it; one that will not be issued is revoked, which also frees its number.
        `unread` is what was wrong with the draft when it was read: it is told together with what is wrong with the rest. `supersedes` (resource
        name) is the license whose place it is to take, which may have its number.
        """
        faults = Faults(unread)
        officer = faults.take(partial(LicenseOfficer, step.officer), "")
        case = faults.take(partial(LicenseCase, case_number), "")
        step = replace(step, officer=officer, request_id=faults.take(partial(LicenseRequestId, step.request_id), ""))
        kind = self.types.find(draft.license_type)
        draft = faults.take(partial(kind.admit, draft), draft)
        faults.refuse()
        # these go to the log in clear, where a holder's number must not stand
        for field, text in (("officer", officer), ("case_number", case), ("request_id", step.request_id)):
            if any(holder.stands_in(text) for holder in draft.holders):
                raise PERSONAL_DATA_IN_TEXT(field=field)

        def make(tx: Tx, at: datetime) -> tuple[License, Mapping[str, Any]]:
            former = self._former(tx, step.caller, kind, draft, supersedes) if supersedes else ""
            prepared = self._license_of(tx, step.caller, kind, draft, at, but=former)
            return prepared, {"case_number": case, "subject": prepared.subject}

        return self.create(self._licenses, "licenses.PrepareLicense", step, make, content=self._register.box.fingerprint(content))

    def issue(self, step: Step, signature: bytes) -> License:
        """Take the department's signature over the prepared bytes; the license is in force when this returns."""

        def sign(it: Move[License]) -> License:
            before = it.before
            key = IssuingKeyStore(it.tx).get(before.kid.hex())
            # once more: the key may have been revoked, or its term may have ended, since the license was prepared
            key.check_signs(before.license_type, it.at)
            unsigned = cose.Unsigned(before.protected, before.payload)
            check_signature(cose.stored_public_key(key.public_key), unsigned.to_be_signed, signature, "signature")
            return before.issue(it.caller, unsigned.assemble(signature), it.at)

        return self._move("licenses.IssueLicense", step, sign)

    def attach_stamp(self, step: Step, stamp: bytes) -> License:
        """Attach the department's seal over the license's signed bytes; it must verify as VALID right now.

        The seal is judged before the transaction: that takes long, and nobody writes meanwhile. The etag binds it to the same bytes.
        """
        with self._db.read() as tx:
            before = LicenseStore(tx, self._register.box).get(identifier_of(step.name))
        before.check_issuer(step.caller)
        check_etag(before, step.etag).attach(step.caller, stamp)
        self._register.judge_stamp(stamp, before.signed_bytes, before.issuer, self._clock.now())
        return self._move("licenses.AttachStamp", step, lambda it: it.before.attach(it.caller, stamp), by_officer=str)

    def suspend(self, step: Step) -> License:
        """Make a license not valid for now."""
        return self._move("licenses.SuspendLicense", step, lambda it: it.before.suspend(it.caller, step.reason))

    def resume(self, step: Step) -> License:
        """Put a suspended license in force again."""
        return self._move("licenses.ResumeLicense", step, lambda it: it.before.resume(it.caller, step.reason))

    def revoke(self, step: Step) -> License:
        """Make a license not valid for good; online verification says so from the next call on."""
        return self._move("licenses.RevokeLicense", step, lambda it: it.before.revoke(it.caller, step.reason))

    def get(self, caller: Caller, name: str, look: Look) -> License:
        """Return a license: whole to its issuer, to the authority with no more of the holders than stands on the code.

        The look is a record about the holder, durable before anything is shown, also to the issuer of the license.
        """
        whole = self.look(self._licenses, caller, name)
        other = "" if whole.keeper == caller.department else whole.keeper
        facts = {"resource": whole.name, "subject": whole.subject, "other": other}
        with self._db.begin() as tx:
            self._journal.write(tx, look.change(caller, self._clock.now(), "licenses.GetLicense", **facts))
        return whole if whole.keeper == caller.department else self.types.find(whole.license_type).outline(whole)

    def list(self, caller: Caller, size: int, token: str, wanted: Wanted = ALL) -> tuple[list[License], str]:
        """Return a page of the caller's licenses, newest first, without their content: that is shown one by one, against a reason."""
        count = page_size(size, _USUAL, _MOST)
        before = _seq_in(token)
        if wanted.license_type:
            self.types.find(wanted.license_type)
        with self._db.read() as tx:
            found = LicenseStore(tx, self._register.box).list(caller.department, before, count + 1, wanted)
        return found[:count], to_token(found[count - 1].seq) if len(found) > count else ""

    def _move(
        self, action: str, step: Step, decide: Callable[[Move[License]], License], *, by_officer: Callable[[str], str] = LicenseOfficer
    ) -> License:
        with self.change(self._licenses, action, step, by_officer=by_officer) as it:
            it.after = decide(it)
            it.record(subject=it.after.subject, reason=it.after.reason if step.reason else "")
        return it.after

    def _former(self, tx: Tx, caller: Caller, kind: LicenseType, draft: Draft, name: str) -> str:
        """Return the identifier of the license whose place the draft is to take."""
        former = LicenseStore(tx, self._register.box).get(identifier_of(name, "supersedes"))
        former.check_issuer(caller)
        LICENSE_PROCEDURE.after(former.state, LicenseStep.SUPERSEDE)
        former.check_same_kind(kind.code, draft.holders)
        return former.identifier

    def _license_of(self, tx: Tx, caller: Caller, kind: LicenseType, draft: Draft, now: datetime, *, but: str = "") -> License:
        issuer, at = caller.department, now.replace(microsecond=0)  # a code tells time in seconds
        key = _own_key(tx, caller, draft.kid)
        key.check_signs(kind.code, at)
        last = kind.term_of(draft, day_in_china(at))[1]
        key.check_outlives(None if last is None else end_of(last), at)
        store = LicenseStore(tx, self._register.box)
        # where licenses bear the address already, refusing the next one helps nobody
        if self._register.obstacle is not None and not has_licenses(tx):
            raise PAGES_UNREACHABLE(why=self._register.obstacle)
        # the lock on the department's keys (`ActionsOnLicenses`) keeps a second request out until the number is written
        if store.has_serial(kind.code, issuer, draft.number, but):
            raise NUMBER_IN_FORCE(field="number")
        # two departments that draw one place at once meet at the unique constraint, and one is asked to retry
        shard, index = free_place(store, secrets.randbelow)
        return Preparation(
            issuer=issuer,
            issuer_title=DepartmentStore(tx).get(issuer).title,
            at=at,
            serial="".join(secrets.choice(SERIAL_ALPHABET) for _ in range(SERIAL_CHARACTERS)),
            seq=self._ids.new(now),
            shard=shard,
            status=StatusReference(self._register.live.uri_of(shard), index),
        ).license_of(kind, draft)


def _own_key(tx: Tx, caller: Caller, kid: bytes) -> IssuingKey:
    key = visible(IssuingKeyStore(tx).get(kid.hex()), caller, IssuingKeyStore.unknown)
    if key.department != caller.department:
        raise KEY_OF_OTHERS()
    return key


def _seq_in(token: str) -> str:
    """Return where the next page begins, empty for the first."""
    position = from_token(token, 1)
    if position is None:
        return ""
    if not isinstance(position[0], str) or not position[0].isalnum() or len(position[0]) != LENGTH:
        raise PAGE_TOKEN_FOREIGN(field="page_token")
    return position[0]
