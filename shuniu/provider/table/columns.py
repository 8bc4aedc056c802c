"""What a table offers: its columns as the database describes them, and how the values of each are read."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from sqlalchemy import cast, column, exc, types
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.engine.reflection import Inspector

from shuniu.errors import SourceError
from shuniu.provider.resource import Column
from shuniu.provider.table import values
from shuniu.provider.table.values import Convert

log = logging.getLogger(__name__)
LISTED: Final = 10
"""Names listed in an error."""


@dataclass(frozen=True, slots=True)
class ServedColumn:
    """One column that is served: how it is described, how its values are read, None where they are as they should be."""

    column: Column
    sql_type: types.TypeEngine[Any]
    convert: Convert | None


def columns_of(inspector: Inspector, name: str, key: str, *, schema: str | None, zone: tzinfo, as_text: Collection[str]) -> dict[str, ServedColumn]:
    """Return the columns of a table or view by name; raise SourceError when it or its key column does not exist."""
    if not inspector.has_table(name, schema=schema):
        raise _no_table(inspector, name, schema)
    found = [_column(inspector, name, one, zone, as_text) for one in inspector.get_columns(name, schema=schema)]
    columns = {served.column.name: served for served in found if served is not None}
    if key not in columns:
        known = ", ".join(list(columns)[:LISTED])
        raise SourceError(
            f"{name} has no column {key!r}",
            message_zh=f"{name} 没有 {key} 列",
            next_action=f"choose one of {known}",
            next_action_zh=f"可选的列：{known}",
        )
    if not _has_index(inspector, name, schema, key):
        log.warning("%s has no index that begins with %s: every fetch reads the whole table. Create one", name, key)
    return columns


def expression(served: ServedColumn, dialect: str) -> Any:
    """Return how a column stands in a select: JSON as its text, for drivers parse it otherwise."""
    plain: Any = column(served.column.name)
    return cast(plain, types.Text()) if isinstance(served.sql_type, types.JSON) and dialect != "sqlite" else plain


def _column(inspector: Inspector, table: str, found: ReflectedColumn, zone: tzinfo, as_text: Collection[str]) -> ServedColumn | None:
    name, kind = found["name"], found["type"]
    try:
        described = "" if isinstance(kind, types.NullType) else kind.compile(inspector.dialect)
        convert = values.text if name in as_text else _convert(kind, zone)
    except (exc.CompileError, LookupError):
        log.warning("column %s of %s is not served: records cannot carry its type", name, table)
        return None
    return ServedColumn(Column(name, described, bool(found.get("nullable", True))), kind, convert)


def _convert(kind: types.TypeEngine[Any], zone: tzinfo) -> Convert | None:
    """Return how a column's values are read; raise LookupError for a type that no record carries."""
    # the first that fits counts, so a type stands before its base: Float is a Numeric
    makers: tuple[tuple[type[types.TypeEngine[Any]], Callable[[], Convert | None]], ...] = (
        (types.NullType, lambda: None),
        (types.Boolean, lambda: values.boolean),
        (types.Uuid, lambda: str),
        (types.DateTime, lambda: values.moment_in(zone)),
        (types.Date, lambda: values.day),
        (types.Time, lambda: values.clock),
        (types.Float, lambda: values.real),
        (types.Numeric, lambda: values.decimal_of(getattr(kind, "scale", None))),
        (types.Integer, lambda: values.integer),
        (types.LargeBinary, lambda: values.binary),
        (types.JSON, lambda: values.text),
        (types.String, lambda: values.text),
    )
    make = next((make for known, make in makers if isinstance(kind, known)), None)
    if make is None:
        raise LookupError(type(kind).__name__)
    return make()


def _has_index(inspector: Inspector, name: str, schema: str | None, key: str) -> bool:
    """Tell whether some index begins with the key; a view has none of its own and is taken on trust."""
    if name in inspector.get_view_names(schema=schema):
        return True
    # databases list the index of a primary key or a unique constraint in different places
    indexes: list[Sequence[str | None]] = [inspector.get_pk_constraint(name, schema=schema)["constrained_columns"]]
    indexes += [index["column_names"] for index in inspector.get_indexes(name, schema=schema)]
    indexes += [unique["column_names"] for unique in inspector.get_unique_constraints(name, schema=schema)]
    return any(columns and columns[0] == key for columns in indexes)


def _no_table(inspector: Inspector, name: str, schema: str | None) -> SourceError:
    known = sorted([*inspector.get_table_names(schema=schema), *inspector.get_view_names(schema=schema)])
    names = ", ".join(known[:LISTED]) + (", ..." if len(known) > LISTED else "")
    return SourceError(
        f"the database has no table or view {name!r}",
        message_zh=f"数据库中没有表或视图 {name}",
        next_action=f"choose one of {names}" if known else "check that this is the right database, and that its user may see the table",
        next_action_zh=f"可选的表和视图：{names}" if known else "请核对数据库是否正确，以及该用户有无权限查看该表",
    )
