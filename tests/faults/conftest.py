"""Hub processes for faults: one on SQLite, one on a PostgreSQL database of its own."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from tests.faults.process import HubProcess


@pytest.fixture
def hub() -> Iterator[HubProcess]:
    process = HubProcess()
    yield process
    process.leave()


@pytest.fixture
def hub_on_postgres(postgres_url: str) -> Iterator[HubProcess]:
    admin = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as one:
        one.exec_driver_sql("CREATE DATABASE faults")
    process = HubProcess(postgres_url.replace("/postgres", "/faults"))
    yield process
    process.leave()
    with admin.connect() as one:
        one.exec_driver_sql("DROP DATABASE faults WITH (FORCE)")
    admin.dispose()
