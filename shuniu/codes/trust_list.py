"""The signed list of keys that may sign licenses: for which department, for which types, in which period.

A CWT (RFC 8392) signed by the hub's trust-list key with ES256, protected header 16 `application/vnd.shuniu.trust-list+cwt`. Claims:
1 iss (who publishes), 2 sub (which list), 6 iat, 4 exp, -65538 {1: number of the list, 2: [entry]}; an entry is the map

    1 kid   2 COSE_Key   3 USCC of the department   4 its name   5 [type code]   6 not before   7 not after
    8 status (0 active, 1 retired, 2 revoked)       9 since when it is retired or revoked (Unix time), only then

A key's window is the period in which it signs: a code must be signed inside it. After its end a code is valid where the register says that it
was issued in time, and undetermined offline: nobody guards an ended key any more, and its thief can write any date.
A retired key signs nothing new and keeps what it signed; a revoked key loses all of it, because its thief can write any date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from enum import IntEnum
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from shuniu.codes import cose
from shuniu.codes.cbor import Limits, strict_cbor
from shuniu.codes.cbor import encode as cbor
from shuniu.codes.cose import Sign, Unsigned, field, open_map
from shuniu.codes.reasons import (
    TRUST_LIST_CLAIMS,
    TRUST_LIST_ISSUER,
    TRUST_LIST_KEYS,
    TRUST_LIST_KID,
    TRUST_LIST_NAMELESS,
    TRUST_LIST_ROLLBACK,
    TRUST_LIST_SIGNATURE,
    TRUST_LIST_STATUS,
    TRUST_LIST_TYPES,
    TRUST_LIST_WINDOW,
)
from shuniu.enums import StrEnum
from shuniu.identifiers.uscc import is_uscc

CONTENT_TYPE: Final = "application/vnd.shuniu.trust-list+cwt"
PRIVATE: Final = -65538
SKEW_SECONDS: Final = 300
MAX_KEYS: Final = 4096
_ISS, _SUB, _EXP, _IAT = 1, 2, 4, 6
_CLAIMS: Final = frozenset({_ISS, _SUB, _EXP, _IAT, PRIVATE})
_ENTRY: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8})
_TOTAL: Final = 1 << 20
_LIMITS: Final = Limits(total=_TOTAL, items=MAX_KEYS, string=_TOTAL)
_MAX_TYPES: Final = 512
_TYPE_CODE: Final = 21
_MAX_NAME: Final = 100


class KeyStatus(IntEnum):
    """Whether a listed key signs (active), has signed (retired) or must not be believed any more (revoked)."""

    ACTIVE = 0
    RETIRED = 1
    REVOKED = 2


class KeyRefusal(StrEnum):
    """Why a key is not believed for a code, in the order in which it is asked."""

    UNKNOWN_KEY = "UNKNOWN_KEY"
    KEY_NOT_FOR_ISSUER = "KEY_NOT_FOR_ISSUER"
    KEY_NOT_FOR_TYPE = "KEY_NOT_FOR_TYPE"
    SIGNER_REVOKED = "SIGNER_REVOKED"
    KEY_NOT_FOR_TIME = "KEY_NOT_FOR_TIME"


@dataclass(frozen=True)
class TrustedKey:
    """One listed key, ready to verify with; times are Unix seconds."""

    kid: bytes
    key: ec.EllipticCurvePublicKey
    issuer: str
    department: str
    type_codes: frozenset[str]
    not_before: int
    not_after: int
    status: KeyStatus = KeyStatus.ACTIVE
    since: int | None = None

    def __post_init__(self) -> None:
        """Refuse an entry that is incomplete: it could be believed for more than the authority meant."""
        if not is_uscc(self.issuer) or not 1 <= len(self.department) <= _MAX_NAME:
            raise TRUST_LIST_ISSUER()
        if not 1 <= len(self.type_codes) <= _MAX_TYPES or any(len(code) != _TYPE_CODE for code in self.type_codes):
            raise TRUST_LIST_TYPES()
        if not 0 <= self.not_before < self.not_after:
            raise TRUST_LIST_WINDOW()
        if (self.status is KeyStatus.ACTIVE) != (self.since is None):
            raise TRUST_LIST_STATUS()
        if self.kid != cose.key_id(self.key):
            raise TRUST_LIST_KID()

    def refusal(self, issuer: str, type_code: str, issued_at: int) -> KeyRefusal | None:
        """Tell why this key is not believed for a code of this issuer and type signed at `issued_at`; None: it is."""
        if self.issuer != issuer:
            return KeyRefusal.KEY_NOT_FOR_ISSUER
        if type_code not in self.type_codes:
            return KeyRefusal.KEY_NOT_FOR_TYPE
        if self.status is KeyStatus.REVOKED:
            return KeyRefusal.SIGNER_REVOKED
        # a retired key keeps what it signed until it was retired
        last = self.not_after if self.since is None else min(self.since, self.not_after)
        if not self.not_before <= issued_at <= last:
            return KeyRefusal.KEY_NOT_FOR_TIME
        return None

    def has_ended(self, at: int) -> bool:
        """Tell whether the key's term is over at `at`: its codes were right, and who has the key since may have dated others back."""
        return at > self.not_after + SKEW_SECONDS


@dataclass(frozen=True, order=True)
class TrustIssue:
    """Which of a publisher's lists it is: the number counts changes; a list that is renewed without a change keeps it, and has a later time."""

    number: int
    issued_at: int


@dataclass(frozen=True)
class TrustList:
    """A numbered state of the list; key ids are unique, and only they select a key."""

    publisher: str
    subject: str
    number: int
    issued_at: int
    expires_at: int
    keys: tuple[TrustedKey, ...]
    _by_kid: Mapping[bytes, TrustedKey] = attribute(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse two keys under one id, and a list without number, dates or name."""
        object.__setattr__(self, "_by_kid", {entry.kid: entry for entry in self.keys})
        if len(self._by_kid) != len(self.keys) or len(self.keys) > MAX_KEYS:
            raise TRUST_LIST_KEYS(most=MAX_KEYS)
        if self.number < 1 or not 0 <= self.issued_at < self.expires_at or not self.publisher or not self.subject:
            raise TRUST_LIST_NAMELESS()

    def key_for(self, kid: bytes, issuer: str, type_code: str, issued_at: int) -> TrustedKey | KeyRefusal:
        """Return the key that a code was signed with, or why that key is not believed; `kid` selects and allows nothing by itself."""
        entry = self._by_kid.get(kid)
        if entry is None:
            return KeyRefusal.UNKNOWN_KEY
        return entry.refusal(issuer, type_code, issued_at) or entry

    @property
    def issue(self) -> TrustIssue:
        """Return which of the publisher's lists it is."""
        return TrustIssue(self.number, self.issued_at)

    def check_follows(self, known: TrustIssue) -> None:
        """Refuse to go back behind a list of the same publisher and name that was seen before: a stolen key would be good in it again."""
        if self.issue < known:
            raise TRUST_LIST_ROLLBACK(number=self.number, known=known.number, behind=max(0, known.issued_at - self.issued_at))


def prepare(trust: TrustList, kid: bytes) -> Unsigned:
    """Return the list's CWT ready to be signed by the hub's trust-list key, whose id is `kid`."""
    private = {1: trust.number, 2: [_entry_map(entry) for entry in trust.keys]}
    claims = {_ISS: trust.publisher, _SUB: trust.subject, _EXP: trust.expires_at, _IAT: trust.issued_at, PRIVATE: private}
    return Unsigned(cose.header(kid, CONTENT_TYPE), cbor(claims))


def encode(trust: TrustList, kid: bytes, sign: Sign) -> bytes:
    """Make and sign the list's CWT in one go."""
    unsigned = prepare(trust, kid)
    return unsigned.assemble(sign(unsigned.to_be_signed))


def decode(data: bytes, key: ec.EllipticCurvePublicKey) -> TrustList:
    """Read a published list strictly; the caller names the one key that may have signed it."""
    message = cose.decode(data, CONTENT_TYPE, _LIMITS)
    if not message.is_signed_by(key):
        raise TRUST_LIST_SIGNATURE()
    claims = open_map(strict_cbor(message.payload, _LIMITS), _CLAIMS, frozenset(), TRUST_LIST_CLAIMS)
    private = open_map(claims[PRIVATE], frozenset({1, 2}), frozenset(), TRUST_LIST_CLAIMS)
    return TrustList(
        publisher=field(claims, _ISS, str, TRUST_LIST_CLAIMS),
        subject=field(claims, _SUB, str, TRUST_LIST_CLAIMS),
        number=field(private, 1, int, TRUST_LIST_CLAIMS),
        issued_at=field(claims, _IAT, int, TRUST_LIST_CLAIMS),
        expires_at=field(claims, _EXP, int, TRUST_LIST_CLAIMS),
        keys=tuple(_entry_of(entry) for entry in field(private, 2, list, TRUST_LIST_CLAIMS)),
    )


def _entry_map(entry: TrustedKey) -> dict[int, Any]:
    fields = {
        1: entry.kid,
        2: cose.cose_key(entry.key),
        3: entry.issuer,
        4: entry.department,
        5: sorted(entry.type_codes),
        6: entry.not_before,
        7: entry.not_after,
        8: int(entry.status),
    }
    return fields if entry.since is None else fields | {9: entry.since}


def _entry_of(value: Any) -> TrustedKey:
    entry = open_map(value, _ENTRY, frozenset({9}), TRUST_LIST_CLAIMS)
    codes = field(entry, 5, list, TRUST_LIST_CLAIMS)
    # `frozenset` would hide that one stands twice
    if any(type(code) is not str for code in codes) or len(set(codes)) != len(codes):
        raise TRUST_LIST_CLAIMS()
    status = field(entry, 8, int, TRUST_LIST_CLAIMS)
    if status not in set(KeyStatus):
        raise TRUST_LIST_CLAIMS()
    return TrustedKey(
        kid=field(entry, 1, bytes, TRUST_LIST_CLAIMS),
        key=cose.public_key_of(entry[2]),
        issuer=field(entry, 3, str, TRUST_LIST_CLAIMS),
        department=field(entry, 4, str, TRUST_LIST_CLAIMS),
        type_codes=frozenset(codes),
        not_before=field(entry, 6, int, TRUST_LIST_CLAIMS),
        not_after=field(entry, 7, int, TRUST_LIST_CLAIMS),
        status=KeyStatus(status),
        since=field(entry, 9, int, TRUST_LIST_CLAIMS) if 9 in entry else None,  # noqa: PLR2004 - key 9, see above
    )
