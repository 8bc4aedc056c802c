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
from hub.errors import InvalidInputError, Reason

MOST_CURSOR: Final = 2048
"""Bytes of a provider's cursor."""
MOST_TOKEN: Final = 64 * 1024
_NONCE: Final = 12
_FORM: Final = b"\x01"


@dataclass(frozen=True, slots=True)
class StreamPlace:
    """Where the next frame begins: the provider's cursor, empty at the beginning, and how many rows were delivered before."""

    cursor: bytes = b""
    row: int = 0


BEGINNING: Final = StreamPlace()


@dataclass(frozen=True, slots=True)
class PlaceUse:
    """What tokens are for: by what the key of that use is made, and how one is refused that is foreign, or of before a change."""

    purpose: bytes
    foreign: Reason[InvalidInputError]
    outdated: Reason[InvalidInputError]


OF_STREAMS: Final = PlaceUse(b"shuniu stream place 1", STREAM_TOKEN_FOREIGN, STREAM_TOKEN_OUTDATED)


class PlaceBook:
    """Makes and reads tokens, by a key of one use alone."""

    def __init__(self, secret: bytes, use: PlaceUse = OF_STREAMS) -> None:
        """Take the hub's secret, from which the key is made, and what the tokens are for."""
        self._box, self.use = AESGCM(hmac.digest(secret, use.purpose, "sha256")), use

    def token_of(self, live: LiveGrant, fields: Sequence[str], place: StreamPlace) -> bytes:
        """Return the token of a place in a stream of these fields under a grant."""
        return self.seal(live, edition_of(live, fields), place)

    def seal(self, live: LiveGrant, edition: str, place: StreamPlace) -> bytes:
        """Return the token of a place in an edition."""
        told = json.dumps([edition, b64encode(place.cursor).decode(), place.row]).encode()
        nonce = secrets.token_bytes(_NONCE)
        return _FORM + nonce + self._box.encrypt(nonce, told, live.grant.name.encode())

    def place_in(self, live: LiveGrant, fields: Sequence[str], token: bytes) -> StreamPlace:
        """Return the place that a token names, the beginning for none; raise InvalidInputError for one of elsewhere, or of before a change."""
        if not token:
            return BEGINNING
        edition, place = self.open(live, token, "resume_token")
        if edition != edition_of(live, fields):
            raise self.use.outdated(field="resume_token")
        return place

    def open(self, live: LiveGrant, token: bytes, field: str) -> tuple[str, StreamPlace]:
        """Return the edition and the place that a token names; raise InvalidInputError, which tells the field, for one of elsewhere."""
        if token[:1] != _FORM or len(token) > MOST_TOKEN:
            raise self.use.foreign(field=field)
        try:
            told = self._box.decrypt(token[1 : 1 + _NONCE], token[1 + _NONCE :], live.grant.name.encode())
        except (InvalidTag, ValueError):
            raise self.use.foreign(field=field) from None
        edition, cursor, row = json.loads(told)
        return edition, StreamPlace(b64decode(cursor), row)


def edition_of(live: LiveGrant, fields: Sequence[str]) -> str:
    """Return a digest of what must not change between two parts of one delivery: terms and masks, the entry's version, who serves it, the fields.

    Not the grant's revision, which the first use of a grant changes too.
    """
    masks = {one.name: one.mask for one in live.fields}
    said = [live.grant.terms.plain(), masks, live.grant.entry_version, *live.edition, live.serving_system, live.serving_resource, list(fields)]
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
