"""The published directory as CSV in the columns of 政务信息资源目录编制指南（试行）, section 5.2: one row for each field of each entry.

UTF-8 with a byte order mark and CRLF (RFC 4180), which office programs of every language open as it is. A cell that such a program would take for a
formula begins with an apostrophe.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final

from catalog.model import Entry, Field, OpenType, ShareType
from hub.clock import day_in_china
from shuniu.lists.formulas import guarded
from shuniu.words import value_words

COLUMNS: Final = (
    "信息资源分类",
    "信息资源名称",
    "信息资源代码",
    "信息资源提供方",
    "信息资源提供方代码",
    "信息资源摘要",
    "信息资源格式",
    "信息项名称",
    "数据类型",
    "共享类型",
    "共享条件",
    "共享方式",
    "开放属性",
    "更新周期",
    "发布日期",
    "关联资源代码",
)


def table(entries: Iterable[Entry], codes: Mapping[str, str]) -> Iterator[bytes]:
    """Yield the file, the rows of an entry at a time; `codes` are the resource codes of what is in force, by the names of the entries."""
    yield "\ufeff".encode() + _lines([COLUMNS])
    for entry in entries:
        before, after = _before(entry), _after(entry, codes)
        yield _lines((*before, field.label, _type(field), *after) for field in entry.fields)


def _before(entry: Entry) -> tuple[str, ...]:
    return (
        "/".join(entry.class_path),
        entry.title,
        entry.resource_code,
        entry.provider_title,
        entry.provider,
        entry.abstract,
        _format(entry),
    )


def _format(entry: Entry) -> str:
    """Return the form that the entry names; of one that names none, the guide's word for what is looked up record by record."""
    if entry.data_format is not None:
        return _word(entry.data_format)
    return "数据库" if entry.serving_system else ""


def _after(entry: Entry, codes: Mapping[str, str]) -> tuple[str, ...]:
    return (
        _word(entry.share_type),
        _condition(entry),
        "、".join(map(_word, entry.modes)),
        f"{_word(entry.open_type)}：{entry.open_condition}" if entry.open_type is OpenType.CONDITIONAL else _word(entry.open_type),
        _word(entry.update_period),
        f"{day_in_china(entry.publish_time)}" if entry.publish_time else "",
        "、".join(codes[name] for name in entry.source.derived_from if name in codes),
    )


def _condition(entry: Entry) -> str:
    """Return the condition; of what is not shared the reason and the law, which the guide wants in this column."""
    if entry.share_type is not ShareType.REFUSED:
        return entry.share_condition
    return f"{entry.refusal_reason}（{entry.refusal_basis}）"


def _type(field: Field) -> str:
    return f"{_word(field.type)}({field.length})" if field.length else _word(field.type)


def _word(value: StrEnum) -> str:
    """Return what people call a value: the first of its names in `shuniu/values.toml`."""
    kind = type(value).__name__
    prefix = "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in kind).strip("_")
    return value_words(kind)[f"{prefix}_{value.name}"][0]


def _lines(rows: Iterable[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(map(guarded, row) for row in rows)
    return text.getvalue().encode()
