"""Compares what a provider serves with an entry of the directory: judged by one code at the department and in the hub, in the same words.

Pure: values in, findings out. What Describe says of a resource becomes a `ServedResource` in `shuniu.provider.description`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from shuniu.catalogue import CatalogueError, Reason
from shuniu.provider.reasons import (
    COLUMN_LONGER,
    COLUMN_MISSING,
    COLUMN_NULLABLE,
    COLUMN_SPELT_OTHERWISE,
    KEY_COLUMN_MISSING,
    OTHER_KEY,
    OTHER_TYPE,
    RESOURCE_NOT_SERVED,
)
from shuniu.words import Word

TEXT: Final = "string"
TYPES: Final[Mapping[str, Word]] = {
    TEXT: Word(TEXT, "text", "文本"),
    "int64": Word("int64", "whole numbers", "整数"),
    "double": Word("double", "floating-point numbers", "浮点数"),
    "bool": Word("bool", "truth values", "布尔值"),
    "decimal": Word("decimal", "decimals", "小数"),
    "date": Word("date", "dates", "日期"),
    "timestamp": Word("timestamp", "moments", "时间"),
    "bytes": Word("bytes", "binary data", "二进制数据"),
}
"""The types of values (FieldType of catalog.proto, without its prefix and in small letters). An entry's type takes values of just that type."""
_LONGEST_NAME: Final = 64
"""Characters of a name shown: the other side chose it."""


class EntryField(Protocol):
    """What is compared of one field of an entry; `length` 0 means not limited."""

    @property
    def name(self) -> str:
        """Return the name, which is the column's too."""

    @property
    def type(self) -> str:
        """Return the type, one of `TYPES`."""

    @property
    def length(self) -> int:
        """Return the greatest length in characters."""

    @property
    def nullable(self) -> bool:
        """Tell whether there may be no value."""


@dataclass(frozen=True)
class ServedColumn:
    """One column as a provider describes it: `value_type` is one of `TYPES`, empty where it does not say; `length` 0 is no limit, or not known."""

    name: str
    value_type: str = ""
    length: int = 0
    nullable: bool = True


@dataclass(frozen=True)
class ServedResource:
    """One resource as a provider describes it.

    `row_count` and `newest_row_time` are None where it does not say; they change with its rows, and are no part of what two descriptions
    differ in.
    """

    name: str
    key: str
    columns: tuple[ServedColumn, ...]
    row_count: int | None = field(default=None, compare=False)
    newest_row_time: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Finding:
    """One difference. It contradicts the entry where records could not be carried as the entry says; else it is worth knowing.

    `field` is the entry's, empty where the whole resource is meant; `reason` is the stable code; the texts are safe to show.
    """

    field: str
    reason: str
    en: str
    zh: str
    next_en: str
    next_zh: str
    contradicts: bool

    @property
    def message(self) -> str:
        """Return the English text with the next action."""
        return f"{self.en}; {self.next_en}"

    @property
    def message_zh(self) -> str:
        """Return the Chinese text with the next action."""
        return f"{self.zh}；{self.next_zh}"


def compare(served: ServedResource, fields: Iterable[EntryField], key: str) -> tuple[Finding, ...]:
    """Return what differs between a resource and an entry's fields, in their order; `key` names the entry's key field, empty where it has none.

    What a provider does not say (the value types of one of an earlier release, or of a function) is not compared.
    """
    columns = {column.name: column for column in served.columns}
    findings = [found for field in fields for found in _of_field(served, columns, field, is_key=field.name == key)]
    if key and key in columns and served.key != key:
        findings.append(_finding(OTHER_KEY, key, True, resource=_shown(served.name), served=_shown(served.key)))
    return tuple(findings)


def absent(resource: str) -> Finding:
    """Return the finding that an entry's system serves no resource of the name that the entry gives."""
    return _finding(RESOURCE_NOT_SERVED, "", True, resource=_shown(resource))


def _of_field(served: ServedResource, columns: Mapping[str, ServedColumn], field: EntryField, *, is_key: bool) -> Iterator[Finding]:
    column, resource = columns.get(field.name), _shown(served.name)
    if column is None:
        yield _missing(resource, columns, field.name, is_key=is_key)
        return
    if column.value_type and column.value_type != field.type:
        # of another type, a length says nothing
        yield _finding(OTHER_TYPE, field.name, True, resource=resource, served=_type(column.value_type), type=_type(field.type))
    elif field.type == TEXT and 0 < field.length < column.length:
        yield _finding(COLUMN_LONGER, field.name, False, resource=resource, served=column.length, length=field.length)
    # a row without a key is never found
    if column.nullable and not field.nullable and not is_key:
        yield _finding(COLUMN_NULLABLE, field.name, False, resource=resource)


def _missing(resource: str, columns: Iterable[str], name: str, *, is_key: bool) -> Finding:
    twin = next((column for column in columns if column.lower() == name.lower()), "")
    if twin:
        return _finding(COLUMN_SPELT_OTHERWISE, name, True, resource=resource, twin=_shown(twin))
    return _finding(KEY_COLUMN_MISSING if is_key else COLUMN_MISSING, name, True, resource=resource)


def _finding(row: Reason[Any], name: str, contradicts: bool, **facts: Any) -> Finding:  # noqa: FBT001 -- a value carried, not a switch
    told: CatalogueError = row(**facts, column=_shown(name))
    return Finding(name, told.reason, told.message, told.zh, told.next_action, told.next_action_zh, contradicts)


def _type(name: str) -> Word:
    return TYPES.get(name) or Word(name, _shown(name), _shown(name))


def _shown(name: str) -> str:
    """Return a name as it may stand in a text."""
    short = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    return "".join(character if character.isprintable() else "�" for character in short)
