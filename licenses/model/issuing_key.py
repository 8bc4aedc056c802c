"""A department's public key: registered by the department, admitted by the authority, revoked by either."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Final

from hub.access import Caller, Role
from hub.procedure import Party, Procedure
from licenses.model.texts import LicenseReason
from licenses.reasons.issuing import (
    KEY_ENDED,
    KEY_ENDS_TOO_SOON,
    KEY_EXPIRED,
    KEY_NOT_ACTIVE,
    KEY_NOT_FOR_TYPE,
    KEY_WINDOW_WRONG,
    KEY_WITHOUT_TYPES,
    NOT_OWNER,
    RETIRE_TIME_WRONG,
)
from shuniu.words import Word

KID: Final = re.compile("[0-9a-f]{16}")
"""A key's id as names spell it."""
LONGEST_YEARS: Final = 5
LONGEST_WINDOW: Final = timedelta(days=LONGEST_YEARS * 366)  # five years, however many of them are leap years
USUAL_WINDOW: Final = timedelta(days=2 * 365)
LEAST_LEFT: Final = timedelta(days=90)
"""What a key has left of its term when it signs a license that goes on for longer. Behind its end the code is undetermined offline."""


@unique
class KeyState(StrEnum):
    """Where an issuing key stands."""

    PENDING = "pending"
    ACTIVE = "active"
    REVOKED = "revoked"
    RETIRED = "retired"


@unique
class KeyStep(StrEnum):
    """What can be done to an issuing key."""

    ADMIT = "admit"
    REVOKE = "revoke"
    RETIRE = "retire"


NEXT_KEY: Final[Mapping[tuple[KeyState, KeyStep], KeyState]] = {
    (KeyState.PENDING, KeyStep.ADMIT): KeyState.ACTIVE,
    (KeyState.PENDING, KeyStep.REVOKE): KeyState.REVOKED,
    (KeyState.ACTIVE, KeyStep.REVOKE): KeyState.REVOKED,
    (KeyState.ACTIVE, KeyStep.RETIRE): KeyState.RETIRED,
    (KeyState.RETIRED, KeyStep.REVOKE): KeyState.REVOKED,
}

ISSUING_KEY_PROCEDURE: Final = Procedure(
    thing=Word("issuing_key", "issuing key", "签发密钥"),
    next=NEXT_KEY,
    who={
        KeyStep.ADMIT: frozenset({Party.AUTHORITY}),
        KeyStep.REVOKE: frozenset({Party.AUTHORITY, Party.ISSUER}),
        KeyStep.RETIRE: frozenset({Party.AUTHORITY, Party.ISSUER}),
    },
    states={
        KeyState.PENDING: Word("pending", "pending", "待启用"),
        KeyState.ACTIVE: Word("active", "active", "已启用"),
        KeyState.REVOKED: Word("revoked", "revoked", "已吊销"),
        KeyState.RETIRED: Word("retired", "retired", "已停用"),
    },
    steps={
        KeyStep.ADMIT: Word("admit", "admit", "启用"),
        KeyStep.REVOKE: Word("revoke", "revoke", "吊销"),
        KeyStep.RETIRE: Word("retire", "retire", "停用"),
    },
    wrong_party=NOT_OWNER,
)


@dataclass(frozen=True, slots=True)
class KeyRegistration:
    """What a department sends to register a key: SubjectPublicKeyInfo (DER), the types it signs, its end, the proof that it is held."""

    public_key: bytes
    license_types: tuple[str, ...]
    not_after: datetime | None
    proof: bytes


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
        """Refuse a key for no type of license, and a window that is empty or too long."""
        if not self.license_types:
            raise KEY_WITHOUT_TYPES(field="license_types")
        if not self.not_before < self.not_after <= self.not_before + LONGEST_WINDOW:
            raise KEY_WINDOW_WRONG(field="not_after", years=LONGEST_YEARS)

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"issuingKeys/{self.kid.hex()}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return the department whose key it is."""
        return {Party.ISSUER: self.department}

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: everybody once it is on the public trust list; before that, its department and the authority."""
        return self.state is not KeyState.PENDING or caller.department == self.department or Role.AUTHORITY in caller.roles

    def admit(self, by: Caller, at: datetime) -> "IssuingKey":
        """Return the key on the trust list."""
        ISSUING_KEY_PROCEDURE.admit(self, KeyStep.ADMIT, by)
        if at >= self.not_after:
            raise KEY_ENDED(state="expired", step=KeyStep.ADMIT)
        return replace(self, state=ISSUING_KEY_PROCEDURE.after(self.state, KeyStep.ADMIT), revision=self.revision + 1)

    def revoke(self, by: Caller, at: datetime, reason: str) -> "IssuingKey":
        """Return the key revoked: every code under it is invalid from now on."""
        ISSUING_KEY_PROCEDURE.admit(self, KeyStep.REVOKE, by)
        why = LicenseReason(reason)
        state = ISSUING_KEY_PROCEDURE.after(self.state, KeyStep.REVOKE)
        return replace(self, state=state, revoke_time=at, reason=why, revision=self.revision + 1)

    def retire(self, by: Caller, at: datetime, reason: str, since: datetime | None) -> "IssuingKey":
        """Return the key retired: it signs nothing more, and what it signed until `since` (None: now) stays valid."""
        ISSUING_KEY_PROCEDURE.admit(self, KeyStep.RETIRE, by)
        why = LicenseReason(reason)
        moment = since or at
        if not self.not_before <= moment <= at:
            raise RETIRE_TIME_WRONG(field="retire_time")
        state = ISSUING_KEY_PROCEDURE.after(self.state, KeyStep.RETIRE)
        return replace(self, state=state, revoke_time=moment, reason=why, revision=self.revision + 1)

    def end(self, reason: str, since: datetime) -> "IssuingKey":
        """Return the key of a department that has ended: it signs nothing more, and what it signed before stays valid. A step of the hub."""
        step = KeyStep.REVOKE if self.state is KeyState.PENDING else KeyStep.RETIRE
        state = ISSUING_KEY_PROCEDURE.after(self.state, step)
        return replace(self, state=state, revoke_time=max(since, self.not_before), reason=reason, revision=self.revision + 1)

    def check_signs(self, type_code: str, at: datetime) -> None:
        """Refuse a key that may not sign a license of this type at this moment."""
        if self.state is not KeyState.ACTIVE:
            raise KEY_NOT_ACTIVE(state=ISSUING_KEY_PROCEDURE.states[self.state])
        if type_code not in self.license_types:
            raise KEY_NOT_FOR_TYPE(license_type=type_code)
        if not self.not_before <= at < self.not_after:
            raise KEY_EXPIRED()

    def check_outlives(self, end: datetime | None, at: datetime) -> None:
        """Refuse a key that ends before the license (None: 长期) and has less than `LEAST_LEFT`: whoever verifies offline could soon not tell."""
        needed = at + LEAST_LEFT if end is None else min(end, at + LEAST_LEFT)
        if self.not_after < needed:
            raise KEY_ENDS_TOO_SOON(field="kid", days=max(0, (self.not_after - at).days), least=LEAST_LEFT.days)
