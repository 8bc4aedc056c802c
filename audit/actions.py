"""What auditors and departments can do with the log. A search is itself a record, durable before its result is shown."""

import re
from dataclasses import dataclass
from typing import Final

from audit.log import AuditLog
from audit.model import MAX_COUNT, Actor, Event, Kind, Record, Search
from audit.proofs import ConsistencyProof, InclusionProof
from audit.publisher import Publisher
from audit.store import RecordStore, Sought
from hub.access import Caller, Role
from hub.citizen_id import is_citizen_id
from hub.clock import Clock
from hub.db import Database
from hub.errors import InvalidInputError, NotFoundError
from hub.paging import from_token, page_size, to_token

MOST: Final = 500
USUAL: Final = 50
_LONGEST: Final = 1_000
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_LIKE_AN_ID: Final = re.compile("(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")


@dataclass(frozen=True, slots=True)
class Found:
    """A page of records with their leaf hashes, newest first."""

    records: tuple[tuple[Record, bytes], ...]
    next_page_token: str


class AuditActions:
    """Search, read, prove."""

    def __init__(self, db: Database, log: AuditLog, publisher: Publisher, clock: Clock) -> None:
        """Take the log's database, its pen, its publisher and the clock."""
        self._db = db
        self._log = log
        self._publisher = publisher
        self._clock = clock

    def search(self, caller: Caller, search: Search) -> Found:
        """Return a page of records: an auditor's search is logged with its reason, a department sees the records that name it."""
        count = page_size(search.page_size, USUAL, MOST)
        before = _index_of(search.page_token)
        _check_text(search)
        if Role.AUDITOR in caller.roles:
            self._write_down(caller, search)
            department = search.department
        else:
            if search.department not in {"", caller.department}:
                raise NotFoundError("a department sees its own records only", zh="仅可查看本部门的访问记录", next_action="ask the auditor")
            department = caller.department
        pseudonym = self._log.pseudonym(search.subject) if search.subject else b""
        sought = Sought(pseudonym, search.officer, department, search.case_number, search.since, search.until)
        with self._db.read() as tx:
            found = RecordStore(tx).search(sought, before, count + 1)
        more = len(found) > count
        return Found(tuple(found[:count]), to_token(found[count - 1][0].index) if more else "")

    def record(self, caller: Caller, index: int) -> tuple[Record, bytes]:
        """Return one record with its leaf hash, to an auditor or to a department named in it."""
        if index < 0:
            raise InvalidInputError("index must not be negative", field="index", zh="序号不能为负")
        with self._db.read() as tx:
            record, leaf_hash = RecordStore(tx).get(index)
        if Role.AUDITOR not in caller.roles and caller.department not in {record.actor.department, record.other}:
            raise NotFoundError("the log has no such record for you", zh="无此记录或无权查看")
        return record, leaf_hash

    def checkpoint(self) -> tuple[str, str]:
        """Return the newest signed checkpoint and the log's verifier key."""
        return self._publisher.checkpoint(), str(self._publisher.vkey)

    def inclusion(self, index: int, size: int) -> InclusionProof:
        """Return an inclusion proof."""
        return self._publisher.inclusion(index, size)

    def consistency(self, size1: int, size2: int) -> ConsistencyProof:
        """Return a consistency proof."""
        return self._publisher.consistency(size1, size2)

    def _write_down(self, caller: Caller, search: Search) -> None:
        if not search.reason.strip() or not search.searcher.strip():
            raise InvalidInputError(
                "an auditor's search states who searches and why",
                field="reason",
                zh="审计查询须注明查询人和理由",
                next_action="send searcher and reason",
            )
        if search.empty:
            raise InvalidInputError("a search needs at least one filter", field="subject", zh="请至少填写一个查询条件")
        filters = {
            "officer": search.officer,
            "department": search.department,
            "case_number": search.case_number,
            "from_time": search.since.isoformat() if search.since else "",
            "to_time": search.until.isoformat() if search.until else "",
        }
        event = Event(
            kind=Kind.SEARCH,
            at=self._clock.now(),
            action="audit.SearchAuditRecords",
            actor=Actor(caller.department, caller.system, search.searcher),
            subject=search.subject,
            reason=search.reason,
            status="ok",
            detail={key: value for key, value in filters.items() if value},
        )
        with self._db.begin() as tx:
            self._log.append(tx, event)


def _index_of(token: str) -> int | None:
    """Return the index below which the next page begins, None for the first page."""
    position = from_token(token, 1)
    if position is None:
        return None
    if type(position[0]) is not int or not 0 <= position[0] <= MAX_COUNT:
        raise InvalidInputError("page_token was not made by this hub", field="page_token", zh="分页标记无效", next_action="start from the first page")
    return position[0]


def _check_text(search: Search) -> None:
    """Refuse control characters, which no record holds, and ID numbers: what a search says is itself stored and logged in clear."""
    for name in ("officer", "department", "case_number", "reason", "searcher"):
        text = getattr(search, name)
        if len(text) > _LONGEST or _CONTROL.search(text):
            raise InvalidInputError(f"{name} is too long or holds control characters", field=name, zh="内容过长或含控制字符")
        if any(is_citizen_id(number) for number in _LIKE_AN_ID.findall(text)):
            raise InvalidInputError(
                f"{name} must not spell anybody's ID number",
                field=name,
                zh="查询理由和条件中不得出现身份证号码",
                next_action="put the ID number into subject, where it becomes a pseudonym",
                reason="SUBJECT_IN_CLEAR",
            )
