"""Under which name an address is counted where shares are dealt out by address."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import unquote

_HOST_BITS: Final = 64


def party_of(address: str) -> str:
    """Return the party of an address: an IPv4 address alone; of IPv6 the /64, for whoever has one address of it has all of them."""
    if ":" not in address:
        return address
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> _HOST_BITS << _HOST_BITS)}/64"


def address_of(peer: str) -> str:
    """Return the address of a gRPC peer, `ipv4:192.0.2.1:4711` or `ipv6:[2001:db8::1]:4711`; whoever comes by another way has one for its kind."""
    kind, _, rest = peer.partition(":")
    if kind not in {"ipv4", "ipv6"}:
        return kind or "unknown"
    return unquote(rest.rpartition(":")[0]).strip("[]")
