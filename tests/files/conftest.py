"""One running hub for all tests of a module."""

from collections.abc import Iterator

import pytest

from tests.world import World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(provider_timeout=2.0, provider_concurrency=4) as running:
        yield running
