"""Verification of seals and signatures: a report of every check, over the bytes as they came, at a given moment.

GB/T 38540-2020 6.3 (seal) and 7.3 (signature). Checks do not stop at the first failure: whoever reads the report sees all
that is wrong. Only a format that cannot be read ends it, since nothing further can be checked.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from hub.errors import InvalidInputError
from hub.sm2 import sm3
from seals.asn1 import SM2_WITH_SM3, ExtData, SesSeal, SesSignature, read_seal, read_signature
from seals.asn1.structures import SM3
from seals.report import Report, Result, Step
from seals.x509 import Certificate, Trust, check_chain, read_certificate

__all__ = ["Report", "Result", "Step", "Trust", "verify_seal", "verify_signature"]

SKEW: Final = timedelta(minutes=5)  # how far a signer's clock may run ahead of ours
_SM3_NAMES: Final = frozenset({"SM3", SM3})


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


def _seal_steps(seal: SesSeal, trust: Trust, at: datetime, used: datetime) -> Iterator[Step]:
    yield _format("seal.format", seal.info.extensions, "GB/T 38540-2020 6.3 a)")
    maker = _certificate(seal.maker_cert)
    yield _signed("seal.signature", maker, seal.algorithm, seal.signature, seal.info_raw, "GB/T 38540-2020 6.3 b)")
    yield from _chain("maker", maker, trust, at, seal.info.property.created, "GB/T 38540-2020 6.3 c)")
    yield _seal_validity(seal, at, used)


def _signature_steps(signature: SesSignature, computed: bytes | None, trust: Trust, at: datetime) -> Iterator[Step]:
    tbs, clause = signature.tbs, "GB/T 38540-2020 7.3"
    yield _format("format", tbs.extensions, clause)
    yield from _seal_steps(tbs.seal, trust, at, used=tbs.time)
    signer = _certificate(signature.signer_cert)
    yield _signed("signature", signer, signature.algorithm, signature.signature, tbs.raw, clause)
    yield from _chain("signer", signer, trust, at, tbs.time, clause)
    yield _signer_listed(signature, clause)
    yield _time_in_certificate(signer, tbs.time, at, clause)
    yield _time_in_seal(signature, clause)
    yield _data_hash(tbs.data_hash, computed, clause)
    yield _timestamp(signature, clause)


def _unreadable(name: str, malformed: InvalidInputError, clause: str) -> Step:
    return Step(name, Result.INVALID, malformed.reason, malformed.message, malformed.zh, clause)


def _format(name: str, extensions: tuple[ExtData, ...], clause: str) -> Step:
    if any(item.critical for item in extensions):
        return Step(name, Result.INDETERMINATE, "CRITICAL_EXTENSION", "a critical extension is not understood", "含有无法识别的关键扩展数据", clause)
    return Step(name, Result.VALID, "OK", "well-formed, version 4", "格式正确, 第 4 版", clause)


def _certificate(data: bytes) -> Certificate | InvalidInputError:
    try:
        return read_certificate(data)
    except InvalidInputError as malformed:
        return malformed


def _signed(name: str, holder: Certificate | InvalidInputError, algorithm: str, signature: bytes, data: bytes, clause: str) -> Step:
    if isinstance(holder, InvalidInputError):
        return Step(name, Result.INDETERMINATE, "NOT_CHECKED", "the certificate cannot be read", "证书无法解析, 未能验签", clause)
    if algorithm != SM2_WITH_SM3:
        return Step(name, Result.INVALID, "ALGORITHM", f"the algorithm is {algorithm}, not SM2 with SM3", "签名算法不是 SM2-SM3", clause)
    try:
        fits = holder.public_key.verify(signature, data)
    except InvalidInputError as other_key:
        return Step(name, Result.INVALID, other_key.reason, other_key.message, other_key.zh, clause)
    if not fits:
        return Step(name, Result.INVALID, "SIGNATURE", "the signature does not fit the signed bytes", "签名值与被签数据不符", clause)
    return Step(name, Result.VALID, "OK", "signed by the key of its certificate", "签名值正确", clause)


def _chain(who: str, certificate: Certificate | InvalidInputError, trust: Trust, at: datetime, made: datetime, clause: str) -> tuple[Step, ...]:
    if isinstance(certificate, InvalidInputError):
        return (_unreadable(f"{who}.chain", certificate, clause),)
    return check_chain(certificate, trust, at, made=made, who=who, clause=clause)


def _seal_validity(seal: SesSeal, at: datetime, used: datetime) -> Step:
    """Compare the seal's own dates with now and, in a signature, with the time it was set."""
    name, clause, prop = "seal.validity", "GB/T 38540-2020 6.3 d)", seal.info.property
    if prop.valid_from > prop.valid_until:
        return Step(name, Result.INVALID, "SEAL_DATES", "the seal ends before it begins", "印章有效期起止颠倒", clause)
    if at < prop.valid_from:
        return Step(name, Result.INVALID, "SEAL_NOT_YET_VALID", "the seal is not yet valid", "印章尚未生效", clause)
    if at <= prop.valid_until:
        return Step(name, Result.VALID, "OK", "the seal is within its dates", "印章在有效期内", clause)
    if prop.valid_from <= used <= prop.valid_until:
        return Step(name, Result.VALID_WHEN_SIGNED, "SEAL_EXPIRED_SINCE", "the seal has expired since", "印章现已过期, 但签章时有效", clause)
    return Step(name, Result.INVALID, "SEAL_EXPIRED", "the seal has expired", "印章已过期", clause)


def _signer_listed(signature: SesSignature, clause: str) -> Step:
    """See that the seal's owner let this certificate sign: byte by byte, or by digest (6.1, certListType 1 and 2)."""
    name, prop = "signer.in_seal", signature.tbs.seal.info.property
    known = [item for item in prop.digests if item.type.upper() in _SM3_NAMES]
    listed = signature.signer_cert in prop.certificates or sm3(signature.signer_cert) in [item.value for item in known]
    if listed:
        return Step(name, Result.VALID, "OK", "the seal lists this signer", "签章者在印章的证书列表中", clause)
    if len(known) < len(prop.digests):
        return Step(name, Result.INDETERMINATE, "DIGEST_UNKNOWN", "the seal lists signers by an unknown digest", "证书杂凑算法无法识别", clause)
    return Step(name, Result.INVALID, "SIGNER_NOT_IN_SEAL", "the seal does not list this signer", "签章者不在印章的证书列表中", clause)


def _time_in_certificate(signer: Certificate | InvalidInputError, time: datetime, at: datetime, clause: str) -> Step:
    name = "time.in_certificate"
    if isinstance(signer, InvalidInputError):
        return Step(name, Result.INDETERMINATE, "NOT_CHECKED", "the certificate cannot be read", "证书无法解析", clause)
    if time > at + SKEW:
        return Step(name, Result.INVALID, "TIME_IN_FUTURE", "the signature states a time to come", "签章时间晚于当前时间", clause)
    if not signer.covers(time):
        return Step(name, Result.INVALID, "TIME_OUTSIDE_CERTIFICATE", "signed outside the certificate's dates", "签章时间不在证书有效期内", clause)
    return Step(name, Result.VALID, "OK", "signed within the certificate's dates", "签章时间在证书有效期内", clause)


def _time_in_seal(signature: SesSignature, clause: str) -> Step:
    prop = signature.tbs.seal.info.property
    if not prop.valid_from <= signature.tbs.time <= prop.valid_until:
        return Step("time.in_seal", Result.INVALID, "TIME_OUTSIDE_SEAL", "signed outside the seal's dates", "签章时间不在印章有效期内", clause)
    return Step("time.in_seal", Result.VALID, "OK", "signed within the seal's dates", "签章时间在印章有效期内", clause)


def _data_hash(stated: bytes, computed: bytes | None, clause: str) -> Step:
    if computed is None:
        return Step("data_hash", Result.INDETERMINATE, "ORIGINAL_MISSING", "the original was not given", "未提供原文", clause)
    if stated != computed:
        return Step("data_hash", Result.INVALID, "DATA_HASH", "the original is not what was signed", "原文杂凑值不符, 原文已被改动", clause)
    return Step("data_hash", Result.VALID, "OK", "the original is what was signed", "原文杂凑值相符", clause)


def _timestamp(signature: SesSignature, clause: str) -> Step:
    """Say so where a time stamp is present: its authority is not checked here, so it can neither help nor be passed over."""
    if signature.timestamp is None:
        return Step("timestamp", Result.VALID, "NONE", "no time stamp; the time is the signer's own word", "无时间戳, 签章时间为签章者自述", clause)
    return Step("timestamp", Result.INDETERMINATE, "TIMESTAMP_NOT_CHECKED", "the time stamp is not checked", "时间戳未验证", clause)
