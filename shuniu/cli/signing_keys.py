"""Keys that sign on this machine and never leave it: read from a file that others cannot read, written into a new one with mode 0600."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from shuniu import sm2
from shuniu.cli.reasons import FILE_THERE, KEY_READ_BY_OTHERS, NOT_A_LICENSE_KEY
from shuniu.cli.verifying import read_file
from shuniu.folder import write_new

if TYPE_CHECKING:
    from pathlib import Path


def license_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """Return the P-256 key that signs licenses."""
    try:
        key = load_pem_private_key(_secret(file), None)
    except (ValueError, TypeError) as error:
        raise NOT_A_LICENSE_KEY(file=file) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise NOT_A_LICENSE_KEY(file=file)
    return key


def new_license_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """Make a P-256 key and write it."""
    key = ec.generate_private_key(ec.SECP256R1())
    _write(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def seal_key(file: Path) -> sm2.PrivateKey:
    """Return the SM2 key that signs stamps."""
    return sm2.PrivateKey.from_pem(_secret(file))


def new_seal_key(file: Path) -> sm2.PrivateKey:
    """Make an SM2 key and write it."""
    key = sm2.generate()
    _write(file, key.to_pem())
    return key


def _secret(file: Path) -> bytes:
    # refused rather than mended, as identities are: whoever could read the key may have done so
    if file.stat().st_mode & 0o077:
        raise KEY_READ_BY_OTHERS(file=file)
    return read_file(file)


def _write(file: Path, pem: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_new(file.parent, {file.name: pem})
    except FileExistsError as error:
        raise FILE_THERE(file=file) from error
