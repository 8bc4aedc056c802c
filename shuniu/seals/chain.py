"""Whom to trust: paths from a certificate to an anchor, its dates, its revocation, its key usage (RFC 5280 6.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from shuniu.seals import judgements
from shuniu.seals.certificate import Sm2Certificate
from shuniu.seals.names import comparable
from shuniu.seals.report import Judgement, ReportStep

_LONGEST_PATH: Final = 5  # certificates, end and anchor included
_SIGNING: Final = frozenset({"digital_signature", "non_repudiation"})
_OTHER_PURPOSES: Final = frozenset(f"1.3.6.1.5.5.7.3.{number}" for number in (1, 3, 8, 9))
"""serverAuth, codeSigning, timeStamping, OCSPSigning (RFC 5280 4.2.1.12): a certificate for these alone is for no documents."""


@dataclass(frozen=True)
class Revocation:
    """What is known of one certificate: nothing at all, or that it stands, or since when it is revoked."""

    known: bool
    since: datetime | None = None


Revocations = Callable[[Sm2Certificate], Revocation]


@dataclass(frozen=True)
class RevocationTable:
    """Revocations by issuer name and serial number; about certificates of an issuer not listed it knows nothing.

    `strangers` bear an issuer's name and are in no register of that issuer: about them it knows nothing either. Issuers are given by their
    names in DER; another spelling of the same name (RFC 5280 7.1) is the same issuer, so that no spelling escapes a revocation.
    """

    issuers: frozenset[bytes] = frozenset()
    since: Mapping[tuple[bytes, int], datetime] = field(default_factory=dict)
    strangers: frozenset[tuple[bytes, int]] = frozenset()

    def __post_init__(self) -> None:
        """Bring the names into the form in which they are compared."""
        since: dict[tuple[bytes, int], datetime] = {}
        for (name, serial), at in self.since.items():
            key = (comparable(name), serial)
            since[key] = min(at, since.get(key, at))
        object.__setattr__(self, "since", since)
        object.__setattr__(self, "issuers", frozenset(map(comparable, self.issuers)))
        object.__setattr__(self, "strangers", frozenset((comparable(name), serial) for name, serial in self.strangers))

    def __call__(self, certificate: Sm2Certificate) -> Revocation:
        """Answer for one certificate."""
        issuer = comparable(certificate.issuer_raw)
        key = (issuer, certificate.serial)
        known = issuer in self.issuers and key not in self.strangers
        return Revocation(known or key in self.since, self.since.get(key))


@dataclass(frozen=True)
class Trust:
    """What a verifier rests on: trust anchors, the intermediate CAs it knows, and what it knows of revocations."""

    anchors: tuple[Sm2Certificate, ...]
    intermediates: tuple[Sm2Certificate, ...] = ()
    revocations: Revocations = field(default_factory=RevocationTable)


def check_chain(
    certificate: Sm2Certificate, trust: Trust, at: datetime, *, made: datetime, who: str, clause: str, used: datetime | None = None
) -> tuple[ReportStep, ...]:
    """Return four steps: `<who>.chain`, `.dates`, `.revocation`, `.key_usage`.

    `made` is when the signature under examination says it was made, `used` when what was signed was put to use, where that is another moment;
    what was in order at one of them and has expired by `at` is VALID_WHEN_SIGNED. A revocation after `made` is INDETERMINATE: only a time
    stamp could tell which came first.
    """
    path, flaw = _path(certificate, trust)
    checks = {
        "chain": flaw or judgements.CHAIN_HOLDS,
        "dates": _dates(path, at, (made,) if used is None else (made, used)),
        "revocation": _revocation(path, trust, at, made),
        "key_usage": _key_usage(certificate),
    }
    anchor = path[-1].subject.common_name
    return tuple(judgement.of(f"{who}.{name}", clause, anchor=anchor) for name, judgement in checks.items())


def anchor_of(certificate: Sm2Certificate, trust: Trust) -> Sm2Certificate | None:
    """Return the anchor on which the certificate's chain rests, None where the chain does not hold."""
    path, flaw = _path(certificate, trust)
    return None if flaw else path[-1]


def _path(certificate: Sm2Certificate, trust: Trust) -> tuple[tuple[Sm2Certificate, ...], Judgement | None]:
    """Return the path up to an anchor and what is wrong with it; without one, the certificate alone."""
    flaw: Judgement | None = None
    paths: list[tuple[Sm2Certificate, ...]] = [(certificate,)]
    while paths:
        # several CAs may bear one name, so every path is tried until one has no flaw
        path = paths.pop()
        if any(path[-1].raw == anchor.raw for anchor in trust.anchors):
            flaw = _flaw(path)
            if flaw is None:
                return path, None
        elif len(path) < _LONGEST_PATH:
            above = (*trust.intermediates, *trust.anchors)
            paths += [(*path, issuer) for issuer in above if issuer not in path and path[-1].signed_by(issuer)]
    return (certificate,), flaw or judgements.ISSUER_NOT_TRUSTED


def _flaw(path: tuple[Sm2Certificate, ...]) -> Judgement | None:
    """Check what each certificate of a path may do (RFC 5280 6.1.4 and 6.1.5)."""
    if any(certificate.unknown_critical for certificate in path):
        return judgements.UNKNOWN_CRITICAL_EXTENSION
    # `below` counts the CAs between this issuer and the end of the path (RFC 5280 4.2.1.9)
    for below, issuer in enumerate(path[1:]):
        if not issuer.ca or not (issuer is path[-1] or _may_issue(issuer)):
            return judgements.ISSUER_IS_NO_CA
        if issuer.path_length is not None and below > issuer.path_length:
            return judgements.PATH_TOO_LONG
    return None


def _may_issue(issuer: Sm2Certificate) -> bool:
    """RFC 5280 6.1.4 (n): keyCertSign is asked for where there is a keyUsage; an anchor's own extensions are no part of the path (6.1.1 (d))."""
    return issuer.key_usage is None or "key_cert_sign" in issuer.key_usage


def _dates(path: tuple[Sm2Certificate, ...], at: datetime, moments: tuple[datetime, ...]) -> Judgement:
    if all(certificate.covers(at) for certificate in path):
        return judgements.CERTIFICATE_IN_TERM
    if any(at < certificate.not_before for certificate in path):
        return judgements.CERTIFICATE_NOT_YET_VALID
    if any(all(certificate.covers(moment) for certificate in path) for moment in moments):
        return judgements.CERTIFICATE_EXPIRED_SINCE
    # at the signature itself it had not begun yet: that it has expired by now is not what was wrong
    early = any(moments[0] < certificate.not_before for certificate in path)
    return judgements.CERTIFICATE_NOT_BEGUN if early else judgements.CERTIFICATE_EXPIRED


def _revocation(path: tuple[Sm2Certificate, ...], trust: Trust, at: datetime, made: datetime) -> Judgement:
    answers = [trust.revocations(certificate) for certificate in path if certificate not in trust.anchors]
    # as known at `at`: a later revocation says nothing about a check of that moment
    since = min((answer.since for answer in answers if answer.since is not None and answer.since <= at), default=None)
    if since is not None:
        return judgements.REVOKED if since <= made else judgements.REVOKED_SINCE
    return judgements.NOT_REVOKED if all(answer.known for answer in answers) else judgements.REVOCATION_UNKNOWN


def _key_usage(certificate: Sm2Certificate) -> Judgement:
    # RFC 5280 4.2.1.12: both extensions are looked at, each by itself; purposes that are not known here may well be document signing
    if certificate.purposes and certificate.purposes <= _OTHER_PURPOSES:
        return judgements.OTHER_PURPOSES
    if certificate.key_usage is None:
        return judgements.KEY_USAGE_ABSENT
    return judgements.KEY_MAY_SIGN if certificate.key_usage & _SIGNING else judgements.KEY_MAY_NOT_SIGN
