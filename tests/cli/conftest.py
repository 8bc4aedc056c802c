"""A hub that was made (to be copied), and a world of enrolled departments around a running one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.processes import make_hub
from tests.world import World


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_hub(folder)
    return folder


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(provider_timeout=2.0) as started:
        yield started
