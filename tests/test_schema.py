"""The migrations and the stores' tables say the same, on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from hub.db import Database, metadata
from migrations import migrate


def _differences(url: str) -> list[object]:
    migrate(url)
    engine = create_engine(Database(url).url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = [one for one in compare_metadata(context, metadata) if "entry_words" not in str(one)]
        tables = inspect(connection).get_table_names()
    engine.dispose()
    assert "entry_words" in tables
    return found


def test_the_migrations_make_the_tables_of_the_stores_on_sqlite(tmp_path):
    assert _differences(f"sqlite:///{tmp_path / 'shuniu.db'}") == []


@pytest.mark.postgres
def test_the_migrations_make_the_tables_of_the_stores_on_postgresql(postgres_url):
    admin = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE migrated")
    admin.dispose()
    assert _differences(postgres_url.replace("/postgres", "/migrated")) == []


def test_migrating_twice_changes_nothing(tmp_path):
    url = f"sqlite:///{tmp_path / 'shuniu.db'}"
    migrate(url)
    migrate(url)
    assert _differences(url) == []
