"""The hub's own keys in files of mode 0600. What uses a key knows a `Signer` alone, so that a PKCS#11 ring can stand in for this one."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from hub import sm2
from hub.errors import InvalidInputError
from hub.reasons import KEY_DAMAGED, KEY_OF_OTHER_KIND, KEY_READABLE
from hub.signer import ED25519, ES256, SM2_SM3, Signer, raw_of
from hub.words import Word

OWNER_ONLY: Final = 0o600
SECRET: Final = 32
"""Bytes of a secret."""
_KINDS: Final = {ES256: Word(ES256, "P-256", "P-256"), ED25519: Word(ED25519, "Ed25519", "Ed25519"), SM2_SM3: Word(SM2_SM3, "SM2", "SM2")}


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
    """A folder of keys that only the hub's user may read; what is missing is made once."""

    def __init__(self, directory: Path) -> None:
        """Open the folder, making it when absent."""
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def signer(self, name: str, algorithm: str) -> Signer:
        """Return the signer of that name: `ES256`, `Ed25519` or `SM2-SM3`; a key of another kind stops the start."""
        file = f"{name}.pem"
        if algorithm == SM2_SM3:
            return self._sm2(file)
        pem = self.file(file, lambda: _pem(_MAKE[algorithm]()))
        try:
            key = serialization.load_pem_private_key(pem, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KEY_DAMAGED(file=file) from error
        if algorithm == ES256 and isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
            return Es256Signer(key)
        if algorithm == ED25519 and isinstance(key, ed25519.Ed25519PrivateKey):
            return Ed25519Signer(key)
        raise KEY_OF_OTHER_KIND(file=file, kind=_KINDS[algorithm])

    def secret(self, name: str) -> bytes:
        """Return 32 secret bytes of that name."""
        file = f"{name}.secret"
        secret = self.file(file, lambda: secrets.token_bytes(SECRET))
        if len(secret) != SECRET:
            raise KEY_DAMAGED(file=file)
        return secret

    def tls_key(self, name: str) -> bytes:
        """Return a P-256 private key as PEM, for TLS, which signs inside gRPC; nothing else takes a key out of the ring."""
        file = f"{name}.pem"
        pem = self.file(file, lambda: _pem(ec.generate_private_key(ec.SECP256R1())))
        try:
            key = serialization.load_pem_private_key(pem, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KEY_DAMAGED(file=file) from error
        if not (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)):
            raise KEY_OF_OTHER_KIND(file=file, kind=_KINDS[ES256])
        return pem

    def file(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return the content of a key file, making it with `make` when absent; a file that others may read is refused."""
        path = self._directory / name
        # No lock against a second maker: `shuniu init` makes every key while it holds the lock of the data folder.
        if not path.exists():
            write_private(path, make())
        # At each opening, not only when made: a copy or a restored backup may have come with wider rights.
        if path.stat().st_mode & 0o077:
            raise KEY_READABLE(file=name, path=path)
        return path.read_bytes()

    def _sm2(self, file: str) -> Signer:
        try:
            return sm2.PrivateKey.from_pem(self.file(file, lambda: sm2.generate().to_pem()))
        except InvalidInputError as error:
            raise KEY_OF_OTHER_KIND(file=file, kind=_KINDS[SM2_SM3]) from error


def write_private(path: Path, data: bytes) -> None:
    """Write a secret file that is never readable by others, not even for a moment; an existing file is not overwritten in place."""
    # A random name and O_EXCL: nobody can have put a file or a link there. The mode holds from the first byte.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # or the name could be lost with the power, and with it what the key has signed
    finally:
        os.close(folder)


_Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_MAKE: Final[dict[str, Callable[[], _Private]]] = {
    ES256: lambda: ec.generate_private_key(ec.SECP256R1()),
    ED25519: ed25519.Ed25519PrivateKey.generate,
}


def _public(key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> tuple[bytes, bytes]:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form), key.public_bytes(serialization.Encoding.DER, form)


def _pem(key: _Private) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
