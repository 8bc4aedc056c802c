"""What each kind of database needs: its driver, how a fetch is made read-only and ended in time, and in which encoding it speaks.

A fetch is a transaction of its own, and all that holds for it is said inside it. A bare SET would outlive it: behind a pooler that hands a
server's connection from one client to the next (PgBouncer, pool_mode = transaction), it would reach the department's own programs (ADR 0037).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.engine import URL, Dialect

from shuniu.errors import SourceError
from shuniu.patience import CONNECT_SECONDS, WaitLimits, client_parameters

STATEMENT_SECONDS: Final = 10
_ANSWER_SECONDS: Final = STATEMENT_SECONDS + 5
_OF_MYSQL: Final = {"connect_timeout": CONNECT_SECONDS, "read_timeout": _ANSWER_SECONDS, "write_timeout": _ANSWER_SECONDS}
_SECONDS: Final[Mapping[str, Mapping[str, int]]] = {"pymysql": _OF_MYSQL, "mysqldb": _OF_MYSQL}
"""Seconds that drivers take as arguments; a parameter of the URL wins."""
_DRIVERS: Final[Mapping[str, str]] = {
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "oracle": "oracle+oracledb",
    "mssql": "mssql+pymssql",
    "dm": "dm+dmPython",
}
"""The driver of a URL that names none."""
_PACKAGES: Final[Mapping[str, str]] = {
    "postgresql": '"psycopg[binary]"',
    "mysql": '"shuniu[mysql]"',
    "mariadb": '"shuniu[mysql]"',
    "oracle": '"shuniu[oracle]"',
    "mssql": "pymssql",
    "dm": "dmSQLAlchemy dmPython",
    "kingbase": "ksycopg2",
    "opengauss": "opengauss-sqlalchemy",
}
_KINGBASE: Final = ("kingbase", "kingbase8", "kingbasees")
_URL_PART: Final = re.compile(r"[a-z0-9]+(\+[a-z0-9]+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Manners:
    """The statements around a select: `begin` opens a read-only transaction whose statements end in time, `end` closes it."""

    begin: tuple[str, ...] = ()
    end: str = ""


def manners_of(dialect: Dialect, seconds: float) -> Manners:
    """Return what stands around a select; nothing for SQLite, whose connections cannot write, and for databases that are not listed."""
    if dialect.name == "postgresql":
        timeouts = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        begin = ("BEGIN READ ONLY", *(f"SET LOCAL {name} = {round(seconds * 1000)}" for name in timeouts))
        # psycopg sends several statements without parameters in one message
        return Manners(("; ".join(begin),) if dialect.driver in {"psycopg", "psycopg2"} else begin, "COMMIT")
    if dialect.name in {"mysql", "mariadb"}:
        return Manners(("START TRANSACTION READ ONLY",), "COMMIT")
    return Manners()


def limited(statement: str, dialect: Dialect, seconds: float) -> str:
    """Return a select of MySQL or MariaDB that the server ends in time; said in the statement, for neither can say it of a transaction."""
    if not statement.startswith("SELECT "):
        return statement
    if getattr(dialect, "is_mariadb", False):
        return f"SET STATEMENT max_statement_time = {seconds} FOR {statement}"
    return f"SELECT /*+ MAX_EXECUTION_TIME({round(seconds * 1000)}) */ {statement.removeprefix('SELECT ')}"


def with_driver(address: URL) -> URL:
    """Return the URL with the driver that this package means, where it names none."""
    return address.set(drivername=_DRIVERS.get(address.drivername, address.drivername))


def arguments_of(address: URL) -> dict[str, Any]:
    """Return the driver's arguments that the URL does not give."""
    seconds: Mapping[str, int] = _SECONDS.get(address.get_driver_name(), {})
    return {name: value for name, value in seconds.items() if name not in address.query}


def no_driver(url: str) -> SourceError:
    """Return the error of a URL whose driver is not installed or that is none, with the line that installs what it needs; the URL is not repeated."""
    scheme = url.partition("://")[0]
    backend = scheme.partition("+")[0].lower() if "://" in url and _URL_PART.fullmatch(scheme) else ""
    package = _PACKAGES.get("kingbase" if backend in _KINGBASE else backend)
    if package is None:
        return SourceError(
            "the database URL cannot be used",
            message_zh="数据库地址无效，或者未安装其驱动",
            next_action="give a SQLAlchemy URL such as postgresql://user@host/database or mysql://user@host/database, and install its driver",
            next_action_zh="请按 SQLAlchemy 格式填写地址，例如 postgresql://用户@主机/库名 或 mysql://用户@主机/库名，并安装相应驱动",
        )
    return SourceError(
        f"the database URL cannot be used: the driver of {backend} is missing or cannot be loaded",
        message_zh=f"数据库地址无法使用：未安装或无法加载 {backend} 的驱动",
        next_action=f"pip install {package}; the URL is {_example(backend)}",
        next_action_zh=f"请运行 pip install {package}；地址格式为 {_example(backend)}",
    )


def _example(backend: str) -> str:
    if backend in _KINGBASE:  # it speaks PostgreSQL's protocol
        return "postgresql+psycopg://user@host:54321/database"
    return f"{_DRIVERS.get(backend, backend)}://user@host/database"


def pooled_parameters(limits: WaitLimits, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what psycopg connects with: no prepared statements, of which a pooler would give one client another's."""
    return {**client_parameters(limits, given), "prepare_threshold": None}


def read_versions(dialect: Any) -> None:
    """Let SQLAlchemy know the version of a server that speaks PostgreSQL's protocol and has a name of its own (人大金仓, openGauss).

    Such a server gives the release that it is compatible with when it is connected to; SQLAlchemy reads the words of version() alone.
    """
    by_words = dialect._get_server_version_info  # noqa: SLF001 -- what SQLAlchemy's own dialects override

    def version_of(connection: Any) -> tuple[int, ...]:
        try:
            found: tuple[int, ...] = by_words(connection)
        except AssertionError:
            number = connection.connection.dbapi_connection.info.server_version
            return (number // 10_000, number % 100)
        return found

    dialect._get_server_version_info = version_of  # noqa: SLF001


def check_encoding(connection: Any) -> None:
    """Raise SourceError for a PostgreSQL connection whose text is bytes in an encoding that nobody has stated.

    `connection` is psycopg's own. A database of SQL_ASCII stores whatever bytes it is sent and says so of nothing.
    """
    client = connection.info.parameter_status("client_encoding")
    if client != "SQL_ASCII":
        return
    raise SourceError(
        "the database does not say in which encoding it stores text (SQL_ASCII)",
        message_zh="数据库未说明文本的编码（SQL_ASCII）",
        next_action="add the encoding to the URL: ?client_encoding=gbk or ?client_encoding=utf8, whichever its programs write",
        next_action_zh="请按业务程序写入时的编码，在地址后添加 ?client_encoding=gbk 或 ?client_encoding=utf8",
    )


def quoted(dialect: Dialect, names: Sequence[str]) -> str:
    """Return a name of one or more parts as it stands in SQL."""
    return ".".join(dialect.identifier_preparer.quote(name) for name in names)
