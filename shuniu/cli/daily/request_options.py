"""The options of a daily command, made of its request's fields, and the request made of what was given.

An option is called like its field. Closed lists take Chinese names as well as the protos', bytes come from a file, a long text from `@FILE`.
"""

from __future__ import annotations

import base64
import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor

from shuniu.cli.calling import body_of, method_of, request_of
from shuniu.cli.verifying import moment_of, read_file
from shuniu.rows import row_to
from shuniu.scope import conditions_of
from shuniu.words import field_words, value_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from google.protobuf.descriptor import Descriptor, EnumDescriptor
    from google.protobuf.message import Message

    from shuniu.cli.daily.rows import Row
    from shuniu.scope import RowCondition

_FILLED_IN: Final = frozenset({"name", "etag", "request_id", "page_size", "page_token", "update_mask"})
_COLLECTIONS: Final = {"entry": "entries", "grant": "grants", "seal": "seals", "data_request": "dataRequests", "signers": "signerCertificates"}
"""Fields that hold resource names, whose collection need not be typed."""
_MOMENT: Final = "google.protobuf.Timestamp"
_SPAN: Final = "google.protobuf.Duration"
_ROW: Final = "shuniu.v1.RowCondition"


def paths_of(row: Row) -> tuple[str, ...]:
    """Return the paths of the request's fields that are options of the row."""
    if row.takes is not None:
        return row.takes
    kind = method_of(row.rpc).input_type
    return tuple(one.name for one in kind.fields if one.name not in _FILLED_IN and (one.message_type is None or _is_plain(one)))


def options_of(row: Row) -> Iterator[click.Option]:
    """Return the options of a row; what is needed is marked, and not demanded by click, which would not ask for it."""
    kind = method_of(row.rpc).input_type
    for path in paths_of(row):
        field = field_of(kind, path)
        flags = [row.options.get(path, option_name(field))]
        zh, en = words_of(field)
        said = row.helps.get(path, f"{zh} {en}")
        text = f"{said}.  [必填 required]" if path in row.needs else f"{said}."
        yield click.Option([parameter_of(path), *flags], help=text, **_click_kind(field))


def words_of(field: FieldDescriptor) -> tuple[str, str]:
    """Return what people call a field, in Chinese and in English."""
    return field_words().get(field.name, field.name), field.name.replace("_", " ")


def option_name(field: FieldDescriptor) -> str:
    """Return the option for a field: one that may be repeated is called for one of its values."""
    name = field.name.replace("_", "-")
    one = f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")
    return f"--{one if field.is_repeated else name}"


def parameter_of(path: str) -> str:
    """Return the name under which click hands an option's value in."""
    return path.replace(".", "__")


def field_of(kind: Descriptor, path: str) -> FieldDescriptor:
    """Return the field that a path names."""
    first, _, rest = path.partition(".")
    field: FieldDescriptor = kind.fields_by_name[first]
    return field_of(message_of(field), rest) if rest else field


def message_of(field: FieldDescriptor) -> Descriptor:
    """Return the message that a field holds; what calls it knows that it holds one."""
    if field.message_type is None:
        raise TypeError(f"{field.full_name} holds no message")
    return field.message_type


def list_of(field: FieldDescriptor) -> EnumDescriptor:
    """Return the closed list whose values a field takes; what calls it knows that it takes one's."""
    if field.enum_type is None:
        raise TypeError(f"{field.full_name} takes no value of a list")
    return field.enum_type


def _is_plain(field: FieldDescriptor) -> bool:
    """Tell whether a message is written like a plain value: a moment, a span, a condition on rows, a map of texts."""
    return message_of(field).full_name in {_MOMENT, _SPAN, _ROW} or bool(message_of(field).GetOptions().map_entry)


def _click_kind(field: FieldDescriptor) -> dict[str, Any]:
    """Return how click reads a field's option."""
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return {"multiple": True, "metavar": "KEY=VALUE"}
    if field.enum_type is not None:
        return {"multiple": field.is_repeated, "metavar": "|".join(_choices(field))}
    if field.type == FieldDescriptor.TYPE_BOOL:
        return {"is_flag": True, "default": None}
    if field.type == FieldDescriptor.TYPE_BYTES:
        return {"type": click.Path(exists=True, dir_okay=False, path_type=Path), "multiple": field.is_repeated, "metavar": "FILE"}
    if field.cpp_type in {FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64}:
        return {"type": int, "multiple": field.is_repeated, "metavar": "N"}
    metavar = {_MOMENT: "TIME", _SPAN: "SECONDS", _ROW: "CONDITION"}.get(field.message_type.full_name if field.message_type else "", "TEXT")
    return {"multiple": field.is_repeated, "metavar": metavar, **({"envvar": "SHUNIU_OFFICER"} if field.name in {"officer", "searcher"} else {})}


def _choices(field: FieldDescriptor) -> list[str]:
    """Return what a closed list's values are called: in Chinese where they have Chinese names, without their list's name else."""
    kind = list_of(field)
    words, head = value_words(kind.name), kind.values_by_number[0].name[: -len("UNSPECIFIED")]
    return [words[one.name][0] if one.name in words else one.name[len(head) :].lower() for one in kind.values if one.number]


def request_for(row: Row, given: Mapping[str, Any], thing: Message | None, file: Path | None) -> Message:
    """Return the request of a row: from the file, from what was given, and with the name and etag of the thing that was read."""
    method = method_of(row.rpc)
    body: dict[str, Any] = {}
    if file is not None:
        body = _body_in(row, file)
    for path, value in given.items():
        if value not in (None, ()):
            _put(body, path, _json_value(field_of(method.input_type, path), value))
    if "request_id" in method.input_type.fields_by_name:
        body["request_id"] = str(uuid.uuid4())
    if thing is not None:
        _name(row, method.input_type, body, thing)
    if row.mask:
        # in JSON a mask is one text, of names as JSON spells them
        body["update_mask"] = ",".join(_camel(name) for name in body.get(row.inside, {}) if name not in {"name", "etag"})
    return request_of(method, json.dumps(body, ensure_ascii=False))


def _name(row: Row, kind: Descriptor, body: dict[str, Any], thing: Any) -> None:
    """Write a thing's name, etag and version where the request has places for them."""
    place, target = (kind, body) if "name" in kind.fields_by_name else (message_of(kind.fields_by_name[row.inside]), body.setdefault(row.inside, {}))
    for name in ("name", "etag", "version"):
        if name in place.fields_by_name and hasattr(thing, name) and (name != "version" or place is not kind):
            target[name] = getattr(thing, name)


def _body_in(row: Row, file: Path) -> dict[str, Any]:
    """Return the body in a file: the whole request, or what goes into its message `inside`."""
    text = body_of("-" if str(file) == "-" else f"@{file}")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        request_of(method_of(row.rpc), text)  # refuses it as all requests are
        return {}
    return value if row.inside in value else {row.inside: value}


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    first, _, rest = path.partition(".")
    if rest:
        _put(body.setdefault(first, {}), rest, value)
    else:
        body[first] = value


def _json_value(field: FieldDescriptor, value: Any) -> Any:
    """Return what was given as JSON has it."""
    if isinstance(value, (tuple, list)):
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            return dict(_pair(field, one) for one in value)
        if field.message_type is not None and field.message_type.full_name == _ROW:
            return [json_format.MessageToDict(row_to(one)) for one in _conditions(field, value)]
        return [_json_value_of_one(field, one) for one in value]
    return _json_value_of_one(field, value)


def _json_value_of_one(field: FieldDescriptor, value: Any) -> Any:
    if isinstance(value, Path):
        return base64.b64encode(read_file(value)).decode()
    if field.message_type is not None:
        return moment_of(value).isoformat() if field.message_type.full_name == _MOMENT else f"{float(value)}s"
    if field.enum_type is not None:
        return _enum_name(field, value)
    if isinstance(value, str):
        text = body_of(value).rstrip("\r\n") if value.startswith("@") else value
        collection = _COLLECTIONS.get(field.name, "")
        return f"{collection}/{text}" if collection and text and "/" not in text else text
    return value


def _conditions(field: FieldDescriptor, lines: Iterable[str]) -> tuple[RowCondition, ...]:
    """Return what the lines say, two ends of one range together; what fits the entry is for the hub to say."""
    try:
        return conditions_of(lines)
    except ValueError:
        said = "应为 field=value、field^=prefix、field in a,b、field>=a 或 field<=b 之一: this is none of these"
        raise click.BadParameter(said, param_hint=option_name(field)) from None


def _enum_name(field: FieldDescriptor, text: str) -> str:
    """Return the protos' name for one without its list's name in front; others are judged where all requests are."""
    kind = list_of(field)
    whole = kind.values_by_number[0].name[: -len("UNSPECIFIED")] + text.strip().upper().replace("-", "_")
    return whole if whole in kind.values_by_name else text


def _pair(field: FieldDescriptor, text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise click.BadParameter(f"{text!r} 应为“名称=值”: this is not KEY=VALUE", param_hint=option_name(field))
    return key.strip(), value


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(one.capitalize() for one in others)
