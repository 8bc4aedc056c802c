"""The database behind a table: every fetch read-only, on a connection of its thread that is kept for as long as nothing fails on it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import sqlalchemy
from sqlalchemy import Connection, Engine, NullPool, Select, create_engine, event, exc
from sqlalchemy.engine import URL, make_url

from shuniu.errors import SourceError
from shuniu.patience import Patience, WaitLimits, limit
from shuniu.provider.table.databases import (
    STATEMENT_SECONDS,
    arguments_of,
    check_encoding,
    limited,
    manners_of,
    no_driver,
    pooled_parameters,
    read_versions,
    with_driver,
)
from shuniu.provider.table.encodings import take_stored
from shuniu.provider.table.faults import Fault, fault_of

LIMITS: Final = WaitLimits(statement=STATEMENT_SECONDS, lock=STATEMENT_SECONDS, answer=STATEMENT_SECONDS + 5)
"""See `shuniu.patience`."""
QUICK_STEPS: Final = 1_000
"""Instructions of SQLite's machine that a quick select may take: about 50 records, well under a millisecond."""
MISSES: Final = 3
"""So many quick selects in a row that were not: then none is tried for the next PAUSE fetches."""
PAUSE: Final = 1_000
_OF_SQLITE: Final = ("PRAGMA query_only = ON", f"PRAGMA busy_timeout = {STATEMENT_SECONDS * 1000}")


class TableSource:
    """One database by its SQLAlchemy URL. One that `manners_of` does not know needs a read-only account."""

    def __init__(self, url: str) -> None:
        """Make the engine; nothing is connected yet."""
        self.engine, self.stored = _engine(url)
        self._manners = manners_of(self.engine.dialect, LIMITS.statement)
        self._patience = Patience(LIMITS)
        if self.engine.dialect.driver == "psycopg":
            limit(self.engine, self._patience, pooled_parameters)
        self._local = threading.local()
        self._file = _file_of(self.engine.url)
        self._quick: Connection | None = None
        self._quick_stamp = (0, 0)
        self._misses = 0
        self._pause = 0

    @property
    def has_quick_rows(self) -> bool:
        """Tell whether `quick_rows` may be asked: the database is a local file."""
        return self.engine.dialect.name == "sqlite"

    def rows(self, statement: Select[Any], parameters: dict[str, Any], until: float) -> Sequence[Any]:
        """Run a statement on this thread's connection, and where that fails once more on a new one.

        A connection may believe what is no longer true: that its server still runs, that a table still is what it was. Not tried again are a
        statement that took too long, a value that cannot be read, and what fails after `until` (monotonic clock), when nobody waits for it.
        """
        try:
            return self._answer(statement, parameters)
        except exc.SQLAlchemyError as error:
            if fault_of(error) in {Fault.VALUE, Fault.TOO_SLOW} or monotonic() >= until:
                raise
        return self._answer(statement, parameters)

    def distrust(self) -> None:
        """Close this thread's connection for good; the next select makes a new one."""
        connection: Connection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def _answer(self, statement: Select[Any], parameters: dict[str, Any]) -> Sequence[Any]:
        """Run a statement in a transaction of its own; whatever fails, but for a value, costs the connection."""
        try:
            connection = self._connection()
            for one in self._manners.begin:
                connection.exec_driver_sql(one)
            try:
                rows = connection.execute(statement, parameters).all()
            except (exc.DataError, UnicodeError):
                self._end(connection)
                raise
            self._end(connection)
        except (exc.SQLAlchemyError, UnicodeError) as error:
            if fault_of(error) is not Fault.VALUE:
                self.distrust()
            raise
        return rows

    def _end(self, connection: Connection) -> None:
        if self._manners.end:
            connection.exec_driver_sql(self._manners.end)

    def quick_rows(self, statement: Select[Any], parameters: dict[str, Any]) -> Sequence[Any] | None:
        """Run a statement in the calling thread if it takes few steps and waits for no lock; None means that it does not, or that it failed.

        SQLite asks its progress handler after so many steps, which stops the statement there. Always to be called from one thread.
        """
        if self._pause > 0:
            self._pause -= 1
            return None
        try:
            stamp = self._stamp()
            if self._quick is None or self._quick_stamp != stamp:
                self._close_quick()
                self._quick, self._quick_stamp = self._quick_connection(), stamp
            rows = self._quick.execute(statement, parameters).all()
        except exc.SQLAlchemyError as error:
            if fault_of(error) is not Fault.VALUE:  # which says nothing of how long such a select takes
                self._miss()
            return None
        self._misses = 0
        return rows

    def _miss(self) -> None:
        self._close_quick()
        self._misses += 1
        if self._misses >= MISSES:
            self._misses, self._pause = 0, PAUSE

    def close(self) -> None:
        """Close this thread's connections; those of running threads end with them, and no wait for the database goes on."""
        self._patience.end_by(0)
        self.distrust()
        self._close_quick()
        self.engine.dispose()

    def _quick_connection(self) -> Connection:
        connection = self.engine.connect()
        driver: Any = connection.connection.dbapi_connection
        # a wait for a lock would stop the event loop
        driver.execute("PRAGMA busy_timeout = 0")
        # what is not zero stops the statement
        driver.set_progress_handler(lambda: 1, QUICK_STEPS)
        return connection

    def _close_quick(self) -> None:
        if self._quick is not None:
            self._quick.close()
            self._quick = None

    def _connection(self) -> Connection:
        """Return this thread's own connection, kept open: making one each time doubled the cost of a small select."""
        stamp = self._stamp()
        if getattr(self._local, "connection", None) is None or self._local.stamp != stamp:
            self.distrust()
            self._local.connection, self._local.stamp = self.engine.connect(), stamp
        connection: Connection = self._local.connection
        return connection

    def _stamp(self) -> tuple[int, int]:
        """Return which file a SQLite path leads to: an open one is read on when another has taken its name."""
        if self._file is None:
            return (0, 0)
        try:
            found = self._file.stat()
        except OSError:  # opening it says what is wrong
            return (0, 0)
        return (found.st_dev, found.st_ino)


def _read_url(url: str) -> URL:
    """Return the parts of a URL. From 2.1 on SQLAlchemy decodes %XX in the name of the database itself, as everywhere else in it."""
    address = make_url(url)
    if sqlalchemy.__version__.startswith("2.0.") and address.database:
        return address.set(database=unquote(address.database))
    return address


def _engine(url: str) -> tuple[Engine, str]:
    """Return the engine of a URL, and the encoding of its text where the URL states one."""
    try:
        address, stored = take_stored(with_driver(_read_url(url)))
        if address.get_backend_name() == "sqlite":
            address = _read_only_file(address)
        # Each thread keeps its own connection; a pool beside them would only give back what was thrown away. AUTOCOMMIT: transactions are ours.
        engine = create_engine(
            address,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            poolclass=NullPool,
            skip_autocommit_rollback=True,
            connect_args=arguments_of(address),
        )
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError):
        raise no_driver(url) from None
    _listen(engine)
    return engine, stored


def _listen(engine: Engine) -> None:
    """Look at each new connection before SQLAlchemy does, and at each select of MySQL."""
    dialect = engine.dialect
    if dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _record: [connection.execute(one) for one in _OF_SQLITE])
    if dialect.driver == "psycopg":
        read_versions(dialect)
        event.listen(engine, "connect", lambda connection, _record: check_encoding(connection), insert=True)
    if dialect.name in {"mysql", "mariadb"}:

        @event.listens_for(engine, "before_cursor_execute", retval=True)
        def limit_select(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> tuple[str, Any]:
            return limited(statement, dialect, LIMITS.statement), parameters


def _read_only_file(address: URL) -> URL:
    """Return the URL that opens a SQLite file with mode=ro, which also never makes the file that a typing mistake names."""
    place = Path(address.database or "")
    if not address.database or not place.is_file():
        raise SourceError(
            f"there is no SQLite file {address.database or ''!r}",
            message_zh=f"找不到 SQLite 数据库文件 {address.database or ''}",
            next_action="correct the path",
            next_action_zh="请修正文件路径",
        )
    return address.set(database=place.resolve().as_uri(), query={"mode": "ro", "uri": "true"})


def _file_of(address: URL) -> Path | None:
    """Return the file of a SQLite URL as `_read_only_file` has made it."""
    return Path(unquote(urlsplit(address.database or "").path)) if address.get_backend_name() == "sqlite" else None
