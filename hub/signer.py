"""Something that signs bytes without showing its key: one protocol for ES256, Ed25519 and SM2, whoever holds the key.

Keys in files come from `hub.keys.KeyRing`; a token behind PKCS#11 is another ring that returns the same protocol.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from shuniu.words import Word

ES256: Final = "ES256"
ED25519: Final = "Ed25519"
SM2_SM3: Final = "SM2-SM3"
SYMMETRIC: Final = "symmetric"
"""Not a signing key: 32 bytes under which MACs and ciphers are computed."""
RAW_BYTES: Final = 64
"""Length of a raw signature r || s over P-256 (RFC 9053 section 2.1)."""
_HALF: Final = RAW_BYTES // 2
_ECDSA: Final = ec.ECDSA(hashes.SHA256())


class Signer(Protocol):
    """Signs with one key."""

    @property
    def algorithm(self) -> str:
        """Return `ES256`, `Ed25519` or `SM2-SM3`."""

    @property
    def public_der(self) -> bytes:
        """Return the SubjectPublicKeyInfo, DER."""

    @property
    def public_pem(self) -> bytes:
        """Return the SubjectPublicKeyInfo, PEM."""

    def sign(self, data: bytes) -> bytes:
        """Return the signature over `data` itself, not over a digest of it: ES256 and Ed25519 64 raw bytes, SM2 DER."""


class Maker(Enum):
    """What may make a key of the hub. A start never does."""

    INIT = "init"
    """`shuniu init` alone, with the hub: made again, it would make worthless what rests on it."""
    RELEASE = "release"
    """`shuniu init`, and `shuniu keys add` for a hub that a release without this key made; never where the database has a check value for it."""
    ANYTIME = "anytime"
    """`shuniu init`, and `shuniu keys add` whenever it is not there: nothing that lasts rests on it, so it has no check value either."""


@dataclass(frozen=True, slots=True)
class HubKey:
    """One key of the hub: its name, its kind (a signature algorithm or `symmetric`), what rests on it, and what may make it."""

    name: str
    kind: str
    use: Word
    maker: Maker = Maker.INIT

    @property
    def file(self) -> str:
        """Return the name of its file."""
        return f"{self.name}.secret" if self.kind == SYMMETRIC else f"{self.name}.pem"


class Ring(Protocol):
    """Where the hub's keys are. Only TLS takes one out, because gRPC signs handshakes itself."""

    def signer(self, key: HubKey) -> Signer:
        """Return the signer; a key that is missing or of another kind stops the start."""

    def tls_key(self, key: HubKey) -> bytes:
        """Return a P-256 private key as PEM."""


def der_of(raw: bytes) -> bytes:
    """Turn a raw signature, r || s of 32 bytes each, into the DER form of X9.62; raise ValueError for any other length."""
    if len(raw) != RAW_BYTES:
        raise ValueError("a raw signature over P-256 is 64 bytes")
    return encode_dss_signature(int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:]))


def raw_of(der: bytes) -> bytes:
    """Turn a DER signature over P-256 into r || s of 32 bytes each; raise ValueError or OverflowError for what is none."""
    r, s = decode_dss_signature(der)
    return r.to_bytes(_HALF) + s.to_bytes(_HALF)


def verifies_es256(key: ec.EllipticCurvePublicKey, raw: bytes, data: bytes) -> bool:
    """Tell whether a raw signature of 64 bytes is this key's over the data."""
    try:
        key.verify(der_of(raw), data, _ECDSA)
    except (InvalidSignature, ValueError):
        return False
    return True
