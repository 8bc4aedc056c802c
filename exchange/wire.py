"""Messages to model and back: the query that came, the fetch that goes to the provider, the answer that becomes the query's. No rules."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from google.protobuf.message import DecodeError

from brokerage.live_objections import OpenObjection
from brokerage.model import SERVICE_CONTINUES, SERVICE_CONTINUES_EN
from brokerage.model.scope import Rows
from catalog.model import Entry
from catalog.model.health import PROBE, probe_key
from exchange.framing import FramingError, records_in
from exchange.model import ASKED_RECORDS, Access, AskedKey, Check, Delivery, Opening, Permission, Query, Question, read_grant
from exchange.reasons import ANSWER_UNREADABLE
from exchange.steps import CLEAN
from hub.access import Caller
from hub.errors import ShuniuError
from hub.status import code_of
from hub.wire import moment_to
from shuniu.answers import HEARD, SAID
from shuniu.predicates import CheckAnswer
from shuniu.records import to_record
from shuniu.rows import row_to
from shuniu.scope import RowCondition
from shuniu.v1 import exchange_pb2, provider_pb2, query_many_pb2, scope_pb2

_PLACE: Final = b"\x08"
_ANSWER: Final = b"\x12"
"""The tags of `place` and `answer` in a QueryManyResponse; a test compares them with the protos."""
_SEVEN_BITS: Final = 0x7F
Response: TypeAlias = exchange_pb2.QueryResponse
Single: TypeAlias = exchange_pb2.QueryRequest | exchange_pb2.CheckRequest
"""A request about one subject."""
ONE: Final = 1
"""Records that a probe asks for, never more."""


def query_from(request: exchange_pb2.QueryRequest) -> Query:
    """Return the query of a request; raise InvalidInputError naming what is missing."""
    return Query(
        grant=read_grant(request.grant),
        purpose=request.purpose,
        case_number=request.case_number,
        officer=request.officer,
        subject_key=request.subject_key,
        fields=tuple(request.fields),
        request_id=request.request_id,
        entry=request.entry,
    )


def check_from(request: exchange_pb2.CheckRequest) -> Check:
    """Return the question of a request; raise InvalidInputError naming what is missing."""
    return Check(
        grant=read_grant(request.grant),
        purpose=request.purpose,
        case_number=request.case_number,
        officer=request.officer,
        subject_key=request.subject_key,
        predicate=request.predicate,
        given=dict(request.given),
        request_id=request.request_id,
        entry=request.entry,
    )


def check_to(access: Access, permission: Permission, terms: Iterable[RowCondition], *, absent_is_no: bool) -> Question:
    """Return what the provider is asked about a subject: the same as for its records, and what must hold of one of them."""
    fetch = fetch_to(access, permission)
    inner = provider_pb2.FetchRequest.FromString(fetch.data)
    asked = provider_pb2.ProviderCheckRequest(fetch=inner, terms=map(row_to, terms), absent_is_no=absent_is_no)
    return replace(fetch, data=asked.SerializeToString(), is_check=True)


def said_from(data: bytes, provider: str) -> tuple[CheckAnswer | None, int, bytes]:
    """Return what a provider answered, None for what is no answer, of how many records, and to which question; raise IntegrityError."""
    try:
        said = provider_pb2.ProviderCheckResponse.FromString(data)
    except DecodeError as error:
        raise ANSWER_UNREADABLE(step=CLEAN.place, provider=provider) from error
    return HEARD.get(said.answer), said.record_count, said.asked


def said_to(answer: CheckAnswer) -> bytes:
    """Return what a caller is answered, to be followed by its marks."""
    return exchange_pb2.CheckResponse(answer=SAID[answer]).SerializeToString()


def part_from(request: query_many_pb2.QueryManyRequest) -> Opening | AskedKey:
    """Return a part of a stream of keys; raise InvalidInputError for an opening that lacks something. A message of neither is a key of no place."""
    if request.WhichOneof("part") != "opening":
        return AskedKey(request.key.place, request.key.subject_key, request.key.request_id)
    opening = request.opening
    return Opening(
        grant=read_grant(opening.grant),
        purpose=opening.purpose,
        case_number=opening.case_number,
        officer=opening.officer,
        fields=tuple(opening.fields),
        entry=opening.entry,
    )


def outcome_to(place: int, came: Delivery | ShuniuError) -> bytes:
    """Return the serialised QueryManyResponse of a key; an answer's bytes, of which the digest is, stand in it as they are."""
    if isinstance(came, ShuniuError):
        refusal = query_many_pb2.QueryRefusal(
            code=code_of(came),
            reason=came.reason,
            message=came.message,
            message_zh=came.message_zh,
            next_action=came.next_action,
            next_action_zh=came.next_action_zh,
            retry_after=came.retry_after,
            decision=came.decision,
        )
        return exchange_pb2.QueryManyResponse(place=place, refusal=refusal).SerializeToString()
    receipt = came.receipt
    told = exchange_pb2.QueryManyResponse(
        log_origin=receipt.origin, log_index=receipt.index, log_leaf=receipt.leaf_hash, answer_salt=came.salt
    ).SerializeToString()
    return b"".join((_PLACE, _varint(place), _ANSWER, _varint(len(came.answer)), came.answer, told))


def _varint(number: int) -> bytes:
    """Return a number as messages spell it: seven bits in each byte, the lowest first."""
    spelled = bytearray()
    while number > _SEVEN_BITS:
        spelled.append(number & _SEVEN_BITS | ~_SEVEN_BITS & 0xFF)
        number >>= 7
    spelled.append(number)
    return bytes(spelled)


def fetch_to(access: Access, permission: Permission) -> Question:
    """Return what the provider is asked: the subject's records, for whom and what, the wanted fields alone, and the key in any case.

    It is serialised once, for the call and for its digest.
    Without the key nobody could tell that the records are the asked person's, and without the fields of the grant's rows that they may be had;
    where they are not wanted, `clean` takes them away again.
    """
    live = permission.live
    fields = tuple(dict.fromkeys((*(field.name for field in permission.fields), live.key_field, *(row.field for row in live.rows))))
    request = provider_pb2.FetchRequest(
        resource=live.serving_resource,
        key_field=live.key_field,
        key=permission.key,
        fields=fields,
        limit=ASKED_RECORDS,
        consumer=access.caller.department,
        purpose=access.query.purpose,
        case_number=access.query.case_number,
        log_index=-1,  # the intent may still be on its way into the log
        rows=rows_to(live.rows) if live.rows else (),
    )
    return Question(request.SerializeToString(), live.serving_resource, fields, access.caller.department, permission.fields)


def probe_to(entry: Entry, asker: str) -> Question:
    """Return what a probe asks: at most one record, all fields of the entry, since a column that is lost is noticed by asking for it."""
    fields, key = tuple(field.name for field in entry.fields), entry.key_field
    request = provider_pb2.FetchRequest(
        resource=entry.serving_resource,
        key_field=key.name if key else "",
        key=probe_key(entry),
        fields=fields,
        limit=ONE,
        consumer=asker,
        purpose=PROBE,
        case_number=PROBE,
        log_index=-1,
    )
    return Question(request.SerializeToString(), entry.serving_resource, fields, asker, entry.fields)


class Fetched(NamedTuple):
    """What came of one of several questions: the bytes of a FetchResponse, or of the google.rpc.Status of a refusal."""

    answer: bytes = b""
    refusal: bytes = b""


def questions_to(questions: Iterable[Question]) -> bytes:
    """Return several questions as one, each byte for byte as it would be asked alone."""
    return provider_pb2.FetchManyRequest(questions=[one.data for one in questions]).SerializeToString()


def fetched_from(data: bytes, count: int) -> list[Fetched | None]:
    """Return what came for each of so many questions, None where nothing is said of it; nothing at all where that cannot be read.

    An answer that has no record is no answer that is missing: it holds the digest of its question.
    """
    try:
        spans = records_in(data, count)  # outcomes have the number of records
        if len(spans) != count:
            return [None] * count
        outcomes = [provider_pb2.FetchOutcome.FromString(data[content:end]) for _, content, end in spans]
    except (FramingError, DecodeError):
        return [None] * count
    return [Fetched(one.answer, one.refusal) if one.WhichOneof("outcome") else None for one in outcomes]


# a grant's rows come again with every call under it
@lru_cache(1_024)
def rows_to(rows: Rows) -> tuple[scope_pb2.RowCondition, ...]:
    """Return the conditions of a grant's rows as a provider is told of them."""
    return tuple(map(row_to, rows))


def fetched_to(records: Iterable[Mapping[str, object]], digest: bytes) -> bytes:
    """Return records of a data file as a provider would answer the question of this digest."""
    answer = provider_pb2.FetchResponse(records=map(to_record, records)).SerializeToString()
    return answer + provider_pb2.FetchResponse(asked=digest).SerializeToString()


def response_from(answer: bytes, provider: str) -> Response:
    """Return a provider's FetchResponse read as the QueryResponse that it becomes: records have the same number in both, nothing is copied.

    What no field of the protos names is thrown away: it would travel on unseen.
    """
    try:
        response = Response.FromString(answer)
    except DecodeError as error:
        raise ANSWER_UNREADABLE(step=CLEAN.place, provider=provider) from error
    response.DiscardUnknownFields()
    response.ClearField("under_objection")  # the hub alone says what is under objection
    return response


def marks_to(objections: Iterable[OpenObjection], caller: Caller) -> bytes:
    """Return what marks an answer, to be put behind it: one message for each open objection, by name where the caller may know of it."""
    marks = [
        exchange_pb2.UnderObjection(
            objection=one.name_for(caller),
            entry=one.entry,
            field=one.field,
            create_time=moment_to(one.since),
            service_continues_notice=SERVICE_CONTINUES,
            service_continues_notice_en=SERVICE_CONTINUES_EN,
        )
        for one in objections
    ]
    return Response(under_objection=marks).SerializeToString()
