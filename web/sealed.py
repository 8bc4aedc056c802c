"""What a page carries to the next one without being readable: encrypted under the session's secret, so it is of use to that session alone.

The next page of a search for a person needs the ID number again. It must stand neither in a link nor in a page, and the hub keeps none:
the form of the next page holds this instead. A list of officers that was looked at goes to the step that takes it in the same way.
"""

import hashlib
import hmac
import json
import secrets
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from web.reasons import LIST_OVER, SEARCH_OVER

_NONCE: Final = 12
_LONGEST: Final = 16_384
_LIST: Final = b"shuniu sealed list"


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


def seal_list(secret: str, rows: Sequence[Any]) -> str:
    """Return the rows of a list, and what is to be done with it, as a text that only the same session can open."""
    nonce = secrets.token_bytes(_NONCE)
    packed = zlib.compress(json.dumps(rows).encode())
    return urlsafe_b64encode(nonce + _cipher(secret, _LIST).encrypt(nonce, packed, None)).decode()


def unseal_list(secret: str, text: bytes) -> list[Any]:
    """Return the rows of a list; refuse what this session did not seal."""
    try:
        data = urlsafe_b64decode(text)
        # unpacked without a bound: this session sealed it, and it was a list within its own
        rows: list[Any] = json.loads(zlib.decompress(_cipher(secret, _LIST).decrypt(data[:_NONCE], data[_NONCE:], None)))
    except (InvalidTag, ValueError):
        raise LIST_OVER() from None
    return rows


def _cipher(secret: str, label: bytes = b"shuniu sealed search") -> AESGCM:
    # a key of its own: another label than that of the form token
    return AESGCM(hmac.new(secret.encode(), label, hashlib.sha256).digest())
