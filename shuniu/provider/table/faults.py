"""What went wrong at a database, in words for the hub: it does not answer, it refuses the select, or a row of it cannot be read.

The three are different news. A database that does not answer is worth another try and speaks of the provider; a row that cannot be read speaks
of that row, and is the same at the next try. The database's own text quotes SQL and data, and is neither sent nor logged.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Collection
from typing import Final

import grpc
from sqlalchemy import exc
from sqlalchemy.engine import URL

from shuniu.errors import FetchError, SourceError, UnreachableError
from shuniu.patience import words_of

log = logging.getLogger(__name__)
_UNDECODABLE: Final = re.compile(r"Could not decode to UTF-8 column '(.*?)' with text")
_PRIMARY: Final = 0xFF  # SQLite's extended codes hold the primary one in their last byte


def source_error(address: URL, error: exc.SQLAlchemyError) -> SourceError:
    """Return what an operator reads at the start, without user and password."""
    where = f"{address.get_backend_name()} at {address.host or 'a local file'}"
    if address.host and isinstance(error, exc.OperationalError | exc.InterfaceError):
        words = words_of(error.orig or error)
        if address.password:
            words = words.replace(str(address.password), "***")
        return UnreachableError(
            f"the database cannot be reached: {where}: {words}",
            message_zh=f"无法连接数据库（{address.get_backend_name()}，{address.host}）：{words}",
            next_action="check host, port, user and password, and that the database runs; then start again",
            next_action_zh="请核对主机、端口、用户和密码，并确认数据库正在运行，然后重新启动",
        )
    return SourceError(
        f"the database cannot be read: {where} ({type(error).__name__})",
        message_zh=f"无法读取数据库（{address.get_backend_name()}）",
        next_action="check host, port, user and password, and that the database runs",
        next_action_zh="请核对主机、端口、用户和密码，并确认数据库正在运行",
    )


def is_damage(error: Exception) -> bool:
    """Tell whether it is a value that cannot be read: bytes in another encoding than the column's, a date that is none."""
    if isinstance(error, exc.DataError | UnicodeError):
        return True
    return isinstance(error, exc.OperationalError) and _UNDECODABLE.match(str(error.orig)) is not None


def fetch_error(error: Exception, table: str, fields: Collection[str]) -> FetchError:
    """Return what the hub may know of a database error."""
    log.error("a select failed with %s (%s)", type(error).__name__, type(getattr(error, "orig", None)).__name__)
    if is_damage(error):
        return bad_record(table, _column(error, fields))
    if isinstance(error, exc.OperationalError | exc.InterfaceError | exc.TimeoutError) and not _is_refusal(error):
        return FetchError(
            grpc.StatusCode.UNAVAILABLE,
            "SOURCE_FAILED",
            "the provider's database does not answer",
            message_zh="提供方数据库无响应",
            next_action="try again in a few seconds",
            next_action_zh="请过几秒重试",
            retry_after=5,
        )
    return FetchError(
        grpc.StatusCode.INTERNAL,
        "SOURCE_FAILED",
        "the provider's database refused the select",
        message_zh="提供方数据库拒绝了查询语句",
        next_action="inform the providing department, whose log has the kind of error",
        next_action_zh="请联系提供部门查看其日志",
    )


def bad_record(table: str, column: str) -> FetchError:
    """Return the error of a row whose value is none of its column's type; the column is named where it is known."""
    what, zh = (f"column {column}", f" {column} 列") if column else ("a column", "某列")
    return FetchError(
        grpc.StatusCode.DATA_LOSS,
        "BAD_RECORD",
        f"{what} of {table} holds a value that is not of its type",
        message_zh=f"{table} 的{zh}含有与类型不符的值",
        next_action="ask the providing department to correct the row, or to serve the column as text",
        next_action_zh="请提供部门修正该行，或将该列按文本提供",
    )


def _column(error: Exception, fields: Collection[str]) -> str:
    """Return the name of the column where the database says it: behind it stands the value, so nothing but a known name is taken."""
    found = _UNDECODABLE.match(str(getattr(error, "orig", "")))
    return found[1] if found is not None and found[1] in fields else ""


def _is_refusal(error: exc.SQLAlchemyError) -> bool:
    """Tell whether SQLite, which has one class for all, means that it does not know the table or column."""
    return getattr(getattr(error, "orig", None), "sqlite_errorcode", 0) & _PRIMARY == sqlite3.SQLITE_ERROR
