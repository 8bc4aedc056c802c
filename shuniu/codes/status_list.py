"""The signed list that tells what became of licenses: IETF Token Status List, two bits a license, as a CWT.

A shard holds 2^17 licenses; its URI stands in every code that refers to it and must equal the list's `sub`. Claims: 2 sub, 6 iat,
4 exp, 65534 ttl, 65533 {"bits", "lst"}; protected header 16 is `application/statuslist+cwt`. An index is drawn at random inside the
shard and never used again, so that neighbours in the list say nothing about each other. A revoked license stays revoked; that is why
an old list that says so is still believed.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from shuniu.codes import cose
from shuniu.codes.cbor import Limits, strict_cbor
from shuniu.codes.cbor import encode as cbor
from shuniu.codes.cose import Sign, Unsigned, field, open_map
from shuniu.codes.reasons import STATUS_INDEX, STATUS_LIST_CLAIMS, STATUS_LIST_SHAPE, STATUS_LIST_SIGNATURE, STATUS_VALUE

CONTENT_TYPE: Final = "application/statuslist+cwt"
SHARD: Final = 1 << 17
BITS: Final = 2
TTL_SECONDS: Final = 3600
LIFE_SECONDS: Final = 24 * 3600
_SUB, _EXP, _IAT, _TTL, _LIST = 2, 4, 6, 65534, 65533
_CLAIMS: Final = frozenset({_SUB, _EXP, _IAT, _TTL, _LIST})
_PACKED_CAP: Final = 40_000  # a shard of 2 bits that does not compress at all is 32,784 bytes
_LIMITS: Final = Limits(total=_PACKED_CAP + 2048, string=_PACKED_CAP + 1024)
_SIZES: Final = frozenset({1, 2, 4, 8})


class LicenseStatus(IntEnum):
    """What two bits say; 3 is the application's own value and means here: replaced by a newer version."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2
    SUPERSEDED = 3


FINAL: Final = frozenset({LicenseStatus.INVALID, LicenseStatus.SUPERSEDED})
"""Nothing undoes these, so their age does not matter."""


@dataclass(frozen=True)
class StatusReference:
    """Where a code says that its status stands: a list and a place in it."""

    uri: str
    index: int


@dataclass(frozen=True)
class StatusReading:
    """What a source knew about one license, and the second (Unix time) at which it knew it.

    `issued` is false where the register did not issue these signed bytes at this place; a signed list cannot tell. `registered` says that the
    register itself issued these very bytes, while their key was in its term. `words` are the issuer's. `successor` is the identifier of the
    license that took its place, which a signed list does not tell either.
    """

    status: LicenseStatus
    as_of: int
    issued: bool = True
    words: str = ""
    registered: bool = False
    successor: str = ""


class StatusBits:
    """A mutable array of small statuses, packed from the least significant bit of each byte on (Token Status List, section 4.1)."""

    __slots__ = ("_data", "bits", "size")

    def __init__(self, size: int = SHARD, bits: int = BITS, data: bytes | None = None) -> None:
        """Hold `size` statuses of `bits` bits each, all 0 unless packed data is given."""
        if bits not in _SIZES or size < 1 or size * bits % 8:
            raise STATUS_LIST_SHAPE()
        self.bits, self.size = bits, size
        self._data = bytearray(size * bits // 8) if data is None else bytearray(data)
        if len(self._data) * 8 != size * bits:
            raise STATUS_LIST_SHAPE()

    def get(self, index: int) -> int:
        """Return one status; an index outside the list is an error, never 0."""
        place, shift = self._place(index)
        return self._data[place] >> shift & (1 << self.bits) - 1

    def set(self, index: int, status: int) -> None:
        """Write one status."""
        if not 0 <= status < 1 << self.bits:
            raise STATUS_VALUE()
        place, shift = self._place(index)
        mask = (1 << self.bits) - 1 << shift
        self._data[place] = self._data[place] & ~mask & 0xFF | status << shift

    def pack(self) -> bytes:
        """Return the statuses as the specification packs them, not compressed."""
        return bytes(self._data)

    def compress(self) -> bytes:
        """Return the packed statuses in the ZLIB format at the highest level (Token Status List, section 4.1)."""
        return zlib.compress(self._data, 9)

    def _place(self, index: int) -> tuple[int, int]:
        if not 0 <= index < self.size:
            raise STATUS_INDEX()
        per_byte = 8 // self.bits
        return index // per_byte, index % per_byte * self.bits


@dataclass(frozen=True)
class StatusList:
    """One published shard: its URI, when it was made, until when it serves, and the statuses."""

    uri: str
    issued_at: int
    expires_at: int
    ttl: int
    statuses: StatusBits

    def read(self, index: int) -> StatusReading:
        """Return what this list says about one license."""
        return StatusReading(LicenseStatus(self.statuses.get(index)), self.issued_at)


def prepare(statuses: StatusBits, uri: str, kid: bytes, at: int, life: int = LIFE_SECONDS, ttl: int = TTL_SECONDS) -> Unsigned:
    """Return the list's CWT (Token Status List, section 5.2) ready to be signed; `at` is Unix time."""
    claims = {_SUB: uri, _EXP: at + life, _IAT: at, _TTL: ttl, _LIST: {"bits": statuses.bits, "lst": statuses.compress()}}
    return Unsigned(cose.header(kid, CONTENT_TYPE), cbor(claims))


def encode(statuses: StatusBits, uri: str, kid: bytes, at: int, sign: Sign) -> bytes:
    """Make and sign the list's CWT in one go."""
    unsigned = prepare(statuses, uri, kid, at)
    return unsigned.assemble(sign(unsigned.to_be_signed))


def decode(data: bytes, key: ec.EllipticCurvePublicKey) -> StatusList:
    """Read a published list strictly; the caller names the one key that may have signed it."""
    message = cose.decode(data, CONTENT_TYPE, _LIMITS)
    if not message.is_signed_by(key):
        raise STATUS_LIST_SIGNATURE()
    claims = open_map(strict_cbor(message.payload, _LIMITS), _CLAIMS, frozenset(), STATUS_LIST_CLAIMS)
    # only what this hub writes is read: the specification knows further members
    packed = open_map(claims[_LIST], frozenset({"bits", "lst"}), frozenset(), STATUS_LIST_CLAIMS)
    if field(packed, "bits", int, STATUS_LIST_CLAIMS) != BITS:
        raise STATUS_LIST_CLAIMS()
    data = cose.inflate(field(packed, "lst", bytes, STATUS_LIST_CLAIMS), SHARD * BITS // 8)
    issued_at, expires_at, ttl = (field(claims, key, int, STATUS_LIST_CLAIMS) for key in (_IAT, _EXP, _TTL))
    if not 0 <= issued_at < expires_at or ttl < 0:
        raise STATUS_LIST_CLAIMS()
    return StatusList(field(claims, _SUB, str, STATUS_LIST_CLAIMS), issued_at, expires_at, ttl, StatusBits(len(data) * 8 // BITS, BITS, data))


class PublishedStatus:
    """The offline source of statuses: lists that were fetched earlier, each found by the URI it calls its own."""

    __slots__ = ("_lists",)

    def __init__(self, lists: Iterable[StatusList]) -> None:
        """Keep the lists; of two with the same URI the later one counts."""
        self._lists: dict[str, StatusList] = {}
        for entry in sorted(lists, key=lambda one: one.issued_at):
            self._lists[entry.uri] = entry

    @property
    def addresses(self) -> Collection[str]:
        """Return the addresses of the lists: what they call their own."""
        return self._lists.keys()

    def look_up(self, reference: StatusReference, _identifier: str = "", _signed: bytes = b"") -> StatusReading | None:
        """Return what the right list says, None when there is no list of this URI or it is too short. Whose the place is, a list does not know."""
        entry = self._lists.get(reference.uri)  # Token Status List, section 8.3: `sub` equals the URI in the license
        if entry is None or not 0 <= reference.index < entry.statuses.size:
            return None
        return entry.read(reference.index)
