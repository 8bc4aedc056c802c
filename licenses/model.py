"""A license, an issuing key, and what may happen to them. Pure: values in, values out; time comes in as `at`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum, unique
from typing import Final

from hub.citizen_id import is_citizen_id
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError

LONGEST_WINDOW: Final = timedelta(days=5 * 366)
USUAL_WINDOW: Final = timedelta(days=2 * 365)
_LONGEST_REASON: Final = 500
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_LIKE_AN_ID: Final = re.compile("(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")
CHINA: Final = timezone(timedelta(hours=8))


@unique
class LicenseState(StrEnum):
    """Where a license stands; expired is derived from its dates."""

    DRAFT = "draft"
    ISSUED = "issued"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


@unique
class LicenseStep(StrEnum):
    """What can be done to a license."""

    ISSUE = "issue"
    STAMP = "stamp"
    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"


NEXT: Final[Mapping[tuple[LicenseState, LicenseStep], LicenseState]] = {
    (LicenseState.DRAFT, LicenseStep.ISSUE): LicenseState.ISSUED,
    (LicenseState.DRAFT, LicenseStep.REVOKE): LicenseState.REVOKED,
    (LicenseState.ISSUED, LicenseStep.STAMP): LicenseState.ISSUED,
    (LicenseState.ISSUED, LicenseStep.SUSPEND): LicenseState.SUSPENDED,
    (LicenseState.SUSPENDED, LicenseStep.RESUME): LicenseState.ISSUED,
    (LicenseState.ISSUED, LicenseStep.REVOKE): LicenseState.REVOKED,
    (LicenseState.SUSPENDED, LicenseStep.REVOKE): LicenseState.REVOKED,
}


@unique
class KeyState(StrEnum):
    """Where an issuing key stands."""

    PENDING = "pending"
    ACTIVE = "active"
    REVOKED = "revoked"


@unique
class KeyStep(StrEnum):
    """What can be done to an issuing key."""

    ADMIT = "admit"
    REVOKE = "revoke"


NEXT_KEY: Final[Mapping[tuple[KeyState, KeyStep], KeyState]] = {
    (KeyState.PENDING, KeyStep.ADMIT): KeyState.ACTIVE,
    (KeyState.PENDING, KeyStep.REVOKE): KeyState.REVOKED,
    (KeyState.ACTIVE, KeyStep.REVOKE): KeyState.REVOKED,
}


@dataclass(frozen=True, slots=True)
class Holder:
    """CZZT, CZZTDM, CZZTDMLXDM of GB/T 36903: name, code and kind of code (111 citizen ID, 001 USCC)."""

    title: str
    code: str = field(repr=False)
    code_type: str


@dataclass(frozen=True, slots=True)
class IssuingKey:
    """A department's public key; its private half never leaves the department (Electronic Signature Law art. 13)."""

    kid: bytes
    public_key: bytes
    department: str
    license_types: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    state: KeyState = KeyState.PENDING
    revoke_time: datetime | None = None
    reason: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        """Refuse a window that nobody could mean."""
        if not self.license_types:
            raise InvalidInputError("a key names the license types it signs", field="license_types", zh="请注明该密钥签发的证照类型")
        if not self.not_before < self.not_after <= self.not_before + LONGEST_WINDOW:
            raise InvalidInputError("a key signs for at most five years", field="not_after", zh="签发密钥有效期最长五年")

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"issuingKeys/{self.kid.hex()}"

    def admit(self, at: datetime) -> "IssuingKey":
        """Return the key on the trust list."""
        if at >= self.not_after:
            raise IllegalStateError("the key's window is over", zh="密钥已过有效期", next_action="register a new key", state="expired", step="admit")
        return replace(self, state=self._after(KeyStep.ADMIT), revision=self.revision + 1)

    def revoke(self, at: datetime, reason: str) -> "IssuingKey":
        """Return the key revoked: every code under it is invalid from now on."""
        return replace(self, state=self._after(KeyStep.REVOKE), revoke_time=at, reason=reason_given(reason), revision=self.revision + 1)

    def signs(self, type_code: str, at: datetime) -> None:
        """Return when the key may sign a license of this type now; raise NotAllowedError otherwise."""
        if self.state is not KeyState.ACTIVE:
            raise NotAllowedError(
                f"the issuing key is {self.state.value}", zh="签发密钥未启用", next_action="ask the authority to admit it", reason="KEY_NOT_ACTIVE"
            )
        if type_code not in self.license_types:
            raise NotAllowedError("the key is not admitted for this license type", zh="签发密钥无权签发该类证照", reason="KEY_NOT_FOR_TYPE")
        if not self.not_before <= at < self.not_after:
            raise NotAllowedError("the key's window is over", zh="签发密钥已过期", next_action="register a new key", reason="KEY_EXPIRED")

    def _after(self, step: KeyStep) -> KeyState:
        state = NEXT_KEY.get((self.state, step))
        if state is None:
            raise IllegalStateError(
                f"a key that is {self.state.value} cannot go through {step.value}",
                zh="密钥当前状态不允许该操作",
                state=self.state.value,
                step=step.value,
            )
        return state


@dataclass(frozen=True, slots=True)
class License:
    """电子证照: one version of one license. What is personal in it (holders, business fields) is stored encrypted."""

    identifier: str
    license_type: str
    number: str
    issuer: str
    issuer_title: str
    issue_date: date
    valid_from: date
    valid_to: date | None
    holders: tuple[Holder, ...]
    fields: Mapping[str, str]
    kid: bytes
    protected: bytes
    payload: bytes
    status_shard: int
    status_index: int
    status_uri: str
    create_time: datetime
    state: LicenseState = LicenseState.DRAFT
    signed_bytes: bytes = b""
    stamp: bytes = b""
    reason: str = ""
    issue_time: datetime | None = None
    revision: int = 1

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"licenses/{self.identifier}"

    def may(self, department: str) -> None:
        """Return when the department is the issuer: only the issuer changes a license."""
        if department != self.issuer:
            raise NotAllowedError("only the issuing department may do this", zh="仅颁发机构可操作", reason="NOT_ISSUER")

    def issue(self, signed: bytes, at: datetime) -> "License":
        """Return the license in force with its signed bytes."""
        return self._with(LicenseStep.ISSUE, signed_bytes=signed, issue_time=at)

    def attach(self, stamp: bytes) -> "License":
        """Return the license with the issuer's seal over its signed bytes (Decree 716 art. 9); a second stamp is refused."""
        if self.stamp:
            raise IllegalStateError("the license is stamped already", zh="证照已加盖电子印章", state=self.state.value, step=LicenseStep.STAMP.value)
        return self._with(LicenseStep.STAMP, stamp=stamp)

    def suspend(self, reason: str) -> "License":
        """Return the license not valid for now."""
        return self._with(LicenseStep.SUSPEND, reason=reason_given(reason))

    def resume(self, reason: str) -> "License":
        """Return the license in force again."""
        return self._with(LicenseStep.RESUME, reason=reason_given(reason))

    def revoke(self, reason: str) -> "License":
        """Return the license not valid for good."""
        return self._with(LicenseStep.REVOKE, reason=reason_given(reason))

    def _with(self, step: LicenseStep, **changes: object) -> "License":
        state = NEXT.get((self.state, step))
        if state is None:
            raise IllegalStateError(
                f"a license that is {self.state.value} cannot go through {step.value}",
                zh="证照当前状态不允许该操作",
                next_action="read the license again",
                state=self.state.value,
                step=step.value,
            )
        return replace(self, state=state, revision=self.revision + 1, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Draft:
    """What an issuer asks to have prepared."""

    license_type: str
    number: str
    holders: tuple[Holder, ...]
    fields: Mapping[str, str]
    kid: bytes
    valid_from: date | None
    valid_to: date | None


def reason_given(reason: str) -> str:
    """Return the reason; an empty or endless one is refused: whoever verifies the license will read it."""
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise InvalidInputError(
            f"a reason of 1 to {_LONGEST_REASON} characters is needed", field="reason", zh="请填写理由", next_action="send reason"
        )
    check_plain(reason, "reason", _LONGEST_REASON)
    return reason.strip()


def check_plain(text: str, field: str, longest: int) -> None:
    """Refuse a text, which may be empty, that is too long, holds control characters or an ID number: it is stored, logged or shown in clear."""
    if len(text) > longest or _CONTROL.search(text):
        raise InvalidInputError(f"{field} is longer than {longest} characters or holds control characters", field=field, zh="内容过长或含控制字符")
    if any(is_citizen_id(number) for number in _LIKE_AN_ID.findall(text)):
        raise InvalidInputError(
            f"{field} must not spell anybody's ID number",
            field=field,
            zh="此处不得填写身份证号码",
            next_action=f"leave the ID number out of {field}",
            reason="PERSONAL_DATA_IN_TEXT",
        )


def day_of(at: datetime) -> date:
    """Return the calendar day of a moment in China (UTC+8 all year)."""
    return at.astimezone(CHINA).date()


def end_of(day: date) -> datetime:
    """Return the last second of a calendar day in China."""
    return datetime.combine(day, time(23, 59, 59), CHINA)
