"""Who was given a subject's record: what correction notices go by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audit.batch import StoredRecord
from audit.model import Kind
from audit.outcomes import releases
from audit.rows import INDEX_COLUMNS, index_row_of
from audit.store.bulk import BulkStore
from audit.store.former import FormerStore
from audit.store.records import RecordStore
from audit.store.search import IndexStore, RecordFilter
from hub.db import Tx


@dataclass(frozen=True, slots=True)
class Reception:
    """One department having been given a subject's record: in which case, under which index of the log."""

    department: str
    case_number: str
    index: int


@dataclass(frozen=True, slots=True)
class BulkReception:
    """One department having been given whole tables of an entry under one grant: how often, and the index of the newest record of it.

    One that is being given the table now, so that nobody knows yet what of it, was given it as often as the log says, and that may be 0.
    """

    department: str
    grant: str
    count: int
    index: int


def bulk_receptions(tx: Tx, resource: str, domain: str) -> list[BulkReception]:
    """Return who was given a resource in bulk while its records were keyed by such numbers: a subject's record may have been among them."""
    store = BulkStore(tx)
    found = {
        (one.department, one.grant): BulkReception(one.department, one.grant, one.count, one.newest)
        for one in store.deliveries(RecordFilter(resource=resource), domain)
    }
    for intent in store.under_way(resource, domain):
        department, grant = intent.actor.department, intent.grant
        found.setdefault((department, grant), BulkReception(department, grant, 0, intent.index))
    return sorted(found.values(), key=lambda one: one.index)


def receptions(tx: Tx, resource: str, pseudonym: bytes) -> list[Reception]:
    """Return who was given this subject's record of a resource, oldest first: outcomes with at least one record that no correction takes back.

    Of an outcome that is damaged the index still names the department. Whether it was given anything nobody can read any more, so it counts:
    a notice too many does no harm, one too few leaves a wrong record in use. So does one that lost its content past the hub, subject and
    resource included: it may have been about this one.
    """
    found = RecordStore(tx).search(RecordFilter(pseudonym=pseudonym, resource=resource, kind=Kind.OUTCOME.value), None, None)
    given = [Reception(one.actor.department, one.case_number, one.index) for one in releases(record for record, _ in found.records)]
    for one in found.damaged:
        for index in range(one.first, one.last + 1):
            given += [_reception(row) for row in _rows(tx, index)[:1] if _may_be(row, resource, pseudonym)]
    return sorted(given, key=lambda one: one.index)


def _reception(row: Mapping[str, Any]) -> Reception:
    return Reception(row["department"], row["case_number"], row["position"])


def _may_be(row: Mapping[str, Any], resource: str, pseudonym: bytes) -> bool:
    about = row["resource"], row["pseudonym"]
    return row["kind"] == Kind.OUTCOME.value and about in {(resource, pseudonym), ("", None)}


def _rows(tx: Tx, index: int) -> list[Mapping[str, Any]]:
    """Return what a damaged record is searched by, wherever that stands; of one that the index does not cover yet, what its leaf says."""
    found = IndexStore(tx).rows(index, index + 1)
    if not found:
        found = [index_row_of(index, StoredRecord(leaf, None, None)) for _, leaf in RecordStore(tx).leaves(index, index + 1)]
    former: list[Mapping[str, Any]] = [row._asdict() for row in FormerStore(tx).rows(index, index + 1)]
    return former or [dict(zip(INDEX_COLUMNS, row, strict=True)) for row in found]
