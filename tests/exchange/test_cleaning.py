"""What the hub does to a provider's answer before anybody sees it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exchange.cleaning
from brokerage.grants import LiveGrant
from catalog.masking import apply_mask
from catalog.model import Field, FieldType
from exchange.cleaning import Sieve, Sieves, clean
from exchange.model import ASKED_RECORDS, MOST_BYTES, MOST_RECEIVED, MOST_RECORDS
from exchange.values import value_from
from hub.errors import IntegrityError, LimitError
from shuniu.identifiers import citizen_id, uscc
from shuniu.records import from_record, to_record
from shuniu.v1 import exchange_pb2, provider_pb2, record_pb2
from tests.brokerage.test_grants import GRANT
from tests.exchange.wire import TRUE, entry, part
from tests.hub.spellings import spellings

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


CITIZEN = citizen_id.build("640104", date(1990, 1, 1), 39)  # ends in X
COMPANY = uscc.build("91", "640100", "MA76F8XY")


def granted(fields=(ID, NAME), domain="", kind=FieldType.STRING) -> LiveGrant:
    return LiveGrant(GRANT, "entries/e", "", fields, "id", domain, "P", "s", "r", kind)


def cleaning(answer: bytes, fields=(ID, NAME), key="k-1", **said):
    """Return the answer as it leaves, and which fields were dropped: read as a whole and record by record, which is the same."""
    whole = cleaned(answer, fields, key, **said)
    with patch.object(exchange.cleaning, "is_light", lambda _answer: False):
        assert cleaned(answer, fields, key, **said) == whole
    return whole


def cleaned(answer: bytes, fields, key: str, **said):
    found = clean(answer, Sieve.of(granted(fields, **said), fields), key)
    response = exchange_pb2.QueryResponse.FromString(found.data)
    assert found.rows == len(response.records)
    return response, found.dropped


def sent_bare(*records, **said):
    return cleaning(provider_pb2.FetchResponse(records=[to_record(record) for record in records]).SerializeToString(), **said)


def sent(*records, **said):
    """The same where the test is not about the key: each record has the right one unless it says otherwise."""
    return sent_bare(*[{"id": said.get("key", "k-1"), **record} for record in records], **said)


def refused(*records, reason="PROVIDER_ANSWER_INVALID", sending=sent, error=IntegrityError, **said):
    with pytest.raises(error) as whole:
        sending(*records, **said)
    with patch.object(exchange.cleaning, "is_light", lambda _answer: False), pytest.raises(error) as apart:
        sending(*records, **said)
    assert (whole.value.reason, apart.value.message) == (reason, whole.value.message)
    return whole.value.message


def test_a_refusal_names_step_provider_and_field_in_either_language():
    with pytest.raises(IntegrityError) as error:
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
    with pytest.raises(IntegrityError, match="cannot be read as an answer"):
        cleaning(b"\xff\xff\xff garbage")


def test_an_answer_is_read_as_what_it_becomes_and_a_provider_does_not_say_what_was_masked():
    fetched, answered = provider_pb2.FetchResponse.DESCRIPTOR, exchange_pb2.QueryResponse.DESCRIPTOR
    records, asked = fetched.fields
    assert (records.name, records.number) == ("records", answered.fields_by_name["records"].number)
    assert records.message_type is answered.fields_by_name["records"].message_type
    assert asked.number not in answered.fields_by_number  # so the answer knows nothing of it
    claimed = exchange_pb2.QueryResponse(records=[to_record({"id": "k-1"})], masked_fields=["id", "secret"]).SerializeToString()
    response, _ = cleaning(claimed)
    assert list(response.masked_fields) == ["name"]


@pytest.mark.parametrize("kind", list(FieldType))
@pytest.mark.parametrize("other", list(FieldType))
def test_a_value_of_another_type_than_the_entry_s_is_refused(kind, other):
    fields = (Field("x", "值", kind),)
    if kind is other:
        response, dropped = sent({"x": VALUES[other]}, fields=fields)
        assert (from_record(response.records[0]), dropped) == ({"x": VALUES[other]}, ())
    else:
        assert f"field x in another type than the directory entry's, {kind.value};" in refused({"x": VALUES[other]}, fields=fields)


def test_a_value_without_any_kind_is_refused_and_a_null_is_not():
    record = to_record({"id": "k-1"})
    record.fields["name"].SetInParent()
    with pytest.raises(IntegrityError):
        cleaning(provider_pb2.FetchResponse(records=[record]).SerializeToString())
    assert sent({"name": None})[0].records[0].fields["name"].WhichOneof("kind") == "null_value"


def test_a_record_of_another_subject_is_refused_even_when_the_key_was_not_granted():
    assert "another subject" in refused({"id": "k-1"}, {"id": "k-2"})
    assert "another subject" in refused({"id": "k-2", "name": "王"}, fields=(NAME,))
    number = (Field("id", "标识", FieldType.INT64),)
    assert sent({"id": 12}, fields=number, key="12")[0].records
    assert "another subject" in refused({"id": 13}, fields=number, key="12")
    others = [{"id": citizen_id.build("640104", date(1980, 1, 1), number), "name": "王"} for number in range(1_000)]
    assert "another subject" in refused(*others, key=CITIZEN, domain="cn-id", fields=(NAME,))


@pytest.mark.parametrize("fields", [(ID, NAME), (NAME,)])
@pytest.mark.parametrize("nothing", [{}, {"id": None}, {"id": b"k-1"}, {"id": 1.0}, {"id": Decimal(1)}, {"id": True}, {"id": date(1990, 3, 7)}])
def test_a_record_that_does_not_say_whose_it_is_refuses_the_whole_answer(fields, nothing):
    right = {"id": "k-1", "name": "王"}
    for records in ([{"name": "王", **nothing}], [right, {"name": "李", **nothing}], [{"name": "王", **nothing}] * 1_000):
        assert "does not say whose it is" in refused(*records, sending=sent_bare, fields=fields, reason="PROVIDER_KEY_MISSING")


def test_a_key_without_any_kind_is_none():
    record = to_record({"name": "王"})
    record.fields["id"].SetInParent()
    with pytest.raises(IntegrityError) as error:
        cleaning(provider_pb2.FetchResponse(records=[record]).SerializeToString())
    assert error.value.reason == "PROVIDER_KEY_MISSING"


def test_the_key_is_asked_for_and_released_only_where_it_was_granted():
    response, dropped = sent({"name": "王小明"}, fields=(NAME,))
    assert ([from_record(record) for record in response.records], dropped) == ([{"name": "王**"}], ())


def test_a_masked_key_is_compared_before_it_is_masked():
    masked = (replace(ID, mask="keep:6,4"),)
    assert from_record(sent({"id": CITIZEN}, fields=masked, key=CITIZEN, domain="cn-id")[0].records[0]) == {"id": f"640104********{CITIZEN[-4:]}"}
    hidden = (replace(ID, mask="hide"),)
    assert from_record(sent({"id": CITIZEN}, fields=hidden, key=CITIZEN, domain="cn-id")[0].records[0]) == {"id": None}
    assert "another subject" in refused({"id": COMPANY}, fields=hidden, key=CITIZEN, domain="cn-id")


@given(st.sampled_from([("cn-id", CITIZEN), ("uscc", COMPANY)]), st.data())
def test_the_table_of_a_provider_may_spell_a_number_its_own_way(whose, data):
    domain, key = whose
    assert sent({"id": data.draw(spellings(key))}, key=key, domain=domain)[0].records


@pytest.mark.parametrize("other", [CITIZEN[:-1] + "1", CITIZEN[:6] + CITIZEN[8:17], f"0{CITIZEN}", f"{CITIZEN}.0", "%", COMPANY])
def test_what_is_no_spelling_of_the_number_is_another_subject(other):
    assert "another subject" in refused({"id": other}, key=CITIZEN, domain="cn-id")


def test_a_number_may_be_kept_as_a_whole_number():
    key = citizen_id.build("640104", date(1990, 3, 7), 12)
    assert sent({"id": int(key)}, key=key, domain="cn-id", fields=(NAME,))[0].records
    exact = (Field("id", "标识", FieldType.DECIMAL),)
    assert sent({"id": Decimal(12)}, fields=exact, key="12", kind=FieldType.DECIMAL)[0].records
    assert "another subject" in refused({"id": Decimal("12.0")}, fields=exact, key="12", kind=FieldType.DECIMAL)


def test_a_key_of_the_providers_own_is_compared_as_databases_do():
    for spelling in ("粤（2020）第AB1号", " 粤(2020)第ab1号 "):
        assert sent({"id": spelling}, key="粤（2020）第AB1号")[0].records
    assert "another subject" in refused({"id": "粤(2020)第AB2号"}, key="粤（2020）第AB1号")


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x07", "\x0b", "\x1f", "\x7f", "\x9b"])
def test_a_text_with_a_control_character_refuses_the_answer_and_names_the_field(character):
    plain = (ID, Field("address", "住址", FieldType.STRING))
    assert "field address with a control character" in refused({"address": f"银川市{character}金凤区"}, fields=plain)
    assert sent({"address": "银川市\t金凤区\r\n1号\u0085"}, fields=plain)[0].records
    assert sent({"address": f"银川市{character}"}, fields=(ID,))[1] == ("address",)  # what was not asked for goes unread


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("date_value", "not a day"), ("date_value", "2026-02-30"), ("date_value", "20260302"), ("date_value", "2026-W10-1"), ("date_value", ""),
        ("date_value", "0000-00-00"), ("decimal_value", "1e5"), ("decimal_value", "NaN"), ("decimal_value", "12,5"), ("decimal_value", ""),
        ("decimal_value", "1" * 2_000), ("decimal_value", "１"),
    ],
)  # fmt: skip
def test_a_date_or_decimal_that_is_none_refuses_the_answer(kind, value):
    record = to_record({"id": "k-1"})
    setattr(record.fields["x"], kind, value)
    fields = (Field("x", "值", FieldType.DATE if kind == "date_value" else FieldType.DECIMAL),)
    with pytest.raises(IntegrityError, match="field x with a value that is none of its type") as error:
        cleaning(provider_pb2.FetchResponse(records=[record]).SerializeToString(), fields)
    assert value not in error.value.message or not value


def test_a_time_outside_the_calendar_refuses_the_answer():
    record = to_record({"id": "k-1"})
    record.fields["x"].timestamp_value.seconds = 2**60
    with pytest.raises(IntegrityError, match="none of its type"):
        cleaning(provider_pb2.FetchResponse(records=[record]).SerializeToString(), (Field("x", "值", FieldType.TIMESTAMP),))


def test_too_many_records_are_refused_and_just_as_many_are_not():
    assert len(sent(*[{"id": "k-1"}] * MOST_RECORDS)[0].records) == MOST_RECORDS
    assert "nothing was cut off" in refused(*[{"id": "k-1"}] * (MOST_RECORDS + 1), reason="TOO_MANY_RECORDS", error=LimitError)
    assert f"more than {ASKED_RECORDS} records" in refused(*[{"id": "k-1"}] * (ASKED_RECORDS + 1))


def test_too_many_bytes_are_refused():
    big = {"id": "k-1", "name": "x" * 1_000_000}
    assert str(MOST_BYTES) in refused(*[big] * 5, fields=(ID, Field("name", "姓名", FieldType.STRING)))


def test_a_mask_on_what_cannot_be_read_refuses_rather_than_shows():
    born = (Field("born", "出生日期", FieldType.DATE, mask="year"),)
    answer = provider_pb2.FetchResponse(records=[to_record({"id": "k-1"})])
    answer.records[0].fields["born"].date_value = "not a day"
    with pytest.raises(IntegrityError):
        cleaning(answer.SerializeToString(), born)
    assert from_record(sent({"born": date(1990, 3, 7)}, fields=born)[0].records[0]) == {"born": "1990"}


scalars = st.one_of(st.none(), st.text(max_size=20), st.integers(-(2**63), 2**63 - 1), st.booleans(), st.binary(max_size=20), st.floats())


@given(st.lists(st.dictionaries(st.sampled_from(["id", "name", "phone", "address", "secret"]), scalars), max_size=5))
def test_nothing_but_the_granted_fields_ever_comes_out(records):
    try:
        response, dropped = sent(*records)
    except IntegrityError:
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
    except IntegrityError:
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


def test_a_few_fields_more_than_were_asked_for_are_dropped_and_many_are_refused():
    surplus = {f"f{number}": number for number in range(20)}
    _, dropped = sent({"id": "k-1", "name": "x", **surplus})
    assert len(dropped) == 20
    most = Sieve.of(granted(), (ID, NAME)).most_fields
    assert most == 22
    message = refused({"id": "k-1", "name": "x", **surplus, "f20": 20})
    assert "sent a record of more than 22 fields, where 2 were asked for" in message


def test_a_large_record_of_many_fields_is_refused_before_it_is_parsed(monkeypatch):
    def parse(*_):
        raise AssertionError("parsed")

    monkeypatch.setattr(exchange.cleaning, "response_from", parse)
    answer = part(1, b"".join(entry(f"{number:x}".encode(), TRUE) for number in range(2_000)))
    with pytest.raises(IntegrityError, match="more than 22 fields"):
        clean(answer, Sieve.of(granted(), (ID, NAME)), "k-1")
    with pytest.raises(IntegrityError, match="cannot be read"):
        clean(part(1, entry(b"name", TRUE * 50_000)), Sieve.of(granted(), (ID, NAME)), "k-1")
    with pytest.raises(IntegrityError, match="more than 1001 records"):
        clean(part(1, b"") * 1_002, Sieve.of(granted(), (ID, NAME)), "k-1")


@pytest.mark.parametrize(
    ("fields", "most"),
    [
        ((ID, NAME), 2 * 2_048_000),
        ((ID, Field("age", "", FieldType.INT64)), 2_048_000 + 128_000),
        ((ID, Field("photo", "", FieldType.BYTES)), MOST_RECEIVED),
        ((ID, NAME, *[Field(f"f{n}", "", FieldType.STRING) for n in range(9)]), MOST_RECEIVED),
    ],
)
def test_an_answer_may_have_the_bytes_that_were_asked_for(fields, most):
    sieve = Sieve.of(granted(fields), fields)
    assert sieve.most_bytes == most
    sieve.check_size(bytes(most))
    with pytest.raises(IntegrityError) as refusal:
        sieve.check_size(bytes(most + 1))
    assert (
        f"sent {most + 1} bytes; {len(fields)} fields of at most 1000 records were asked for, which is {most} bytes at most" in refusal.value.message
    )


def test_an_answer_about_a_number_may_have_a_megabyte_whatever_was_asked():
    key = replace(ID, type=FieldType.INT64)
    assert Sieve.of(granted((key,), kind=FieldType.INT64), (key,)).most_bytes == 1024 * 1024
