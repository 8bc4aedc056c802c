"""Whom to trust: paths from a certificate to an anchor, its dates, its revocation, its key usage (RFC 5280 6.1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from seals.report import Result, Step
from seals.x509.certificate import Certificate

_LONGEST_PATH: Final = 5
_SIGNING: Final = frozenset({"digital_signature", "non_repudiation"})


@dataclass(frozen=True, slots=True)
class Revocation:
    """What is known of one certificate: nothing at all, or that it stands, or since when it is revoked."""

    known: bool
    since: datetime | None = None


Revocations = Callable[[Certificate], Revocation]


@dataclass(frozen=True, slots=True)
class RevocationTable:
    """Revocations by issuer name and serial number; about certificates of an issuer not listed it knows nothing."""

    issuers: frozenset[bytes] = frozenset()
    since: Mapping[tuple[bytes, int], datetime] = field(default_factory=dict)

    def __call__(self, certificate: Certificate) -> Revocation:
        """Answer for one certificate."""
        key = (certificate.issuer_raw, certificate.serial)
        return Revocation(certificate.issuer_raw in self.issuers or key in self.since, self.since.get(key))


@dataclass(frozen=True, slots=True)
class Trust:
    """What the verifier believes in: anchors, intermediate CAs it knows, and whom to ask about revocation."""

    anchors: tuple[Certificate, ...]
    intermediates: tuple[Certificate, ...] = ()
    revoked: Revocations = field(default_factory=RevocationTable)


def check_chain(certificate: Certificate, trust: Trust, at: datetime, *, made: datetime, who: str, clause: str) -> tuple[Step, ...]:
    """Return four steps: `<who>.chain`, `.dates`, `.revocation`, `.key_usage`.

    `made` is when the signature under examination says it was made; what was in order then and has expired by `at` is
    VALID_WHEN_SIGNED. A revocation between the two is INDETERMINATE: only a time stamp could tell which came first.
    """
    path, broken = _path(certificate, trust)
    checks = {
        "chain": broken or (Result.VALID, "OK", "leads to a trust anchor", "可追溯至信任锚"),
        "dates": _dates(path, at, made),
        "revocation": _revocation(path, trust, at, made),
        "key_usage": _key_usage(certificate),
    }
    return tuple(Step(f"{who}.{name}", *verdict, clause) for name, verdict in checks.items())


_Verdict = tuple[Result, str, str, str]


def _path(certificate: Certificate, trust: Trust) -> tuple[tuple[Certificate, ...], _Verdict | None]:
    """Return the path up to an anchor and what is wrong with it; without one, the certificate alone."""
    reason: _Verdict | None = None
    paths: list[tuple[Certificate, ...]] = [(certificate,)]
    while paths:
        path = paths.pop()
        if any(path[-1].raw == anchor.raw for anchor in trust.anchors):
            reason = _flaw(path)
            if reason is None:
                return path, None
        elif len(path) < _LONGEST_PATH:
            above = (*trust.intermediates, *trust.anchors)
            paths += [(*path, issuer) for issuer in above if issuer not in path and path[-1].signed_by(issuer)]
    return (certificate,), reason or (
        Result.INVALID,
        "ISSUER_NOT_TRUSTED",
        "no trust anchor stands behind this certificate",
        "证书不能追溯至任何信任锚",
    )


def _flaw(path: tuple[Certificate, ...]) -> _Verdict | None:
    """Check what each certificate of a path may do (RFC 5280 6.1.4 and 6.1.5)."""
    if any(certificate.unknown_critical for certificate in path):
        return Result.INVALID, "UNKNOWN_CRITICAL_EXTENSION", "a critical extension is not understood", "证书含有无法识别的关键扩展"
    for below, issuer in enumerate(path[1:]):
        if not issuer.ca or "key_cert_sign" not in (issuer.key_usage or ()):
            return Result.INVALID, "ISSUER_IS_NO_CA", "an issuer in the chain may not issue certificates", "证书链中的颁发者无权签发证书"
        if issuer.path_length is not None and below > issuer.path_length:
            return Result.INVALID, "PATH_TOO_LONG", "the chain is longer than a CA in it allows", "证书链长度超过限制"
    return None


def _dates(path: tuple[Certificate, ...], at: datetime, made: datetime) -> _Verdict:
    if all(certificate.covers(at) for certificate in path):
        return Result.VALID, "OK", "within its dates", "在有效期内"
    if any(at < certificate.not_before for certificate in path):
        return Result.INVALID, "NOT_YET_VALID", "a certificate is not yet valid", "证书尚未生效"
    if all(certificate.covers(made) for certificate in path):
        return Result.VALID_WHEN_SIGNED, "EXPIRED_SINCE", "expired now, but valid when it signed", "证书现已过期, 但签名时有效"
    return Result.INVALID, "EXPIRED", "expired, and not valid when it signed either", "证书已过期, 且签名时亦无效"


def _revocation(path: tuple[Certificate, ...], trust: Trust, at: datetime, made: datetime) -> _Verdict:
    answers = [trust.revoked(certificate) for certificate in path if certificate not in trust.anchors]
    since = min((answer.since for answer in answers if answer.since is not None and answer.since <= at), default=None)
    if since is not None and since <= made:
        return Result.INVALID, "REVOKED", "revoked before it signed", "证书在签名前已被撤销"
    if since is not None:
        return Result.INDETERMINATE, "REVOKED_SINCE", "revoked after the time the signature states", "证书在所称签名时间之后被撤销"
    if not all(answer.known for answer in answers):
        return Result.INDETERMINATE, "REVOCATION_UNKNOWN", "nobody could tell whether it is revoked", "无法查询证书撤销状态"
    return Result.VALID, "OK", "not revoked", "未被撤销"


def _key_usage(certificate: Certificate) -> _Verdict:
    if certificate.key_usage is None:
        return Result.INDETERMINATE, "KEY_USAGE_ABSENT", "the certificate does not say what its key is for", "证书未声明密钥用法"
    if not certificate.key_usage & _SIGNING:
        return Result.INVALID, "KEY_USAGE", "the key is not meant for signing", "密钥用法不允许签名"
    return Result.VALID, "OK", "the key may sign", "密钥用法允许签名"
