"""Cases under which the records of many were read: what a finding of browsing goes by."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
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


_PARTS: Final = ("department", "other", "resource", "case_number", "count")


def crowds(tx: Tx, since: datetime, until: datetime, most: int, count: int) -> Iterator[Crowd]:
    """Yield the first `count` cases under which more than `most` subjects' records were given out between two moments, as the log itself tells it."""
    every = (replace(one, count=given_out(tx, one, since, until)) for one in candidates(tx, since, until, most))
    yield from islice((one for one in every if one.count > most), count)


def candidates(tx: Tx, since: datetime, until: datetime, most: int) -> list[Crowd]:
    """Return the cases of which the index names more than `most` subjects, those with the most first; whether they were answered it does not say.

    There is no limit: each stands for more than `most` outcomes, and whoever cut the list would see the same head of it at each look.
    """
    subjects = func.count(index.c.pseudonym.distinct())
    query = (
        select(index.c.department, index.c.other, index.c.resource, index.c.case_number, subjects)
        .where(index.c.at >= micros(since), index.c.at < micros(until), index.c.kind == Kind.OUTCOME.value)
        .where(index.c.pseudonym.is_not(None), index.c.case_number != "")
        .group_by(index.c.department, index.c.other, index.c.resource, index.c.case_number)
        .having(subjects > most)
        .order_by(subjects.desc(), index.c.department, index.c.resource, index.c.case_number)
    )
    return [Crowd(**dict(zip(_PARTS, row, strict=True))) for row in tx.execute(query)]


def given_out(tx: Tx, case: Crowd, since: datetime, until: datetime) -> int:
    """Return of how many subjects records of a case were given out: an access that ended without one, or was corrected, gave nothing out."""
    wanted = RecordFilter(department=case.department, resource=case.resource, case_number=case.case_number, kind=Kind.OUTCOME.value)
    return _given(tx, replace(wanted, since=since, until=until))


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
