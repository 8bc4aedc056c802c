"""The certificates of those who sign for a department."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from hub.access import Caller, Role
from hub.procedure import Party
from seals.model.procedure import SIGNER_PROCEDURE, SignerState, SignerStep
from seals.model.texts import SealReason

SERIAL: Final = re.compile(r"[0-9a-f]{32}")
"""A serial number as the register writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerCertificate:
    """An SM2 certificate of somebody who signs for a department. The key is the owner's alone (Electronic Signature Law art. 13)."""

    serial: str
    owner: str
    certificate: bytes
    not_before: datetime
    not_after: datetime
    create_time: datetime
    revoke_time: datetime | None = None
    revoke_reason: str = ""

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"signerCertificates/{self.serial}"

    def seen_by(self, by: Caller) -> bool:
        """Tell whether the caller may know of it: the owner and the authority."""
        return by.department == self.owner or Role.AUTHORITY in by.roles

    def state(self, at: datetime) -> SignerState:
        """Return what it is worth at `at`; both ends of the validity belong to it, revocation outweighs the dates."""
        if self.revoke_time is not None:
            return SignerState.REVOKED
        if at < self.not_before:
            return SignerState.NOT_YET_VALID
        return SignerState.EXPIRED if at > self.not_after else SignerState.VALID

    def revoke(self, by: Caller, reason: str, at: datetime) -> "SignerCertificate":
        """Return the certificate revoked for a stated reason, by its owner or the authority."""
        case = SignerCase(self, at)
        SIGNER_PROCEDURE.admit(case, SignerStep.REVOKE, by)
        why = SealReason(reason)
        SIGNER_PROCEDURE.after(case.state, SignerStep.REVOKE)
        return replace(self, revoke_time=at, revoke_reason=why)


@dataclass(frozen=True, slots=True)
class SignerCase:
    """A signer's certificate as its procedure sees it: at a moment."""

    certificate: SignerCertificate
    at: datetime

    @property
    def state(self) -> SignerState:
        """Return what it is worth at the moment."""
        return self.certificate.state(self.at)

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return whose it is."""
        return {Party.OWNER: self.certificate.owner}
