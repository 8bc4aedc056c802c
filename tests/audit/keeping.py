"""An access log with its publisher, a stopped clock, and events of made-up people; keys are made anew in each run."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519

from audit.actions import AuditActions
from audit.log import AuditLog
from audit.model import Actor, Event, Kind
from audit.publisher import Publisher
from audit.store import RecordStore, TreeStore
from audit.tables import records
from audit.tree import root_of
from hub import citizen_id, uscc
from hub.access import Caller, Role
from hub.clock import StoppedClock
from hub.db import Database
from hub.ids import Ids
from hub.keys import Ed25519Signer
from hub.subject import Subject
from hub.unit_of_work import Kit

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


def a_kit(database: Database) -> Kit:
    return Kit(database, the_log(), StoppedClock(AT), Ids())


def the_actions(database: Database, publisher: Publisher) -> AuditActions:
    return AuditActions(a_kit(database), publisher, the_log().pseudonym)


def a_publisher(database: Database, folder: Path) -> Publisher:
    return Publisher(database, StoppedClock(AT), ORIGIN, Ed25519Signer(KEY), folder)


def assert_whole(database: Database) -> list[bytes]:
    """The log is dense from 0, each row is what was written, and the tree is the tree of the rows; gives the leaf hashes."""
    with database.read() as tx:
        whole = TreeStore(tx).range()
        hashes = RecordStore(tx).check(0, whole.size)
        assert RecordStore(tx).end() == whole.size
        assert [position for (position,) in tx.execute(records.select().with_only_columns(records.c.position).order_by(records.c.position))] == list(
            range(whole.size)
        )
    assert root_of(hashes) == whole.root()
    return hashes
