"""The values of closed lists in a request's JSON: people write them in Chinese, and one that is in no list is told with those that are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from shuniu.catalogue import InvalidInputError
from shuniu.cli.reasons import VALUE_NOT_LISTED, VALUES_NOT_LISTED
from shuniu.words import Word, value_words


def in_proto_names(kind: Descriptor, value: Any) -> Any:
    """Return parsed JSON with the values of enums by their names in the protos; what is no object is returned as it is.

    Raises InvalidInputError, with all of them, for texts that are none of their lists' values.
    """
    faults: list[InvalidInputError] = []
    found = _of_message(kind, value, "", faults)
    if len(faults) > 1:
        raise _together(faults)
    if faults:
        raise faults[0]
    return found


def _of_message(kind: Descriptor, value: Any, path: str, faults: list[InvalidInputError]) -> Any:
    if not isinstance(value, dict):
        return value
    fields = {name: field for field in kind.fields for name in (field.name, field.json_name)}
    within = f"{path}." if path else ""
    return {name: _of_field(fields[name], part, within + name, faults) if name in fields else part for name, part in value.items()}


def _of_field(field: FieldDescriptor, value: Any, path: str, faults: list[InvalidInputError]) -> Any:
    if isinstance(value, list):
        return [_one(field, part, f"{path}[{place}]" if field.message_type else path, faults) for place, part in enumerate(value)]
    return _one(field, value, path, faults)


def _one(field: FieldDescriptor, value: Any, path: str, faults: list[InvalidInputError]) -> Any:
    if field.enum_type is not None and isinstance(value, str):
        return _name(field.enum_type, value.strip(), path, faults)
    if field.message_type is None or field.message_type.GetOptions().map_entry:
        return value
    return _of_message(field.message_type, value, path, faults)


def _name(kind: EnumDescriptor, text: str, path: str, faults: list[InvalidInputError]) -> str:
    words = value_words(kind.name)
    names = {one.name for one in kind.values}
    found = text if text in names else next((name for name, known in words.items() if text in known), "")
    if not found:
        listed = [one.name for one in kind.values if one.number]
        faults.append(VALUE_NOT_LISTED(field=path, value=text, known=_known(listed, words)))
    return found


def _together(faults: list[InvalidInputError]) -> InvalidInputError:
    """Return one error that says all of it, and of each list once what is in it."""
    problems = Word("", "; ".join(one.message for one in faults), "；".join(one.zh for one in faults))
    nexts = Word("", "; ".join(dict.fromkeys(one.next_action for one in faults)), "；".join(dict.fromkeys(one.next_action_zh for one in faults)))
    return VALUES_NOT_LISTED(field=faults[0].field, count=len(faults), problems=problems, known=nexts)


def _known(listed: Iterable[str], words: Any) -> Word:
    names = ", ".join(listed)
    return Word(names, names, "、".join(words[name][0] for name in listed) if words else names)
