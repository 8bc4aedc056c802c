"""ES256 signatures (RFC 9053 section 2.1) in their raw form, which codes and lists carry, and in DER, which libraries want."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

RAW_BYTES: Final = 64
"""Length of a raw signature r || s over P-256 (RFC 9053 section 2.1)."""
_HALF: Final = RAW_BYTES // 2
_ECDSA: Final = ec.ECDSA(hashes.SHA256())


def der_of(raw: bytes) -> bytes:
    """Turn a raw signature, r || s of 32 bytes each, into the DER form of X9.62; raise ValueError for any other length."""
    if len(raw) != RAW_BYTES:
        raise ValueError("a raw signature over P-256 is 64 bytes")
    return encode_dss_signature(int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big"))


def raw_of(der: bytes) -> bytes:
    """Turn a DER signature over P-256 into r || s of 32 bytes each; raise ValueError or OverflowError for what is none."""
    r, s = decode_dss_signature(der)
    return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")


def verifies_es256(key: ec.EllipticCurvePublicKey, raw: bytes, data: bytes) -> bool:
    """Tell whether a raw signature of 64 bytes is this key's over the data."""
    try:
        key.verify(der_of(raw), data, _ECDSA)
    except (InvalidSignature, ValueError):
        return False
    return True
