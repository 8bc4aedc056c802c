"""COSE_Sign1 with ES256 (RFC 9052, RFC 9053), assembled by hand in two steps, and its strict reading.

Two steps, because the key stays with the issuing department: `to_be_signed` gives the bytes to sign, `assemble` takes the 64 bytes
that come back. Encoding is `shuniu.codes.cbor`'s: map keys sorted by length first and then bytewise (RFC 8949 section 4.2.3, the order of
RFC 7049). Every map written here has the same order under the bytewise rule of section 4.2.1 as well, because a negative key is
always encoded longer than the positive ones beside it; a test holds that.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from shuniu.catalogue import InvalidInputError, Reason
from shuniu.codes.cbor import USUAL, Limits, encode, strict_cbor
from shuniu.codes.ec_keys import is_hybrid
from shuniu.codes.es256 import RAW_BYTES, raw_of, verifies_es256
from shuniu.codes.reasons import (
    CBOR_TOO_LARGE,
    COSE_ALGORITHM,
    COSE_CONTENT_TYPE,
    COSE_HEADER,
    COSE_KEY,
    COSE_SHAPE,
    COSE_SIGNATURE_LENGTH,
    INFLATE,
    INFLATE_TOO_LARGE,
    INFLATE_TRAILING,
    INFLATE_TRUNCATED,
    PUBLIC_KEY,
)

ES256: Final = -7  # RFC 9053 section 2.1
KID_BYTES: Final = 8
_ALG, _KID, _TYP = 1, 4, 16  # RFC 9052 section 3.1 and RFC 9596
_SIGN1_TAG: Final = 0xD2  # tag 18, RFC 9052 section 2
_COORDINATE: Final = 32
_MAX_KID: Final = 32
_LONGEST_SPKI: Final = 512
_ECDSA: Final = ec.ECDSA(SHA256())

Sign = Callable[[bytes], bytes]
"""What signs: takes the bytes to be signed, returns 64 bytes r || s."""

_T = TypeVar("_T")


def open_map(value: Any, required: frozenset[Any], optional: frozenset[Any], wrong: Reason[InvalidInputError]) -> dict[Any, Any]:
    """Return the value as a map that has all required keys and no others than the optional ones; raise `wrong` for anything else."""
    if type(value) is not dict or not required <= value.keys() <= required | optional:
        raise wrong()
    return value


def field(claims: Mapping[Any, Any], key: Any, kind: type[_T], wrong: Reason[InvalidInputError]) -> _T:
    """Return one claim of exactly this type: a boolean is not an integer, nor a byte string a text."""
    value = claims[key]
    if type(value) is not kind:
        raise wrong()
    return value


def inflate(data: bytes, cap: int) -> bytes:
    """Inflate one zlib stream (RFC 1950) of at most `cap` bytes of output; bombs, cut streams and anything after the end are refused."""
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(data, cap)
    except zlib.error:
        raise INFLATE() from None
    if not stream.eof:
        # a stream that stopped at the cap is too large; one that stopped below it lacks its end
        raise INFLATE_TOO_LARGE() if stream.unconsumed_tail or len(plain) >= cap else INFLATE_TRUNCATED()
    if stream.unused_data:
        raise INFLATE_TRAILING()
    return plain


def key_id(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the 8 bytes that select a key: the head of SHA-256 over its SubjectPublicKeyInfo."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()[:KID_BYTES]


def cose_key(key: ec.EllipticCurvePublicKey) -> dict[int, Any]:
    """Return a P-256 public key as a COSE_Key map for ES256 (RFC 9053 section 7.1.1)."""
    if not isinstance(key.curve, ec.SECP256R1):
        raise COSE_KEY()
    numbers = key.public_numbers()
    # kty EC2, alg, crv P-256, x, y
    return {1: 2, 3: ES256, -1: 1, -2: numbers.x.to_bytes(_COORDINATE, "big"), -3: numbers.y.to_bytes(_COORDINATE, "big")}


def public_key_of(value: Any) -> ec.EllipticCurvePublicKey:
    """Read a COSE_Key map written by `cose_key`; a point that is not on the curve is refused."""
    key = open_map(value, frozenset({1, 3, -1, -2, -3}), frozenset(), COSE_KEY)
    x, y = field(key, -2, bytes, COSE_KEY), field(key, -3, bytes, COSE_KEY)
    if (key[1], key[3], key[-1], len(x), len(y)) != (2, ES256, 1, _COORDINATE, _COORDINATE):
        raise COSE_KEY()
    try:
        return ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()).public_key()
    except ValueError:
        raise COSE_KEY() from None


def public_key_from_der(der: bytes) -> ec.EllipticCurvePublicKey:
    """Read a SubjectPublicKeyInfo that somebody sends; only keys on P-256 sign licenses, and a hybrid point is none."""
    key = stored_public_key(der)
    if is_hybrid(key, der):
        raise PUBLIC_KEY()
    return key


def stored_public_key(der: bytes) -> ec.EllipticCurvePublicKey:
    """Read the SubjectPublicKeyInfo of a registered key, in whichever form a former release took it: its id is that of the key, not of the form."""
    try:
        key = load_der_public_key(der) if len(der) <= _LONGEST_SPKI else None
    except (ValueError, UnsupportedAlgorithm):
        raise PUBLIC_KEY() from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise PUBLIC_KEY()
    return key


def header(kid: bytes, content_type: str) -> bytes:
    """Return the encoded protected header: algorithm, key id and type (RFC 9052 section 3.1, RFC 9596)."""
    return encode({_ALG: ES256, _KID: kid, _TYP: content_type})


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """Return the Sig_structure whose bytes the department signs (RFC 9052 section 4.4)."""
    return encode(["Signature1", protected, b"", payload])


def assemble(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Put header, payload and a 64-byte signature together as a tagged COSE_Sign1 (RFC 9052 section 4.2)."""
    if len(signature) != RAW_BYTES:
        raise COSE_SIGNATURE_LENGTH(length=RAW_BYTES)
    return bytes((_SIGN1_TAG,)) + encode([protected, {}, payload, signature])


def signer_of(key: ec.EllipticCurvePrivateKey) -> Sign:
    """Return what signs with a private key in this process: a department's own program, a test, never the hub for a license."""
    return lambda message: raw_of(key.sign(message, _ECDSA))


def sign(protected: bytes, payload: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Do both steps at once where the private key is at hand."""
    return assemble(protected, payload, signer_of(key)(to_be_signed(protected, payload)))


@dataclass(frozen=True)
class Unsigned:
    """A message between the two steps: what is to be signed is fixed, the signature is still missing."""

    protected: bytes
    payload: bytes

    @property
    def to_be_signed(self) -> bytes:
        """The bytes the signer signs with ES256."""
        return to_be_signed(self.protected, self.payload)

    def assemble(self, signature: bytes) -> bytes:
        """Return the complete COSE_Sign1."""
        return assemble(self.protected, self.payload, signature)


@dataclass(frozen=True)
class Sign1:
    """A COSE_Sign1 that was read strictly; nobody has checked its signature yet."""

    protected: bytes
    payload: bytes
    signature: bytes
    kid: bytes
    content_type: str
    raw: bytes
    """The whole message as it came."""

    def is_signed_by(self, key: ec.EllipticCurvePublicKey) -> bool:
        """Tell whether the signature is this key's, over exactly these bytes."""
        return verifies_es256(key, self.signature, to_be_signed(self.protected, self.payload))


def decode(data: bytes, content_type: str, limits: Limits = USUAL) -> Sign1:
    """Read a tagged COSE_Sign1 of one content type; the algorithm and the key id count only in the protected header, and nothing else may stand."""
    if len(data) > limits.total:
        raise CBOR_TOO_LARGE()
    if data[:1] != bytes((_SIGN1_TAG,)):
        raise COSE_SHAPE()
    parts = strict_cbor(data[1:], limits)
    # the unprotected header is covered by no signature, so it has to be empty
    if type(parts) is not list or [type(part) for part in parts] != [bytes, dict, bytes, bytes] or parts[1]:
        raise COSE_SHAPE()
    protected, _, payload, signature = parts
    kid = _kid_in(protected, content_type)
    if len(signature) != RAW_BYTES:
        raise COSE_SIGNATURE_LENGTH(length=RAW_BYTES)
    return Sign1(protected, payload, signature, kid, content_type, data)


def _kid_in(protected: bytes, content_type: str) -> bytes:
    """Return the key id of a protected header for ES256 and this content type."""
    headers = open_map(strict_cbor(protected), frozenset({_ALG, _KID, _TYP}), frozenset(), COSE_HEADER)
    if type(headers[_ALG]) is not int or headers[_ALG] != ES256:
        raise COSE_ALGORITHM()
    kid = field(headers, _KID, bytes, COSE_HEADER)
    if not 1 <= len(kid) <= _MAX_KID:
        raise COSE_HEADER()
    if headers[_TYP] != content_type:
        raise COSE_CONTENT_TYPE()
    return kid
