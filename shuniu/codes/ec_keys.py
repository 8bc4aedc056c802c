"""Public keys on NIST curves as others encode them: what a library reads and we refuse all the same."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from shuniu import pem
from shuniu.codes.reasons import PEM_KEY

_HYBRID: Final = (b"\x06", b"\x07")


def is_hybrid(key: ec.EllipticCurvePublicKey, encoded: bytes) -> bool:
    """Tell whether the DER of a key, a request or a certificate holds this key as a hybrid point.

    RFC 5480 section 2.2 forbids the form: with it one key has two encodings, and is not found again by its bytes.
    """
    plain = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    coordinates = 2 * ((key.curve.key_size + 7) // 8)
    head, point = plain[: -coordinates - 1], plain[-coordinates:]
    return any(head + first + point in encoded for first in _HYBRID)


def p256_from_pem(data: bytes) -> ec.EllipticCurvePublicKey | None:
    """Return the public key on P-256 in a PEM file; None for anything else, a hybrid point among it."""
    # the very bytes that are read are looked at, whatever else is in the file
    encoded = pem.unarmor(data, "PUBLIC KEY") or b""
    try:
        key = load_der_public_key(encoded)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        return None
    return None if is_hybrid(key, encoded) else key


def public_key(data: bytes) -> ec.EllipticCurvePublicKey:
    """Return the public key on P-256 in a PEM file; raise InvalidInputError for anything else."""
    key = p256_from_pem(data)
    if key is None:
        raise PEM_KEY()
    return key
