"""Certificates of those who sign for a department: issued for a key that never comes here, revoked for a reason."""

from certs.store import DepartmentStore
from hub.access import Caller
from hub.desk import Thing
from hub.resource import id_of, visible
from hub.unit_of_work import Change, Step
from seals.actions.office import OfficeActions, other, with_officer
from seals.model import SERIAL, SignerCertificate, told_of_seal
from seals.reasons import KEY_OF_OTHER_DEPARTMENT
from seals.store import SignerCertificateStore


class SignerActions(OfficeActions):
    """Issuing and revoking signers' certificates."""

    def issue_signer_certificate(self, step: Step, csr: bytes) -> SignerCertificate:
        """Certify the key of a PKCS#10 request for the caller's department, under the name that the hub knows it by."""
        step = with_officer(step)
        certificate, spki = self._certify(step.caller, csr)
        with self._db.begin() as tx:
            store = SignerCertificateStore(tx)
            store.hold_key(spki)  # looking for other owners and writing are two statements: of two requests at once, the second waits
            if store.owners_of_key(spki) - {step.caller.department}:
                raise KEY_OF_OTHER_DEPARTMENT(field="csr")
            store.insert(certificate, spki)
            action = "seals.IssueSignerCertificate"
            change = Change(at=self._clock.now(), action=action, actor=step.caller, officer=step.officer, resource=certificate.name)
            self._journal.write(tx, change)
        return certificate

    def revoke_signer_certificate(self, step: Step) -> SignerCertificate:
        """Revoke a certificate, its owner or the authority: when this returns, nothing signed with it from now on is valid."""
        step = with_officer(step)
        serial = id_of(step.name, "signerCertificates", shape=SERIAL)
        with self._db.begin() as tx:
            now, store = self._clock.now(), SignerCertificateStore(tx)
            # without an etag: a certificate changes once, and `store.revoke` writes only where it has not changed yet
            after = visible(store.get(serial), step.caller, store.unknown).revoke(step.caller, step.reason, now)
            store.revoke(after)
            if told := told_of_seal("signer_certificate_revoked", after, step.caller.department):
                self._desk.tell(tx, Thing(after.name, after.serial), told, now)
            change = Change(
                at=now,
                action="seals.RevokeSignerCertificate",
                actor=step.caller,
                officer=step.officer,
                resource=after.name,
                other=other(step.caller, after.owner),
                reason=after.revoke_reason,
            )
            self._journal.write(tx, change)
        return after

    def _certify(self, caller: Caller, csr: bytes) -> tuple[SignerCertificate, bytes]:
        """Return the certificate and its key; checking the request and signing happen while nobody waits for the database."""
        with self._db.read() as tx:
            department = DepartmentStore(tx).get(caller.department)
        return self._office.certify(csr, department.title, department.uscc)
