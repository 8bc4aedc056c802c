"""Every rpc of the log once through its servicer, and the messages back and forth."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from audit.committer import GroupCommitter
from audit.log import AuditLog
from audit.model import Kind, Record
from audit.publisher import Publisher
from audit.refusals import RefusalBook
from audit.searching import Search
from audit.service import AuditService
from audit.store import RecordStore, log_size
from audit.wire import record_to, search_from
from hub.access import ANYBODY, Caller
from hub.clock import StoppedClock
from hub.counting import Counted
from hub.db import Database
from hub.errors import InvalidInputError, MissingGrantError, NotAllowedError, NotFoundError, ShuniuError
from hub.limits import Limits
from hub.rpc import Call
from hub.unit_of_work import Change
from shuniu.proofs.checkpoint import VerifierKey, open_checkpoint
from shuniu.proofs.proof import verify_consistency, verify_inclusion
from shuniu.v1 import audit_pb2 as pb
from tests.audit.keeping import (
    AT,
    AUDITOR,
    CITIZEN,
    CIVIL,
    MEMBER,
    OTHER_CITIZEN,
    POLICE,
    a_publisher,
    assert_whole,
    erase,
    event,
    the_actions,
    the_erasing,
    the_log,
    write,
)

WHO: dict[str, Any] = {"searcher": "auditor-3", "reason": "投诉核查"}


def call(method: str, caller: Caller = AUDITOR) -> Call:
    return Call(caller, f"/shuniu.v1.AuditService/{method}", 10.0, admitted=True)


@pytest.fixture
def publisher(database: Database, tmp_path: Path) -> Publisher:
    publisher = a_publisher(database, tmp_path / "log")
    publisher.open()
    write(database, event(detail={"request_id": "r-1"}), *[event(subject=OTHER_CITIZEN, intent_index=5) for _ in range(6)])
    publisher.publish()
    return publisher


@pytest.fixture
def service(database: Database, publisher: Publisher) -> AuditService:
    return AuditService(the_actions(database, publisher), the_erasing(database))


def test_each_rpc_answers_and_the_answers_prove_each_other(service: AuditService) -> None:
    checkpoint = service.GetCheckpoint(pb.GetCheckpointRequest(), call("GetCheckpoint"))
    head = open_checkpoint(checkpoint.checkpoint.encode(), [VerifierKey.parse(checkpoint.vkey)])
    record = service.GetAuditRecord(pb.GetAuditRecordRequest(index=3, **WHO), call("GetAuditRecord"))
    proof = service.GetInclusionProof(pb.GetInclusionProofRequest(index=3), call("GetInclusionProof"))
    assert (proof.index, proof.size, proof.leaf_hash, proof.root) == (3, head.size, record.leaf_hash, head.root)
    verify_inclusion(record.leaf_hash, 3, head.size, proof.proof, head.root)
    older = service.GetConsistencyProof(pb.GetConsistencyProofRequest(size1=4), call("GetConsistencyProof"))
    assert (older.size1, older.size2, older.root2) == (4, head.size, head.root)
    verify_consistency(4, head.size, older.root1, older.root2, older.proof)
    asked = pb.SearchAuditRecordsRequest(subject=CITIZEN.id, subject_domain="cn-id", **WHO)
    found = service.SearchAuditRecords(asked, call("SearchAuditRecords"))
    assert [one.kind for one in found.records] == ["search", "outcome"]
    assert found.next_page_token == ""
    assert found.search_index == max(one.index for one in found.records)
    own = service.SearchAuditRecords(pb.SearchAuditRecordsRequest(officer="officer-7", page_size=3, **WHO), call("SearchAuditRecords", MEMBER))
    assert [one.index for one in own.records] == [6, 5, 4]
    more = pb.SearchAuditRecordsRequest(officer="officer-7", page_token=own.next_page_token, **WHO)
    rest = service.SearchAuditRecords(more, call("SearchAuditRecords", MEMBER))
    assert [one.index for one in rest.records] == [3, 2, 1, 0]


def test_a_record_comes_over_the_wire_whole(service: AuditService, database: Database) -> None:
    message = service.GetAuditRecord(pb.GetAuditRecordRequest(index=0, **WHO), call("GetAuditRecord", MEMBER))
    with database.read() as tx:
        record, leaf_hash = RecordStore(tx).get(0)
    names = {"other_department": "other", "subject_pseudonym": "pseudonym"}
    for field in ("action", "resource", "purpose", "case_number", "grant", "status", "rows", "bytes", "digest", "reason", "leaf", "erased"):
        assert getattr(message, field) == getattr(record, field), field
    for theirs, ours in names.items():
        assert getattr(message, theirs) == getattr(record, ours)
    assert (message.department, message.system, message.officer) == (CIVIL, "relief", "officer-7")
    assert (message.index, message.kind, tuple(message.fields), message.intent_index) == (0, "outcome", ("name", "address"), 0)
    assert (dict(message.detail), message.leaf_hash, message.time.ToDatetime(tzinfo=AT.tzinfo)) == ({"request_id": "r-1"}, leaf_hash, AT)
    assert CITIZEN.id.encode() not in message.SerializeToString()


def test_an_erased_record_says_so_over_the_wire(service: AuditService, database: Database) -> None:
    by = erase(database, 2)
    message = service.GetAuditRecord(pb.GetAuditRecordRequest(index=2, **WHO), call("GetAuditRecord"))
    assert (message.erased, message.department, message.other_department, message.intent_index) == (True, CIVIL, POLICE, -1)
    assert (message.officer, message.subject_pseudonym, message.case_number, message.resource) == ("", b"", "", "")
    assert (message.erasure_index, message.legal_basis) == (by, "a judgement")


def test_a_count_beyond_the_message_is_given_as_its_largest(service: AuditService, database: Database) -> None:
    index = write(database, event(rows=2**40, bytes=2**60))
    message = service.GetAuditRecord(pb.GetAuditRecordRequest(index=index, **WHO), call("GetAuditRecord"))
    assert (message.rows, message.bytes) == (2**31 - 1, 2**60)


def test_a_request_is_read_into_a_search() -> None:
    request = pb.SearchAuditRecordsRequest(
        subject=CITIZEN.id,
        subject_domain="cn-id",
        officer="o",
        department=CIVIL,
        case_number="c",
        reason="r",
        searcher="s",
        page_size=7,
        page_token="t",
    )
    request.from_time.FromDatetime(AT)
    search = search_from(request)
    assert (search.subject, search.officer, search.department, search.case_number, search.since, search.until) == (CITIZEN, "o", CIVIL, "c", AT, None)
    assert (search.reason, search.searcher, search.page_size, search.page_token) == ("r", "s", 7, "t")
    assert search_from(pb.SearchAuditRecordsRequest()) == Search()
    request.to_time.FromDatetime(AT + timedelta(hours=1))
    assert search_from(request).until == AT + timedelta(hours=1)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.SearchAuditRecordsRequest(subject=CITIZEN.id), "subject_domain"),
        (pb.SearchAuditRecordsRequest(subject_domain="cn-id"), "subject_domain"),
        (pb.SearchAuditRecordsRequest(from_time=Timestamp(seconds=2**62)), "from_time"),
        (pb.SearchAuditRecordsRequest(to_time=Timestamp(nanos=-1, seconds=-(2**62))), "to_time"),
        (pb.SearchAuditRecordsRequest(subject="x" * 65, subject_domain="cn-id"), "subject"),
    ],
)
def test_a_malformed_search_names_its_field(request_: pb.SearchAuditRecordsRequest, field: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        search_from(request_)
    assert refusal.value.field == field


@pytest.mark.parametrize("index", [-1, -(2**63), 2**63 - 1, 7])
def test_no_index_brings_the_service_down(service: AuditService, index: int) -> None:
    for attempt in (
        lambda: service.GetAuditRecord(pb.GetAuditRecordRequest(index=index, **WHO), call("GetAuditRecord")),
        lambda: service.GetInclusionProof(pb.GetInclusionProofRequest(index=index), call("GetInclusionProof")),
        lambda: service.GetInclusionProof(pb.GetInclusionProofRequest(index=0, size=index + 1 if index == 7 else index), call("GetInclusionProof")),
        lambda: service.GetConsistencyProof(pb.GetConsistencyProofRequest(size1=index + 1 if index == 7 else index), call("GetConsistencyProof")),
    ):
        with pytest.raises((InvalidInputError, NotFoundError)):
            attempt()


def written(database: Database) -> list[Record]:
    with database.read() as tx:
        return [RecordStore(tx).get(index)[0] for index in range(log_size(tx))]


def test_a_refusal_of_a_known_caller_is_on_the_log_and_that_of_a_stranger_is_not(database: Database) -> None:
    not_allowed, missing = NotAllowedError("no", reason="NOT_OWNER"), MissingGrantError("none", reason="NO_GRANT")
    query = "/shuniu.v1.ExchangeService/Query"
    cases: list[tuple[Caller, str, bool, ShuniuError]] = [
        (MEMBER, "/shuniu.v1.LicenseService/RevokeIssuingKey", True, not_allowed),
        (MEMBER, "/shuniu.v1.CatalogService/PublishEntry", False, not_allowed),
        (MEMBER, query, False, not_allowed),  # refused at the gate: the exchange never saw it
        (MEMBER, query, True, missing),  # the exchange wrote it down itself
        (ANYBODY, "/shuniu.v1.CatalogService/PublishEntry", False, not_allowed),
        (MEMBER, "/shuniu.v1.CatalogService/GetEntry", True, NotFoundError("none")),
        (MEMBER, "/shuniu.v1.BrokerageService/GetGrant", True, missing),
    ]

    async def run() -> None:
        committer = GroupCommitter(database, the_log())
        committer.start()
        book = RefusalBook(committer, StoppedClock(AT), Counted(), Limits())
        for caller, method, admitted, error in cases:
            await book.write(Call(caller, method, None, admitted=admitted), error)
        await asyncio.to_thread(committer.stop)

    asyncio.run(run())
    assert [(one.kind, one.action, one.status, one.actor.department) for one in written(database)] == [
        (Kind.REFUSAL, "LicenseService.RevokeIssuingKey", "NOT_OWNER", CIVIL),
        (Kind.REFUSAL, "CatalogService.PublishEntry", "NOT_OWNER", CIVIL),
        (Kind.REFUSAL, "ExchangeService.Query", "NOT_OWNER", CIVIL),
        (Kind.REFUSAL, "BrokerageService.GetGrant", "NO_GRANT", CIVIL),
    ]
    assert_whole(database)


def test_a_change_of_an_identity_is_journalled_and_a_receipt_leads_to_it(database: Database) -> None:
    pen = AuditLog("log.example/ningxia", b"p" * 32)
    change = Change(
        at=AT, action="identity.RevokeCertificate", actor=MEMBER, resource="certificates/7", other=POLICE, reason="lost", detail={"serial": "7"}
    )
    with database.begin() as tx:
        receipt = pen.write(tx, change)
    record = written(database)[receipt.index]
    assert (record.kind, record.action, record.other, record.resource, record.reason, record.detail) == (
        Kind.CHANGE,
        "identity.RevokeCertificate",
        POLICE,
        "certificates/7",
        "lost",
        {"serial": "7"},
    )
    assert receipt.leaf_hash == assert_whole(database)[receipt.index]
    assert record_to(record).intent_index == -1
