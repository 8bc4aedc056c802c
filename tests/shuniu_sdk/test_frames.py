"""Records as rows, Arrow tables and pandas frames: each value keeps its type, NULL stays NULL, and an empty answer has its columns."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuniu import Answer, InvalidValueError, Receipt
from shuniu.catalogue import CatalogueError
from shuniu.frames import columns_of, types_of
from shuniu.records import Python, from_record, to_record
from shuniu.v1.brokerage_pb2 import Grant, Terms
from shuniu.v1.catalog_pb2 import FIELD_TYPE_DATE, FIELD_TYPE_DECIMAL, FIELD_TYPE_INT64, FIELD_TYPE_STRING, Entry, Field

NOON = datetime(2026, 11, 28, 4, tzinfo=timezone.utc)
FULL: dict[str, Python] = {
    "name": "张三",
    "alive": True,
    "children": 2,
    "height": 1.75,
    "income": Decimal("120.50"),
    "born": date(1990, 1, 31),
    "seen": NOON,
    "photo": b"\x00\x01",
}
TYPES = {
    "name": "string",
    "alive": "bool",
    "children": "int64",
    "height": "double",
    "income": "decimal",
    "born": "date",
    "seen": "timestamp",
    "photo": "bytes",
}
NULLS: dict[str, Python] = dict.fromkeys(FULL)


def answer(*records: dict[str, Python], fields: tuple[str, ...] = ()) -> Answer:
    return Answer([from_record(to_record(one)) for one in records], (), Receipt("hub.test/log", 1, bytes(32)), fields=fields)


def test_rows_have_the_same_columns_in_one_order():
    found = answer({"b": 1}, {"a": date(2026, 1, 1), "b": None})
    assert found.rows() == [{"a": None, "b": 1}, {"a": date(2026, 1, 1), "b": None}]
    assert [list(one) for one in found.rows()] == [["a", "b"]] * 2
    assert [list(one) for one in answer({"b": 1, "a": 2}, fields=("b", "a")).rows()] == [["b", "a"]]
    assert list(answer({"born": None}).rows(TYPES)[0]) == list(TYPES)
    assert answer().rows(TYPES) == []


def test_rows_are_the_callers_own():
    found = answer(FULL)
    found.rows()[0]["name"] = "x"
    assert found.records == [FULL]


def test_an_entry_and_a_grant_say_the_types_of_the_fields_that_are_given():
    entry = Entry(
        fields=[
            Field(name="id_number", type=FIELD_TYPE_STRING, mask="keep:3,4"),
            Field(name="born", type=FIELD_TYPE_DATE, mask="year"),
            Field(name="income", type=FIELD_TYPE_DECIMAL),
            Field(name="children", type=FIELD_TYPE_INT64, mask="hide"),
            Field(name="died", type=FIELD_TYPE_DATE),
        ]
    )
    assert types_of(entry) == {"id_number": "string", "born": "string", "income": "decimal", "children": "int64", "died": "date"}
    terms = Terms(fields=["died", "income"], masks={"died": "year"})
    assert types_of(entry, Grant(terms=terms)) == {"income": "decimal", "died": "string"}


def test_the_values_at_hand_outweigh_the_type_that_was_told():
    assert columns_of([{"born": "1990"}], {"born": "date"}) == {"born": "string"}
    assert columns_of([{"born": None}], {"born": "date"}) == {"born": "date"}


def test_values_of_several_types_in_a_column_are_told_by_name_and_not_quoted():
    with pytest.raises(InvalidValueError, match="income holds values of several types: int64, string") as told:
        answer({"income": "secret"}, {"income": 1}).rows()
    assert "secret" not in str(told.value)
    with pytest.raises(InvalidValueError, match="no type of a column"):
        answer().rows({"born": "Date"})


def test_a_table_has_every_value_in_its_type_and_nulls():
    pa = pytest.importorskip("pyarrow")
    table = answer(FULL, NULLS).to_arrow(TYPES)
    assert table.to_pylist() == [FULL, NULLS]
    wanted = [pa.string(), pa.bool_(), pa.int64(), pa.float64(), pa.decimal128(38, 2), pa.date32(), pa.timestamp("us", tz="UTC"), pa.binary()]
    assert table.schema.types == wanted
    for empty in (answer(), answer(NULLS)):
        assert [str(one).partition("(")[0] for one in empty.to_arrow(TYPES).schema.types] == [str(one).partition("(")[0] for one in wanted]
    assert answer(NULLS).to_arrow().schema.types == [pa.null()] * len(NULLS)


def test_decimals_keep_all_their_digits_or_are_refused():
    pa = pytest.importorskip("pyarrow")
    long = answer({"sum": Decimal("9" * 40 + ".125")}, {"sum": Decimal("-0.5")}).to_arrow()
    assert long.schema.types == [pa.decimal256(76, 3)]
    assert long.to_pylist() == [{"sum": Decimal("9" * 40 + ".125")}, {"sum": Decimal("-0.500")}]
    with pytest.raises(InvalidValueError, match="field sum: Arrow has no decimals of 80 digits"):
        answer({"sum": Decimal("9" * 80)}).to_arrow()


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": st.text(),
    "alive": st.booleans(),
    "children": st.integers(-(2**63), 2**63 - 1),
    "height": st.floats(allow_nan=False),
    "income": st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**30), max_value=10**30),
    "born": st.dates(),
    "seen": st.datetimes(timezones=st.just(timezone.utc)),
    "photo": st.binary(),
}


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # the first text makes hypothesis read all of Unicode
@given(st.lists(st.fixed_dictionaries({}, optional={name: st.none() | values for name, values in VALUES.items()}), max_size=5))
def test_whatever_a_record_carries_stands_in_the_table_as_it_is(records: list[dict[str, Python]]):
    pytest.importorskip("pyarrow")
    found = answer(*records)
    assert found.to_arrow(TYPES).to_pylist() == found.rows(TYPES)


def test_a_frame_has_nullable_types_and_no_number_becomes_another():
    pd = pytest.importorskip("pandas")
    frame = answer({**FULL, "children": 2**62 + 1}, NULLS).to_pandas(TYPES)
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "name": "string",
        "alive": "boolean",
        "children": "Int64",
        "height": "Float64",
        "income": "object",
        "born": "object",
        "seen": "datetime64[us, UTC]",
        "photo": "object",
    }
    row = frame.iloc[0]
    assert (row["children"], row["income"], row["born"], row["seen"], row["photo"]) == (
        2**62 + 1,
        Decimal("120.50"),
        date(1990, 1, 31),
        NOON,
        b"\x00\x01",
    )
    assert all(pd.isna(one) for one in frame.iloc[1])
    empty = answer().to_pandas(TYPES)
    assert (len(empty), list(empty.columns), list(map(str, empty.dtypes))) == (0, list(TYPES), list(map(str, frame.dtypes)))
    assert math.isclose(row["height"], 1.75)


@pytest.mark.parametrize(("ask", "library", "extra"), [(Answer.to_arrow, "pyarrow", "arrow"), (Answer.to_pandas, "pandas", "pandas")])
def test_without_the_library_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch, ask: Callable[..., Any], library: str, extra: str):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(CatalogueError) as told:
        ask(answer(FULL))
    assert (told.value.reason, told.value.next_action) == ("FRAMES_MISSING", f'pip install "shuniu[{extra}]"')
