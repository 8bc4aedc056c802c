"""Cases under which the records of many were read: what a finding of browsing goes by."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from audit.commitment import micros
from audit.model import Kind, Record
from audit.outcomes import releases
from audit.store.records import RecordStore
from audit.store.search import Place, RecordFilter
from audit.store.tables import index
from hub.db import Tx

_PAGE: Final = 1_000
_MOST_READ: Final = 10_000
"""Outcomes of one case that are read to count it; a case with more was browsed, whatever stands in the rest."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Of how many subjects a department read records of one resource under one case number, in some time."""

    department: str
    other: str
    resource: str
    case_number: str
    count: int


def crowds(tx: Tx, since: datetime, until: datetime, most: int, count: int) -> Iterator[Crowd]:
    """Yield the first `count` cases under which more than `most` subjects' records were given out between two moments, as the log itself tells it.

    The index says where to look; an access that ended without a record, and one whose outcome was corrected, gave nothing out.
    """
    subjects = func.count(index.c.pseudonym.distinct())
    query = (
        select(index.c.department, index.c.other, index.c.resource, index.c.case_number)
        .where(index.c.at >= micros(since), index.c.at < micros(until), index.c.kind == Kind.OUTCOME.value)
        .where(index.c.pseudonym.is_not(None), index.c.case_number != "")
        .group_by(index.c.department, index.c.other, index.c.resource, index.c.case_number)
        .having(subjects > most)
        .order_by(subjects.desc(), index.c.department, index.c.resource, index.c.case_number)
        .limit(count)
    )
    for row in tx.execute(query).all():
        case = RecordFilter(department=row.department, resource=row.resource, case_number=row.case_number, kind=Kind.OUTCOME.value)
        found = _given(tx, replace(case, since=since, until=until))
        if found > most:
            yield Crowd(row.department, row.other, row.resource, row.case_number, found)


def _given(tx: Tx, wanted: RecordFilter) -> int:
    """Return of how many subjects records were given out."""
    found: list[Record] = []
    before: Place | None = None
    while len(found) < _MOST_READ:
        page = RecordStore(tx).search(wanted, before, _PAGE)
        found += [record for record, _ in page.records]
        before = page.last
        if before is None:
            break
    return len({one.pseudonym for one in releases(found) if one.pseudonym is not None})
