"""From an event to its leaf: the tree holds only a salted commitment, so that what it commits to can be erased later.

leaf    = deterministic CBOR {v, at (Unix seconds), kind, commit, origin, departments}
commit  = SHA-256(TAG || 32 bytes of salt || payload)
payload = deterministic CBOR of the event, in which a subject is only its pseudonym

Without the salt, the hash of an 18-digit ID would be found by trying them all within minutes; with it, erasing salt and payload
leaves a leaf that says nothing more than its own few columns. Deterministic is RFC 8949 section 4.2.1: shortest forms, definite
lengths, keys in the order of their bytes; the maps below are written down in that order, which a test compares with the encoder's.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from hmac import HMAC, compare_digest, new
from typing import Any, Final, NamedTuple, NoReturn

from cbor2 import CBORError, dumps, loads

from audit.model import HASH_LENGTH, MAX_COUNT, Actor, Event, Kind, Record
from audit.tree import leaf_hash
from hub.errors import IntegrityError, InvalidInputError
from hub.subject import Subject

VERSION: Final = 1
TAG: Final = b"shuniu audit commitment v1\n"
SALT_LENGTH: Final = 32
KEY_LENGTH: Final = 32
PSEUDONYM_LENGTH: Final = 16
MAX_ORIGIN: Final = 200
MAX_LEAF: Final = 1024
MAX_PAYLOAD: Final = 131_072
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LAST: Final = 253_402_300_799  # the last second of the year 9999


class Prepared(NamedTuple):
    """A record ready to be stored: what enters the tree, what stands beside it in the row, and the columns it is searched by."""

    leaf: bytes
    leaf_hash: bytes
    payload: bytes
    salt: bytes
    pseudonym: bytes | None
    kind: Kind
    at: datetime
    action: str
    department: str
    system: str
    officer: str
    other: str
    resource: str
    purpose: str
    case_number: str
    grant: str
    status: str
    intent_index: int | None


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
        raise InvalidInputError("the pseudonym key is 32 bytes long", field="pseudonym_key")
    mac = _keyed(key).copy()
    mac.update(subject.domain.encode() + b"\x00" + subject.id.encode())
    return mac.digest()[:PSEUDONYM_LENGTH]


@lru_cache(4)
def _keyed(key: bytes) -> HMAC:
    """Return the keyed state to begin from: `hmac.digest` would let go of the interpreter for these few bytes, and wait to get it back."""
    return new(key, digestmod="sha256")


def commit_to(payload: bytes, salt: bytes) -> bytes:
    """Return the commitment to a payload under its salt."""
    return sha256(TAG + salt + payload).digest()


def prepare(event: Event, origin: str, pseudonym_key: bytes, salt: bytes) -> Prepared:
    """Return the event as it will be stored; `salt` is 32 fresh random bytes, never used before, and goes with the row alone."""
    if len(salt) != SALT_LENGTH:
        raise InvalidInputError("the salt is 32 bytes long", field="salt")
    if not 0 < len(origin) <= MAX_ORIGIN:
        raise InvalidInputError(f"the origin has 1 to {MAX_ORIGIN} characters", field="origin")
    subject, actor = event.subject, event.actor
    pseudonym = None if subject is None else pseudonym_of(subject, pseudonym_key)
    payload = dumps(_payload(event, pseudonym))
    leaf = _leaf(event, origin, commit_to(payload, salt))
    return Prepared(leaf, leaf_hash(leaf), payload, salt, pseudonym, event.kind, event.at, event.action, actor.department, actor.system,
                    actor.officer, event.other, event.resource, event.purpose, event.case_number, event.grant, event.status,
                    event.intent_index)  # fmt: skip


def _payload(event: Event, pseudonym: bytes | None) -> dict[str, Any]:
    """Name every part of the event, shorter keys first (the order of their encoded bytes)."""
    actor = event.actor
    return {
        "v": VERSION,
        "at": (event.at - _EPOCH) // _MICROSECOND,
        "kind": event.kind.value,
        "rows": event.rows,
        "bytes": event.bytes,
        "grant": event.grant,
        "other": event.other,
        "action": event.action,
        "detail": dict(sorted(event.detail.items(), key=_map_order)) if event.detail else {},
        "digest": event.digest,
        "fields": event.fields,
        "intent": event.intent_index,
        "reason": event.reason,
        "status": event.status,
        "system": actor.system,
        "officer": actor.officer,
        "purpose": event.purpose,
        "subject": None if event.subject is None else (event.subject.domain, pseudonym),
        "resource": event.resource,
        "department": actor.department,
        "case_number": event.case_number,
    }


def _map_order(item: tuple[str, str]) -> tuple[int, bytes]:
    key = item[0].encode()
    return len(key), key


def _leaf(event: Event, origin: str, commit: bytes) -> bytes:
    departments = [event.actor.department] if not event.other else [event.actor.department, event.other]
    return dumps({"v": VERSION, "at": (event.at - _EPOCH) // _MICROSECOND // 1_000_000, "kind": event.kind.value, "commit": commit,
                  "origin": origin, "departments": departments})  # fmt: skip


def opens(leaf: bytes, payload: bytes, salt: bytes) -> bool:
    """Tell whether this payload under this salt is what the leaf committed to."""
    return len(salt) == SALT_LENGTH and compare_digest(decode_leaf(leaf).commit, commit_to(payload, salt))


def decode_leaf(data: bytes) -> Leaf:
    """Read a leaf; any byte string that `prepare` could not have written is refused."""
    doc = _decode(data, MAX_LEAF, _LEAF_TYPES)
    at, kind = _time(doc["at"] * 1_000_000), _kind(doc["kind"])
    departments = doc["departments"]
    if len(doc["commit"]) != HASH_LENGTH or len(departments) not in {1, 2} or not all(type(one) is str for one in departments):
        _damaged("the leaf has an impossible commitment or list of departments")
    return Leaf(at, kind, doc["commit"], doc["origin"], tuple(departments))


def decode_payload(data: bytes) -> Mapping[str, Any]:
    """Read a payload into its named parts, each of its right type; any byte string that `prepare` could not have written is refused."""
    doc = _decode(data, MAX_PAYLOAD, _PAYLOAD_TYPES)
    _time(doc["at"])
    _kind(doc["kind"])
    subject, intent = doc["subject"], doc["intent"]
    if subject is not None and ([type(one) for one in subject] != [str, bytes] or len(subject[1]) != PSEUDONYM_LENGTH):
        _damaged("the subject is not a domain and a pseudonym")
    if not all(type(one) is str for one in (*doc["fields"], *doc["detail"], *doc["detail"].values())):
        _damaged("fields and details are text")
    if len(doc["digest"]) not in {0, HASH_LENGTH}:
        _damaged("the digest is not 32 bytes long")
    if any(not 0 <= one <= MAX_COUNT for one in (doc["rows"], doc["bytes"], intent or 0)):
        _damaged("a count is out of range")
    return doc


def record_from(index: int, leaf: bytes, payload: bytes | None) -> Record:
    """Return the record as it can be read today; without a payload it was erased, and the leaf's few columns are what is left."""
    head = decode_leaf(leaf)
    if payload is None:
        actor = Actor(head.departments[0], "", "")
        other = "".join(head.departments[1:])
        return Record(index, leaf, head.kind, head.at, "", actor, other, "", "", "", "", "", None, (), "", 0, 0, b"", "", None, {}, erased=True)
    doc = decode_payload(payload)
    domain, pseudonym = doc["subject"] or ("", None)
    return Record(index, leaf, Kind(doc["kind"]), _time(doc["at"]), doc["action"], Actor(doc["department"], doc["system"], doc["officer"]),
                  doc["other"], doc["resource"], doc["purpose"], doc["case_number"], doc["grant"], domain, pseudonym, tuple(doc["fields"]),
                  doc["status"], doc["rows"], doc["bytes"], doc["digest"], doc["reason"], doc["intent"], doc["detail"], erased=False)  # fmt: skip


_NONE: Final = type(None)
_LEAF_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "v": (int,), "at": (int,), "kind": (str,), "commit": (bytes,), "origin": (str,), "departments": (list,),
}  # fmt: skip
_PAYLOAD_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "v": (int,), "at": (int,), "kind": (str,), "rows": (int,), "bytes": (int,), "grant": (str,), "other": (str,), "action": (str,),
    "detail": (dict,), "digest": (bytes,), "fields": (list,), "intent": (int, _NONE), "reason": (str,), "status": (str,),
    "system": (str,), "officer": (str,), "purpose": (str,), "subject": (list, _NONE), "resource": (str,), "department": (str,),
    "case_number": (str,),
}  # fmt: skip


def _decode(data: bytes, cap: int, types: Mapping[str, tuple[type, ...]]) -> dict[str, Any]:
    """Read one map with exactly these keys and exact types, and refuse every spelling but the deterministic one."""
    if len(data) > cap:
        _damaged(f"more than {cap} bytes")
    try:
        doc = loads(data)
        same = dumps(doc, canonical=True) == data
    except (CBORError, ValueError, TypeError, OverflowError, RecursionError, MemoryError):
        _damaged("not CBOR")
    if type(doc) is not dict or doc.keys() != types.keys() or not same:
        _damaged("not a deterministic map of the expected keys")
    if any(type(doc[key]) not in allowed for key, allowed in types.items()):
        _damaged("a value has the wrong type")
    if doc["v"] != VERSION:
        _damaged(f"version {doc['v']} is not known")
    return doc


def _kind(value: str) -> Kind:
    try:
        return Kind(value)
    except ValueError:
        _damaged("unknown kind of record")


def _time(microseconds: int) -> datetime:
    if not 0 <= microseconds <= _LAST * 1_000_000:
        _damaged("a time out of range")
    return _EPOCH + timedelta(microseconds=microseconds)


def _damaged(why: str) -> NoReturn:
    raise IntegrityError(f"a stored record cannot be read: {why}", zh=f"存证记录无法读取：{why}", reason="DAMAGED_RECORD")
