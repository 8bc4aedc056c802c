"""Public keys on NIST curves as others encode them: what a library reads and we refuse all the same."""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

_HYBRID: Final = (b"\x06", b"\x07")
_PEM: Final = re.compile(rb"-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----")
"""RFC 7468 section 13."""


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
    found = _PEM.search(data)
    try:
        # the very bytes that are read are looked at, whatever else is in the file
        encoded = a2b_base64(found[1]) if found else b""
        key = load_der_public_key(encoded)
    except (Base64Error, ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        return None
    return None if is_hybrid(key, encoded) else key
