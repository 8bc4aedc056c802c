"""What an entry must say before anybody may see it (directory.md section 1, 编制指南(试行), Decree 809).

Every refusal names the field by its path in the request.
"""

import re
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Final

from catalog.model.entry import Entry, Field
from catalog.model.legal import rests_on_national_law
from catalog.model.words import FieldType, OpenType, ShareMode, ShareType
from certs.model import SYSTEM_NAME
from hub.errors import InvalidInputError
from hub.uscc import parse_uscc

MAX_FIELDS: Final = 256
MAX_ITEMS: Final = 32
MAX_REASON: Final = 1000
MAX_OFFICER: Final = 64
HIGHEST_SENSITIVITY: Final = 4
LONGEST_VALUE: Final = 1_000_000_000
LONGEST_RETENTION: Final = 36_500
SUBJECT_DOMAINS: Final = ("", "cn-id", "uscc")

_RESOURCE_CODE: Final = re.compile(r"[0-9][0-9A-Za-z]{0,39}/[0-9A-Za-z]{1,40}")  # 类 项 目 细目 / sequence; provinces differ in the lengths
_REGION: Final = re.compile(r"[0-9]{6}")  # GB/T 2260
_PHONE: Final = re.compile(r"[0-9+() -]{5,30}")
_FIELD_NAME: Final = re.compile(r"[a-z0-9_]{1,63}")
_PURPOSE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")  # 事项编码
_ENTRY_NAME: Final = re.compile(r"entries/[0-9a-hjkmnp-tv-z]{26}")
_MASK: Final = re.compile(r"keep:([0-9]{1,4}),([0-9]{1,4})")
_DATED: Final = frozenset({FieldType.STRING, FieldType.DATE, FieldType.TIMESTAMP})
_LINES: Final = frozenset({"abstract", "share_condition", "refusal_reason", "refusal_basis", "legal_basis", "open_condition"})
_CAPS: Final = {
    "title": 200, "abstract": 4000, "series": 100, "provider_title": 200, "steward": 100, "legal_basis": 1000, "share_condition": 2000,
    "refusal_reason": 2000, "refusal_basis": 1000, "open_condition": 2000, "serving_resource": 200,
}  # fmt: skip
_REQUIRED: Final = ("title", "abstract", "class_path", "fields")
_FIELD_CAPS: Final = {"label": 100, "unit": 40, "code_list": 100, "personal_category": 100, "term": 100}


def check_entry(entry: Entry) -> None:
    """Raise InvalidInputError for the first rule that the entry breaks."""
    for name in _REQUIRED:
        _demand(getattr(entry, name), f"entry.{name}", f"an entry has a {name}")
    for name, cap in _CAPS.items():
        _text(f"entry.{name}", getattr(entry, name), cap, several_lines=name in _LINES)
    _identity(entry)
    _sharing(entry)
    _refusal(entry)
    _opening(entry)
    _fields(entry)
    _access(entry)


def check_purpose(purpose: str, field: str) -> None:
    """Refuse a text that is no service item code 事项编码."""
    _match(field, purpose, _PURPOSE, "a service item code: letters, digits, dot, dash, at most 64")


def check_reason(reason: str) -> None:
    """Refuse a step without a reason: "why changed" is required (directory.md section 1)."""
    _demand(reason.strip(), "reason", "the step needs a reason")
    _text("reason", reason, MAX_REASON)


def check_officer(officer: str) -> None:
    """Refuse a step without the officer who takes it: every step names who (directory.md section 1)."""
    _demand(officer.strip(), "officer", "the step needs the officer who takes it")
    _text("officer", officer, MAX_OFFICER)


@lru_cache(1024)
def parse_mask(rule: str, field: str = "mask") -> tuple[int, int] | None:
    """Return the counts of a `keep:A,B` rule, None for the other rules ("", year, hide); raise InvalidInputError for anything else."""
    if rule in {"", "year", "hide"}:
        return None
    found = _MASK.fullmatch(rule)
    if found is None:
        raise _wrong(field, 'a masking rule is "", "keep:A,B", "year" or "hide"')
    return int(found[1]), int(found[2])


def _identity(entry: Entry) -> None:
    if parse_uscc(entry.provider) != entry.provider:  # GB 32100-2015
        raise _wrong("entry.provider", "a USCC is written in capitals without blanks")
    _match("entry.resource_code", entry.resource_code, _RESOURCE_CODE, "a resource code: 类项目细目 / sequence")
    _match("entry.region", entry.region, _REGION, "six digits of GB/T 2260")
    _match("entry.steward_phone", entry.steward_phone, _PHONE, "an office telephone number", optional=True)
    _texts("entry.keywords", entry.keywords, 50)
    _texts("entry.class_path", entry.class_path, 60)
    for moment in (entry.create_time, entry.submit_time, entry.publish_time, entry.end_time, entry.data_update_time):
        _aware(moment)


def _sharing(entry: Entry) -> None:
    conditional = entry.share_type is ShareType.CONDITIONAL
    if conditional:  # 政务信息资源共享管理暂行办法 art. 10: 有条件共享 states its conditions
        _demand(entry.share_condition.strip(), "entry.share_condition", "conditional sharing states its condition")
    _absent_unless(entry.share_condition, "entry.share_condition", "conditional", fits=conditional)
    if entry.share_type is not ShareType.REFUSED:
        _demand(entry.modes, "entry.modes", "a shared entry names at least one way to share it")
    _unique("entry.modes", entry.modes)
    if len(entry.purposes) > MAX_FIELDS:
        raise _wrong("entry.purposes", f"at most {MAX_FIELDS}")
    _unique("entry.purposes", entry.purposes)
    for purpose in entry.purposes:
        check_purpose(purpose, "entry.purposes")
    _between("entry.retention_days", entry.retention_days, 0, LONGEST_RETENTION)


def _refusal(entry: Entry) -> None:
    refused = entry.share_type is ShareType.REFUSED
    _absent_unless(entry.refusal_reason, "entry.refusal_reason", "refused", fits=refused)
    _absent_unless(entry.refusal_basis, "entry.refusal_basis", "refused", fits=refused)
    if not refused:
        return
    _demand(entry.refusal_reason.strip(), "entry.refusal_reason", "an entry that is not shared says why")
    if not rests_on_national_law(entry.refusal_basis):  # directory.md section 1: local rules do not count
        raise InvalidInputError(
            "not sharing rests on a law, administrative regulation or State Council decision, with its title in 《》; local rules do not count",
            field="entry.refusal_basis",
            zh="不予共享须以法律、行政法规或者国务院决定为依据，并以《》注明名称；地方性法规、规章不能作为依据",
            next_action="cite the law, or choose conditional sharing",
            reason="NO_NATIONAL_LAW",
        )


def _opening(entry: Entry) -> None:
    conditional = entry.open_type is OpenType.CONDITIONAL
    if conditional:
        _demand(entry.open_condition.strip(), "entry.open_condition", "conditional opening states its condition")
    _absent_unless(entry.open_condition, "entry.open_condition", "conditional", fits=conditional)


def _fields(entry: Entry) -> None:
    if len(entry.fields) > MAX_FIELDS:
        raise _wrong("entry.fields", f"an entry has at most {MAX_FIELDS} fields")
    _unique("entry.fields", [field.name for field in entry.fields])
    if sum(field.key for field in entry.fields) > 1:
        raise _wrong("entry.fields", "an entry has at most one key")
    for place, field in enumerate(entry.fields):
        _field(field, f"entry.fields[{place}]")


def _field(field: Field, path: str) -> None:
    _match(f"{path}.name", field.name, _FIELD_NAME, "a-z, 0-9 and underscore, at most 63")
    _demand(field.label.strip(), f"{path}.label", "a field has a label")
    for name, cap in _FIELD_CAPS.items():
        _text(f"{path}.{name}", getattr(field, name), cap)
    _between(f"{path}.length", field.length, 0, LONGEST_VALUE)
    _between(f"{path}.sensitivity", field.sensitivity, 1, HIGHEST_SENSITIVITY)
    _absent_unless(field.personal_category, f"{path}.personal_category", "personal", fits=field.personal)
    keeps = parse_mask(field.mask, f"{path}.mask") is not None
    if (keeps and field.type is not FieldType.STRING) or (field.mask == "year" and field.type not in _DATED):
        raise _wrong(f"{path}.mask", f"the masking rule does not fit a field of type {field.type}")


def _access(entry: Entry) -> None:
    if ShareMode.QUERY in entry.modes and entry.key_field is None:
        raise _wrong("entry.fields", "records that are shared by query are found by a key field")
    if bool(entry.serving_system) != bool(entry.serving_resource):
        raise _wrong("entry.serving_system", "a serving system and the resource it serves are named together")
    _match("entry.serving_system", entry.serving_system, SYSTEM_NAME, "a system's short name: a-z, 0-9, dash", optional=True)
    if entry.subject_domain not in SUBJECT_DOMAINS:
        raise _wrong("entry.subject_domain", '"cn-id", "uscc" or empty')
    if entry.subject_domain and entry.key_field is None:
        raise _wrong("entry.subject_domain", "what a key identifies is said of a key field")
    _text("entry.source.record_term", entry.source.record_term, 100)
    if len(entry.source.derived_from) > MAX_ITEMS:
        raise _wrong("entry.source.derived_from", f"at most {MAX_ITEMS}")
    _unique("entry.source.derived_from", entry.source.derived_from)
    for name in entry.source.derived_from:
        _match("entry.source.derived_from", name, _ENTRY_NAME, "entries/{entry}")
        if name == entry.name:
            raise _wrong("entry.source.derived_from", "an entry is not derived from itself")


def _demand(value: object, path: str, message: str) -> None:
    if not value:
        raise _wrong(path, message)


def _absent_unless(value: str, path: str, kind: str, *, fits: bool) -> None:
    if value and not fits:
        raise _wrong(path, f"is only said of what is {kind}")


def _match(path: str, value: str, pattern: re.Pattern[str], meaning: str, *, optional: bool = False) -> None:
    if not (optional and not value) and pattern.fullmatch(value) is None:
        raise _wrong(path, f"must be {meaning}")


def _text(path: str, value: str, cap: int, *, several_lines: bool = False) -> None:
    plain = value.replace("\n", "") if several_lines else value
    if len(value) > cap or any(character < " " or "\x7f" <= character <= "\x9f" or "\ud800" <= character <= "\udfff" for character in plain):
        raise _wrong(path, f"at most {cap} characters, without control characters")


def _texts(path: str, values: Collection[str], cap: int) -> None:
    if len(values) > MAX_ITEMS:
        raise _wrong(path, f"at most {MAX_ITEMS}")
    _unique(path, values)
    for value in values:
        _demand(value.strip(), path, "must not be blank")
        _text(path, value, cap)


def _unique(path: str, values: Collection[str]) -> None:
    if len(set(values)) < len(values):
        raise _wrong(path, "the same twice")


def _between(path: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise _wrong(path, f"must be between {least} and {most}")


def _aware(moment: datetime | None) -> None:
    if moment is not None and moment.tzinfo is None:
        raise _wrong("entry.data_update_time", "a moment has a time zone")


def _wrong(path: str, message: str) -> InvalidInputError:
    return InvalidInputError(f"{path}: {message}", field=path, zh=f"{path} 不符合目录编制要求", next_action="mend the field named")
