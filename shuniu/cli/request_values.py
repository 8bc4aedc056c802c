"""The values of closed lists in a request's JSON: people write them in Chinese, and one that is in no list is told with those that are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from shuniu.cli.reasons import VALUE_NOT_LISTED
from shuniu.words import Word, value_words


def in_proto_names(kind: Descriptor, value: Any, path: str = "") -> Any:
    """Return parsed JSON with the values of enums by their names in the protos; what is no object is returned as it is.

    Raises InvalidInputError for a text that is none of the list's values.
    """
    if not isinstance(value, dict):
        return value
    fields = {name: field for field in kind.fields for name in (field.name, field.json_name)}
    return {name: _of_field(fields[name], part, f"{path}.{name}" if path else name) if name in fields else part for name, part in value.items()}


def _of_field(field: FieldDescriptor, value: Any, path: str) -> Any:
    if isinstance(value, list):
        return [_one(field, part, f"{path}[{place}]" if field.message_type else path) for place, part in enumerate(value)]
    return _one(field, value, path)


def _one(field: FieldDescriptor, value: Any, path: str) -> Any:
    if field.enum_type is not None and isinstance(value, str):
        return _name(field.enum_type, value.strip(), path)
    if field.message_type is None or field.message_type.GetOptions().map_entry:
        return value
    return in_proto_names(field.message_type, value, path)


def _name(kind: EnumDescriptor, text: str, path: str) -> str:
    words = value_words(kind.name)
    names = {one.name for one in kind.values}
    found = text if text in names else next((name for name, known in words.items() if text in known), "")
    if not found:
        listed = [one.name for one in kind.values if one.number]
        raise VALUE_NOT_LISTED(field=path, value=text, known=_known(listed, words))
    return found


def _known(listed: Iterable[str], words: Any) -> Word:
    names = ", ".join(listed)
    return Word(names, names, "、".join(words[name][0] for name in listed) if words else names)
