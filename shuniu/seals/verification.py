"""Verification of seals and signatures: a report of every check, over the bytes as they came, at a given moment.

GB/T 38540-2020 6.3 (seal) and 7.3 (signature). Checks do not stop at the first failure: whoever reads the report sees all
that is wrong. Only a format that cannot be read ends it, since nothing further can be checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final, Union

from shuniu.catalogue import InvalidInputError
from shuniu.seals import judgements
from shuniu.seals.certificate import Sm2Certificate, read_certificate
from shuniu.seals.chain import Trust, check_chain
from shuniu.seals.reading import read_seal, read_signature
from shuniu.seals.report import Judgement, Report, ReportStep, Result
from shuniu.seals.structures import SM2_WITH_SM3, SM3, ExtData, SesSeal, SesSignature
from shuniu.sm2 import PublicKey, is_signature, sm3

SKEW: Final = timedelta(minutes=5)  # how far a signer's clock may run ahead of ours
_SM3_NAMES: Final = frozenset({"SM3", SM3})
_Reading = Union[Sm2Certificate, InvalidInputError]
"""A certificate, or why it cannot be read."""


def verify_seal(seal_der: bytes, trust: Trust, at: datetime) -> Report:
    """Report on a seal by itself: whether it may be used at the moment `at`."""
    try:
        seal = read_seal(seal_der)
    except InvalidInputError as malformed:
        return Report(at, (_unreadable("seal.format", malformed, "GB/T 38540-2020 6.3 a)"),))
    return Report(at, tuple(_seal_steps(seal, trust, at, used=at)))


def verify_signature(signature_der: bytes, original: bytes | None, trust: Trust, at: datetime, *, digest: bytes | None = None) -> Report:
    """Report on a signature over `original`, or over the document whose SM3 is `digest`.

    With neither, the report stays INDETERMINATE: the seal may be genuine, but nobody knows on what it was set.
    """
    try:
        signature = read_signature(signature_der)
    except InvalidInputError as malformed:
        return Report(at, (_unreadable("format", malformed, "GB/T 38540-2020 7.3"),))
    computed = sm3(original) if original is not None else digest
    return Report(at, tuple(_signature_steps(signature, computed, trust, at)))


def _seal_steps(seal: SesSeal, trust: Trust, at: datetime, used: datetime) -> Iterator[ReportStep]:
    yield _format("seal.format", seal.info.extensions, "GB/T 38540-2020 6.3 a)")
    maker = _read(seal.maker_cert)
    yield _signature("seal.signature", maker, seal, seal.info_raw, "GB/T 38540-2020 6.3 b)")
    # one that has expired is measured at its own act: the maker's certificate at the making, the signer's at the signing. A maker may have
    # renewed its certificate and put the new one into the seal: so it is measured at the stamp's time as well, when a verifier would have taken it
    clause, created = "GB/T 38540-2020 6.3 c)", seal.info.property.created
    yield from _chain(maker, lambda held: check_chain(held, trust, at, made=created, used=used, who="maker", clause=clause), "maker", clause)
    yield _seal_validity(seal, at, used)


def _signature_steps(signature: SesSignature, computed: bytes | None, trust: Trust, at: datetime) -> Iterator[ReportStep]:
    tbs, clause = signature.tbs, "GB/T 38540-2020 7.3"
    yield _format("format", tbs.extensions, clause)
    yield from _seal_steps(tbs.seal, trust, at, used=tbs.time)
    signer = _read(signature.signer_cert)
    yield _signature("signature", signer, signature, tbs.raw, clause)
    yield from _chain(signer, lambda held: check_chain(held, trust, at, made=tbs.time, who="signer", clause=clause), "signer", clause)
    yield _signer_in_seal(signature, clause)
    yield _time_in_certificate(signer, tbs.time, at, clause)
    yield _time_in_seal(signature, clause)
    yield _data_hash(tbs.data_hash, computed, clause)
    yield _timestamp(signature, clause)


def _unreadable(name: str, malformed: InvalidInputError, clause: str) -> ReportStep:
    return ReportStep(name, Result.INVALID, malformed.reason, malformed.message, malformed.zh, clause)


def _format(name: str, extensions: tuple[ExtData, ...], clause: str) -> ReportStep:
    critical = any(item.critical for item in extensions)
    return (judgements.CRITICAL_EXTENSION if critical else judgements.WELL_FORMED).of(name, clause)


def _read(data: bytes) -> _Reading:
    try:
        return read_certificate(data)
    except InvalidInputError as malformed:
        return malformed


def _signature(name: str, holder: _Reading, value: SesSeal | SesSignature, data: bytes, clause: str) -> ReportStep:
    """Check the signature in `value` over `data` against the certificate of its holder."""
    if isinstance(holder, InvalidInputError):
        return judgements.SIGNATURE_NOT_CHECKED.of(name, clause)
    if value.algorithm != SM2_WITH_SM3:
        return judgements.OTHER_ALGORITHM.of(name, clause, algorithm=value.algorithm)
    try:
        return _value(holder.public_key, value.signature, data).of(name, clause)
    except InvalidInputError as other_key:
        return _unreadable(name, other_key, clause)


def _value(key: PublicKey, signature: bytes, data: bytes) -> Judgement:
    if key.verify(signature, data):
        return judgements.SIGNATURE_HOLDS
    if not is_signature(signature):
        return judgements.SIGNATURE_FORM
    return judgements.SIGNATURE_OTHER_ID if key.verify(signature, data, user_id=b"") else judgements.SIGNATURE_WRONG


def _chain(certificate: _Reading, check: Callable[[Sm2Certificate], tuple[ReportStep, ...]], who: str, clause: str) -> tuple[ReportStep, ...]:
    if isinstance(certificate, InvalidInputError):
        return (_unreadable(f"{who}.chain", certificate, clause),)
    return check(certificate)


def _seal_validity(seal: SesSeal, at: datetime, used: datetime) -> ReportStep:
    """Compare the seal's own dates with now and, in a signature, with the time it was set."""
    name, clause, prop = "seal.validity", "GB/T 38540-2020 6.3 d)", seal.info.property
    if prop.valid_from > prop.valid_until:
        return judgements.SEAL_DATES.of(name, clause)
    if at < prop.valid_from:
        return judgements.SEAL_NOT_YET_VALID.of(name, clause)
    if at <= prop.valid_until:
        return judgements.SEAL_IN_TERM.of(name, clause)
    in_term_then = prop.valid_from <= used <= prop.valid_until
    return (judgements.SEAL_EXPIRED_SINCE if in_term_then else judgements.SEAL_EXPIRED).of(name, clause)


def _signer_in_seal(signature: SesSignature, clause: str) -> ReportStep:
    """See that the seal's owner let this certificate sign: byte by byte, or by digest (6.1, certListType 1 and 2)."""
    name, prop = "signer.in_seal", signature.tbs.seal.info.property
    # other digests may name this signer too, so without a match the answer stays open
    known = [item for item in prop.digests if item.type.upper() in _SM3_NAMES]
    if signature.signer_cert in prop.certificates or sm3(signature.signer_cert) in [item.value for item in known]:
        return judgements.SIGNER_LISTED.of(name, clause)
    return (judgements.DIGEST_UNKNOWN if len(known) < len(prop.digests) else judgements.SIGNER_NOT_IN_SEAL).of(name, clause)


def _time_in_certificate(signer: _Reading, time: datetime, at: datetime, clause: str) -> ReportStep:
    name = "time.in_certificate"
    if isinstance(signer, InvalidInputError):
        return judgements.TIME_NOT_CHECKED.of(name, clause)
    # before the dates: a time that has not come yet is worth nothing, whatever it lies in
    if time > at + SKEW:
        return judgements.TIME_IN_FUTURE.of(name, clause)
    return (judgements.TIME_IN_CERTIFICATE if signer.covers(time) else judgements.TIME_OUTSIDE_CERTIFICATE).of(name, clause)


def _time_in_seal(signature: SesSignature, clause: str) -> ReportStep:
    prop = signature.tbs.seal.info.property
    inside = prop.valid_from <= signature.tbs.time <= prop.valid_until
    return (judgements.TIME_IN_SEAL if inside else judgements.TIME_OUTSIDE_SEAL).of("time.in_seal", clause)


def _data_hash(stated: bytes, computed: bytes | None, clause: str) -> ReportStep:
    if computed is None:
        return judgements.ORIGINAL_MISSING.of("data_hash", clause)
    return (judgements.ORIGINAL_FITS if stated == computed else judgements.ORIGINAL_DIFFERS).of("data_hash", clause)


def _timestamp(signature: SesSignature, clause: str) -> ReportStep:
    """Say so where a time stamp is present: its authority is not checked here, so it can neither help nor be passed over."""
    return (judgements.NO_TIMESTAMP if signature.timestamp is None else judgements.TIMESTAMP_NOT_CHECKED).of("timestamp", clause)
