"""An address counts as one party, however it is written; of IPv6 a /64 does."""

import pytest

from hub.addresses import address_of, party_of


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:192.0.2.7:4711", "192.0.2.7"),
        ("ipv6:[2001:db8::7]:4711", "2001:db8::7"),
        ("ipv6:%5B2001:db8::7%5D:4711", "2001:db8::7"),
        ("ipv6:%5Bfe80::1%25eth0%5D:4711", "fe80::1%eth0"),
        ("unix:/run/x.sock", "unix"),
        ("unix:", "unix"),
        ("", "unknown"),
    ],
)
def test_a_peer_of_grpc_is_known_by_its_address_without_its_port(peer: str, address: str):
    assert address_of(peer) == address


@pytest.mark.parametrize(
    ("address", "party"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_whoever_has_one_address_of_a_network_has_them_all(address: str, party: str):
    assert party_of(address) == party
