"""A provider's host name is resolved by the hub itself, judged, and dialled as what it resolved to; its certificate must still bear the name."""

import asyncio
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import Any

import pytest
from grpc import StatusCode

import exchange.targets
from certs.places import STRICT, ProviderPlaces
from exchange.targets import KEPT, THREADS, Target, Targets
from hub.errors import IllegalStateError, UnavailableError
from tests.world import CONSUMER, PROVIDER, RESIDENT, World

NEAR = ProviderPlaces(near=True)
FAR = replace(STRICT, is_own=lambda _one: False)


class Silent:
    """A name server that does not answer until a test ends; `asked` counts who waits for it."""

    def __init__(self) -> None:
        self.asked, self.end = threading.Semaphore(0), threading.Event()


@pytest.fixture
def names(monkeypatch) -> dict[str, Any]:
    """Names and what they resolve to: addresses, an error, or what is waited for; `looked` counts the look-ups."""
    known: dict[str, Any] = {"looked": 0}

    def addresses_of(host: str, _port: int) -> list[Any]:
        known["looked"] += 1
        found = known[host]
        if isinstance(found, Silent):
            found.asked.release()
            found.end.wait(10)
            raise socket.gaierror("no answer")
        if isinstance(found, Exception):
            raise found
        return list(dict.fromkeys(ip_address(one.partition("%")[0]) for one in found))

    monkeypatch.setattr("exchange.targets.addresses_of", addresses_of)
    return known


def run(story: Callable[[Targets], Any], places: ProviderPlaces = FAR) -> Any:
    return asyncio.run(story(Targets(places)))


def reason(places: ProviderPlaces, endpoint: str) -> str:
    with pytest.raises((UnavailableError, IllegalStateError)) as refused:
        run(lambda one: one.of(endpoint, "P"), places)
    assert refused.value.zh
    return refused.value.reason


def test_an_address_is_dialled_as_it_is_and_a_name_as_its_addresses(names):
    names |= {"a": ["10.0.0.1", "10.0.0.2", "10.0.0.1"], "b": ["2001:db8::1"], "c": ["10.0.0.1", "2001:db8::1"]}
    wanted = {
        "10.0.0.1:1": Target("10.0.0.1:1"),
        "[2001:db8::1]:1": Target("[2001:db8::1]:1"),
        "a:1": Target("ipv4:10.0.0.1:1,10.0.0.2:1", "a"),
        "b:1": Target("ipv6:[2001:db8::1]:1", "b"),
        "c:1": Target("ipv6:[::ffff:10.0.0.1]:1,[2001:db8::1]:1", "c"),
    }
    assert {endpoint: asyncio.run(Targets(FAR).of(endpoint, "P")) for endpoint in wanted} == wanted


@pytest.mark.parametrize("found", [["127.0.0.1"], ["10.0.0.1", "169.254.169.254"], ["::ffff:127.0.0.1"], ["fe80::1%eth0"], ["::1"]])
def test_a_name_that_leads_to_a_forbidden_address_is_not_dialled_at_all(names, found):
    names["evil"] = found
    assert reason(FAR, "evil:1") == "PROVIDER_PLACE_FORBIDDEN"
    names["moved"] = ["10.0.0.1"]
    assert reason(replace(FAR, networks=(ip_network("10.1.0.0/16"),)), "moved:1") == "PROVIDER_PLACE_FORBIDDEN"


def test_an_address_that_the_release_before_let_register_is_not_dialled(names):
    assert reason(FAR, "127.0.0.1:1") == reason(FAR, "[::1]:1") == "PROVIDER_PLACE_FORBIDDEN"
    assert not names["looked"]


def test_a_name_is_looked_up_once_for_all_and_again_after_a_while(names, monkeypatch):
    names["a"] = ["10.0.0.1"]

    async def story(one: Targets) -> None:
        assert len(set(await asyncio.gather(*(one.of("a:1", "P") for _ in range(50))))) == 1
        assert names["looked"] == 1
        names["a"] = ["127.0.0.1"]
        assert (await one.of("a:1", "P")).address == "ipv4:10.0.0.1:1"
        now = monotonic()
        monkeypatch.setattr("exchange.targets.monotonic", lambda: now + KEPT + 1)
        with pytest.raises(IllegalStateError) as rebound:
            await one.of("a:1", "P")
        assert rebound.value.reason == "PROVIDER_PLACE_FORBIDDEN"

    run(story)


def test_a_name_server_that_is_away_leaves_what_was_found_and_a_name_that_is_none_is_unreachable(names, monkeypatch):
    names |= {"a": ["10.0.0.1"], "none": socket.gaierror("no such name")}

    async def story(one: Targets) -> None:
        first = await one.of("a:1", "P")
        names["a"] = socket.gaierror("away")
        now = monotonic()
        monkeypatch.setattr("exchange.targets.monotonic", lambda: now + KEPT + 1)
        assert await one.of("a:1", "P") == first
        for _ in range(3):
            with pytest.raises(UnavailableError) as unknown:
                await one.of("none:1", "P")
            assert unknown.value.reason == "PROVIDER_UNAVAILABLE"
        assert names["looked"] == 3  # a failure is remembered for a moment: it does not cost a look-up a call

    run(story)


def test_one_who_gives_up_ends_nobody_elses_look_up(names):
    names["a"] = ["10.0.0.1"]

    async def story(one: Targets) -> None:
        first = asyncio.ensure_future(one.of("a:1", "P"))
        second = asyncio.ensure_future(one.of("a:1", "P"))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).name == "a"

    run(story)


def test_names_of_one_department_that_are_never_answered_hold_up_no_other_department_s(names):
    silent = Silent()
    names |= {"a": ["10.0.0.1"], **{f"silent{number}": silent for number in range(300)}}

    async def story(one: Targets) -> None:
        held = [asyncio.ensure_future(one.of(f"silent{number}:1", "Q")) for number in range(300)]
        for _ in range(THREADS * 3 // 4):
            assert await asyncio.to_thread(silent.asked.acquire, timeout=5)
        async with asyncio.timeout(5):
            assert (await one.of("a:1", "P")).name == "a"
        assert not silent.asked.acquire(blocking=False)
        silent.end.set()
        ended = await asyncio.gather(*held, return_exceptions=True)
        assert {error.reason for error in ended if isinstance(error, UnavailableError)} == {"PROVIDER_UNAVAILABLE"}
        assert names["looked"] < 300  # and not all of them are waited for
        one.close()

    run(story)


def test_what_a_name_resolves_to_is_named_once_each(monkeypatch):
    found = [(0, 0, 0, "", (one, 1)) for one in ("10.0.0.1", "10.0.0.1", "fe80::1%eth0")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert exchange.targets.addresses_of("a", 1) == [ip_address("10.0.0.1"), ip_address("fe80::1")]


def test_a_provider_is_reached_by_name_and_only_under_the_name_that_its_certificate_bears(names):
    names |= {"localhost": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
    with World() as world:
        by = world.member(PROVIDER)
        running = world.provider(lambda _key, _fields, _call: [RESIDENT], by)
        grant = world.grant(world.entry(by))
        for host, good in (("localhost", True), ("127.0.0.1", True), ("other.example", False)):
            by.do("SetEndpoint", endpoint=f"{host}:{running.port}")
            assert world.as_(CONSUMER).query(grant).ok is good, host


def test_a_hub_whose_operator_set_networks_takes_and_dials_no_other_address():
    with World(provider_networks=("10.0.0.0/8",)) as world:
        by = world.member(PROVIDER)
        for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "192.168.1.1"):
            reply = by.call("SetEndpoint", endpoint=f"{host}:7443")
            assert (reply.code, reply.reason) == (StatusCode.INVALID_ARGUMENT, "ENDPOINT_FORBIDDEN"), host
        assert by.call("SetEndpoint", endpoint="10.1.2.3:7443").ok
        assert by.call("SetEndpoint", endpoint="").ok
        # What the release before let register: it stands in the database, and is not dialled.
        world.hub.certs._places = NEAR
        asked: list[str] = []

        def rows(key: str, _fields: Any, _call: Any) -> list[Any]:
            asked.append(key)
            return [RESIDENT]

        world.provider(rows, by)
        reply = world.as_(CONSUMER).query(world.grant(world.entry(by)))
        assert (reply.code, reply.reason) == (StatusCode.FAILED_PRECONDITION, "PROVIDER_PLACE_FORBIDDEN")
        assert not asked
