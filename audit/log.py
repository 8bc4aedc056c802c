"""The access log as the rest of the hub sees it: an event becomes a record at its end, in the caller's own transaction."""

import secrets
from collections.abc import Callable

from audit import hot
from audit.commitment import SALT_LENGTH, Commitment, prepare, pseudonym_of
from audit.fields import MAX_DETAIL, MAX_REASON
from audit.memory import LogMemory
from audit.model import DECISIONS, Actor, Event, Kind, Receipt
from audit.outcomes import OK
from audit.store import RecordStore
from hub.counting import Counts
from hub.db import Tx
from hub.subject import Subject
from hub.unit_of_work import Change
from hub.wording import one_line


class AuditLog:
    """Writes events under one origin. What it holds of secrets is the pseudonym key; salts are fresh for every record."""

    def __init__(self, origin: str, pseudonym_key: bytes, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Take the log's origin (schema-less URL), the 32-byte pseudonym key and the source of salts."""
        self.origin = origin
        self._key = pseudonym_key
        self._salts = hot.Salts(SALT_LENGTH, random_bytes)
        self.memory = LogMemory()
        self.steps = Counts()
        """Steps that were taken and refused, by their action: a figure for monitors, of this process alone."""

    def prepare(self, event: Event, pseudonym: bytes | None = None) -> Commitment:
        """Do everything costly (CBOR, HMAC, hashes) before any lock is taken; `pseudonym` stands for a subject that is known by it alone."""
        return prepare(event, self.origin, self._key, self._salts.take(), pseudonym)

    def append(self, tx: Tx, event: Event) -> Receipt:
        """Add the event within `tx`: decision and record stand or fall together. Call it last, the tree stays locked until commit."""
        prepared = self.prepare(event)
        return Receipt(self.origin, RecordStore(tx, self.memory).append([prepared]), prepared.leaf_hash)

    def write(self, tx: Tx, change: Change) -> Receipt:
        """Put what a unit of work did on the log (`hub.unit_of_work.Journal`): texts on one line and within the caps of a record.

        The record binds the rows that the transaction wrote so far (`hub.db.binding`).
        """
        store = RecordStore(tx, self.memory)
        told = {**dict(change.actor.marks), **change.detail}
        detail = {name: one_line(text)[:MAX_DETAIL] for name, text in told.items() if text}
        if tx.book is not None and change.kind in DECISIONS:
            detail |= tx.book.settle(tx, store.lock())
        prepared = self.prepare(
            Event(
                kind=Kind(change.kind),
                at=change.at,
                action=change.action,
                actor=Actor(change.actor.department, change.actor.system, change.officer or change.actor.officer),
                other=change.other,
                resource=change.resource,
                purpose=change.purpose,
                case_number=change.case_number,
                grant=change.grant,
                subject=change.subject,
                fields=change.fields,
                status=OK,
                digest=change.digest,
                reason=one_line(change.reason)[:MAX_REASON],
                detail=detail,
            ),
            change.pseudonym or None,
        )
        tx.after_commit(lambda: self.steps.note(change.action, OK))
        return Receipt(self.origin, store.append([prepared]), prepared.leaf_hash)

    def pseudonym(self, subject: Subject) -> bytes:
        """Return the 16 bytes under which a subject's records are found."""
        return pseudonym_of(subject, self._key)
