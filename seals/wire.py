"""Seals, certificates, stamps and reports as protobuf messages and back. No rules."""

from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from typing import Final, cast

from hub.faults import Faults
from hub.resource import id_of
from hub.wire import Shape, content, member_of, moment_from
from hub.wording import Officer
from seals.model import SERIAL, Seal, SealApplication, SealKind, SealTrust, SealUse, SignerCertificate, Stamp
from seals.registry import Examination
from shuniu.seals.report import ReportStep, Result
from shuniu.v1 import seal_pb2 as pb

_SIGNERS: Final = "signerCertificates"
RESULTS: Final = {
    Result.VALID: pb.REPORT_RESULT_VALID,
    Result.VALID_WHEN_SIGNED: pb.REPORT_RESULT_VALID_WHEN_SIGNED,
    Result.INDETERMINATE: pb.REPORT_RESULT_INDETERMINATE,
    Result.INVALID: pb.REPORT_RESULT_INVALID,
}


def _reason(examined: Examination) -> str:
    """Return the reason of the first step that is as bad as the whole; OK where the whole is plainly valid."""
    report = examined.report
    if report.result is Result.VALID:
        return "OK"
    return next((step.reason for step in report.steps if step.result is report.result), "")


certificate_to: Final = Shape(pb.SignerCertificate, SignerCertificate)
seal_to: Final = Shape(
    pb.Seal,
    Seal,
    signers=lambda seal: [f"{_SIGNERS}/{serial}" for serial in seal.signers],
    pending_proposal=lambda _: "",  # the gate says it, to the department that proposed
)
stamp_to: Final = Shape(pb.Stamp, Stamp, seal=lambda stamp: f"seals/{stamp.seal}")
trust_to: Final = Shape(pb.SealTrust, SealTrust)
_step_to: Final = Shape(pb.ReportStep, ReportStep, step=attrgetter("name"), result=lambda step: RESULTS[step.result], message_zh=attrgetter("zh"))
report_to: Final = Shape(
    pb.SealReport,
    Examination,
    result=lambda examined: RESULTS[examined.report.result],
    reason=_reason,
    steps=lambda examined: [_step_to(step) for step in examined.report.steps],
    expired_since=lambda examined: examined.report.result is Result.VALID_WHEN_SIGNED,
    check_time=attrgetter("report.at"),
    trusts=lambda examined: [trust_to(trust) for trust in examined.trusts],
)


def serial_from(name: str, field: str = "name") -> str:
    """Return the serial number in the resource name `signerCertificates/{serial}`."""
    return id_of(name, _SIGNERS, field, SERIAL)


def application_from(request: pb.ApplySealRequest) -> SealApplication:
    """Return what is applied for; raise InvalidInputError with all that is wrong with the request, its officer too."""
    message, faults = request.seal, Faults()
    faults.take(lambda: Officer(request.officer), None)
    kind = faults.take(lambda: member_of(SealKind, pb.SealKind.DESCRIPTOR, message.kind, "seal.kind"), next(iter(SealKind)))
    signers = tuple(faults.take(partial(serial_from, name, "seal.signers"), name) for name in message.signers)
    end = faults.take(lambda: moment_from(message.valid_to, "seal.valid_to"), datetime.max.replace(tzinfo=UTC))
    found = faults.take(lambda: content(message, SealApplication, "seal", kind=kind, signers=signers, valid_to=end), None)
    faults.refuse()
    return cast("SealApplication", found)


def use_from(request: pb.PrepareStampRequest) -> SealUse:
    """Return what a seal is to be set on."""
    seal, signer = id_of(request.seal, "seals", "seal"), serial_from(request.signer, "signer")
    return content(request, SealUse, "", seal=seal, signer=signer, property_info=request.property)
