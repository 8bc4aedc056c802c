"""Python values <-> `shuniu.v1.Value`: a closed set of types, so that a number stays the number it was.

str, int (64 bits), float, bool, bytes, Decimal (finite), date, datetime (aware) and None; anything else is refused. A float may be NaN or
infinite, as IEEE 754 has them: refusing one odd measurement would withhold the whole record. A Decimal may not: the wire form is plain
notation. Times come back in UTC; nanoseconds below a microsecond, which Python cannot hold, are cut off.
Errors name the field and the type, never the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final, Union

from shuniu.errors import InvalidValueError
from shuniu.v1.record_pb2 import NULL_VALUE_UNSPECIFIED, Record, Value

Python = Union[str, int, float, bool, bytes, Decimal, date, datetime, None]

MAX_TEXT: Final = 1024 * 1024
"""Characters of a text, bytes of a binary value."""
MAX_DECIMAL: Final = 1100
"""Characters of a decimal: the 1,000 digits that SQL allows, with room for sign and point."""
MAX_FIELDS: Final = 512
"""Fields of one record."""

_INT64_END: Final = 2**63
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FIRST_SECOND: Final = -62_135_596_800  # 0001-01-01T00:00:00Z, the least that google.protobuf.Timestamp allows
_LAST_SECOND: Final = 253_402_300_799  # 9999-12-31T23:59:59Z
_SECOND: Final = 1_000_000_000


def to_value(value: object) -> Value:
    """Return the wire form of one value; raise InvalidValueError for a type or size that a record does not carry."""
    slot = Value()
    (_WRITERS.get(type(value)) or _writer_of(value))(slot, value)
    return slot


def from_value(value: Value) -> Python:
    """Return the Python value of a wire value; raise InvalidValueError where nothing is set or the text is no decimal, date or time."""
    kind = value.WhichOneof("kind")
    if kind is None:
        raise _invalid("a value has no kind set", "值未设置类型", "set one kind of shuniu.v1.Value", "请按 shuniu.v1.Value 设置一种类型")
    reader = _READERS[kind]
    return reader(value)


def to_record(fields: Mapping[str, object]) -> Record:
    """Return the wire form of one record."""
    record = Record()
    write_record(record, fields)
    return record


def write_record(record: Record, fields: Mapping[str, object]) -> None:
    """Fill an empty record in place, which spares a copy where it stands in a longer message."""
    _check_count(len(fields))
    slots, writers = record.fields, _WRITERS
    for name, value in fields.items():
        try:
            # by the exact type first: one look-up, and True is not taken for an int
            (writers.get(type(value)) or _writer_of(value))(slots[name], value)
        except InvalidValueError as error:
            raise _in_field(name, error) from None


def from_record(record: Record) -> dict[str, Python]:
    """Return a record as a dictionary."""
    _check_count(len(record.fields))
    answer: dict[str, Python] = {}
    for name, value in record.fields.items():
        try:
            answer[name] = from_value(value)
        except InvalidValueError as error:
            raise _in_field(name, error) from None
    return answer


def _check_count(count: int) -> None:
    if count > MAX_FIELDS:
        raise _invalid(f"a record has at most {MAX_FIELDS} fields", f"一条记录最多{MAX_FIELDS}个信息项", "send fewer fields", "请减少信息项")


def _invalid(message: str, zh: str, next_action: str, next_zh: str) -> InvalidValueError:
    return InvalidValueError(message, message_zh=zh, next_action=next_action, next_action_zh=next_zh)


def _in_field(name: str, error: InvalidValueError) -> InvalidValueError:
    named = _invalid(f"field {name}: {error.message}", f"信息项 {name}：{error.message_zh}", error.next_action, error.next_action_zh)
    named.field = name
    return named


def _long_text() -> InvalidValueError:
    return _invalid(f"a text has at most {MAX_TEXT} characters", f"文本不得超过{MAX_TEXT}个字符", "shorten the text", "请缩短文本")


def _long_binary() -> InvalidValueError:
    return _invalid(f"a binary value has at most {MAX_TEXT} bytes", f"二进制值不得超过{MAX_TEXT}字节", "send less data", "请减少数据量")


def _long_decimal() -> InvalidValueError:
    return _invalid(f"a decimal has at most {MAX_DECIMAL} characters", f"小数不得超过{MAX_DECIMAL}个字符", "round it", "请保留较少的位数")


def _out_of_calendar() -> InvalidValueError:
    return _invalid("a time must lie in the years 1 to 9999, UTC", "时间应在公元1年至9999年之间", "correct the time", "请修正时间")


def _null(slot: Value, _value: None) -> None:
    slot.null_value = NULL_VALUE_UNSPECIFIED


def _text(slot: Value, value: str) -> None:
    if len(value) > MAX_TEXT:
        raise _long_text()
    try:
        slot.string_value = value
    except UnicodeEncodeError:
        raise _invalid(
            "a text with a lone surrogate is not UTF-8",
            "文本不是有效的 UTF-8",
            "decode the text correctly where it is read",
            "请在读取时按正确的编码解码",
        ) from None


def _bool(slot: Value, value: bool) -> None:  # noqa: FBT001 -- a value carried, not a switch
    slot.bool_value = value


def _int(slot: Value, value: int) -> None:
    if not -_INT64_END <= value < _INT64_END:
        raise _invalid("an integer needs more than 64 bits", "整数超出64位", "send it as a Decimal", "请改用 Decimal")
    slot.int64_value = value


def _float(slot: Value, value: float) -> None:
    slot.double_value = value


def _bytes(slot: Value, value: bytes | bytearray | memoryview) -> None:
    raw = bytes(value)
    if len(raw) > MAX_TEXT:
        raise _long_binary()
    slot.bytes_value = raw


def _decimal(slot: Value, value: Decimal) -> None:
    if not value.is_finite():
        raise _invalid("a decimal must be finite", "小数不得为无穷或非数", "send None where there is no number", "没有数值时请填空值")
    exponent = value.as_tuple().exponent
    # before it is written out: 1E+999999999 would be a billion zeros
    if abs(value.adjusted()) > MAX_DECIMAL or not isinstance(exponent, int) or abs(exponent) > MAX_DECIMAL:
        raise _long_decimal()
    text = format(value, "f")
    if len(text) > MAX_DECIMAL:
        raise _long_decimal()
    slot.decimal_value = text


def _date(slot: Value, value: date) -> None:
    slot.date_value = value.isoformat()


def _datetime(slot: Value, value: datetime) -> None:
    if value.utcoffset() is None:
        raise _invalid("a time without a time zone names no moment", "时间缺少时区", "add its time zone", "请补充时区")
    # whole numbers throughout: `timestamp()` is a float and loses microseconds
    since = value - _EPOCH
    seconds = since.days * 86_400 + since.seconds
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        raise _out_of_calendar()
    stamp = slot.timestamp_value
    stamp.seconds, stamp.nanos = seconds, since.microseconds * 1000
    # at the epoch both numbers are 0, and the value would have no kind
    stamp.SetInParent()


_WRITERS: Final[Mapping[type, Callable[[Value, Any], None]]] = {
    type(None): _null,
    str: _text,
    bool: _bool,
    int: _int,
    float: _float,
    bytes: _bytes,
    bytearray: _bytes,
    memoryview: _bytes,
    Decimal: _decimal,
    date: _date,
    datetime: _datetime,
}
_BY_KIND: Final = (str, int, float, bytes, Decimal, datetime, date)  # datetime before date, its superclass; bool has no subclasses


def _writer_of(value: object) -> Callable[[Value, Any], None]:
    """Return the writer for an instance of a subclass, for example an IntEnum."""
    kind = next((known for known in _BY_KIND if isinstance(value, known)), None)
    if kind is None:
        raise _invalid(
            f"a record cannot carry a value of type {type(value).__name__}",
            f"记录不支持 {type(value).__name__} 类型的值",
            "convert it to str, int, float, bool, bytes, Decimal, date or datetime",
            "请转换为文本、整数、浮点数、布尔值、二进制、小数、日期或时间",
        )
    return _WRITERS[kind]


def _read_decimal(value: Value) -> Decimal:
    text = value.decimal_value
    if len(text) > MAX_DECIMAL or _DECIMAL.fullmatch(text) is None:
        raise _invalid("a decimal is not in plain notation", "小数格式错误", "write it as -12.50", "请按 -12.50 的格式填写")
    return Decimal(text)


def _read_date(value: Value) -> date:
    text = value.date_value
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise _invalid("a date is not a day of the calendar, YYYY-MM-DD", "日期格式错误", "write it as 2026-03-02", "请按 2026-03-02 的格式填写")


def _read_moment(value: Value) -> datetime:
    stamp = value.timestamp_value
    if not (_FIRST_SECOND <= stamp.seconds <= _LAST_SECOND and 0 <= stamp.nanos < _SECOND):
        raise _out_of_calendar()
    return _EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)


def _read_text(value: Value) -> str:
    if len(value.string_value) > MAX_TEXT:
        raise _long_text()
    return value.string_value


def _read_bytes(value: Value) -> bytes:
    if len(value.bytes_value) > MAX_TEXT:
        raise _long_binary()
    return value.bytes_value


_READERS: Final[Mapping[str, Callable[[Value], Python]]] = {
    "null_value": lambda _value: None,
    "string_value": _read_text,
    "int64_value": lambda value: value.int64_value,
    "double_value": lambda value: value.double_value,
    "bool_value": lambda value: value.bool_value,
    "bytes_value": _read_bytes,
    "decimal_value": _read_decimal,
    "date_value": _read_date,
    "timestamp_value": _read_moment,
}
