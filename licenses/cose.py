"""COSE_Sign1 with ES256 (RFC 9052, RFC 9053), assembled by hand in two steps, and the strict reading of foreign CBOR.

Two steps, because the key stays with the issuing department: `to_be_signed` gives the bytes to sign, `assemble` takes the 64 bytes
that come back. Deterministic encoding is cbor2's `canonical=True`: shortest heads, definite lengths, map keys sorted by length first
and then bytewise (RFC 8949 section 4.2.3, the order of RFC 7049). Every map written here has the same order under the bytewise rule
of section 4.2.1 as well, because a negative key is always encoded longer than the positive ones beside it; a test holds that.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeVar

import cbor2
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from hub.errors import InvalidInputError

ES256: Final = -7  # RFC 9053 section 2.1
SIGNATURE_BYTES: Final = 64
KID_BYTES: Final = 8
_ALG, _KID, _TYP = 1, 4, 16  # RFC 9052 section 3.1 and RFC 9596
_SIGN1_TAG: Final = 0xD2  # tag 18, RFC 9052 section 2
_COORDINATE: Final = 32
_MAX_KID: Final = 32
_ECDSA: Final = ec.ECDSA(SHA256())

Sign = Callable[[bytes], bytes]
"""What signs: takes the bytes to be signed, returns 64 bytes r || s."""

_LONGEST_SPKI: Final = 512
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much foreign CBOR may hold before it is refused unread."""

    total: int = 4096
    depth: int = 8
    items: int = 64
    string: int = 1024


CODE_LIMITS: Final = Limits()


class _EveryTag(Mapping[int, Callable[[Any, bool], Any]]):
    """Refuses every CBOR tag, those that cbor2 would turn into dates, patterns or huge numbers included."""

    def __getitem__(self, tag: int) -> Callable[[Any, bool], Any]:
        return _refuse_tag

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _refuse_tag(_value: Any, _immutable: bool) -> NoReturn:  # noqa: FBT001 - cbor2 calls it so
    raise ValueError("tag")


_EVERY_TAG: Final = _EveryTag()


def refuse(reason: str, message: str, zh: str = "") -> NoReturn:
    """Refuse foreign bytes under a stable reason code."""
    raise InvalidInputError(message, zh=zh or "数据格式错误", reason=reason, next_action="obtain the data again from its issuer")


def encode(value: Any) -> bytes:
    """Encode a value deterministically; see the module's text for the order of map keys."""
    return cbor2.dumps(value, canonical=True)


def strict_cbor(data: bytes, limits: Limits = CODE_LIMITS) -> Any:
    """Decode one deterministically encoded item of integers, strings, arrays, maps, booleans and null; anything else is refused.

    Encoding the result again must give the same bytes: this refuses duplicate keys, indefinite lengths, long heads and trailing bytes.
    """
    if len(data) > limits.total:
        refuse("TOO_LARGE", "the data is larger than allowed")
    try:
        value = cbor2.loads(data, max_depth=limits.depth, allow_indefinite=False, allow_duplicate_keys=False, semantic_decoders=_EVERY_TAG)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError):
        refuse("CBOR", "the data is not the plain CBOR that is expected")
    _check_within(value, limits)
    if encode(value) != data:  # RFC 8949 section 4.2
        refuse("CBOR_NOT_DETERMINISTIC", "the CBOR is not encoded deterministically")
    return value


def _check_within(value: Any, limits: Limits) -> None:
    kind = type(value)
    if kind is str or kind is bytes:
        if len(value) > limits.string or (kind is str and len(value) * 3 > limits.string and len(value.encode()) > limits.string):
            refuse("CBOR_LIMITS", "a string in the data is longer than allowed")
    elif kind is list or kind is dict:
        if len(value) > limits.items:
            refuse("CBOR_LIMITS", "an array or map in the data has more items than allowed")
        for item in value:
            _check_within(item, limits)
            if kind is dict:
                _check_within(value[item], limits)
                if type(item) is not int and type(item) is not str:
                    refuse("CBOR_TYPE", "a map key is neither a number nor a text")
    elif kind is not int and kind is not bool and value is not None:
        refuse("CBOR_TYPE", "the data holds a kind of value that has no place there")


def open_map(value: Any, required: frozenset[Any], optional: frozenset[Any], reason: str) -> dict[Any, Any]:
    """Return the value as a map that has all required keys and no others than the optional ones."""
    if type(value) is not dict or not required <= value.keys() <= required | optional:
        refuse(reason, "the claims are not the ones that are expected")
    return value


def field(claims: Mapping[Any, Any], key: Any, kind: type[_T], reason: str) -> _T:
    """Return one claim of exactly this type: a boolean is no integer, a byte string no text."""
    value = claims[key]
    if type(value) is not kind:
        refuse(reason, "a claim has the wrong type")
    return value


def inflate(data: bytes, cap: int) -> bytes:
    """Inflate one zlib stream (RFC 1950) of at most `cap` bytes of output; bombs, cut streams and anything behind the end are refused."""
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(data, cap)
    except zlib.error:
        refuse("INFLATE", "the compressed part is broken")
    if not stream.eof:
        if stream.unconsumed_tail or len(plain) >= cap:
            refuse("INFLATE_TOO_LARGE", "the compressed part unfolds to more than allowed")
        refuse("INFLATE_TRUNCATED", "the compressed part ends too early")
    if stream.unused_data:
        refuse("INFLATE_TRAILING", "something follows the compressed part")
    return plain


def der_of(raw: bytes) -> bytes:
    """Turn a COSE signature, r || s of 32 bytes each (RFC 9053 section 2.1), into the DER form of X9.62."""
    if len(raw) != SIGNATURE_BYTES:
        refuse("COSE_SIGNATURE_LENGTH", "an ES256 signature is 64 bytes")
    return encode_dss_signature(int.from_bytes(raw[:_COORDINATE]), int.from_bytes(raw[_COORDINATE:]))


def raw_of(der: bytes) -> bytes:
    """Turn a DER signature into r || s of 32 bytes each."""
    try:
        r, s = decode_dss_signature(der)
        return r.to_bytes(_COORDINATE) + s.to_bytes(_COORDINATE)
    except (ValueError, OverflowError):
        refuse("SIGNATURE_DER", "not a DER signature over P-256")


def key_id(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the 8 bytes that select a key: the head of SHA-256 over its SubjectPublicKeyInfo."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()[:KID_BYTES]


def cose_key(key: ec.EllipticCurvePublicKey) -> dict[int, Any]:
    """Return a P-256 public key as a COSE_Key map for ES256 (RFC 9053 section 7.1.1)."""
    if not isinstance(key.curve, ec.SECP256R1):
        refuse("COSE_KEY", "only keys on P-256 sign licenses")
    numbers = key.public_numbers()
    return {1: 2, 3: ES256, -1: 1, -2: numbers.x.to_bytes(_COORDINATE), -3: numbers.y.to_bytes(_COORDINATE)}


def public_key_of(value: Any) -> ec.EllipticCurvePublicKey:
    """Read a COSE_Key map written by `cose_key`; a point that is not on the curve is refused."""
    key = open_map(value, frozenset({1, 3, -1, -2, -3}), frozenset(), "COSE_KEY")
    x, y = field(key, -2, bytes, "COSE_KEY"), field(key, -3, bytes, "COSE_KEY")
    if (key[1], key[3], key[-1], len(x), len(y)) != (2, ES256, 1, _COORDINATE, _COORDINATE):
        refuse("COSE_KEY", "only keys on P-256 sign licenses")
    try:
        return ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SECP256R1()).public_key()
    except ValueError:
        refuse("COSE_KEY", "the key is not a point of P-256")


def public_key_from_der(der: bytes) -> ec.EllipticCurvePublicKey:
    """Read a SubjectPublicKeyInfo; only keys on P-256 sign licenses."""
    try:
        key = load_der_public_key(der) if len(der) <= _LONGEST_SPKI else None
    except (ValueError, UnsupportedAlgorithm):
        refuse("PUBLIC_KEY", "not a SubjectPublicKeyInfo")
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        refuse("PUBLIC_KEY", "only keys on P-256 sign licenses")
    return key


def verifies(key: ec.EllipticCurvePublicKey, signature: bytes, data: bytes) -> bool:
    """Tell whether 64 bytes r||s are the key's ES256 signature over the data."""
    try:
        key.verify(der_of(signature), data, _ECDSA)
    except InvalidSignature:
        return False
    return True


def header(kid: bytes, content_type: str) -> bytes:
    """Return the encoded protected header: algorithm, key id and type (RFC 9052 section 3.1, RFC 9596)."""
    return encode({_ALG: ES256, _KID: kid, _TYP: content_type})


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """Return the Sig_structure whose bytes the department signs (RFC 9052 section 4.4)."""
    return encode(["Signature1", protected, b"", payload])


def assemble(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Put header, payload and a 64-byte signature together as a tagged COSE_Sign1 (RFC 9052 section 4.2)."""
    if len(signature) != SIGNATURE_BYTES:
        refuse("COSE_SIGNATURE_LENGTH", "an ES256 signature is 64 bytes")
    return bytes((_SIGN1_TAG,)) + encode([protected, {}, payload, signature])


def signer_of(key: ec.EllipticCurvePrivateKey) -> Sign:
    """Return what signs with a private key in this process: a department's own program, a test, never the hub for a license."""
    return lambda message: raw_of(key.sign(message, _ECDSA))


def sign(protected: bytes, payload: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Do both steps at once where the private key is at hand."""
    return assemble(protected, payload, signer_of(key)(to_be_signed(protected, payload)))


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1 that was read strictly; nobody has checked its signature yet."""

    protected: bytes
    payload: bytes
    signature: bytes
    kid: bytes
    content_type: str

    def is_signed_by(self, key: ec.EllipticCurvePublicKey) -> bool:
        """Tell whether the signature is this key's, over exactly these bytes."""
        return verifies(key, self.signature, to_be_signed(self.protected, self.payload))


def decode(data: bytes, content_type: str, limits: Limits = CODE_LIMITS) -> Sign1:
    """Read a tagged COSE_Sign1 of one content type; the algorithm and the key id count only in the protected header, and nothing else may stand."""
    if len(data) > limits.total:
        refuse("TOO_LARGE", "the data is larger than allowed")
    if data[:1] != bytes((_SIGN1_TAG,)):
        refuse("COSE_SHAPE", "not a COSE_Sign1 message")
    parts = strict_cbor(data[1:], limits)
    if type(parts) is not list or [type(part) for part in parts] != [bytes, dict, bytes, bytes] or parts[1]:
        refuse("COSE_SHAPE", "not a COSE_Sign1 message with an empty unprotected header")
    protected, _, payload, signature = parts
    headers = open_map(strict_cbor(protected), frozenset({_ALG, _KID, _TYP}), frozenset(), "COSE_HEADER")
    if type(headers[_ALG]) is not int or headers[_ALG] != ES256:
        refuse("COSE_ALGORITHM", "the signature algorithm is not ES256", "签名算法不是 ES256")
    kid = field(headers, _KID, bytes, "COSE_HEADER")
    if not 1 <= len(kid) <= _MAX_KID:
        refuse("COSE_HEADER", "the key id has a wrong length")
    if headers[_TYP] != content_type:
        refuse("COSE_CONTENT_TYPE", "the message is signed for another use", "签名数据用途不符")
    if len(signature) != SIGNATURE_BYTES:
        refuse("COSE_SIGNATURE_LENGTH", "an ES256 signature is 64 bytes")
    return Sign1(protected, payload, signature, kid, content_type)
