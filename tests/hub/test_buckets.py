"""Token buckets: so many things and so many bytes a second for each party, both taken or neither; what one system may write."""

import pytest

from hub.access import ANYBODY, Caller
from hub.buckets import MOST_KEPT, Allowances, Rate
from hub.errors import LimitError
from hub.limits import Limits
from hub.writing import LARGEST, SECONDS_AT_ONCE, WriteShare
from tests.hub.test_strangers import Now


@pytest.fixture
def now() -> Now:
    return Now()


def test_so_many_at_once_and_then_as_fast_as_they_come_back(now: Now):
    allowed = Allowances(Rate(20, 20), Rate(1e9, 1e9), now)
    assert [allowed.take("a", 1) for _ in range(21)] == [0.0] * 20 + [pytest.approx(0.05)]
    now.time += 0.125
    assert [allowed.take("a", 1) > 0 for _ in range(3)] == [False, False, True]
    now.time += 3_600
    assert sum(allowed.take("a", 1) == 0 for _ in range(100)) == 20  # what nobody took is not saved up


def test_one_party_takes_nothing_from_another(now: Now):
    allowed = Allowances(Rate(1, 1), Rate(100, 100), now)
    assert (allowed.take("a", 1), allowed.take("b", 1)) == (0.0, 0.0)
    assert allowed.take("a", 1) > 0


def test_bytes_are_counted_beside_things_and_what_is_refused_takes_nothing(now: Now):
    allowed = Allowances(Rate(10, 10), Rate(100, 100), now)
    assert allowed.take("a", 80) == 0.0
    assert allowed.take("a", 30) == pytest.approx(0.1)
    assert [allowed.take("a", 1) for _ in range(9)] == [0.0] * 9  # the one that was refused cost neither a thing nor bytes
    assert allowed.take("a", 1) > 0


def test_what_is_larger_than_the_bucket_takes_all_of_it_and_passes(now: Now):
    allowed = Allowances(Rate(10, 10), Rate(100, 100), now)
    assert allowed.take("a", 1_000) == 0.0
    assert allowed.take("a", 100) == pytest.approx(1.0)


def test_a_clock_that_goes_back_gives_and_takes_nothing(now: Now):
    allowed = Allowances(Rate(1, 1), Rate(100, 100), now)
    assert allowed.take("a", 1) == 0.0
    now.time -= 50
    assert allowed.take("a", 1) == pytest.approx(1.0)
    now.time += 1
    assert allowed.take("a", 1) == 0.0


def test_parties_whose_buckets_are_full_again_are_forgotten(now: Now):
    allowed = Allowances(Rate(1, 1), Rate(100, 100), now)
    for number in range(MOST_KEPT):
        allowed.take(number, 1)
    now.time += 2
    allowed.take("busy", 1)
    assert allowed.known == 1
    assert allowed.take("busy", 1) > 0


def writer(system: str = "main") -> Caller:
    return Caller("11640000XB00000432", system)


def test_a_system_that_writes_too_much_hears_when_to_come_again_and_another_of_its_department_writes_on(now: Now):
    share = WriteShare(Limits(writes_per_second=5.0), now)
    for _ in range(5 * SECONDS_AT_ONCE):
        share.charge(writer(), 100)
    with pytest.raises(LimitError) as error:
        share.charge(writer(), 100)
    assert error.value.reason == "WRITES_TOO_MANY"
    assert error.value.retry_after == pytest.approx(0.2)
    share.charge(writer("other"), 100)
    now.time += 0.25
    share.charge(writer(), 100)


def test_the_bytes_of_requests_count_too_and_the_largest_message_passes_whatever_the_limit(now: Now):
    share = WriteShare(Limits(write_bytes_per_second=1_000), now)
    share.charge(writer(), LARGEST)
    with pytest.raises(LimitError):
        share.charge(writer(), 1_000)
    now.time += 1
    share.charge(writer(), 1_000)


def test_strangers_are_not_charged_for_what_they_write_they_have_a_share_of_their_own(now: Now):
    share = WriteShare(Limits(writes_per_second=0.1), now)
    for _ in range(100):
        share.charge(ANYBODY, LARGEST)
    assert share.known == 0
