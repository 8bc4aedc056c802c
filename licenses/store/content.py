"""What is personal in a license, as it is kept: encrypted, so that a stolen database shows no ID number."""

import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import IntegrityError

_NONCE: Final = 12


class ContentBox:
    """Encrypts what is personal in a license with AES-256-GCM, bound to its identifier, so that rows cannot be swapped."""

    def __init__(self, key: bytes) -> None:
        """Take a 32-byte key."""
        self._cipher = AESGCM(key)
        self._fingerprint_key = hmac.digest(key, b"shuniu license request", "sha256")

    def fingerprint(self, content: bytes) -> bytes:
        """Return a keyed digest that tells requests apart and, unlike a bare hash of an ID number, cannot be guessed backwards."""
        return hmac.digest(self._fingerprint_key, content, "sha256")

    def seal(self, identifier: str, content: Mapping[str, Any], nonce: bytes) -> bytes:
        """Return nonce and ciphertext; the nonce is 12 fresh random bytes."""
        return nonce + self._cipher.encrypt(nonce, json.dumps(content, ensure_ascii=False).encode(), identifier.encode())

    def open(self, identifier: str, sealed: bytes) -> dict[str, Any]:
        """Return the content; raise IntegrityError where the bytes are not what was written for this license."""
        try:
            content: dict[str, Any] = json.loads(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], identifier.encode()))
        except (InvalidTag, ValueError) as error:
            raise IntegrityError("a license's stored content was changed or the key is not its key", zh="证照存储内容与密钥不符") from error
        return content
