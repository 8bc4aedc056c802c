"""Is every page of a database readable, and does every index agree with its table? For a copy or beside a running hub; it reads, and writes nothing.

SQLite checks itself wholly. PostgreSQL has no such command: every table is read to its last byte, large values included, which meets each page of
each heap; with page checksums a flipped bit is noticed there, without them only where it breaks the page's structure. Its B-tree indexes are
held against their tables by the extension amcheck, where the database has it and the hub's user may call it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from hub.db.limits import PATIENT
from hub.db.place import url_of
from shuniu.patience import Patience, limit

MOST: Final = 100
"""Findings told of one check: a file that is torn would give thousands."""
_TABLES: Final = """
SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname = ANY (current_schemas(false)) ORDER BY 2
"""
_INDEXES: Final = """
SELECT i.oid, quote_ident(n.nspname) || '.' || quote_ident(i.relname) AS name, a.amname AS kind FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = i.relnamespace JOIN pg_am a ON a.oid = i.relam
WHERE i.relkind = 'i' AND x.indisvalid AND n.nspname = ANY (current_schemas(false)) ORDER BY 2
"""
_AMCHECK: Final = """
SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'amcheck'
"""
_BTREE: Final = "btree"
_ASKED_TOO_MUCH: Final = "42501"


class Examined(StrEnum):
    """What was looked at."""

    FILE = "file"
    FOREIGN_KEYS = "foreign keys"
    TABLE = "table"
    INDEX = "index"
    CHECKSUMS = "checksums"


class PageVerdict(StrEnum):
    """How it was found; `unchecked` says why in its detail and is no damage."""

    SOUND = "sound"
    DAMAGED = "damaged"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class PageFinding:
    """One thing that was looked at: its name, how it is, and in the database's own words what is wrong (page and object numbers, no row's values)."""

    examined: Examined
    name: str
    verdict: PageVerdict
    detail: str = ""
    size: int = 0
    """Bytes read of a table."""


def inspect_database(url: str) -> Iterator[PageFinding]:
    """Yield what is found, thing by thing. What keeps the database from being opened at all is SQLAlchemy's error, see `hub.db.for_operator`."""
    address = url_of(url)
    if address.get_backend_name() == "sqlite":
        with create_engine(address, poolclass=NullPool, connect_args={"timeout": PATIENT.lock}).connect() as connection:
            yield from _sqlite(connection)
        return
    engine = create_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    limit(engine, Patience(PATIENT))
    with engine.connect() as connection:
        yield from _postgresql(connection)


def _sqlite(connection: Connection) -> Iterator[PageFinding]:
    # On an index that does not fit its table the message names row and index; values of columns are in none of SQLite's messages.
    for examined, pragma in ((Examined.FILE, f"PRAGMA integrity_check({MOST})"), (Examined.FOREIGN_KEYS, "PRAGMA foreign_key_check")):
        try:
            rows = connection.exec_driver_sql(pragma).fetchmany(MOST)
        except DBAPIError as error:
            name = getattr(error.orig, "sqlite_errorname", "")
            if not name.startswith(("SQLITE_CORRUPT", "SQLITE_IOERR", "SQLITE_NOTADB")):
                raise
            yield PageFinding(examined, "", PageVerdict.DAMAGED, name)
            continue
        wrong = [" ".join(map(str, row)) for row in rows if tuple(row) != ("ok",)]
        yield from [PageFinding(examined, "", PageVerdict.DAMAGED, one) for one in wrong]
        if not wrong:
            yield PageFinding(examined, "", PageVerdict.SOUND)


def _postgresql(connection: Connection) -> Iterator[PageFinding]:
    if connection.exec_driver_sql("SHOW data_checksums").scalar() == "on":
        yield PageFinding(Examined.CHECKSUMS, "", PageVerdict.SOUND)
    else:
        yield PageFinding(Examined.CHECKSUMS, "", PageVerdict.UNCHECKED, "data_checksums=off")
    for row in connection.exec_driver_sql(_TABLES).all():
        yield _read(connection, row.name)
    yield from _indexes(connection)


def _read(connection: Connection, table: str) -> PageFinding:
    """Read a table wholly; its rows arrive here and are dropped, which is what fetches their large values too."""
    size = 0
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as rows:
            for part in rows:
                size += len(part)
    except connection.dialect.loaded_dbapi.Error as error:
        if error.sqlstate is None:  # the connection is gone: no word about this table
            raise DBAPIError("read a table", None, error) from error
        return PageFinding(Examined.TABLE, table, _verdict_of(error), _message(error), size)
    return PageFinding(Examined.TABLE, table, PageVerdict.SOUND, size=size)


def _indexes(connection: Connection) -> Iterator[PageFinding]:
    schema = connection.exec_driver_sql(_AMCHECK).scalar()
    if schema is None:
        yield PageFinding(Examined.INDEX, "", PageVerdict.UNCHECKED, "CREATE EXTENSION amcheck")
        return
    driver: Any = connection.connection.driver_connection
    for row in connection.exec_driver_sql(_INDEXES).all():
        if row.kind != _BTREE:
            yield PageFinding(Examined.INDEX, row.name, PageVerdict.UNCHECKED, row.kind)
            continue
        try:
            driver.execute(f"SELECT {schema}.bt_index_check({row.oid}::regclass, true)")
        except connection.dialect.loaded_dbapi.Error as error:
            if error.sqlstate is None:
                raise DBAPIError("check an index", None, error) from error
            if error.sqlstate == _ASKED_TOO_MUCH:
                yield PageFinding(Examined.INDEX, "", PageVerdict.UNCHECKED, f"GRANT EXECUTE ON FUNCTION {schema}.bt_index_check(regclass, boolean)")
                return
            yield PageFinding(Examined.INDEX, row.name, _verdict_of(error), _message(error))
        else:
            yield PageFinding(Examined.INDEX, row.name, PageVerdict.SOUND)


def _verdict_of(error: Any) -> PageVerdict:
    """Whoever may not read a table, or found it locked or dropped meanwhile, has not found it damaged."""
    return PageVerdict.UNCHECKED if str(error.sqlstate)[:2] in {"42", "55", "57"} else PageVerdict.DAMAGED


def _message(error: Any) -> str:
    """Return SQLSTATE and the server's primary message: it names blocks, files and objects. The detail, which may hold values, is left out."""
    return f"{error.sqlstate} {error.diag.message_primary or ''}".strip()
