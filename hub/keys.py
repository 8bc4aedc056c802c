"""The hub's own keys in files of mode 0600. What uses a key knows a `Signer` alone, so that a PKCS#11 ring can stand in for this one.

Reading never makes a key: one that a restore forgot, made anew, would let the hub serve on and find nobody's records.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from hub.errors import InvalidInputError
from hub.reasons.operation import KEY_DAMAGED, KEY_MISSING, KEY_OF_OTHER_KIND, KEY_READABLE
from hub.signer import ED25519, ES256, SYMMETRIC, HubKey, Signer
from shuniu import sm2
from shuniu.codes.es256 import raw_of
from shuniu.sm2.keys import SM2_SM3
from shuniu.words import Word

OWNER_ONLY: Final = 0o600
SECRET_BYTES: Final = 32
_CHECK: Final = b"shuniu key check 1"
"""What a secret's check value is the MAC of: the same for all, so that a swapped one is recognised."""
KINDS: Final = {
    ES256: Word(ES256, "P-256", "P-256"),
    ED25519: Word(ED25519, "Ed25519", "Ed25519"),
    SM2_SM3: Word(SM2_SM3, "SM2", "SM2"),
    SYMMETRIC: Word(SYMMETRIC, "32 bytes", "32 字节"),
}
"""What each kind is called."""


class Es256Signer:
    """ECDSA on P-256 with SHA-256; signatures are raw r||s as in RFC 9053 section 2.1."""

    algorithm = ES256

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        """Take a P-256 key."""
        self._key = key
        self.public_pem, self.public_der = _public(key.public_key())

    def sign(self, data: bytes) -> bytes:
        """Return 64 bytes r||s."""
        return raw_of(self._key.sign(data, ec.ECDSA(hashes.SHA256())))


class Ed25519Signer:
    """Ed25519 of RFC 8032."""

    algorithm = ED25519

    def __init__(self, key: ed25519.Ed25519PrivateKey) -> None:
        """Take a key."""
        self._key = key
        self.public_pem, self.public_der = _public(key.public_key())

    def sign(self, data: bytes) -> bytes:
        """Return 64 bytes."""
        return self._key.sign(data)


class KeyRing:
    """A folder of keys that only the hub's user may read. Reading one that is missing is refused by its name."""

    def __init__(self, directory: Path) -> None:
        """Name the folder."""
        self._directory = directory

    def signer(self, key: HubKey) -> Signer:
        """Return the signer of a key; a file with another kind of key stops the start."""
        if key.kind == SM2_SM3:
            return self._sm2(key)
        private = self._private(key, self._read(key))
        if key.kind == ES256 and isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, ec.SECP256R1):
            return Es256Signer(private)
        if key.kind == ED25519 and isinstance(private, ed25519.Ed25519PrivateKey):
            return Ed25519Signer(private)
        raise KEY_OF_OTHER_KIND(file=key.file, kind=KINDS[key.kind])

    def secret(self, key: HubKey) -> bytes:
        """Return the 32 bytes of a secret."""
        secret = self._read(key)
        if len(secret) != SECRET_BYTES:
            raise KEY_DAMAGED(file=key.file)
        return secret

    def tls_key(self, key: HubKey) -> bytes:
        """Return a P-256 private key as PEM, for TLS, which signs inside gRPC; nothing else takes a key out of the ring."""
        self.signer(key)  # refuses what is no key on P-256
        return self._read(key)

    def has(self, key: HubKey) -> bool:
        """Tell whether the key's file is there."""
        return (self._directory / key.file).is_file()

    def check(self, key: HubKey) -> bytes:
        """Return the check value of a key, which tells nothing of it: the MAC of a constant under a secret, SHA-256 of a public key."""
        if key.kind == SYMMETRIC:
            return hmac.digest(self.secret(key), _CHECK, "sha256")
        return hashlib.sha256(self.signer(key).public_der).digest()

    def make(self, key: HubKey) -> bool:
        """Make a key that is not there and tell whether this call did. The caller knows that the key may be made."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return not self.has(key) and make_private(self._directory / key.file, _MAKE[key.kind]())

    def sweep(self) -> None:
        """Take away what makers that were killed have left. The caller holds the lock of the hub's database, so no other one is at work."""
        for left in self._directory.glob(".*"):
            left.unlink()

    def _read(self, key: HubKey) -> bytes:
        """Return the content of a key's file; one that others may read is refused."""
        path = self._directory / key.file
        if not path.is_file():
            raise KEY_MISSING(files=key.file, folder=self._directory)
        # At each opening, not only when made: a copy or a restored backup may have come with wider rights.
        if path.stat().st_mode & 0o077:
            raise KEY_READABLE(file=key.file, path=path)
        return path.read_bytes()

    def _private(self, key: HubKey, pem: bytes) -> object:
        try:
            return serialization.load_pem_private_key(pem, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KEY_DAMAGED(file=key.file) from error

    def _sm2(self, key: HubKey) -> Signer:
        try:
            return sm2.PrivateKey.from_pem(self._read(key))
        except InvalidInputError as error:
            raise KEY_OF_OTHER_KIND(file=key.file, kind=KINDS[SM2_SM3]) from error


def write_private(path: Path, data: bytes) -> None:
    """Write a secret file that is never readable by others, not even for a moment; an existing file is not overwritten in place."""
    with _private_file(path, data) as temporary:
        temporary.replace(path)


def make_private(path: Path, data: bytes) -> bool:
    """Write a secret file as `write_private` does, but only where there is none; tell whether it was written."""
    with _private_file(path, data) as temporary:
        try:
            path.hardlink_to(temporary)  # unlike a replacement, this fails where somebody was quicker
        except FileExistsError:
            return False
        return True


@contextmanager
def _private_file(path: Path, data: bytes) -> Iterator[Path]:
    """Give a durable file with the data beside `path`, for the block to give it its name, and make the name durable too."""
    # A random name and O_EXCL: nobody can have put a file or a link there. The mode holds from the first byte.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # or the name could be lost with the power, and with it what the key has signed
    finally:
        os.close(folder)


_Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_MAKE: Final[dict[str, Callable[[], bytes]]] = {
    ES256: lambda: _pem(ec.generate_private_key(ec.SECP256R1())),
    ED25519: lambda: _pem(ed25519.Ed25519PrivateKey.generate()),
    SM2_SM3: lambda: sm2.generate().to_pem(),
    SYMMETRIC: lambda: secrets.token_bytes(SECRET_BYTES),
}


def _public(key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> tuple[bytes, bytes]:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form), key.public_bytes(serialization.Encoding.DER, form)


def _pem(key: _Private) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
