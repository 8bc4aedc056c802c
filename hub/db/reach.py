"""A database that cannot be used, told to the operator in words: which place, what is wrong there, and a command that finds out more.

Callers of a running hub hear DATABASE_UNAVAILABLE alone: where the database is and who may log in is not theirs to know.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from hub.db.place import host_of, place_of, sqlite_file
from hub.db.reasons import (
    DATABASE_DAMAGED,
    DATABASE_FAILS,
    DATABASE_FILE_CLOSED,
    DATABASE_FULL,
    DATABASE_LOCKED,
    DATABASE_READ_ONLY,
    DATABASE_REFUSES,
    DATABASE_RIGHTS,
    DATABASE_SILENT,
    NOT_A_DATABASE,
)
from hub.errors import Reason, ShuniuError, UnavailableError
from shuniu.patience import NoAnswerError, words_of

_SQLITE: Final[dict[str, Reason[Any]]] = {
    "SQLITE_CANTOPEN": DATABASE_FILE_CLOSED,
    "SQLITE_READONLY": DATABASE_FILE_CLOSED,
    "SQLITE_PERM": DATABASE_FILE_CLOSED,
    "SQLITE_NOTADB": NOT_A_DATABASE,
    "SQLITE_CORRUPT": DATABASE_DAMAGED,
    "SQLITE_BUSY": DATABASE_LOCKED,
    "SQLITE_LOCKED": DATABASE_LOCKED,
    "SQLITE_FULL": DATABASE_FULL,
}
"""By the beginning of SQLite's error name: SQLITE_BUSY_SNAPSHOT is SQLITE_BUSY."""
_POSTGRES: Final[dict[str, Reason[Any]]] = {
    "25006": DATABASE_READ_ONLY,
    "42501": DATABASE_RIGHTS,
    "53100": DATABASE_FULL,
    "55P03": DATABASE_LOCKED,
    "57014": DATABASE_LOCKED,
    "XX001": DATABASE_DAMAGED,
    "XX002": DATABASE_DAMAGED,
}
"""By SQLSTATE, appendix A of PostgreSQL's manual. A statement past its limit (57014) has as a rule waited for somebody."""


@contextmanager
def for_operator(url: str) -> Iterator[None]:
    """Run a block of a command or of a start; what the database did wrong in it is told with its place and what to do."""
    try:
        yield
    except DBAPIError as error:
        raise explain(url, error) from error
    except UnavailableError as error:
        if isinstance(error.__cause__, SQLAlchemyError):
            raise explain(url, error.__cause__) from error
        raise


def explain(url: str, error: SQLAlchemyError) -> ShuniuError:
    """Return the operator's error for what SQLAlchemy raised. The driver's text is told of a connection that was not made alone: it names no row."""
    orig = getattr(error, "orig", None) or error
    file = sqlite_file(url)
    if file is not None:
        name = getattr(orig, "sqlite_errorname", "") or type(orig).__name__
        reason = next((found for start, found in _SQLITE.items() if name.startswith(start)), DATABASE_FAILS)
        told: ShuniuError = reason(place=file, folder=file.parent, problem=name, look=f"fuser -v {file}")
        return told
    host, port, _ = host_of(url)
    facts: dict[str, Any] = {"place": place_of(url), "ready": " ".join(["pg_isready", *(["-h", host] if host else []), "-p", port])}
    state = getattr(orig, "sqlstate", None)
    if isinstance(orig, NoAnswerError | psycopg.errors.ConnectionTimeout):
        return DATABASE_SILENT(**facts)
    if isinstance(orig, psycopg.OperationalError) and not state:
        return DATABASE_REFUSES(**facts, problem=words_of(orig))
    facts |= {"problem": state or type(orig).__name__, "look": "SELECT pid, state, query_start, application_name FROM pg_stat_activity;"}
    return _POSTGRES[state](**facts) if state in _POSTGRES else DATABASE_FAILS(**facts)
