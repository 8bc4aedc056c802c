"""Certificates: what each is worth at a moment, and how it is revoked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum, unique
from typing import Final

from certs.reasons import CERTIFICATE_OF_OTHER_DEPARTMENT, SERIAL_WRONG
from hub.access import Caller
from hub.procedure import Party, Procedure
from hub.wording import Reasons
from hub.words import Word

_SERIAL: Final = re.compile(r"[0-9A-Fa-f]{1,32}")


@unique
class CertificateStatus(StrEnum):
    """What a certificate is worth at a moment."""

    VALID = "valid"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


@unique
class CertificateStep(StrEnum):
    """What can be done with a certificate; it begins and ends by itself."""

    REVOKE = "revoke"


NEXT: Final[Mapping[tuple[CertificateStatus, CertificateStep], CertificateStatus]] = {
    (CertificateStatus.VALID, CertificateStep.REVOKE): CertificateStatus.REVOKED,
    (CertificateStatus.NOT_YET_VALID, CertificateStep.REVOKE): CertificateStatus.REVOKED,
    (CertificateStatus.EXPIRED, CertificateStep.REVOKE): CertificateStatus.REVOKED,
}
CERTIFICATE_PROCEDURE: Final = Procedure(
    thing=Word("certificate", "certificate", "证书"),
    next=NEXT,
    who={CertificateStep.REVOKE: frozenset({Party.OWNER, Party.AUTHORITY})},
    states={
        CertificateStatus.VALID: Word("valid", "valid", "有效"),
        CertificateStatus.NOT_YET_VALID: Word("not_yet_valid", "not yet valid", "尚未生效"),
        CertificateStatus.EXPIRED: Word("expired", "expired", "已过期"),
        CertificateStatus.REVOKED: Word("revoked", "revoked", "已吊销"),
    },
    steps={CertificateStep.REVOKE: Word("revoke", "revoke", "吊销")},
    wrong_party=CERTIFICATE_OF_OTHER_DEPARTMENT,
)


class RevocationReason(Reasons):
    """吊销理由: one line, because every refused call repeats it; no longer than the column that holds it."""

    cap, several_lines = 500, False


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that the hub's CA issued to a system; what the hub keeps of it."""

    serial: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    create_time: datetime
    pem: str = field(repr=False)
    revoke_time: datetime | None = None
    revoke_reason: str = ""

    def status(self, at: datetime) -> CertificateStatus:
        """Return its status at `at`; both ends of the validity belong to it (RFC 5280 section 4.1.2.5), revocation outweighs the dates."""
        if self.revoke_time is not None:
            return CertificateStatus.REVOKED
        if at < self.not_before:
            return CertificateStatus.NOT_YET_VALID
        return CertificateStatus.EXPIRED if at > self.not_after else CertificateStatus.VALID

    def revoke(self, at: datetime, reason: str) -> "Certificate":
        """Return the certificate revoked for a stated reason; one that is revoked stays as it was revoked first."""
        # Who was asked by `CertificateCase`; here why, then state.
        why = RevocationReason(reason)
        CERTIFICATE_PROCEDURE.after(self.status(at), CertificateStep.REVOKE)
        return replace(self, revoke_time=at, revoke_reason=why)


@dataclass(frozen=True, slots=True)
class CertificateCase:
    """A certificate as its procedure sees it: with the system that bears it, at a moment."""

    certificate: Certificate
    department: str
    system: str
    at: datetime

    @property
    def state(self) -> CertificateStatus:
        """Return its status at the moment; it is nowhere stored."""
        return self.certificate.status(self.at)

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return whose it is."""
        return {Party.OWNER: self.department}

    def revoke(self, by: Caller, reason: str) -> Certificate:
        """Return the certificate revoked by its department or the authority."""
        CERTIFICATE_PROCEDURE.admit(self, CertificateStep.REVOKE, by)
        return self.certificate.revoke(self.at, reason)


def parse_serial(text: str) -> str:
    """Return a serial number as it is kept: 32 small hexadecimal digits; the capitals and missing zeros of other tools are mended."""
    if _SERIAL.fullmatch(text) is None:
        raise SERIAL_WRONG(field="serial")
    return text.lower().zfill(32)
