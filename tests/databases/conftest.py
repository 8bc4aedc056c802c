"""The servers, each started once for all tests of a worker."""

from collections.abc import Iterator

import pytest

from tests.databases.mariadb import mariadb
from tests.databases.pgbouncer import pgbouncer
from tests.databases.servers import EACH, Database, database_of
from tests.postgres import Server, server
from tests.shuniu_sdk.tables import open_table

__all__ = ["open_table"]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with server() as one:
        yield one


@pytest.fixture(scope="session")
def pooler(postgres: Server) -> Iterator[str]:
    with pgbouncer(postgres.url) as url:
        yield url


@pytest.fixture(scope="session")
def maria() -> Iterator[str]:
    with mariadb() as url:
        yield url


@pytest.fixture(params=EACH)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    one = database_of(request)
    yield one
    one.run(*one.undo)
