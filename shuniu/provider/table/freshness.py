"""How many rows a table has and how new the newest is, never by reading the whole of it.

At most 10,001 rows are counted; where there are more, the database's own estimate is told, from the statistics that it keeps. The newest row is
the greatest value of a column that the department names and that an index begins with: a database finds it at the end of that index. A view has
neither, since what it takes to read one row of it nobody knows.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime, time, timezone, tzinfo
from time import monotonic
from typing import Any, Final

from sqlalchemy import column, exc, func, literal_column, select, table, text
from sqlalchemy.engine.reflection import Inspector

from shuniu.errors import SourceError
from shuniu.provider.freshness import Freshness
from shuniu.provider.table.columns import Plan, ServedColumn, has_index
from shuniu.provider.table.databases import quoted
from shuniu.provider.table.source import TableSource
from shuniu.v1.catalog_pb2 import FieldType

log = logging.getLogger(__name__)
COUNTED: Final = 10_000
"""Rows that are counted one by one."""
_OF_MYSQL: Final = "SELECT table_rows FROM information_schema.tables WHERE table_schema = COALESCE(:schema, DATABASE()) AND table_name = :name"
_ESTIMATES: Final[Mapping[str, str]] = {
    "postgresql": "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = to_regclass(:quoted)",
    "mysql": _OF_MYSQL,
    "mariadb": _OF_MYSQL,
}
"""What a database's statistics say; those of others are not asked."""
_TIMES: Final = (FieldType.FIELD_TYPE_TIMESTAMP, FieldType.FIELD_TYPE_DATE)


class TableFreshness:
    """The look at one table."""

    def __init__(self, source: TableSource, plan: Plan, inspector: Inspector, columns: Mapping[str, ServedColumn]) -> None:
        """Take the database, what is served, and the columns; raise SourceError where the one that is named is no time."""
        self._source, self._plan = source, plan
        self._table = table(plan.name, schema=plan.schema)
        self.is_view = plan.name in inspector.get_view_names(schema=plan.schema)
        self._newest = columns[plan.freshness] if plan.freshness else None
        if self._newest is None:
            return
        if self._newest.column.value_type not in _TIMES:
            raise _no_time(plan)
        if self.is_view or not has_index(inspector, plan, self._newest.source):
            log.warning("the newest row of %s is not told: no index begins with %s. Create one", plan.name, self._newest.source)
            self._newest = None

    def __call__(self) -> Freshness:
        """Return what is found now."""
        return Freshness(self._rows(), self._newest_row())

    def _rows(self) -> int | None:
        if self.is_view:
            return None
        some = select(literal_column("1").label("one")).select_from(self._table).limit(COUNTED + 1).subquery()
        counted = int(self._value(select(func.count()).select_from(some), {}))
        if counted <= COUNTED:
            return counted
        dialect = self._source.engine.dialect
        statement = _ESTIMATES.get(dialect.name)
        if statement is None:
            return None
        names = [name for name in (self._plan.schema, self._plan.name) if name]
        bound = {"quoted": quoted(dialect, names), "schema": self._plan.schema, "name": self._plan.name}
        estimate = self._value(text(statement), {name: value for name, value in bound.items() if f":{name}" in statement})
        # statistics that are older than the rows say less than was counted
        return int(estimate) if estimate is not None and int(estimate) > COUNTED else None

    def _newest_row(self) -> datetime | None:
        if self._newest is None:
            return None
        found = self._value(select(func.max(column(self._newest.source))).select_from(self._table), {})
        if found is None:
            return None
        return _moment(found if self._newest.convert is None else self._newest.convert(found), self._plan.zone)

    def _value(self, statement: Any, parameters: dict[str, Any]) -> Any:
        try:
            return self._source.rows(statement, parameters, monotonic())[0][0]
        except exc.SQLAlchemyError:
            self._source.distrust()
            raise


def _moment(value: object, zone: tzinfo) -> datetime | None:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(timezone.utc)
    # the day as a whole may hold it: its beginning makes nothing look newer than it is
    return datetime.combine(value, time(), zone).astimezone(timezone.utc) if isinstance(value, date) else None


def _no_time(plan: Plan) -> SourceError:
    return SourceError(
        f"field {plan.freshness!r} of {plan.name} is no time",
        message_zh=f"{plan.name} 的信息项 {plan.freshness} 不是日期或时间",
        next_action="name a column of dates or timestamps as freshness_column, or leave it out",
        next_action_zh="请将 freshness_column 改为日期或时间列，或者不填",
    )
