"""The digest of an answer in the hub's log, on which hub and departments agree byte for byte: a commitment that only a salt opens.

digest = SHA-256(TAG || salt of 32 random bytes || the serialised QueryResponse as it came)

The hub sends the salt to the caller alone and keeps no copy. So whoever reads the log cannot find an answer by trying all likely ones, and
whoever kept salt and answer can show that the log speaks of just this answer. The releases before logged the bare SHA-256 of the answer.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

TAG: Final = b"shuniu answer v1\n"
SALT_LENGTH: Final = 32
FORM_DETAIL: Final = "digest_form"
SALTED: Final = "salted-1"
"""Under `digest_form` a log record says how its digest is made; records of the releases before say nothing."""
STREAMED: Final = "salted-sha256-1"
"""How that of a stream is made: of the SHA-256 of its bytes in place of the bytes, so that nobody has to keep them until the salt arrives."""


def answer_digest(answer: bytes, salt: bytes) -> bytes:
    """Return what the log says of an answer; without a salt, as the releases before made it."""
    digest = sha256(TAG + salt if salt else b"")
    digest.update(answer)
    return digest.digest()
