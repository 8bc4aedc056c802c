"""A batch: the records that were committed together, as one row. Pure: no SQL.

body = CBOR list of [leaf, payload, salt], the first under the index `first` of the batch; payload and salt are null once a record is erased,
and null alone proves nothing: whoever reads such a record has to know the later record of the log that erased it (`audit.store.erasures`).
The body enters no hash: what a record says is bound by its leaf (`audit.commitment`), and the leaf by the tree.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

import cbor2

from audit.commitment import Commitment, Leaf, decode_leaf, erased_record, opens, record_from
from audit.model import Erasure, Record
from audit.reasons.records import RECORD_EMPTIED, RECORD_TOUCHED
from hub.errors import IntegrityError

MOST_RECORDS: Final = 128
"""The format allows 1,024. A page of a search may lie in fifty batches, and a batch is decoded as a whole: 0.5 ms for 1,024, 0.06 ms for 128."""
MOST_BYTES: Final = 1 << 20
"""Of leaves, payloads and salts; a single record is always smaller (its entry in a tile has at most 65,535 bytes)."""


class StoredRecord(NamedTuple):
    """A record as its batch holds it; without payload and salt it was erased, or emptied by somebody."""

    leaf: bytes
    payload: bytes | None
    salt: bytes | None

    @property
    def empty(self) -> bool:
        """Tell whether nothing but the leaf is left."""
        return self.payload is None and self.salt is None

    def read(self, index: int, erasure: Erasure | None = None) -> Record:
        """Return the record; raise IntegrityError where the payload is not what the leaf committed to.

        One without a payload is refused too, unless the caller knows of the `erasure` that names it.
        """
        if self.empty:
            return self._left(index, erasure)
        try:
            record = record_from(index, self.leaf, self.payload or b"")
            whole = opens(self.leaf, self.payload or b"", self.salt or b"") and _agree(decode_leaf(self.leaf), record)
        except IntegrityError as error:
            raise RECORD_TOUCHED(index=index) from error
        if not whole:
            raise RECORD_TOUCHED(index=index)
        return record

    def _left(self, index: int, erasure: Erasure | None) -> Record:
        """Return what is left of an erased record; the refusal of one that no record of the log erased says so."""
        try:
            if erasure is not None:
                return erased_record(index, self.leaf, erasure)
            decode_leaf(self.leaf)  # a body that cannot be read at all is another damage
        except IntegrityError as error:
            raise RECORD_TOUCHED(index=index) from error
        raise RECORD_EMPTIED(index=index)


_R = TypeVar("_R", Commitment, StoredRecord)


def _agree(leaf: Leaf, record: Record) -> bool:
    """Tell whether the leaf says in clear what the payload says: an edit of it would show another kind or department."""
    departments = (record.actor.department, record.other) if record.other else (record.actor.department,)
    return (leaf.at, leaf.kind, leaf.departments) == (record.at.replace(microsecond=0), record.kind, departments)


def cut(records: Sequence[_R]) -> Iterator[Sequence[_R]]:
    """Yield the records in portions that a batch may hold."""
    start = size = 0
    for at, one in enumerate(records):
        more = len(one.leaf) + len(one.payload or b"") + len(one.salt or b"")
        if at - start == MOST_RECORDS or (size + more > MOST_BYTES and at > start):
            yield records[start:at]
            start, size = at, 0
        size += more
    if start < len(records):
        yield records[start:]


def pack(records: Sequence[Commitment | StoredRecord]) -> bytes:
    """Return the body of a batch."""
    return cbor2.dumps([(one.leaf, one.payload, one.salt) for one in records])


def parts_of(count: int, body: bytes) -> Sequence[object]:
    """Return what stands in a body for each of its records, not looked at yet; nothing where the body does not hold `count` parts."""
    try:
        found = cbor2.loads(body)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError, MemoryError):
        return ()
    return found if type(found) is list and len(found) == count else ()


def stored_in(parts: Sequence[object], position: int) -> StoredRecord:
    """Return the record at a position of a body, from 0; one that cannot be read where its part is none: whoever reads it refuses it by name.

    A page of a search looks at one record in each of fifty batches: to make all of them took a third of the page's time.
    """
    part = parts[position] if position < len(parts) else None
    if type(part) is list and len(part) == _PARTS:
        leaf, payload, salt = part
        # Written out: the publisher and the index pass here with every record.
        if type(leaf) is bytes and type(payload) in _BYTES_OR_NULL and type(salt) in _BYTES_OR_NULL:
            return StoredRecord(leaf, payload, salt)
    return StoredRecord(b"", None, None)


def unpack(count: int, body: bytes) -> list[StoredRecord]:
    """Return the records of a batch, `count` of them, whatever the body holds."""
    parts = parts_of(count, body)
    return [stored_in(parts, position) for position in range(count)]


_PARTS: Final = 3
_BYTES_OR_NULL: Final = (bytes, type(None))
