"""Where a stream is to go on: a token that this hub alone makes and reads.

It holds the provider's own cursor, which may be a person's number, so it is sealed and not only signed (AES-256-GCM). What it is bound to, the
grant, is part of the seal: under any other grant it does not open.
"""

import hmac
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from brokerage.grants import LiveGrant
from exchange.stream_reasons import STREAM_TOKEN_FOREIGN, STREAM_TOKEN_OUTDATED

MOST_CURSOR: Final = 2048
"""Bytes of a provider's cursor."""
MOST_TOKEN: Final = 64 * 1024
_PURPOSE: Final = b"shuniu stream place 1"
_NONCE: Final = 12
_FORM: Final = b"\x01"


@dataclass(frozen=True, slots=True)
class StreamPlace:
    """Where the next frame begins: the provider's cursor, empty at the beginning, and how many rows were delivered before."""

    cursor: bytes = b""
    row: int = 0


BEGINNING: Final = StreamPlace()


class PlaceBook:
    """Makes and reads tokens, by a key of this use alone."""

    def __init__(self, secret: bytes) -> None:
        """Take the hub's secret, from which the key is made."""
        self._box = AESGCM(hmac.digest(secret, _PURPOSE, "sha256"))

    def token_of(self, live: LiveGrant, fields: Sequence[str], place: StreamPlace) -> bytes:
        """Return the token of a place in a stream of these fields under a grant."""
        told = json.dumps([edition_of(live, fields), b64encode(place.cursor).decode(), place.row]).encode()
        nonce = secrets.token_bytes(_NONCE)
        return _FORM + nonce + self._box.encrypt(nonce, told, live.grant.name.encode())

    def place_in(self, live: LiveGrant, fields: Sequence[str], token: bytes) -> StreamPlace:
        """Return the place that a token names, the beginning for none; raise InvalidInputError for one of elsewhere, or of before a change."""
        if not token:
            return BEGINNING
        if token[:1] != _FORM or len(token) > MOST_TOKEN:
            raise STREAM_TOKEN_FOREIGN(field="resume_token")
        try:
            told = self._box.decrypt(token[1 : 1 + _NONCE], token[1 + _NONCE :], live.grant.name.encode())
        except (InvalidTag, ValueError):
            raise STREAM_TOKEN_FOREIGN(field="resume_token") from None
        edition, cursor, row = json.loads(told)
        if edition != edition_of(live, fields):
            raise STREAM_TOKEN_OUTDATED(field="resume_token")
        return StreamPlace(b64decode(cursor), row)


def edition_of(live: LiveGrant, fields: Sequence[str]) -> str:
    """Return a digest of what must not change between two parts of one delivery: terms and masks, the entry's version, who serves it, the fields.

    Not the grant's revision, which the first use of a grant changes too.
    """
    masks = {one.name: one.mask for one in live.fields}
    said = [live.grant.terms.plain(), masks, live.grant.entry_version, *live.edition, live.serving_system, live.serving_resource, list(fields)]
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
