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

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from catalog.reasons import RELEASE_KEY_OTHER_KIND, RELEASE_KEY_UNREADABLE, RELEASE_SIGNATURE_WRONG, RELEASE_UNREADABLE
from hub.signer import Signer
from shuniu.codes.es256 import verifies_es256

_LONGEST: Final = 400  # bytes; the longest statement with an ASCII name has 281
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
class ReleaseStatement:
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
    second, digest = at.astimezone(UTC).replace(microsecond=0), digest_of(versions)
    statement = write(ReleaseStatement(hub, number, second, len(versions), digest))
    return Release(number, digest, len(versions), second, statement, signer.sign(statement), signer.public_pem.decode())


def write(release: ReleaseStatement) -> bytes:
    """Return the text that is signed."""
    facts = (
        f"hub {release.hub}",
        f"number {release.number}",
        f"time {release.time:{_TIME}}",
        f"entries {release.entry_count}",
        f"sha256 {release.digest.hex()}",
    )
    return "".join(f"{line}\n" for line in ("shuniu directory release", *facts)).encode()


def verify(statement: bytes, signature: bytes, public_key_pem: bytes) -> ReleaseStatement:
    """Return what a release says when its signature is good; raise IntegrityError otherwise. Whether to trust the key is for the caller."""
    try:
        key = load_pem_public_key(public_key_pem)
    except ValueError as error:
        raise RELEASE_KEY_UNREADABLE() from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise RELEASE_KEY_OTHER_KIND()
    if not verifies_es256(key, signature, statement):
        raise RELEASE_SIGNATURE_WRONG()
    # read last: nothing is said about a text that nobody signed
    return read(statement)


def read(statement: bytes) -> ReleaseStatement:
    """Return what the text says; the signature is not looked at."""
    try:
        found = _STATEMENT.fullmatch(statement.decode()) if len(statement) <= _LONGEST else None
        # the pattern lets 30 February through, this does not
        time = datetime.strptime(found[3], _TIME).replace(tzinfo=UTC) if found else None
    except ValueError as error:
        raise RELEASE_UNREADABLE() from error
    if found is None or time is None:
        raise RELEASE_UNREADABLE()
    return ReleaseStatement(found[1], int(found[2]), time, int(found[4]), bytes.fromhex(found[5]))
