"""Log records and proofs to messages. No rules."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from audit.fields import FIELDS
from audit.model import Record
from audit.proposal import ErasureProposal, ErasureView, ErasureWish, LeafFacts
from audit.reasons.records import SUBJECT_HALF
from audit.searching import Opening, Search
from audit.store import BulkDelivery
from hub.subject import Subject
from hub.wire import Shape, optional_moment
from shuniu.identifiers.uscc import parse_uscc
from shuniu.proofs.proof import ConsistencyProof, InclusionProof
from shuniu.proofs.tree import leaf_hash
from shuniu.v1 import audit_pb2 as pb
from shuniu.v1 import bulk_pb2

_MOST_ROWS: Final = 2**31 - 1  # the message's field has 32 bits
_differs: Final[dict[str, Callable[[Any], Any]]] = {
    **{one.message: attrgetter(one.path) for one in FIELDS if one.message != one.path and one.name != "subject"},
    "kind": lambda record: record.kind.value,
    "rows": lambda record: min(record.rows, _MOST_ROWS),
    "subject_pseudonym": attrgetter("pseudonym"),
    # 0 is the index of a record, so -1 says that there is none.
    "intent_index": lambda record: -1 if record.intent_index is None else record.intent_index,
    "leaf_hash": lambda record: leaf_hash(record.leaf),
    "erasure_index": lambda record: -1 if record.erasure is None else record.erasure.index,
    "legal_basis": lambda record: record.erasure.legal_basis if record.erasure else "",
}
record_to: Final = Shape(pb.AuditRecord, Record, **_differs)
"""Returns the message of a record."""
inclusion_to: Final = Shape(pb.InclusionProof, InclusionProof)
"""Returns the message of an inclusion proof."""
consistency_to: Final = Shape(pb.ConsistencyProof, ConsistencyProof)
"""Returns the message of a consistency proof."""


erasure_to: Final = Shape(
    pb.Erasure,
    ErasureProposal,
    erasure_index=lambda proposal: -1 if proposal.erasure_index is None else proposal.erasure_index,
    records=lambda _: (),
    young=lambda _: 0,
    pending_proposal=lambda _: "",  # the gate says it, to the authority and to auditors
)
"""Returns the message of a proposal as a list shows it."""
_bulk_to: Final = Shape(
    bulk_pb2.BulkDelivery,
    BulkDelivery,
    other_department=attrgetter("other"),
    newest_index=attrgetter("newest"),
    action=lambda _: "",  # the newest record says it
)
_leaf_facts_to: Final = Shape(pb.ErasureRecord, LeafFacts)


def bulk_to(delivery: BulkDelivery, action: str) -> bulk_pb2.BulkDelivery:
    """Return the message of a bulk delivery, and of the action by which it left."""
    message = _bulk_to(delivery)
    message.action = action
    return message


def erasure_view_to(view: ErasureView) -> pb.Erasure:
    """Return the message of a proposal with what is left of its records."""
    message = erasure_to(view.proposal)
    message.records.extend(map(_leaf_facts_to, view.records))
    message.young = view.young
    return message


def wish_from(request: pb.ProposeErasureRequest) -> ErasureWish:
    """Return what is to be erased."""
    return ErasureWish(request.legal_basis, tuple(request.indexes), _subject_of(request))


def search_from(request: pb.SearchAuditRecordsRequest) -> Search:
    """Return the search of a request."""
    return Search(
        subject=_subject_of(request),
        officer=request.officer,
        department=parse_uscc(request.department, "department") if request.department.strip() else "",
        case_number=request.case_number,
        since=optional_moment(request, "from_time"),
        until=optional_moment(request, "to_time"),
        reason=request.reason,
        searcher=request.searcher,
        page_size=request.page_size,
        page_token=request.page_token,
    )


def _subject_of(request: pb.SearchAuditRecordsRequest | pb.ProposeErasureRequest) -> Subject | None:
    if bool(request.subject) != bool(request.subject_domain):
        raise SUBJECT_HALF(field="subject_domain")
    return Subject(request.subject_domain, request.subject) if request.subject else None


def opening_from(request: pb.GetAuditRecordRequest) -> Opening:
    """Return how a request asks for a record; the index 0 is a record's, so an absent search is told from it."""
    return Opening(request.searcher, request.reason, request.search_index if request.HasField("search_index") else None)
