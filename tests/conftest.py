"""Fixtures for all: a database of each kind, with every table, empty."""

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine

import audit.store
import brokerage.store
import catalog.store
import certs.store
import licenses.store
import seals.store
import work.store
from hub.db import Database
from tests.postgres import cluster

STORES = (audit.store, brokerage.store, catalog.store, certs.store, licenses.store, seals.store, work.store)
settings.register_profile("shuniu", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("shuniu")
_names = itertools.count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _filled(f"sqlite:///{path}").close()
    connection = create_engine(f"sqlite:///{path}")
    with connection.connect() as one:
        one.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with cluster() as url:
        admin = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
        with admin.connect() as one:
            one.exec_driver_sql("CREATE DATABASE template_shuniu")
        _filled(url.replace("/postgres", "/template_shuniu")).close()
        admin.dispose()
        yield url


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "shuniu.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Database]:
    name = f"shuniu_{next(_names)}"
    admin = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as one:
        one.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template_shuniu")
    database = Database(postgres_url.replace("/postgres", f"/{name}"))
    yield database
    database.close()
    with admin.connect() as one:
        one.exec_driver_sql(f"DROP DATABASE {name}")
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """Every test that asks for `database` runs on both kinds."""
    fixture: Database = request.getfixturevalue("sqlite_database" if request.param == "sqlite" else "postgres_database")
    return fixture


def _filled(url: str) -> Database:
    database = Database(url)
    database.create_tables()
    with database.begin() as tx:
        audit.store.TreeStore(tx).create()
    return database
