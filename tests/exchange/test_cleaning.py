"""What the hub does to a provider's answer before anybody sees it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokerage.grants import LiveGrant
from catalog.masking import apply_mask
from catalog.model import Field, FieldType
from exchange.cleaning import Sieve, Sieves, clean
from exchange.model import MOST_BYTES, MOST_RECORDS
from exchange.wire import response_from, value_from
from hub.errors import UnavailableError
from shuniu.records import from_record, to_record
from shuniu.v1 import exchange_pb2, provider_pb2, record_pb2
from tests.brokerage.test_grants import GRANT

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


def cleaning(answer: bytes, fields=(ID, NAME), key="k-1"):
    """Return the answer as it leaves, and which fields were dropped."""
    response = response_from(answer, "P")
    return response, clean(response, Sieve.of(fields, "P", "id"), key)


def sent(*records, **said):
    return cleaning(provider_pb2.FetchResponse(records=[to_record(record) for record in records]).SerializeToString(), **said)


def refused(*records, **said):
    with pytest.raises(UnavailableError) as error:
        sent(*records, **said)
    assert error.value.reason == "PROVIDER_ANSWER_INVALID"
    return error.value.message


def test_a_refusal_names_step_provider_and_field_in_either_language():
    with pytest.raises(UnavailableError) as error:
        sent({"id": "k-1", "name": 7})
    assert error.value.message.startswith("step 4 of 6 (clean): provider P sent field name in another type")
    assert error.value.zh == "第4步（共6步：过滤脱敏）：提供方 P 返回的信息项“姓名”与目录条目规定的类型（文本）不符；未提供任何数据"
    assert (error.value.next_action != "", error.value.next_action_zh.startswith("请")) == (True, True)


def test_granted_fields_pass_and_masks_are_applied():
    response, dropped = sent({"id": "k-1", "name": "王小明"}, {"id": "k-1", "name": None})
    assert [from_record(record) for record in response.records] == [{"id": "k-1", "name": "王**"}, {"id": "k-1", "name": None}]
    assert (dropped, tuple(response.masked_fields)) == ((), ("name",))


def test_what_was_not_granted_is_dropped_and_named():
    response, dropped = sent({"id": "k-1", "phone": "1"}, {"id": "k-1", "name": "李", "income": 3})
    assert [sorted(record.fields) for record in response.records] == [["id"], ["id", "name"]]
    assert dropped == ("income", "phone")
    assert b"phone" not in response.SerializeToString()


def test_a_dropped_name_that_is_no_field_name_is_not_repeated():
    _, dropped = sent({"id": "k-1", "x640104199003070121": 1, "a\nb": 1, "phone": 1, "\u202e": 1, "X" * 500: 1})
    assert dropped == ("(no field name)", "phone")


def test_fields_that_no_proto_names_do_not_travel_on_unseen():
    smuggled = b"\x9a\x06\x0asecret-007"  # field 99, ten bytes
    record = record_pb2.Record.FromString(to_record({"id": "k-1"}).SerializeToString() + smuggled)
    record.fields["name"].MergeFrom(record_pb2.Value.FromString(record_pb2.Value(string_value="王").SerializeToString() + smuggled))
    answer = provider_pb2.FetchResponse(records=[record]).SerializeToString() + smuggled
    assert answer.count(b"secret-007") == 3
    response, _ = cleaning(answer)
    assert b"secret-007" not in response.SerializeToString()


def test_bytes_that_are_no_answer_are_refused():
    with pytest.raises(UnavailableError, match="cannot be read as an answer"):
        cleaning(b"\xff\xff\xff garbage")


def test_an_answer_is_read_as_what_it_becomes_and_a_provider_does_not_say_what_was_masked():
    fetched, answered = provider_pb2.FetchResponse.DESCRIPTOR, exchange_pb2.QueryResponse.DESCRIPTOR
    (records,) = fetched.fields
    assert (records.name, records.number) == ("records", answered.fields_by_name["records"].number)
    assert records.message_type is answered.fields_by_name["records"].message_type
    claimed = exchange_pb2.QueryResponse(records=[to_record({"id": "k-1"})], masked_fields=["id", "secret"]).SerializeToString()
    response, _ = cleaning(claimed)
    assert list(response.masked_fields) == ["name"]


@pytest.mark.parametrize("kind", list(FieldType))
@pytest.mark.parametrize("other", list(FieldType))
def test_a_value_of_another_type_than_the_entry_s_is_refused(kind, other):
    fields = (Field("x", "值", kind),)
    if kind is other:
        response, _ = sent({"x": VALUES[other]}, fields=fields)
        assert from_record(response.records[0]) == {"x": VALUES[other]}
    else:
        assert f"field x in another type than the directory entry's, {kind.value};" in refused({"x": VALUES[other]}, fields=fields)


def test_a_value_without_any_kind_is_refused_and_a_null_is_not():
    record = record_pb2.Record()
    record.fields["name"].SetInParent()
    with pytest.raises(UnavailableError):
        cleaning(provider_pb2.FetchResponse(records=[record]).SerializeToString())
    assert sent({"name": None})[0].records[0].fields["name"].WhichOneof("kind") == "null_value"


def test_a_record_of_another_subject_is_refused_even_when_the_key_was_not_granted():
    assert "another subject" in refused({"id": "k-1"}, {"id": "k-2"})
    assert "another subject" in refused({"id": "k-2", "name": "王"}, fields=(NAME,))
    assert sent({"id": " K-1 "})[0].records  # databases differ about case and blanks
    number = (Field("id", "标识", FieldType.INT64),)
    assert sent({"id": 12}, fields=number, key="12")[0].records
    assert "another subject" in refused({"id": 13}, fields=number, key="12")


def test_too_many_records_are_refused_and_just_as_many_are_not():
    assert len(sent(*[{"id": "k-1"}] * MOST_RECORDS)[0].records) == MOST_RECORDS
    assert str(MOST_RECORDS) in refused(*[{"id": "k-1"}] * (MOST_RECORDS + 1))


def test_too_many_bytes_are_refused():
    big = {"id": "k-1", "name": "x" * 1_000_000}
    assert str(MOST_BYTES) in refused(*[big] * 5, fields=(ID, Field("name", "姓名", FieldType.STRING)))


def test_a_mask_on_what_cannot_be_read_refuses_rather_than_shows():
    born = (Field("born", "出生日期", FieldType.DATE, mask="year"),)
    answer = provider_pb2.FetchResponse()
    answer.records.add().fields["born"].date_value = "not a day"
    with pytest.raises(UnavailableError):
        cleaning(answer.SerializeToString(), born)
    assert from_record(sent({"born": date(1990, 3, 7)}, fields=born)[0].records[0]) == {"born": "1990"}


scalars = st.one_of(st.none(), st.text(max_size=20), st.integers(-(2**63), 2**63 - 1), st.booleans(), st.binary(max_size=20), st.floats())


@given(st.lists(st.dictionaries(st.sampled_from(["id", "name", "phone", "address", "secret"]), scalars), max_size=5))
def test_nothing_but_the_granted_fields_ever_comes_out(records):
    try:
        response, dropped = sent(*records)
    except UnavailableError:
        return
    assert {name for record in response.records for name in record.fields} <= {"id", "name"}
    assert set(dropped) == {name for record in records for name in record} - {"id", "name"}
    shown = [record.fields["name"].string_value for record in response.records if "name" in record.fields]
    assert all(set(text[1:]) <= {"*"} for text in shown)


@settings(max_examples=200)
@given(st.data())
def test_any_bytes_are_cleaned_or_refused(data):
    right = provider_pb2.FetchResponse(records=[to_record({"id": "k-1", "name": "王小明", "phone": 1})]).SerializeToString()
    place = data.draw(st.integers(0, len(right) - 1))
    bent = right[:place] + data.draw(st.binary(max_size=4)) + right[place + data.draw(st.integers(0, 4)) :]
    try:
        response, _ = cleaning(bent)
    except UnavailableError:
        return
    assert {name for record in response.records for name in record.fields} <= {"id", "name"}


def live(number: int, revision: int = 1) -> LiveGrant:
    return LiveGrant(
        replace(GRANT, id=f"01k0000000000000000000000{number}", revision=revision), "entries/e", "", (ID, NAME), "id", "cn-id", "P", "s", "r"
    )


def test_a_sieve_is_made_once_and_anew_for_a_grant_that_changed():
    sieves = Sieves()
    first = sieves.get(live(1), ("name",), (NAME,))
    assert sieves.get(live(1), ("name",), (NAME,)) is first
    assert sieves.get(live(1), (), (ID, NAME)) is not first
    assert sieves.get(live(1, revision=2), ("name",), (NAME,)) is not first


def test_of_many_sieves_those_used_last_are_known():
    sieves = Sieves(most=2)
    first, second = (sieves.get(live(number), (), (ID, NAME)) for number in (1, 2))
    assert sieves.get(live(1), (), (ID, NAME)) is first
    sieves.get(live(3), (), (ID, NAME))
    assert sieves.get(live(1), (), (ID, NAME)) is first
    assert sieves.get(live(2), (), (ID, NAME)) is not second


def test_the_year_that_a_mask_leaves_of_a_time_is_the_one_that_it_was_in_china():
    value = record_pb2.Value()
    value.timestamp_value.FromDatetime(datetime(1989, 12, 31, 16, 0, tzinfo=UTC))  # 1990-01-01 00:00 there
    assert apply_mask("year", value_from(value)) == "1990"
