"""A newer license takes the place of one: by itself, or because an objection to the old one was right."""

from dataclasses import replace

from brokerage.licenses import LicenseCorrection
from hub.db import Tx
from hub.unit_of_work import Change, Step
from licenses.actions.register import ActionsOnLicenses
from licenses.identifier import identifier_of
from licenses.live import STATUS
from licenses.model import LICENSE_PROCEDURE, License, LicenseOfficer, LicenseState
from licenses.reasons.succession import SUCCESSOR_MISSING, SUCCESSOR_NOT_NEEDED
from licenses.store import LicenseStore

_ENDED = frozenset({LicenseState.REVOKED, LicenseState.SUPERSEDED})


class SuccessionActions(ActionsOnLicenses):
    """What supersedes a license; it is also what the brokerage asks about licenses (`brokerage.licenses.Licenses`)."""

    def supersede(self, step: Step, successor: str) -> License:
        """Let the successor (resource name) take the license's place; online verification says so from the next call on."""
        with self.change(self._licenses, "licenses.SupersedeLicense", step, by_officer=LicenseOfficer) as it:
            store = LicenseStore(it.tx, self._register.box)
            new = self._own(store, it.before, successor)
            it.after = it.before.supersede(it.caller, new, step.reason)
            self._follow(it.tx, store, it.before, new)
            it.record(subject=it.after.subject, reason=it.after.reason, detail={"successor": new.name})
        return it.after

    def issuer_of(self, tx: Tx, name: str, /) -> str:
        """Return the department that issued a license; a draft is none yet."""
        found = LicenseStore(tx, self._register.box).get(name.partition("/")[2])
        if found.state is LicenseState.DRAFT or not found.signed_bytes:
            raise LicenseStore.unknown()
        return found.issuer

    def correct(self, tx: Tx, correction: LicenseCorrection, /) -> tuple[Change, ...]:
        """Let the successor take the place of a license found wrong; of one that was revoked or superseded meanwhile there is nothing to do."""
        store = LicenseStore(tx, self._register.box)
        before = store.get(identifier_of(correction.license))
        if before.state in _ENDED:
            if correction.successor and (not before.superseded_by or correction.successor != f"licenses/{before.superseded_by}"):
                raise SUCCESSOR_NOT_NEEDED(field="successor", state=LICENSE_PROCEDURE.states[before.state])
            return ()
        if not correction.successor:
            raise SUCCESSOR_MISSING(field="successor")
        new = self._own(store, before, correction.successor)
        after = before.supersede(correction.caller, new, correction.reason, "outcome")
        store.replace(before, after)
        tx.announce(STATUS, after.identifier)
        self._follow(tx, store, before, new)
        change = Change(at=correction.at, action="licenses.SupersedeLicense", actor=correction.caller, officer=correction.officer)
        return (replace(change, resource=after.name, subject=after.subject, reason=after.reason, detail={"successor": new.name}),)

    @staticmethod
    def _own(store: LicenseStore, before: License, successor: str) -> License:
        """Return the license that is to take another's place; one of another department looks as if it did not exist."""
        new = store.get(identifier_of(successor, "successor"))
        if new.issuer != before.issuer:
            raise store.unknown()
        return new

    @staticmethod
    def _follow(tx: Tx, store: LicenseStore, before: License, new: License) -> None:
        store.replace(new, new.follow(before))
        tx.announce(STATUS, new.identifier)
