"""The same key in its other encoding: a point that begins with 06 or 07 (RFC 5480 section 2.2: MUST NOT)."""

from seals.x509 import make_csr
from shuniu import sm2
from shuniu.seals.names import CertificateSubject
from shuniu.seals.structures import SM2_WITH_SM3
from shuniu.sm2 import der


def hybrid(point: bytes) -> bytes:
    """Return an uncompressed point in hybrid form."""
    return bytes((6 + point[-1] % 2,)) + point[1:]


def hybrid_csr(key: sm2.PrivateKey) -> bytes:
    """Return a request for the key in hybrid form, signed by it."""
    return _resigned(make_csr(key, CertificateSubject("x")), key)


def hybrid_certificate(certificate: bytes, key: sm2.PrivateKey, ca: sm2.PrivateKey) -> bytes:
    """Return a certificate with its key in hybrid form, signed by the CA."""
    return _resigned(certificate, key, ca)


def _resigned(whole: bytes, key: sm2.PrivateKey, signer: sm2.PrivateKey | None = None) -> bytes:
    signed = der.parse(whole, "", at_most=len(whole)).sequence("", at_least=3, at_most=3)[0].raw
    changed = signed.replace(key.public.point, hybrid(key.public.point))
    assert changed != signed
    return der.write_sequence(changed, der.write_sequence(der.write_oid(SM2_WITH_SM3)), der.write_bits((signer or key).sign(changed)))
