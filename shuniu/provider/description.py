"""What Describe says of a resource, and what an entry says of its fields, as the values that `comparison` compares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from shuniu.provider.comparison import ServedColumn, ServedResource
from shuniu.v1.catalog_pb2 import Entry, FieldType
from shuniu.v1.provider_pb2 import ProviderResource

_PREFIX = "FIELD_TYPE_"


@dataclass(frozen=True)
class DescribedField:
    """One field of an entry, as far as it is compared."""

    name: str
    type: str
    length: int
    nullable: bool


def served_resource(message: ProviderResource) -> ServedResource:
    """Return a resource of a DescribeResponse; a type of a later release counts as not said."""
    columns = (ServedColumn(column.name, type_name(column.value_type), column.length, column.nullable) for column in message.columns)
    rows = message.row_count if message.HasField("row_count") else None
    return ServedResource(message.resource, message.key, tuple(columns), rows, _newest(message))


def _newest(message: ProviderResource) -> datetime | None:
    """Return the time of the newest row, None where it is not said, or lies outside of the calendar."""
    if not message.HasField("newest_row_time"):
        return None
    try:
        return message.newest_row_time.ToDatetime(timezone.utc)
    except (ValueError, OverflowError):
        return None


def entry_fields(entry: Entry) -> tuple[DescribedField, ...]:
    """Return the fields of an entry."""
    return tuple(DescribedField(field.name, type_name(field.type), field.length, field.nullable) for field in entry.fields)


def entry_key(entry: Entry) -> str:
    """Return the name of an entry's key field, empty where it has none."""
    return next((field.name for field in entry.fields if field.key), "")


def type_name(number: int) -> str:
    """Return the type of a FieldType as `comparison.TYPES` has it: FIELD_TYPE_INT64 is int64; what is not set or not known is empty."""
    known = FieldType.DESCRIPTOR.values_by_number.get(number)
    return known.name[len(_PREFIX) :].lower() if known is not None and number else ""
