import base64
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import InvalidInputError, LimitError
from licenses.places import free_index
from shuniu.codes import cose, status_list
from shuniu.codes.cbor import encode as encode_cbor
from shuniu.codes.status_list import SHARD, LicenseStatus, PublishedStatus, StatusBits, StatusReading, StatusReference
from tests.shuniu_sdk.codes.issuing import HUB_KEY, HUB_KID, KEY, NOW, URI, mutants, reason_of

SIGN = cose.signer_of(HUB_KEY)
PUBLIC = HUB_KEY.public_key()


def signed(claims, content_type=status_list.CONTENT_TYPE):
    return cose.sign(cose.header(HUB_KID, content_type), encode_cbor(claims), HUB_KEY)


def good_claims(**packed):
    return {2: URI, 4: NOW + 100, 6: NOW, 65534: 3600, 65533: {"bits": 2, "lst": zlib.compress(b"\x00\x01", 9)} | packed}


def test_the_specifications_vector_of_one_bit_statuses():
    bits = StatusBits(16, 1)
    for index, status in enumerate((1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1)):
        bits.set(index, status)
    assert bits.pack().hex() == "b9a3"
    assert base64.urlsafe_b64encode(bits.compress()).rstrip(b"=") == b"eNrbuRgAAhcBXQ"
    assert StatusBits(16, 1, zlib.decompress(base64.urlsafe_b64decode("eNrbuRgAAhcBXQ=="))).pack() == bits.pack()


def test_the_specifications_vector_of_two_bit_statuses():
    bits = StatusBits(12, 2)
    for index, status in enumerate((1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3)):
        bits.set(index, status)
    assert bits.pack().hex() == "c944f9"


@given(st.sampled_from([1, 2, 4, 8]), st.lists(st.tuples(st.integers(0, 63), st.integers(0, 255)), max_size=60))
def test_what_was_set_last_is_read_and_neighbours_keep_theirs(bits, writes):
    made, expected = StatusBits(64, bits), [0] * 64
    for index, status in writes:
        expected[index] = status % (1 << bits)
        made.set(index, expected[index])
    assert [made.get(index) for index in range(64)] == expected


@pytest.mark.parametrize("index", [-1, 16, 1 << 40])
def test_an_index_outside_the_list_is_an_error_and_never_valid(index):
    assert reason_of(StatusBits(16).get, index) == "STATUS_INDEX"
    assert reason_of(StatusBits(16).set, index, 1) == "STATUS_INDEX"


def test_a_list_of_a_wrong_shape_or_a_status_too_big_is_refused():
    assert reason_of(StatusBits, 16, 3) == "STATUS_LIST_SHAPE"
    assert reason_of(StatusBits, 3, 2) == "STATUS_LIST_SHAPE"
    assert reason_of(StatusBits, 16, 2, b"\x00") == "STATUS_LIST_SHAPE"
    assert reason_of(StatusBits(16).set, 0, 4) == "STATUS_VALUE"


@given(st.dictionaries(st.integers(0, SHARD - 1), st.sampled_from(list(LicenseStatus)), max_size=50))
def test_a_published_shard_says_what_was_put_in(states):
    bits = StatusBits()
    for index, status in states.items():
        bits.set(index, status)
    read = status_list.decode(status_list.encode(bits, URI, HUB_KID, NOW, SIGN), PUBLIC)
    assert (read.uri, read.issued_at, read.expires_at, read.ttl, read.statuses.size) == (URI, NOW, NOW + 86400, 3600, SHARD)
    assert read.statuses.pack() == bits.pack()
    assert all(read.read(index) == StatusReading(status, NOW) for index, status in states.items())


def test_a_full_shard_that_does_not_compress_is_still_read():
    bits = StatusBits(data=random.Random(1).randbytes(SHARD // 4))  # noqa: S311
    assert status_list.decode(status_list.encode(bits, URI, HUB_KID, NOW, SIGN), PUBLIC).statuses.pack() == bits.pack()


def test_the_list_answers_only_for_its_own_uri_and_within_its_size():
    short = status_list.decode(signed(good_claims()), PUBLIC)
    source = PublishedStatus([short])
    assert source.look_up(StatusReference(URI, 4)) == StatusReading(LicenseStatus.INVALID, NOW)
    assert source.look_up(StatusReference(URI, 8)) is None
    assert source.look_up(StatusReference(URI + "0", 4)) is None


def test_of_two_lists_with_one_uri_the_later_counts():
    old = status_list.decode(signed(good_claims()), PUBLIC)
    new = status_list.decode(signed(good_claims(lst=zlib.compress(bytes(2), 9)) | {6: NOW + 5}), PUBLIC)
    for lists in ([old, new], [new, old]):
        assert PublishedStatus(lists).look_up(StatusReference(URI, 4)) == StatusReading(LicenseStatus.VALID, NOW + 5)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (signed(good_claims(), "application/vnd.shuniu.el1+cwt"), "COSE_CONTENT_TYPE"),
        (cose.sign(cose.header(HUB_KID, status_list.CONTENT_TYPE), encode_cbor(good_claims()), KEY), "STATUS_LIST_SIGNATURE"),
        (signed(good_claims(bits=1)), "STATUS_LIST_CLAIMS"),
        (signed(good_claims(bits=3)), "STATUS_LIST_CLAIMS"),
        (signed(good_claims(aggregation_uri="https://elsewhere/")), "STATUS_LIST_CLAIMS"),
        (signed(good_claims(lst=zlib.compress(bytes(SHARD // 4 + 1), 9))), "INFLATE_TOO_LARGE"),
        (signed(good_claims(lst=zlib.compress(bytes(1 << 26), 1)[:39_000])), "INFLATE_TOO_LARGE"),
        (signed(good_claims(lst=b"nothing")), "INFLATE"),
        (signed(good_claims(lst=zlib.compress(b""))), "STATUS_LIST_SHAPE"),
        (signed(good_claims() | {4: NOW}), "STATUS_LIST_CLAIMS"),
        (signed(good_claims() | {65534: -1}), "STATUS_LIST_CLAIMS"),
        (signed(good_claims() | {6: "now"}), "STATUS_LIST_CLAIMS"),
        (signed({2: URI}), "STATUS_LIST_CLAIMS"),
        (bytes(1 << 20), "TOO_LARGE"),
    ],
)
def test_a_list_that_is_not_exactly_ours_is_refused_with_its_reason(data, reason):
    assert reason_of(status_list.decode, data, PUBLIC) == reason


def test_no_mutant_of_a_list_is_believed():
    data = signed(good_claims())
    for mutant in mutants(data, 5000, seed=5):
        with pytest.raises(InvalidInputError):
            status_list.decode(mutant, PUBLIC)


def test_free_places_are_random_distinct_and_run_out_with_an_error():
    taken: set[int] = set()
    dice = random.Random(6)  # noqa: S311
    for _ in range(50):
        taken.add(free_index(dice.randrange, taken.__contains__, 50))
    assert taken == set(range(50))
    with pytest.raises(LimitError):
        free_index(dice.randrange, taken.__contains__, 50)
    assert {free_index(dice.randrange, lambda _: False) < SHARD for _ in range(100)} == {True}
