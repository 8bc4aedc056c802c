"""Where a provider's endpoint leads at this moment: its host is resolved here and not by gRPC, so that what is dialled is what was judged.

A name is looked up again after half a minute; whoever changes it in the DNS in between moves nobody to a forbidden address. A name server may
keep a look-up waiting for as long as it likes, so look-ups have threads of their own, in turn among the departments whose names they are.
Process-local, as those threads are.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from time import monotonic
from typing import Final

from certs.model import host_of_endpoint
from certs.places import Address, ProviderPlaces
from exchange.reasons import PROVIDER_PLACE_FORBIDDEN, PROVIDER_UNREACHABLE
from exchange.steps import FETCH
from hub.threads import in_thread
from shuniu.turns import FullError, Turns

KEPT: Final = 30.0
"""Seconds for which a look-up is good."""
KEPT_AFTER_FAILURE: Final = 1.0
THREADS: Final = 8
WAITING: Final = 256
"""Look-ups that wait for a thread: each is for one endpoint, whoever asks for it."""
_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Target:
    """What gRPC dials, and the host name that the provider's certificate must bear where that is no address."""

    address: str
    name: str = ""


@dataclass(slots=True)
class _Look:
    until: float
    task: "asyncio.Future[Target]"
    last: Target | None = None


class Targets:
    """The targets of endpoints, each looked up once for all who ask meanwhile."""

    def __init__(self, places: ProviderPlaces) -> None:
        """Take the rule of where providers may stand."""
        self._places = places
        self._looks: dict[str, _Look] = {}
        self._executor = ThreadPoolExecutor(THREADS, "names")
        self._turns = Turns(THREADS, WAITING, WAITING)

    def known(self, endpoint: str) -> Target | None:
        """Return the target where it was found a moment ago, for nearly every call; None where `of` must look."""
        look = self._looks.get(endpoint)
        return look.last if look is not None and look.task.done() and monotonic() < look.until else None

    async def of(self, endpoint: str, provider: str) -> Target:
        """Return the target of a department's endpoint; raise UnavailableError where the host is not found or an address of it is forbidden."""
        look = self._looks.get(endpoint)
        if look is None or (look.task.done() and monotonic() >= look.until):
            look = self._begin(endpoint, provider, look.last if look else None)
        if look.task.done():
            return look.task.result()
        # Shielded: one caller who gives up must not end the look-up of the others.
        return await asyncio.shield(look.task)

    def close(self) -> None:
        """Look nothing up any more; a look-up under way is not waited for."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _begin(self, endpoint: str, provider: str, last: Target | None) -> _Look:
        if len(self._looks) >= _MOST:
            self._looks.clear()
        look = self._looks[endpoint] = _Look(monotonic() + KEPT, asyncio.ensure_future(self._find(endpoint, provider, last)), last)
        look.task.add_done_callback(lambda task: _settle(look, task))
        return look

    async def _find(self, endpoint: str, provider: str, last: Target | None) -> Target:
        host, port = host_of_endpoint(endpoint), int(endpoint.rpartition(":")[2])
        try:
            addresses: list[Address] = [ip_address(host)]
        except ValueError:
            try:
                addresses = await self._resolve(host, port, provider)
            except (OSError, FullError):
                if last is not None:  # judged when it was found; a name server that is away moves nobody
                    return last
                raise PROVIDER_UNREACHABLE(step=FETCH.place, retry_after=5.0) from None
            name = host
        else:
            name = ""
        if not all(map(self._places.admits, addresses)):
            raise PROVIDER_PLACE_FORBIDDEN(step=FETCH.place)
        return Target(_dialled(addresses, port) if name else endpoint, name)

    async def _resolve(self, host: str, port: int, provider: str) -> list[Address]:
        await self._turns.take(provider)
        return await in_thread(self._executor, partial(self._turns.give, provider), addresses_of, host, port)


def _settle(look: _Look, task: "asyncio.Future[Target]") -> None:
    if task.cancelled() or task.exception() is not None:
        look.until, look.last = monotonic() + KEPT_AFTER_FAILURE, None
    else:
        look.last = task.result()


def addresses_of(host: str, port: int) -> list[Address]:
    """Return what a name resolves to, each address once; raise OSError where it does not. Blocks for as long as the name server does."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(address[0]).partition("%")[0]) for *_, address in found))


def _dialled(addresses: list[Address], port: int) -> str:
    """Return the addresses as gRPC takes them: of one family, or IPv4 written as IPv6, which it dials as what it is."""
    if all(isinstance(one, IPv4Address) for one in addresses):
        return "ipv4:" + ",".join(f"{one}:{port}" for one in addresses)
    written = (one if isinstance(one, IPv6Address) else f"::ffff:{one}" for one in addresses)
    return "ipv6:" + ",".join(f"[{one}]:{port}" for one in written)
