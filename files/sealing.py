"""The rows of a file as they lie in the hub: a key for each file, blocks that only it opens, and digests by which a block is found.

A file's key is wrapped under `files.secret`. From it come a key of the blocks and one of the digests, so that nobody who reads the database
can tell whose rows are there, or whether two files hold the same person.
"""

import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from files.reasons import FILE_DAMAGED

KEY_BYTES: Final = 32
DIGEST_BYTES: Final = 16
_NONCE: Final = 12  # bytes, the length that GCM is made for (NIST SP 800-38D); random: 2^32 blocks of a key are far off
Cells = Sequence[str | None]
KeyedRow = tuple[bytes, bytes]
"""The digest of a row's key, and the row's cells as JSON."""


class FileBox:
    """What one file's key seals and finds."""

    def __init__(self, name: str, key: bytes, random_bytes: Callable[[int], bytes]) -> None:
        """Take the file's name, to which everything is bound, its key and the source of nonces."""
        self._name, self._random_bytes = name, random_bytes
        self._cipher = AESGCM(hmac.digest(key, b"shuniu file rows 1", "sha256"))
        self._index = hmac.digest(key, b"shuniu file index 1", "sha256")

    def digest(self, key: str) -> bytes:
        """Return what a key of a record, in its one spelling, is found by."""
        return hmac.digest(self._index, key.encode(), "sha256")[:DIGEST_BYTES]

    def seal(self, place: str, data: bytes) -> bytes:
        """Return nonce and ciphertext of what stands at a place of the file."""
        nonce = self._random_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, data, self._bound(place))

    def open(self, place: str, sealed: bytes) -> bytes:
        """Return what was sealed; raise IntegrityError where these are not the bytes that were written at this place of this file."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._bound(place))
        except (InvalidTag, ValueError) as error:
            raise FILE_DAMAGED(file=self._name) from error

    def _bound(self, place: str) -> bytes:
        return f"{self._name}\n{place}".encode()


class FileKeys:
    """Makes and wraps the keys of files."""

    def __init__(self, secret: bytes, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Take `files.secret` and the source of keys and nonces."""
        self._random_bytes = random_bytes
        self._cipher = AESGCM(hmac.digest(secret, b"shuniu file keys 1", "sha256"))

    def make(self, name: str) -> bytes:
        """Return a new key for a file, wrapped."""
        nonce = self._random_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, self._random_bytes(KEY_BYTES), name.encode())

    def box(self, name: str, wrapped: bytes) -> FileBox:
        """Return what a wrapped key opens; raise IntegrityError where `files.secret` is not the one under which it was wrapped."""
        try:
            key = self._cipher.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise FILE_DAMAGED(file=name) from error
        return FileBox(name, key, self._random_bytes)


def block_of(rows: Sequence[KeyedRow], until: bytes) -> bytes:
    """Return rows as the plain text of a block, which holds all digests from its own first one up to `until`: so a block that is gone is missed."""
    return (
        b'{"until":"%s","rows":[' % until.hex().encode() + b",".join(b'["%s",%s]' % (digest.hex().encode(), cells) for digest, cells in rows) + b"]}"
    )


def all_rows(block: bytes) -> tuple[list[list[str | None]], bytes]:
    """Return the cells of all rows in a block, and where the next block begins; nothing behind the last one."""
    said = json.loads(block)
    return [cells for _, cells in said["rows"]], bytes.fromhex(said["until"])


def rows_in(block: bytes, digest: bytes) -> list[list[str | None]] | None:
    """Return the cells of the rows of one key in a block; None where the key lies behind it, and the block that should hold it is not there."""
    wanted, said = digest.hex(), json.loads(block)
    if said["until"] and wanted >= said["until"]:
        return None
    found: list[tuple[str, list[str | None]]] = said["rows"]
    return [cells for key, cells in found if key == wanted]
