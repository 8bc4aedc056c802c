"""One engine for SQLite (WAL, synchronous=FULL) and PostgreSQL (synchronous_commit=on): a commit that returned is durable."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, delete, event, func, insert, select, update
from sqlalchemy.pool import QueuePool

from hub.db.driver_errors import translate_errors
from hub.db.durability import mending_of, weak_settings
from hub.db.feed import KEPT_CHANGES, begin_anew, read_changes
from hub.db.lasting import Lasting
from hub.db.limits import SERVING
from hub.db.lock import DatabaseLock, lock_of
from hub.db.place import url_of
from hub.db.private import make_private
from hub.db.row_book import RowBook
from hub.db.tables import change_counter, changes, metadata
from hub.db.together import Rehearsed, Together
from hub.db.transaction import Tx
from hub.reasons.operation import DATABASE_UNAVAILABLE, NOT_DURABLE
from shuniu.patience import Patience, WaitLimits, limit

log = logging.getLogger(__name__)
# How long a writer waits: for its turn in this process (`_turn`), then for another process's lock (busy_timeout).
BUSY_MS: Final = 5_000
Listener = Callable[[str, str], None]


class Database:
    """Opens transactions and tells listeners what changed."""

    def __init__(self, url: str, limits: WaitLimits = SERVING) -> None:
        """Open the database at an SQLAlchemy URL; `postgresql://` gets the psycopg driver and the limits on waiting."""
        address = url_of(url)
        self.url = address.render_as_string(hide_password=False)
        self._listeners: list[Listener] = []
        self._loaders: list[Callable[[], object]] = []
        self._lock = threading.Lock()
        self._writer = threading.Lock()
        self._shared = threading.local()
        self._seen: set[int] = set()
        self._patience = Patience(limits)
        self._held: DatabaseLock | None = None
        self.book: RowBook | None = None
        self.engine = _engine(address, self._patience)

    @property
    def dialect(self) -> str:
        """Return `sqlite` or `postgresql`."""
        return self.engine.dialect.name

    def on_change(self, listener: Listener, load_all: Callable[[], object] | None = None) -> None:
        """Call `listener(topic, key)` after each commit that announced it, before `begin()` returns to its caller.

        `load_all` is called instead where the feed of changes cannot be believed: anything may have changed then.
        """
        self._listeners.append(listener)
        if load_all is not None:
            self._loaders.append(load_all)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """Open a write transaction (SQLite: BEGIN IMMEDIATE). Commits at the end of the block, rolls back on an error.

        Within `together`, in the same thread, it takes part in the one transaction of that block instead.
        """
        shared = getattr(self._shared, "tx", None)
        if shared is None:
            with self._begin() as tx:
                yield tx
        else:
            yield shared.enter()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let all that this thread begins within the block be one transaction, which commits at its end: all of it, or nothing.

        It opens with the first `begin` of the block, so what comes before that (a question to a provider) holds no lock. Reads behind that
        see what was written. Listeners hear of everything together, after the commit.
        """
        if getattr(self._shared, "tx", None) is not None:
            raise RuntimeError("a block of transactions together stands in another")
        with ExitStack() as stack:
            self._shared.tx = Together(stack, self._begin)
            stack.callback(self._apart)
            yield
            # Before the transaction ends: whatever its listeners begin is their own.
            self._apart()

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Run what the block does in a transaction that never commits: it raises what the real one would, and leaves nothing."""
        with suppress(Rehearsed), self.together():
            yield
            raise Rehearsed

    def _apart(self) -> None:
        self._shared.tx = None

    @contextmanager
    def _begin(self) -> Iterator[Tx]:
        # The turn comes first: whoever waits for it holds no connection of the pool.
        with self._turn(), translate_errors(), self.engine.connect().execution_options(write=True) as connection, connection.begin():
            tx = Tx(connection, self.book)
            yield tx
            tx.check_bound()
        # After the commit, with the turn given up: a listener reads what is committed, and may open a transaction.
        self._told(tx)

    @contextmanager
    def lasting(self) -> Iterator[Lasting]:
        """Give a connection that is kept between transactions, for a thread that writes all the time and need not take one each time."""
        with translate_errors():
            connection = self.engine.connect().execution_options(write=True)
        try:
            yield Lasting(connection, lambda: self.book, self._turn, self._told)
        finally:
            connection.close()

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Open a read transaction: one consistent snapshot where the database gives one; nothing is kept of writes made in it."""
        shared = getattr(self._shared, "tx", None)
        if shared is not None and shared.is_open:
            yield shared.enter()
            return
        with translate_errors(), self.engine.connect() as connection:
            yield Tx(connection, self.book)

    @contextmanager
    def snapshot(self) -> Iterator[Tx]:
        """Open a read transaction that sees one state of the database from its first statement to its last, however long it takes."""
        with translate_errors(), self.engine.connect() as connection:
            if self.dialect == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")  # noqa: PLW2901 - the same connection
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            yield Tx(connection, self.book)

    def poll(self, after: int) -> int:
        """Tell listeners of changes that other processes made since sequence number `after`; return the newest number."""
        with self.read() as tx:
            found = read_changes(tx, after)
        if found is None:
            return self._load_anew(after)
        newest, rows = found
        for row in rows:
            with self._lock:
                own = row.seq in self._seen
                self._seen.discard(row.seq)
            if not own:
                self._tell(row.topic, row.key)
        return newest

    def newest_change(self) -> int:
        """Return the newest sequence number of the change feed."""
        with self.read() as tx:
            return int(tx.scalar(select(change_counter.c.seq)) or 0)

    def prepare(self) -> None:
        """Check that commits are durable, make the counter row, forget old changes."""
        with self.begin() as tx:
            if weak := weak_settings(tx.connection):
                raise NOT_DURABLE(settings=", ".join(f"{name}={value}" for name, value in weak.items()), mending=mending_of(weak))
            seq = tx.scalar(select(change_counter.c.seq))
            newest = tx.scalar(select(func.max(changes.c.seq))) or 0
            if seq is None:
                tx.execute(insert(change_counter).values(id=1, seq=newest))
            elif seq < newest:
                # Put back by somebody: each change from now on would take a number that is taken, and fail.
                log.error("the counter of changes stood at %d, behind the newest change %d; it is set right", seq, newest)
                tx.execute(update(change_counter).values(seq=newest))
            else:
                tx.execute(delete(changes).where(changes.c.seq < seq - KEPT_CHANGES))

    def create_tables(self) -> None:
        """Create every table that is known: for tests; an installation migrates instead."""
        metadata.create_all(self.engine)
        self.prepare()

    def hold(self) -> DatabaseLock:
        """Take the database for this process alone, until `close`; raise ConfigError that names the hub which has it."""
        if self._held is None:
            lock = lock_of(self.url)
            try:
                lock.take()
            except BaseException:
                lock.release()
                raise
            self._held = lock
        return self._held

    def end_by(self, seconds: float) -> None:
        """Let no wait for PostgreSQL last longer than so many seconds from now: the hub is stopping, and a frozen server must not keep it."""
        self._patience.end_by(seconds)

    def close(self) -> None:
        """Close all connections, then give back what `hold` took."""
        self.engine.dispose()
        held, self._held = self._held, None
        if held is not None:
            held.release()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for this process's turn to write: SQLite has one writer, and its own way of waiting is to sleep and look again."""
        if self.dialect != "sqlite":
            yield
            return
        if not self._writer.acquire(timeout=BUSY_MS / 1000):
            raise DATABASE_UNAVAILABLE(retry_after=1.0)
        try:
            yield
        finally:
            self._writer.release()

    def _told(self, tx: Tx) -> None:
        for act in tx.committed:
            act()
        if not tx.announced:
            return
        # No gap: `announce` keeps the counter's row locked until commit, so the numbers of a transaction follow each other.
        first = tx.last_seq - len(tx.announced) + 1
        for seq, (topic, key) in enumerate(tx.announced, first):
            try:
                self._tell(topic, key)
            except Exception as error:  # noqa: BLE001 - what is committed is committed; the next poll tells it again
                log.error("a listener did not take a change of %s: %s", topic, type(error).__name__)  # noqa: TRY400 - the trace may hold values
            else:
                self._remember(seq)

    def _remember(self, seq: int) -> None:
        """Keep that this process has told a change already; a poll that came first told it twice, which does no harm."""
        with self._lock:
            self._seen.add(seq)
            if len(self._seen) > KEPT_CHANGES:
                self._seen = {one for one in self._seen if one > seq - KEPT_CHANGES}

    def _load_anew(self, after: int) -> int:
        log.error("the feed of changes was written past the hub: it begins anew, and everything is read again")
        with self.begin() as tx:
            newest = begin_anew(tx, after)
        for load_all in self._loaders:
            load_all()
        return newest

    def _tell(self, topic: str, key: str) -> None:
        for listener in self._listeners:
            listener(topic, key)


def _engine(url: URL, patience: Patience) -> Engine:
    if url.get_backend_name() == "sqlite":
        # A pooled connection moves between threads, which SQLite's driver forbids by default; the pool gives it to one at a time.
        engine = create_engine(
            url, poolclass=QueuePool, pool_size=8, max_overflow=24, connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False}
        )
        make_private(engine, url.render_as_string(hide_password=False))
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    # READ COMMITTED is enough: decisions rest on compare-and-swap, unique keys and locked rows, not on one snapshot.
    engine = create_engine(url, pool_size=8, max_overflow=24, pool_pre_ping=True, isolation_level="READ COMMITTED")
    limit(engine, patience)
    return engine


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are ours, not the driver's
    # What somebody wrote past the hub need not be UTF-8; it must not hide the rows beside it.
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    cursor = connection.cursor()
    # In WAL mode synchronous=NORMAL would lose the last commits with the power. Foreign keys are off in SQLite unless asked for.
    # What is deleted is overwritten: an erasure leaves nothing in free pages, nor did the moving of rows before. Some builds of SQLite do so anyway.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_MS}", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    if driver.in_transaction:  # `Lasting` began it
        return
    # IMMEDIATE takes the write lock now. A read that turns into a write later fails at once where another wrote, instead of waiting.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("write") else "BEGIN")
