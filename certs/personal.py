"""What is kept of a person who signed in: encrypted under the secret of the session, which the browser alone has.

So the database alone tells nobody who signed in; and with the session, what it knew is gone.
"""

import hmac
import json
import secrets
from dataclasses import asdict
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from certs.model import Person, Standing

_NONCE: Final = 12


def seal_person(secret: str, person: Person) -> bytes:
    """Return a person as bytes that the session's secret alone opens."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _cipher(secret).encrypt(nonce, json.dumps(asdict(person)).encode(), None)


def open_person(secret: str, data: bytes) -> Person | None:
    """Return the person, None where another secret sealed it."""
    try:
        told = json.loads(_cipher(secret).decrypt(data[:_NONCE], data[_NONCE:], None))
    except (InvalidTag, ValueError):
        return None
    return Person(**{**told, "standing": Standing(told["standing"])})


def _cipher(secret: str) -> AESGCM:
    return AESGCM(hmac.digest(secret.encode(), b"shuniu person", "sha256"))
