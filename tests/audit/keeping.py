"""An access log with its publisher, a stopped clock, and events of made-up people; keys are made anew in each run."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from sqlalchemy import delete, insert, select, update

from audit.actions import AuditActions
from audit.batch import StoredRecord, pack, unpack
from audit.erasing import ErasingActions
from audit.erasure import BASIS_DETAIL, details_of
from audit.log import AuditLog
from audit.model import Actor, Event, Kind
from audit.publisher import Publisher
from audit.rows import FORMER_COLUMNS, index_row
from audit.store import Eraser, RecordStore, TreeStore
from audit.store.tables import batches, index_state, records, tree
from hub.access import Caller, Role
from hub.clock import StoppedClock
from hub.db import Database, Tx
from hub.errors import IntegrityError
from hub.ids import Ids
from hub.keys import Ed25519Signer
from hub.subject import Subject
from hub.unit_of_work import Kit
from shuniu.identifiers import citizen_id, uscc
from shuniu.proofs.tree import root_of

ORIGIN = "log.example/ningxia"
AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
KEY = ed25519.Ed25519PrivateKey.generate()
POLICE = uscc.build("11", "640000", "00000001")
CIVIL = uscc.build("11", "640000", "00000002")
TAX = uscc.build("11", "640000", "00000004")
CITIZEN = Subject("cn-id", citizen_id.build("640104", date(1990, 3, 7), 12))
OTHER_CITIZEN = Subject("cn-id", citizen_id.build("640104", date(1985, 6, 1), 21))
AUDITOR = Caller(uscc.build("11", "640000", "00000008"), "console", frozenset({Role.AUDITOR}))
MEMBER = Caller(CIVIL, "relief", frozenset({Role.MEMBER}))


def event(**changes: Any) -> Event:
    """A query that was answered, as the exchange writes it down."""
    parts: dict[str, Any] = {
        "kind": Kind.OUTCOME,
        "at": AT,
        "action": "exchange.Query",
        "actor": Actor(CIVIL, "relief", "officer-7"),
        "other": POLICE,
        "resource": "entries/01k0000000000000000000000a",
        "purpose": "640000-relief",
        "case_number": "RELIEF-2026-0001",
        "grant": "grants/01k0000000000000000000000z",
        "subject": CITIZEN,
        "fields": ("name", "address"),
        "status": "ok",
        "rows": 1,
        "bytes": 120,
        "digest": bytes(32),
        "intent_index": 0,
    }
    return Event(**{**parts, **changes})


def the_log() -> AuditLog:
    return AuditLog(ORIGIN, b"p" * 32)


def write(database: Database, *events: Event) -> int:
    """Append the events in one transaction; return the index of the first."""
    access_log = the_log()
    with database.begin() as tx:
        return RecordStore(tx).append([access_log.prepare(one) for one in events])


def write_former(database: Database, *events: Event) -> int:
    """Append the events as the release before did, one row each; return the index of the first."""
    access_log = the_log()
    with database.begin() as tx:
        first = RecordStore(tx).lock()
        grown = TreeStore(tx).range()
        for index, one in enumerate(map(access_log.prepare, events), first):
            grown.append(one.leaf_hash)
            columns = dict(zip(FORMER_COLUMNS, index_row(index, one.event, one.pseudonym), strict=False))
            stored = {"leaf": one.leaf, "leaf_hash": one.leaf_hash, "payload": one.payload, "salt": one.salt}
            tx.execute(records.insert().values(**columns, action=one.event.action, status=one.event.status, **stored))
        tx.execute(tree.update().values(size=grown.size, range=grown.to_bytes()))
        tx.execute(index_state.update().values(size=grown.size))  # as the migration does: the index begins behind what is to be moved
    return first


def stored(database: Database, index: int) -> StoredRecord:
    """What the batch holds under an index."""
    with database.read() as tx:
        return dict(RecordStore(tx).range(index, index + 1))[index]


def touch(tx: Tx, index: int, **parts: bytes | None) -> None:
    """Change leaf, payload or salt of one record in its batch, as somebody with the database's password could."""
    row: Any = tx.execute(select(batches).where(batches.c.first <= index).order_by(batches.c.first.desc())).first()
    first, count, body = row
    held = unpack(count, body)
    held[index - first] = held[index - first]._replace(**parts)
    tx.execute(update(batches).where(batches.c.first == first).values(body=pack(held)))


def erase(database: Database, *indexes: int) -> int:
    """Erase records as the hub does, without a proposal; return the index of the record that says so."""
    said = event(
        kind=Kind.ERASURE,
        actor=Actor(TAX, "console", "auditor-1"),
        other="",
        subject=None,
        intent_index=None,
        resource="erasures/x",
        detail={BASIS_DETAIL: "a judgement", **details_of(indexes)},
    )
    with database.begin() as tx:
        Eraser(tx).erase(indexes)
        by = RecordStore(tx).lock()
        RecordStore(tx).erasures.put(indexes, by)
        the_log().append(tx, said)
    return by


def remove(tx: Tx, start: int, end: int | None = None) -> None:
    """Take records out of the log's batches, from `start` to before `end` (to the last); the rest stays where it was."""
    found: Sequence[Any] = tx.execute(select(batches)).all()
    for first, count, body in found:
        held = list(enumerate(unpack(count, body), first))
        left = [[one for one in held if one[0] < start], [one for one in held if end is not None and one[0] >= end]]
        if len(left[0]) + len(left[1]) < count:
            tx.execute(delete(batches).where(batches.c.first == first))
            for part in filter(None, left):
                tx.execute(insert(batches).values(first=part[0][0], count=len(part), body=pack([one for _, one in part])))


def a_kit(database: Database) -> Kit:
    return Kit(database, the_log(), StoppedClock(AT), Ids())


def the_actions(database: Database, publisher: Publisher) -> AuditActions:
    return AuditActions(a_kit(database), publisher, the_log().pseudonym)


def the_erasing(database: Database) -> ErasingActions:
    return ErasingActions(a_kit(database), the_log().pseudonym)


def a_publisher(database: Database, folder: Path) -> Publisher:
    return Publisher(database, StoppedClock(AT), ORIGIN, Ed25519Signer(KEY), folder)


def a_log(database: Database, folder: Path, *sizes: int) -> Publisher:
    """A log that was published at each of these sizes."""
    publisher = a_publisher(database, folder)
    publisher.open()
    size = 0
    for upto in sizes:
        write(database, *[event(case_number=f"C-{number}") for number in range(size, upto)])
        head = publisher.publish()
        assert head is not None
        assert head.size == upto
        size = upto
    return publisher


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(attempt: Callable[[], Any]) -> str:
    with pytest.raises(IntegrityError) as refusal:
        attempt()
    return refusal.value.reason


def assert_whole(database: Database) -> list[bytes]:
    """The log is dense from 0, each row is what was written, and the tree is the tree of the rows; gives the leaf hashes."""
    with database.read() as tx:
        whole = TreeStore(tx).range()
        hashes = RecordStore(tx).check(0, whole.size)
        assert RecordStore(tx).end() == whole.size
        assert RecordStore(tx).count() == whole.size
    assert root_of(hashes) == whole.root()
    return hashes
