"""Certificates of those who sign for a department: issued for a key that never comes here, revoked for a reason."""

from certs.store import DepartmentStore
from hub.access import Caller
from hub.errors import InvalidInputError
from seals.actions.desk import SIGNERS, Desk, check_officer, id_of, other
from seals.model import SignerCertificate
from seals.store import SignerCertificateStore


class SignerActions(Desk):
    """Issuing and revoking signers' certificates."""

    def issue_signer_certificate(self, caller: Caller, csr: bytes, officer: str) -> SignerCertificate:
        """Certify the key of a PKCS#10 request for the caller's department, under the name that the hub knows it by."""
        check_officer(officer)
        with self._db.begin() as tx:
            department = DepartmentStore(tx).get(caller.department)
            certificate, spki = self._office.certify(csr, department.title, department.uscc)
            store = SignerCertificateStore(tx)
            if store.owners_of_key(spki) - {caller.department}:
                raise InvalidInputError(
                    "this key is certified for another department", field="csr", zh="该公钥已为其他部门签发证书",
                    next_action="make a new key pair and ask again", reason="KEY_OF_OTHER_DEPARTMENT",
                )  # fmt: skip
            store.insert(certificate, spki)
            self._record(tx, caller, self._clock.now(), "IssueSignerCertificate", certificate.name, officer)
        return certificate

    def revoke_signer_certificate(self, caller: Caller, name: str, reason: str, officer: str) -> SignerCertificate:
        """Revoke a certificate, its owner or the authority: when this returns, nothing signed with it from now on is valid."""
        check_officer(officer)
        serial = id_of(name, SIGNERS)
        with self._db.begin() as tx:
            now, store = self._clock.now(), SignerCertificateStore(tx)
            revoked = store.get(serial).revoke(caller, reason, now)
            store.revoke(revoked)
            self._record(tx, caller, now, "RevokeSignerCertificate", revoked.name, officer, other=other(caller, revoked.owner), reason=reason)
        return revoked
