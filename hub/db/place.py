"""Where a database is, as people and locks call it: a file, or host, port and name."""

from pathlib import Path
from typing import Final
from urllib.parse import unquote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from hub.reasons.operation import DATABASE_UNKNOWN

_PORT: Final = 5432


def url_of(text: str) -> URL:
    """Return the URL, with the psycopg driver where it is `postgresql://`; raise ConfigError for a kind that is not supported."""
    if text.startswith("postgresql://"):
        text = "postgresql+psycopg://" + text.removeprefix("postgresql://")
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise DATABASE_UNKNOWN(kind=text.split(":", 1)[0]) from error
    if url.get_backend_name() != "sqlite" and url.drivername != "postgresql+psycopg":
        raise DATABASE_UNKNOWN(kind=text.split(":", 1)[0])
    return url


def sqlite_file(text: str) -> Path | None:
    """Return the file of an SQLite URL without symbolic links, so that one database has one name; None for PostgreSQL and for one in memory."""
    url = url_of(text)
    name = url.database or ""
    if url.get_backend_name() != "sqlite" or not name or ":memory:" in name:
        return None
    if name.startswith("file:"):
        name = unquote(name.removeprefix("file:").partition("?")[0])
        name = "/" + name.lstrip("/") if name.startswith("//") else name
    return Path(name).resolve()


def host_of(text: str) -> tuple[str, str, str]:
    """Return host, port and name of a PostgreSQL database; the host is empty for the local socket. Never user or password."""
    url = url_of(text)
    host, port = (url.query.get(key, "") for key in ("host", "port"))
    return url.host or _one(host), str(url.port or _one(port) or _PORT), url.database or url.username or ""


def place_of(text: str) -> str:
    """Return the database in words that may be shown to its operator."""
    file = sqlite_file(text)
    if file is not None:
        return str(file)
    host, port, name = host_of(text)
    return f"{host or 'localhost'}:{port}/{name}"


def _one(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ",".join(value)
