"""What every action about seals needs: database, log, time, ids, the office; names, etags, and putting things on record."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from audit.log import AuditLog
from audit.model import Actor, Event, Kind
from hub.access import Caller
from hub.clock import Clock
from hub.db import Database, Tx
from hub.errors import ConflictError, InvalidInputError
from hub.ids import Ids
from hub.resource import revision_of
from seals.model import Seal, Stamp, check_text
from seals.office import SealOffice

SEALS: Final = "seals"
STAMPS: Final = "stamps"
SIGNERS: Final = "signerCertificates"
_IDS: Final = {
    SEALS: re.compile(r"[0-9a-hjkmnp-tv-z]{26}"),
    STAMPS: re.compile(r"[0-9a-hjkmnp-tv-z]{26}"),
    SIGNERS: re.compile(r"[0-9a-f]{32}"),
}
_Revised = TypeVar("_Revised", Seal, Stamp)


class Desk:
    """Shared by all actions about seals; has no action of its own."""

    def __init__(self, db: Database, log: AuditLog, clock: Clock, ids: Ids, office: SealOffice, font: Path | None = None) -> None:
        """Take the database, the log, the time, the maker of ids, the office, and the font for seal pictures (None: look for one)."""
        self._db, self._log, self._clock, self._ids, self._office, self._font = db, log, clock, ids, office, font

    def _record(self, tx: Tx, caller: Caller, at: datetime, action: str, resource: str, officer: str, **facts: Any) -> None:
        """Put a change on the log, in the transaction that makes it; the last thing that a transaction does."""
        actor = Actor(caller.department, caller.system, officer)
        event = Event(**{"kind": Kind.CHANGE, "status": "ok", **facts}, at=at, action=f"seals.{action}", actor=actor, resource=resource)
        self._log.append(tx, event)


def other(caller: Caller, owner: str) -> str:
    """Return the owner where somebody else acts on its thing."""
    return owner if owner != caller.department else ""


def check_officer(officer: str) -> None:
    """See that an officer answers for the step."""
    check_text("officer", officer, 64)


def id_of(name: str, collection: str, field: str = "name") -> str:
    """Return the id in the resource name `collection/{id}`; raise InvalidInputError for any other text."""
    kind, _, thing_id = name.partition("/")
    if kind != collection or _IDS[collection].fullmatch(thing_id) is None:
        raise InvalidInputError(
            f"{field} must be {collection}/ and an id",
            field=field,
            zh=f"资源名称应为 {collection}/ 加编号",
            next_action="list your department's seals",
        )
    return thing_id


def unchanged(thing: _Revised, etag: str) -> _Revised:
    """Return the thing when it is still as the caller read it (AIP-154)."""
    if thing.revision != revision_of(etag):
        raise ConflictError(
            f"{thing.name} was changed since it was read", zh="该事项已被他人修改", next_action="read it again and decide again", resource=thing.name
        )
    return thing
