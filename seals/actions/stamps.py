"""Setting a seal on a document the hub never sees: prepare, the owner signs elsewhere, complete."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from hub.db import Tx
from hub.db.requests import canonical
from hub.resource import check_etag, visible
from hub.unit_of_work import Step
from seals.actions.office import STAMPS, with_officer
from seals.actions.verifying import VerifyActions, check_report
from seals.model import SealUse, Stamp, to_second
from seals.store import SealStore, SignerCertificateStore, StampStore
from seals.writing import assemble_signature, to_be_signed
from shuniu.seals.reading import read_signature
from shuniu.sm2 import der

_SIGNATURE_CAP: Final = 72  # two integers of at most 33 bytes, with their heads


class StampActions(VerifyActions):
    """Uses of seals."""

    def prepare_stamp(self, step: Step, use: SealUse) -> Stamp:
        """Log the use and return the bytes for the owner to sign: the record is durable before anything is released.

        Sent again with the same request id it returns the same stamp, completed or not: whoever lost an answer finds it here.
        """
        step, caller = with_officer(step), step.caller

        def make(tx: Tx, at: datetime) -> tuple[Stamp, Mapping[str, Any]]:
            # held: a revocation commits before this is read, or after the use is on the log
            seal = visible(SealStore(tx).hold(use.seal), caller, SealStore.unknown)
            seal.check_use(caller, SignerCertificateStore(tx).hold([use.signer]).get(use.signer), at)
            stamp = Stamp(
                id=self._ids.new(at),
                seal=seal.id,
                signer=use.signer,
                owner=caller.department,
                digest=use.digest,
                property_info=use.property_info,
                officer=step.officer,
                purpose=use.purpose,
                case_number=use.case_number,
                to_be_signed=to_be_signed(seal.seal, to_second(at), use.digest, use.property_info),
                create_time=at,
            )
            return stamp, {"kind": "seal_use"} | _facts(stamp)

        sent = [_seal_name(use.seal), _signer_name(use.signer), use.digest.hex(), use.property_info, step.officer, use.purpose, use.case_number]
        return self.create(STAMPS, "seals.PrepareStamp", step, make, content=canonical(sent))

    def complete_stamp(self, step: Step, signature: bytes) -> Stamp:
        """Take the owner's signature, verify all of it, keep and return the SES_Signature. Anything but VALID is sent back.

        It is verified before the transaction, which takes long. The etag binds what was verified to what is written, and seal and signer
        are looked at once more, held against revocation, when it is.
        """
        whole = self._verify(step, signature)
        with self.change(STAMPS, "seals.CompleteStamp", step, by_officer=str) as it:
            it.before.check_may_be_completed(step.caller, it.at)
            seal = SealStore(it.tx).hold(it.before.seal)
            seal.check_use(step.caller, SignerCertificateStore(it.tx).hold([it.before.signer]).get(it.before.signer), it.at)
            it.after = it.before.complete(step.caller, whole, it.at)
            it.record(officer=it.after.officer, **_facts(it.after))
        return it.after

    def _verify(self, step: Step, signature: bytes) -> bytes:
        """Return the SES_Signature that the owner's signature makes of the stamp, verified."""
        stamp_id, now = STAMPS.id_of(step.name), self._clock.now()
        with self._db.read() as tx:
            stamp = visible(StampStore(tx).get(stamp_id), step.caller, StampStore.unknown)
            check_etag(stamp, step.etag).check_may_be_completed(step.caller, now)
            signer = SignerCertificateStore(tx).get(stamp.signer)
            SealStore(tx).get(stamp.seal).check_use(step.caller, signer, now)
        whole = _assemble(stamp, signer.certificate, signature)
        check_report(self.examine(read_signature(whole), stamp.digest, now).report)
        return whole


def _facts(stamp: Stamp) -> dict[str, Any]:
    """Return what the log says of a use: it is a record of the seal."""
    return {
        "resource": _seal_name(stamp.seal),
        "purpose": stamp.purpose,
        "case_number": stamp.case_number,
        "digest": stamp.digest,
        "detail": {"stamp": stamp.name, "signer": _signer_name(stamp.signer)},
    }


def _seal_name(seal_id: str) -> str:
    return f"seals/{seal_id}"


def _signer_name(serial: str) -> str:
    return f"signerCertificates/{serial}"


def _assemble(stamp: Stamp, certificate: bytes, signature: bytes) -> bytes:
    """Return the SES_Signature; what is issued here is DER, though raw r||s is accepted when reading what others made."""
    what = "ECDSA-Sig-Value"
    der.parse(signature, what, at_most=_SIGNATURE_CAP).sequence(what, at_least=2, at_most=2)  # its numbers are libcrypto's to check
    return assemble_signature(stamp.to_be_signed, certificate, signature)
