"""Messages to model and back: the query that came, the fetch that goes to the provider, the answer that becomes the query's. No rules."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date
from decimal import Decimal
from typing import Final, TypeAlias

from google.protobuf.message import DecodeError

from brokerage.grants import LiveGrant
from catalog.model import Field, FieldType
from exchange.model import MOST_RECORDS, Access, Query, read_grant
from exchange.reasons import ANSWER_UNREADABLE
from exchange.steps import CLEAN
from hub.clock import CHINA
from shuniu.v1 import exchange_pb2, provider_pb2, record_pb2

Response: TypeAlias = exchange_pb2.QueryResponse
Value: TypeAlias = record_pb2.Value
KINDS: Final[Mapping[FieldType, str]] = {
    FieldType.STRING: "string_value",
    FieldType.INT64: "int64_value",
    FieldType.DOUBLE: "double_value",
    FieldType.BOOL: "bool_value",
    FieldType.DECIMAL: "decimal_value",
    FieldType.DATE: "date_value",
    FieldType.TIMESTAMP: "timestamp_value",
    FieldType.BYTES: "bytes_value",
}
"""In which part of a Value a field's type is sent."""


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


def fetch_to(access: Access, live: LiveGrant, fields: Sequence[Field]) -> provider_pb2.FetchRequest:
    """Return what the provider is asked: the subject's records, the granted fields alone, and for whom and what."""
    return provider_pb2.FetchRequest(
        resource=live.serving_resource,
        key_field=live.key_field,
        key=access.query.subject_key,
        fields=[field.name for field in fields],
        limit=MOST_RECORDS,
        consumer=access.caller.department,
        purpose=access.query.purpose,
        case_number=access.query.case_number,
        log_index=-1,  # the intent may still be on its way into the log
    )


def response_from(answer: bytes, provider: str) -> Response:
    """Return a provider's FetchResponse read as the QueryResponse that it becomes: records have the same number in both, nothing is copied.

    What no field of the protos names is thrown away: it would travel on unseen.
    """
    try:
        response = Response.FromString(answer)
    except DecodeError as error:
        raise ANSWER_UNREADABLE(step=CLEAN.place, provider=provider) from error
    response.DiscardUnknownFields()
    return response


def value_from(value: Value) -> object:
    """Return a value as Python has it, None for null; raise ValueError or ArithmeticError where the text of a date or decimal is none."""
    kind = value.WhichOneof("kind")
    if kind is None or kind == "null_value":
        return None
    if kind == "date_value":
        return date.fromisoformat(value.date_value)
    if kind == "decimal_value":
        return Decimal(value.decimal_value)
    if kind == "timestamp_value":
        return value.timestamp_value.ToDatetime(UTC).astimezone(CHINA)  # a year is the one that it was here
    content: object = getattr(value, kind)
    return content


def put_masked(value: Value, left: object) -> None:
    """Put what a mask left in the place of a value: a text, or null for nothing."""
    if left is None:
        value.null_value = record_pb2.NULL_VALUE_UNSPECIFIED
    else:
        value.string_value = str(left)
