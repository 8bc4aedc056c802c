"""Failures of a database in words: for the hub, which may know of what kind they are, and for the operator at the start, who can mend them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import grpc
from sqlalchemy.engine import URL, Dialect

from shuniu.errors import FetchError, SourceError, UnreachableError
from shuniu.patience import words_of
from shuniu.provider.table.databases import quoted
from shuniu.provider.table.faults import UNDECODABLE, Fault, cause_of, fault_of


@dataclass(frozen=True)
class _Row:
    """What the hub hears of one kind of failure; `{table}` and `{column}` are filled in."""

    code: grpc.StatusCode
    reason: str
    en: str
    zh: str
    next_en: str
    next_zh: str
    retry_after: float = 0.0


_ROWS: Final[Mapping[Fault, _Row]] = {
    Fault.FORBIDDEN: _Row(
        grpc.StatusCode.FAILED_PRECONDITION,
        "SOURCE_FORBIDDEN",
        "the provider's database user may not read {table}",
        "提供方的数据库用户无权读取 {table}",
        "ask the providing department to run GRANT SELECT ON {table} for the user of its source URL",
        "请提供部门在数据库中为其数据源地址的用户执行 GRANT SELECT ON {table}",
    ),
    Fault.NO_TABLE: _Row(
        grpc.StatusCode.FAILED_PRECONDITION,
        "TABLE_GONE",
        "the provider's database has no table or view {table} any more, or it can no longer be read",
        "提供方数据库中已没有表或视图 {table}，或者该视图已失效",
        "ask the providing department to restore it, or to serve another one",
        "请提供部门恢复该表或视图，或者改用其他表",
    ),
    Fault.NO_COLUMN: _Row(
        grpc.StatusCode.FAILED_PRECONDITION,
        "TABLE_CHANGED",
        "{table} is not as it was when the provider started",
        "{table} 的结构在提供方服务启动后已变更",
        "ask the providing department to restart its provider and to compare the table with its entry",
        "请提供部门重新启动其服务，并核对表结构与目录条目",
    ),
    Fault.TOO_SLOW: _Row(
        grpc.StatusCode.DEADLINE_EXCEEDED,
        "SOURCE_SLOW",
        "the provider's database took too long over {table}",
        "提供方数据库查询 {table} 超时",
        "try again in a few seconds; where it happens again, inform the providing department: is the key indexed, is the table locked?",
        "请过几秒重试；如再次发生，请联系提供部门核查查询键索引和锁表情况",
        5,
    ),
    Fault.UNREACHABLE: _Row(
        grpc.StatusCode.UNAVAILABLE,
        "SOURCE_UNREACHABLE",
        "the provider's database does not answer",
        "提供方数据库无响应",
        "try again in a few seconds",
        "请过几秒重试",
        5,
    ),
    Fault.REFUSED: _Row(
        grpc.StatusCode.INTERNAL,
        "SOURCE_FAILED",
        "the provider's database refused the select from {table}",
        "提供方数据库拒绝了对 {table} 的查询",
        "inform the providing department, whose log has the kind of error",
        "请联系提供部门查看其日志",
    ),
    Fault.VALUE: _Row(
        grpc.StatusCode.DATA_LOSS,
        "BAD_RECORD",
        "column {column} of {table} holds a value that is not of its type",
        "{table} 的 {column} 列含有与类型不符的值",
        "ask the providing department to correct the row, or to serve the column as text",
        "请提供部门修正该行，或将该列按文本提供",
    ),
}


def failure(fault: Fault, table: str, column: str = "", cause: str = "") -> FetchError:
    """Return the error of one kind; `column` is the field that is to blame, where it is known, `cause` is for this program's own log."""
    row = _ROWS[fault]
    en, zh = row.en, row.zh
    if not column:
        en, zh = en.replace("column {column}", "a column"), zh.replace(" {column} 列", "某列")
    facts = {"table": table, "column": column}
    return FetchError(
        row.code,
        row.reason,
        en.format(**facts),
        message_zh=zh.format(**facts),
        next_action=row.next_en.format(**facts),
        next_action_zh=row.next_zh.format(**facts),
        retry_after=row.retry_after,
        facts={"column": column} if column else {},
        cause=cause,
    )


def fetch_error(error: Exception, table: str, fields: Mapping[str, str]) -> FetchError:
    """Return what the hub may know of a database error; `fields` has the field of each column."""
    return failure(fault_of(error), table, _column(error, fields), cause_of(error))


def other_key(table: str) -> FetchError:
    """Return the error of a record that was not asked for: the database, or what stands before it, answered another question."""
    return FetchError(
        grpc.StatusCode.DATA_LOSS,
        "RECORD_OF_OTHER_KEY",
        f"the provider's database answered with a record of {table} under another key than was asked for",
        message_zh=f"提供方数据库返回了 {table} 中其他查询键的记录",
        next_action="try again; where it happens again, inform the providing department: is a pooler between provider and database?",
        next_action_zh="请重试；如再次发生，请联系提供部门核查其数据库连接池",
    )


def too_many(table: str) -> FetchError:
    """Return the error of more records under a key than are read for one fetch: among those that were not read some might lie inside its rows."""
    return FetchError(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "TOO_LARGE",
        f"{table} has too many records under this key to tell which of them lie inside the rows that were asked for",
        message_zh=f"{table} 中该查询键下的记录过多，无法逐一判断是否在所请求的行范围内",
        next_action="serve a view with one record for each key and region",
        next_action_zh="请另设视图，使每个主键在每个区域只有少量记录",
    )


def _column(error: Exception, fields: Mapping[str, str]) -> str:
    """Return the field whose column the database names: behind it stands the value, so nothing but a known name is taken."""
    found = UNDECODABLE.match(str(getattr(error, "orig", "")))
    return fields.get(found[1], "") if found is not None else ""


def source_error(dialect: Dialect, address: URL, error: Exception, table: tuple[str | None, str]) -> SourceError:
    """Return what an operator reads at the start, without user and password; `table` is its schema and its name."""
    where, fault = f"{address.get_backend_name()} at {address.host or 'a local file'}", fault_of(error)
    if address.host and fault in {Fault.UNREACHABLE, Fault.TOO_SLOW}:
        return _unreachable(address, where, error)
    if fault is Fault.FORBIDDEN:
        # MySQL describes a view to those alone who may see how it is made
        rights = "SELECT, SHOW VIEW" if dialect.name in {"mysql", "mariadb"} else "SELECT"
        grant = f"GRANT {rights} ON {quoted(dialect, [part for part in table if part])} TO {address.username or 'CURRENT_USER'}"
        return SourceError(
            f"the database user may not read {table[1]}",
            message_zh=f"数据库用户无权读取 {table[1]}",
            next_action=f"let the database's administrator run: {grant}, and allow the user its schema; then start again",
            next_action_zh=f"请数据库管理员执行：{grant}，并授予该用户所在模式的使用权限，然后重新启动",
        )
    if fault is Fault.VALUE:
        return SourceError(
            "what the database says of its tables cannot be read: its text is in another encoding than the connection's",
            message_zh="无法读取数据库的表结构：文本编码与连接的编码不一致",
            next_action="add the encoding to the URL: ?client_encoding=gbk for PostgreSQL, ?charset=gbk for MySQL and MariaDB",
            next_action_zh="请在地址后添加编码：PostgreSQL 用 ?client_encoding=gbk，MySQL 和 MariaDB 用 ?charset=gbk",
        )
    return SourceError(
        f"the database cannot be read: {where} ({cause_of(error)})",
        message_zh=f"无法读取数据库（{address.get_backend_name()}，{cause_of(error)}）",
        next_action="check host, port, user and password, and that the database runs",
        next_action_zh="请核对主机、端口、用户和密码，并确认数据库正在运行",
    )


def _unreachable(address: URL, where: str, error: Exception) -> UnreachableError:
    words = words_of(getattr(error, "orig", None) or error)
    if address.password:
        words = words.replace(str(address.password), "***")
    return UnreachableError(
        f"the database cannot be reached: {where}: {words}",
        message_zh=f"无法连接数据库（{address.get_backend_name()}，{address.host}）：{words}",
        next_action="check host, port, user and password, and that the database runs; then start again",
        next_action_zh="请核对主机、端口、用户和密码，并确认数据库正在运行，然后重新启动",
    )
