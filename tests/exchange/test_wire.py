"""What the hub does to a provider's answer before anybody sees it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.model import Field, FieldType
from exchange.model import MOST_BYTES, MOST_RECORDS
from exchange.wire import Sieve, cleaned
from hub.errors import UnavailableError
from shuniu.records import from_record, to_record
from shuniu.v1 import exchange_pb2, provider_pb2, record_pb2

VALUES = {
    FieldType.STRING: "王小明",
    FieldType.INT64: 7,
    FieldType.DOUBLE: 1.5,
    FieldType.BOOL: True,
    FieldType.DECIMAL: Decimal("12.30"),
    FieldType.DATE: date(1990, 3, 7),
    FieldType.TIMESTAMP: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    FieldType.BYTES: b"\x00\xff",
}
ID = Field("id", "标识", FieldType.STRING, key=True)
NAME = Field("name", "姓名", FieldType.STRING, mask="keep:1,0")


def clean(*records, fields=(ID, NAME), key="k-1"):
    answer = provider_pb2.FetchResponse(records=[to_record(record) for record in records])
    return cleaned(answer.SerializeToString(), Sieve.of(fields, "P", "id"), key)


def refused(*records, **said):
    with pytest.raises(UnavailableError) as error:
        clean(*records, **said)
    assert error.value.reason == "PROVIDER_ANSWER_INVALID"
    return error.value.message


def test_granted_fields_pass_and_masks_are_applied():
    response, cleaning = clean({"id": "k-1", "name": "王小明"}, {"id": "k-1", "name": None})
    assert [from_record(record) for record in response.records] == [{"id": "k-1", "name": "王**"}, {"id": "k-1", "name": None}]
    assert (cleaning.dropped, cleaning.masked, tuple(response.masked_fields)) == ((), ("name",), ("name",))


def test_what_was_not_granted_is_dropped_and_named():
    response, cleaning = clean({"id": "k-1", "phone": "1"}, {"id": "k-1", "name": "李", "income": 3})
    assert [sorted(record.fields) for record in response.records] == [["id"], ["id", "name"]]
    assert cleaning.dropped == ("income", "phone")
    assert b"phone" not in response.SerializeToString()


def test_a_dropped_name_that_is_no_field_name_is_not_repeated():
    _, cleaning = clean({"id": "k-1", "x640104199003070121": 1, "a\nb": 1, "phone": 1, "\u202e": 1, "X" * 500: 1})
    assert cleaning.dropped == ("(no field name)", "phone")


def test_fields_that_no_proto_names_do_not_travel_on_unseen():
    smuggled = b"\x9a\x06\x0asecret-007"  # field 99, ten bytes
    record = record_pb2.Record.FromString(to_record({"id": "k-1"}).SerializeToString() + smuggled)
    record.fields["name"].MergeFrom(record_pb2.Value.FromString(record_pb2.Value(string_value="王").SerializeToString() + smuggled))
    answer = provider_pb2.FetchResponse(records=[record]).SerializeToString() + smuggled
    assert answer.count(b"secret-007") == 3
    response, _ = cleaned(answer, Sieve.of((ID, NAME), "P", "id"), "k-1")
    assert b"secret-007" not in response.SerializeToString()


def test_bytes_that_are_no_answer_are_refused():
    with pytest.raises(UnavailableError, match="no answer"):
        cleaned(b"\xff\xff\xff garbage", Sieve.of((ID, NAME), "P", "id"), "k-1")


def test_an_answer_is_read_as_what_it_becomes_and_a_provider_does_not_say_what_was_masked():
    fetched, answered = provider_pb2.FetchResponse.DESCRIPTOR, exchange_pb2.QueryResponse.DESCRIPTOR
    (records,) = fetched.fields
    assert (records.name, records.number) == ("records", answered.fields_by_name["records"].number)
    assert records.message_type is answered.fields_by_name["records"].message_type
    claimed = exchange_pb2.QueryResponse(records=[to_record({"id": "k-1"})], masked_fields=["id", "secret"]).SerializeToString()
    response, _ = cleaned(claimed, Sieve.of((ID, NAME), "P", "id"), "k-1")
    assert list(response.masked_fields) == ["name"]


@pytest.mark.parametrize("kind", list(FieldType))
@pytest.mark.parametrize("sent", list(FieldType))
def test_a_value_of_another_type_than_the_entry_s_is_refused(kind, sent):
    fields = (Field("x", "值", kind),)
    if kind is sent:
        response, _ = clean({"x": VALUES[sent]}, fields=fields)
        assert from_record(response.records[0]) == {"x": VALUES[sent]}
    else:
        assert "x" in refused({"x": VALUES[sent]}, fields=fields)


def test_a_value_without_any_kind_is_refused_and_a_null_is_not():
    record = record_pb2.Record()
    record.fields["name"].SetInParent()
    with pytest.raises(UnavailableError):
        cleaned(provider_pb2.FetchResponse(records=[record]).SerializeToString(), Sieve.of((ID, NAME), "P", "id"), "k-1")
    assert clean({"name": None})[0].records[0].fields["name"].WhichOneof("kind") == "null_value"


def test_a_record_of_another_subject_is_refused_even_when_the_key_was_not_granted():
    assert "another subject" in refused({"id": "k-1"}, {"id": "k-2"})
    assert "another subject" in refused({"id": "k-2", "name": "王"}, fields=(NAME,))
    assert clean({"id": " K-1 "})[0].records  # databases differ about case and blanks
    number = (Field("id", "标识", FieldType.INT64),)
    assert clean({"id": 12}, fields=number, key="12")[0].records
    assert "another subject" in refused({"id": 13}, fields=number, key="12")


def test_too_many_records_are_refused_and_just_as_many_are_not():
    assert len(clean(*[{"id": "k-1"}] * MOST_RECORDS)[0].records) == MOST_RECORDS
    assert str(MOST_RECORDS) in refused(*[{"id": "k-1"}] * (MOST_RECORDS + 1))


def test_too_many_bytes_are_refused():
    big = {"id": "k-1", "name": "x" * 1_000_000}
    assert str(MOST_BYTES) in refused(*[big] * 5, fields=(ID, Field("name", "姓名", FieldType.STRING)))


def test_a_mask_on_what_cannot_be_read_refuses_rather_than_shows():
    born = (Field("born", "出生日期", FieldType.DATE, mask="year"),)
    answer = provider_pb2.FetchResponse()
    answer.records.add().fields["born"].date_value = "not a day"
    with pytest.raises(UnavailableError):
        cleaned(answer.SerializeToString(), Sieve.of(born, "P", "id"), "k-1")
    assert from_record(clean({"born": date(1990, 3, 7)}, fields=born)[0].records[0]) == {"born": "1990"}


scalars = st.one_of(st.none(), st.text(max_size=20), st.integers(-(2**63), 2**63 - 1), st.booleans(), st.binary(max_size=20), st.floats())


@given(st.lists(st.dictionaries(st.sampled_from(["id", "name", "phone", "address", "secret"]), scalars), max_size=5))
def test_nothing_but_the_granted_fields_ever_comes_out(records):
    try:
        response, cleaning = clean(*records)
    except UnavailableError:
        return
    assert {name for record in response.records for name in record.fields} <= {"id", "name"}
    assert set(cleaning.dropped) == {name for record in records for name in record} - {"id", "name"}
    shown = [record.fields["name"].string_value for record in response.records if "name" in record.fields]
    assert all(set(text[1:]) <= {"*"} for text in shown)


@settings(max_examples=200)
@given(st.data())
def test_any_bytes_are_cleaned_or_refused(data):
    right = provider_pb2.FetchResponse(records=[to_record({"id": "k-1", "name": "王小明", "phone": 1})]).SerializeToString()
    place = data.draw(st.integers(0, len(right) - 1))
    bent = right[:place] + data.draw(st.binary(max_size=4)) + right[place + data.draw(st.integers(0, 4)) :]
    try:
        response, _ = cleaned(bent, Sieve.of((ID, NAME), "P", "id"), "k-1")
    except UnavailableError:
        return
    assert {name for record in response.records for name in record.fields} <= {"id", "name"}
