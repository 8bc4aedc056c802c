"""What auditors and departments can do with the log. A search is itself a record, durable before its result is shown."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from audit.alarm import LogHealth
from audit.model import MAX_COUNT, Record, Search
from audit.proofs import ConsistencyProof, InclusionProof
from audit.publisher import Publisher
from audit.reasons.records import (
    INDEX_NEGATIVE,
    NO_SUCH_RECORD,
    OTHERS_RECORDS,
    SEARCH_UNBOUNDED,
    SEARCH_UNEXPLAINED,
    SEARCH_WITH_ID_NUMBER,
)
from audit.standing import LogStanding, standing_of
from audit.store import RecordFilter, RecordStore
from audit.store.damage import Damage
from hub.access import Caller, Role
from hub.errors import IntegrityError
from hub.paging import from_token, page_size, to_token
from hub.reasons import PAGE_TOKEN_FOREIGN
from hub.subject import Subject
from hub.unit_of_work import Change, Kit
from hub.wording import CaseNumber, Line, Officer, Reasons, Searcher

MOST: Final = 500
USUAL: Final = 50


class _OfficerSought(Officer):
    in_clear = SEARCH_WITH_ID_NUMBER


class _CaseSought(CaseNumber):
    in_clear = SEARCH_WITH_ID_NUMBER


class _DepartmentSought(Line):
    field, in_clear = "department", SEARCH_WITH_ID_NUMBER


class _Searcher(Searcher):
    in_clear = SEARCH_WITH_ID_NUMBER


class _Reason(Reasons):
    in_clear = SEARCH_WITH_ID_NUMBER


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of records with their leaf hashes, newest first, and the indexes of those that are damaged and not shown."""

    records: tuple[tuple[Record, bytes], ...]
    damaged: tuple[int, ...]
    next_page_token: str


class AuditActions:
    """Search, read, prove."""

    def __init__(self, kit: Kit, publisher: Publisher, pseudonym: Callable[[Subject], bytes]) -> None:
        """Take the kit, the log's publisher, and how the log names a subject."""
        self._db, self._journal, self._clock = kit.db, kit.journal, kit.clock
        self._publisher = publisher
        self._pseudonym = pseudonym

    def search(self, caller: Caller, search: Search) -> RecordPage:
        """Return a page of records: an auditor's search is logged with its reason, a department sees the records that name it."""
        count = page_size(search.page_size, USUAL, MOST)
        before = _place_of(search.page_token)
        search = _read(search)
        if Role.AUDITOR in caller.roles:
            self._log_search(caller, search)
            department = search.department
        else:
            if search.department not in {"", caller.department}:
                raise OTHERS_RECORDS(field="department")
            department = caller.department
        wanted = RecordFilter(
            pseudonym=self._pseudonym(search.subject) if search.subject else b"",
            officer=search.officer,
            department=department,
            case_number=search.case_number,
            since=search.since,
            until=search.until,
        )
        with self._db.read() as tx:
            found = RecordStore(tx).search(wanted, before, count)
        for one in found.damaged:
            self._publisher.alarm.note(one)
        damaged = tuple(sorted({one.first for one in found.damaged if one.unreadable}, reverse=True))
        return RecordPage(tuple(found.records), damaged, to_token(*found.last) if found.last else "")

    def record(self, caller: Caller, index: int) -> tuple[Record, bytes]:
        """Return one record with its leaf hash, to an auditor or to a department named in it."""
        if index < 0:
            raise INDEX_NEGATIVE(field="index")
        try:
            with self._db.read() as tx:
                record, leaf_hash = RecordStore(tx).get(index)
        except IntegrityError as error:
            self._publisher.alarm.note(Damage(index, index, error.reason))
            raise
        if Role.AUDITOR not in caller.roles and caller.department not in {record.actor.department, record.other}:
            raise NO_SUCH_RECORD(index=index)
        return record, leaf_hash

    def condition(self) -> tuple[LogStanding, LogHealth]:
        """Return how the log stands in its database, and how it is to this process: what it refuses, and why signing fails."""
        with self._db.read() as tx:
            standing = standing_of(tx)
        return standing, self._publisher.alarm.health

    def touched_rows(self) -> list[str]:
        """Return the names of rows of the register that this process found not to be what the log says."""
        return sorted(self._db.book.flaws) if self._db.book is not None else []

    def checkpoint(self) -> tuple[str, str]:
        """Return the newest signed checkpoint and the log's verifier key."""
        return self._publisher.checkpoint(), str(self._publisher.vkey)

    def inclusion(self, index: int, size: int) -> InclusionProof:
        """Return an inclusion proof."""
        return self._publisher.inclusion(index, size)

    def consistency(self, size1: int, size2: int) -> ConsistencyProof:
        """Return a consistency proof."""
        return self._publisher.consistency(size1, size2)

    def _log_search(self, caller: Caller, search: Search) -> None:
        if not search.reason or not search.searcher:
            raise SEARCH_UNEXPLAINED(field="reason")
        if search.empty:
            raise SEARCH_UNBOUNDED(field="subject")
        change = Change(
            kind="search",
            at=self._clock.now(),
            action="audit.SearchAuditRecords",
            actor=caller,
            officer=search.searcher,
            subject=search.subject,
            reason=search.reason,
            detail={
                "officer": search.officer,
                "department": search.department,
                "case_number": search.case_number,
                "from_time": search.since.isoformat() if search.since else "",
                "to_time": search.until.isoformat() if search.until else "",
            },
        )
        with self._db.begin() as tx:
            self._journal.write(tx, change)


def _read(search: Search) -> Search:
    """Return the search with its texts as they would be stored, so that it finds what was; ID numbers have no place but the subject."""
    return replace(
        search,
        officer=_OfficerSought.or_none(search.officer),
        department=_DepartmentSought.or_none(search.department),
        case_number=_CaseSought.or_none(search.case_number),
        reason=_Reason.or_none(search.reason),
        searcher=_Searcher.or_none(search.searcher),
    )


def _place_of(token: str) -> tuple[int, int] | None:
    """Return the time and index behind which the next page begins, None for the first page."""
    position = from_token(token, 2)
    if position is None:
        return None
    at, index = position
    if not isinstance(at, int) or not isinstance(index, int) or not (0 <= at <= MAX_COUNT and 0 <= index <= MAX_COUNT):
        raise PAGE_TOKEN_FOREIGN(field="page_token")
    return at, index
