"""The migrations and the stores' tables say the same, on both databases."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from hub.db import Database, metadata
from hub.errors import ConfigError
from migrations import alembic_config, migrate


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


def test_a_migration_that_is_ended_halfway_leaves_the_schema_as_it_was_and_is_done_again(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'shuniu.db'}"
    command.upgrade(alembic_config(url), "0001")
    before = _tables(url)

    def broken(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as once:
        once.setattr("alembic.operations.Operations.execute", broken)  # in the middle of the step, behind several CREATE TABLE
        with pytest.raises(ZeroDivisionError):
            migrate(url)
    assert _tables(url) == before
    assert _differences(url) == []


def _tables(url: str) -> set[str]:
    engine = create_engine(url)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


def test_a_database_of_a_newer_release_is_told_and_left_alone(tmp_path):
    url = f"sqlite:///{tmp_path / 'shuniu.db'}"
    migrate(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ConfigError) as error:
        migrate(url)
    assert error.value.reason == "SCHEMA_UNKNOWN"


def test_migrating_twice_changes_nothing(tmp_path):
    url = f"sqlite:///{tmp_path / 'shuniu.db'}"
    migrate(url)
    migrate(url)
    assert _differences(url) == []


@pytest.mark.parametrize("has_grants", [False, True])
def test_a_hub_that_has_grants_keeps_when_it_learnt_of_disposals(tmp_path, has_grants):
    url = f"sqlite:///{tmp_path / 'shuniu.db'}"
    command.upgrade(alembic_config(url), "0024")
    engine = create_engine(url)
    if has_grants:
        with engine.begin() as connection:
            columns = "id, revision, state, data_request, entry, entry_version, consumer, provider, terms, start_time, expire_time, reason"
            values = "'g', 1, 'active', 'dataRequests/r', 'entries/e', 1, 'c', 'p', '{}', 0, 0, ''"
            connection.exec_driver_sql("INSERT INTO grants (" + columns + ") VALUES (" + values + ")")  # noqa: S608 - nobody's input
    migrate(url)
    with engine.connect() as connection:
        assert len(connection.execute(text("SELECT time FROM disposals_begin")).all()) == has_grants
    engine.dispose()
