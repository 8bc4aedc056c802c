"""Types of columns that all stores share. What somebody put into the database past the hub may be anything: it is read as `UNREADABLE`, not raised.

A row that holds it is not what the log's records say, so it decides nothing (`hub.db.row_book`), and the rows beside it go on.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import JSON, Date, DateTime, Dialect, TypeDecorator
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeEngine


class Unreadable:
    """A value that is none of its column's type."""

    def __repr__(self) -> str:
        """Return what it is called in an error."""
        return "(unreadable)"


UNREADABLE: Final = Unreadable()
_Reader = Callable[[Any], Any] | None


def _lenient(read: _Reader) -> _Reader:
    if read is None:
        return None

    def process(value: Any) -> Any:
        try:
            return read(value)
        except (ValueError, TypeError, RecursionError):
            return UNREADABLE

    return process


class Moment(TypeDecorator[datetime]):
    """A point in time, UTC in the database and out of it: SQLite keeps no time zone, so it must not see any other."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time to UTC."""
        del dialect
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware time in UTC."""
        del dialect
        if value is None or value.tzinfo is None:
            return value and value.replace(tzinfo=UTC)
        return value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> _Reader:
        """Read leniently."""
        return _lenient(super().result_processor(dialect, coltype))


class Day(TypeDecorator[Any]):
    """A date."""

    impl = Date
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> _Reader:
        """Read leniently."""
        return _lenient(super().result_processor(dialect, coltype))


class Json(TypeDecorator[Any]):
    """JSON, whose parts can be selected by name; a part that is missing is NULL, not the JSON text null."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> TypeEngine[Any]:
        """Let a part be named by text or number, as JSON does."""
        return JSON().coerce_compared_value(op, value)

    def result_processor(self, dialect: Dialect, coltype: object) -> _Reader:
        """Read leniently."""
        return _lenient(super().result_processor(dialect, coltype))
