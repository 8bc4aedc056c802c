"""From an event to its leaf: the tree holds only a salted commitment, so that what it commits to can be erased later.

leaf    = deterministic CBOR {v, at (Unix seconds), kind, commit, origin, departments}
commit  = SHA-256(TAG || 32 bytes of salt || payload)
payload = deterministic CBOR of the event (`audit.fields`), in which a subject is only its pseudonym

Without the salt, the hash of an 18-digit ID would be found by trying them all within minutes; with it, erasing salt and payload
leaves a leaf that says nothing more than its own few columns. Deterministic is RFC 8949 section 4.2: shortest forms, definite lengths,
sorted keys; it is written in pieces (`audit.encoding`).
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, NamedTuple

from audit import hot
from audit.encoding import VERSION, leaf_of, payload_of
from audit.fields import FIELDS
from audit.model import HASH_LENGTH, MAX_COUNT, Actor, Erasure, Event, Kind, Record
from audit.reasons.records import (
    KEY_LENGTH_WRONG,
    ORIGIN_LENGTH,
    RECORD_COUNT,
    RECORD_DEPARTMENTS,
    RECORD_DIGEST,
    RECORD_KEYS,
    RECORD_KIND,
    RECORD_SUBJECT,
    RECORD_TEXTS,
    RECORD_TIME,
    RECORD_TYPE,
    RECORD_UNREADABLE,
    RECORD_VERSION,
    SALT_LENGTH_WRONG,
)
from hub.errors import InvalidInputError
from hub.subject import Subject
from shuniu.codes.cbor import Limits, strict_cbor
from shuniu.proofs.tree import leaf_hash

TAG: Final = b"shuniu audit commitment v1\n"
SALT_LENGTH: Final = 32
KEY_LENGTH: Final = 32
PSEUDONYM_LENGTH: Final = 16
MAX_ORIGIN: Final = 200
LEAF_LIMITS: Final = Limits(total=1_024)
PAYLOAD_LIMITS: Final = Limits(total=131_072, items=256, string=4_000)
"""At most 256 fields; a reason of a thousand characters takes four thousand bytes."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_SECOND: Final = 1_000_000
_LAST: Final = 253_402_300_799  # the last second of the year 9999
_LEAF_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "v": (int,),
    "at": (int,),
    "kind": (str,),
    "commit": (bytes,),
    "origin": (str,),
    "departments": (list,),
}
_PAYLOAD_TYPES: Final[Mapping[str, tuple[type, ...]]] = {"v": (int,), **{one.key: one.types for one in FIELDS}}
_OWN_TYPE: Final = frozenset({"at", "kind", "subject", "fields", "system", "officer", "department"})
_SAME: Final = tuple((one.name, one.key) for one in FIELDS if one.name not in _OWN_TYPE)
"""Parts that `Record` has as the payload has them, by name and key."""


class Commitment(NamedTuple):
    """An event that can be stored: the leaf, which enters the tree, and what stands beside it in the row."""

    event: Event
    leaf: bytes
    leaf_hash: bytes
    payload: bytes
    salt: bytes
    pseudonym: bytes | None


class Leaf(NamedTuple):
    """What a leaf says in clear; it stays when the record behind it is erased."""

    at: datetime
    kind: Kind
    commit: bytes
    origin: str
    departments: tuple[str, ...]


def pseudonym_of(subject: Subject, key: bytes) -> bytes:
    """Return the 16 bytes under which a subject is found again; a domain cannot contain the separating zero byte."""
    if len(key) != KEY_LENGTH:
        raise KEY_LENGTH_WRONG(field="pseudonym_key", length=KEY_LENGTH)
    return hot.keyed_digest(key, subject.domain.encode() + b"\x00" + subject.id.encode())[:PSEUDONYM_LENGTH]


def commit_to(payload: bytes, salt: bytes) -> bytes:
    """Return the commitment to a payload under its salt."""
    return sha256(TAG + salt + payload).digest()


def prepare(event: Event, origin: str, pseudonym_key: bytes, salt: bytes, pseudonym: bytes | None = None) -> Commitment:
    """Return the event as it will be stored; `salt` is 32 fresh random bytes, never used before, and goes with the row alone.

    `pseudonym` is given where the subject is known by it alone: the log itself speaks of an earlier record.
    """
    if len(salt) != SALT_LENGTH:
        raise SALT_LENGTH_WRONG(field="salt", length=SALT_LENGTH)
    if not 0 < len(origin) <= MAX_ORIGIN:
        raise ORIGIN_LENGTH(field="origin", most=MAX_ORIGIN)
    if pseudonym is None and event.subject is not None:
        pseudonym = pseudonym_of(event.subject, pseudonym_key)
    at = micros(event.at)
    payload = payload_of(event, at, pseudonym)
    leaf = leaf_of(event, at, origin, commit_to(payload, salt))
    return Commitment(event=event, leaf=leaf, leaf_hash=leaf_hash(leaf), payload=payload, salt=salt, pseudonym=pseudonym)


def micros(at: datetime) -> int:
    """Return a moment as microseconds since 1970, which sort alike in every database."""
    # Whole numbers all the way: timestamp() is a float and can miss by a microsecond.
    return (at - _EPOCH) // _MICROSECOND


def opens(leaf: bytes, payload: bytes, salt: bytes) -> bool:
    """Tell whether this payload under this salt is what the leaf committed to."""
    return len(salt) == SALT_LENGTH and hmac.compare_digest(decode_leaf(leaf).commit, commit_to(payload, salt))


@lru_cache(8)  # a record is read and then held against its leaf: the same leaf twice in a row
def decode_leaf(data: bytes) -> Leaf:
    """Read a leaf; any byte string that `prepare` could not have written is refused."""
    leaf = _decode(data, LEAF_LIMITS, _LEAF_TYPES)
    departments = leaf["departments"]
    if len(leaf["commit"]) != HASH_LENGTH or len(departments) not in {1, 2} or not all(type(one) is str for one in departments):
        raise RECORD_DEPARTMENTS()
    return Leaf(
        at=_time(leaf["at"] * _SECOND), kind=_kind(leaf["kind"]), commit=leaf["commit"], origin=leaf["origin"], departments=tuple(departments)
    )


def decode_payload(data: bytes) -> Mapping[str, Any]:
    """Read a payload into its named parts, each of its right type; any byte string that `prepare` could not have written is refused."""
    payload = _decode(data, PAYLOAD_LIMITS, _PAYLOAD_TYPES)
    _time(payload["at"])
    _kind(payload["kind"])
    subject = payload["subject"]
    if subject is not None and ([type(one) for one in subject] != [str, bytes] or len(subject[1]) != PSEUDONYM_LENGTH):
        raise RECORD_SUBJECT()
    if not all(type(one) is str for one in (*payload["fields"], *payload["detail"], *payload["detail"].values())):
        raise RECORD_TEXTS()
    if len(payload["digest"]) not in {0, HASH_LENGTH}:
        raise RECORD_DIGEST()
    if any(not 0 <= one <= MAX_COUNT for one in (payload["rows"], payload["bytes"], payload["intent"] or 0)):
        raise RECORD_COUNT()
    return payload


def erased_record(index: int, leaf: bytes, erasure: Erasure) -> Record:
    """Return what is left of a record that was erased: the few columns of its leaf."""
    head = decode_leaf(leaf)
    department, other = (*head.departments, "")[:2]  # a leaf has one department or two
    return Record(index=index, leaf=leaf, kind=head.kind, at=head.at, actor=_actor(department, "", ""), other=other, erasure=erasure)


def record_from(index: int, leaf: bytes, payload: bytes) -> Record:
    """Return the record that a payload spells."""
    parts = decode_payload(payload)
    domain, pseudonym = parts["subject"] or ("", None)
    return Record(
        index=index,
        leaf=leaf,
        kind=_kind(parts["kind"]),
        at=_time(parts["at"]),
        actor=_actor(parts["department"], parts["system"], parts["officer"]),
        subject_domain=domain,
        pseudonym=pseudonym,
        fields=tuple(parts["fields"]),
        **{name: parts[key] for name, key in _SAME},
    )


def _actor(department: str, system: str, officer: str) -> Actor:
    try:
        return Actor(department, system, officer)
    except InvalidInputError as error:
        raise RECORD_DEPARTMENTS() from error


def _decode(data: bytes, limits: Limits, types: Mapping[str, tuple[type, ...]]) -> dict[str, Any]:
    """Read one map with exactly these keys and exact types, and refuse every spelling but the deterministic one."""
    try:
        found = strict_cbor(data, limits)
    except InvalidInputError as error:
        raise RECORD_UNREADABLE() from error
    if type(found) is not dict or found.keys() != types.keys():
        raise RECORD_KEYS()
    # Exact types, since True would pass for an int.
    if any(type(found[key]) not in allowed for key, allowed in types.items()):
        raise RECORD_TYPE()
    if found["v"] != VERSION:
        raise RECORD_VERSION(version=found["v"])
    return found


def _kind(value: str) -> Kind:
    try:
        return Kind(value)
    except ValueError:
        raise RECORD_KIND() from None


def _time(microseconds: int) -> datetime:
    # Before the sum, which would raise OverflowError for what no calendar holds.
    if not 0 <= microseconds <= _LAST * _SECOND:
        raise RECORD_TIME()
    return _EPOCH + timedelta(microseconds=microseconds)
