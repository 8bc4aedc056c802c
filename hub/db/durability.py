"""Does a commit that returned survive a power cut? Asked at each start, each second by whoever holds the hub's lock, and by the doctor.

A setting that is wrong stops the start. One that is changed under a running hub is told in its log as an error at once and by the doctor; the
hub goes on, since what was committed before is not made safer by refusing, and the next start is refused.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

DURABLE: Final[Mapping[str, frozenset[str]]] = {
    "synchronous_commit": frozenset({"on", "local", "remote_write", "remote_apply"}),
    "fsync": frozenset({"on"}),
    "full_page_writes": frozenset({"on"}),
}
"""Which values of PostgreSQL's settings keep a commit on this server's own disk; the standby's part is the operator's choice."""
_ASK: Final = "SELECT " + ", ".join(f"current_setting('{name}')" for name in DURABLE)


def weak_settings(connection: Connection) -> dict[str, str]:
    """Return those of PostgreSQL's settings with which a power cut loses commits, and their values; nothing for SQLite, whose are set by us."""
    if connection.dialect.name != "postgresql":
        return {}
    found: Any = connection.exec_driver_sql(_ASK).one()
    return {name: str(value) for name, value in zip(DURABLE, found, strict=True) if value not in DURABLE[name]}


def mending_of(weak: Mapping[str, str]) -> str:
    """Return the statements that set them right."""
    return " ".join([*(f"ALTER SYSTEM SET {name} = on;" for name in weak), "SELECT pg_reload_conf();"])
