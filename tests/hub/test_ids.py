"""Identifiers sort by the time they were made."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.ids import LENGTH, ULID, Ids

moments = st.datetimes(datetime(1970, 1, 2), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@given(moments, st.timedeltas(timedelta(milliseconds=1), timedelta(days=300)))
def test_a_later_identifier_sorts_after_an_earlier_one(at, later):
    ids = Ids()
    assert ids.new(at) < ids.new(at + later)


@given(moments)
def test_an_identifier_is_26_small_letters_and_digits_without_the_confusing_ones(at):
    one = Ids().new(at)
    assert len(one) == LENGTH
    assert set(one) <= set("0123456789abcdefghjkmnpqrstvwxyz")


def test_identifiers_of_one_moment_differ():
    ids, at = Ids(), datetime(2026, 1, 1, tzinfo=UTC)
    assert len({ids.new(at) for _ in range(1000)}) == 1000


def test_an_identifier_is_a_ulid():
    assert Ids(bytes).new(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == "00000000z80000000000000000"
    assert Ids(lambda count: b"\xff" * count).new(datetime(2016, 7, 30, 23, 54, 10, 259000, tzinfo=UTC)) == "01arz3ndekzzzzzzzzzzzzzzzz"


def test_one_that_is_to_sort_behind_another_does_so_within_a_millisecond():
    ids, last = Ids(lambda count: bytes([255] * count)), ""
    for _ in range(5):
        following = ids.new_behind(last, datetime(2026, 1, 1, tzinfo=UTC))
        assert following > last
        assert ULID.fullmatch(following)
        last = following
