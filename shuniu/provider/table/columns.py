"""What a table offers: its columns as the database describes them, under the names of the entry's fields, and how the values of each are read."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Final

from sqlalchemy import cast, column, exc, types
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.engine.reflection import Inspector

from shuniu.errors import SourceError
from shuniu.provider.resource import Column
from shuniu.provider.table.kinds import bare, kind_of, text_kind
from shuniu.provider.table.values import Convert
from shuniu.zone import CHINA

log = logging.getLogger(__name__)
LISTED: Final = 10
"""Names listed in an error."""
COMMENT: Final = 500
"""Characters of a comment that are passed on."""


@dataclass(frozen=True)
class Plan:
    """Which table is served, and how.

    `names` maps a field of the entry to the column in which it stands; a column that is not in it is served under its own name. `key`,
    `as_text` and `freshness`, the time of a row, speak of fields; so do `version`, which every change raises, and `deleted`, the mark of rows that
    are gone. `late` is by how many seconds a commit may come behind a later version.
    """

    name: str
    key: str
    schema: str | None = None
    zone: tzinfo = CHINA
    as_text: Collection[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    freshness: str = ""
    version: str = ""
    deleted: str = ""
    late: float = 5.0


@dataclass(frozen=True)
class ServedColumn:
    """One column that is served: how it is described, its name in the table, how its values are read, None where they are as they should be.

    `stored` is the encoding of its text where the database calls it by another name.
    """

    column: Column
    source: str
    sql_type: types.TypeEngine[Any]
    convert: Convert | None
    stored: str = ""


def columns_of(inspector: Inspector, plan: Plan) -> dict[str, ServedColumn]:
    """Return the columns of a table or view by the field's name; raise SourceError when it, its key or a column that is named does not exist."""
    if not inspector.has_table(plan.name, schema=plan.schema):
        raise _no_table(inspector, plan)
    reflected = {one["name"]: one for one in inspector.get_columns(plan.name, schema=plan.schema)}
    fields = _fields(plan, list(reflected))
    columns = {name: served for name, source in fields.items() if (served := _column(inspector, plan, name, reflected[source])) is not None}
    for name in (plan.key, *plan.as_text, *plan.names, *filter(None, (plan.freshness, plan.version, plan.deleted))):
        if name not in columns:
            raise _no_column(plan, name, list(columns))
    if not has_index(inspector, plan, columns[plan.key].source):
        log.warning("%s has no index that begins with %s: every fetch reads the whole table. Create one", plan.name, columns[plan.key].source)
    return columns


def comment_of(inspector: Inspector, plan: Plan) -> str:
    """Return what the database says of the table, empty where it says nothing or knows no comments."""
    try:
        return _short(inspector.get_table_comment(plan.name, schema=plan.schema)["text"])
    except (NotImplementedError, exc.NoSuchTableError):  # SQLite; a view, for some databases
        return ""


def expression(served: ServedColumn, dialect: str) -> Any:
    """Return how a column stands in a select: JSON as its text, for drivers parse it otherwise."""
    plain: Any = column(served.source)
    return cast(plain, types.Text()) if isinstance(served.sql_type, types.JSON) and dialect != "sqlite" else plain


def is_unique(inspector: Inspector, plan: Plan, source: str) -> bool:
    """Tell whether the database itself keeps the values of a column apart; of a view nobody knows."""
    name, schema = plan.name, plan.schema
    if name in inspector.get_view_names(schema=schema):
        return False
    keys: list[Sequence[str]] = [inspector.get_pk_constraint(name, schema=schema)["constrained_columns"]]
    keys += [one["column_names"] for one in inspector.get_unique_constraints(name, schema=schema)]
    return any(list(columns) == [source] for columns in keys)


def has_order(served: ServedColumn) -> bool:
    """Tell whether rows can be ordered by a column: databases refuse it of JSON, and of long binary values."""
    return not isinstance(served.sql_type, (types.JSON, types.LargeBinary, types.NullType))


def _fields(plan: Plan, known: Sequence[str]) -> dict[str, str]:
    """Return the column of each field, in the table's order: those that are mapped, and each other column under its own name."""
    mapped = {name: _spelling(plan, source, known) for name, source in plan.names.items()}
    fields: dict[str, str] = {}
    for source in known:
        names = [name for name, one in mapped.items() if one == source]
        if not names and source in mapped:
            log.warning("column %s of %s is not served: the field of that name stands in column %s", source, plan.name, mapped[source])
        elif not names:
            names = [source]
        fields.update(dict.fromkeys(names, source))
    return fields


def _spelling(plan: Plan, source: str, known: Sequence[str]) -> str:
    """Return a column as SQLAlchemy spells it: Oracle's names in capitals, which are its ordinary ones, come in small letters."""
    alike = [one for one in known if one.lower() == source.lower()]
    if source not in known and len(alike) != 1:
        raise _no_column(plan, source, known)
    return source if source in known else alike[0]


def _column(inspector: Inspector, plan: Plan, name: str, found: ReflectedColumn) -> ServedColumn | None:
    source, sql_type = found["name"], bare(found["type"])
    try:
        described = "" if isinstance(sql_type, types.NullType) else sql_type.compile(inspector.dialect)
        kind = text_kind(sql_type) if name in plan.as_text else kind_of(sql_type, plan.zone)
    except (exc.CompileError, LookupError):
        log.warning("column %s of %s is not served: records cannot carry its type", source, plan.name)
        return None
    nullable, comment = bool(found.get("nullable", True)), _short(found.get("comment"))
    return ServedColumn(Column(name, described, nullable, kind.value_type, kind.length, comment), source, sql_type, kind.convert)


def _short(comment: str | None) -> str:
    return " ".join((comment or "").split())[:COMMENT]


def has_index(inspector: Inspector, plan: Plan, key: str) -> bool:
    """Tell whether some index begins with a column; a view has none of its own and is taken on trust."""
    name, schema = plan.name, plan.schema
    if name in inspector.get_view_names(schema=schema):
        return True
    # databases list the index of a primary key or a unique constraint in different places
    indexes: list[Sequence[str | None]] = [inspector.get_pk_constraint(name, schema=schema)["constrained_columns"]]
    indexes += [index["column_names"] for index in inspector.get_indexes(name, schema=schema)]
    indexes += [unique["column_names"] for unique in inspector.get_unique_constraints(name, schema=schema)]
    return any(columns and columns[0] == key for columns in indexes)


def _no_column(plan: Plan, name: str, known: Sequence[str]) -> SourceError:
    names = ", ".join(known[:LISTED]) + (", ..." if len(known) > LISTED else "")
    return SourceError(
        f"{plan.name} has no column {name!r}",
        message_zh=f"{plan.name} 没有 {name} 列",
        next_action=f"choose one of {names}",
        next_action_zh=f"可选的列：{names}",
    )


def _no_table(inspector: Inspector, plan: Plan) -> SourceError:
    known = sorted([*inspector.get_table_names(schema=plan.schema), *inspector.get_view_names(schema=plan.schema)])
    names = ", ".join(known[:LISTED]) + (", ..." if len(known) > LISTED else "")
    return SourceError(
        f"the database has no table or view {plan.name!r}",
        message_zh=f"数据库中没有表或视图 {plan.name}",
        next_action=f"choose one of {names}" if known else "check that this is the right database, and that its user may see the table",
        next_action_zh=f"可选的表和视图：{names}" if known else "请核对数据库是否正确，以及该用户有无权限查看该表",
    )
