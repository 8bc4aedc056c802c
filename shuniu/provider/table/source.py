"""The database behind a table: every connection read-only, one per thread and kept, so that a fetch is one statement and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Select, create_engine, event, exc
from sqlalchemy.engine import URL, make_url

from shuniu.errors import SourceError
from shuniu.patience import CONNECT_SECONDS, Patience, WaitLimits, limit
from shuniu.provider.table.faults import is_damage

CONNECTIONS: Final = 8
"""Connections kept; more are opened for more threads."""
STATEMENT_SECONDS: Final = 10
LIMITS: Final = WaitLimits(statement=STATEMENT_SECONDS, lock=STATEMENT_SECONDS, answer=STATEMENT_SECONDS + 5)
"""For PostgreSQL; see `shuniu.patience`."""
_OF_MYSQL: Final = {"connect_timeout": CONNECT_SECONDS, "read_timeout": STATEMENT_SECONDS + 5, "write_timeout": STATEMENT_SECONDS + 5}
_SECONDS: Final[Mapping[str, Mapping[str, int]]] = {"pymysql": _OF_MYSQL, "mysqldb": _OF_MYSQL}
"""Seconds that other drivers take as arguments; a parameter of the URL wins."""
QUICK_STEPS: Final = 1_000
"""Instructions of SQLite's machine that a quick select may take: about 50 records, well under a millisecond."""
MISSES: Final = 3
"""So many quick selects in a row that were not: then none is tried for the next PAUSE fetches."""
PAUSE: Final = 1_000
_READ_ONLY: Final[Mapping[str, tuple[str, ...]]] = {
    "sqlite": ("PRAGMA query_only = ON", f"PRAGMA busy_timeout = {STATEMENT_SECONDS * 1000}"),
    "postgresql": ("SET default_transaction_read_only = on", f"SET statement_timeout = '{STATEMENT_SECONDS}s'"),
    "mysql": ("SET SESSION TRANSACTION READ ONLY",),
    "mariadb": ("SET SESSION TRANSACTION READ ONLY",),
}


class TableSource:
    """One database by its SQLAlchemy URL. One that is not in the list above needs a read-only account."""

    def __init__(self, url: str) -> None:
        """Make the engine; nothing is connected yet."""
        self.engine = _engine(url)
        self._patience = Patience(LIMITS)
        if self.engine.dialect.driver == "psycopg":
            limit(self.engine, self._patience)
        self._local = threading.local()
        self._quick: Connection | None = None
        self._misses = 0
        self._pause = 0

    @property
    def has_quick_rows(self) -> bool:
        """Tell whether `quick_rows` may be asked: the database is a local file."""
        return self.engine.dialect.name == "sqlite"

    def rows(self, statement: Select[Any], parameters: dict[str, Any]) -> Sequence[Any]:
        """Run a statement on this thread's connection; one that the database had closed meanwhile is replaced, once."""
        try:
            return self._connection().execute(statement, parameters).all()
        except exc.SQLAlchemyError as error:
            self._drop_connection()
            # only a lost connection is worth a second try
            if not isinstance(error, exc.DBAPIError) or not error.connection_invalidated:
                raise
        return self._connection().execute(statement, parameters).all()

    def quick_rows(self, statement: Select[Any], parameters: dict[str, Any]) -> Sequence[Any] | None:
        """Run a statement in the calling thread if it takes few steps and waits for no lock; None means that it does not, or that it failed.

        SQLite asks its progress handler after so many steps, which stops the statement there. Always to be called from one thread.
        """
        if self._pause > 0:
            self._pause -= 1
            return None
        try:
            if self._quick is None:
                self._quick = self._quick_connection()
            rows = self._quick.execute(statement, parameters).all()
        except exc.SQLAlchemyError as error:
            if is_damage(error):  # which says nothing of how long such a select takes
                raise
            self._miss()
            return None
        self._misses = 0
        return rows

    def _miss(self) -> None:
        if self._quick is not None:
            # thrown away: back in the pool, its step limit would stop an ordinary fetch
            self._quick.invalidate()
            self._quick.close()
            self._quick = None
        self._misses += 1
        if self._misses >= MISSES:
            self._misses, self._pause = 0, PAUSE

    def close(self) -> None:
        """Close the pooled connections; those of running threads end with them, and no wait for the database goes on."""
        self._patience.end_by(0)
        self._drop_connection()
        if self._quick is not None:
            self._quick.close()
        self.engine.dispose()

    def _quick_connection(self) -> Connection:
        connection = self.engine.connect()
        driver: Any = connection.connection.dbapi_connection
        # a wait for a lock would stop the event loop
        driver.execute("PRAGMA busy_timeout = 0")
        # what is not zero stops the statement
        driver.set_progress_handler(lambda: 1, QUICK_STEPS)
        return connection

    def _connection(self) -> Connection:
        """Return this thread's own connection, kept open: taking one from the pool each time doubled the cost of a small select."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self.engine.connect()
        return connection

    def _drop_connection(self) -> None:
        connection: Connection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
        if address.drivername == "postgresql":
            address = address.set(drivername="postgresql+psycopg")
        if address.get_backend_name() == "sqlite":
            address = _read_only_file(address)
        # each select is a transaction by itself: none stays open on a kept connection
        engine = create_engine(
            address,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            pool_size=CONNECTIONS,
            max_overflow=-1,
            skip_autocommit_rollback=True,
            connect_args={name: seconds for name, seconds in _SECONDS.get(address.get_driver_name(), {}).items() if name not in address.query},
        )
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError) as error:
        raise SourceError(
            f"the database URL cannot be used ({type(error).__name__})",
            message_zh="数据库地址无效，或者未安装其驱动",
            next_action="give a SQLAlchemy URL such as postgresql://user@host/database or mysql+pymysql://user@host/database, and install its driver",
            next_action_zh="请按 SQLAlchemy 格式填写地址，例如 postgresql://用户@主机/库名 或 mysql+pymysql://用户@主机/库名，并安装相应驱动",
        ) from None
    event.listen(engine, "connect", _prepare(_READ_ONLY.get(engine.dialect.name, ())))
    return engine


def _prepare(statements: Sequence[str]) -> Any:
    def prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()

    return prepare


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
