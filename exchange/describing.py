"""Asks a provider what it serves, for the directory: over the same connection as its records, for a short time, and little of it is believed."""

import asyncio
import concurrent.futures
from typing import Final

from google.protobuf.message import DecodeError

from certs.identities import Identities
from exchange.providers import Place, ProviderPool
from hub.errors import ShuniuError
from shuniu.provider.comparison import ServedResource
from shuniu.provider.description import served_resource
from shuniu.v1 import provider_pb2

SECONDS: Final = 3.0
"""How long a provider has to describe itself."""
MOST_BYTES: Final = 1024 * 1024
MOST_RESOURCES: Final = 1_000
MOST_COLUMNS: Final = 20_000
"""Columns of all its resources."""
LONGEST_NAME: Final = 128


class Describer:
    """Asks the systems of departments; made in the event loop, called in threads of the control plane."""

    def __init__(self, identities: Identities, providers: ProviderPool) -> None:
        """Take who serves where, and the connections."""
        self._identities, self._providers = identities, providers
        self._loop = asyncio.get_running_loop()

    def __call__(self, department: str, system: str) -> tuple[ServedResource, ...] | None:
        """Return what a system serves at this moment; None where it does not say in time, says too much, or has no address and certificate."""
        endpoint, trusted = self._identities.endpoint(department, system), self._identities.certificates_of(department, system)
        if not endpoint or not trusted:
            return None
        asking = asyncio.run_coroutine_threadsafe(self._providers.describe(Place(department, system, endpoint, trusted), SECONDS), self._loop)
        try:
            # A second more than the call has: while the hub stops, its loop may not turn any more.
            answer = asking.result(SECONDS + 1)
        except (ShuniuError, TimeoutError, concurrent.futures.CancelledError):
            asking.cancel()
            return None
        return None if answer is None else read_description(answer)


def read_description(answer: bytes) -> tuple[ServedResource, ...] | None:
    """Return the resources of a DescribeResponse; None for one that is none or beyond all measure: half of a description would be a wrong one."""
    if len(answer) > MOST_BYTES:
        return None
    try:
        resources = provider_pb2.DescribeResponse.FromString(answer).resources
    except DecodeError:
        return None
    if len(resources) > MOST_RESOURCES or sum(len(one.columns) for one in resources) > MOST_COLUMNS:
        return None
    found = tuple(map(served_resource, resources))
    names = [name for one in found for name in (one.name, one.key, *(column.name for column in one.columns))]
    return found if all(len(name) <= LONGEST_NAME and name.isprintable() for name in names) else None
