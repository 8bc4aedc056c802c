"""What is personal in a license, as it is kept: encrypted, so that a stolen database shows no ID number."""

import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from licenses.reasons.issuing import CONTENT_DAMAGED

_NONCE: Final = 12  # bytes, the length that GCM is made for (NIST SP 800-38D)


class ContentBox:
    """Encrypts what is personal in a license with AES-256-GCM, bound to its identifier, so that rows cannot be swapped."""

    def __init__(self, key: bytes, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Take a 32-byte key and the source of nonces."""
        self._random_bytes = random_bytes
        self._cipher = AESGCM(key)
        self._fingerprint_key = hmac.digest(key, b"shuniu license request", "sha256")

    def fingerprint(self, content: bytes) -> bytes:
        """Return a keyed digest that tells requests apart and, unlike a bare hash of an ID number, cannot be guessed backwards."""
        return hmac.digest(self._fingerprint_key, content, "sha256")

    def seal(self, identifier: str, content: Mapping[str, Any]) -> bytes:
        """Return nonce and ciphertext; a nonce is never used twice, or the cipher would give the contents away."""
        nonce = self._random_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, json.dumps(content, ensure_ascii=False).encode(), identifier.encode())

    def open(self, identifier: str, sealed: bytes) -> dict[str, Any]:
        """Return the content; raise IntegrityError where the bytes are not what was written for this license."""
        try:
            content: dict[str, Any] = json.loads(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], identifier.encode()))
        except (InvalidTag, ValueError) as error:
            raise CONTENT_DAMAGED() from error
        return content
