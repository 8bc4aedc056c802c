"""License types as data: what kinds of license there are, who holds them, which fields they carry and how long they run.

The types stand in `types.toml`; no program branches on a type. The loader says which block is wrong and how.
"""

import calendar
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from hub.errors import ConfigError, InvalidInputError, NotFoundError
from licenses.identifier import is_uscc

LONG_TERM: Final = "长期"
PERSON: Final = "111"
ORGANISATION: Final = "001"
_FILE: Final = Path(__file__).with_name("types.toml")
_TERM: Final = re.compile(r"([1-9][0-9]{0,2}) (years|months|days)")
_FIELD_NAME: Final = re.compile(r"KZ_[A-Z0-9_]{1,32}")
_TYPE_CODE: Final = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
_TYPE_KEYS: Final = frozenset(
    {"code", "verified", "zh", "en", "authority", "authority_name", "issued_by", "holder_kinds", "holders", "validity", "longest", "field"},
)
_FIELD_KEYS: Final = frozenset({"name", "zh", "en", "required", "pattern"})
_MAX_PUBLIC: Final = 8
_MONTHS: Final = 12

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Term:
    """How long a license runs: months and days, or without end (长期) when both are None."""

    months: int | None = None
    days: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Term":
        """Read "长期", "5 years", "6 months" or "30 days"."""
        if text == LONG_TERM:
            return cls()
        match = _TERM.fullmatch(text)
        if match is None:
            raise InvalidInputError('a term is "长期" or a number with "years", "months" or "days"', field="validity", reason="TERM")
        number = int(match[1])
        return {"years": cls(months=number * _MONTHS), "months": cls(months=number), "days": cls(days=number)}[match[2]]

    def last_day(self, first: date) -> date | None:
        """Return the last day of a term that begins on `first`, None for 长期: one year from 2025-03-01 runs to 2026-02-28."""
        if self.days is not None:
            return first + timedelta(days=self.days - 1)
        if self.months is None:
            return None
        year, month = divmod(first.year * _MONTHS + first.month - 1 + self.months, _MONTHS)
        ends = date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))
        return ends - timedelta(days=1) if ends.day == first.day else ends

    def allows(self, first: date, last: date | None) -> bool:
        """Tell whether a license from `first` to `last` (None: 长期) is no longer than this term."""
        longest = self.last_day(first)
        return longest is None or (last is not None and last <= longest)


@dataclass(frozen=True, slots=True)
class BusinessField:
    """One business field (KZ_*, GB/T 36903) of a license type; a public one stands on the static code."""

    name: str
    zh: str
    en: str
    required: bool
    pattern: re.Pattern[str]
    public: bool

    def check(self, value: str | None) -> None:
        """Refuse an absent value where one is required, and one that does not fit; the value is never repeated."""
        if value is None:
            if self.required:
                raise InvalidInputError(f"{self.name} ({self.en}) is missing", zh=f"缺少{self.zh}", field=self.name, reason="FIELD_MISSING")
        elif not self.pattern.fullmatch(value):
            raise InvalidInputError(f"{self.name} ({self.en}) is not well formed", zh=f"{self.zh}格式错误", field=self.name, reason="FIELD_SHAPE")


@dataclass(frozen=True, slots=True)
class LicenseType:
    """One kind of license, as its defining authority describes it."""

    code: str
    verified: bool
    zh: str
    en: str
    authority: str
    authority_name: str
    issued_by: str
    holder_kinds: frozenset[str]
    holders: int
    validity: Term
    longest: Term
    fields: tuple[BusinessField, ...]

    def check(self, values: Mapping[str, str]) -> None:
        """Refuse business fields that this type does not have, lacks, or that do not fit their pattern."""
        if unknown := values.keys() - {field.name for field in self.fields}:
            name = min(unknown)[:40]
            raise InvalidInputError(f"{self.en} has no field {name!r}", zh=f"{self.zh}没有信息项{name}", field=name, reason="FIELD_UNKNOWN")
        for field in self.fields:
            field.check(values.get(field.name))

    def public_of(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return those of the values that may stand on a static code."""
        return {field.name: values[field.name] for field in self.fields if field.public and field.name in values}


class LicenseTypes(Mapping[str, LicenseType]):
    """All license types by code."""

    def __init__(self, types: Mapping[str, LicenseType]) -> None:
        """Keep the types in the order of their file."""
        self._types = dict(types)

    def __getitem__(self, code: str) -> LicenseType:
        return self._types[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)

    def known(self, code: str) -> LicenseType:
        """Return a type by its code; an unknown code is a `NotFoundError`."""
        if code not in self._types:
            raise NotFoundError("there is no such license type", zh="没有该证照类型", next_action="list the license types")
        return self._types[code]


def load(path: Path = _FILE) -> LicenseTypes:
    """Read the license types of a file; a wrong file is a `ConfigError` that names block and key."""
    try:
        return read(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"cannot read {path.name}", next_action="restore the file of license types") from problem


def read(text: str) -> LicenseTypes:
    """Read license types from TOML text."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"the license types are not TOML: {problem}") from problem
    blocks = document.get("type")
    if document.keys() != {"type"} or not isinstance(blocks, list):
        raise ConfigError("the license types are a list of [[type]] blocks and nothing else")
    types: dict[str, LicenseType] = {}
    for number, block in enumerate(blocks, 1):
        made = _type_of(block, f"type {number}")
        if made.code in types:
            raise ConfigError(f"type {number}: the code {made.code} stands twice")
        types[made.code] = made
    return LicenseTypes(types)


def _type_of(block: Any, place: str) -> LicenseType:
    _keys(block, _TYPE_KEYS, frozenset(), place)
    code, authority = _get(block, "code", str, place), _get(block, "authority", str, place)
    if not _TYPE_CODE.fullmatch(code) or not is_uscc(authority) or not code.startswith(authority):  # GB/T 36904
        raise ConfigError(f"{place}: code is the USCC of the authority and three digits")
    kinds = _get(block, "holder_kinds", list, place)
    if not kinds or not set(kinds) <= {PERSON, ORGANISATION}:
        raise ConfigError(f"{place}: holder_kinds are 111 (citizen) and 001 (organisation)")
    if (holders := _get(block, "holders", int, place)) < 1:
        raise ConfigError(f"{place}: holders is at least 1")
    return LicenseType(
        code=code,
        verified=_get(block, "verified", bool, place),
        zh=_get(block, "zh", str, place),
        en=_get(block, "en", str, place),
        authority=authority,
        authority_name=_get(block, "authority_name", str, place),
        issued_by=_get(block, "issued_by", str, place),
        holder_kinds=frozenset(kinds),
        holders=holders,
        validity=_term(block, "validity", place),
        longest=_term(block, "longest", place),
        fields=_fields(_get(block, "field", list, place), place),
    )


def _fields(blocks: list[Any], place: str) -> tuple[BusinessField, ...]:
    fields = tuple(_field_of(block, f"{place}, field {number}") for number, block in enumerate(blocks, 1))
    if len({field.name for field in fields}) != len(fields):
        raise ConfigError(f"{place}: a field stands twice")
    if sum(field.public for field in fields) > _MAX_PUBLIC:
        raise ConfigError(f"{place}: a code holds at most {_MAX_PUBLIC} public fields")
    return fields


def _field_of(block: Any, place: str) -> BusinessField:
    _keys(block, _FIELD_KEYS, frozenset({"public"}), place)
    name = _get(block, "name", str, place)
    if not _FIELD_NAME.fullmatch(name):
        raise ConfigError(f"{place}: the name of a business field is KZ_ and capitals")
    try:
        pattern = re.compile(_get(block, "pattern", str, place))
    except re.error as problem:
        raise ConfigError(f"{place}: pattern of {name}: {problem}") from problem
    public = _get(block, "public", bool, place) if "public" in block else False
    return BusinessField(name, _get(block, "zh", str, place), _get(block, "en", str, place), _get(block, "required", bool, place), pattern, public)


def _term(block: Mapping[str, Any], key: str, place: str) -> Term:
    try:
        return Term.parse(_get(block, key, str, place))
    except InvalidInputError as problem:
        raise ConfigError(f"{place}: {key}: {problem.message}") from problem


def _keys(block: Any, required: frozenset[str], optional: frozenset[str], place: str) -> None:
    if not isinstance(block, dict):
        raise ConfigError(f"{place}: not a table")
    if missing := required - block.keys():
        raise ConfigError(f"{place}: missing {', '.join(sorted(missing))}")
    if unknown := block.keys() - required - optional:
        raise ConfigError(f"{place}: unknown {', '.join(sorted(unknown))}")


def _get(block: Mapping[str, Any], key: str, kind: type[_T], place: str) -> _T:
    value = block[key]
    if type(value) is not kind or value == "":
        raise ConfigError(f"{place}: {key} is not a {kind.__name__}, or empty")
    return value
