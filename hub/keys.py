"""The hub's own signing keys: files of mode 0600 here, a PKCS#11 token behind the same `Signer` in a ministry."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from hub.errors import ConfigError

OWNER_ONLY: Final = 0o600
SECRET: Final = 32
"""Bytes of a secret."""


class Signer(Protocol):
    """Something that signs bytes without showing its key."""

    @property
    def algorithm(self) -> str:
        """Return `ES256`, `Ed25519` or `SM2-SM3`."""
        ...

    @property
    def public_pem(self) -> bytes:
        """Return the SubjectPublicKeyInfo, PEM."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Return the signature over `data`: ES256 and Ed25519 64 raw bytes, SM2 DER."""
        ...


class Es256Signer:
    """ECDSA on P-256 with SHA-256; signatures are raw r||s as in RFC 9053 section 2.1."""

    algorithm = "ES256"

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        """Take a P-256 key."""
        self._key = key
        self.public_pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.public_der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data: bytes) -> bytes:
        """Return 64 bytes r||s."""
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Ed25519Signer:
    """Ed25519 of RFC 8032."""

    algorithm = "Ed25519"

    def __init__(self, key: ed25519.Ed25519PrivateKey) -> None:
        """Take a key."""
        self._key = key
        self.public_pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.public_raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def sign(self, data: bytes) -> bytes:
        """Return 64 bytes."""
        return self._key.sign(data)


class KeyRing:
    """A folder of keys that only the hub's user may read; what is missing is made once."""

    def __init__(self, directory: Path) -> None:
        """Open the folder, making it when absent."""
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def es256(self, name: str) -> Es256Signer:
        """Return the P-256 signer of that name."""
        key = _read(f"{name}.pem", self.kept(f"{name}.pem", lambda: _pem(ec.generate_private_key(ec.SECP256R1()))))
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ConfigError(f"key {name}.pem is no P-256 key", zh="密钥类型不符", next_action="restore the right key file")
        return Es256Signer(key)

    def ed25519(self, name: str) -> Ed25519Signer:
        """Return the Ed25519 signer of that name."""
        key = _read(f"{name}.pem", self.kept(f"{name}.pem", lambda: _pem(ed25519.Ed25519PrivateKey.generate())))
        if not isinstance(key, ed25519.Ed25519PrivateKey):
            raise ConfigError(f"key {name}.pem is no Ed25519 key", zh="密钥类型不符", next_action="restore the right key file")
        return Ed25519Signer(key)

    def secret(self, name: str) -> bytes:
        """Return 32 secret bytes of that name."""
        secret = self.kept(f"{name}.secret", lambda: secrets.token_bytes(SECRET))
        if len(secret) != SECRET:
            raise _damaged(f"{name}.secret")
        return secret

    def kept(self, file_name: str, make: Callable[[], bytes]) -> bytes:
        """Return the content of a key file, making it with `make` when absent; a file that others may read is refused."""
        path = self._directory / file_name
        if not path.exists():
            write_private(path, make())
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"key file {file_name} may be read by others", zh="密钥文件权限过宽", next_action=f"chmod 600 {path}")
        return path.read_bytes()


def write_private(path: Path, data: bytes) -> None:
    """Write a secret file that is never readable by others, not even for a moment; an existing file is not overwritten in place."""
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


def _read(file_name: str, pem: bytes) -> object:
    try:
        return serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _damaged(file_name) from error


def _damaged(file_name: str) -> ConfigError:
    return ConfigError(
        f"key file {file_name} is damaged", zh=f"密钥文件 {file_name} 已损坏", next_action="restore it from the backup; never make a new one"
    )


def _pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
