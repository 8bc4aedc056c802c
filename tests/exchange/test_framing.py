"""What is seen in the bytes of an answer before they are parsed."""

from contextlib import suppress
from hashlib import sha256

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from exchange.framing import LIGHT_BYTES, LIGHT_PARTS, FramingError, is_crowded, is_light, is_of_other, records_in
from shuniu.records import to_record
from shuniu.v1 import exchange_pb2, provider_pb2
from tests.exchange.wire import TRUE, entry, part, text, varint

LONG = "x" * 5_000


def names(count: int) -> list[bytes]:
    return [f"{number:x}".encode() for number in range(count)]


@given(st.lists(st.dictionaries(st.text(max_size=20), st.one_of(st.text(max_size=300), st.integers(-9, 9), st.binary(max_size=300))), max_size=20))
def test_every_record_is_found_where_it_stands(rows):
    answer = provider_pb2.FetchResponse(records=[to_record(row) for row in rows]).SerializeToString()
    spans = records_in(answer, 1_000)
    apart = [exchange_pb2.QueryResponse.FromString(answer[tag:end]).records[0] for tag, _, end in spans]
    assert apart == list(exchange_pb2.QueryResponse.FromString(answer).records)
    assert [exchange_pb2.QueryResponse.FromString(part(1, answer[content:end])).records[0] for _, content, end in spans] == apart


@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_they_are_records_or_no_message(answer: bytes):
    try:
        spans = records_in(answer, 5)
    except FramingError:
        return
    assert len(spans) <= 6
    assert all(0 <= tag < content <= end <= len(answer) for tag, content, end in spans)
    for tag, _, end in spans:
        try:
            assert len(exchange_pb2.QueryResponse.FromString(answer[tag:end]).records) <= 1
        except DecodeError:  # what is in a record is the parser's business
            continue


@pytest.mark.parametrize(
    "answer",
    [b"\x0a", b"\x0a\x05ab", b"\x0a" + b"\xff" * 11, b"\x0b\x0c", b"\x11\x00", b"\x15\x00", b"\x80" * 11, b"\x18\x00" * 17],
    ids=["no length", "cut", "endless length", "group", "cut number", "cut short number", "endless tag", "much that is no record"],
)
def test_what_cannot_be_walked_is_no_answer(answer: bytes):
    with pytest.raises(FramingError):
        records_in(answer, 1_000)


def test_what_later_protos_add_beside_the_records_is_passed_over():
    answer = (
        varint(5 << 3) + varint(7) + part(1, b"") + part(9, b"new") + varint(6 << 3 | 1) + bytes(8) + part(1, b"") + varint(6 << 3 | 5) + bytes(4)
    )
    assert len(records_in(answer, 1_000)) == 2


@pytest.mark.parametrize("longer", [0, 1, 3])
def test_an_answer_of_many_parts_is_never_light_however_its_tags_are_written(longer: int):
    def record(fields: int) -> bytes:
        return part(1, b"".join(entry(name, TRUE, longer) for name in names(fields)), longer)

    assert is_light(record(100))
    many = record(LIGHT_PARTS + 1)
    assert len(exchange_pb2.QueryResponse.FromString(many).records[0].fields) == LIGHT_PARTS + 1
    assert not is_light(many)
    assert not is_light(part(1, b"", longer) * (LIGHT_PARTS + 1))
    assert not is_light(b"x" * (LIGHT_BYTES + 1))


def test_reading_stops_one_record_and_one_field_beyond_what_may_be():
    assert len(records_in(b"\x0a\x00" * 100_000 + b"junk", 1_000)) == 1_001
    record = part(1, b"".join(entry(name, TRUE) for name in names(2_000)) + b"\xff" * 20)
    span = records_in(record, 1)[0]
    assert is_crowded(record, span, 1_999)
    with pytest.raises(FramingError):
        is_crowded(record, span, 2_000)


@pytest.mark.parametrize(
    "fields",
    [
        entry(b"a", TRUE * 3_000),
        entry(b"a", part(9, b"\x08\x01" * 3_000)),
        part(1, part(1, b"a") * 3_000),
        part(1, part(2, TRUE) * 2_000),
    ],
    ids=["a value again and again", "a time again and again", "a name again and again", "values again and again"],
)
def test_a_field_that_is_built_of_many_parts_is_no_answer(fields: bytes):
    record = part(1, fields)
    exchange_pb2.QueryResponse.FromString(record)  # which a parser reads, at length
    with pytest.raises(FramingError):
        is_crowded(record, records_in(record, 1)[0], 1_000)


@pytest.mark.parametrize("value", [text(LONG), part(6, b"\x0a\x00" * 5_000), text("\n\x12" * 5_000), part(7, b"1" * 5_000)])
def test_a_long_text_is_one_part_whatever_is_in_it(value: bytes):
    record = part(1, entry(b"a", value) + entry(b"n" * 5_000, TRUE))
    assert not is_crowded(record, records_in(record, 1)[0], 2)
    assert is_crowded(record, records_in(record, 1)[0], 1)


OURS, THEIRS = sha256(b"ours").digest(), sha256(b"theirs").digest()


def response(*rows, asked: bytes = b"") -> bytes:
    return provider_pb2.FetchResponse(records=[to_record(row) for row in rows], asked=asked).SerializeToString()


@pytest.mark.parametrize("rows", [(), ({"id": "k"},), ({"id": "k"},) * 3], ids=["none", "one", "three"])
def test_an_answer_to_another_question_is_known_and_one_that_names_none_passes(rows):
    assert is_of_other(response(*rows, asked=THEIRS), OURS, 1_001)
    assert not is_of_other(response(*rows, asked=OURS), OURS, 1_001)
    assert not is_of_other(response(*rows), OURS, 1_001)


def test_the_digest_is_found_wherever_a_provider_wrote_it_and_the_last_one_counts():
    first = part(15, THEIRS) + response({"id": "k"})
    assert is_of_other(first, OURS, 1_001)
    assert not is_of_other(first + part(15, OURS), OURS, 1_001)
    assert is_of_other(part(15, OURS) + response({"id": "k"}, asked=THEIRS), OURS, 1_001)
    assert is_of_other(response(asked=b"short"), OURS, 1_001)
    assert is_of_other(b"\xfa\x00" + part(15, THEIRS)[1:] + response({"id": "k"}), OURS, 1_001)


def test_a_text_that_ends_like_a_digest_of_another_question_is_a_text():
    assert not is_of_other(response({"id": "k", "name": "z " + "a" * 32}), OURS, 1_001)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_the_question_is_read_as_the_parser_reads_it(answer: bytes):
    try:
        said = provider_pb2.FetchResponse.FromString(answer).asked
    except DecodeError:
        return
    with suppress(FramingError):  # groups, which the parser skips
        assert is_of_other(answer, OURS, 1_001) == (said not in {b"", OURS})
