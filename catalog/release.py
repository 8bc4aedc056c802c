"""A release: the whole directory at one moment, as a short text that the hub signs and anybody can check.

The statement is UTF-8, six lines, each ended by a line feed:
    shuniu directory release
    hub <name>
    number <from 1>
    time <RFC 3339, UTC, seconds>
    entries <count>
    sha256 <hex of the digest>
The digest is SHA-256 over one line per entry in force, sorted by entry id: `<id> <version> <hex of the entry's digest>` and a line feed.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from hub.errors import IntegrityError
from hub.signer import Signer

_LONGEST: Final = 400
_SIGNATURE_LENGTH: Final = 64
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_STATEMENT: Final = re.compile(
    r"shuniu directory release\nhub ([^\n]{1,100})\nnumber ([1-9][0-9]{0,17})\ntime ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)\n"
    r"entries (0|[1-9][0-9]{0,17})\nsha256 ([0-9a-f]{64})\n",
)


@dataclass(frozen=True, slots=True)
class Release:
    """The directory at one moment and the hub's signature over it (ES256, 64 bytes r||s, RFC 9053 section 2.1)."""

    number: int
    digest: bytes
    entry_count: int
    create_time: datetime
    statement: bytes
    signature: bytes
    public_key_pem: str

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"releases/{self.number}"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a signed release says."""

    hub: str
    number: int
    time: datetime
    entry_count: int
    digest: bytes


def digest_of(versions: Iterable[tuple[str, int, bytes]]) -> bytes:
    """Return the digest over (entry id, version, digest of the version), in whatever order they come."""
    whole = hashlib.sha256()
    for entry_id, version, digest in sorted(versions):
        whole.update(f"{entry_id} {version} {digest.hex()}\n".encode())
    return whole.digest()


def sign(hub: str, number: int, versions: list[tuple[str, int, bytes]], at: datetime, signer: Signer) -> Release:
    """Return the signed release of these versions; its time is kept to the second, as the statement says it."""
    made, digest = at.astimezone(UTC).replace(microsecond=0), digest_of(versions)
    statement = write(Statement(hub, number, made, len(versions), digest))
    return Release(number, digest, len(versions), made, statement, signer.sign(statement), signer.public_pem.decode())


def write(said: Statement) -> bytes:
    """Return the text that is signed."""
    facts = (f"hub {said.hub}", f"number {said.number}", f"time {said.time:{_TIME}}", f"entries {said.entry_count}", f"sha256 {said.digest.hex()}")
    return "".join(f"{line}\n" for line in ("shuniu directory release", *facts)).encode()


def verify(statement: bytes, signature: bytes, public_key_pem: bytes) -> Statement:
    """Return what a release says when its signature is good; raise IntegrityError otherwise. Whether to trust the key is for the caller."""
    try:
        key = load_pem_public_key(public_key_pem)
    except ValueError as error:
        raise _broken("the release key is no PEM public key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1) or len(signature) != _SIGNATURE_LENGTH:
        raise _broken("a release is signed with ES256: a P-256 key and 64 bytes")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), statement, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise _broken("the signature does not fit the statement") from error
    return read(statement)


def read(statement: bytes) -> Statement:
    """Return what the text says; the signature is not looked at."""
    try:
        found = _STATEMENT.fullmatch(statement.decode()) if len(statement) <= _LONGEST else None
        time = datetime.strptime(found[3], _TIME).replace(tzinfo=UTC) if found else None
    except ValueError as error:
        raise _broken("the statement is not written as a release is") from error
    if found is None or time is None:
        raise _broken("the statement is not written as a release is")
    return Statement(found[1], int(found[2]), time, int(found[4]), bytes.fromhex(found[5]))


def _broken(message: str) -> IntegrityError:
    return IntegrityError(message, zh="目录发布版验证失败", next_action="fetch the release again from the hub")
