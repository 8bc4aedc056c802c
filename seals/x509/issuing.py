"""Issuing SM2 certificates and requests: asn1crypto builds what is signed, the holder of the key signs it."""

from datetime import datetime
from enum import Enum
from typing import Any, Final

from asn1crypto import csr, keys, x509

from hub.errors import InvalidInputError, NotAllowedError
from hub.signer import Signer
from hub.sm2 import PrivateKey, PublicKey, sm3
from seals.asn1 import SM2_WITH_SM3, der
from seals.x509.certificate import read_certificate
from seals.x509.names import Subject, read_subject

_ALGORITHM: Final[dict[str, str]] = {"algorithm": SM2_WITH_SM3}  # parameters are absent: GB/T 20518, RFC 5758 style
_CSR_CAP: Final = 16 << 10
_UTC_TIME_ENDS: Final = 2050  # RFC 5280 4.1.2.5
_SERIAL_BITS: Final = 159  # RFC 5280 4.1.2.2: 20 bytes and positive
_KEY_ID_BYTES: Final = 20


class Usage(Enum):
    """What a certificate's key is for (RFC 5280 4.2.1.3); GB/T 38540 signatures and seals want SIGN."""

    SIGN = frozenset({"digital_signature", "non_repudiation"})
    ENCRYPT = frozenset({"key_encipherment", "data_encipherment"})
    CA = frozenset({"key_cert_sign", "crl_sign"})


def self_signed_ca(key: PrivateKey, subject: Subject, not_before: datetime, not_after: datetime, serial: int) -> bytes:
    """Return a root certificate in DER, signed by its own key."""
    extensions = _extensions(key.public, _key_id(key.public), {"ca": True}, Usage.CA)
    return _signed(_tbs(subject.to_name(), subject.to_name(), key.public, extensions, not_before, not_after, serial), key)


def issue(
    ca_cert: bytes,
    ca_key: Signer,
    subject: Subject,
    public_key: PublicKey,
    usage: Usage,
    not_before: datetime,
    not_after: datetime,
    serial: int,
) -> bytes:
    """Return a certificate in DER for somebody else's public key; with Usage.CA an issuing CA that has no CA below it."""
    parent = read_certificate(ca_cert)
    if not parent.ca:
        raise NotAllowedError("this certificate is not a CA's", zh="该证书不是 CA 证书", reason="NOT_A_CA")
    constraints = {"ca": True, "path_len_constraint": 0} if usage is Usage.CA else {"ca": False}
    key_id = x509.Certificate.load(ca_cert).key_identifier or _key_id(parent.public_key)
    extensions = _extensions(public_key, key_id, constraints, usage)
    issuer = x509.Name.load(parent.subject_raw)
    certificate = _signed(_tbs(issuer, subject.to_name(), public_key, extensions, not_before, not_after, serial), ca_key)
    if not read_certificate(certificate).signed_by(parent):
        raise InvalidInputError("the key does not belong to the CA certificate", zh="私钥与 CA 证书不匹配", reason="KEY_MISMATCH")
    return certificate


def make_csr(key: PrivateKey, subject: Subject) -> bytes:
    """Return a PKCS#10 request in DER (RFC 2986), whose signature proves possession of the key."""
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": subject.to_name(),
            "subject_pk_info": keys.PublicKeyInfo.load(key.public.spki),
            "attributes": csr.CRIAttributes([]),
        }
    ).dump()
    return _signed(info, key)


def read_csr(data: bytes) -> tuple[Subject, PublicKey]:
    """Return who asks and for which key; the request's own signature is checked first."""
    info, algorithm, signature = der.parse(data, "request", at_most=_CSR_CAP).sequence("request", at_least=3, at_most=3)
    fields = info.sequence("request", at_least=3, at_most=4)
    if fields[0].integer("version") != 0 or algorithm.raw != der.write_sequence(der.write_oid(SM2_WITH_SM3)):
        der.refuse("the request is not PKCS#10 version 1 signed by SM2 with SM3")
    key = PublicKey.from_spki(fields[2].raw)
    if not key.verify(signature.bits("signature"), info.raw):
        raise InvalidInputError(
            "the request is not signed by the key it names", zh="证书请求未由其公钥对应的私钥签名", reason="NO_PROOF_OF_POSSESSION"
        )
    return read_subject(fields[1], "subject"), key


def _tbs(
    issuer: x509.Name,
    subject: x509.Name,
    public: PublicKey,
    extensions: list[dict[str, Any]],
    not_before: datetime,
    not_after: datetime,
    serial: int,
) -> bytes:
    if not 0 < serial < 1 << _SERIAL_BITS or not_before >= not_after:
        raise InvalidInputError(
            "a certificate needs a positive serial number and dates in order", zh="证书序列号或有效期不合规", reason="BAD_CERTIFICATE"
        )
    tbs = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": serial,
            "signature": _ALGORITHM,
            "issuer": issuer,
            "validity": {"not_before": _time(not_before), "not_after": _time(not_after)},
            "subject": subject,
            "subject_public_key_info": keys.PublicKeyInfo.load(public.spki),
            "extensions": extensions,
        }
    )
    return bytes(tbs.dump())


def _extensions(public: PublicKey, issuer_key_id: bytes, constraints: dict[str, Any], usage: Usage) -> list[dict[str, Any]]:
    return [
        {"extn_id": "basic_constraints", "critical": True, "extn_value": constraints},
        {"extn_id": "key_usage", "critical": True, "extn_value": set(usage.value)},
        {"extn_id": "key_identifier", "critical": False, "extn_value": _key_id(public)},
        {"extn_id": "authority_key_identifier", "critical": False, "extn_value": {"key_identifier": issuer_key_id}},
    ]


def _key_id(public: PublicKey) -> bytes:
    return sm3(public.point)[:_KEY_ID_BYTES]


def _time(moment: datetime) -> x509.Time:
    return x509.Time({"utc_time" if moment.year < _UTC_TIME_ENDS else "general_time": moment})


def _signed(tbs: bytes, key: Signer) -> bytes:
    return der.write_sequence(tbs, der.write_sequence(der.write_oid(SM2_WITH_SM3)), der.write_bits(key.sign(tbs)))
