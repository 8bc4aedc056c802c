"""Messages from models and back, by descriptor: what has the same name on both sides is copied as its kind wants, a domain lists the rest.

The pages' JSON comes from the same place: `plain` is the one way in which a value is told outside of protobuf.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from functools import cache, partial
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar, cast, get_origin, get_type_hints

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from hub.faults import Faults
from hub.reasons import TIME_OUT_OF_RANGE, VALUE_UNKNOWN
from hub.resource import etag_of
from shuniu.words import Word, value_words

_TIMESTAMP: Final = Timestamp.DESCRIPTOR.full_name
_M = TypeVar("_M", bound=Message)
_E = TypeVar("_E", bound=StrEnum)
_T = TypeVar("_T")


class Shape(Generic[_M]):
    """How a model becomes a message of one class. Made once; `shape(thing)` returns the message.

    Each field of the message is read from the attribute of its name: moments become Timestamps, days ISO texts, members of a StrEnum the
    number of the value `PREFIX_MEMBER`, None an absent field, `etag` the etag of `revision`. `differs` names what is read in another way.
    A field that the model does not have and nobody lists stops the start.
    """

    def __init__(self, message: type[_M], model: type, **differs: Callable[[Any], Any]) -> None:
        """Take the message, the class of the model, and how the fields that differ are read from it."""
        self._message = message
        descriptor = message.DESCRIPTOR
        unknown = differs.keys() - {one.name for one in descriptor.fields}
        if unknown:
            raise TypeError(f"{descriptor.full_name} has no field {', '.join(sorted(unknown))}")
        listed = cast("list[FieldDescriptor]", list(descriptor.fields))
        # The descriptor is read here, once: to make a message then looks nothing up by name.
        self._parts = [(one.name, _reader(one, model, differs), _writer(one)) for one in listed]

    def __call__(self, thing: Any) -> _M:
        """Return the message."""
        values = ((name, write(read(thing))) for name, read, write in self._parts)
        return self._message(**{name: value for name, value in values if value is not None})


def content(message: Message, model: type[_T], path: str, *, faults: Faults | None = None, **given: Any) -> _T:
    """Return a model of what a message says: each field of the dataclass that the message has too, unless it is `given`.

    Lists become tuples, maps dicts, Timestamps moments (None where absent), numbers of enums members of the annotated StrEnum; `path` is
    the message's place in the request, for errors. With `faults`, what cannot be read is kept there, and something stands in for it.
    """
    known = cast("Mapping[str, FieldDescriptor]", message.DESCRIPTOR.fields_by_name)
    values = dict(given)
    for name, kind in _hints(cast("type", model)).items():
        if name not in values and name in known:
            read = partial(_read, message, known[name], kind, f"{path}.{name}" if path else name)
            values[name] = read() if faults is None else faults.take(read, _stand_in(kind))
    return model(**values)


def moment_to(at: datetime | None) -> Timestamp | None:
    """Return a moment as a Timestamp, None for none."""
    if at is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def moment_from(stamp: Timestamp, field: str) -> datetime:
    """Return a Timestamp as a moment in UTC; one outside the calendar is refused."""
    try:
        return stamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise TIME_OUT_OF_RANGE(field=field) from error


def optional_moment(message: Message, name: str, path: str = "") -> datetime | None:
    """Return the moment in a message's field, None where it is not set."""
    return moment_from(getattr(message, name), path or name) if message.HasField(name) else None


def number_of(descriptor: EnumDescriptor, member: Enum) -> int:
    """Return the number of an enum's value for a member of the model's list: SHARE_TYPE_REFUSED for ShareType.REFUSED."""
    return int(descriptor.values_by_name[_prefix(descriptor) + member.name].number)


def member_of(kind: type[_E], descriptor: EnumDescriptor, number: int, field: str) -> _E:
    """Return the member of the model's list; the unspecified value and a number that this version does not know are refused."""
    value = descriptor.values_by_number.get(number)
    name = value.name.removeprefix(_prefix(descriptor)) if value else ""
    if name not in kind.__members__:
        raise VALUE_UNKNOWN(field=field, known=_known(descriptor, [_prefix(descriptor) + one for one in kind.__members__]))
    return kind[name]


def optional_member(kind: type[_E], descriptor: EnumDescriptor, number: int, field: str) -> _E | None:
    """Return the member, None for the unspecified value 0."""
    return member_of(kind, descriptor, number, field) if number else None


def plain(value: Any) -> Any:  # noqa: PLR0911 - one line for each kind
    """Return a value as JSON tells it: moments and days in ISO 8601, bytes in hexadecimal, members of lists as their words."""
    # Before str: a StrEnum is both.
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if is_dataclass(value):
        return {part.name: plain(getattr(value, part.name)) for part in fields(value)}
    return [plain(part) for part in cast("Iterable[Any]", value)]


def facts(thing: Any, *names: str, **more: Any) -> dict[str, Any]:
    """Return attributes of a thing as JSON tells them, in this order, and what else is to be told."""
    return {name: plain(getattr(thing, name)) for name in names} | {name: plain(value) for name, value in more.items()}


def _reader(field: FieldDescriptor, model: type, differs: Mapping[str, Callable[[Any], Any]]) -> Callable[[Any], Any]:
    if field.name in differs:
        return differs[field.name]
    if field.name == "etag":
        return lambda thing: etag_of(thing.revision)
    # hasattr as well: a property is no field of the dataclass. What neither side accounts for stops the start (ADR 0018).
    if field.name not in _hints(model) and not hasattr(model, field.name):
        raise TypeError(f"{model.__name__} has nothing for {field.full_name}")
    read: Callable[[Any], Any] = attrgetter(field.name)
    return read


def _writer(field: FieldDescriptor) -> Callable[[Any], Any]:
    kind = field.enum_type
    # A number passes as it is: a domain's own reading of a field may give the numbers of an enum.
    if kind is not None and field.is_repeated:
        return lambda members: [one if isinstance(one, int) else number_of(kind, one) for one in members]
    if kind is not None:
        return lambda member: member if member is None or isinstance(member, int) else number_of(kind, member)
    if _is_timestamp(field.message_type):
        return moment_to
    if field.type == FieldDescriptor.TYPE_STRING and not field.is_repeated:
        return lambda value: value.isoformat() if isinstance(value, date) else value
    return lambda value: dict(value) if isinstance(value, Mapping) else value


def _read(message: Message, field: FieldDescriptor, kind: Any, path: str) -> Any:
    value = getattr(message, field.name)
    if field.enum_type is not None:
        if field.is_repeated:
            # tuple[X, ...] has two arguments, X and the ellipsis.
            (member,) = (one for one in kind.__args__ if one is not Ellipsis)
            return tuple(member_of(member, field.enum_type, number, path) for number in value)
        # X | None: the unspecified value stands for None, where a bare X refuses it.
        optional = [one for one in getattr(kind, "__args__", ()) if one is not type(None)]
        return optional_member(optional[0], field.enum_type, value, path) if optional else member_of(kind, field.enum_type, value, path)
    if _is_timestamp(field.message_type):
        return optional_moment(message, field.name, path)
    if field.is_repeated:
        return dict(value) if _is_map(field) else tuple(value)
    return value


def _stand_in(kind: Any) -> Any:
    """Return a value in the place of one that cannot be read: an empty list, a first member, else None."""
    if get_origin(kind) is tuple:
        return ()
    return next(iter(kind)) if isinstance(kind, type) and issubclass(kind, StrEnum) else None


def _known(descriptor: EnumDescriptor, names: list[str]) -> Word:
    listed, words = ", ".join(names), value_words(descriptor.name)
    return Word(listed, listed, "、".join(words[name][0] for name in names) if words else "接口说明中列出的取值")


def _is_timestamp(descriptor: Descriptor | None) -> bool:
    return descriptor is not None and descriptor.full_name == _TIMESTAMP


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


@cache
def _prefix(descriptor: EnumDescriptor) -> str:
    """Return what all values of an enum begin with (buf ENUM_VALUE_PREFIX), read off its zero value `..._UNSPECIFIED`."""
    return str(descriptor.values_by_number[0].name.removesuffix("UNSPECIFIED"))


@cache
def _hints(model: type) -> Mapping[str, Any]:
    return {part.name: get_type_hints(model)[part.name] for part in fields(model)} if is_dataclass(model) else {}
