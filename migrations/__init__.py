"""The schema's history. `migrate(url)` brings a database to the newest state; SQLite and PostgreSQL walk the same steps.

How a database is opened at all, by the hub and by its operator's commands, is `migrations.opening`.
"""

import logging
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from hub.db import Database, for_operator, place_of
from hub.db.reasons import SCHEMA_UNKNOWN

log = logging.getLogger(__name__)
HERE: Final = Path(__file__).parent


def alembic_config(url: str) -> Config:
    """Return alembic's configuration for a database URL."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    # Alembic reads options through configparser, to which a % (in a password, say) begins an interpolation.
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def newest_schema() -> str:
    """Return the version that this program needs."""
    return str(_steps().get_current_head())


def schema_of(connection: Connection) -> str:
    """Return the version of a database, empty where it has none."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return ""
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")


def knows_schema(found: str) -> bool:
    """Tell whether a version is one of this program's steps; that of a newer release is not."""
    return not found or any(step.revision == found for step in _steps().walk_revisions())


def migrate(url: str) -> None:
    """Bring the database to the newest schema; on an up-to-date one nothing happens. Whoever calls it for a hub holds the database's lock."""
    with for_operator(url):
        db = Database(url)
        try:
            with db.read() as tx:
                found = schema_of(tx.connection)
        finally:
            db.close()
        if found == newest_schema():
            return
        if not knows_schema(found):
            raise SCHEMA_UNKNOWN(place=place_of(url), found=found)
        log.info("bringing the database %s from schema %s to %s", place_of(url), found or "(empty)", newest_schema())
        command.upgrade(alembic_config(url), "head")


def _steps() -> ScriptDirectory:
    return ScriptDirectory(str(HERE))
