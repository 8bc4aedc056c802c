"""The files of an SQLite database are their owner's alone: a copy elsewhere must not be readable where the data folder was closed.

SQLite gives its `-wal` and `-shm` the mode of the database file, so that one is made first, with the right mode.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, event

from hub.db.place import sqlite_file

OWNER_ONLY: Final = 0o600
_BESIDE: Final = ("", "-wal", "-shm", "-journal", ".lock")


def open_to_others(url: str) -> list[Path]:
    """Return those files of the database at a URL that other users may read or write; none for PostgreSQL."""
    file = sqlite_file(url)
    beside = [] if file is None else [file.with_name(f"{file.name}{end}") for end in _BESIDE]
    return [one for one in beside if one.exists() and one.stat().st_mode & 0o077]


def make_private(engine: Engine, url: str) -> None:
    """Have the engine make the file of an SQLite database, where there is none, for its owner alone."""
    file = sqlite_file(url)
    if file is None:
        return

    def make(*_connecting: Any) -> None:
        if file.exists():
            return
        with suppress(OSError):  # it was made meanwhile, or cannot be: SQLite tells why
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY))

    event.listen(engine, "do_connect", make)
