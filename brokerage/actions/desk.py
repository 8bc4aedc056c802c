"""What every action of the brokerage needs: database, log, time, ids, clocks; reading what the caller may see, and putting it on record."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from audit.log import AuditLog
from audit.model import Actor, Event, Kind
from brokerage.calendar import Calendar
from brokerage.clock import Profile
from brokerage.deadlines import Deadlines
from brokerage.model import CorrectionNotice, DataRequest, Grant, Objection
from brokerage.model.wording import MAX_REASON, one_line
from brokerage.store import CorrectionNoticeStore, DataRequestStore, GrantStore, ObjectionStore
from hub.access import Caller, Role
from hub.clock import Clock
from hub.db import Database, Tx
from hub.errors import ConflictError, InvalidInputError
from hub.ids import Ids
from hub.paging import from_token, page_size, to_token
from hub.resource import revision_of
from hub.subject import Subject

HUB: Final = Caller(system="hub")
"""The hub itself, where it acts by rule and nobody asked it to."""
_ID: Final = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")
_PAGE: Final = 50
_PAGE_MOST: Final = 200
_MAX_DETAIL: Final = 256

_T = TypeVar("_T", DataRequest, Grant, Objection, CorrectionNotice)
Store = DataRequestStore | GrantStore | ObjectionStore | CorrectionNoticeStore


Newest = Callable[[str | None, str | None, int, StrEnum | None], list[_T]]


@dataclass(frozen=True, slots=True)
class Trail:
    """What the log says about a step, beside who, when and what: the officer, the other department, the reason, further facts."""

    action: str
    officer: str
    other: str
    reason: str = ""
    case_number: str = ""
    grant: str = ""
    subject: Subject | None = None
    fields: tuple[str, ...] = ()
    detail: tuple[tuple[str, str], ...] = ()


class Desk:
    """Shared by the actions on requests, grants and objections; has no action of its own."""

    def __init__(self, db: Database, log: AuditLog, clock: Clock, ids: Ids, clocks: Profile, calendar: Calendar | None = None) -> None:
        """Take the database, the log, the time, the maker of ids and the configured profile of statutory clocks."""
        self._db = db
        self._log = log
        self._clock = clock
        self._ids = ids
        self._deadlines = Deadlines(clocks, calendar)

    def _record(self, tx: Tx, caller: Caller, at: datetime, resource: str, trail: Trail) -> None:
        """Put a change on the log, in the transaction that makes it; the last thing that a transaction does."""
        event = Event(
            kind=Kind.CHANGE,
            at=at,
            action=f"brokerage.{trail.action}",
            actor=Actor(caller.department, caller.system, trail.officer),
            other=trail.other,
            resource=resource,
            case_number=trail.case_number,
            grant=trail.grant,
            subject=trail.subject,
            fields=trail.fields,
            reason=one_line(trail.reason)[:MAX_REASON],
            status="ok",
            detail={name: one_line(text)[:_MAX_DETAIL] for name, text in trail.detail if text},
        )
        self._log.append(tx, event)


def visible(store: Store, thing: _T, caller: Caller) -> _T:
    """Return the thing when the caller may know of it; otherwise it looks as if it did not exist."""
    if not thing.seen_by(caller):
        raise store.unknown()
    return thing


def id_of(name: str, collection: str, field: str = "name") -> str:
    """Return the id in the resource name `collection/{id}`; raise InvalidInputError for any other text."""
    kind, _, thing_id = name.partition("/")
    if kind != collection or _ID.fullmatch(thing_id) is None:
        raise InvalidInputError(
            f"{field} must be {collection}/ and an id", field=field, zh=f"资源名称应为 {collection}/ 加编号", next_action=f"list {collection}"
        )
    return thing_id


def unchanged(thing: _T, etag: str) -> _T:
    """Return the thing when it is still as the caller read it (AIP-154)."""
    if thing.revision != revision_of(etag):
        raise ConflictError(
            f"{thing.name} was changed since it was read", zh="该事项已被他人修改", next_action="read it again and decide again", resource=thing.name
        )
    return thing


def page(newest: Newest[_T], caller: Caller, size: int, token: str, state: StrEnum | None = None) -> tuple[list[_T], str]:
    """Return a page of what the caller is a party of (the authority: of all), newest first, and the token of the next."""
    count = page_size(size, _PAGE, _PAGE_MOST)
    position = from_token(token, 1)
    before = None if position is None else str(position[0])
    party = None if Role.AUTHORITY in caller.roles else caller.department
    found = newest(party, before, count + 1, state)
    return found[:count], to_token(found[count - 1].id) if len(found) > count else ""
