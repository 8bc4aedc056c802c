"""What online verification holds in memory: always as the database says, renewed in time, no larger than what is not simply valid."""

import threading
from collections.abc import Iterable
from datetime import timedelta

import pytest

from hub.clock import StoppedClock
from licenses.live import KEYS, LIFE, STATUS, LiveLicenses, Standing
from licenses.status_list import SHARD, LicenseStatus, StatusReference
from licenses.trust_list import TrustedKey, TrustList
from tests.licenses.counter import uri_of
from tests.licenses.issuing import AT, NOW, trusted


class Records:
    """What the registry loads from; the numbers say how often it asked."""

    def __init__(self) -> None:
        self.keys: list[TrustedKey] = [trusted()]
        self.number = 1
        self.standings: dict[str, Standing] = {}
        self.key_loads = 0

    def load_keys(self) -> tuple[int, Iterable[TrustedKey]]:
        self.key_loads += 1
        return self.number, list(self.keys)

    def registry(self, clock: StoppedClock) -> LiveLicenses:
        return LiveLicenses(clock, "ningxia", uri_of, self.load_keys, self.standings.get, lambda: list(self.standings.values()))

    def put(self, name: str, shard: int, index: int, status: LicenseStatus, reason: str = "") -> None:
        self.standings[name] = Standing(name, shard, index, status, reason)


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
    clock.set(AT)  # a clock set back: a list of the future is of no use to anybody
    assert live.trust().issued_at == NOW


def test_a_changed_key_counts_at_once(stored: Records, clock: StoppedClock) -> None:
    live = stored.registry(clock)
    before = live.trust()
    stored.keys, stored.number = [], 2
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
    stored.keys = []

    def change() -> None:
        live.reload(KEYS, "x")
        changed.set()

    changer = threading.Thread(target=change)
    changer.start()
    reader.join()
    changer.join()
    assert live.trust().keys == ()


def test_statuses_follow_their_records(stored: Records, clock: StoppedClock) -> None:
    stored.put("a", 0, 5, LicenseStatus.INVALID, "虚假材料")
    stored.put("b", 3, 9, LicenseStatus.VALID)
    live = stored.registry(clock)
    here = StatusReference(uri_of(0), 5)
    reading = live.look_up(here)
    assert reading is not None
    assert (reading.status, reading.as_of, live.reason(here)) == (LicenseStatus.INVALID, NOW, "虚假材料")
    stored.put("a", 0, 5, LicenseStatus.VALID, "恢复")
    live.reload(STATUS, "a")
    reading = live.look_up(here)
    assert reading is not None
    assert (reading.status, live.reason(here)) == (LicenseStatus.VALID, "")
    live.reload(STATUS, "unknown")


def test_a_draft_is_known_online_and_makes_no_new_list(stored: Records, clock: StoppedClock) -> None:
    live = stored.registry(clock)
    here = StatusReference(uri_of(0), 5)
    version = live.version(0)
    for status, listed in ((LicenseStatus.SUSPENDED, False), (LicenseStatus.VALID, True)):
        stored.standings["a"] = Standing("a", 0, 5, status, "", listed)
        live.reload(STATUS, "a")
        reading = live.look_up(here)
        assert reading is not None
        assert (reading.status, live.bits(0).get(5), live.version(0)) == (status, LicenseStatus.VALID, version)
    for status in (LicenseStatus.SUSPENDED, LicenseStatus.INVALID):
        version = live.version(0)
        stored.put("a", 0, 5, status)
        live.reload(STATUS, "a")
        assert (live.bits(0).get(5), live.version(0) > version) == (status, True)


@pytest.mark.parametrize(
    ("uri", "index"),
    [
        (uri_of(4), 5),  # never begun
        (uri_of(999_999_999), 5),
        ("http://hub.example/status/00", 5),
        ("http://hub.example/status/٣", 5),
        ("http://hub.example/status/-1", 5),
        ("http://hub.example/status/" + "9" * 5_000, 5),
        ("http://other.example/status/0", 5),
        ("http://hub.example/status/0?x", 5),
        ("0", 5),
        ("", 5),
        (uri_of(0), SHARD),
        (uri_of(0), -1),
    ],
)
def test_a_place_that_is_not_ours_is_not_known(stored: Records, clock: StoppedClock, uri: str, index: int) -> None:
    stored.put("b", 3, 9, LicenseStatus.VALID)
    live = stored.registry(clock)
    assert live.look_up(StatusReference(uri, index)) is None
    assert live.reason(StatusReference(uri, index)) == ""


def test_a_new_shard_is_known_with_its_first_license(stored: Records, clock: StoppedClock) -> None:
    live = stored.registry(clock)
    assert live.look_up(StatusReference(uri_of(1), 5)) is None
    stored.put("first of shard 1", 1, 5, LicenseStatus.VALID)
    live.reload(STATUS, "first of shard 1")
    assert live.look_up(StatusReference(uri_of(1), 5)) is not None


def test_memory_grows_with_what_is_not_valid_and_not_with_licenses(stored: Records, clock: StoppedClock) -> None:
    live = stored.registry(clock)
    for number in range(1_000):
        stored.put(f"n{number}", 0, number, LicenseStatus.VALID)
        live.reload(STATUS, f"n{number}")
    stored.put("n7", 0, 7, LicenseStatus.SUSPENDED)
    live.reload(STATUS, "n7")
    assert sum(len(shard) for shard in live._standings.values()) == 1
    assert live.bits(0).get(7) == LicenseStatus.SUSPENDED
    assert live.bits(0).get(8) == LicenseStatus.VALID


def test_a_shards_version_changes_with_its_bits_and_only_with_them(stored: Records, clock: StoppedClock) -> None:
    live = stored.registry(clock)
    versions = [live.version(0)]
    for status in (LicenseStatus.VALID, LicenseStatus.SUSPENDED, LicenseStatus.VALID, LicenseStatus.INVALID):
        stored.put("a", 0, 5, status)
        live.reload(STATUS, "a")
        versions.append(live.version(0))
    assert versions[0] == versions[1]
    assert len(set(versions[1:])) == 4
    assert live.version(1) == 0
    before = live.version(0)
    live.load_all()
    assert live.version(0) != before


def test_a_look_up_takes_no_longer_with_many_revoked_licenses(stored: Records, clock: StoppedClock) -> None:
    """Counted in look-ups of the clock and the maps, not in seconds: the place is found by its number, not by walking."""
    for number in range(20_000):
        stored.put(f"n{number}", number % 4, number, LicenseStatus.INVALID)
    live = stored.registry(clock)

    class Walked(dict[int, Standing]):
        def __iter__(self) -> object:  # type: ignore[override]
            raise AssertionError("a look-up walks over all standings")

        values = items = keys = __iter__  # type: ignore[assignment]

    live._standings = {shard: Walked(held) for shard, held in live._standings.items()}
    reading = live.look_up(StatusReference(uri_of(3), 19_999))
    assert reading is not None
    assert reading.status is LicenseStatus.INVALID
