"""Batches: cut within their bounds, packed and unpacked without a change, and never an error for foreign bytes."""

from itertools import pairwise

import cbor2
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.batch import MOST_BYTES, MOST_RECORDS, StoredRecord, cut, pack, unpack
from audit.commitment import Commitment
from tests.audit.keeping import event, the_log

ONE = the_log().prepare(event())
PARTS = st.binary(max_size=40)
STORED = st.builds(StoredRecord, PARTS, st.none() | PARTS, st.none() | PARTS)


def of_size(payload: int) -> Commitment:
    return ONE._replace(payload=bytes(payload))


def size_of(part: Commitment) -> int:
    return len(part.leaf) + len(part.payload) + len(part.salt)


@given(st.lists(st.sampled_from([0, 700, 20_000, 65_000, 400_000, MOST_BYTES]), max_size=40), st.integers(0, 2 * MOST_RECORDS + 2))
@settings(max_examples=60)
def test_every_portion_is_within_both_bounds_and_none_could_take_the_next_record(large: list[int], small: int) -> None:
    records = [*map(of_size, large), *[ONE] * small]
    portions = list(cut(records))
    assert [one for portion in portions for one in portion] == records
    for portion in portions:
        assert 0 < len(portion) <= MOST_RECORDS
        assert len(portion) == 1 or sum(map(size_of, portion)) <= MOST_BYTES
    for portion, following in pairwise(portions):
        assert len(portion) == MOST_RECORDS or sum(map(size_of, portion)) + size_of(following[0]) > MOST_BYTES


@given(st.lists(STORED, max_size=20))
def test_what_is_packed_is_unpacked_without_a_change(records: list[StoredRecord]) -> None:
    assert unpack(len(records), pack(records)) == records


def test_a_commitment_and_what_is_stored_of_it_are_packed_alike() -> None:
    assert pack([ONE]) == pack([StoredRecord(ONE.leaf, ONE.payload, ONE.salt)])


@given(st.integers(0, 5), st.binary(max_size=200))
def test_foreign_bytes_give_as_many_records_that_cannot_be_read(count: int, body: bytes) -> None:
    found = unpack(count, body)
    assert len(found) == count
    assert all(type(one.leaf) is bytes for one in found)


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.binary(max_size=4) | st.text(max_size=4) | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(), inner, max_size=3),
    max_leaves=12,
)


@given(st.integers(0, 4), SHAPES)
def test_any_other_shape_gives_as_many_records_that_cannot_be_read(count: int, shape: object) -> None:
    assert len(unpack(count, cbor2.dumps(shape))) == count


@given(st.data())
def test_a_body_of_which_bytes_were_changed_never_raises(data: st.DataObject) -> None:
    body = bytearray(pack([ONE, ONE]))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    assert len(unpack(2, bytes(body))) == 2


def test_nesting_without_an_end_and_lengths_beyond_memory_never_raise() -> None:
    for body in (
        b"\x81" * 100_000,
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\xd8\x1c\x81\xd8\x1d\x00",
        b"",
    ):
        assert unpack(3, body) == [StoredRecord(b"", None, None)] * 3
