"""Licenses, keys and verdicts to messages and back. No rules."""

import re
from datetime import UTC, date, datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from hub.errors import InvalidInputError
from hub.resource import etag_of
from licenses.code import text_of
from licenses.cose import to_be_signed
from licenses.identifier import LicenseIdentifier
from licenses.license_type import LicenseType, Term
from licenses.model import Draft, Holder, IssuingKey, KeyState, License, LicenseState
from licenses.verification import Outcome, Verdict
from shuniu.v1 import license_pb2 as pb

_KEY_NAME: Final = re.compile("issuingKeys/([0-9a-f]{16})")
_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KEY_STATE: Final = {
    KeyState.PENDING: pb.ISSUING_KEY_STATE_PENDING,
    KeyState.ACTIVE: pb.ISSUING_KEY_STATE_ACTIVE,
    KeyState.REVOKED: pb.ISSUING_KEY_STATE_REVOKED,
}
_STATE: Final = {
    LicenseState.DRAFT: pb.LICENSE_STATE_DRAFT,
    LicenseState.ISSUED: pb.LICENSE_STATE_ISSUED,
    LicenseState.SUSPENDED: pb.LICENSE_STATE_SUSPENDED,
    LicenseState.REVOKED: pb.LICENSE_STATE_REVOKED,
}
_VERDICT: Final = {Outcome.VALID: pb.VERDICT_VALID, Outcome.INVALID: pb.VERDICT_INVALID, Outcome.UNDETERMINED: pb.VERDICT_UNDETERMINED}


def type_to(kind: LicenseType) -> pb.LicenseType:
    """Return the message of a license type."""
    fields = [pb.LicenseField(name=one.name, label=one.zh, required=one.required, public=one.public) for one in kind.fields]
    return pb.LicenseType(
        code=kind.code,
        title=kind.zh,
        title_en=kind.en,
        holder_code_types=sorted(kind.holder_kinds),
        validity=_term(kind.validity),
        fields=fields,
        verified=kind.verified,
    )


def key_to(key: IssuingKey) -> pb.IssuingKey:
    """Return the message of an issuing key."""
    return pb.IssuingKey(
        name=key.name,
        kid=key.kid,
        public_key=key.public_key,
        department=key.department,
        license_types=key.license_types,
        not_before=_stamp(key.not_before),
        not_after=_stamp(key.not_after),
        state=_KEY_STATE[key.state],
        revoke_time=_stamp(key.revoke_time),
        reason=key.reason,
        etag=etag_of(key.revision),
    )


def kid_from(name: str) -> bytes:
    """Return the key id in issuingKeys/{kid}, spelled the one way in which names are given out."""
    match = _KEY_NAME.fullmatch(name)
    if match is None:
        raise InvalidInputError("name must be issuingKeys/{kid}", field="name", zh="密钥名称格式错误")
    return bytes.fromhex(match[1])


def identifier_from(name: str) -> str:
    """Return the identifier in licenses/{identifier}, once its check character fits."""
    kind, _, identifier = name.partition("/")
    if kind != "licenses":
        raise InvalidInputError("name must be licenses/{identifier}", field="name", zh="证照名称格式错误")
    return str(LicenseIdentifier.parse(identifier))


def draft_from(message: pb.License) -> Draft:
    """Return what a request wants prepared."""
    return Draft(
        message.license_type,
        message.number,
        tuple(Holder(one.title, one.code, one.code_type) for one in message.holders),
        dict(message.fields),
        message.kid,
        _day(message.valid_from, "valid_from"),
        _day(message.valid_to, "valid_to"),
    )


def license_to(license_: License) -> pb.License:
    """Return the message of a license: bytes to sign while draft, signed bytes and code once issued."""
    message = pb.License(
        name=license_.name,
        etag=etag_of(license_.revision),
        state=_STATE[license_.state],
        identifier=license_.identifier,
        license_type=license_.license_type,
        number=license_.number,
        issuer=license_.issuer,
        issuer_title=license_.issuer_title,
        issue_date=license_.issue_date.isoformat(),
        valid_from=license_.valid_from.isoformat(),
        valid_to=license_.valid_to.isoformat() if license_.valid_to else "",
        holders=[pb.Holder(title=one.title, code=one.code, code_type=one.code_type) for one in license_.holders],
        fields=license_.fields,
        kid=license_.kid,
        status_index=license_.status_index,
        status_uri=license_.status_uri,
        stamp=license_.stamp,
        reason=license_.reason,
        issue_time=_stamp(license_.issue_time),
    )
    if license_.signed_bytes:
        message.signed_bytes = license_.signed_bytes
        message.code = text_of(license_.signed_bytes)
    else:
        message.to_be_signed = to_be_signed(license_.protected, license_.payload)
    return message


def verdict_to(verdict: Verdict, words: str) -> pb.VerifyCodeResponse:
    """Return the message of a verdict with the issuer's words for a status."""
    return pb.VerifyCodeResponse(
        verdict=_VERDICT[verdict.outcome],
        reason="OK" if verdict.outcome is Outcome.VALID else verdict.reason,
        message=verdict.message,
        message_zh=verdict.zh,
        issuer=verdict.issuer,
        issuer_title=verdict.department,
        license_type=verdict.type_code,
        license_type_title=verdict.name,
        identifier=verdict.identifier,
        number=verdict.number,
        holder=verdict.holder_short,
        issue_date=verdict.issue_date.isoformat() if verdict.issue_date else "",
        valid_to=verdict.valid_to.isoformat() if verdict.valid_to else "",
        check_time=_stamp(verdict.checked_at),
        status_reason=words,
    )


def moment_from(message: pb.RegisterIssuingKeyRequest) -> datetime | None:
    """Return the end of the window asked for, None for the usual one."""
    if not message.HasField("not_after"):
        return None
    try:
        return message.not_after.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError("not_after is out of range", field="not_after", zh="时间超出范围") from error


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    wrong = InvalidInputError(f"{field} must be YYYY-MM-DD", field=field, zh="日期格式应为 YYYY-MM-DD")
    if not _DAY.fullmatch(text):  # fromisoformat reads 20260302 and 2026-W10-1 as well
        raise wrong
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise wrong from error


def _stamp(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def _term(term: Term) -> str:
    if term.days is not None:
        return f"{term.days} days"
    return "长期" if term.months is None else f"{term.months} months"
