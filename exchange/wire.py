"""Query messages to model and back, and the cleaning of a provider's answer. The answer is cleaned in place: it is never copied to Python values."""

import re
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from google.protobuf.message import DecodeError

from catalog.masking import apply_mask
from catalog.model import Field, FieldType
from exchange.model import MOST_BYTES, MOST_RECORDS, Cleaning, Query
from hub.errors import UnavailableError
from shuniu.v1 import exchange_pb2, record_pb2

_FIELD: Final = re.compile(r"(?!.*[0-9]{6})[a-z][a-z0-9_]{0,62}")  # goes into the log: the provider chose it, and it could spell anybody's number
_KIND: Final = {
    FieldType.STRING: "string_value",
    FieldType.INT64: "int64_value",
    FieldType.DOUBLE: "double_value",
    FieldType.BOOL: "bool_value",
    FieldType.DECIMAL: "decimal_value",
    FieldType.DATE: "date_value",
    FieldType.TIMESTAMP: "timestamp_value",
    FieldType.BYTES: "bytes_value",
}


def query_from(request: exchange_pb2.QueryRequest) -> Query:
    """Return the query of a request; raise InvalidInputError naming what is missing."""
    return Query(
        request.grant,
        request.purpose,
        request.case_number,
        request.officer,
        request.subject_key,
        tuple(request.fields),
        request.request_id,
        request.entry,
    )


@dataclass(frozen=True, slots=True)
class Sieve:
    """What passes of a record under one grant for one list of fields; made once, used for every answer."""

    kinds: Mapping[str, str]
    masks: tuple[tuple[str, str], ...]
    masked: tuple[str, ...]
    provider: str
    key_field: str

    @classmethod
    def of(cls, fields: Sequence[Field], provider: str, key_field: str) -> "Sieve":
        """Return the sieve of the granted fields."""
        masks = tuple((field.name, field.mask) for field in fields if field.mask)
        return cls({field.name: _KIND[field.type] for field in fields}, masks, tuple(sorted(name for name, _ in masks)), provider, key_field)


def cleaned(answer: bytes, sieve: Sieve, key: str) -> tuple[exchange_pb2.QueryResponse, Cleaning]:
    """Return the answer with exactly the granted fields, masked; raise UnavailableError where it does not fit the entry or the subject.

    A provider's FetchResponse is read as the QueryResponse that it becomes (records have the same number in both), so nothing is copied.
    """
    try:
        response = exchange_pb2.QueryResponse.FromString(answer)
    except DecodeError as error:
        raise _wrong(sieve.provider, "sent bytes that are no answer") from error
    response.DiscardUnknownFields()  # what no field of the protos names would travel on unseen
    response.masked_fields[:] = sieve.masked  # whatever a provider wrote there
    if len(response.records) > MOST_RECORDS:
        raise _wrong(sieve.provider, f"sent more than {MOST_RECORDS} records")
    dropped: set[str] = set()
    for record in response.records:
        _sift(record.fields, sieve, key, dropped)
    if response.ByteSize() > MOST_BYTES:
        raise _wrong(sieve.provider, f"sent more than {MOST_BYTES} bytes")
    return response, Cleaning(tuple(sorted(dropped)), sieve.masked)


def _sift(values: MutableMapping[str, record_pb2.Value], sieve: Sieve, key: str, dropped: set[str]) -> None:
    """Clean one record in place: another subject's is refused, what was not granted goes, types are checked, masks applied."""
    if sieve.key_field in values and not _is_key(values[sieve.key_field], key):
        raise _wrong(sieve.provider, "sent a record of another subject")
    surplus = []
    for name, value in values.items():
        expected = sieve.kinds.get(name)
        if expected is None:
            surplus.append(name)
        elif (kind := value.WhichOneof("kind")) != expected and kind != "null_value":
            raise _wrong(sieve.provider, f"field {name} is not of the entry's type {expected.removesuffix('_value')}")
    for name in surplus:
        del values[name]
        dropped.add(name if _FIELD.fullmatch(name) else "(no field name)")
    for name, rule in sieve.masks:
        if name in values:
            try:
                _mask(values[name], rule)
            except (ValueError, ArithmeticError) as error:
                raise _wrong(sieve.provider, f"field {name} is malformed") from error


def _is_key(value: record_pb2.Value, key: str) -> bool:
    """Tell whether a record's key is the one that was asked for; databases differ about case and blanks, and a null says nothing."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value.strip().casefold() == key.strip().casefold()
    return kind != "int64_value" or str(value.int64_value) == key.strip()


def _mask(value: record_pb2.Value, rule: str) -> None:
    masked = apply_mask(rule, _plain(value))
    if masked is None:
        value.null_value = record_pb2.NULL_VALUE_UNSPECIFIED
    else:
        value.string_value = str(masked)


def _plain(value: record_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind is None or kind == "null_value":
        return None
    content = getattr(value, kind)
    if kind == "date_value":
        return date.fromisoformat(content)
    if kind == "decimal_value":
        return Decimal(content)
    if kind == "timestamp_value":
        return content.ToDatetime()
    return content


def _wrong(provider: str, what: str) -> UnavailableError:
    return UnavailableError(
        f"step 4 of 5, provider {provider}: {what}; nothing was released",
        zh=f"第4步：提供方 {provider} 返回的数据不符合目录，未提供任何数据",
        next_action="file an objection on the entry; the provider mends its service",
        reason="PROVIDER_ANSWER_INVALID",
    )
