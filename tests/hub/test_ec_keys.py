"""One key has one encoding: every door that reads a public key from somebody else refuses a hybrid point."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from asn1crypto import csr as asn1
from asn1crypto import pem
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certs.csr import read_csr as read_tls_csr
from hub.errors import InvalidInputError
from seals.x509 import make_csr, read_csr, self_signed_ca
from shuniu import sm2
from shuniu.codes import cose
from shuniu.codes.ec_keys import is_hybrid, p256_from_pem
from shuniu.seals.certificate import read_certificate
from shuniu.seals.names import CertificateSubject
from tests.seals.hybrid import hybrid, hybrid_certificate, hybrid_csr
from tests.shuniu_sdk.codes.issuing import AT, DAY

SM2_KEY = sm2.generate()
P256_KEY = ec.generate_private_key(ec.SECP256R1())
P384_KEY = ec.generate_private_key(ec.SECP384R1())
CERTIFICATE = self_signed_ca(SM2_KEY, CertificateSubject("ca"), AT, AT + timedelta(seconds=DAY), 7)


def spki(key: ec.EllipticCurvePrivateKey, form: Callable[[bytes], bytes] = bytes) -> bytes:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    size = 1 + 2 * key.key_size // 8
    return der[:-size] + form(der[-size:])


def tls_csr(key: ec.EllipticCurvePrivateKey, form: Callable[[bytes], bytes] = bytes) -> bytes:
    whole = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    info = whole.tbs_certrequest_bytes.replace(spki(key), spki(key, form))
    parts = {
        "certification_request_info": asn1.CertificationRequestInfo.load(info),
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signature": key.sign(info, ec.ECDSA(hashes.SHA256())),
    }
    return bytes(asn1.CertificationRequest(parts).dump())


def in_pem(der: bytes) -> bytes:
    return bytes(pem.armor("PUBLIC KEY", der))


def read_pem(data: bytes) -> None:
    if p256_from_pem(data) is None:
        raise LookupError


DOORS: dict[str, tuple[Callable[[bytes], object], bytes, bytes]] = {
    "SM2 key": (sm2.PublicKey.from_spki, SM2_KEY.public.spki, SM2_KEY.public.spki[:-65] + hybrid(SM2_KEY.public.point)),
    "SM2 point": (sm2.PublicKey.from_point, SM2_KEY.public.point, hybrid(SM2_KEY.public.point)),
    "SM2 request": (read_csr, make_csr(SM2_KEY, CertificateSubject("x")), hybrid_csr(SM2_KEY)),
    "SM2 certificate": (lambda der: read_certificate(der).public_key, CERTIFICATE, hybrid_certificate(CERTIFICATE, SM2_KEY, SM2_KEY)),
    "issuing key": (cose.public_key_from_der, spki(P256_KEY), spki(P256_KEY, hybrid)),
    "TLS request": (read_tls_csr, tls_csr(P256_KEY), tls_csr(P256_KEY, hybrid)),
    "TLS request on P-384": (read_tls_csr, tls_csr(P384_KEY), tls_csr(P384_KEY, hybrid)),
    "pinned key in PEM": (read_pem, in_pem(spki(P256_KEY)), in_pem(spki(P256_KEY, hybrid))),
}
"""What reads a public key, the plain form that it takes, and the same in hybrid form."""


@pytest.mark.parametrize("door", DOORS)
def test_a_hybrid_point_is_refused_wherever_a_public_key_is_read(door):
    read, plain, mixed = DOORS[door]
    read(plain)
    with pytest.raises((InvalidInputError, LookupError)):
        read(mixed)


def test_the_library_itself_would_have_read_it():
    """If this fails the library has learnt to refuse, and `is_hybrid` can go."""
    assert cose.stored_public_key(spki(P256_KEY, hybrid)) == P256_KEY.public_key()
    assert is_hybrid(P256_KEY.public_key(), spki(P256_KEY, hybrid))
    assert not is_hybrid(P256_KEY.public_key(), spki(P256_KEY))


@pytest.mark.parametrize("data", [b"", b"x", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", in_pem(spki(P384_KEY))])
def test_what_is_no_key_on_p256_is_none(data):
    assert p256_from_pem(data) is None
