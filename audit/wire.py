"""Log records and proofs to messages. No rules."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from audit.fields import FIELDS
from audit.model import Record, Search
from audit.proofs import ConsistencyProof, InclusionProof
from audit.reasons.records import SUBJECT_HALF
from audit.tree import leaf_hash
from hub.subject import Subject
from hub.uscc import parse_uscc
from hub.wire import Shape, optional_moment
from shuniu.v1 import audit_pb2 as pb

_MOST_ROWS: Final = 2**31 - 1  # the message's field has 32 bits
_differs: Final[dict[str, Callable[[Any], Any]]] = {
    **{one.message: attrgetter(one.path) for one in FIELDS if one.message != one.path and one.name != "subject"},
    "kind": lambda record: record.kind.value,
    "rows": lambda record: min(record.rows, _MOST_ROWS),
    "subject_pseudonym": attrgetter("pseudonym"),
    # 0 is the index of a record, so -1 says that there is none.
    "intent_index": lambda record: -1 if record.intent_index is None else record.intent_index,
    "leaf_hash": lambda record: leaf_hash(record.leaf),
}
record_to: Final = Shape(pb.AuditRecord, Record, **_differs)
"""Returns the message of a record."""
inclusion_to: Final = Shape(pb.InclusionProof, InclusionProof)
"""Returns the message of an inclusion proof."""
consistency_to: Final = Shape(pb.ConsistencyProof, ConsistencyProof)
"""Returns the message of a consistency proof."""


def search_from(request: pb.SearchAuditRecordsRequest) -> Search:
    """Return the search of a request."""
    if bool(request.subject) != bool(request.subject_domain):
        raise SUBJECT_HALF(field="subject_domain")
    return Search(
        subject=Subject(request.subject_domain, request.subject) if request.subject else None,
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
