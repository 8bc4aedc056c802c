"""Seals, certificates, stamps and reports as protobuf messages and back. No rules."""

from datetime import UTC, datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from hub.errors import InvalidInputError
from hub.resource import etag_of
from seals.model import Seal, SealKind, SealState, SignerCertificate, Stamp
from seals.registry import Examination
from seals.report import Result, Step
from shuniu.v1 import seal_pb2 as pb

_RESULT: Final = {
    Result.VALID: pb.REPORT_RESULT_VALID,
    Result.VALID_WHEN_SIGNED: pb.REPORT_RESULT_VALID,  # told apart by its reason and by expired_since
    Result.INDETERMINATE: pb.REPORT_RESULT_INDETERMINATE,
    Result.INVALID: pb.REPORT_RESULT_INVALID,
}
_KIND: Final = {pb.SealKind.Value(f"SEAL_KIND_{kind.name}"): kind for kind in SealKind}
_KIND_NUMBER: Final = {kind: number for number, kind in _KIND.items()}
_STATE_NUMBER: Final = {state: pb.SealState.Value(f"SEAL_STATE_{state.name}") for state in SealState}


def kind_from(number: pb.SealKind.ValueType) -> SealKind:
    """Return the kind; a number that stands for none is refused."""
    if number not in _KIND:
        raise InvalidInputError("kind of seal is missing or unknown", field="seal.kind", zh="印章类型缺失或有误")
    return _KIND[number]


def moment_from(stamp: Timestamp, field: str) -> datetime:
    """Return a Timestamp as a moment; one outside the calendar is refused."""
    try:
        return stamp.ToDatetime(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(f"{field} is no moment of the years 1 to 9999", field=field, zh="时间超出范围") from error


def certificate_to(certificate: SignerCertificate) -> pb.SignerCertificate:
    """Return the certificate's message."""
    return pb.SignerCertificate(
        name=certificate.name,
        serial=certificate.serial,
        owner=certificate.owner,
        certificate=certificate.certificate,
        not_before=_moment(certificate.not_before),
        not_after=_moment(certificate.not_after),
        revoke_time=_moment(certificate.revoke_time),
        revoke_reason=certificate.revoke_reason,
    )


def seal_to(seal: Seal) -> pb.Seal:
    """Return the seal's message."""
    return pb.Seal(
        name=seal.name,
        etag=etag_of(seal.revision),
        state=_STATE_NUMBER[seal.state],
        es_id=seal.es_id,
        kind=_KIND_NUMBER[seal.kind],
        title=seal.title,
        owner=seal.owner,
        signers=[f"signerCertificates/{serial}" for serial in seal.signers],
        valid_from=_moment(seal.valid_from),
        valid_to=_moment(seal.valid_to),
        seal=seal.seal,
        picture=seal.picture,
        reason=seal.reason,
        create_time=_moment(seal.create_time),
        revoke_time=_moment(seal.revoke_time),
    )


def stamp_to(stamp: Stamp) -> pb.Stamp:
    """Return the stamp's message."""
    return pb.Stamp(
        name=stamp.name,
        etag=etag_of(stamp.revision),
        seal=f"seals/{stamp.seal}",
        to_be_signed=stamp.to_be_signed,
        signature=stamp.signature,
        create_time=_moment(stamp.create_time),
        complete_time=_moment(stamp.complete_time),
    )


def report_to(examined: Examination) -> pb.SealReport:
    """Return the report's message; its reason is that of the first step which is as bad as the whole."""
    report = examined.report
    result = _RESULT[report.result]
    reason = next((step.reason for step in report.steps if step.result is report.result), "")
    return pb.SealReport(
        result=result,
        reason="OK" if result == pb.REPORT_RESULT_VALID else reason,
        steps=map(_step, report.steps),
        expired_since=report.result is Result.VALID_WHEN_SIGNED,
        es_id=examined.es_id,
        title=examined.title,
        signer=examined.signer,
        sign_time=_moment(examined.sign_time),
        check_time=_moment(report.at),
    )


def _step(step: Step) -> pb.ReportStep:
    return pb.ReportStep(step=step.name, result=_RESULT[step.result], reason=step.reason, message=step.message, message_zh=step.zh)


def _moment(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp
