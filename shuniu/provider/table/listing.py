"""Which tables and views a database has, and by what each may be asked for: for those who do not know their table's name yet."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exc, inspect
from sqlalchemy.engine.reflection import Inspector

from shuniu.provider.table.refusals import source_error
from shuniu.provider.table.source import TableSource


@dataclass(frozen=True)
class TableLine:
    """One table or view: `key` is its primary key where that is one column, empty else."""

    name: str
    key: str
    comment: str


def tables_in(url: str, schema: str = "") -> list[TableLine]:
    """Return the tables and views of a database, by name; raise SourceError when it cannot be read."""
    source = TableSource(url)
    try:
        inspector = inspect(source.engine)
        names = sorted({*inspector.get_table_names(schema=schema or None), *inspector.get_view_names(schema=schema or None)})
        return [TableLine(name, _key(inspector, name, schema or None), _comment(inspector, name, schema or None)) for name in names]
    except exc.SQLAlchemyError as error:
        # without the cause, whose text may hold the password
        raise source_error(source.engine.dialect, source.engine.url, error, (schema or None, "")) from None
    finally:
        source.close()


def place_of(url: str, table: str, schema: str = "") -> tuple[str | None, str]:
    """Return schema and name of a table: "reg.resident" is resident in the schema reg where no table has that very name, dot and all."""
    head, dot, tail = table.partition(".")
    if schema or not (head and dot and tail):
        return schema or None, table
    source = TableSource(url)
    try:
        inspector = inspect(source.engine)
        is_elsewhere = not inspector.has_table(table) and inspector.has_table(tail, schema=head)
    except exc.SQLAlchemyError:
        is_elsewhere = False  # whoever opens the table says what is wrong
    finally:
        source.close()
    return (head, tail) if is_elsewhere else (None, table)


def key_of(url: str, table: str, schema: str = "") -> str:
    """Return the one column of a table's primary key, empty where it has none or several; raise SourceError when the database cannot be read."""
    where, name = place_of(url, table, schema)
    source = TableSource(url)
    try:
        return _key(inspect(source.engine), name, where)
    except exc.SQLAlchemyError as error:
        raise source_error(source.engine.dialect, source.engine.url, error, (where, name)) from None
    finally:
        source.close()


def _key(inspector: Inspector, name: str, schema: str | None) -> str:
    try:
        columns = inspector.get_pk_constraint(name, schema=schema)["constrained_columns"]
    except exc.NoSuchTableError:  # a view, for some databases
        return ""
    return columns[0] if len(columns) == 1 else ""


def _comment(inspector: Inspector, name: str, schema: str | None) -> str:
    try:
        return " ".join((inspector.get_table_comment(name, schema=schema)["text"] or "").split())
    except (NotImplementedError, exc.NoSuchTableError):
        return ""
