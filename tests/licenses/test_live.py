"""What online verification holds in memory: always as the register says, renewed in time, loaded behind the start, 64 bits for each place."""

import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest

from hub.clock import StoppedClock
from hub.errors import InvalidInputError, UnavailableError
from hub.reasons.operation import DATABASE_UNAVAILABLE
from licenses.filling import IndexFilling
from licenses.issue_index import RegisterEntry
from licenses.live import KEYS, LIFE, PORTION, STATUS, LiveLicenses, NotLoadedError
from shuniu.codes.status_list import SHARD, LicenseStatus, StatusReference
from shuniu.codes.trust_list import TrustedKey, TrustList
from tests.licenses.counter import uri_of
from tests.shuniu_sdk.codes.issuing import AT, NOW, trusted

VALID = LicenseStatus.VALID


class Records:
    """The register that is loaded from; the numbers say how often it was asked."""

    def __init__(self) -> None:
        self.listed: list[TrustedKey] = [trusted()]
        self.number = 1
        self.entries: dict[str, RegisterEntry] = {}
        self.key_loads = 0
        self.portions = 0
        self.between: Callable[[], object] = bool

    def keys(self) -> tuple[int, Iterable[TrustedKey]]:
        self.key_loads += 1
        return self.number, list(self.listed)

    def newest_shard(self) -> int:
        return max((one.shard for one in self.entries.values()), default=-1)

    def of(self, identifier: str) -> RegisterEntry | None:
        return self.entries.get(identifier)

    def at(self, shard: int, index: int) -> RegisterEntry | None:
        return next((one for one in self.entries.values() if (one.shard, one.index) == (shard, index)), None)

    def portion(self, shard: int, after: int, count: int) -> list[RegisterEntry]:
        self.portions += 1
        places = sorted((one for one in self.entries.values() if one.shard == shard and one.index > after), key=lambda one: one.index)
        self.between()
        return places[:count]

    def registry(self, clock: StoppedClock) -> LiveLicenses:
        return LiveLicenses(clock, "ningxia", uri_of, self)

    def put(self, name: str, shard: int, index: int, status: LicenseStatus = VALID, reason: str = "") -> None:
        self.entries[name] = RegisterEntry(name, shard, index, status, reason, name.encode() if status is VALID else b"")


def said(live: LiveLicenses, name: str, shard: int, index: int) -> str:
    """What the registry says of the code of this name: its status, or that it was not issued."""
    reading = live.asking.look_up(StatusReference(uri_of(shard), index), name, name.encode())
    assert reading is not None
    return reading.status.name if reading.issued else "NOT_ISSUED"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(AT)


@pytest.fixture
def stored() -> Records:
    return Records()


def test_the_trust_list_is_renewed_when_half_of_its_life_is_over(stored: Records, clock: StoppedClock) -> None:
    live = stored.registry(clock)
    first = live.trust()
    clock.advance(timedelta(seconds=LIFE // 2 - 1))
    assert live.trust() is first
    clock.advance(timedelta(seconds=1))
    second = live.trust()
    assert (second.issued_at, second.expires_at) == (NOW + LIFE // 2, NOW + LIFE // 2 + LIFE)
    assert stored.key_loads == 1
    assert second.number == first.number
    second.check_follows(first.issue)
    with pytest.raises(InvalidInputError, match="older than one that was used"):
        first.check_follows(second.issue)
    clock.set(AT)  # a clock set back: a list of the future is of no use to anybody
    assert live.trust().issued_at == NOW


def test_a_changed_key_counts_at_once(stored: Records, clock: StoppedClock) -> None:
    live = stored.registry(clock)
    before = live.trust()
    stored.listed, stored.number = [], 2
    assert live.trust() is before
    live.reload("grants", "x")
    assert live.trust() is before
    live.reload(KEYS, "x")
    assert (live.trust().keys, live.trust().number) == ((), 2)


def test_a_list_made_while_a_key_changes_is_never_kept_over_the_change(stored: Records, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    live = stored.registry(clock)
    making, changed = threading.Event(), threading.Event()

    def slow(*arguments: object) -> TrustList:
        making.set()
        changed.wait(0.2)
        return TrustList(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("licenses.live.TrustList", slow)
    reader = threading.Thread(target=live.trust)
    reader.start()
    making.wait(5)
    stored.listed = []

    def change() -> None:
        live.reload(KEYS, "x")
        changed.set()

    changer = threading.Thread(target=change)
    changer.start()
    reader.join()
    changer.join()
    assert live.trust().keys == ()


@pytest.mark.parametrize("where", ["in memory", "in the database"])
def test_only_what_was_issued_at_its_place_in_its_bytes_is_valid(stored: Records, clock: StoppedClock, where: str) -> None:
    stored.put("a", 0, 5)
    stored.put("b", 0, 6, LicenseStatus.INVALID, "虚假材料")
    stored.put("c", 0, 7, LicenseStatus.SUSPENDED)
    stored.entries["draft"] = RegisterEntry("draft", 0, 8, VALID)
    stored.entries["odd"] = RegisterEntry("", 0, 9, LicenseStatus.SUSPENDED)
    live = stored.registry(clock)
    if where == "in memory":
        live.load_shard(0)
    expected = {("a", 5): "VALID", ("b", 6): "INVALID", ("c", 7): "SUSPENDED"}
    for name in ("a", "b", "c", "draft", "odd", "stranger", ""):
        for index in (5, 6, 7, 8, 9, 10, SHARD - 1, SHARD, -1):
            assert said(live, name, 0, index) == expected.get((name, index), "NOT_ISSUED"), (name, index)
    reading = live.asking.look_up(StatusReference(uri_of(0), 6), "b", b"b")
    assert reading is not None
    assert (reading.as_of, reading.words) == (NOW, "虚假材料")
    assert [live.bits(0).get(index) for index in range(5, 11)] == [0, 1, 2, 0, 2, 0]


def test_what_changed_counts_at_once(stored: Records, clock: StoppedClock) -> None:
    stored.put("a", 0, 5)
    live = stored.registry(clock)
    live.load_shard(0)
    for status, reason in ((LicenseStatus.SUSPENDED, "核查"), (VALID, ""), (LicenseStatus.INVALID, "虚假材料")):
        stored.put("a", 0, 5, status, reason)
        live.reload(STATUS, "a")
        assert said(live, "a", 0, 5) == status.name
    live.reload(STATUS, "unknown")
    live.reload("grants", "a")
    # a row that was edited since, of which somebody announced a change: what was revoked for good stays so
    stored.entries["a"] = RegisterEntry("", 0, 5, LicenseStatus.SUSPENDED)
    live.reload(STATUS, "a")
    assert (said(live, "a", 0, 5), live.bits(0).get(5)) == ("INVALID", LicenseStatus.INVALID)


@pytest.mark.parametrize(
    ("uri", "index"),
    [
        ("http://hub.example/status/00", 5),
        ("http://hub.example/status/٣", 5),
        ("http://hub.example/status/-1", 5),
        ("http://hub.example/status/" + "9" * 5_000, 5),
        ("http://other.example/status/0", 5),
        ("http://hub.example/status/0?x", 5),
        ("0", 5),
        ("", 5),
    ],
)
def test_a_list_that_is_not_ours_is_not_known(stored: Records, clock: StoppedClock, uri: str, index: int) -> None:
    stored.put("b", 0, 9)
    live = stored.registry(clock)
    assert live.look_up(StatusReference(uri, index), "b", b"b") is None
    assert live.asking.look_up(StatusReference(uri, index), "b", b"b") is None


@pytest.mark.parametrize("shard", [1, 4, 999_999_999])
def test_in_a_list_that_was_never_begun_nothing_was_issued_and_the_database_is_not_asked(stored: Records, clock: StoppedClock, shard: int) -> None:
    stored.put("b", 0, 9)
    live = stored.registry(clock)
    reading = live.look_up(StatusReference(uri_of(shard), 9), "b", b"b")
    assert reading is not None
    assert not reading.issued


def test_a_new_list_is_known_with_its_first_license(stored: Records, clock: StoppedClock) -> None:
    live = stored.registry(clock)
    for shard in (0, 1):
        assert said(live, "first", shard, 5) == "NOT_ISSUED"
        stored.put("first", shard, 5)
        live.reload(STATUS, "first")
        assert said(live, "first", shard, 5) == "VALID"
    assert (live.missing(), stored.portions) == (None, 0)


def test_what_is_not_loaded_yet_is_never_asked_of_the_database_in_the_event_loop(stored: Records, clock: StoppedClock) -> None:
    stored.put("a", 0, 5)
    live = stored.registry(clock)
    with pytest.raises(NotLoadedError):
        live.look_up(StatusReference(uri_of(0), 5), "a", b"a")
    assert said(live, "a", 0, 5) == "VALID"


def test_a_change_in_the_middle_of_loading_is_not_overwritten_by_what_was_read_before(stored: Records, clock: StoppedClock) -> None:
    for number in range(PORTION + 5):
        stored.put(f"n{number}", 0, number)
    live = stored.registry(clock)
    revoked: list[int] = []

    def revoke() -> None:
        """After a portion was read and before it is kept: the worst moment."""
        for number in () if revoked else (3, PORTION + 2):
            stored.put(f"n{number}", 0, number, LicenseStatus.INVALID)
            live.reload(STATUS, f"n{number}")
            revoked.append(number)

    stored.between = revoke
    live.load_shard(0)
    assert [said(live, f"n{number}", 0, number) for number in (2, 3, PORTION + 2, PORTION + 3)] == ["VALID", "INVALID", "INVALID", "VALID"]


def test_what_is_loaded_while_all_is_forgotten_does_not_count(stored: Records, clock: StoppedClock) -> None:
    stored.put("a", 0, 5)
    live = stored.registry(clock)
    stored.between = live.load_all
    live.load_shard(0)
    assert live.missing() == 0
    stored.between = bool
    live.load_shard(0)
    assert live.missing() is None


def test_a_row_that_is_bound_as_gone_leaves_no_trace(stored: Records, clock: StoppedClock) -> None:
    stored.put("a", 0, 5)
    live = stored.registry(clock)
    live.load_shard(0)
    del stored.entries["a"]
    live.read_again("a")
    assert said(live, "a", 0, 5) == "NOT_ISSUED"


def test_the_index_is_filled_behind_the_start_newest_list_first_and_again_when_it_was_forgotten(stored: Records, clock: StoppedClock) -> None:
    for shard in range(3):
        stored.put(f"a{shard}", shard, 5)
    live = stored.registry(clock)
    order: list[int] = []
    portion = stored.portion
    stored.portion = lambda shard, after, count: (order.append(shard), portion(shard, after, count))[1]  # type: ignore[method-assign, func-returns-value]
    filling = IndexFilling(live)
    filling.start()
    try:
        _wait_until(lambda: live.missing() is None)
        assert order == [2, 2, 1, 1, 0, 0]
        live.load_all()
        _wait_until(lambda: live.missing() is None)
    finally:
        filling.stop()
    assert live.look_up(StatusReference(uri_of(1), 5), "a1", b"a1") is not None


def test_a_database_that_fails_while_the_index_is_filled_stops_nothing(stored: Records, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    stored.put("a", 0, 5)
    live = stored.registry(clock)
    monkeypatch.setattr("licenses.filling.AGAIN", 0.01)
    faults = [RuntimeError("x"), DATABASE_UNAVAILABLE(retry_after=1.0)]

    def fail() -> None:
        if faults:
            raise faults.pop()

    stored.between = fail
    filling = IndexFilling(live)
    filling.start()
    try:
        _wait_until(lambda: live.missing() is None)
    finally:
        filling.stop()


def _wait_until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not done():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def test_whoever_wants_a_list_that_takes_long_to_load_is_told_to_come_again(
    stored: Records, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.put("a", 0, 5)
    live = stored.registry(clock)
    monkeypatch.setattr("licenses.live.PATIENCE", 0.05)
    go_on = threading.Event()
    stored.between = lambda: go_on.wait(5)
    loading = threading.Thread(target=live.load_shard, args=(0,))
    loading.start()
    with pytest.raises(UnavailableError, match="just started"):
        live.bits(0)
    go_on.set()
    loading.join()
    assert live.bits(0).get(5) == VALID


def test_a_place_takes_64_bits_and_only_what_is_not_valid_takes_more(stored: Records, clock: StoppedClock) -> None:
    for number in range(1_000):
        stored.put(f"n{number}", 0, number)
    stored.put("n7", 0, 7, LicenseStatus.SUSPENDED)
    live = stored.registry(clock)
    live.load_shard(0)
    held = live._shards[0]
    assert (held._marks.itemsize * len(held._marks), list(held._others)) == (8 * SHARD, [7])


def test_two_hubs_mark_the_same_bytes_differently(stored: Records, clock: StoppedClock) -> None:
    """Or somebody could look for other bytes with the same mark."""
    stored.put("a", 0, 5)
    marks = []
    for _ in range(2):
        live = stored.registry(clock)
        live.load_shard(0)
        marks.append(live._shards[0]._marks[5])
    assert 0 not in marks
    assert marks[0] != marks[1]


def test_a_shards_version_changes_with_its_bits_and_only_with_them(stored: Records, clock: StoppedClock) -> None:
    stored.put("a", 0, 5)
    live = stored.registry(clock)
    live.load_shard(0)
    versions = [live.version(0)]
    for status in (VALID, LicenseStatus.SUSPENDED, VALID, LicenseStatus.INVALID):
        stored.put("a", 0, 5, status)
        live.reload(STATUS, "a")
        versions.append(live.version(0))
    assert versions[0] == versions[1]
    assert len(set(versions[1:])) == 4
    assert live.version(1) == 0
    before = live.version(0)
    live.load_all()
    assert live.version(0) != before
