"""What an entry must say before anybody may see it: 政务信息资源目录编制指南(试行), 政务数据共享条例 (Decree 809).

Every rule has a row of its own in `catalog/reasons.py`; a refusal names the field by its path in the request.
"""

import re
from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from typing import Final

from catalog.model.content import EntryContent, Field
from catalog.model.legal import rests_on_national_law
from catalog.model.texts import fold_texts
from catalog.model.words import FieldType, OpenType, ShareMode, ShareType
from catalog.reasons import (
    CLASS_PATH_MISSING,
    DERIVED_FROM_ITSELF,
    DERIVED_FROM_SHAPE,
    FIELD_NAME_SHAPE,
    FIELDS_MISSING,
    KEY_OF_OTHER_TYPE,
    LISTED_TWICE,
    MASK_OF_OTHER_TYPE,
    MASK_SHAPE,
    MASK_SHOWS_NOTHING,
    MODE_LISTED_TWICE,
    MODES_MISSING,
    NO_NATIONAL_LAW,
    OPEN_CONDITION_IDLE,
    OPEN_CONDITION_MISSING,
    OUT_OF_RANGE,
    PERSONAL_CATEGORY_IDLE,
    PHONE_SHAPE,
    PROVIDER_SPELLING,
    PURPOSE_CODE_SHAPE,
    QUERY_WITHOUT_KEY,
    REFUSAL_GROUND_IDLE,
    REFUSAL_REASON_MISSING,
    REGION_SHAPE,
    RESOURCE_CODE_SHAPE,
    SERVING_INCOMPLETE,
    SEVERAL_KEYS,
    SHARE_CONDITION_IDLE,
    SHARE_CONDITION_MISSING,
    SUBJECT_DOMAIN_UNKNOWN,
    SUBJECT_WITHOUT_KEY,
    SYSTEM_NAME_SHAPE,
    TIME_WITHOUT_ZONE,
    TOO_MANY,
)
from certs.model import SYSTEM_NAME
from hub.errors import InvalidInputError, Reason
from hub.identifiers import FORMS
from shuniu.identifiers.uscc import parse_uscc

MAX_FIELDS: Final = 256
MAX_PURPOSES: Final = 256
MAX_ITEMS: Final = 32
HIGHEST_SENSITIVITY: Final = 4  # 1 is public
LONGEST_VALUE: Final = 1_000_000_000
LONGEST_RETENTION: Final = 36_500  # days, about a hundred years
SUBJECT_DOMAINS: Final = ("", *FORMS)

_RESOURCE_CODE: Final = re.compile(r"[0-9][0-9A-Za-z]{0,39}/[0-9A-Za-z]{1,40}")  # 类 项目 细目 / sequence; provinces differ in the lengths
_REGION: Final = re.compile(r"[0-9]{6}")  # GB/T 2260
_PHONE: Final = re.compile(r"[0-9+() -]{5,30}")
_FIELD_NAME: Final = re.compile(r"[a-z0-9_]{1,63}")
_PURPOSE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")  # 事项编码
_ENTRY_NAME: Final = re.compile(r"entries/[0-9a-hjkmnp-tv-z]{26}")  # a ULID in small letters has no i, l, o and u
_HIDDEN: Final = 4
_MASK: Final = re.compile(r"keep:([0-9]{1,4}),([0-9]{1,4})")
_KEYS: Final = frozenset({FieldType.STRING, FieldType.INT64, FieldType.DECIMAL})
_DATED: Final = frozenset({FieldType.STRING, FieldType.DATE, FieldType.TIMESTAMP})


def check_entry(content: EntryContent, name: str = "") -> None:
    """Raise InvalidInputError for the first rule that the content breaks; `name` is that of its entry, once it has one."""
    # folding checks caps and ID numbers too: at submit and publish, what was stored is judged by today's rules
    content = fold_texts(content)
    _check_identity(content)
    _check_sharing(content)
    _check_refusal(content)
    _check_opening(content)
    _check_fields(content.fields)
    _check_access(content)
    _check_subject(content)
    _check_source(content, name)


def check_purpose(purpose: str, field: str) -> None:
    """Refuse a text that is no service item code 事项编码."""
    _match(purpose, _PURPOSE, PURPOSE_CODE_SHAPE, field)


# cached: the exchange reads the rule for every masked value of every answer
@lru_cache(1024)
def parse_mask(rule: str, field: str = "mask") -> tuple[int, int] | None:
    """Return the counts of a `keep:A,B` rule, None for the other rules ("", year, hide); raise InvalidInputError for anything else."""
    if rule in {"", "year", "hide"}:
        return None
    found = _MASK.fullmatch(rule)
    if found is None:
        raise MASK_SHAPE(field=field)
    return int(found[1]), int(found[2])


def least_hidden(length: int) -> int:
    """Return how many characters of a text of that length a `keep` rule covers at least.

    Half of a text of up to 8 characters, 4 of a longer one, and never less than a third: so much that 18-digit numbers may keep 6 and 4 of them,
    and telephone numbers 3 and 4, which is how they are masked everywhere, and that whoever guesses the rest has 10,000 numbers to try.
    """
    return max(min(-(-length // 2), _HIDDEN), -(-length // 3))


def _check_identity(content: EntryContent) -> None:
    if parse_uscc(content.provider) != content.provider:  # GB 32100-2015
        raise PROVIDER_SPELLING(field="entry.provider")
    _match(content.resource_code, _RESOURCE_CODE, RESOURCE_CODE_SHAPE, "entry.resource_code")
    _match(content.region, _REGION, REGION_SHAPE, "entry.region")
    if content.steward_phone:
        _match(content.steward_phone, _PHONE, PHONE_SHAPE, "entry.steward_phone")
    _check_list(content.keywords, MAX_ITEMS, "entry.keywords")
    if not content.class_path:
        raise CLASS_PATH_MISSING(field="entry.class_path")
    _check_list(content.class_path, MAX_ITEMS, "entry.class_path")
    if content.data_update_time is not None and content.data_update_time.tzinfo is None:
        raise TIME_WITHOUT_ZONE(field="entry.data_update_time")


def _check_sharing(content: EntryContent) -> None:
    conditional = content.share_type is ShareType.CONDITIONAL
    if conditional and not content.share_condition:  # 政务信息资源共享管理暂行办法 art. 10: 有条件共享 states its conditions
        raise SHARE_CONDITION_MISSING(field="entry.share_condition")
    if content.share_condition and not conditional:
        raise SHARE_CONDITION_IDLE(field="entry.share_condition")
    if content.share_type is not ShareType.REFUSED and not content.modes:
        raise MODES_MISSING(field="entry.modes")
    if len(set(content.modes)) < len(content.modes):
        raise MODE_LISTED_TWICE(field="entry.modes")
    _check_list(content.purposes, MAX_PURPOSES, "entry.purposes")
    for purpose in content.purposes:
        check_purpose(purpose, "entry.purposes")
    _check_range(content.retention_days, 0, LONGEST_RETENTION, "entry.retention_days")


def _check_refusal(content: EntryContent) -> None:
    if content.share_type is not ShareType.REFUSED:
        for name in ("refusal_reason", "refusal_basis"):
            if getattr(content, name):
                raise REFUSAL_GROUND_IDLE(field=f"entry.{name}")
        return
    if not content.refusal_reason:
        raise REFUSAL_REASON_MISSING(field="entry.refusal_reason")
    if not rests_on_national_law(content.refusal_basis):  # Decree 809 art. 15: local rules do not count
        raise NO_NATIONAL_LAW(field="entry.refusal_basis")


def _check_opening(content: EntryContent) -> None:
    conditional = content.open_type is OpenType.CONDITIONAL
    if conditional and not content.open_condition:
        raise OPEN_CONDITION_MISSING(field="entry.open_condition")
    if content.open_condition and not conditional:
        raise OPEN_CONDITION_IDLE(field="entry.open_condition")


def _check_fields(fields: Collection[Field]) -> None:
    if not fields:
        raise FIELDS_MISSING(field="entry.fields")
    _check_list([field.name for field in fields], MAX_FIELDS, "entry.fields")
    if sum(field.key for field in fields) > 1:
        raise SEVERAL_KEYS(field="entry.fields")
    for place, field in enumerate(fields):
        _check_field(field, f"entry.fields[{place}]")


def _check_field(field: Field, path: str) -> None:
    _match(field.name, _FIELD_NAME, FIELD_NAME_SHAPE, f"{path}.name")
    _check_range(field.length, 0, LONGEST_VALUE, f"{path}.length")
    _check_range(field.sensitivity, 1, HIGHEST_SENSITIVITY, f"{path}.sensitivity")
    if field.personal_category and not field.personal:
        raise PERSONAL_CATEGORY_IDLE(field=f"{path}.personal_category")
    keeps = parse_mask(field.mask, f"{path}.mask")
    if (keeps and field.type is not FieldType.STRING) or (field.mask == "year" and field.type not in _DATED):
        raise MASK_OF_OTHER_TYPE(field=f"{path}.mask", mask=field.mask, type=field.type)
    shown = field.length - least_hidden(field.length)
    if keeps and field.length and sum(keeps) > shown:
        raise MASK_SHOWS_NOTHING(field=f"{path}.mask", mask=field.mask, length=field.length, most=shown)


def _check_access(content: EntryContent) -> None:
    # the other ways do not look for one subject
    if ShareMode.QUERY in content.modes and content.key_field is None:
        raise QUERY_WITHOUT_KEY(field="entry.fields")
    # an answer is compared with what was asked for: nothing else has one spelling in every database
    if ShareMode.QUERY in content.modes and content.key_field is not None and content.key_field.type not in _KEYS:
        raise KEY_OF_OTHER_TYPE(field="entry.fields")
    if bool(content.serving_system) != bool(content.serving_resource):
        raise SERVING_INCOMPLETE(field="entry.serving_system")
    if content.serving_system:
        _match(content.serving_system, SYSTEM_NAME, SYSTEM_NAME_SHAPE, "entry.serving_system")


def _check_subject(content: EntryContent) -> None:
    if content.subject_domain not in SUBJECT_DOMAINS:
        raise SUBJECT_DOMAIN_UNKNOWN(field="entry.subject_domain")
    if content.subject_domain and content.key_field is None:
        raise SUBJECT_WITHOUT_KEY(field="entry.subject_domain")


def _check_source(content: EntryContent, name: str) -> None:
    origins, path = content.source.derived_from, "entry.source.derived_from"
    _check_list(origins, MAX_ITEMS, path)
    for origin in origins:
        _match(origin, _ENTRY_NAME, DERIVED_FROM_SHAPE, path)
    if name in origins:
        raise DERIVED_FROM_ITSELF(field=path)


def _check_list(values: Collection[str], most: int, path: str) -> None:
    """Refuse a list that is too long or names something twice."""
    if len(values) > most:
        raise TOO_MANY(field=path, most=most)
    twice = next((value for value, times in Counter(values).items() if times > 1), None)
    if twice is not None:
        raise LISTED_TWICE(field=path, item=twice)


def _check_range(value: int, least: int, most: int, path: str) -> None:
    if not least <= value <= most:
        raise OUT_OF_RANGE(field=path, least=least, most=most)


def _match(text: str, shape: re.Pattern[str], reason: Reason[InvalidInputError], path: str) -> None:
    if shape.fullmatch(text) is None:
        raise reason(field=path)
