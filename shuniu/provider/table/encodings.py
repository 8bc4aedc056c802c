"""Text that a database stores under a wrong name: GBK bytes in a column that calls itself Latin-1, or in a database that calls itself nothing.

A Western alphabet takes any bytes, so the database converts them in good faith, and Chinese text arrives as `ÕÅÈý`. Only the department knows
which encoding its programs wrote: it says so in the URL, `?stored_encoding=gbk`. Where nobody says it, text beyond ASCII is never passed on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, bindparam, column, select, table, types
from sqlalchemy.engine import URL

from shuniu.errors import SourceError
from shuniu.provider.table.columns import Plan, ServedColumn
from shuniu.provider.table.values import Convert

STORED: Final = "stored_encoding"
_STATED: Final = ("gbk", "gb2312", "gb18030", "big5", "utf8", "latin1")
_BACKENDS: Final = ("postgresql", "mysql", "mariadb")
_WHOLE: Final = ("utf8mb4", "gb18030")
"""Character sets in which MySQL can send any text; in others it sends a question mark for what they lack, and says nothing."""
_WESTERN: Final = ("LATIN", "WIN", "ISO_8859", "KOI8")
_ONE_BYTE: Final = (
    *("latin1", "latin2", "latin5", "latin7", "cp850", "cp852", "cp866", "cp1250", "cp1251", "cp1256", "cp1257", "dec8", "hp8", "koi8r", "koi8u"),
    *("swe7", "hebrew", "greek", "armscii8", "geostd8", "keybcs2", "macce", "macroman", "tis620"),
)


def take_stored(address: URL) -> tuple[URL, str]:
    """Return the URL without our own parameter, and the encoding that it states, empty where it states none; raise SourceError for an unknown one."""
    stated = str(address.query.get(STORED, "")).lower().replace("-", "")
    backend = address.get_backend_name()
    if stated and (stated not in _STATED or backend not in _BACKENDS):
        names = f"{', '.join(_STATED)}; {', '.join(_BACKENDS)}"
        raise SourceError(
            f"{STORED} in the database URL is none that is known, or not for this kind of database",
            message_zh=f"数据库地址中的 {STORED} 无法识别，或者不适用于该类数据库",
            next_action=f"choose one of {names}",
            next_action_zh=f"可选：{names}",
        )
    charset = str(address.query.get("charset", _WHOLE[0])).lower()
    if backend in {"mysql", "mariadb"} and charset not in _WHOLE:
        raise SourceError(
            "the charset in the database URL cannot carry all text: the database would send a question mark for what it lacks",
            message_zh="数据库地址中的 charset 无法表示全部文字，数据库会以问号代替",
            next_action=f"leave it out; the database converts each column by itself. Where a column is stored under a wrong name, add ?{STORED}=gbk",
            next_action_zh=f"请删去该参数，数据库会自动转换各列编码。列的实际编码与声明不符的，请添加 ?{STORED}=gbk",
        )
    return address.difference_update_query([STORED]), stated


def restore(connection: Connection, plan: Plan, columns: dict[str, ServedColumn], stored: str) -> dict[str, ServedColumn]:
    """Return the columns whose text arrives as it was written; those of a Western alphabet without a stated encoding give ASCII alone."""
    western = _western_columns(connection, plan, stored)
    read = _restorer(stored) if stored else _ascii_only
    found = dict(columns)
    for name, served in columns.items():
        if isinstance(served.sql_type, types.String) and served.convert is not None and (western is None or served.source in western):
            found[name] = replace(served, convert=_both(served.convert, read), stored=stored)
    return found


def as_stored(text: str, stored: str, dialect: str) -> str:
    """Return a key as a column of a Western alphabet holds it; raise UnicodeEncodeError where the stated encoding has no such character."""
    if not stored or stored == "latin1" or text.isascii():
        return text
    raw = text.encode(stored)
    # what MySQL calls latin1 is code page 1252, with the five bytes that it leaves free as they are in Latin-1
    return "".join(_character(byte) for byte in raw) if dialect != "postgresql" else raw.decode("latin-1")


def _character(byte: int) -> str:
    try:
        return bytes((byte,)).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


def _western_columns(connection: Connection, plan: Plan, stored: str) -> Collection[str] | None:
    """Return the columns of a Western alphabet; None means all."""
    name = connection.dialect.name
    if name == "postgresql":
        encoding = str(connection.exec_driver_sql("SHOW server_encoding").scalar())
        if not encoding.startswith(_WESTERN):
            return ()
        if not stored:
            raise _unknown(encoding)
        return None
    if name not in {"mysql", "mariadb"}:
        return ()
    wanted: tuple[Any, Any] = (column("column_name"), column("character_set_name"))
    schema = plan.schema or connection.dialect.default_schema_name
    places = (column("table_schema") == bindparam("schema"), column("table_name") == bindparam("name"))
    statement = select(*wanted).select_from(table("columns", schema="information_schema")).where(*places)
    rows = connection.execute(statement, {"schema": schema, "name": plan.name})
    return {str(source) for source, charset in rows if charset in _ONE_BYTE}


def _unknown(encoding: str) -> SourceError:
    return SourceError(
        f"the database stores text in {encoding}, which has no Chinese: whatever stands in it is of another encoding",
        message_zh=f"数据库的文本编码为 {encoding}，不能存储汉字，实际编码不明",
        next_action=f"say which encoding its programs write: add ?{STORED}=gbk to the URL (or utf8, gb18030, big5; latin1 where it is Western text)",
        next_action_zh=f"请按业务程序写入时的编码，在地址后添加 ?{STORED}=gbk（或 utf8、gb18030、big5；确为西文的填 latin1）",
    )


def _both(first: Convert, second: Convert) -> Convert:
    return lambda value: second(first(value))


def _ascii_only(value: Any) -> str:
    text = str(value)
    if not text.isascii():
        raise ValueError("text of an unknown encoding")
    return text


def _restorer(stored: str) -> Callable[[Any], str]:
    return str if stored == "latin1" else lambda value: _bytes_of(str(value)).decode(stored)


def _bytes_of(text: str) -> bytes:
    """Return the bytes that a Western column holds: Latin-1, and where Windows has other characters, those of code page 1252."""
    return b"".join(bytes((ord(one),)) if ord(one) < 256 else one.encode("cp1252") for one in text)  # noqa: PLR2004 -- the end of Latin-1
