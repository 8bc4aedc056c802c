"""Issuing SM2 certificates and reading the requests for them: asn1crypto builds what is signed, the holder of the key signs it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final

from asn1crypto import keys, x509

from hub.signer import Signer
from seals.x509.reasons import CERTIFICATE_TERMS, KEY_MISMATCH, NO_PROOF_OF_POSSESSION, NOT_A_CA, NOT_A_REQUEST, OTHER_USER_ID
from shuniu import pem
from shuniu.seals.certificate import read_certificate
from shuniu.seals.names import CertificateSubject, read_subject
from shuniu.seals.structures import SM2_WITH_SM3
from shuniu.sm2 import PublicKey, der, sm3

_ALGORITHM: Final[dict[str, str]] = {"algorithm": SM2_WITH_SM3}  # parameters are absent: GB/T 20518, RFC 5758 style
_CSR_CAP: Final = 16 << 10
_PEM_HEAD: Final = b"-----BEGIN "
_OTHER_USER_IDS: Final = (b"", b"anonym@gmssl.org", b"ALICE123@YAHOO.COM")
_REQUEST_ALGORITHMS: Final = tuple(der.write_sequence(der.write_oid(SM2_WITH_SM3), parameters) for parameters in (b"", b"\x05\x00"))
_UTC_TIME_ENDS: Final = 2050  # RFC 5280 4.1.2.5
_SERIAL_BITS: Final = 159  # RFC 5280 4.1.2.2: 20 bytes and positive
_KEY_ID_BYTES: Final = 20


class Usage(Enum):
    """What a certificate's key is for (RFC 5280 4.2.1.3); GB/T 38540 signatures and seals want SIGN."""

    SIGN = frozenset({"digital_signature", "non_repudiation"})
    ENCRYPT = frozenset({"key_encipherment", "data_encipherment"})
    CA = frozenset({"key_cert_sign", "crl_sign"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sm2CertificateDraft:
    """What a certificate is to say beside its issuer; the serial number comes in, because randomness does."""

    subject: CertificateSubject
    public_key: PublicKey
    usage: Usage
    not_before: datetime
    not_after: datetime
    serial: int

    def __post_init__(self) -> None:
        if not 0 < self.serial < 1 << _SERIAL_BITS or self.not_before >= self.not_after:
            raise CERTIFICATE_TERMS(bits=_SERIAL_BITS)


def self_signed_ca(ca: Signer, subject: CertificateSubject, not_before: datetime, not_after: datetime, serial: int) -> bytes:
    """Return a root certificate in DER, signed by its own key."""
    key = PublicKey.from_spki(ca.public_der)
    draft = Sm2CertificateDraft(subject=subject, public_key=key, usage=Usage.CA, not_before=not_before, not_after=not_after, serial=serial)
    return _sign(_tbs(_name(subject), draft, _extensions(key, _key_id(key), {"ca": True}, Usage.CA)), ca)


def issue(ca_cert: bytes, ca: Signer, draft: Sm2CertificateDraft) -> bytes:
    """Return a certificate in DER for somebody else's public key; with Usage.CA an issuing CA that has no CA below it."""
    parent = read_certificate(ca_cert)
    if not parent.ca:
        raise NOT_A_CA()
    constraints = {"ca": True, "path_len_constraint": 0} if draft.usage is Usage.CA else {"ca": False}
    key_id = x509.Certificate.load(ca_cert).key_identifier or _key_id(parent.public_key)
    extensions = _extensions(draft.public_key, key_id, constraints, draft.usage)
    certificate = _sign(_tbs(x509.Name.load(parent.subject_raw), draft, extensions), ca)
    # a signer that holds another key than its certificate is found here and not by every verifier
    if not read_certificate(certificate).signed_by(parent):
        raise KEY_MISMATCH()
    return certificate


def read_csr(data: bytes) -> tuple[CertificateSubject, PublicKey]:
    """Return who asks and for which key; the request's own signature is checked first.

    DER or PEM, and what OpenSSL, HSMs and older tools write otherwise than this hub: NULL as the algorithm's parameters, SM2's own object
    identifier for the key's kind, no attributes, a signature of 64 raw bytes.
    """
    what = "CertificationRequest"
    if data.lstrip().startswith(_PEM_HEAD):
        data = pem.unarmor(data, "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST") or b""
    info, algorithm, signature = der.parse(data, what, at_most=_CSR_CAP).sequence(what, at_least=3, at_most=3)
    fields = info.sequence("CertificationRequestInfo", at_least=3, at_most=4)
    if fields[0].integer("version") != 0 or algorithm.raw not in _REQUEST_ALGORITHMS:
        raise NOT_A_REQUEST()
    key = PublicKey.from_foreign_spki(fields[2].raw)
    _check_possession(key, signature.bits("signature"), info.raw)
    return read_subject(fields[1], "subject"), key


def _check_possession(key: PublicKey, signature: bytes, info: bytes) -> None:
    if key.verify(signature, info):
        return
    # the ids that tools put in where nobody names one: OpenSSL none, GmSSL and the standard's own example theirs
    if any(key.verify(signature, info, user_id=user_id) for user_id in _OTHER_USER_IDS):
        raise OTHER_USER_ID(field="csr")
    raise NO_PROOF_OF_POSSESSION(field="csr")


def _tbs(issuer: x509.Name, draft: Sm2CertificateDraft, extensions: list[dict[str, Any]]) -> bytes:
    tbs = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": draft.serial,
            "signature": _ALGORITHM,
            "issuer": issuer,
            "validity": {"not_before": _time(draft.not_before), "not_after": _time(draft.not_after)},
            "subject": _name(draft.subject),
            "subject_public_key_info": keys.PublicKeyInfo.load(draft.public_key.spki),
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
    # method 1 of RFC 5280 4.2.1.2, with SM3 in the place of SHA-1
    return sm3(public.point)[:_KEY_ID_BYTES]


def _time(moment: datetime) -> x509.Time:
    return x509.Time({"utc_time" if moment.year < _UTC_TIME_ENDS else "general_time": moment})


def _sign(tbs: bytes, key: Signer) -> bytes:
    return der.write_sequence(tbs, der.write_sequence(der.write_oid(SM2_WITH_SM3)), der.write_bits(key.sign(tbs)))


def _name(subject: CertificateSubject) -> x509.Name:
    """Return the X.501 name, from country to common name."""
    parts = {
        "country_name": subject.country,
        "organization_name": subject.organization,
        "organization_identifier": subject.organization_id,
        "common_name": subject.common_name,
    }
    return x509.Name.build({key: value for key, value in parts.items() if value})
