"""Values keep their type and their digits on the way; what is none of the types is refused without being quoted."""

from __future__ import annotations

import enum
import math
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from shuniu.errors import InvalidValueError
from shuniu.records import MAX_DECIMAL, MAX_FIELDS, MAX_TEXT, from_record, from_value, to_record, to_value
from shuniu.v1.record_pb2 import Record, Value

ZONES = st.timezones() | st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours)))
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES)  # noqa: DTZ001 -- hypothesis adds the zone
VALUES = (
    st.none()
    | st.text()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.binary()
    | st.decimals(allow_nan=False, allow_infinity=False).filter(lambda one: abs(one.adjusted()) < 500 and abs(int(one.as_tuple().exponent)) < 500)
    | st.dates()
    | MOMENTS
)


def in_utc(value: Any) -> Any:
    """Return a time in UTC: Python holds two moments of different zones for unequal where one of them falls into a repeated hour."""
    return value.astimezone(timezone.utc) if isinstance(value, datetime) else value


@given(VALUES)
def test_a_value_comes_back_as_it_was_and_of_the_same_type(value: Any):
    back = from_value(Value.FromString(to_value(value).SerializeToString()))
    assert back == in_utc(value)
    assert type(back) is type(value)


@given(st.dictionaries(st.text(max_size=20), VALUES, max_size=12))
def test_a_record_comes_back_as_it_was(fields: dict[str, Any]):
    back = from_record(Record.FromString(to_record(fields).SerializeToString()))
    assert back == {name: in_utc(value) for name, value in fields.items()}


def test_a_decimal_keeps_its_trailing_zero_and_is_written_plainly():
    assert to_value(Decimal("120.50")).decimal_value == "120.50"
    assert to_value(Decimal("1E+3")).decimal_value == "1000"
    assert str(from_value(to_value(Decimal("120.50")))) == "120.50"


def test_true_is_no_number_and_a_number_no_truth():
    assert to_value(True).WhichOneof("kind") == "bool_value"
    assert to_value(1).WhichOneof("kind") == "int64_value"


def test_a_moment_is_no_date():
    assert to_value(datetime(2024, 1, 31, tzinfo=timezone.utc)).WhichOneof("kind") == "timestamp_value"
    assert to_value(date(2024, 1, 31)).WhichOneof("kind") == "date_value"


def test_a_subclass_is_carried_as_what_it_is():
    class Level(enum.IntEnum):
        HIGH = 3

    class Word(str):
        __slots__ = ()

    assert from_value(to_value(Level.HIGH)) == 3

    class Stamp(datetime):
        __slots__ = ()

    assert from_value(to_value(Word("x"))) == "x"
    assert from_value(to_value(Stamp(2024, 1, 31, 8, tzinfo=timezone.utc))) == datetime(2024, 1, 31, 8, tzinfo=timezone.utc)


def test_a_float_may_be_any_ieee_754_double():
    assert math.isnan(float(str(from_value(to_value(math.nan)))))
    assert from_value(to_value(-math.inf)) == -math.inf


@pytest.mark.parametrize(
    "value",
    [
        2**63,
        -(2**63) - 1,
        datetime(2024, 1, 31),  # noqa: DTZ001 -- that is the case
        Decimal("NaN"),
        Decimal("-Infinity"),
        Decimal("1E+1000000"),
        Decimal("1E-1000000"),
        Decimal("0E-1000000"),
        Decimal("1" * (MAX_DECIMAL + 1)),
        "x" * (MAX_TEXT + 1),
        b"x" * (MAX_TEXT + 1),
        "\ud800",
        ["a"],
        {"a": 1},
        1j,
        object(),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8))),
    ],
)
def test_what_no_record_carries_is_refused(value: object):
    with pytest.raises(InvalidValueError):
        to_value(value)


def test_a_refusal_names_the_field_and_not_the_value():
    with pytest.raises(InvalidValueError) as refused:
        to_record({"income": Decimal("NaN"), "id_number": "640102199001311234"})
    assert "income" in str(refused.value)
    assert "640102" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "1e5", "NaN", " 1", "1 ", "1.", ".5", "+1", "01", "--1", "١", "1_000", "1" * (MAX_DECIMAL + 1), "1\n"])
def test_a_decimal_not_in_plain_notation_is_refused(text: str):
    with pytest.raises(InvalidValueError):
        from_value(Value(decimal_value=text))


@pytest.mark.parametrize("text", ["", "2024-02-30", "20240131", "2024-1-31", "2024-W05-3", "0000-01-01", "２０２４-01-31", "2024-01-31\n"])
def test_a_date_not_of_the_calendar_is_refused(text: str):
    with pytest.raises(InvalidValueError):
        from_value(Value(date_value=text))


@pytest.mark.parametrize(
    "stamp", [Timestamp(seconds=2**62), Timestamp(seconds=-(2**62)), Timestamp(nanos=-1), Timestamp(nanos=10**9), Timestamp(seconds=253_402_300_800)]
)
def test_a_time_out_of_range_is_refused(stamp: Timestamp):
    with pytest.raises(InvalidValueError):
        from_value(Value(timestamp_value=stamp))


def test_an_unset_value_is_refused():
    with pytest.raises(InvalidValueError):
        from_record(Record(fields={"name": Value()}))


def test_a_record_has_a_cap_of_fields():
    fields = {f"f{number}": number for number in range(MAX_FIELDS + 1)}
    with pytest.raises(InvalidValueError):
        to_record(fields)
    with pytest.raises(InvalidValueError):
        from_record(Record(fields={name: Value(int64_value=1) for name in fields}))


@given(st.binary(max_size=60), st.data())
def test_foreign_bytes_give_a_value_or_a_refusal(noise: bytes, data: st.DataObject):
    whole = bytearray(to_record({"a": Decimal("12.50"), "b": date(2024, 1, 31), "c": datetime(2024, 1, 31, tzinfo=timezone.utc)}).SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    for raw in (bytes(whole), noise):
        try:
            from_record(Record.FromString(raw))
        except (DecodeError, InvalidValueError):
            continue
