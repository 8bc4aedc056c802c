"""A record as a row: the columns it is written to, and reading it back only where every column says what was written. Pure: no SQL.

The columns beside leaf, payload and salt are there to be searched by; they are derived, and an edit of them alone would hide a record
from a search. So they are compared with the payload whenever a row is read, and the payload with the leaf's commitment.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from audit.commitment import Prepared, opens, record_from
from audit.model import Record
from audit.tree import leaf_hash
from hub.errors import IntegrityError

COLUMNS: Final = (
    "position", "at", "kind", "action", "department", "officer", "other", "resource", "case_number", "status", "pseudonym", "leaf",
    "leaf_hash", "payload", "salt",
)  # fmt: skip
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_SECOND: Final = 1_000_000


def row_of(index: int, one: Prepared) -> tuple[Any, ...]:
    """Return the values of a row, in the order of `COLUMNS`."""
    return (
        index,
        micros(one.at),
        one.kind.value,
        one.action,
        one.department,
        one.officer,
        one.other,
        one.resource,
        one.case_number,
        one.status,
        one.pseudonym,
        one.leaf,
        one.leaf_hash,
        one.payload,
        one.salt,
    )


def read_row(row: Any) -> Record:
    """Return the record of a row; a row of which any column is not what was written is never shown as a record."""
    try:
        record = record_from(row.position, row.leaf, row.payload)
        whole = leaf_hash(row.leaf) == row.leaf_hash and _fits(row, record) and (record.erased or opens(row.leaf, row.payload, row.salt or b""))
    except IntegrityError:
        whole = False
    if not whole:
        raise IntegrityError(f"record {row.position} of the log is not what was written", zh=f"日志第 {row.position} 条记录已被改动",
                             next_action="stop the hub, keep the disk, call the auditor; shuniu audit verify", reason="LOG_BROKEN")  # fmt: skip
    return record


def _fits(row: Any, record: Record) -> bool:
    """Tell whether the columns that records are searched by say what leaf and payload say; of an erased record only the leaf's are left."""
    actor = record.actor
    if record.erased:
        known = row.at // _SECOND, row.kind, row.department, row.other
        return bool(known == (micros(record.at) // _SECOND, record.kind.value, actor.department, record.other))
    columns = row.at, row.kind, row.action, row.department, row.officer, row.other, row.resource, row.case_number, row.status, row.pseudonym
    return bool(columns == (micros(record.at), record.kind.value, record.action, actor.department, actor.officer, record.other,
                            record.resource, record.case_number, record.status, record.pseudonym))  # fmt: skip


def micros(at: datetime) -> int:
    """Return a moment as microseconds since 1970, which sort alike in every database."""
    return (at - _EPOCH) // _MICROSECOND
