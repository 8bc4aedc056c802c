"""A connection that is kept between transactions, for a thread that writes the same few statements all the time."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from hub.db.driver_errors import translate_errors
from hub.db.row_book import RowBook
from hub.db.transaction import Tx


class Lasting:
    """A kept connection; used by one thread. After a lost connection the next transaction opens a new one."""

    def __init__(
        self,
        connection: Connection,
        book: Callable[[], RowBook | None],
        turn: Callable[[], AbstractContextManager[None]],
        ended: Callable[[Tx], object],
    ) -> None:
        """Take the connection, which is closed by whoever opened it, and of its database: the book, its turn to write, what follows a commit."""
        self._connection, self._book, self._turn, self._ended = connection, book, turn, ended
        self._driver: Any = connection.dialect.loaded_dbapi

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """Open a write transaction as `Database.begin` does.

        The driver begins and ends it: SQLAlchemy's bookkeeping takes longer than all statements of the log's writer, which uses `Tx.cursor` alone.
        Whatever is executed by SQLAlchemy nevertheless makes it take part, and then it ends the transaction.
        """
        with self._turn(), translate_errors():
            tx = Tx(self._connection, self._book(), is_begun=True)
            with self._transaction():
                yield tx
                tx.check_bound()
        self._ended(tx)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            driver: Any = self._connection.connection.dbapi_connection  # after a lost connection this opens a new one
            if self._connection.dialect.name == "sqlite":  # psycopg begins by itself
                driver.execute("BEGIN IMMEDIATE")
            yield
            (self._connection if self._connection.in_transaction() else driver).commit()
        except BaseException as error:
            self._undo(error)
            if isinstance(error, self._driver.Error):
                kind = IntegrityError if isinstance(error, self._driver.IntegrityError) else DBAPIError
                raise kind("transaction", None, error) from error  # as SQLAlchemy would have said
            raise

    def _undo(self, cause: BaseException) -> None:
        """Roll back; a connection on which that fails is given up."""
        if self._connection.in_transaction():
            self._connection.rollback()
            return
        try:
            self._connection.connection.rollback()
        except (self._driver.Error, DBAPIError):
            self._connection.invalidate(cause)
