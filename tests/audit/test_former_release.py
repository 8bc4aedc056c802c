"""A log written by the release before this one: its bytes stay what they are, and it verifies, is read and grows as before.

`former_release.json` was made by that release: six records with known salts, the tree over them, and a checkpoint of a key that was
thrown away. What this release makes of the same events must be the same to the last byte.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from audit.batch import StoredRecord
from audit.bulk import NO_BULK
from audit.commitment import prepare
from audit.model import Actor, Event, Kind
from audit.moving import Mover
from audit.rows import FORMER_COLUMNS, index_row, index_row_of
from audit.store import RecordStore, TreeStore
from audit.store.tables import index_state, records, tree
from audit.tiles import TileWriter
from hub.db import Database
from hub.subject import Subject
from shuniu.proofs.checkpoint import VerifierKey, open_checkpoint
from shuniu.proofs.offline import verify_directory
from shuniu.proofs.proof import InclusionProof, inclusion_proof
from shuniu.proofs.tiles import TileReader
from shuniu.proofs.tree import CompactRange
from tests.audit.keeping import assert_whole, event, write

FORMER: dict[str, Any] = json.loads(Path(__file__).with_name("former_release.json").read_text("utf-8"))
BYTES = {"pseudonym", "leaf", "leaf_hash", "payload", "salt"}
ORIGIN, KEY = "log.example/ningxia", b"p" * 32
AT = datetime(2026, 3, 2, 4, 0, 0, 123456, tzinfo=UTC)
CIVIL, POLICE = "11640000000000002X", "11640000000000001X"
CLERK = Actor(CIVIL, "relief", "王芳")
CITIZEN = Subject.unchecked("cn-id", "640104199003070123")
INTENT = Event(
    kind=Kind.INTENT,
    at=AT,
    action="exchange.Query",
    actor=CLERK,
    other=POLICE,
    resource="entries/01k0000000000000000000000a",
    purpose="低保审核",
    case_number="NX-2026-00001",
    grant="grants/01k0000000000000000000000z",
    subject=CITIZEN,
    fields=("姓名", "address"),
    detail={"request_id": "r-1"},
)
EVENTS = {
    "intent": INTENT,
    "outcome": INTENT.outcome(AT + timedelta(milliseconds=40), "ok", 0, rows=1, size=345, digest=bytes(range(32)), dropped="phone,birthday"),
    "refusal": Event(
        kind=Kind.REFUSAL,
        at=AT + timedelta(seconds=1),
        action="exchange.Query",
        actor=CLERK,
        purpose="低保审核",
        case_number="NX-2026-00002",
        grant="grants/01k0000000000000000000000z",
        fields=("address",),
        status="NO_GRANT",
    ),
    "change": Event(
        kind=Kind.CHANGE,
        at=AT + timedelta(seconds=2),
        action="brokerage.FileObjection",
        actor=Actor(CIVIL, "relief", "officer-7"),
        other=POLICE,
        resource="objections/01k0000000000000000000000b",
        subject=Subject.unchecked("uscc", "91640100MA76F8XY1D"),
        status="ok",
        reason="登记地址有误　请核实",
        detail={"target": "record", "a-key-that-is-longer-than-twenty-three-bytes": "1", "b": ""},
    ),
    "erasure": Event(
        kind=Kind.ERASURE,
        at=AT + timedelta(seconds=3),
        action="audit.EraseRecord",
        actor=Actor("", "", ""),
        resource="records/2",
        status="ok",
        reason="保存期限届满",
        detail={"index": "2"},
    ),
    "search": Event(
        kind=Kind.SEARCH,
        at=AT + timedelta(seconds=4),
        action="audit.SearchAuditRecords",
        actor=Actor("11640000000000008X", "console", "auditor-3"),
        subject=CITIZEN,
        reason="投诉核查 2026-17",
        status="ok",
        detail={"officer": "王芳"},
    ),
}


def former_row(index: int) -> dict[str, Any]:
    row = FORMER["rows"][index]
    return {name: bytes.fromhex(value) if name in BYTES and value is not None else value for name, value in row.items()}


@pytest.mark.parametrize(("index", "kind"), list(enumerate(EVENTS)))
def test_an_event_becomes_the_same_leaf_payload_and_row_as_before(index: int, kind: str) -> None:
    prepared = prepare(EVENTS[kind], ORIGIN, KEY, bytes([index + 1]) * 32)
    row = former_row(index)
    assert (prepared.leaf, prepared.leaf_hash, prepared.payload, prepared.salt) == (row["leaf"], row["leaf_hash"], row["payload"], row["salt"])
    indexed = index_row(index, prepared.event, prepared.pseudonym)
    assert (
        indexed
        == (*(row[name] for name in FORMER_COLUMNS), *NO_BULK)
        == index_row_of(index, StoredRecord(prepared.leaf, prepared.payload, prepared.salt))
    )


def restore(database: Database) -> None:
    with database.begin() as tx:
        tx.execute(insert(records), [former_row(index) for index in range(len(FORMER["rows"]))])
        tx.execute(update(tree).values(size=len(FORMER["rows"]), range=bytes.fromhex(FORMER["range"])))
        tx.execute(update(index_state).values(size=len(FORMER["rows"])))  # as the migration does


@pytest.fixture(params=["before moving", "half moved", "after moving"])
def former(request: pytest.FixtureRequest, database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The former log as it was left, or while it is moved into batches, or afterwards."""
    restore(database)
    monkeypatch.setattr("audit.moving.PORTION", 4)
    portions = {"before moving": 0, "half moved": 1, "after moving": 2}[request.param]
    assert [Mover(database).move_portion() for _ in range(portions)] == [4, 2][:portions]
    return database


def test_a_former_log_is_read_back_as_what_happened_and_grows(former: Database) -> None:
    database = former
    with database.read() as tx:
        found = [RecordStore(tx).get(index)[0] for index in range(len(EVENTS))]
    for record, happened in zip(found, EVENTS.values(), strict=True):
        for name in ("kind", "at", "action", "actor", "other", "resource", "purpose", "case_number", "grant", "fields", "status", "rows", "bytes"):
            assert getattr(record, name) == getattr(happened, name), name
        assert (record.digest, record.reason, record.intent_index, record.detail) == (
            happened.digest,
            happened.reason,
            happened.intent_index,
            happened.detail,
        )
    assert write(database, event()) == len(EVENTS)
    assert len(assert_whole(database)) == len(EVENTS) + 1


def test_a_former_log_still_verifies_under_the_checkpoint_of_its_day(former: Database, tmp_path: Path) -> None:
    database = former
    write(database, event(), event())
    key = VerifierKey.parse(FORMER["vkey"])
    head = open_checkpoint(FORMER["note"].encode(), [key], ORIGIN)
    with database.read() as tx:
        leaves = [leaf for _, leaf in RecordStore(tx).leaves(0, head.size)]
        hashes = RecordStore(tx).check(0, head.size)
        grown = TreeStore(tx).range()
    TileWriter(tmp_path).extend(0, leaves)
    TileWriter(tmp_path).publish(FORMER["note"].encode())
    (tmp_path / "log.vkey").write_text(f"{key}\n")
    verdict = verify_directory(tmp_path, FORMER["vkey"])
    assert (verdict.ok, verdict.size, verdict.findings) == (True, head.size, ())
    node = TileReader(tmp_path).nodes(head.size)
    InclusionProof(3, head.size, hashes[3], head.root, tuple(inclusion_proof(3, head.size, node))).verify()
    whole = CompactRange.of(head.size, node)
    with database.read() as tx:
        for one in RecordStore(tx).check(head.size, grown.size):
            whole.append(one)
    assert whole == grown
