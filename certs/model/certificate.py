"""Certificates: what each is worth at a moment, and how it is revoked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum, unique
from typing import Final

from certs.reasons import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_YET_VALID,
    CERTIFICATE_OF_OTHER_DEPARTMENT,
    CERTIFICATE_REVOKED,
    SERIAL_WRONG,
)
from hub.access import Role
from hub.errors import NotSignedInError
from hub.procedure import Party, Procedure
from hub.wording import Reasons
from shuniu.words import Word
from shuniu.zone import beijing_clock

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
    who={CertificateStep.REVOKE: frozenset({Party.SYSTEM, Party.AUTHORITY})},
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
    """A certificate that the hub's CA issued to a system; what the hub keeps of it.

    `parent` is the serial number under which it was asked for, its own for one that a token made, None where nobody knows. `roles` is what its
    bearer may act as: what the token said, handed on to every renewal; None where the release before kept none.
    """

    serial: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    create_time: datetime
    pem: str = field(repr=False)
    revoke_time: datetime | None = None
    revoke_reason: str = ""
    parent: str | None = None
    roles: frozenset[Role] | None = None

    def status(self, at: datetime) -> CertificateStatus:
        """Return its status at `at`; both ends of the validity belong to it (RFC 5280 section 4.1.2.5), revocation outweighs the dates."""
        if self.revoke_time is not None:
            return CertificateStatus.REVOKED
        if at < self.not_before:
            return CertificateStatus.NOT_YET_VALID
        return CertificateStatus.EXPIRED if at > self.not_after else CertificateStatus.VALID

    def check(self, at: datetime) -> None:
        """Raise NotSignedInError saying why its bearer is not let in at `at`."""
        status = self.status(at)
        if status is not CertificateStatus.VALID:
            raise self._refusal(status)

    def _refusal(self, status: CertificateStatus) -> NotSignedInError:
        if status is CertificateStatus.REVOKED:
            return CERTIFICATE_REVOKED(serial=self.serial, at=_iso(self.revoke_time), when=_clock(self.revoke_time), why=self.revoke_reason)
        if status is CertificateStatus.NOT_YET_VALID:
            return CERTIFICATE_NOT_YET_VALID(serial=self.serial, at=_iso(self.not_before), when=_clock(self.not_before))
        return CERTIFICATE_EXPIRED(serial=self.serial, at=_iso(self.not_after), when=_clock(self.not_after))

    def revoke(self, at: datetime, reason: str) -> "Certificate":
        """Return the certificate revoked for a stated reason; one that is revoked stays as it was revoked first."""
        # Who was asked by `CertificateCase`; here why, then state.
        why = RevocationReason(reason)
        CERTIFICATE_PROCEDURE.after(self.status(at), CertificateStep.REVOKE)
        return replace(self, revoke_time=at, revoke_reason=why)


def parse_serial(text: str) -> str:
    """Return a serial number as it is kept: 32 small hexadecimal digits; the capitals and missing zeros of other tools are mended."""
    if _SERIAL.fullmatch(text) is None:
        raise SERIAL_WRONG(field="serial")
    return text.lower().zfill(32)


def _iso(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def _clock(at: datetime | None) -> str:
    return beijing_clock(at) if at else ""
