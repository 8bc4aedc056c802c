"""One hub for a database: whoever serves holds its lock from before the migration to its end. The kernel or the server frees it with the process.

Today one process holds it, exclusively. Processes of one hub will share it: each then takes it shared (`LOCK_SH`, `pg_try_advisory_lock_shared`)
and the row of `hub_owner` sees to it that they have the same keys; a shared and an exclusive holder refuse each other, so an old release and a
new one do not serve side by side. Operator's commands take none: what they write, the change feed tells the hub.

A lock can be lost while its holder lives: the connection breaks, the lock's file is deleted. It is looked at once a second and taken again; when
another hub was quicker, the holder is told and stops. In that second both may write: the log's own row lock keeps its sequence right.
"""

import fcntl
import json
import logging
import os
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from hub.db.durability import mending_of, weak_settings
from hub.db.limits import HOLDING
from hub.db.place import place_of, sqlite_file, url_of
from hub.db.reasons import DATABASE_FILE_CLOSED, DATABASE_IN_USE
from hub.errors import ShuniuError
from hub.reasons.operation import DATABASE_UNKNOWN
from shuniu.patience import Patience, limit
from shuniu.zone import beijing_clock

log = logging.getLogger(__name__)
ROUND: Final = 1.0
TAKING_SECONDS: Final = 3.0
"""A start waits so long for a predecessor's session: the server frees it a moment after the process was killed."""
_MOST: Final = 4_096
_NAME: Final = 63
"""Bytes that PostgreSQL keeps of an application's name."""
_KEY: Final = {"class": int.from_bytes(b"SHUN", "big"), "object": 1}
_TAKE: Final = text("SELECT pg_try_advisory_lock(:class, :object)")
_HOLDER: Final = text(
    "SELECT a.pid, a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted"
    " AND l.classid = :class AND l.objid = :object AND l.objsubid = 2"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_END: Final = text("SELECT pg_terminate_backend(:pid)")


_SINCE: Final = "%Y-%m-%dT%H:%M:%SZ"


class DatabaseLock(ABC):
    """The right to serve on a database. `take` it before anything is written, `watch` it while serving, `release` it at the end."""

    def __init__(self, place: str) -> None:
        """Name the database."""
        self.place = place
        self._since = datetime.now(UTC)  # it identifies the holder and decides nothing, so no clock is handed in
        self._patience = Patience(HOLDING)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self) -> None:
        """Take it; raise ConfigError that names the hub which has it."""
        end = monotonic() + TAKING_SECONDS
        while not self._try():
            if monotonic() > end:
                raise self.refusal()
            sleep(0.1)

    def watch(self, on_taken: Callable[[ShuniuError], object]) -> None:
        """From now on look once a second whether it is still held; call `on_taken` once, from another thread, when another hub has it."""
        self._thread = threading.Thread(target=self._run, args=(on_taken,), name="database-lock", daemon=True)
        self._thread.start()

    def release(self) -> None:
        """Give it back. Doing so twice does no harm."""
        self._stopping.set()
        self._patience.end_by(0)
        if self._thread is not None:  # first the thread, then what it looks at
            self._thread.join(timeout=HOLDING.answer + ROUND)
        self._free()

    def refusal(self) -> ShuniuError:
        """Return the error for whoever finds it taken."""
        holder = self.holder() or {}
        known: dict[str, Any] = {name: holder.get(name) or "?" for name in ("pid", "host", "since")}
        return DATABASE_IN_USE(place=self.place, begin=_in_beijing(known["since"]), **known)

    @abstractmethod
    def holder(self) -> dict[str, str] | None:
        """Return pid, host and since (UTC) of the hub that holds it, as far as known; None when nobody does."""

    @abstractmethod
    def _try(self) -> bool:
        """Take it if it is free, and tell whether this process has it."""

    @abstractmethod
    def _holds(self) -> bool:
        """Tell whether this process still has it, as far as can be known now."""

    @abstractmethod
    def _free(self) -> None:
        """Give it back."""

    def _facts(self) -> dict[str, str]:
        return {"pid": str(os.getpid()), "host": socket.gethostname(), "since": f"{self._since:{_SINCE}}"}

    def _run(self, on_taken: Callable[[ShuniuError], object]) -> None:
        lost = False
        while not self._stopping.wait(ROUND):
            try:
                if not lost and self._holds():
                    continue
                if not lost:
                    log.warning("the lock of the database %s was lost; taking it again", self.place)
                lost = True
                if self._try():
                    log.warning("the lock of the database %s is held again", self.place)
                    lost = False
                elif (holder := self.holder()) is not None and not self._stopping.is_set():
                    error = self.refusal()
                    log.error("another hub took the database: %s; held by %s", error.message, holder)
                    on_taken(error)
                    return
            except (OSError, SQLAlchemyError) as error:
                log.debug("the lock cannot be looked at: %s", type(error).__name__)  # the database is away for everybody; the next round looks again


class SqliteLock(DatabaseLock):
    """`flock` on `<database file>.lock`: not on the database file, where opening and closing it would drop SQLite's own locks of this process."""

    def __init__(self, file: Path) -> None:
        """Take the database's file, without symbolic links."""
        super().__init__(str(file))
        self._path = file.with_name(f"{file.name}.lock")
        self._descriptor = -1

    def take(self) -> None:
        """Take it; where not even the lock's file can be made, the database's could not be written either."""
        try:
            super().take()
        except OSError as error:
            raise DATABASE_FILE_CLOSED(place=self.place, folder=self._path.parent) from error

    def holder(self) -> dict[str, str] | None:
        """Return what the holder wrote into the file, None when nobody holds it."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _parse(os.pread(descriptor, _MOST, 0))
        else:
            return None
        finally:
            os.close(descriptor)

    def _try(self) -> bool:
        self._free()
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(self._facts()).encode(), 0)
        self._descriptor = descriptor
        return True

    def _holds(self) -> bool:
        """Tell whether the file is still there: the lock on a deleted one is on a file that nobody else will open."""
        try:
            there, ours = self._path.stat(), os.fstat(self._descriptor)
        except FileNotFoundError:
            return False
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)

    def _free(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)  # the file stays: to remove it would let two processes lock two files of one name


class PostgresLock(DatabaseLock):
    """An advisory lock of the session, on a connection of its own outside the pool, whose application name says who holds it."""

    def __init__(self, url: str) -> None:
        """Take the database's URL."""
        super().__init__(place_of(url))
        rest = f"shuniu {os.getpid()} {self._since:%Y%m%dT%H%M%S.%f} "  # the host comes last: it may be cut
        self._name = (rest + socket.gethostname().encode("ascii", "replace").decode())[:_NAME]
        self._engine: Engine = create_engine(
            url_of(url), poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"application_name": self._name}
        )
        limit(self._engine, self._patience)
        self._connection: Connection | None = None
        self._weak: dict[str, str] = {}

    def holder(self) -> dict[str, str] | None:
        """Return who the server says holds it, None when nobody does."""
        with self._engine.connect() as connection:
            row = connection.execute(_HOLDER, _KEY).first()
        return None if row is None else _named(row.application_name)

    def _try(self) -> bool:
        self._free()
        connection = self._engine.connect()
        try:
            if connection.scalar(_TAKE, _KEY):
                self._connection = connection
                return True
            row = connection.execute(_HOLDER, _KEY).first()
            if row is not None and row.application_name == self._name:
                # Our own lost session, of whose end the server has not heard yet.
                with suppress(DBAPIError):
                    connection.execute(_END, {"pid": row.pid})
        except BaseException:
            connection.close()
            raise
        connection.close()
        return False

    def _holds(self) -> bool:
        if self._connection is None:
            return False
        try:
            weak = weak_settings(self._connection)
        except DBAPIError:
            return False
        if weak and weak != self._weak:
            log.error("PostgreSQL may lose commits in a power cut: %s; mend it: %s", weak, mending_of(weak))
        self._weak = weak
        return True

    def _free(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.invalidate()  # closes it without a word to the server, which may be frozen
                connection.close()


def lock_of(url: str) -> DatabaseLock:
    """Return the lock of the database at a URL."""
    file = sqlite_file(url)
    if file is not None:
        return SqliteLock(file)
    if url_of(url).get_backend_name() == "sqlite":
        raise DATABASE_UNKNOWN(kind="sqlite in memory")
    return PostgresLock(url)


def _in_beijing(since: str) -> str:
    """Return as people read it when a lock was taken; what another release or a stranger wrote is shown as it stands."""
    with suppress(ValueError):
        return beijing_clock(datetime.strptime(since, _SINCE).replace(tzinfo=UTC))
    return since


def _named(application: str) -> dict[str, str]:
    """Return who speaks from the application name of a lock's connection."""
    mark, pid, since, host = [*application.split(" ", 3), "", "", "", ""][:4]
    if mark != "shuniu":
        return {}
    with suppress(ValueError):
        since = f"{datetime.strptime(since, '%Y%m%dT%H%M%S.%f').replace(tzinfo=UTC):{_SINCE}}"
    return {"pid": pid, "host": host, "since": since}


def _parse(data: bytes) -> dict[str, str]:
    try:
        facts = json.loads(data)
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in facts.items()} if isinstance(facts, dict) else {}
