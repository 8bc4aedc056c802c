"""The bytes of a record's payload and leaf: deterministic CBOR (RFC 8949 section 4.2), joined out of pieces.

The two records of a call say nearly the same, and so do all calls under a grant. What comes again is encoded once and kept by its value; what
differs (times, the case, numbers, the subject) is written each time. To spell a payload so takes a quarter of what it takes to name its parts and
give them to the encoder (`python -m benchmarks.hot`). Keys stand in the order of `audit.fields.FIELDS`, as literals here: a test compares the
bytes of any event with those of the encoder in canonical mode, made out of that table. Reading knows nothing of this module.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from audit.model import HASH_LENGTH, Event, Kind

VERSION: Final = 1
_PIECES: Final = 1_024
_SMALL, _BYTE, _SHORT, _WORD = 24, 1 << 8, 1 << 16, 1 << 32
_UINT, _BYTES, _TEXT, _LIST, _MAP = (major << 5 for major in (0, 2, 3, 4, 5))
_SECOND: Final = 1_000_000
_NULL: Final = b"\xf6"


def head(major: int, number: int) -> bytes:
    """Return the shortest head of an item (RFC 8949 section 3): its major type, in its place in the byte, and a number or length."""
    if number < _SMALL:
        return bytes((major | number,))
    if number < _BYTE:
        return bytes((major | 24, number))
    if number < _SHORT:
        return bytes((major | 25,)) + number.to_bytes(2, "big")
    if number < _WORD:
        return bytes((major | 26,)) + number.to_bytes(4, "big")
    return bytes((major | 27,)) + number.to_bytes(8, "big")


_TEXT_HEADS: Final = tuple(head(_TEXT, length) for length in range(_BYTE))
_UINTS: Final = tuple(head(_UINT, number) for number in range(_BYTE))


def _text(text: str) -> bytes:
    data = text.encode()
    length = len(data)
    return (_TEXT_HEADS[length] if length < _BYTE else head(_TEXT, length)) + data


def _number(number: int) -> bytes:
    return _UINTS[number] if 0 <= number < _BYTE else head(_UINT, number)


def _bytes(data: bytes) -> bytes:
    return head(_BYTES, len(data)) + data


_START: Final = head(_MAP, 21) + _text("v") + _number(VERSION) + _text("at")
_KIND: Final = {kind: _text("kind") + _text(kind.value) for kind in Kind}
_ROWS, _SIZE, _DETAIL, _DIGEST, _INTENT, _REASON, _SUBJECT, _CASE = map(
    _text, ("rows", "bytes", "detail", "digest", "intent", "reason", "subject", "case_number")
)
_LEAF_START: Final = head(_MAP, 6) + _text("v") + _number(VERSION) + _text("at")
_COMMIT: Final = _text("commit") + head(_BYTES, HASH_LENGTH)


@lru_cache(_PIECES)
def _ground(grant: str, other: str, action: str) -> bytes:
    return b"".join((_text("grant"), _text(grant), _text("other"), _text(other), _text("action"), _text(action)))


@lru_cache(_PIECES)
def _fields(names: tuple[str, ...]) -> bytes:
    return b"".join((_text("fields"), head(_LIST, len(names)), *map(_text, names)))


@lru_cache(_PIECES)
def _actor(officer: str, purpose: str) -> bytes:
    return b"".join((_text("officer"), _text(officer), _text("purpose"), _text(purpose)))


@lru_cache(_PIECES)
def _ending(status: str, system: str) -> bytes:
    return b"".join((_text("status"), _text(status), _text("system"), _text(system)))


@lru_cache(_PIECES)
def _place(resource: str, department: str) -> bytes:
    return b"".join((_text("resource"), _text(resource), _text("department"), _text(department), _CASE))


@lru_cache(_PIECES)
def _subject(domain: str) -> bytes:
    return b"".join((_SUBJECT, head(_LIST, 2), _text(domain)))


@lru_cache(_PIECES)
def _names(names: tuple[str, ...]) -> tuple[tuple[str, bytes], ...]:
    """Return the names of details in the order of their bytes (RFC 8949 section 4.2.3), each with its spelling."""
    ordered = sorted((len(name.encode()), name.encode(), name) for name in names)
    return tuple((name, _text(name)) for _, _, name in ordered)


@lru_cache(_PIECES)
def _leaf_end(origin: str, department: str, other: str) -> bytes:
    departments = [_text(one) for one in ((department, other) if other else (department,))]
    return b"".join((_text("origin"), _text(origin), _text("departments"), head(_LIST, len(departments)), *departments))


def _detail(detail: Mapping[str, str]) -> bytes:
    pieces = [_DETAIL, head(_MAP, len(detail))]
    for name, spelling in _names(tuple(detail)):
        pieces += (spelling, _text(detail[name]))
    return b"".join(pieces)


def payload_of(event: Event, at: int, pseudonym: bytes | None) -> bytes:
    """Return the payload of an event; `at` is its time in microseconds since 1970, `pseudonym` the 16 bytes under which its subject is found."""
    actor, intent, subject = event.actor, event.intent_index, event.subject
    return b"".join(
        (
            _START,
            head(_UINT, at),
            _KIND[event.kind],
            _ROWS,
            _number(event.rows),
            _SIZE,
            _number(event.bytes),
            _ground(event.grant, event.other, event.action),
            _detail(event.detail),
            _DIGEST,
            _bytes(event.digest),
            _fields(event.fields),
            _INTENT,
            _NULL if intent is None else _number(intent),
            _REASON,
            _text(event.reason),  # not kept, nor is a case's number: each call has its own
            _ending(event.status, actor.system),
            _actor(actor.officer, event.purpose),
            _SUBJECT + _NULL if subject is None else _subject(subject.domain) + (_NULL if pseudonym is None else _bytes(pseudonym)),
            _place(event.resource, actor.department),
            _text(event.case_number),
        )
    )


def leaf_of(event: Event, at: int, origin: str, commit: bytes) -> bytes:
    """Return the leaf of an event; it is published, and says when to the second only (ADR 0004)."""
    end = _leaf_end(origin, event.actor.department, event.other)
    return b"".join((_LEAF_START, head(_UINT, at // _SECOND), _KIND[event.kind], _COMMIT, commit, end))
