"""An entry as plain values that JSON can hold, and back: for the database and for digests.

What is empty is left out, so that a field which the model gains later changes no digest of an entry that does not use it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from catalog.model.assessment import Assessment, DataFormat, DataGrade, Secrecy
from catalog.model.content import Field, Source
from catalog.model.entry import Entry
from catalog.model.predicate import predicate_from
from catalog.model.procedure import EntryState
from catalog.model.words import FieldType, Level, OpenType, ShareMode, ShareType, UpdatePeriod
from timing.keeping import kept, timer_from

_ENUMS: Final[Mapping[str, type[StrEnum]]] = {
    "state": EntryState,
    "level": Level,
    "share_type": ShareType,
    "open_type": OpenType,
    "update_period": UpdatePeriod,
}
_OPTIONAL_ENUMS: Final[Mapping[str, type[StrEnum]]] = {"data_format": DataFormat, "data_grade": DataGrade}
_TIMES: Final = ("create_time", "submit_time", "consent_time", "publish_time", "end_time", "data_update_time")
_TUPLES: Final = ("keywords", "class_path", "purposes", "former_provider_titles")
_UNSIGNED: Final = ("revision", "state", "end_time", "timer")  # they go on changing after a version is published
_FIELD_DEFAULTS: Final = {field.name: field.default for field in fields(Field)}


def to_plain(entry: Entry) -> dict[str, Any]:
    """Return what is not empty, by attribute name."""
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    values["fields"] = [_plain_field(field) for field in entry.fields]
    values["source"] = {
        name: value for name, value in (("record_term", entry.source.record_term), ("derived_from", list(entry.source.derived_from))) if value
    }
    values["assessment"] = {name: value for name, value in asdict(entry.assessment).items() if value}
    values["predicates"] = [one.plain() for one in entry.predicates]
    values["timer"] = kept(entry.timer)
    del values["record_source"]
    return {name: _plain(value) for name, value in values.items() if value}


def from_plain(plain: Mapping[str, Any]) -> Entry:
    """Return the entry that `to_plain` was given."""
    values = dict(plain)
    for name, enum in _ENUMS.items():
        values[name] = enum(values[name])
    for name, enum in _OPTIONAL_ENUMS.items():
        if name in values:
            values[name] = enum(values[name])
    for name in _TIMES:
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    for name in _TUPLES:
        values[name] = tuple(values.get(name, ()))
    values["modes"] = tuple(map(ShareMode, values.get("modes", ())))
    values["fields"] = tuple(Field(**{**field, "type": FieldType(field["type"])}) for field in values.get("fields", ()))
    values["timer"] = timer_from(values.get("timer"))
    source = values.get("source", {})
    values["source"] = Source(source.get("record_term", ""), tuple(source.get("derived_from", ())))
    values["predicates"] = tuple(map(predicate_from, values.get("predicates", ())))
    assessed = values.get("assessment", {})
    values["assessment"] = Assessment(**{**assessed, **({"secrecy": Secrecy(assessed["secrecy"])} if "secrecy" in assessed else {})})
    return Entry(**values)


def digest(entry: Entry) -> bytes:
    """Return SHA-256 over the version as published: its plain values as JSON, keys sorted, no blanks, UTF-8."""
    signed = {name: value for name, value in to_plain(entry).items() if name not in _UNSIGNED}
    return hashlib.sha256(json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _plain_field(field: Field) -> dict[str, Any]:
    # left out by its default and not by emptiness: a sensitivity of 1 is the default
    values = {name: getattr(field, name) for name in _FIELD_DEFAULTS}
    return {name: value for name, value in values.items() if _FIELD_DEFAULTS[name] is MISSING or value != _FIELD_DEFAULTS[name]}
