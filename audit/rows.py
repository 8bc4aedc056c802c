"""A record as a row: the columns it is written to, and reading it back only where every column says what was written. Pure: no SQL.

The columns beside leaf, payload and salt are there to be searched by; they are derived, and an edit of them alone would hide a record
from a search. So they are compared with the payload whenever a row is read, and the payload with the leaf's commitment.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from audit.commitment import Commitment, micros, opens, record_from
from audit.fields import SEARCHED
from audit.model import Event, Record
from audit.reasons.records import RECORD_TOUCHED
from audit.tree import leaf_hash
from hub.errors import IntegrityError

_SAME: Final = tuple(one for one in SEARCHED if one.name not in {"at", "kind"})
_NAMES: Final = ("at", "kind", *(one.name for one in _SAME))
COLUMNS: Final = ("position", *_NAMES, "pseudonym", "leaf", "leaf_hash", "payload", "salt")
_read_columns: Final = attrgetter(*_NAMES)
_same_of: Final[Callable[[Event | Record], tuple[Any, ...]]] = attrgetter(*(one.path for one in _SAME))
_SECOND: Final = 1_000_000


def row_of(index: int, one: Commitment) -> tuple[Any, ...]:
    """Return the values of a row, in the order of `COLUMNS`."""
    return (index, *_column_values(one.event), one.pseudonym, one.leaf, one.leaf_hash, one.payload, one.salt)


def read_row(row: Any) -> Record:
    """Return the record of a row; a row of which any column is not what was written is never shown as a record."""
    try:
        record = record_from(row.position, row.leaf, row.payload)
        whole = leaf_hash(row.leaf) == row.leaf_hash and _fits(row, record) and (record.erased or opens(row.leaf, row.payload, row.salt or b""))
    except IntegrityError as error:
        raise RECORD_TOUCHED(index=row.position) from error
    if not whole:
        raise RECORD_TOUCHED(index=row.position)
    return record


def _fits(row: Any, record: Record) -> bool:
    """Tell whether the columns that records are searched by say what leaf and payload say; of an erased record only the leaf's are left."""
    if record.erased:
        known = row.at // _SECOND, row.kind, row.department, row.other
        return bool(known == (micros(record.at) // _SECOND, record.kind.value, record.actor.department, record.other))
    return (*_read_columns(row), row.pseudonym) == (*_column_values(record), record.pseudonym)


def _column_values(thing: Event | Record) -> tuple[Any, ...]:
    """Return the values of the columns to search by: the time in microseconds, the kind as its word, the rest as it is."""
    return (micros(thing.at), thing.kind.value, *_same_of(thing))
