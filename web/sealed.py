"""A search carried from page to page without being readable: encrypted under the session's secret, so it is of use to that session alone.

The next page of a search for a person needs the ID number again. It must stand neither in a link nor in a page, and the hub keeps none:
the form of the next page holds this instead.
"""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from web.reasons import SEARCH_OVER

_NONCE: Final = 12
_LONGEST: Final = 16_384


def seal(secret: str, search: Mapping[str, str]) -> str:
    """Return the search as a text that only the same session can open."""
    nonce = secrets.token_bytes(_NONCE)
    return urlsafe_b64encode(nonce + _cipher(secret).encrypt(nonce, json.dumps(dict(search)).encode(), None)).decode()


def unseal(secret: str, text: str) -> dict[str, str]:
    """Return the search; refuse what this session did not seal."""
    try:
        data = urlsafe_b64decode(text[:_LONGEST].encode("ascii"))
        plain: dict[str, str] = json.loads(_cipher(secret).decrypt(data[:_NONCE], data[_NONCE:], None))
    except (InvalidTag, ValueError):  # binascii.Error and UnicodeError are ValueErrors
        raise SEARCH_OVER() from None
    return plain


def _cipher(secret: str) -> AESGCM:
    # a key of its own: another label than that of the form token
    return AESGCM(hmac.new(secret.encode(), b"shuniu sealed search", hashlib.sha256).digest())
