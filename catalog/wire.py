"""Entries, hits and releases as protobuf messages and back. No rules: what is written is checked by the model."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp

from catalog.finding import Criteria
from catalog.model import Entry, Field, FieldType, Level, OpenType, ShareMode, ShareType, Source, State, UpdatePeriod
from catalog.release import Release
from hub.errors import InvalidInputError
from hub.resource import etag_of
from shuniu.v1 import catalog_pb2

_E = TypeVar("_E", bound=StrEnum)
_WRAPPERS: Final[Mapping[type[StrEnum], tuple[Any, str]]] = {
    State: (catalog_pb2.EntryState, "ENTRY_STATE"),
    ShareType: (catalog_pb2.ShareType, "SHARE_TYPE"),
    ShareMode: (catalog_pb2.ShareMode, "SHARE_MODE"),
    UpdatePeriod: (catalog_pb2.UpdatePeriod, "UPDATE_PERIOD"),
    Level: (catalog_pb2.Level, "LEVEL"),
    OpenType: (catalog_pb2.OpenType, "OPEN_TYPE"),
    FieldType: (catalog_pb2.FieldType, "FIELD_TYPE"),
}
_MEMBERS: Final[Mapping[tuple[type[StrEnum], int], StrEnum]] = {
    (enum, wrapper.Value(f"{prefix}_{member.name}")): member for enum, (wrapper, prefix) in _WRAPPERS.items() for member in enum
}
_NUMBERS: Final[Mapping[tuple[type[StrEnum], str], int]] = {(enum, member.name): number for (enum, number), member in _MEMBERS.items()}
_TEXTS: Final = (
    "resource_code", "title", "abstract", "region", "series", "provider", "steward", "steward_phone", "legal_basis", "share_condition",
    "refusal_reason", "refusal_basis", "open_condition", "serving_system", "serving_resource", "subject_domain",
)  # fmt: skip
_KEPT_TEXTS: Final = ("name", "version", "provider_title", "change_reason")
_KEPT_TIMES: Final = ("create_time", "submit_time", "publish_time", "end_time", "data_update_time")
_PLAIN: Final = (
    "name", "label", "length", "unit", "code_list", "nullable", "key", "sensitivity", "personal", "personal_category", "mask", "term",
)  # fmt: skip


def entry_to(entry: Entry) -> catalog_pb2.Entry:
    """Return the entry's message."""
    same: dict[str, Any] = {name: getattr(entry, name) for name in (*_TEXTS, *_KEPT_TEXTS, "keywords", "class_path", "purposes", "retention_days")}
    enums: dict[str, Any] = {name: _number(getattr(entry, name)) for name in ("state", "level", "share_type", "open_type", "update_period")}
    times: dict[str, Any] = {name: stamp(moment) for name in _KEPT_TIMES if (moment := getattr(entry, name)) is not None}
    modes: Any = [_number(mode) for mode in entry.modes]
    source = catalog_pb2.Source(record_term=entry.source.record_term, derived_from=entry.source.derived_from)
    return catalog_pb2.Entry(**same, **enums, **times, etag=etag_of(entry.revision), modes=modes, fields=map(_field_to, entry.fields), source=source)


def content_from(message: catalog_pb2.Entry) -> Entry:
    """Return what the provider wrote; what the hub fills in (name, version, etag, state, times) is left at its default."""
    texts: dict[str, Any] = {name: getattr(message, name) for name in _TEXTS}
    lists: dict[str, Any] = {name: tuple(getattr(message, name)) for name in ("keywords", "class_path", "purposes")}
    return Entry(
        **texts,
        **lists,
        level=_member(Level, message.level, "entry.level"),
        share_type=_member(ShareType, message.share_type, "entry.share_type"),
        open_type=_member(OpenType, message.open_type, "entry.open_type"),
        update_period=_member(UpdatePeriod, message.update_period, "entry.update_period"),
        modes=tuple(_member(ShareMode, mode, "entry.modes") for mode in message.modes),
        fields=tuple(_field_from(field, f"entry.fields[{place}].type") for place, field in enumerate(message.fields)),
        source=Source(message.source.record_term, tuple(message.source.derived_from)),
        retention_days=message.retention_days,
        data_update_time=_moment(message.data_update_time, "entry.data_update_time") if message.HasField("data_update_time") else None,
    )


def criteria_from(request: catalog_pb2.SearchEntriesRequest) -> Criteria:
    """Return what a search asks for."""
    return Criteria(
        query=request.query,
        provider=request.provider,
        share_type=_member(ShareType, request.share_type, "share_type") if request.share_type else None,
        level=_member(Level, request.level, "level") if request.level else None,
        region_prefix=request.region_prefix,
    )


def hits_to(hits: Iterable[tuple[Entry, tuple[str, ...]]], following: str, total: int) -> catalog_pb2.SearchEntriesResponse:
    """Return a page of hits."""
    found = [catalog_pb2.EntryHit(entry=entry_to(entry), matched_fields=names) for entry, names in hits]
    return catalog_pb2.SearchEntriesResponse(hits=found, next_page_token=following, total_size=total)


def release_to(release: Release) -> catalog_pb2.Release:
    """Return the release's message."""
    return catalog_pb2.Release(
        name=release.name,
        number=release.number,
        digest=release.digest,
        entry_count=release.entry_count,
        create_time=stamp(release.create_time),
        statement=release.statement,
        signature=release.signature,
        public_key_pem=release.public_key_pem,
    )


def stamp(moment: datetime) -> Timestamp:
    """Return a moment as a Timestamp."""
    made = Timestamp()
    made.FromDatetime(moment)
    return made


def _field_to(field: Field) -> catalog_pb2.Field:
    plain: dict[str, Any] = {name: getattr(field, name) for name in _PLAIN}
    kind: Any = _number(field.type)
    return catalog_pb2.Field(**plain, type=kind)


def _field_from(message: catalog_pb2.Field, path: str) -> Field:
    plain: dict[str, Any] = {name: getattr(message, name) for name in _PLAIN}
    return Field(**plain, type=_member(FieldType, message.type, path))


def _number(member: StrEnum) -> int:
    return _NUMBERS[type(member), member.name]  # members of two lists may be equal as texts


def _member(enum: type[_E], number: int, path: str) -> _E:
    found = _MEMBERS.get((enum, number))
    if not isinstance(found, enum):
        raise InvalidInputError(f"{path} is not set to a known value", field=path, zh=f"{path} 未填写或取值无效", next_action="set it")
    return found


def _moment(message: Timestamp, path: str) -> datetime:
    try:
        return message.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(f"{path} is no moment", field=path, zh=f"{path} 不是有效时间") from error
