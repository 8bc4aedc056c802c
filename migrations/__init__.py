"""The schema's history. `migrate(url)` brings a database to the newest state; SQLite and PostgreSQL walk the same steps."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config

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


def migrate(url: str) -> None:
    """Bring the database to the newest schema; on an up-to-date one nothing happens."""
    command.upgrade(alembic_config(url), "head")
