"""Where providers may stand: no address of the hub's own machine, none that no machine has, and only those networks that the operator set."""

import itertools
import socket
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.places import STRICT, ProviderPlaces, is_own_address
from hub.config import Config
from hub.errors import InvalidInputError

OWN = ip_address("10.1.2.3")
FAR = replace(STRICT, is_own=lambda one: one == OWN, hosts=frozenset({"hub.example.gov.cn", "203.0.113.7", "2001:db8::7"}))
NEVER = ["0.0.0.0", "::", "224.0.0.1", "239.1.1.1", "ff02::1", "::ffff:0.0.0.0", "::ffff:224.0.0.1"]  # noqa: S104 - nothing is bound
CLOSED = [
    "127.0.0.1", "127.255.255.254", "::1", "169.254.169.254", "fe80::1", "0.1.2.3", "240.0.0.1", "255.255.255.255",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::7f00:1", "::127.0.0.1",
    "10.1.2.3", "::ffff:10.1.2.3", "203.0.113.7", "2001:db8::7",
]  # fmt: skip
GOOD = ["10.1.2.4", "192.168.0.9", "100.64.0.1", "198.51.100.1", "2001:db8::8", "fd00::1", "::ffff:10.1.2.4"]


def refused(places: ProviderPlaces, endpoint: str) -> bool:
    try:
        return places.admit(endpoint) != endpoint
    except InvalidInputError as error:
        return (error.reason, error.field) == ("ENDPOINT_FORBIDDEN", "endpoint")


def endpoint(address: str) -> str:
    return f"[{address}]:7443" if ":" in address else f"{address}:7443"


@pytest.mark.parametrize("address", [*NEVER, *CLOSED])
def test_what_is_the_hubs_own_or_nobodys_is_refused(address):
    assert not FAR.admits(ip_address(address))
    assert refused(FAR, endpoint(address))


@pytest.mark.parametrize("address", GOOD)
def test_every_other_address_is_taken(address):
    assert FAR.admits(ip_address(address))
    assert not refused(FAR, endpoint(address))


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "x.localhost", "hub.example.gov.cn", "HUB.example.gov.cn"])
def test_names_of_the_hub_itself_are_refused(name):
    assert refused(FAR, f"{name}:7443")
    assert not refused(FAR, "data.mzj.example:7443")
    assert not refused(FAR, "")


def test_a_hub_that_is_called_at_loopback_alone_has_its_providers_beside_it():
    near = ProviderPlaces.of(Config())
    for address in CLOSED:
        assert near.admits(ip_address(address)) is (address not in NEVER)
    assert not any(near.admits(ip_address(address)) for address in NEVER)
    assert not refused(near, "localhost:1")
    for settings in ({"members": "0.0.0.0:7443"}, {"members": "10.0.0.1:7443"}, {"server_names": ("localhost", "hub.example")}):
        assert refused(ProviderPlaces.of(Config(**settings)), "localhost:1"), settings


def test_the_networks_that_the_operator_set_are_the_only_ones():
    some = replace(FAR, networks=(ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")))
    for address, good in (("10.1.2.4", True), ("2001:db8::8", True), ("192.168.0.9", False), ("127.0.0.1", False), ("::ffff:10.9.9.9", True)):
        assert some.admits(ip_address(address)) is good, address
    assert not any(some.admits(ip_address(address)) for address in NEVER)
    assert refused(some, "localhost:1")


def test_a_wide_network_opens_none_of_the_hubs_own_doors_and_the_address_itself_does():
    assert not replace(FAR, networks=(ip_network("10.0.0.0/8"),)).admits(OWN)
    assert replace(FAR, networks=(ip_network("10.1.2.3/32"),)).admits(OWN)
    beside = replace(FAR, networks=(ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8")))
    assert beside.admits(ip_address("127.0.0.1"))
    assert not refused(beside, "localhost:1")
    for near in (True, False):  # networks that are set count for a hub on a laptop too
        assert refused(replace(FAR, near=near, networks=(ip_network("10.0.0.0/8"),)), "127.0.0.1:1")


@given(st.ip_addresses(v=4), st.sampled_from([(), ("10.0.0.0/8",), ("0.0.0.0/0",), ("169.254.0.0/16", "127.0.0.1/32")]))
def test_an_ipv4_address_written_as_ipv6_is_judged_as_what_it_is(address, networks):
    places = replace(FAR, networks=tuple(map(ip_network, networks)))
    assert places.admits(IPv6Address(f"::ffff:{address}")) is places.admits(address)


@given(st.ip_addresses())
def test_by_default_no_loopback_link_local_unspecified_or_multicast_address_passes(address):
    if FAR.admits(address):
        one = getattr(address, "ipv4_mapped", None) or address
        assert not any(getattr(one, f"is_{kind}") for kind in ("loopback", "link_local", "unspecified", "multicast"))


def test_the_addresses_of_this_machine_are_found_without_sending_anything():
    assert is_own_address(IPv4Address("127.0.0.1"))
    assert not is_own_address(IPv4Address("198.51.100.1"))
    own = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)}
    assert all(is_own_address(ip_address(str(one).partition("%")[0])) for one in itertools.islice(own, 4))
