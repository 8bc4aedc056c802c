"""One running hub for all tests of a module; who is woken when, a test says."""

from collections.abc import Iterator

import pytest

from tests.world import World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(provider_timeout=2.0) as running:
        running.hub.wake_rounds.stop()
        yield running
