"""A record as a row of the index, and as the release before kept it: what it is searched by, and whether that still says what was written.

The index is derived, and an edit of it alone would hide an access from a search. So a row is compared with the record when it is read,
and the patrol compares both ways (`audit.patrol`).
"""

from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final

import cbor2

from audit.batch import StoredRecord
from audit.bulk import COLUMNS, NO_BULK, columns_of
from audit.commitment import micros
from audit.fields import SEARCHED
from audit.model import Erasure, Event, Kind, Record
from audit.reasons.records import RECORD_TOUCHED
from shuniu.proofs.tree import leaf_hash

FORMER_COLUMNS: Final = ("position", *(one.name for one in SEARCHED), "pseudonym")
"""What a former row is searched by: no table left the hub then."""
INDEX_COLUMNS: Final = (*FORMER_COLUMNS, *COLUMNS)
_TEXTS: Final = SEARCHED[2:]  # behind the time and the kind, which a row spells in its own way
_texts_of: Final = attrgetter(*(one.path for one in _TEXTS))
_FORMER: Final = ("action", "status")
_SECOND: Final = 1_000_000


def index_row(index: int, thing: Event | Record, pseudonym: bytes | None) -> tuple[Any, ...]:
    """Return the index row of an event or a record, in the order of `INDEX_COLUMNS`."""
    bulk = columns_of(thing.kind, thing.status, thing.rows, thing.grant, thing.detail) if thing.detail else NO_BULK
    return (index, micros(thing.at), thing.kind.value, *_texts_of(thing), pseudonym, *bulk)


def index_row_of(index: int, stored: StoredRecord) -> tuple[Any, ...]:
    """Return the index row out of the stored bytes. It is quick and checks nothing: whoever shows a record reads it strictly then.

    Of an erased record, and of one that cannot be read, the leaf's time and departments are all there is; so it is found by them.
    """
    if stored.payload is not None:
        try:
            payload = cbor2.loads(stored.payload)
            subject = payload["subject"]
            bulk = columns_of(*(payload[name] for name in ("kind", "status", "rows", "grant", "detail")))
            return (index, payload["at"], payload["kind"], *(payload[one.key] for one in _TEXTS), subject and bytes(subject[1]), *bulk)
        except (cbor2.CBORError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
            pass
    return _row_of_leaf(index, stored)


def _row_of_leaf(index: int, stored: StoredRecord) -> tuple[Any, ...]:
    try:
        leaf = cbor2.loads(stored.leaf)
        known = dict(zip(("department", "other"), leaf["departments"], strict=False))
        return (index, int(leaf["at"]) * _SECOND, str(leaf["kind"]), *(known.get(one.name, "") for one in _TEXTS), None, *NO_BULK)
    except (cbor2.CBORError, ValueError, TypeError, LookupError, RecursionError):
        return (index, 0, Kind.ADMIN.value, *("" for _ in _TEXTS), None, *NO_BULK)


def read_former(row: Any, erasure: Erasure | None) -> tuple[Record, bytes]:
    """Return the record of a former row and its leaf hash; a row of which any column is not what was written is never shown as a record."""
    record = StoredRecord(row.leaf, row.payload, row.salt).read(row.position, erasure)
    if leaf_hash(row.leaf) != row.leaf_hash or not _fits(row, record):
        raise RECORD_TOUCHED(index=row.position)
    return record, row.leaf_hash


def _fits(row: Any, record: Record) -> bool:
    """Tell whether the columns that records are searched by say what leaf and payload say; of an erased record the leaf's alone are left."""
    columns = tuple(getattr(row, name) for name in (*FORMER_COLUMNS, *_FORMER))
    said = index_row(record.index, record, record.pseudonym)[: len(FORMER_COLUMNS)]
    return columns == (*said, record.action, record.status)


def moment(micro: int) -> datetime:
    """Return a moment of the index's `at`, microseconds since 1970."""
    return datetime.fromtimestamp(micro / _SECOND, UTC)
