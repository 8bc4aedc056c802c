"""A question as it lies in the hub: AES-256-GCM under a key of this use, bound to name, grant, department and system.

Beside it stands a keyed digest of what is asked, by which the same question is known when it comes again; without the key nobody can try whose
it is. Both go when the question ends.
"""

import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from questions.model import WaitingQuestion
from questions.reasons import QUESTION_DAMAGED

_NONCE: Final = 12  # bytes, the length that GCM is made for (NIST SP 800-38D)
_FORM: Final = b"\x01"


class QuestionBox:
    """Seals and opens what is asked."""

    def __init__(self, secret: bytes, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Take `files.secret`, of which the keys of this use are made, and the source of nonces."""
        self._random_bytes = random_bytes
        self._cipher = AESGCM(hmac.digest(secret, b"shuniu waiting questions 1", "sha256"))
        self._index = hmac.digest(secret, b"shuniu waiting question index 1", "sha256")

    def digest(self, said: Mapping[str, Any]) -> bytes:
        """Return by what a question is known again."""
        return hmac.digest(self._index, json.dumps(said, sort_keys=True).encode(), "sha256")

    def seal(self, question: WaitingQuestion, asked: bytes) -> bytes:
        """Return form, nonce and ciphertext of what is asked."""
        nonce = self._random_bytes(_NONCE)
        return _FORM + nonce + self._cipher.encrypt(nonce, asked, _bound(question))

    def open(self, question: WaitingQuestion, sealed: bytes) -> bytes:
        """Return what is asked; raise IntegrityError where these are not the bytes that were sealed for this question in this hub."""
        if sealed[:1] != _FORM:
            raise QUESTION_DAMAGED(waiting_question=question.name)
        try:
            return self._cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], _bound(question))
        except (InvalidTag, ValueError) as error:
            raise QUESTION_DAMAGED(waiting_question=question.name) from error


def _bound(question: WaitingQuestion) -> bytes:
    return f"{question.name}\n{question.grant}\n{question.consumer}\n{question.system}".encode()
