"""The certificates of those who sign for a department."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from hub.access import Caller
from hub.errors import IllegalStateError, InvalidInputError
from seals.model.procedure import check_owner_or_authority, check_text

_SERIAL: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
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

    def __post_init__(self) -> None:
        if _SERIAL.fullmatch(self.serial) is None:
            raise InvalidInputError("a serial number is 32 lower-case hexadecimal digits", field="signer", zh="证书序列号有误")

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"signerCertificates/{self.serial}"

    def flaw(self, at: datetime) -> str:
        """Return why it may not sign at `at`, the empty text when it may."""
        if self.revoke_time is not None:
            return "revoked"
        if at < self.not_before:
            return "not yet valid"
        return "expired" if at > self.not_after else ""

    def revoke(self, by: Caller, reason: str, at: datetime) -> "SignerCertificate":
        """Return the certificate revoked for a stated reason, by its owner or the authority."""
        check_owner_or_authority(self.owner, by, "signer certificate", "签章者证书")
        check_text("reason", reason, 500)
        if self.revoke_time is not None:
            raise IllegalStateError(
                f"certificate {self.serial} is in state revoked, from which the step revoke leads nowhere",
                zh="证书已撤销, 不能再次撤销",
                next_action="nothing: it is refused already",
                state="revoked",
                step="revoke",
            )
        return replace(self, revoke_time=at, revoke_reason=reason)
