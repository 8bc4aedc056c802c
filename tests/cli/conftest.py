"""A hub that was made (to be copied), and a world of enrolled departments around a running one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

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


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database: none at all yet on SQLite."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'place' / 'hub.db'}"
        return
    server = request.getfixturevalue("postgres_url")
    admin = create_engine(server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as one:
        one.execute(text("CREATE DATABASE owned"))
    yield server.replace("/postgres", "/owned")
    with admin.connect() as one:
        one.execute(text("DROP DATABASE owned WITH (FORCE)"))
    admin.dispose()
