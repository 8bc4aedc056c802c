"""What an rpc takes and answers, for people and for programs, and a request to fill in: out of descriptors, the protos' comments and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from google.protobuf.descriptor import FieldDescriptor

from shuniu.comments import comment_of
from shuniu.words import field_words, value_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from google.protobuf.descriptor import Descriptor, EnumDescriptor, MethodDescriptor

_OURS: Final = "shuniu.v1."
_PLAIN: Final[Mapping[int, str]] = {
    number: name.partition("_")[2].lower() for name, number in vars(FieldDescriptor).items() if name.startswith("TYPE_") and isinstance(number, int)
}
_WRITTEN: Final[Mapping[str, tuple[str, Any]]] = {
    "google.protobuf.Timestamp": ("时间 RFC 3339", "2027-01-01T09:00:00+08:00"),
    "google.protobuf.Duration": ("时长 seconds", "60s"),
    "google.protobuf.FieldMask": ("字段列表 names with commas", ""),
}
"""Messages that JSON writes as one text."""
_NUMBERS: Final = frozenset({"int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "double", "float"})


def facts_of(method: MethodDescriptor) -> dict[str, Any]:
    """Return a method for programs: comments, both messages with all that is inside, and a request to fill in."""
    return {
        "method": f"{method.containing_service.name}/{method.name}",
        "comment": comment_of(method.containing_service.file.name, method.full_name),
        "streamed": bool(method.server_streaming),
        "request": {"type": method.input_type.name, "fields": list(_fields(method.input_type, ()))},
        "answer": {"type": method.output_type.name, "fields": list(_fields(method.output_type, ()))},
        "template": template_of(method.input_type),
    }


def _fields(kind: Descriptor, above: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield the fields of a message; one that stands inside itself is not opened again."""
    for field in kind.fields:
        facts: dict[str, Any] = {
            "name": field.name,
            "word": field_words().get(field.name, ""),
            "type": type_of(field),
            "repeated": _is_list(field),
            "comment": comment_of(kind.file.name, field.full_name),
        }
        if field.enum_type is not None:
            facts["values"] = list(_values(field.enum_type))
        inside = _inside(field)
        if inside is not None and inside.full_name not in above:
            facts["fields"] = list(_fields(inside, (*above, kind.full_name)))
        yield facts


def _values(kind: EnumDescriptor) -> Iterator[dict[str, Any]]:
    words, place = value_words(kind.name), kind.full_name.rpartition(".")[0]
    for one in kind.values:
        if one.number:
            yield {"name": one.name, "words": list(words.get(one.name, ())), "comment": comment_of(kind.file.name, f"{place}.{one.name}")}


def type_of(field: FieldDescriptor) -> str:
    """Return what a field holds, by the name that programmers know."""
    if _is_map(field) and field.message_type is not None:
        key, value = (type_of(field.message_type.fields_by_name[name]) for name in ("key", "value"))
        return f"map<{key}, {value}>"
    if field.message_type is not None:
        return str(field.message_type.full_name.replace(_OURS, "", 1))
    return str(field.enum_type.name if field.enum_type is not None else _PLAIN[field.type])


def _inside(field: FieldDescriptor) -> Descriptor | None:
    """Return the message whose fields are told, None for what is written as one value."""
    if field.message_type is None or field.message_type.full_name in _WRITTEN:
        return None
    if _is_map(field):
        return _inside(field.message_type.fields_by_name["value"])
    return field.message_type


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def _is_list(field: FieldDescriptor) -> bool:
    return bool(field.is_repeated) and not _is_map(field)


def template_of(kind: Descriptor, above: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a request with every field in it, ready to be edited; of several that exclude each other the first."""
    filled: dict[str, Any] = {}
    for field in kind.fields:
        choice = field.containing_oneof
        if choice is not None and choice.fields[0].name != field.name:
            continue
        one = _example(field, (*above, kind.full_name))
        filled[field.name] = [one] if _is_list(field) else one
    return filled


def _example(field: FieldDescriptor, above: tuple[str, ...]) -> Any:
    if _is_map(field) and field.message_type is not None:
        value = field.message_type.fields_by_name["value"]
        return {"": _example(value, above)}
    if field.message_type is not None:
        name = field.message_type.full_name
        return _WRITTEN[name][1] if name in _WRITTEN else {} if name in above else template_of(field.message_type, above)
    if field.enum_type is not None:
        return _first_value(field.enum_type)
    kind = _PLAIN[field.type]
    return False if kind == "bool" else 0 if kind in _NUMBERS else ""


def _first_value(kind: EnumDescriptor) -> str:
    name = next(one.name for one in kind.values if one.number)
    return str(value_words(kind.name).get(name, (name,))[0])


def lines_of(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the same for people; the request to fill in is printed beside it."""
    yield facts["method"]
    yield f"  {facts['comment']}"
    yield f"请求 request: {facts['request']['type']}"
    yield from _field_lines(facts["request"]["fields"], "  ")
    stream = "，逐条返回 a stream" if facts["streamed"] else ""
    yield f"结果 answer: {facts['answer']['type']}{stream}"
    yield from _field_lines(facts["answer"]["fields"], "  ")


def _field_lines(fields: list[dict[str, Any]], indent: str) -> Iterator[str]:
    for one in fields:
        many = "，可重复 repeated" if one["repeated"] else ""
        written = f" ({_WRITTEN[one['type']][0]})" if one["type"] in _WRITTEN else ""
        yield f"{indent}{one['name']}  {one['word']}  {one['type']}{written}{many}  {one['comment']}".rstrip()
        for value in one.get("values", ()):
            yield f"{indent}    {value['name']}  {'、'.join(value['words'])}  {value['comment']}".rstrip()
        yield from _field_lines(one.get("fields", []), f"{indent}    ")


def row_of(method: MethodDescriptor) -> str:
    """Return a method in one line: what it takes, each with its type, and what it answers."""
    stream = "stream " if method.server_streaming else ""
    taken = ", ".join(f"{field.name}: {type_of(field)}{'[]' if _is_list(field) else ''}" for field in method.input_type.fields)
    taken = f"stream of {taken}" if method.client_streaming else taken
    return f"{method.containing_service.name}/{method.name}({taken}) -> {stream}{method.output_type.name}"
