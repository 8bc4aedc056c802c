"""Issuing keys: a department registers its public half, the authority admits it, either revokes it."""

from datetime import datetime

from hub.access import Caller, Role
from hub.paging import page_size, place_of, to_token
from hub.unit_of_work import Change, Step
from licenses.actions.posting import ISSUING_KEYS
from licenses.actions.register import ActionsOnLicenses
from licenses.model import KID, USUAL_WINDOW, IssuingKey, KeyRegistration, KeyState, LicenseOfficer, told_of_key
from licenses.reasons.issuing import PROOF_NOT_FOR_THIS
from licenses.store import IssuingKeyStore
from shuniu.codes import cose
from shuniu.codes.es256 import verifies_es256
from shuniu.possession import issuing_key_proof


def _kid_in(part: str | int) -> str:
    """Return the key id in a page token; raise ValueError for anything else."""
    if KID.fullmatch(str(part)) is None:
        raise ValueError(part)
    return str(part)


_USUAL, _MOST = 50, 200


class KeyActions(ActionsOnLicenses):
    """What can be done with issuing keys."""

    def register_key(self, step: Step, wanted: KeyRegistration) -> IssuingKey:
        """Register the caller's public key, pending; the proof shows that the caller holds the private one."""
        officer = LicenseOfficer(step.officer)
        now = self._clock.now()
        # the trust list tells time in seconds
        begin = now.replace(microsecond=0)
        public = cose.public_key_from_der(wanted.public_key)
        license_types = tuple(dict.fromkeys(wanted.license_types))
        for type_code in license_types:
            self.types.find(type_code)
        hub, department = self._register.live.publisher, step.caller.department
        # it names hub, department and types: a request that somebody copied proves nothing elsewhere
        if not verifies_es256(public, wanted.proof, issuing_key_proof(hub, department, license_types, wanted.public_key)):
            raise PROOF_NOT_FOR_THIS(field="proof", hub=hub, department=department)
        key = IssuingKey(
            kid=cose.key_id(public),
            public_key=wanted.public_key,
            department=department,
            license_types=license_types,
            not_before=begin,
            not_after=wanted.not_after or begin + USUAL_WINDOW,
        )
        with self._db.begin() as tx:  # nothing is announced: a pending key is on no list
            IssuingKeyStore(tx).insert(key)
            self._post(tx, ISSUING_KEYS, key, (), now)
            record = Change(at=now, action="licenses.RegisterIssuingKey", actor=step.caller, officer=officer, resource=key.name)
            self._journal.write(tx, record)
        return key

    def list_keys(self, caller: Caller, size: int, token: str, state: KeyState | None = None) -> tuple[list[IssuingKey], str]:
        """Return a page of keys, ordered by their ids: the caller's own, to the authority those of all departments."""
        count = page_size(size, _USUAL, _MOST)
        after = place_of(token, 1, _kid_in) or ""
        owner = None if Role.AUTHORITY in caller.roles else caller.department
        with self._db.read() as tx:
            found = IssuingKeyStore(tx).page(owner, after, count + 1, state)
        return found[:count], to_token(found[count - 1].kid.hex()) if len(found) > count else ""

    def admit_key(self, step: Step) -> IssuingKey:
        """Put a key on the trust list."""
        with self.change(ISSUING_KEYS, "licenses.AdmitIssuingKey", step, by_officer=LicenseOfficer) as it:
            it.after = it.before.admit(it.caller, it.at)
            it.tell(*told_of_key("key_admitted", it.after))
        return it.after

    def revoke_key(self, step: Step) -> IssuingKey:
        """Revoke a key: the department's own, or any by the authority."""
        with self.change(ISSUING_KEYS, "licenses.RevokeIssuingKey", step, by_officer=LicenseOfficer) as it:
            it.after = it.before.revoke(it.caller, it.at, step.reason)
            it.tell(*told_of_key("key_revoked", it.after, it.caller.department))
            it.record(reason=it.after.reason)
        return it.after

    def retire_key(self, step: Step, since: datetime | None) -> IssuingKey:
        """Retire a key: the department's own, or any by the authority. What it signed until `since` (None: now) stays valid."""
        with self.change(ISSUING_KEYS, "licenses.RetireIssuingKey", step, by_officer=LicenseOfficer) as it:
            it.after = it.before.retire(it.caller, it.at, step.reason, since)
            it.tell(*told_of_key("key_retired", it.after, it.caller.department))
            it.record(reason=it.after.reason)
        return it.after
