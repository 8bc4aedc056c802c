"""Messages as people read them: each field by its word, closed lists and departments by their names, moments in Beijing time, a list as a table."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timezone
from typing import TYPE_CHECKING, Any, Final

import click
from google.protobuf import json_format

from shuniu.cli.daily.request_options import field_of, list_of, words_of
from shuniu.cli.output import plain, print_json
from shuniu.rows import row_from
from shuniu.scope import text_of as text_of_row
from shuniu.words import value_words
from shuniu.zone import CHINA, in_beijing

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor, FieldDescriptor
    from google.protobuf.message import Message

    from shuniu.cli.daily.desk import Desk

_DEPARTMENTS: Final = frozenset(
    {
        "consumer",
        "provider",
        "department",
        "objector",
        "source",
        "recipient",
        "issuer",
        "owner",
        "filer",
        "assignee",
        "claimant",
        "respondent",
        "coordinator",
        "proposer",
        "about_department",
    }
)
_USCC: Final = 18
_ENTRIES: Final = "entries/"
_ARTICLE: Final = re.compile(r"第[一二三四五六七八九十百零〇0-9]+条")
_SHOWN_BYTES: Final = 32
_MOMENT: Final = "google.protobuf.Timestamp"
_CLOCK: Final = "shuniu.v1.Clock"
_ROW: Final = "shuniu.v1.RowCondition"
_WIDE: Final = 4_000
"""Columns of a table that no terminal shows: nothing is cut or broken for the programs that read it."""


def as_json(message: Message) -> Any:
    """Return a message as `shuniu call` writes it, as a value."""
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def show(desk: Desk, message: Message, *, json: bool) -> None:
    """Print one thing."""
    if json:
        print_json(as_json(message))
        return
    for line in lines_of(desk, message):
        click.echo(line)


def lines_of(desk: Desk, message: Any, indent: str = "") -> Iterable[str]:
    """Return what is set of a message, one field a line; what is inside stands under its word."""
    for field, value in message.ListFields():
        zh, en = words_of(field)
        label = f"{indent}{zh} {en}: "
        if field.message_type is None or _is_map(field) or field.message_type.full_name in _IN_ONE_LINE:
            yield f"{label}{text_of(desk, field, value)}"
        elif field.is_repeated:
            yield f"{label.rstrip()} {len(value)}"
            for number, one in enumerate(value, 1):
                yield f"{indent}  {number}."
                yield from lines_of(desk, one, f"{indent}     ")
        else:
            yield label.rstrip()
            yield from lines_of(desk, value, f"{indent}  ")


def text_of(desk: Desk, field: FieldDescriptor, value: Any) -> str:
    """Return a field's value as people read it."""
    if _is_map(field):
        return plain("; ".join(f"{key}={value[key]}" for key in sorted(value)))
    if field.is_repeated:
        return "; ".join(_text_of_one(desk, field, one) for one in value)
    return _text_of_one(desk, field, value)


def _text_of_one(desk: Desk, field: FieldDescriptor, value: Any) -> str:
    if field.message_type is not None:
        return _IN_ONE_LINE[field.message_type.full_name](value) if field.message_type.full_name in _IN_ONE_LINE else plain(str(value))
    if field.enum_type is not None:
        return _enum_text(field, value)
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    if isinstance(value, bytes):
        return value.hex() if len(value) <= _SHOWN_BYTES else f"{len(value)} 字节 bytes"
    text = plain(str(value))
    named = _called(desk, field, text)
    return f"{named} ({text})" if named else text


def _called(desk: Desk, field: FieldDescriptor, text: str) -> str:
    """Return what people call the department or the entry that a field's text names; empty where it names none, or nobody knows."""
    if field.name in _DEPARTMENTS and len(text) == _USCC:
        return plain(desk.title(text))
    if text.startswith(_ENTRIES):
        return plain(desk.entry_title(text))
    return ""


def _enum_text(field: FieldDescriptor, number: int) -> str:
    kind = list_of(field)
    known = kind.values_by_number.get(number)
    if known is None:
        return str(number)
    en = known.name[len(kind.values_by_number[0].name) - len("UNSPECIFIED") :].lower().replace("_", " ")
    zh = value_words(kind.name).get(known.name, ("",))[0]
    return f"{zh} {en}".strip()


def _moment(value: Any) -> str:
    return in_beijing(value.ToDatetime(timezone.utc))


def _clock(value: Any) -> str:
    """Return a time limit in one line: its end, the days left, its clause, and with what its days were compared."""
    parts = [f"截止 due {_moment(value.due_time)}" if value.HasField("due_time") else "暂停计时 it stands still"]
    if value.HasField("days_left"):
        left = value.days_left
        parts.append(f"剩余{left}个工作日 {left} working days left" if left >= 0 else f"已逾期{-left}个工作日 {-left} working days over")
    if value.extension_days:
        parts.append(f"含延长{value.extension_days}个工作日 {value.extension_days} of them allowed as more time")
    parts.append(f"{plain(value.citation)}（{mark_of(value)}）")
    if value.provisional:
        parts.append("节假日安排未公布，暂按周末计算 weekends alone were counted")
    return " · ".join(parts)


def _left(clock: Any) -> str:
    """Return how many working days are left, or over; empty where the hub does not say."""
    if "days_left" not in clock.DESCRIPTOR.fields_by_name or not clock.HasField("days_left"):
        return ""
    left = clock.days_left
    return f"剩余{left}个工作日" if left > 0 else "今日截止" if left == 0 else f"已逾期{-left}个工作日"


def mark_of(clock: Any) -> str:
    """Return with what the days of a time limit were compared, in both languages."""
    if clock.verified:
        return "已与官方文本核对 compared with the official text"
    return f"据{plain(clock.checked)}核对 compared with a copy" if clock.checked else "未核对 not compared with the text"


def _row(value: Any) -> str:
    return plain(text_of_row(row_from(value)))


_IN_ONE_LINE: Final[Mapping[str, Callable[[Any], str]]] = {
    _MOMENT: _moment,
    "google.protobuf.Duration": lambda value: f"{value.ToTimedelta()}",
    _CLOCK: _clock,
    _ROW: _row,
}


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def show_table(desk: Desk, things: Sequence[Any], columns: Sequence[str], collection: str) -> None:
    """Print things as a table: on a terminal as wide as it is, for a program one line each."""
    from rich import box  # noqa: PLC0415 - costs a tenth of a second that no other command should pay
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    if not things:
        click.echo("没有符合条件的内容 nothing to list")
        return
    out = sys.stdout
    wide = not out.isatty()
    table = Table(box=box.SIMPLE_HEAD if not wide else None, show_edge=False, pad_edge=False, padding=(0, 1), header_style="bold")
    for path in columns:
        zh, en = _heading(things[0].DESCRIPTOR, path)
        whole = wide or path.rpartition(".")[2] == "name"  # a name that is broken cannot be copied
        table.add_column(f"{zh} {en}" if wide else f"{zh}\n{en}", no_wrap=whole, overflow="fold")
    for one in things:
        table.add_row(*(Text(_cell(desk, one, path, collection)) for path in columns))
    Console(file=out, width=_WIDE if wide else None, highlight=False, markup=False, soft_wrap=False).print(table)


def _heading(kind: Descriptor, path: str) -> tuple[str, str]:
    """Return what a column is called; one of moments says whose time it is, so that no line has to."""
    field = field_of(kind, path)
    zh, en = words_of(field)
    is_moment = field.message_type is not None and field.message_type.full_name == _MOMENT
    return (zh, f"{en} UTC+8") if is_moment else (zh, en)


def _cell(desk: Desk, thing: Any, path: str, collection: str) -> str:
    first, _, rest = path.partition(".")
    field = thing.DESCRIPTOR.fields_by_name[first]
    value = getattr(thing, first)
    if rest:
        return _cell(desk, value, rest, collection)
    if (field.has_presence and not thing.HasField(first)) or (value in ("", b"", 0) and not field.has_presence):
        return ""
    if first == "name":
        return plain(str(value)).rpartition("/")[2] if str(value).startswith((f"{collection}/", _ENTRIES)) else plain(str(value))
    if field.message_type is not None and field.message_type.full_name in _BRIEF:
        return _BRIEF[field.message_type.full_name](value)
    if isinstance(value, str):
        return _called(desk, field, value) or plain(value).replace(_ENTRIES, "", 1)
    return text_of(desk, field, value)


def _brief_clock(value: Any) -> str:
    """Return a time limit as a column has room for it: its last day, what is left, its article, its mark."""
    due = f"{value.due_time.ToDatetime(timezone.utc).astimezone(CHINA):%Y-%m-%d}" if value.HasField("due_time") else "暂停 paused"
    article = _ARTICLE.search(value.citation)
    mark = "" if value.verified else "（据副本核对）" if value.checked else "（未核对）"
    return " ".join(part for part in (due, _left(value), f"{article[0] if article else ''}{mark}") if part)


def _brief_moment(value: Any) -> str:
    return f"{value.ToDatetime(timezone.utc).astimezone(CHINA):%Y-%m-%d %H:%M}"


_BRIEF: Final = {_MOMENT: _brief_moment, _CLOCK: _brief_clock}
