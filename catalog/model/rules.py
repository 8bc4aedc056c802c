"""What an entry must say before anybody may see it: 政务信息资源目录编制指南(试行), 政务数据共享条例 (Decree 809).

Every rule has a row of its own in `catalog/reasons.py`; a refusal names the field by its path in the request.
"""

import re
from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from typing import Final, TypeVar

from catalog.model.assessment import check_assessment
from catalog.model.content import EntryContent, Field
from catalog.model.legal import rests_on_national_law
from catalog.model.predicate import check_predicates
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
    REGION_FIELD_UNKNOWN,
    REGION_FIELD_WRONG,
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
from hub.faults import Faults
from hub.identifiers import FORMS
from shuniu.identifiers.uscc import parse_uscc

_C = TypeVar("_C", bound=EntryContent)

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


def check_entry(content: _C, name: str = "", beside: Faults | None = None) -> _C:
    """Return the content with its texts folded; raise InvalidInputError with all rules that it breaks. `name` is that of its entry, once it has one.

    `beside` are faults that were found before, when the content was read.
    """
    # folding checks caps and ID numbers too: at submit and publish, what was stored is judged by today's rules
    unfit = Faults(beside)
    content = fold_texts(content, unfit)
    faults = Faults(unfit)
    _check_identity(faults, content)
    if not faults.about("entry.share_type"):
        _check_sharing(faults, content)
        _check_refusal(faults, content)
    if not faults.about("entry.open_type"):
        _check_opening(faults, content)
    _check_limits(faults, content)
    _check_fields(faults, content.fields)
    _check_access(faults, content)
    _check_subject(faults, content)
    _check_region_field(faults, content)
    _check_source(faults, content, name)
    check_assessment(faults, content)
    check_predicates(faults, content)
    faults.refuse()
    return content


def check_purpose(purpose: str, field: str) -> None:
    """Refuse a text that is no service item code 事项编码."""
    if _PURPOSE.fullmatch(purpose) is None:
        raise PURPOSE_CODE_SHAPE(field=field)


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


def _check_identity(faults: Faults, content: EntryContent) -> None:
    # GB 32100-2015; a new entry that names no provider is its caller's
    if content.provider and faults.take(lambda: parse_uscc(content.provider, "entry.provider"), content.provider) != content.provider:
        faults.add(PROVIDER_SPELLING(field="entry.provider"))
    _match(faults, content.resource_code, _RESOURCE_CODE, RESOURCE_CODE_SHAPE, "entry.resource_code")
    _match(faults, content.region, _REGION, REGION_SHAPE, "entry.region")
    if content.steward_phone:
        _match(faults, content.steward_phone, _PHONE, PHONE_SHAPE, "entry.steward_phone")
    _check_list(faults, content.keywords, MAX_ITEMS, "entry.keywords")
    if not content.class_path:
        faults.add(CLASS_PATH_MISSING(field="entry.class_path"))
    _check_list(faults, content.class_path, MAX_ITEMS, "entry.class_path")
    if content.data_update_time is not None and content.data_update_time.tzinfo is None:
        faults.add(TIME_WITHOUT_ZONE(field="entry.data_update_time"))


def _check_sharing(faults: Faults, content: EntryContent) -> None:
    conditional = content.share_type is ShareType.CONDITIONAL
    if conditional and not content.share_condition:  # 政务信息资源共享管理暂行办法 art. 10: 有条件共享 states its conditions
        faults.add(SHARE_CONDITION_MISSING(field="entry.share_condition"))
    if content.share_condition and not conditional:
        faults.add(SHARE_CONDITION_IDLE(field="entry.share_condition"))
    if content.share_type is not ShareType.REFUSED and not content.modes:
        faults.add(MODES_MISSING(field="entry.modes"))
    if len(set(content.modes)) < len(content.modes):
        faults.add(MODE_LISTED_TWICE(field="entry.modes"))


def _check_limits(faults: Faults, content: EntryContent) -> None:
    _check_list(faults, content.purposes, MAX_PURPOSES, "entry.purposes")
    if not all(map(_PURPOSE.fullmatch, content.purposes)):
        faults.add(PURPOSE_CODE_SHAPE(field="entry.purposes"))
    _check_range(faults, content.retention_days, 0, LONGEST_RETENTION, "entry.retention_days")


def _check_refusal(faults: Faults, content: EntryContent) -> None:
    if content.share_type is not ShareType.REFUSED:
        for name in ("refusal_reason", "refusal_basis"):
            if getattr(content, name):
                faults.add(REFUSAL_GROUND_IDLE(field=f"entry.{name}"))
        return
    if not content.refusal_reason:
        faults.add(REFUSAL_REASON_MISSING(field="entry.refusal_reason"))
    if not rests_on_national_law(content.refusal_basis):  # Decree 809 art. 15: local rules do not count
        faults.add(NO_NATIONAL_LAW(field="entry.refusal_basis"))


def _check_opening(faults: Faults, content: EntryContent) -> None:
    conditional = content.open_type is OpenType.CONDITIONAL
    if conditional and not content.open_condition:
        faults.add(OPEN_CONDITION_MISSING(field="entry.open_condition"))
    if content.open_condition and not conditional:
        faults.add(OPEN_CONDITION_IDLE(field="entry.open_condition"))


def _check_fields(faults: Faults, fields: Collection[Field]) -> None:
    if not fields:
        faults.add(FIELDS_MISSING(field="entry.fields"))
    _check_list(faults, [field.name for field in fields], MAX_FIELDS, "entry.fields")
    if sum(field.key for field in fields) > 1:
        faults.add(SEVERAL_KEYS(field="entry.fields"))
    for place, field in enumerate(fields):
        _check_field(faults, field, f"entry.fields[{place}]")


def _check_field(faults: Faults, field: Field, path: str) -> None:
    _match(faults, field.name, _FIELD_NAME, FIELD_NAME_SHAPE, f"{path}.name")
    _check_range(faults, field.length, 0, LONGEST_VALUE, f"{path}.length")
    _check_range(faults, field.sensitivity, 1, HIGHEST_SENSITIVITY, f"{path}.sensitivity")
    if field.personal_category and not field.personal:
        faults.add(PERSONAL_CATEGORY_IDLE(field=f"{path}.personal_category"))
    keeps = faults.take(lambda: parse_mask(field.mask, f"{path}.mask"), None)
    if faults.about(f"{path}.type"):
        return
    if (keeps and field.type is not FieldType.STRING) or (field.mask == "year" and field.type not in _DATED):
        faults.add(MASK_OF_OTHER_TYPE(field=f"{path}.mask", mask=field.mask, type=field.type))
    shown = field.length - least_hidden(field.length)
    if keeps and field.length and sum(keeps) > shown:
        faults.add(MASK_SHOWS_NOTHING(field=f"{path}.mask", mask=field.mask, length=field.length, most=shown))


def _check_access(faults: Faults, content: EntryContent) -> None:
    # the other ways do not look for one subject; without any field, that is what is said
    if ShareMode.QUERY in content.modes and content.fields and content.key_field is None:
        faults.add(QUERY_WITHOUT_KEY(field="entry.fields"))
    # an answer is compared with what was asked for: nothing else has one spelling in every database
    if ShareMode.QUERY in content.modes and content.key_field is not None and content.key_field.type not in _KEYS:
        faults.add(KEY_OF_OTHER_TYPE(field="entry.fields"))
    if bool(content.serving_system) != bool(content.serving_resource):
        faults.add(SERVING_INCOMPLETE(field="entry.serving_system"))
    if content.serving_system:
        _match(faults, content.serving_system, SYSTEM_NAME, SYSTEM_NAME_SHAPE, "entry.serving_system")


def _check_subject(faults: Faults, content: EntryContent) -> None:
    if content.subject_domain not in SUBJECT_DOMAINS:
        faults.add(SUBJECT_DOMAIN_UNKNOWN(field="entry.subject_domain"))
    if content.subject_domain and content.fields and content.key_field is None:
        faults.add(SUBJECT_WITHOUT_KEY(field="entry.subject_domain"))


def _check_region_field(faults: Faults, content: EntryContent) -> None:
    """By it whole regions are given (Decree 809 art. 24), so it is a text and says nothing of a person."""
    if not content.region_field or not content.fields:
        return
    found = next((field for field in content.fields if field.name == content.region_field), None)
    if found is None:
        faults.add(REGION_FIELD_UNKNOWN(field="entry.region_field"))
    elif found.type is not FieldType.STRING or found.personal or (found.key and content.subject_domain):
        faults.add(REGION_FIELD_WRONG(field="entry.region_field", name=found.name))


def _check_source(faults: Faults, content: EntryContent, name: str) -> None:
    origins, path = content.source.derived_from, "entry.source.derived_from"
    _check_list(faults, origins, MAX_ITEMS, path)
    if not all(map(_ENTRY_NAME.fullmatch, origins)):
        faults.add(DERIVED_FROM_SHAPE(field=path))
    if name in origins:
        faults.add(DERIVED_FROM_ITSELF(field=path))


def _check_list(faults: Faults, values: Collection[str], most: int, path: str) -> None:
    """Refuse a list that is too long or names something twice."""
    if len(values) > most:
        faults.add(TOO_MANY(field=path, most=most))
    # one that is empty twice is missing twice, which its own rule says
    twice = next((value for value, times in Counter(values).items() if times > 1 and value), None)
    if twice is not None:
        faults.add(LISTED_TWICE(field=path, item=twice))


def _check_range(faults: Faults, value: int, least: int, most: int, path: str) -> None:
    if not least <= value <= most:
        faults.add(OUT_OF_RANGE(field=path, least=least, most=most))


def _match(faults: Faults, text: str, shape: re.Pattern[str], reason: Reason[InvalidInputError], path: str) -> None:
    if shape.fullmatch(text) is None:
        faults.add(reason(field=path))
