"""Reads the license types of a file (`types.toml`); what is wrong is named by block and key."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from hub.errors import InvalidInputError
from hub.operator_file import OperatorFile, read_file
from licenses.license_type import BusinessField, LicenseType, LicenseTypes, Term
from licenses.model import ORGANISATION, PERSON
from licenses.reasons.type_file import (
    CODE_TWICE,
    CODE_WRONG,
    FIELD_NAME_WRONG,
    FIELD_TWICE,
    HOLDER_KINDS_WRONG,
    HOLDERS_WRONG,
    KEYS_MISSING,
    KEYS_UNKNOWN,
    NOT_A_TABLE,
    NOT_BLOCKS,
    NOT_TOML,
    PATTERN_WRONG,
    TERM_WRONG,
    TOO_MANY_PUBLIC,
    VALUE_WRONG,
)
from shuniu.identifiers.uscc import is_uscc
from shuniu.words import Word

_FILE: Final = Path(__file__).with_name("types.toml")
_FIELD_NAME: Final = re.compile(r"KZ_[A-Z0-9_]{1,32}")
_TYPE_CODE: Final = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
_TYPE_KEYS: Final = frozenset(
    {"code", "verified", "zh", "en", "authority", "authority_name", "issued_by", "holder_kinds", "holders", "validity", "longest", "field"},
)
_FIELD_KEYS: Final = frozenset({"name", "zh", "en", "required", "pattern"})
_MAX_PUBLIC: Final = 8
_KINDS: Final[Mapping[type, Word]] = {
    str: Word("str", "a text", "文本"),
    int: Word("int", "a whole number", "整数"),
    bool: Word("bool", "true or false", "布尔值"),
    list: Word("list", "a list", "列表"),
}

_T = TypeVar("_T")


def load(path: Path = _FILE) -> LicenseTypes:
    """Read the license types of a file; a wrong file is a `ConfigError` that names line, block and key."""
    return read(read_file(path, "license_types"), path.name if path == _FILE else str(path))


def types_of(file: str) -> LicenseTypes:
    """Return the license types of the file that the configuration names as `license_types`; the shipped ones where it names none."""
    return load(Path(file) if file else _FILE)


def read(text: str, name: str = "types.toml") -> LicenseTypes:
    """Read license types from TOML text; `name` is what the file is called in an error."""
    file = OperatorFile(name, text)
    with file.block():
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as problem:
            raise NOT_TOML(problem=problem) from problem
        blocks = document.get("type")
        if document.keys() != {"type"} or not isinstance(blocks, list):
            raise NOT_BLOCKS()
    types: dict[str, LicenseType] = {}
    for number, block in enumerate(blocks, 1):
        place = Word(f"type {number}", f"type {number}", f"第{number}个证照类型")
        with file.block(("type", number)):
            kind = _type_of(block, place, file)
            if kind.code in types:
                raise CODE_TWICE(place=place, code=kind.code, key="code")
        types[kind.code] = kind
    return LicenseTypes(types)


def _type_of(block: Any, place: Word, file: OperatorFile) -> LicenseType:
    _keys(block, _TYPE_KEYS, frozenset(), place)
    code, authority = _get(block, "code", str, place), _get(block, "authority", str, place)
    if not _TYPE_CODE.fullmatch(code) or not is_uscc(authority) or not code.startswith(authority):  # GB/T 36904
        raise CODE_WRONG(place=place, key="code")
    kinds = _get(block, "holder_kinds", list, place)
    if not kinds or not set(kinds) <= {PERSON, ORGANISATION}:
        raise HOLDER_KINDS_WRONG(place=place, key="holder_kinds")
    if (holders := _get(block, "holders", int, place)) < 1:
        raise HOLDERS_WRONG(place=place, key="holders")
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
        fields=_fields(_get(block, "field", list, place), place, file),
    )


def _fields(blocks: list[Any], place: Word, file: OperatorFile) -> tuple[BusinessField, ...]:
    fields = tuple(_numbered(block, number, place, file) for number, block in enumerate(blocks, 1))
    if len({field.name for field in fields}) != len(fields):
        raise FIELD_TWICE(place=place)
    if sum(field.public for field in fields) > _MAX_PUBLIC:
        raise TOO_MANY_PUBLIC(place=place, most=_MAX_PUBLIC)
    return fields


def _numbered(block: Any, number: int, place: Word, file: OperatorFile) -> BusinessField:
    of_type = int(place.id.rpartition(" ")[2])
    with file.block(("type", of_type), ("type.field", number)):
        return _field_of(block, Word(f"{place}, field {number}", f"{place.en}, field {number}", f"{place.zh}第{number}个信息项"))


def _field_of(block: Any, place: Word) -> BusinessField:
    _keys(block, _FIELD_KEYS, frozenset({"public"}), place)
    name = _get(block, "name", str, place)
    if not _FIELD_NAME.fullmatch(name):
        raise FIELD_NAME_WRONG(place=place, key="name")
    try:
        pattern = re.compile(_get(block, "pattern", str, place))
    except re.error as problem:
        raise PATTERN_WRONG(place=place, name=name, problem=problem, key="pattern") from problem
    public = _get(block, "public", bool, place) if "public" in block else False
    return BusinessField(name, _get(block, "zh", str, place), _get(block, "en", str, place), _get(block, "required", bool, place), pattern, public)


def _term(block: Mapping[str, Any], key: str, place: Word) -> Term:
    try:
        return Term.parse(_get(block, key, str, place))
    except InvalidInputError as problem:
        raise TERM_WRONG(place=place, key=key) from problem


def _keys(block: Any, required: frozenset[str], optional: frozenset[str], place: Word) -> None:
    if not isinstance(block, dict):
        raise NOT_A_TABLE(place=place)
    if missing := required - block.keys():
        raise KEYS_MISSING(place=place, keys=", ".join("[[type.field]]" if key == "field" else key for key in sorted(missing)))
    if unknown := block.keys() - required - optional:
        raise KEYS_UNKNOWN(place=place, keys=", ".join(sorted(unknown)), key=min(unknown))


def _get(block: Mapping[str, Any], key: str, kind: type[_T], place: Word) -> _T:
    value = block[key]
    # by its very type: True is an int too
    if type(value) is not kind or value == "":
        raise VALUE_WRONG(place=place, key=key, kind=_KINDS[kind])
    return value
