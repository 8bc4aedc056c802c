"""Certificate requests as they come in (PKCS#10, RFC 2986): which key is proven, which hosts are asked for. Nothing else in them counts."""

import ipaddress
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from certs.model import is_host
from hub.errors import InvalidInputError

LARGEST_CSR: Final = 16 * 1024
MOST_HOSTS: Final = 8
Key = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
_LEAST_RSA: Final = 3072
_MOST_RSA: Final = 8192  # a larger key costs every handshake dearly and protects nothing more
_LEAST_EXPONENT: Final = 65537  # FIPS 186-5 A.1.1


def read_csr(csr_der: bytes) -> tuple[Key, tuple[str, ...]]:
    """Return key and hosts of a PKCS#10 request (RFC 2986, DER) that is signed by its own key; everything else in it is ignored."""
    if not csr_der or len(csr_der) > LARGEST_CSR:
        raise _wrong_csr(f"a CSR has 1 to {LARGEST_CSR} bytes")
    try:
        csr = x509.load_der_x509_csr(csr_der)
        key, hosts = csr.public_key(), hosts_of(csr.extensions)
        proven = csr.is_signature_valid and isinstance(csr.signature_hash_algorithm, hashes.SHA256 | hashes.SHA384 | hashes.SHA512)
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise _wrong_csr("the CSR is no readable PKCS#10 request in DER") from error
    except x509.InvalidVersion as error:
        raise _wrong_csr("the CSR is of an unknown version") from error
    if not proven:
        raise _wrong_csr("the CSR is not signed by its own key with SHA-256, SHA-384 or SHA-512")
    if len(hosts) > MOST_HOSTS:
        raise _wrong_csr(f"the CSR asks for more than {MOST_HOSTS} host names")
    return _accepted(key), hosts


def _accepted(key: object) -> Key:
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1):
        return key
    if isinstance(key, rsa.RSAPublicKey) and _LEAST_RSA <= key.key_size <= _MOST_RSA and key.public_numbers().e >= _LEAST_EXPONENT:
        return key
    raise _wrong_csr(f"the CSR's key must be EC P-256 or P-384, or RSA of {_LEAST_RSA} to {_MOST_RSA} bits")


def _wrong_csr(message: str) -> InvalidInputError:
    make = "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -subj / -outform DER -out request.der"
    return InvalidInputError(message, field="csr", zh="证书请求（CSR）无效", reason="CSR_REFUSED", next_action=make)


def san_of(extensions: x509.Extensions) -> x509.SubjectAlternativeName | None:
    """Return the subject alternative names, None where there are none."""
    try:
        return extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None


def hosts_of(extensions: x509.Extensions) -> tuple[str, ...]:
    """Return the DNS names and IP addresses of a SAN that are valid hosts, each once; wildcards and other kinds of names are left out."""
    san = san_of(extensions)
    if san is None:
        return ()
    asked = [*san.get_values_for_type(x509.DNSName), *(str(address) for address in san.get_values_for_type(x509.IPAddress))]
    return tuple(dict.fromkeys(canonical(name) for name in asked if is_host(name)))


def canonical(host: str) -> str:
    """Return the one spelling of a host: DNS names in small letters, addresses as RFC 5952 writes them."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.lower()
