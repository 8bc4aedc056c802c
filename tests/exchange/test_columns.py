"""What is done with whole columns is what is done with single values: masks, scopes; and headers tell what they claim."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from catalog.masking import apply_mask
from catalog.model import FieldType
from exchange.arrow import types_of
from exchange.arrow_header import BatchHeader, HeaderError
from exchange.column_masks import mask_column
from exchange.column_scopes import ColumnError, inside
from exchange.stream_wire import ProviderBatch, ProviderEnd, frame_to, provider_part
from shuniu.scope import RowCondition, read_test
from shuniu.v1 import stream_pb2

TEXTS = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.from_regex(r"[0-9]{3,9}[-年]?", fullmatch=True))
RULES = st.one_of(st.sampled_from(["year", "hide"]), st.builds("keep:{},{}".format, st.integers(0, 9), st.integers(0, 9)))


@given(st.lists(TEXTS, max_size=20), RULES)
def test_a_masked_column_is_its_masked_values(texts: list[str | None], rule: str):
    found = mask_column(pa, pc, pa.array(texts, pa.utf8()), FieldType.STRING, rule)
    assert found.to_pylist() == [apply_mask(rule, text) for text in texts]


@given(st.lists(st.one_of(st.none(), st.dates()), max_size=20), RULES)
def test_a_masked_column_of_dates_too(days: list[date | None], rule: str):
    found = mask_column(pa, pc, pa.array(days, pa.date32()), FieldType.DATE, rule)
    assert found.to_pylist() == [apply_mask(rule, day) for day in days]


@given(st.lists(st.one_of(st.none(), st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))), max_size=20), RULES)  # noqa: DTZ001
def test_and_of_moments_by_the_year_that_it_was_in_china(moments: list[datetime | None], rule: str):
    found = mask_column(pa, pc, pa.array(moments, pa.timestamp("us", "UTC")), FieldType.TIMESTAMP, rule)
    assert found.to_pylist() == [apply_mask(rule, moment) for moment in moments]


@pytest.mark.parametrize(("kind", "value"), [("INT64", 1990), ("DOUBLE", 1.5), ("BOOL", True), ("BYTES", b"1990"), ("DECIMAL", "1990")])
@pytest.mark.parametrize("rule", ["year", "hide", "keep:1,0"])
def test_of_other_types_a_rule_leaves_nothing(kind: str, value: Any, rule: str):
    column = pa.array([value, None], types_of(pa)[FieldType[kind]])
    assert mask_column(pa, pc, column, FieldType[kind], rule).to_pylist() == [None, None]


CONDITIONS = [
    (RowCondition("f", equal="王", type="string"), ["王", "王小", "", None, " 王"]),
    (RowCondition("f", prefix="64", type="string"), ["64", "640", "6", "", None, "064"]),
    (RowCondition("f", any_of=("a", "b"), type="string"), ["a", "A", "b", None]),
    (RowCondition("f", any_of=("1", "-5"), type="int64"), [1, -5, 0, None]),
    (RowCondition("f", at_least="2", at_most="4", type="int64"), [1, 2, 3, 4, 5, None]),
    (RowCondition("f", at_least="2", type="int64"), [1, 2, 2**62, None]),
    (RowCondition("f", equal="true", type="bool"), [True, False, None]),
    (RowCondition("f", equal="2020-01-01", type="date"), [date(2020, 1, 1), date(2020, 1, 2), None]),
    (RowCondition("f", at_least="2020-01-01", at_most="2020-12-31", type="date"), [date(2019, 12, 31), date(2020, 6, 1), date(2021, 1, 1), None]),
    (RowCondition("f", at_most="120.5", type="decimal"), ["120.5", "120.50", "120.51", "-3", None]),
    (
        RowCondition("f", at_least="2026-03-02T08:00:00+08:00", type="timestamp"),
        [datetime(2026, 3, 1, 23, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC), None],
    ),
    (RowCondition("f", equal="2026-03-02T00:00:00Z", type="timestamp"), [datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)]),
]


@pytest.mark.parametrize(("condition", "values"), CONDITIONS, ids=str)
def test_a_column_lies_inside_where_its_values_do(condition: RowCondition, values: list[Any]):
    test = read_test(condition)
    column = pa.array(values, types_of(pa)[FieldType(condition.type)])
    held = [Decimal(value) if condition.type == "decimal" and value is not None else value for value in values]
    assert inside(pa, pc, column, test).to_pylist() == [value is not None and bool(test.holds(test.form(value))) for value in held]


@pytest.mark.parametrize("text", ["1e9", "x", "", "1" * 2_000, "NaN"])
def test_a_decimal_that_is_none_is_not_compared(text: str):
    with pytest.raises(ColumnError):
        inside(pa, pc, pa.array([text]), read_test(RowCondition("f", at_most="1", type="decimal")))


BATCH = pa.record_batch({"a": pa.array(["x", None]), "b": pa.array([1, 2])})
PLAIN = BATCH.serialize().to_pybytes()


def test_a_header_tells_what_it_claims():
    assert BatchHeader.read(PLAIN) == BatchHeader(rows=2, nodes=2, buffers=5, is_plain=True)


def test_what_is_told_beside_the_columns_is_seen():
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, BATCH.schema) as writer:
        writer.write_batch(BATCH, custom_metadata={"more": "1"})
    data = sink.getvalue().to_pybytes()[len(BATCH.schema.serialize()) : -8]
    assert not BatchHeader.read(data).is_plain


@given(st.data())
def test_a_header_that_was_tampered_with_is_read_or_refused(data: st.DataObject):
    tampered = bytearray(PLAIN)
    for _ in range(data.draw(st.integers(1, 4))):
        tampered[data.draw(st.integers(0, len(tampered) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(tampered)))
    for one in (bytes(tampered), bytes(tampered[:cut])):
        try:
            BatchHeader.read(one)
        except HeaderError:
            continue


@given(st.binary(max_size=200))
def test_other_bytes_are_no_header(data: bytes):
    with pytest.raises(HeaderError):
        BatchHeader.read(data)


@given(st.binary(max_size=20_000), st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), st.binary(max_size=300))
def test_a_part_written_by_hand_is_what_protobuf_writes(data: bytes, first: int, rows: int, token: bytes):
    read = stream_pb2.StreamResponse.FromString(frame_to(data, first, rows, token))
    assert read == stream_pb2.StreamResponse(frame=stream_pb2.StreamFrame(batch=data, first_row=first, rows=rows, resume_token=token))


PROVIDED = stream_pb2.ProviderStreamResponse


def by_protobuf(message: bytes) -> object:
    """Return what protobuf's own reader finds."""
    try:
        part = PROVIDED.FromString(message)
    except DecodeError:
        return None
    kind = part.WhichOneof("part")
    return (part.batch.batch, part.batch.cursor) if kind == "batch" else "end" if kind == "end" else None


def in_place(message: bytes) -> object:
    part = provider_part(message)
    if isinstance(part, ProviderBatch):
        return bytes(part.data), part.cursor
    return "end" if isinstance(part, ProviderEnd) else None


@given(st.binary(max_size=20_000), st.binary(max_size=300))
def test_a_batch_that_is_read_in_place_is_what_protobuf_reads(data: bytes, cursor: bytes):
    message = PROVIDED(batch=stream_pb2.ProviderStreamBatch(batch=data, cursor=cursor)).SerializeToString()
    assert in_place(message) == by_protobuf(message) == (data, cursor)


@given(st.data())
def test_whatever_else_a_provider_sends_is_read_as_protobuf_reads_it(data: st.DataObject):
    message = PROVIDED(batch=stream_pb2.ProviderStreamBatch(batch=b"x" * data.draw(st.integers(0, 300)), cursor=b"c" * 9)).SerializeToString()
    tampered = bytearray(message + data.draw(st.sampled_from([b"", message, b"\x1a\x00", b"\x08\x01"])))
    for _ in range(data.draw(st.integers(0, 3))):
        tampered[data.draw(st.integers(0, min(len(tampered), 16) - 1))] = data.draw(st.integers(0, 255))
    whole = bytes(tampered[: data.draw(st.integers(0, len(tampered)))])
    assert in_place(whole) == by_protobuf(whole)
