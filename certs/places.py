"""Where providers may stand: the hub dials what a member registers, so an address is judged when it is registered and again when it is dialled.

Refused are loopback, link-local, unspecified, multicast and reserved addresses (RFC 6890) and those of the hub's own machine: whoever registers
one has the hub knock at doors that are closed to everybody else.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Self

from certs.model import host_of_endpoint
from certs.reasons import ENDPOINT_FORBIDDEN
from hub.config import Config
from shuniu.joining.hosts import canonical, is_loopback

Address = IPv4Address | IPv6Address
_THIS_NETWORK: Final = ip_network("0.0.0.0/8")  # RFC 1122 section 3.2.1.3: no machine's address
_ANY_PORT: Final = 9


def is_own_address(address: Address) -> bool:
    """Tell whether an address is one of this machine: what is sent there would come from there. Nothing is sent."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IPv4
    try:
        # Not by binding to it, which succeeds everywhere where `ip_nonlocal_bind` is set, as fail-over setups do.
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), _ANY_PORT))
            return ip_address(probe.getsockname()[0].partition("%")[0]) == address
    except OSError:  # no way leads there
        return False


@dataclass(frozen=True, slots=True)
class ProviderPlaces:
    """The rule of one hub. `networks` are those that its operator set; `hosts` the names and addresses under which it is called itself.

    `near` is a hub that has no name or address but loopback (a demo, a test): its providers are on its own machine, and only what no machine
    has as its address is refused. One that listens on loopback behind a proxy has a name, and the rule holds.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    hosts: frozenset[str] = frozenset()
    near: bool = False
    is_own: Callable[[Address], bool] = is_own_address

    @classmethod
    def of(cls, config: Config) -> Self:
        """Return the rule that a configuration states."""
        member_host = config.members.rpartition(":")[0].strip("[]")
        hosts = frozenset(canonical(one) for one in (*config.server_names, member_host))
        return cls(tuple(map(ip_network, config.provider_networks)), hosts, all(map(is_loopback, hosts)))

    def admit(self, endpoint: str) -> str:
        """Return an endpoint that may be registered, the empty one too; names are judged by what they resolve to when they are dialled."""
        host = canonical(host_of_endpoint(endpoint))
        if host and not self._admits_host(host):
            raise ENDPOINT_FORBIDDEN(field="endpoint", host=host)
        return endpoint

    def admits(self, address: Address) -> bool:
        """Tell whether a provider may stand at an address."""
        one = plain_address(address)
        if one.is_unspecified or one.is_multicast:
            return False
        if self.networks:
            found = [net for net in self.networks if one in net]
            # A wide network that happens to hold the hub opens none of the hub's own doors: that takes the address itself.
            return any(net.num_addresses == 1 or one.is_loopback or not self._is_hub(one) for net in found)
        return self.near or not (_is_special(one) or self._is_hub(one))

    def _admits_host(self, host: str) -> bool:
        try:
            return self.admits(ip_address(host))
        except ValueError:
            if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 section 6.3
                return self.admits(IPv4Address("127.0.0.1"))
            return self.near or bool(self.networks) or host not in self.hosts

    def _is_hub(self, address: Address) -> bool:
        return str(address) in self.hosts or self.is_own(address)


STRICT: Final = ProviderPlaces()
"""The rule where nothing is configured."""


def plain_address(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for (IPv4-mapped, RFC 4291 section 2.5.5.2; 6to4, RFC 3056), any other as it is."""
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or address.sixtofour or address


def _is_special(address: Address) -> bool:
    return (
        address.is_loopback or address.is_link_local or address.is_reserved or (address.version == _THIS_NETWORK.version and address in _THIS_NETWORK)
    )
