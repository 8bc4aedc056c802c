"""Certificate requests as they come in (PKCS#10, RFC 2986): which key is proven, which hosts are asked for. Nothing else in them counts."""

from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from certs.reasons import CSR_KEY_WEAK, CSR_NOT_PROVEN, CSR_SIZE, CSR_UNREADABLE, CSR_VERSION_UNKNOWN
from certs.san import host_names_of
from shuniu.codes.ec_keys import is_hybrid
from shuniu.joining.hosts import hosts_from

LARGEST_CSR: Final = 16 * 1024  # an RSA key of 8192 bits with eight host names needs a third of it
Key = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
_LEAST_RSA: Final = 3072  # 128 bits of security, as P-256 has (NIST SP 800-57 part 1)
_MOST_RSA: Final = 8192  # a larger key costs every handshake dearly and protects nothing more
_LEAST_EXPONENT: Final = 65537  # FIPS 186-5 A.1.1


def read_csr(csr_der: bytes) -> tuple[Key, tuple[str, ...]]:
    """Return key and hosts of a PKCS#10 request (RFC 2986, DER) that is signed by its own key; everything else in it is ignored."""
    if not csr_der or len(csr_der) > LARGEST_CSR:
        raise CSR_SIZE(field="csr", most=LARGEST_CSR)
    try:
        csr = x509.load_der_x509_csr(csr_der)
        key, names = csr.public_key(), host_names_of(csr.extensions)
        # The sender holds the key that it asks a certificate for (RFC 2986 section 3, note 2). SHA-1 proves nothing any more.
        proven = csr.is_signature_valid and isinstance(csr.signature_hash_algorithm, hashes.SHA256 | hashes.SHA384 | hashes.SHA512)
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise CSR_UNREADABLE(field="csr") from error
    except x509.InvalidVersion as error:
        raise CSR_VERSION_UNKNOWN(field="csr") from error
    if not proven:
        raise CSR_NOT_PROVEN(field="csr")
    if isinstance(key, ec.EllipticCurvePublicKey) and is_hybrid(key, csr.tbs_certrequest_bytes):
        raise CSR_UNREADABLE(field="csr")
    # Refused and not left out: a certificate without the host is found to be useless when the token is spent.
    return _strong(key), hosts_from(names, "csr")


def _strong(key: object) -> Key:
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1):
        return key
    if isinstance(key, rsa.RSAPublicKey) and _LEAST_RSA <= key.key_size <= _MOST_RSA and key.public_numbers().e >= _LEAST_EXPONENT:
        return key
    raise CSR_KEY_WEAK(field="csr", least=_LEAST_RSA, most=_MOST_RSA)
