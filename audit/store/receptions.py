"""Who was given a subject's record: what correction notices go by."""

from dataclasses import dataclass

from audit.model import Kind
from audit.outcomes import releases
from audit.rows import INDEX_COLUMNS
from audit.store.records import RecordStore
from audit.store.search import IndexStore, RecordFilter
from hub.db import Tx


@dataclass(frozen=True, slots=True)
class Reception:
    """One department having been given a subject's record: in which case, under which index of the log."""

    department: str
    case_number: str
    index: int


def receptions(tx: Tx, resource: str, pseudonym: bytes) -> list[Reception]:
    """Return who was given this subject's record of a resource, oldest first: outcomes with at least one record that no correction takes back.

    Of an outcome that is damaged the index still names the department. Whether it was given anything nobody can read any more, so it counts:
    a notice too many does no harm, one too few leaves a wrong record in use.
    """
    found = RecordStore(tx).search(RecordFilter(pseudonym=pseudonym, resource=resource, kind=Kind.OUTCOME.value), None, None)
    given = [Reception(one.actor.department, one.case_number, one.index) for one in releases(record for record, _ in found.records)]
    for damaged in found.damaged:
        for row in IndexStore(tx).rows(damaged.first, damaged.last + 1):
            named = dict(zip(INDEX_COLUMNS, row, strict=True))
            if (named["kind"], named["resource"], named["pseudonym"]) == (Kind.OUTCOME.value, resource, pseudonym):
                given.append(Reception(named["department"], named["case_number"], named["position"]))
    return sorted(given, key=lambda one: one.index)
