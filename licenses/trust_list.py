"""The signed list of keys that may sign licenses: for which department, for which types, in which period.

A CWT (RFC 8392) signed by the hub's trust-list key with ES256, protected header 16 `application/vnd.shuniu.trust-list+cwt`. Claims:
1 iss (who publishes), 2 sub (which list), 6 iat, 4 exp, -65538 {1: number of the list, 2: [entry]}; an entry is the map

    1 kid   2 COSE_Key   3 USCC of the department   4 its name   5 [type code]   6 not before   7 not after
    8 status (0 active, 1 retired, 2 revoked)       9 since when it is retired or revoked (Unix time), only then

A key's window is the period in which its codes are believed: a code must be signed inside it, and none is valid after its end.
A retired key signs nothing new and keeps what it signed; a revoked key loses all of it, because its thief can write any date.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from enum import IntEnum, StrEnum
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from hub.errors import InvalidInputError
from licenses import cose
from licenses.cose import Limits, Sign, Unsigned, field, open_map, refuse
from licenses.identifier import is_uscc

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
_BAD: Final = "TRUST_LIST_CLAIMS"


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
    SIGNER_EXPIRED = "SIGNER_EXPIRED"


@dataclass(frozen=True, slots=True)
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
        """Refuse an entry that could be believed for something nobody meant."""
        if not is_uscc(self.issuer) or not 1 <= len(self.department) <= _MAX_NAME:
            raise InvalidInputError("a trusted key belongs to a named department with a USCC", reason="TRUST_LIST_ISSUER")
        if not 1 <= len(self.type_codes) <= _MAX_TYPES or any(len(code) != _TYPE_CODE for code in self.type_codes):
            raise InvalidInputError("a trusted key names the license types it may sign", reason="TRUST_LIST_TYPES")
        if not 0 <= self.not_before < self.not_after:
            raise InvalidInputError("a trusted key's window begins before it ends", reason="TRUST_LIST_WINDOW")
        if (self.status is KeyStatus.ACTIVE) != (self.since is None):
            raise InvalidInputError("a retired or revoked key says since when, an active one does not", reason="TRUST_LIST_STATUS")
        if self.kid != cose.key_id(self.key):
            raise InvalidInputError("the key id is not that of the key", reason="TRUST_LIST_KID")

    def refusal(self, issuer: str, type_code: str, issued_at: int, at: int) -> KeyRefusal | None:
        """Tell why this key is not believed at `at` for a code of this issuer and type signed at `issued_at`; None: it is."""
        if self.issuer != issuer:
            return KeyRefusal.KEY_NOT_FOR_ISSUER
        if type_code not in self.type_codes:
            return KeyRefusal.KEY_NOT_FOR_TYPE
        if self.status is KeyStatus.REVOKED:
            return KeyRefusal.SIGNER_REVOKED
        last = self.not_after if self.since is None else min(self.since, self.not_after)
        if not self.not_before <= issued_at <= last:
            return KeyRefusal.KEY_NOT_FOR_TIME
        return KeyRefusal.SIGNER_EXPIRED if at > self.not_after + SKEW_SECONDS else None


@dataclass(frozen=True, slots=True)
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
        """Refuse two keys under one id and a list that nobody could date."""
        object.__setattr__(self, "_by_kid", {entry.kid: entry for entry in self.keys})
        if len(self._by_kid) != len(self.keys) or len(self.keys) > MAX_KEYS:
            raise InvalidInputError("a key id stands twice in the trust list, or there are too many", reason="TRUST_LIST_KID")
        if self.number < 1 or not 0 <= self.issued_at < self.expires_at or not self.publisher or not self.subject:
            raise InvalidInputError("a trust list is numbered, dated and named", reason="TRUST_LIST_CLAIMS")

    def key_for(self, kid: bytes, issuer: str, type_code: str, issued_at: int, at: int) -> TrustedKey | KeyRefusal:
        """Return the key that a code was signed with, or why that key is not believed; `kid` selects and allows nothing by itself."""
        entry = self._by_kid.get(kid)
        if entry is None:
            return KeyRefusal.UNKNOWN_KEY
        return entry.refusal(issuer, type_code, issued_at, at) or entry

    def check_follows(self, earlier: "TrustList") -> None:
        """Refuse to go back: a list replaces only an earlier one of the same name (no rollback to a state with a stolen key in it)."""
        if (self.publisher, self.subject) != (earlier.publisher, earlier.subject) or self.number <= earlier.number:
            raise InvalidInputError("this trust list does not follow the one that is in use", reason="TRUST_LIST_ROLLBACK")


def prepare(trust: TrustList, kid: bytes) -> Unsigned:
    """Return the list's CWT ready to be signed by the hub's trust-list key, whose id is `kid`."""
    private = {1: trust.number, 2: [_entry_map(entry) for entry in trust.keys]}
    claims = {_ISS: trust.publisher, _SUB: trust.subject, _EXP: trust.expires_at, _IAT: trust.issued_at, PRIVATE: private}
    return Unsigned(cose.header(kid, CONTENT_TYPE), cose.encode(claims))


def encode(trust: TrustList, kid: bytes, sign: Sign) -> bytes:
    """Make and sign the list's CWT in one go."""
    unsigned = prepare(trust, kid)
    return unsigned.assemble(sign(unsigned.to_be_signed))


def decode(data: bytes, key: ec.EllipticCurvePublicKey) -> TrustList:
    """Read a published list strictly; the caller names the one key that may have signed it."""
    message = cose.decode(data, CONTENT_TYPE, _LIMITS)
    if not message.is_signed_by(key):
        refuse("TRUST_LIST_SIGNATURE", "the trust list is not signed by the expected key", "信任列表签名无效")
    claims = open_map(cose.strict_cbor(message.payload, _LIMITS), _CLAIMS, frozenset(), _BAD)
    private = open_map(claims[PRIVATE], frozenset({1, 2}), frozenset(), _BAD)
    return TrustList(
        publisher=field(claims, _ISS, str, _BAD),
        subject=field(claims, _SUB, str, _BAD),
        number=field(private, 1, int, _BAD),
        issued_at=field(claims, _IAT, int, _BAD),
        expires_at=field(claims, _EXP, int, _BAD),
        keys=tuple(_entry_of(entry) for entry in field(private, 2, list, _BAD)),
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
    entry = open_map(value, _ENTRY, frozenset({9}), _BAD)
    codes = field(entry, 5, list, _BAD)
    if any(type(code) is not str for code in codes) or len(set(codes)) != len(codes):
        refuse(_BAD, "the license types of a key are texts, each once")
    status = field(entry, 8, int, _BAD)
    if status not in set(KeyStatus):
        refuse(_BAD, "a key is active, retired or revoked")
    return TrustedKey(
        kid=field(entry, 1, bytes, _BAD),
        key=cose.public_key_of(entry[2]),
        issuer=field(entry, 3, str, _BAD),
        department=field(entry, 4, str, _BAD),
        type_codes=frozenset(codes),
        not_before=field(entry, 6, int, _BAD),
        not_after=field(entry, 7, int, _BAD),
        status=KeyStatus(status),
        since=field(entry, 9, int, _BAD) if 9 in entry else None,  # noqa: PLR2004 - key 9, see above
    )
