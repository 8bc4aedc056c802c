"""Setting a seal on a document the hub never sees, and verifying what was set: prepare, the owner signs elsewhere, complete."""

import json
from datetime import datetime
from typing import Final

from audit.model import Kind
from hub.access import Caller
from hub.db import RequestIds, Tx
from hub.errors import InvalidInputError
from seals.actions.desk import SEALS, SIGNERS, STAMPS, Desk, id_of, unchanged
from seals.asn1 import SesSignature, assemble_signature, der, read_seal, read_signature, to_be_signed
from seals.model import Seal, Stamp, check_digest, check_use_is_named, to_second
from seals.office import serial_text
from seals.registry import Examination, Witness, registry_step, witnessed
from seals.report import Report
from seals.store import SealStore, SignerCertificateStore, StampStore
from seals.verification import verify_seal, verify_signature
from seals.x509 import read_certificate

_SIGNATURE_CAP: Final = 72  # two integers of at most 33 bytes, with their heads


class StampActions(Desk):
    """Stamps and verification."""

    def prepare_stamp(
        self, caller: Caller, seal: str, signer: str, digest: bytes, property_info: str, officer: str, purpose: str, case_number: str,
        request_id: str = "",
    ) -> Stamp:  # fmt: skip
        """Log the use and return the bytes for the owner to sign: the record is durable before anything is released.

        Sent again with the same `request_id` it returns the same stamp, completed or not: whoever lost an answer finds it here.
        """
        check_use_is_named(digest, property_info, officer, purpose, case_number)
        seal_id, serial = id_of(seal, SEALS, "seal"), id_of(signer, SIGNERS, "signer")
        content = json.dumps([seal, signer, digest.hex(), property_info, officer, purpose, case_number]).encode()
        with self._db.begin() as tx:
            now, requests = self._clock.now(), RequestIds(tx)
            if done := requests.answered(caller.name, "PrepareStamp", request_id, content):
                return StampStore(tx).get(done)
            used = _usable(tx, caller, seal_id, serial, now)
            time = to_second(now)
            statement = to_be_signed(used.seal, time, digest, property_info)
            stamp = Stamp(
                self._ids.new(now), seal_id, serial, caller.department, digest, property_info, officer, purpose, case_number, statement, now
            )
            StampStore(tx).insert(stamp)
            requests.remember(caller.name, "PrepareStamp", request_id, content, stamp.id, now)
            self._record(
                tx, caller, now, "PrepareStamp", used.name, officer, kind=Kind.SEAL_USE, purpose=purpose, case_number=case_number, digest=digest,
                detail={"stamp": stamp.name, "signer": signer},
            )  # fmt: skip
        return stamp

    def complete_stamp(self, caller: Caller, name: str, etag: str, signature: bytes) -> Stamp:
        """Take the owner's signature, verify all of it, keep and return the SES_Signature. Anything but VALID is sent back."""
        stamp_id = id_of(name, STAMPS)
        with self._db.begin() as tx:
            now, store = self._clock.now(), StampStore(tx)
            before = store.get(stamp_id)
            before.check_owner(caller)
            unchanged(before, etag).check_may_complete(caller, now)
            _usable(tx, caller, before.seal, before.signer, now)
            whole = _assembled(before, SignerCertificateStore(tx).get(before.signer).certificate, signature)
            check_report(self._examined(tx, read_signature(whole), before.digest, now))
            after = store.replace(before, before.complete(caller, whole, now))
            self._record(
                tx, caller, now, "CompleteStamp", f"seals/{after.seal}", after.officer, purpose=after.purpose, case_number=after.case_number,
                digest=after.digest, detail={"stamp": after.name, "signer": f"{SIGNERS}/{after.signer}"},
            )  # fmt: skip
        return after

    def verify_seal(self, seal_der: bytes, at: datetime | None) -> Examination:
        """Report on a seal at `at` (None: now). Reads, and writes nothing."""
        at = at or self._clock.now()
        report = verify_seal(seal_der, self._office.trust({}), at)
        try:
            seal = read_seal(seal_der)
        except InvalidInputError:
            return Examination(report)
        with self._db.read() as tx:
            step = registry_step(SealStore(tx).registered(seal.info.es_id), seal_der, at, at)
        return Examination(Report(at, (*report.steps, step)), seal.info.es_id, seal.info.property.name)

    def verify_stamp(self, signature_der: bytes, digest: bytes, at: datetime | None) -> Examination:
        """Report on a signature over the document of this SM3 at `at` (None: now). Reads, and writes nothing.

        A revocation after the stated time (seals, signers) is VALID_WHEN_SIGNED where the hub received the signature
        before it, INDETERMINATE where it did not: see seals/registry.py.
        """
        check_digest(digest)
        at = at or self._clock.now()
        try:
            signature = read_signature(signature_der)
        except InvalidInputError:
            return Examination(verify_signature(signature_der, None, self._office.trust({}), at, digest=digest))
        with self._db.read() as tx:
            report = self._examined(tx, signature, digest, at)
        info = signature.tbs.seal.info
        return Examination(report, info.es_id, info.property.name, _signer_name(signature), signature.tbs.time)

    def _examined(self, tx: Tx, signature: SesSignature, digest: bytes, at: datetime) -> Report:
        """Return the report on the bytes, with the register's step and what the hub itself has witnessed."""
        tbs, serial = signature.tbs, _signer_serial(signature)
        revoked = SignerCertificateStore(tx).revocations([serial])
        received = StampStore(tx).completed(tbs.raw, serial)
        report = verify_signature(signature.raw, None, self._office.trust(revoked), at, digest=digest)
        step = registry_step(SealStore(tx).registered(tbs.seal.info.es_id), tbs.seal.raw, at, tbs.time, received)
        return witnessed(Report(at, (*report.steps, step)), Witness(received, revoked.get(serial)))


def _usable(tx: Tx, caller: Caller, seal_id: str, serial: str, at: datetime) -> Seal:
    """Return the seal where the caller may stamp with it now; neither seal nor signer can be revoked before this transaction ends."""
    seal = SealStore(tx).hold(seal_id)
    seal.check_seen_by(caller)
    signer = SignerCertificateStore(tx).held([serial]).get(serial)
    seal.check_use(caller, serial, signer.flaw(at) if signer else "unknown", at)
    return seal


def _assembled(stamp: Stamp, certificate: bytes, signature: bytes) -> bytes:
    """Return the SES_Signature; what is issued here is DER, though raw r||s is accepted when reading what others made."""
    der.parse(signature, "signature", at_most=_SIGNATURE_CAP).sequence("signature", at_least=2, at_most=2)  # its numbers are libcrypto's to check
    return assemble_signature(stamp.to_be_signed, certificate, signature)


def check_report(report: Report) -> None:
    """See that every step is plainly VALID; name the first that is not."""
    for step in report.complaints:
        raise InvalidInputError(
            f"the signature does not hold at step {step.name}: {step.message}", field="signature", zh=f"签章验证未通过（{step.name}）：{step.zh}",
            next_action="sign exactly to_be_signed with the key of the signer named in PrepareStamp", reason=step.reason, step=step.name,
        )  # fmt: skip


def _signer_serial(signature: SesSignature) -> str:
    try:
        return serial_text(read_certificate(signature.signer_cert).serial)
    except InvalidInputError:
        return ""


def _signer_name(signature: SesSignature) -> str:
    try:
        subject = read_certificate(signature.signer_cert).subject
    except InvalidInputError:
        return ""
    return f"{subject.common_name} {subject.organization_id}".strip()
