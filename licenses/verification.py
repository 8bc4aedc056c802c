"""The verdict on a code that somebody shows: one pure function for the counter with a network and the one without.

Online the status comes from the hub's live records, offline from status lists that were fetched earlier; everything else is the same.
A verdict is `valid`, `invalid` with a reason, or `undetermined` when the verifier lacks what it needs to say either. The content of a
code is repeated only when its signature is right: a forged name never appears under the hub's own heading.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from hub.errors import InvalidInputError
from licenses import code
from licenses.code import CodeClaims, DecodedCode
from licenses.model import CHINA
from licenses.status_list import Status, StatusReading, StatusReference
from licenses.trust_list import SKEW_SECONDS, KeyRefusal, TrustedKey, TrustList

AMBER_SECONDS: Final = 24 * 3600
STALE_SECONDS: Final = 7 * 24 * 3600


class Outcome(StrEnum):
    """What a verifier at a counter may act on."""

    VALID = "valid"
    INVALID = "invalid"
    UNDETERMINED = "undetermined"


class StatusSource(Protocol):
    """Where the state of a license is known: the hub's records (online) or fetched lists (offline)."""

    def look_up(self, reference: StatusReference) -> StatusReading | None:
        """Return the state and the second at which it was known, None when this source does not know the place."""


class Reason(StrEnum):
    """Why a verdict is what it is, beyond the reasons of `KeyRefusal` and those of the strict decoder."""

    VALID = "VALID"
    SIGNATURE_WRONG = "SIGNATURE_WRONG"
    NOT_YET_VALID = "NOT_YET_VALID"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    SUSPENDED = "SUSPENDED"
    SUPERSEDED = "SUPERSEDED"
    TRUST_LIST_OUT_OF_DATE = "TRUST_LIST_OUT_OF_DATE"
    STATUS_UNKNOWN = "STATUS_UNKNOWN"
    STATUS_OUT_OF_DATE = "STATUS_OUT_OF_DATE"


_SAY: Final[dict[Reason | KeyRefusal, tuple[Outcome, str, str]]] = {
    Reason.VALID: (Outcome.VALID, "the license is valid", "证照有效"),
    Reason.SIGNATURE_WRONG: (Outcome.INVALID, "the signature is wrong: the department it names did not make this code", "签名错误，非所示机构签发"),
    Reason.NOT_YET_VALID: (Outcome.INVALID, "the code is not valid yet", "证照码尚未生效"),
    Reason.EXPIRED: (Outcome.INVALID, "the license has expired", "证照已过期"),
    Reason.REVOKED: (Outcome.INVALID, "the license was revoked", "证照已被吊销或注销"),
    Reason.SUSPENDED: (Outcome.INVALID, "the license is suspended at present", "证照目前被暂停使用"),
    Reason.SUPERSEDED: (Outcome.INVALID, "a newer version of the license has replaced this one", "证照已被新版本取代"),
    Reason.TRUST_LIST_OUT_OF_DATE: (Outcome.UNDETERMINED, "the list of trusted keys is out of date; fetch it again", "信任列表已过期，请更新"),
    Reason.STATUS_UNKNOWN: (Outcome.UNDETERMINED, "the license's present state is not known here; verify online", "未知证照当前状态，请联网核验"),
    Reason.STATUS_OUT_OF_DATE: (Outcome.UNDETERMINED, "what is known of the license's state is too old; verify online", "状态数据过旧，请联网核验"),
    KeyRefusal.UNKNOWN_KEY: (Outcome.INVALID, "no trusted department has the key that signed this code", "签名密钥不在信任列表中"),
    KeyRefusal.KEY_NOT_FOR_ISSUER: (Outcome.INVALID, "the key that signed this code belongs to another department", "签名密钥不属于所示颁发机构"),
    KeyRefusal.KEY_NOT_FOR_TYPE: (Outcome.INVALID, "the key that signed this code may not sign licenses of this type", "签名密钥无权签发该类证照"),
    KeyRefusal.KEY_NOT_FOR_TIME: (Outcome.INVALID, "the key was not in use when the code says it was signed", "签发时签名密钥不在有效期内"),
    KeyRefusal.SIGNER_EXPIRED: (Outcome.INVALID, "the key that signed this code has expired", "签名密钥已过期"),
    KeyRefusal.SIGNER_REVOKED: (Outcome.INVALID, "the key that signed this code was revoked", "签名密钥已被吊销"),
}
_OF_STATUS: Final = {
    Status.VALID: Reason.VALID,
    Status.INVALID: Reason.REVOKED,
    Status.SUSPENDED: Reason.SUSPENDED,
    Status.SUPERSEDED: Reason.SUPERSEDED,
}
_FINAL: Final = frozenset({Status.INVALID, Status.SUPERSEDED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said about a code at one moment; empty fields are not known or not proven.

    `reason` is a `Reason`, a `KeyRefusal` or the reason code of the strict decoder; `status_age` is how old the knowledge of the
    state is, `amber` says that it is older than a day.
    """

    outcome: Outcome
    reason: str
    message: str
    zh: str
    checked_at: datetime
    issuer: str = ""
    department: str = ""
    identifier: str = ""
    type_code: str = ""
    name: str = ""
    number: str = ""
    holder_short: str = ""
    issue_date: date | None = None
    valid_to: date | None = None
    public: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    status: StatusReference | None = None
    status_age: timedelta | None = None
    amber: bool = False


def verify(text: str, trust: TrustList, source: StatusSource, at: datetime) -> Verdict:
    """Judge the text of a code at a moment (with a time zone), knowing a trust list and a source of states; nothing is fetched."""
    try:
        shown = code.decode(text)
    except InvalidInputError as flaw:
        return Verdict(Outcome.INVALID, flaw.reason, flaw.message, flaw.zh, at)
    now = int(at.timestamp())
    signer = _signer(shown, trust, now)
    if not isinstance(signer, TrustedKey):
        return _verdict(signer, at)
    if not shown.message.is_signed_by(signer.key):
        return _verdict(Reason.SIGNATURE_WRONG, at)
    claims = shown.claims
    if reason := _outside_its_time(claims, now):
        return _verdict(reason, at, claims, signer)
    reading = source.look_up(claims.status)
    return _verdict(_reason_of(reading, now), at, claims, signer, reading)


def _signer(shown: DecodedCode, trust: TrustList, now: int) -> TrustedKey | Reason | KeyRefusal:
    if not trust.issued_at - SKEW_SECONDS <= now <= trust.expires_at:
        return Reason.TRUST_LIST_OUT_OF_DATE
    claims = shown.claims
    return trust.key_for(shown.message.kid, claims.issuer, claims.type_code, claims.issued_at, now)


def _outside_its_time(claims: CodeClaims, now: int) -> Reason | None:
    if claims.issued_at > now + SKEW_SECONDS:
        return Reason.NOT_YET_VALID
    if claims.expires_at is not None and claims.expires_at <= now - SKEW_SECONDS:  # RFC 8392 section 3.1.4: on or after
        return Reason.EXPIRED
    return None


def _reason_of(reading: StatusReading | None, now: int) -> Reason:
    if reading is None:
        return Reason.STATUS_UNKNOWN
    if reading.status in _FINAL:  # nothing undoes these, so their age does not matter
        return _OF_STATUS[reading.status]
    if not -SKEW_SECONDS <= now - reading.as_of <= STALE_SECONDS:
        return Reason.STATUS_OUT_OF_DATE
    return _OF_STATUS[reading.status]


def _verdict(
    reason: Reason | KeyRefusal,
    at: datetime,
    claims: CodeClaims | None = None,
    signer: TrustedKey | None = None,
    reading: StatusReading | None = None,
) -> Verdict:
    outcome, message, zh = _SAY[reason]
    if claims is None or signer is None:
        return Verdict(outcome, reason, message, zh, at)
    age = None if reading is None else max(0, int(at.timestamp()) - reading.as_of)
    return Verdict(
        outcome,
        reason,
        message,
        zh,
        at,
        issuer=claims.issuer,
        department=signer.department,
        identifier=str(claims.identifier),
        type_code=claims.type_code,
        name=claims.name,
        number=claims.number,
        holder_short=claims.holder_short,
        issue_date=claims.issue_date,
        valid_to=None if claims.expires_at is None else datetime.fromtimestamp(claims.expires_at, CHINA).date(),
        public=claims.public,
        warnings=claims.identifier.warnings,
        status=claims.status,
        status_age=None if age is None else timedelta(seconds=age),
        amber=age is not None and age > AMBER_SECONDS,
    )
