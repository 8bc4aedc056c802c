"""A log of accesses, and who erases in it; and what somebody does who empties records past the hub."""

from dataclasses import replace
from typing import Any

from sqlalchemy import update

from audit.batch import unpack
from audit.model import Event, Kind
from audit.proposal import ErasureView, ErasureWish
from audit.store import log_size
from audit.store.tables import index, records
from hub.access import Caller, Role
from hub.db import Database, RowBook, Tx
from hub.unit_of_work import Change, Step
from shuniu.identifiers import uscc
from tests.audit.keeping import AT, CITIZEN, event, the_erasing, the_log, touch

AUTHORITY = Caller(uscc.build("11", "640000", "00000007"), "main", frozenset({Role.AUTHORITY, Role.MEMBER}))
AUDITOR = Caller(uscc.build("11", "640000", "00000008"), "console", frozenset({Role.AUDITOR}))
BASIS = "(2026) Ning 01 Min Chu 17"
PROPOSER, CONFIRMER = "data-3", "auditor-1"
BLANK: dict[str, Any] = {"officer": "", "case_number": "", "resource": "", "pseudonym": None}


def access(first: int, subject: Any = CITIZEN, **changes: Any) -> tuple[Event, Event]:
    """An intent that stands at `first`, and its outcome."""
    outcome = event(subject=subject, intent_index=first, **changes)
    return replace(outcome, kind=Kind.INTENT, status="", rows=0, bytes=0, digest=b"", intent_index=None), outcome


def bound(database: Database) -> Database:
    """The database with a book of rows, as a hub opens it."""
    database.book = RowBook(b"r" * 32)
    return database


def size(database: Database) -> int:
    with database.read() as tx:
        return log_size(tx)


def propose(database: Database, *indexes: int, by: Caller = AUTHORITY, basis: str = BASIS, **said: Any) -> ErasureView:
    said = {"officer": PROPOSER, "reason": "the court's order", **said}
    subject = said.pop("subject", None)
    return the_erasing(database).propose(Step(caller=by, **said), ErasureWish(basis, indexes, subject))


def decide(database: Database, view: ErasureView, how: str = "confirm", by: Caller = AUDITOR, **said: Any) -> ErasureView:
    found = view.proposal
    said = {"officer": CONFIRMER, "reason": "I have read the order", "name": found.name, **said}
    erasing, step = the_erasing(database), Step(caller=by, **said)
    erasing.check(step)
    if how == "confirm":
        erasing.carry_out(step)
    else:
        end(database, step)
    return erasing.get(by, found.name)


def end(database: Database, step: Step) -> None:
    """Let nothing come of a proposal, with a record that binds it, as the decision of the step's proposal writes one."""
    with database.begin() as tx:
        the_erasing(database).end(tx, step, AT)
        the_log().write(tx, Change(at=AT, action="work.Decline", actor=step.caller, officer=step.officer, resource=step.name, reason=step.reason))


def empty_past_the_hub(tx: Tx, *positions: int) -> None:
    """Take the content of records out of batches, former rows and the index, as somebody does who has the database's password."""
    for position in positions:
        former = tx.execute(update(records).where(records.c.position == position).values(**BLANK, payload=None, salt=None, action="", status=""))
        if not former.rowcount:
            touch(tx, position, payload=None, salt=None)
        tx.execute(update(index).where(index.c.position == position).values(BLANK))


def bodies(database: Database) -> dict[int, Any]:
    """Every record as its batch holds it."""
    with database.read() as tx:
        found: Any = tx.connection.exec_driver_sql('SELECT "first", "count", body FROM audit_batches').all()
    return {position: one for first, count, body in found for position, one in enumerate(unpack(count, body), first)}
