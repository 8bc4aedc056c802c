"""The verdict on a code that somebody shows: one pure function, online and offline.

Online the status comes from the hub's live records, offline from status lists that were fetched earlier; everything else is the same.
A verdict is `valid`, `invalid` with a reason, `undetermined` when the verifier lacks what it needs to say either, or `unreadable` when the
text is no code that could be read: that says nothing of the license, and the code is read again. The content of a code is repeated only when
its signature is right: a forged name never appears under the hub's own heading. Online the register has to know the code as well: whoever
has a department's key file can sign anything with it, but what was issued here, and at which place, the hub knows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from shuniu.catalogue import InvalidInputError
from shuniu.codes.code import CodeClaims
from shuniu.codes.reading import decode, host_in, host_of
from shuniu.codes.status_list import FINAL, LicenseStatus, StatusReading, StatusReference
from shuniu.codes.trust_list import SKEW_SECONDS, KeyRefusal, TrustedKey, TrustList
from shuniu.enums import StrEnum
from shuniu.zone import CHINA

AMBER_SECONDS: Final = 24 * 3600  # from here on a verdict warns
STALE_SECONDS: Final = 7 * 24 * 3600  # from here on a list that says "valid" proves nothing any more


class Outcome(StrEnum):
    """What a verifier at a counter may act on."""

    VALID = "valid"
    INVALID = "invalid"
    UNDETERMINED = "undetermined"
    UNREADABLE = "unreadable"
    """Nothing is known of the license: the code was damaged on its way, or it is another code. It is read again."""


class StatusSource(Protocol):
    """Where the state of a license is known: the hub's records (online) or fetched lists (offline)."""

    @property
    def addresses(self) -> Collection[str]:
        """Return web addresses of the hub whose states these are, as far as they are known."""

    def look_up(self, reference: StatusReference, identifier: str, signed: bytes, /) -> StatusReading | None:
        """Return the state of the license in these signed bytes and the second at which it was known; None for a place unknown to this source."""


class VerdictReason(StrEnum):
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
    NOT_ISSUED_HERE = "NOT_ISSUED_HERE"
    SIGNER_EXPIRED = "SIGNER_EXPIRED"


_SAY: Final[dict[VerdictReason | KeyRefusal, tuple[Outcome, str, str]]] = {
    VerdictReason.VALID: (Outcome.VALID, "the license is valid", "证照有效"),
    VerdictReason.SIGNATURE_WRONG: (
        Outcome.INVALID,
        "the signature is wrong: the code was not made by the department that it names",
        "签名验证不通过，该证照码并非由所示机构签发",
    ),
    VerdictReason.NOT_YET_VALID: (Outcome.INVALID, "the code is dated in the future", "证照码的签发时间晚于当前时间，尚未生效"),
    VerdictReason.EXPIRED: (Outcome.INVALID, "the license has expired", "证照已过有效期"),
    VerdictReason.REVOKED: (Outcome.INVALID, "the license has been revoked", "证照已被吊销、撤销或注销"),
    VerdictReason.SUSPENDED: (Outcome.INVALID, "the license is suspended at present", "证照目前暂停使用"),
    VerdictReason.SUPERSEDED: (Outcome.INVALID, "the license has been replaced by a newer version", "证照已被新版本取代"),
    VerdictReason.TRUST_LIST_OUT_OF_DATE: (Outcome.UNDETERMINED, "the trust list is out of date; fetch it again", "信任列表已过期，请重新获取"),
    VerdictReason.STATUS_UNKNOWN: (
        Outcome.UNDETERMINED,
        "the status of the license is not known here; verify it online at the hub that issued it",
        "此处查不到该证照的状态，请在签发该证照的枢纽联网核验",
    ),
    VerdictReason.STATUS_OUT_OF_DATE: (
        Outcome.UNDETERMINED,
        "the status data is too old to rely on; fetch it again or verify online",
        "状态数据过旧，不能据以判定，请重新获取或联网核验",
    ),
    VerdictReason.NOT_ISSUED_HERE: (
        Outcome.UNDETERMINED,
        "the register of this hub has not issued this code, although its signature is right; ask the department that it names",
        "签名虽正确，但本枢纽没有签发该证照码的登记，请向所示颁发机构核实",
    ),
    VerdictReason.SIGNER_EXPIRED: (
        Outcome.UNDETERMINED,
        "the term of the key that signed this code has ended: verify online, or have the holder ask the issuer for a new code",
        "签发该证照码的密钥有效期已满，请联网核验，或请持证人向颁发机构换发新码",
    ),
    KeyRefusal.UNKNOWN_KEY: (Outcome.INVALID, "the key that signed this code is not on the trust list", "签名密钥不在信任列表中"),
    KeyRefusal.KEY_NOT_FOR_ISSUER: (Outcome.INVALID, "the key that signed this code belongs to another department", "签名密钥不属于所示颁发机构"),
    KeyRefusal.KEY_NOT_FOR_TYPE: (Outcome.INVALID, "the key that signed this code may not sign licenses of this type", "签名密钥无权签发该类证照"),
    KeyRefusal.KEY_NOT_FOR_TIME: (Outcome.INVALID, "the key was not valid when the code was signed", "签发时签名密钥不在有效期内"),
    KeyRefusal.SIGNER_REVOKED: (Outcome.INVALID, "the key that signed this code has been revoked", "签名密钥已被吊销"),
}
"""What a verifier reads for each reason. A license is revoked in three ways, each with a Chinese word of its own: as a penalty (吊销),
because it was wrongly given (撤销), because it ended (注销)."""
_OF_STATUS: Final = {
    LicenseStatus.VALID: VerdictReason.VALID,
    LicenseStatus.INVALID: VerdictReason.REVOKED,
    LicenseStatus.SUSPENDED: VerdictReason.SUSPENDED,
    LicenseStatus.SUPERSEDED: VerdictReason.SUPERSEDED,
}


@dataclass(frozen=True)
class IssuedByPredecessor:
    """What became of the department that issued a license: into which it passed, none where it was closed, and since what day."""

    predecessor_title: str
    successor_titles: tuple[str, ...]
    since: date

    @property
    def message(self) -> str:
        """Return what whoever verifies reads."""
        ended = f"has passed into {', '.join(self.successor_titles)}" if self.successor_titles else "was closed"
        return f"issued by a predecessor: {self.predecessor_title} {ended} on {self.since.isoformat()}"

    @property
    def zh(self) -> str:
        """Return the same in Chinese."""
        ended = f"由{'、'.join(self.successor_titles)}承继" if self.successor_titles else "撤销"
        return f"由原机构颁发：{self.predecessor_title}已于{self.since.isoformat()}{ended}"


@dataclass(frozen=True)
class Verdict:
    """What may be said about a code at one moment; empty fields are not known or not proven.

    `reason` is a `VerdictReason`, a `KeyRefusal` or the reason code of the strict decoder; `status_age` is how old the knowledge of the
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
    status_reason: str = ""
    """The issuer's words for a license that is suspended, revoked or superseded; online alone."""
    superseded_by: str = ""
    """The identifier of the license that took its place; online alone."""
    foreign_host: str = ""
    """Where the code was a link to another host than the hub's: that host. It is not signed and decided nothing; nobody should open it."""
    issued_by_predecessor: IssuedByPredecessor | None = None
    """What became of its issuer, where that issues no more; online alone. Offline the trust list says it behind the issuer's name."""


def verify(text: str, trust: TrustList, source: StatusSource, at: datetime) -> Verdict:
    """Judge the text of a code at a moment (with a time zone), knowing a trust list and a source of states; nothing is fetched.

    The text may be a link, and may have been folded, quoted or %-encoded on its way: `shuniu.codes.reading` undoes that.
    """
    verdict = _judged(text, trust, source, at)
    return replace(verdict, foreign_host=host) if (host := _foreign_host(text, verdict, source)) else verdict


def _judged(text: str, trust: TrustList, source: StatusSource, at: datetime) -> Verdict:
    try:
        decoded = decode(text)
    except InvalidInputError as flaw:
        return Verdict(Outcome.UNREADABLE, flaw.reason, flaw.message, flaw.zh, at)
    now = int(at.timestamp())
    # before the signature: a key that is not believed is not worth a verification
    signer = _signer(decoded.claims, decoded.message.kid, trust, now)
    if not isinstance(signer, TrustedKey):
        return _verdict(signer, at)
    if not decoded.message.is_signed_by(signer.key):
        return _verdict(VerdictReason.SIGNATURE_WRONG, at)
    claims = decoded.claims
    if reason := _outside_its_time(claims, now):
        return _verdict(reason, at, claims, signer)
    reading = source.look_up(claims.status, str(claims.identifier), decoded.message.raw)
    if reading is not None and not reading.issued:
        # the key proves the department, and nothing else on it: what the register does not know is not repeated
        return replace(_verdict(VerdictReason.NOT_ISSUED_HERE, at), issuer=claims.issuer, department=signer.department, status=claims.status)
    reason = _reason_of(reading, now)
    if reason is VerdictReason.VALID and signer.has_ended(now) and not (reading and reading.registered):
        reason = VerdictReason.SIGNER_EXPIRED
    return _verdict(reason, at, claims, signer, reading)


def _foreign_host(text: str, verdict: Verdict, source: StatusSource) -> str:
    """Return the host of a link that is neither the hub's nor the one that was signed; empty where neither is known."""
    if not (host := host_in(text)):
        return ""
    # of a hub that moved, the code says where it was when it signed; before the signature is right, nothing in the code counts
    known = {host_of(address) for address in (*source.addresses, verdict.status.uri if verdict.status else "")} - {""}
    return host if known and host not in known else ""


def _signer(claims: CodeClaims, kid: bytes, trust: TrustList, now: int) -> TrustedKey | VerdictReason | KeyRefusal:
    if not trust.issued_at - SKEW_SECONDS <= now <= trust.expires_at:
        return VerdictReason.TRUST_LIST_OUT_OF_DATE
    return trust.key_for(kid, claims.issuer, claims.type_code, claims.issued_at)


def _outside_its_time(claims: CodeClaims, now: int) -> VerdictReason | None:
    if claims.issued_at > now + SKEW_SECONDS:
        return VerdictReason.NOT_YET_VALID
    if claims.expires_at is not None and claims.expires_at <= now - SKEW_SECONDS:  # RFC 8392 section 3.1.4: on or after
        return VerdictReason.EXPIRED
    return None


def _reason_of(reading: StatusReading | None, now: int) -> VerdictReason:
    if reading is None:
        return VerdictReason.STATUS_UNKNOWN
    if reading.status in FINAL:  # nothing undoes these, so their age does not matter
        return _OF_STATUS[reading.status]
    # the other end: a list from the future comes with a wrong clock, here or there
    if not -SKEW_SECONDS <= now - reading.as_of <= STALE_SECONDS:
        return VerdictReason.STATUS_OUT_OF_DATE
    return _OF_STATUS[reading.status]


def _verdict(
    reason: VerdictReason | KeyRefusal,
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
        status_reason="" if reading is None else reading.words,
        superseded_by="" if reading is None else reading.successor,
    )
