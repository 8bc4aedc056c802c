"""Log records and proofs to messages. No rules."""

from datetime import UTC, datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from audit.model import Record, Search
from audit.proofs import ConsistencyProof, InclusionProof
from hub.errors import InvalidInputError
from hub.subject import Subject
from shuniu.v1 import audit_pb2 as pb

_MOST_ROWS: Final = 2**31 - 1  # the message's field has 32 bits


def search_from(request: pb.SearchAuditRecordsRequest) -> Search:
    """Return the search of a request."""
    if bool(request.subject) != bool(request.subject_domain):
        raise InvalidInputError("subject and subject_domain go together", field="subject_domain", zh="数据主体与其类型须同时提供")
    return Search(
        Subject(request.subject_domain, request.subject) if request.subject else None,
        request.officer,
        request.department,
        request.case_number,
        _moment(request.from_time, "from_time") if request.HasField("from_time") else None,
        _moment(request.to_time, "to_time") if request.HasField("to_time") else None,
        request.reason,
        request.searcher,
        request.page_size,
        request.page_token,
    )


def record_to(record: Record, leaf_hash: bytes) -> pb.AuditRecord:
    """Return the message of a record."""
    time = Timestamp()
    time.FromDatetime(record.at)
    return pb.AuditRecord(
        index=record.index,
        kind=record.kind.value,
        time=time,
        action=record.action,
        department=record.actor.department,
        system=record.actor.system,
        officer=record.actor.officer,
        other_department=record.other,
        resource=record.resource,
        purpose=record.purpose,
        case_number=record.case_number,
        grant=record.grant,
        subject_pseudonym=record.pseudonym or b"",
        fields=record.fields,
        status=record.status,
        rows=min(record.rows, _MOST_ROWS),
        bytes=record.bytes,
        digest=record.digest,
        reason=record.reason,
        intent_index=-1 if record.intent_index is None else record.intent_index,
        leaf_hash=leaf_hash,
        leaf=record.leaf,
        erased=record.erased,
        detail=record.detail,
    )


def inclusion_to(proof: InclusionProof) -> pb.InclusionProof:
    """Return the message of an inclusion proof."""
    return pb.InclusionProof(index=proof.index, size=proof.size, leaf_hash=proof.leaf_hash, root=proof.root, proof=proof.proof)


def consistency_to(proof: ConsistencyProof) -> pb.ConsistencyProof:
    """Return the message of a consistency proof."""
    return pb.ConsistencyProof(size1=proof.size1, size2=proof.size2, root1=proof.root1, root2=proof.root2, proof=proof.proof)


def _moment(time: Timestamp, field: str) -> datetime:
    try:
        return time.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError("a time is out of range", field=field, zh="时间超出范围") from error
