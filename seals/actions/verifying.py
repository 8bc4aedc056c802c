"""Verifying seals and stamps, of this hub and of others. Reads, and writes nothing.

What the register knows is read first and the transaction closed: a verification takes long, and holds nobody up.
"""

from dataclasses import replace
from datetime import datetime

from hub.errors import InvalidInputError
from seals.actions.office import OfficeActions
from seals.model import SealTrust, check_digest
from seals.office import serial_text
from seals.reasons import SEAL_OF_OTHER_OWNER, STAMP_DOES_NOT_HOLD
from seals.registry import Examination, Witness, registry_step, use_step, weigh
from seals.store import SealStore, SealTrustStore, SignerCertificateStore, StampStore
from shuniu.seals.certificate import Sm2Certificate, read_certificate
from shuniu.seals.chain import Trust, anchor_of
from shuniu.seals.reading import read_seal, read_signature
from shuniu.seals.report import Report
from shuniu.seals.structures import SesSignature
from shuniu.seals.verification import verify_seal, verify_signature
from shuniu.sm2 import sm3
from shuniu.words import Word


class VerifyActions(OfficeActions):
    """Verification."""

    def verify_seal(self, seal_der: bytes, at: datetime | None) -> Examination:
        """Report on a seal at `at` (None: now)."""
        at = at or self._clock.now()
        try:
            seal = read_seal(seal_der)
        except InvalidInputError:
            return Examination(verify_seal(seal_der, self._office.trust({}), at))
        with self._db.read() as tx:
            registered, others = SealStore(tx).of_es_id(seal.info.es_id), OtherMakers(SealTrustStore(tx).in_force())
        # no revocations are handed in: those the hub knows are of signers, and a seal by itself has no signer
        trust = self._office.trust({}, others=others.anchors)
        maker = others.under(seal.maker_cert, trust)
        step = registry_step(Witness(seal=registered, maker_trust=maker), seal_der, at, at)
        report = Report(at, (*verify_seal(seal_der, trust, at).steps, step))
        return Examination(report, seal.info.es_id, seal.info.property.name, trusts=(maker,) if maker else ())

    def verify_stamp(self, signature_der: bytes, digest: bytes, at: datetime | None) -> Examination:
        """Report on a signature over the document of this SM3 at `at` (None: now).

        A revocation or an expiry after the stated time is VALID_WHEN_SIGNED where the hub received the signature before it,
        INDETERMINATE where it did not, and so is a use that the hub never recorded: see seals/registry.py.
        """
        check_digest(digest)
        at = at or self._clock.now()
        try:
            signature = read_signature(signature_der)
        except InvalidInputError:
            return Examination(verify_signature(signature_der, None, self._office.trust({}), at, digest=digest))
        info = signature.tbs.seal.info
        found = self.examine(signature, digest, at)
        return replace(found, es_id=info.es_id, title=info.property.name, signer=_signer_title(signature), sign_time=signature.tbs.time)

    def judge(self, stamp: bytes, data: bytes, owner: str, at: datetime) -> None:
        """Raise InvalidInputError unless the stamp is plainly VALID over `data` at `at` and its seal belongs to the department `owner`."""
        examination = self.verify_stamp(stamp, sm3(data), at)
        check_report(examination.report)
        with self._db.read() as tx:
            seal = SealStore(tx).of_es_id(examination.es_id)
        if seal is None or seal.owner != owner:
            raise SEAL_OF_OTHER_OWNER(field="stamp")

    def examine(self, signature: SesSignature, digest: bytes, at: datetime) -> Examination:
        """Return the report on the bytes with the register's steps and what the hub itself has witnessed.

        With it go the name of the use, where it was recorded, and the trusts in other makers that the chains rest on.
        """
        tbs, signer = signature.tbs, _signer(signature)
        serial = serial_text(signer.serial) if signer else ""
        with self._db.read() as tx:
            listed = SignerCertificateStore(tx).look_up(serial)
            revoke_time = None if listed is None else listed.revoke_time
            seal, use = SealStore(tx).of_es_id(tbs.seal.info.es_id), StampStore(tx).use_of(tbs.raw, serial)
            others = OtherMakers(SealTrustStore(tx).in_force())
        # under the CA's name and not in its register: certified past it, or the row is gone; whether it is revoked nobody can tell
        strangers = [serial] if signer is not None and listed is None else []
        trust = self._office.trust({serial: revoke_time} if revoke_time else {}, strangers, others.anchors)
        maker = others.under(tbs.seal.maker_cert, trust)
        witness = Witness(seal=seal, use=use, signer_revoke_time=revoke_time, maker_trust=maker)
        report = verify_signature(signature.raw, None, trust, at, digest=digest)
        ended = min([tbs.seal.info.property.valid_until, *([signer.not_after] if signer else [])])
        steps = registry_step(witness, tbs.seal.raw, at, tbs.time), use_step(witness, ended if ended < at else None)
        weighed = weigh(Report(at, (*report.steps, *steps)), witness)
        # each trust once, the maker's first
        trusts = dict.fromkeys(one for one in (maker, others.under(signature.signer_cert, trust)) if one is not None)
        return Examination(weighed, stamp="" if use is None else use.name, trusts=tuple(trusts))


class OtherMakers:
    """The CAs of other makers that are trusted, and which of them a chain rests on."""

    def __init__(self, trusts: tuple[SealTrust, ...]) -> None:
        """Take the trusts in force."""
        self._trusts = {trust.certificate: trust for trust in trusts}
        self.anchors = tuple(read_certificate(certificate) for certificate in self._trusts)

    def under(self, certificate: bytes, trust: Trust) -> SealTrust | None:
        """Return the trust at which the chain of a certificate ends; None where it ends at this hub's own CA, or nowhere."""
        try:
            anchor = anchor_of(read_certificate(certificate), trust)
        except InvalidInputError:
            return None
        return None if anchor is None else self._trusts.get(anchor.raw)


def check_report(report: Report) -> None:
    """See that every step is plainly VALID; the refusal names the first that is not, and has its reason."""
    for step in report.complaints:
        refusal = STAMP_DOES_NOT_HOLD(field="signature", step=step.name, problem=Word(step.reason, step.message, step.zh))
        # the step's own reason, so that programs know it from the report
        refusal.reason = step.reason
        raise refusal


def _signer_title(signature: SesSignature) -> str:
    certificate = _signer(signature)
    return f"{certificate.subject.common_name} {certificate.subject.organization_id}".strip() if certificate else ""


def _signer(signature: SesSignature) -> Sm2Certificate | None:
    try:
        return read_certificate(signature.signer_cert)
    except InvalidInputError:
        return None
