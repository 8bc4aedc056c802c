"""Something that signs bytes without showing its key: one protocol for ES256, Ed25519 and SM2, whoever holds the key.

Keys in files come from `hub.keys.KeyRing`; a token behind PKCS#11 is another ring that returns the same protocol.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from shuniu.words import Word

ES256: Final = "ES256"
ED25519: Final = "Ed25519"
SYMMETRIC: Final = "symmetric"
"""Not a signing key: 32 bytes under which MACs and ciphers are computed."""


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
