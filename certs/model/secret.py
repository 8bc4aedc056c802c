"""Secrets that are handed out once and kept as digests: of enrolment tokens, login links and sessions."""

import base64
import hashlib
from typing import Final

RANDOM_BYTES: Final = 32
_LONGEST: Final = 64
"""A secret has 43 characters. Of what a stranger sends no more is hashed: cut off here, it is still none of ours."""


def secret_of(random_bytes: bytes) -> str:
    """Return random bytes as the text that is handed out (RFC 4648 section 5, without padding)."""
    return base64.urlsafe_b64encode(random_bytes).decode().rstrip("=")


def digest_of(secret: str) -> str:
    """Return the SHA-256 under which a secret is kept and found: the look-up tells nothing about a secret that is 256 random bits."""
    return hashlib.sha256(secret[:_LONGEST].encode("utf-8", "surrogatepass")).hexdigest()
