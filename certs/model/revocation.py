"""Revocation: who may revoke what, what falls with a certificate that is lost, and what is told of it.

A certificate that is lost takes everything that was renewed from it, step by step. Certificates of a release that kept no parents fall with
every earlier one of their system that is lost, because nobody knows that they were not renewed from it. One that a token made stands for
itself: it falls with its own loss, and with its system.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

from certs.model.certificate import CERTIFICATE_PROCEDURE, Certificate, CertificateStatus, CertificateStep
from certs.model.enrolment import EnrollmentToken
from certs.model.system import System
from hub.access import Caller
from hub.procedure import Party


@unique
class RevocationCause(StrEnum):
    """Why a certificate is revoked, as far as it decides what falls with it (RFC 5280 section 5.3.1: keyCompromise, superseded)."""

    LOSS = "loss"
    """The key is, or may be, in other hands: all that was renewed from it falls too. Whoever says nothing says this."""
    SUPERSEDED = "superseded"
    """The same bearer has a newer certificate and needs this one no more: it falls alone."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """What a revocation took, and what else lives of the department: an operator sees at once whether that is all.

    `certificates` begins with the one that was named, where it was not revoked before; `living` are the department's systems with those
    certificates alone that are valid; `tokens` are its enrolment tokens that still work.
    """

    certificates: tuple[Certificate, ...]
    token_count: int
    login_count: int
    living: tuple[System, ...]
    tokens: tuple[EnrollmentToken, ...]


@dataclass(frozen=True, slots=True)
class CertificateCase:
    """A certificate as its procedure sees it: with the system that bears it, at a moment."""

    certificate: Certificate
    bearer: System
    at: datetime

    @property
    def state(self) -> CertificateStatus:
        """Return its status at the moment; it is nowhere stored."""
        return self.certificate.status(self.at)

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return which system bears it; its sister systems have no part in it."""
        return {Party.SYSTEM: self.bearer.name}

    def revoke(self, by: Caller, reason: str, cause: RevocationCause = RevocationCause.LOSS) -> tuple[Certificate, ...]:
        """Return what falls, revoked, by the system itself or the authority; what was revoked before stays as it was."""
        CERTIFICATE_PROCEDURE.admit(self, CertificateStep.REVOKE, by)
        falling = grown_from(self.certificate, self.bearer.certificates) if cause is RevocationCause.LOSS else [self.certificate]
        # A certificate that was superseded may turn out to be lost: what was renewed from it falls then. Where nothing is left to
        # fall, the certificate itself says that it is revoked.
        left = [one for one in falling if one.revoke_time is None] or [self.certificate]
        return tuple(one.revoke(self.at, reason) for one in left)


@dataclass(frozen=True, slots=True)
class SystemCase:
    """All certificates of a system together, as their procedure sees them; of a system that is only invited there are none."""

    system: System
    at: datetime

    @property
    def state(self) -> CertificateStatus:
        """Return valid for as long as anything is left to revoke."""
        left = any(one.revoke_time is None for one in self.system.certificates)
        return CertificateStatus.VALID if left else CertificateStatus.REVOKED

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return which system it is."""
        return {Party.SYSTEM: self.system.name}

    def admit(self, by: Caller) -> None:
        """Refuse whoever is neither the system itself nor the authority."""
        CERTIFICATE_PROCEDURE.admit(self, CertificateStep.REVOKE, by)

    def revoke(self, reason: str) -> tuple[Certificate, ...]:
        """Return all its certificates that were not revoked before, revoked."""
        return tuple(one.revoke(self.at, reason) for one in self.system.certificates if one.revoke_time is None)


def grown_from(lost: Certificate, kin: Sequence[Certificate]) -> list[Certificate]:
    """Return the certificate and, of its system's, all that grew from it or may have grown from it, each once."""
    renewals: dict[str, list[Certificate]] = {}
    for one in kin:
        if one.parent is not None and one.parent != one.serial:
            renewals.setdefault(one.parent, []).append(one)
    # Of the same moment counts as later: nobody knows better, and the doubt is the thief's.
    doubtful = [one for one in kin if one.parent is None and one.create_time >= lost.create_time]
    found: dict[str, Certificate] = {}
    waiting = [*reversed(doubtful), lost]
    while waiting:
        one = waiting.pop()
        if one.serial not in found:
            found[one.serial] = one
            waiting += renewals.get(one.serial, [])
    return list(found.values())


def alive(systems: Iterable[System], at: datetime) -> tuple[System, ...]:
    """Return those of the systems that have valid certificates, with these alone."""
    shown = (one.with_valid_certificates(at) for one in systems)
    return tuple(one for one in shown if one.certificates)
