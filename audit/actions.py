"""What auditors and departments can do with the log. A look at it is itself a record, durable before anything is shown."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from audit.alarm import LogHealth
from audit.model import MAX_COUNT, Record
from audit.publisher import Publisher
from audit.reasons.records import INDEX_NEGATIVE, NO_SUCH_RECORD, SEARCH_COVERS_NOT
from audit.searching import OPEN, SEARCH, Opening, Search, supervises
from audit.standing import LogStanding, standing_of
from audit.store import BulkDelivery, BulkStore, RecordFilter, RecordStore, is_bulk_of
from audit.store.damage import Damage
from hub.access import Caller, Role
from hub.db import Tx
from hub.errors import IntegrityError, NotFoundError
from hub.paging import from_token, page_size, to_token
from hub.reasons import PAGE_TOKEN_FOREIGN
from hub.subject import Subject
from hub.unit_of_work import Change, Kit
from hub.wording import one_line
from shuniu.proofs.proof import ConsistencyProof, InclusionProof

MOST: Final = 500
USUAL: Final = 50
MOST_BULK: Final = 200
"""Bulk deliveries that a search lists, a department's under one grant as one; all are counted."""
_KNOWN_BY_PSEUDONYM: Final = "-"  # stands for the ID, which the log never held


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of records with their leaf hashes, newest first, and the indexes of those that are damaged and not shown.

    `search` is the index of the search's own record, under which the caller may open what it found. `bulk` are the whole tables, each with the action
    by which it left, in which the person searched for may be; `bulk_count` counts those too that are not listed.
    """

    records: tuple[tuple[Record, bytes], ...]
    damaged: tuple[int, ...]
    next_page_token: str
    search: int
    bulk: tuple[tuple[BulkDelivery, str], ...] = ()
    bulk_count: int = 0


class AuditActions:
    """Search, read, prove."""

    def __init__(self, kit: Kit, publisher: Publisher, pseudonym: Callable[[Subject], bytes]) -> None:
        """Take the kit, the log's publisher, and how the log names a subject."""
        self._db, self._journal, self._clock = kit.db, kit.journal, kit.clock
        self._publisher = publisher
        self._pseudonym = pseudonym

    def search(self, caller: Caller, search: Search) -> RecordPage:
        """Return a page of records: an auditor's of all, a department's of those that name it; either search is logged with its reason.

        The authority's search of another department shows nobody's data, and names that department, which finds it among its own records.
        """
        count = page_size(search.page_size, USUAL, MOST)
        before = _place_of(search.page_token)
        search = search.as_stored().within_reach(caller)
        supervised = supervises(caller, search.department)
        look, at = search.look, self._clock.now()
        if Role.AUDITOR in caller.roles:
            search.check_narrow(at)
        # Before the page is read: nobody is shown anything of which no record is durable.
        looked_at = {"other": search.department} if supervised else {}
        own = self._write(look.change(caller, at, SEARCH, subject=search.subject, detail=search.detail, **looked_at))
        wanted = RecordFilter(
            pseudonym=self._pseudonym(search.subject) if search.subject else b"",
            officer=search.officer,
            department=search.department,
            case_number=search.case_number,
            since=search.since,
            until=search.until,
            below=own + 1,
        )
        with self._db.read() as tx:
            found = RecordStore(tx).search(wanted, before, count)
            bulk = BulkStore(tx).deliveries(wanted, search.subject.domain) if search.subject else []
            listed = tuple((one, self._action_of(tx, one.newest)) for one in bulk[:MOST_BULK])
        for one in found.damaged:
            self._publisher.alarm.note(one)
        damaged = tuple(sorted({one.first for one in found.damaged if one.unreadable}, reverse=True))
        records = tuple((_as_seen_by(caller, record, search.department), leaf_hash) for record, leaf_hash in found.records)
        following = to_token(*found.last) if found.last else ""
        return RecordPage(records, damaged, following, own, listed, sum(one.count for one in bulk))

    def record(self, caller: Caller, index: int, opening: Opening) -> tuple[Record, bytes]:
        """Return one record with its leaf hash, to an auditor or to a department named in it.

        It is opened under a search that found it, which is on the log already, or the look becomes a record of its own: about the same
        person, so that whoever looks for the accesses to somebody's data finds the looks at them too.
        """
        if index < 0:
            raise INDEX_NEGATIVE(field="index")
        if opening.search is not None:
            return self._record_of_search(caller, index, opening, opening.search)
        look = opening.look
        record, leaf_hash = self._found(caller, index, caller.department)
        record = _as_seen_by(caller, record, caller.department)
        subject = Subject.unchecked(record.subject_domain, _KNOWN_BY_PSEUDONYM) if record.pseudonym else None
        facts = {"subject": subject, "pseudonym": record.pseudonym or b"", "detail": {"index": str(index)}}
        self._write(look.change(caller, self._clock.now(), OPEN, **facts))
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

    def _action_of(self, tx: Tx, index: int) -> str:
        """Return by which action a bulk delivery left; nothing where its record is damaged, which hides no delivery."""
        try:
            return RecordStore(tx).get(index)[0].action
        except IntegrityError as error:
            self._publisher.alarm.note(Damage(index, index, error.reason))
            return ""

    def _write(self, change: Change) -> int:
        """Put a look on the log and return the index of its record, which is durable then."""
        with self._db.begin() as tx:
            return self._journal.write(tx, change).index

    def _found(self, caller: Caller, index: int, department: str) -> tuple[Record, bytes]:
        """Return a record to an auditor, or one that names a department to whoever may see what that department did."""
        try:
            with self._db.read() as tx:
                record, leaf_hash = RecordStore(tx).get(index)
        except IntegrityError as error:
            self._publisher.alarm.note(Damage(index, index, error.reason))
            raise
        if Role.AUDITOR not in caller.roles and department not in {record.actor.department, record.other}:
            raise NO_SUCH_RECORD(index=index)
        return record, leaf_hash

    def _record_of_search(self, caller: Caller, index: int, opening: Opening, search: int) -> tuple[Record, bytes]:
        """Return a record that is among the answers of the caller's own search."""
        refusal = SEARCH_COVERS_NOT(field="search_index", index=index, search=search)
        try:
            with self._db.read() as tx:
                own, _ = RecordStore(tx).get(search)
        except (IntegrityError, NotFoundError):
            raise refusal from None
        # An erased search no longer says what it looked for.
        if own.erased or not opening.rests_on(own, caller, self._clock.now()):
            raise refusal
        wanted = RecordFilter.of_search(own)
        # The authority reads of another department what its search found and no more: without one it could read the log index by index.
        department = wanted.department if supervises(caller, wanted.department) else caller.department
        record, leaf_hash = self._found(caller, index, department)
        told = _on_one_line(record)
        if not wanted.matches(told) and not (own.pseudonym and is_bulk_of(told, wanted, own.subject_domain)):
            raise refusal
        return _as_seen_by(caller, record, department), leaf_hash


def _as_seen_by(caller: Caller, record: Record, department: str) -> Record:
    """Return a record of a department as this caller may see it.

    A department reads no more of a refusal than it was told, an auditor the true reason; the authority reads nobody's data of another department.
    """
    if Role.AUDITOR in caller.roles:
        return record
    return record.as_supervised() if supervises(caller, department) else record.as_told()


def _on_one_line(record: Record) -> Record:
    """Return a record with its searched texts as the details of a record spell them: blanks in a row are one there (`AuditLog.write`)."""
    actor = replace(record.actor, officer=one_line(record.actor.officer))
    return replace(record, actor=actor, case_number=one_line(record.case_number))


def _place_of(token: str) -> tuple[int, int] | None:
    """Return the time and index behind which the next page begins, None for the first page."""
    position = from_token(token, 2)
    if position is None:
        return None
    at, index = position
    if not isinstance(at, int) or not isinstance(index, int) or not (0 <= at <= MAX_COUNT and 0 <= index <= MAX_COUNT):
        raise PAGE_TOKEN_FOREIGN(field="page_token")
    return at, index
