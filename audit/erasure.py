"""Which records may be erased, which go together, and how the record of an erasure names them. Pure.

Erased is what a record says of a person: an access (its intent with its outcomes), a refusal, a search or look. What decides stays: a change, an
administrative act, a use of a seal, an erasure. The record of an erasure names indexes in ranges ("7,12+3" are 7, 12, 13, 14 and 15), so that
some hundred of them fit its details. A plus sign, because digits around a dash could spell somebody's number.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from audit.fields import MAX_DETAIL
from audit.model import DECISIONS, Erasure, Kind, Record

MOST: Final = 100
"""Records of one erasure; their names take at most eight details, twenty digits each."""
BASIS_DETAIL: Final = "legal_basis"
ERASED_DETAIL: Final = "erased"
"""The first of the details that name the indexes; the others have a number behind it, from 2."""
_MOST_PARTS: Final = 10
_MOST_DIGITS: Final = 18


def is_personal(record: Record) -> bool:
    """Tell whether a record is one that may be erased: it has a subject, and nothing was decided by it."""
    return record.pseudonym is not None and record.kind.value not in DECISIONS


def details_of(indexes: Iterable[int]) -> dict[str, str]:
    """Return the details by which a record names these indexes."""
    parts = [""]
    for one in _ranges(sorted(set(indexes))):
        if len(parts[-1]) + len(one) + 1 > MAX_DETAIL:
            parts.append("")
        parts[-1] += f",{one}" if parts[-1] else one
    return {_detail(number): part for number, part in enumerate(parts)}


def indexes_of(record: Record) -> frozenset[int]:
    """Return the indexes that the record of an erasure names; none where it is no such record, or cannot have been written by the hub."""
    if record.kind is not Kind.ERASURE or record.erased:
        return frozenset()
    found: set[int] = set()
    for number in range(_MOST_PARTS):
        for part in filter(None, record.detail.get(_detail(number), "").split(",")):
            first, _, more = part.partition("+")
            if not (_is_number(first) and _is_number(more or "0")) or int(more or "0") >= MOST:
                return frozenset()
            found.update(range(int(first), int(first) + int(more or "0") + 1))
    # A record erases what stands before it, and never more than a proposal can hold.
    return frozenset(found) if len(found) <= MOST and max(found, default=0) < record.index else frozenset()


def erasure_of(record: Record) -> Erasure:
    """Return what the erased records tell of the record that erased them."""
    return Erasure(record.index, record.detail.get(BASIS_DETAIL, ""))


def _detail(number: int) -> str:
    return ERASED_DETAIL if number == 0 else f"{ERASED_DETAIL}_{number + 1}"


def _ranges(indexes: list[int]) -> Iterator[str]:
    start = 0
    for at in range(1, len(indexes) + 1):
        if at == len(indexes) or indexes[at] != indexes[at - 1] + 1:
            more = at - start - 1
            yield f"{indexes[start]}+{more}" if more else f"{indexes[start]}"
            start = at


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
