"""One transaction: what stores run their statements in, what it tells other processes, and which bound rows it wrote."""

import hmac
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, CursorResult, Executable, Table, insert, text, update

from hub.db.row_book import RowBook
from hub.db.tables import change_counter, changes

_OF_THIS_PROCESS: Final = secrets.token_bytes(32)


class Tx:
    """One transaction. Stores are bound to it; when its block ends without an error it is durable."""

    def __init__(self, connection: Connection, book: RowBook | None = None, *, is_begun: bool = False) -> None:
        """Wrap the connection for the length of one transaction; `book` is that of the rows that are bound to the log, if one is kept.

        `is_begun` says that the driver's own transaction has begun, whatever SQLAlchemy knows of it.
        """
        self.connection = connection
        self._is_begun = is_begun
        self.book = book
        # Taken before the first statement, with which a snapshot begins.
        self.horizon = -1 if book is None else book.newest
        self.is_whole = False
        self.bound_from: int | None = None  # the index of the first record by which this transaction bound rows
        self._touched: dict[tuple[str, tuple[Any, ...]], None] = {}
        self.announced: list[tuple[str, str]] = []
        self.committed: list[Callable[[], object]] = []
        self.last_seq = 0

    @property
    def dialect(self) -> str:
        """Return `sqlite` or `postgresql`."""
        return self.connection.dialect.name

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """Give the driver's own cursor within this transaction, for statements that are written for speed; the driver's errors come as they are."""
        if not self._is_begun and not self.connection.in_transaction():
            self.connection.begin()  # the driver alone would commit each statement by itself
        cursor = self.connection.connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def execute(self, statement: Executable, rows: Sequence[Mapping[str, Any]] | Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Run a Core statement, once per row where rows are given."""
        result: CursorResult[Any] = self.connection.execute(statement, rows)
        return result

    def scalar(self, statement: Executable) -> Any:
        """Return the first column of the first row, None where there is none."""
        return self.connection.scalar(statement)

    def keyed(self, content: bytes) -> bytes:
        """Return a digest of content that only this hub can make, and so nobody can search; without a book it holds for this process alone."""
        return self.book.request_digest(content) if self.book is not None else hmac.digest(_OF_THIS_PROCESS, content, "sha256")

    def after_commit(self, act: Callable[[], object]) -> None:
        """Call this once the transaction is durable; never when it is rolled back."""
        self.committed.append(act)

    def touch(self, table: Table, *key: Any) -> None:
        """Note that a row of a bound table was written, made or deleted: the next record of this transaction binds it."""
        if self.book is not None:
            self._touched[table.name, key] = None

    def touch_all(self) -> None:
        """Note that every row of every bound table is to be bound anew, as it stands."""
        self.is_whole = self.book is not None

    def take_touched(self) -> list[tuple[str, tuple[Any, ...]]]:
        """Return the rows that were noted since this was last called."""
        taken, self._touched = list(self._touched), {}
        return taken

    def is_touched(self, table: str, key: tuple[Any, ...]) -> bool:
        """Tell whether this transaction wrote a row that no record binds yet."""
        return (table, key) in self._touched

    @property
    def has_touched(self) -> bool:
        """Tell whether rows were written that no record binds yet."""
        return bool(self._touched)

    def check_bound(self) -> None:
        """Refuse to commit a row of a bound table that no record binds: a fault of ours."""
        if self._touched:
            raise RuntimeError(f"written without a record of the log: {next(iter(self._touched))[0]}")

    def hold(self, what: str) -> None:
        """Wait until no other transaction holds `what`, and hold it until this one ends: of two that look first and then write, one waits."""
        if self.dialect == "postgresql":  # SQLite has one writer at a time
            number = int.from_bytes(sha256(what.encode()).digest()[:8], signed=True)
            self.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})

    def announce(self, topic: str, key: str) -> None:
        """Tell every process that `key` of `topic` changed. The counter row is locked until commit, so sequence order is commit order."""
        seq = self.scalar(update(change_counter).values(seq=change_counter.c.seq + 1).returning(change_counter.c.seq))
        self.execute(insert(changes).values(seq=seq, topic=topic, key=key))
        self.announced.append((topic, key))
        self.last_seq = int(seq)
