"""Where a service may be: its name is resolved for each new connection, every address is judged, and what was judged is what is dialled."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, Union

from shuniu.provider.http.faults import Fault, ServiceError

MOST_ADDRESSES: Final = 16
"""Addresses of one name."""
Address = Union[IPv4Address, IPv6Address]
Network = Union[IPv4Network, IPv6Network]


@dataclass(frozen=True)
class Places:
    """The networks in which the service is; without any, each address but those that no service of a department has."""

    networks: tuple[Network, ...] = ()

    def admits(self, address: Address) -> bool:
        """Tell whether an address may be dialled. 169.254.169.254, where clouds keep their secrets, is link-local."""
        mapped = getattr(address, "ipv4_mapped", None)
        if mapped is not None:
            return self.admits(mapped)
        if self.networks:
            return any(address in one for one in self.networks if one.version == address.version)
        return not (address.is_link_local or address.is_multicast or address.is_unspecified or (address.is_reserved and not address.is_loopback))

    def addresses_of(self, host: str, port: int) -> list[Address]:
        """Return where a host is; raise ServiceError where it is nowhere, or where one of its addresses may not be dialled.

        The whole name is refused for one address: whoever answers for it may put that one first a moment later.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = list(dict.fromkeys(ip_address(str(one[4][0]).partition("%")[0]) for one in found))
        except (OSError, ValueError):  # also a name that is none
            raise ServiceError(Fault.UNREACHABLE, "the name does not resolve", retry_after=5) from None
        if not addresses or len(addresses) > MOST_ADDRESSES:
            raise ServiceError(Fault.UNREACHABLE, f"the name has {len(addresses)} addresses", retry_after=5)
        if not all(map(self.admits, addresses)):
            raise ServiceError(Fault.PLACE, "an address of the name is outside the networks")
        return addresses
