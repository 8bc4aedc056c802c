"""Notices: what departments were told, newest first."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import FromClause, insert, select

from hub.access import Duty
from hub.db import Tx, forget_rows
from work.model import ToldNotice
from work.store.duties import Order, first_of, texts_for
from work.store.rows import notice_from, notice_to
from work.store.work_tables import notices

_KEPT: Final = timedelta(days=365)
_table: Final = notices.c
_NEWEST_FIRST: Final = Order(("id",), newest_first=True)


class NoticeStore:
    """Notices, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def is_told(self, department: str, resource: str, key: str) -> bool:
        """Tell whether a department was told this of a thing already."""
        same = (_table.department == department, _table.resource == resource, _table.key == key)
        return bool(key) and self._tx.scalar(select(_table.id).where(*same)) is not None

    def insert(self, notice: ToldNotice, key: str) -> None:
        """Keep a notice."""
        self._tx.execute(insert(notices).values(notice_to(notice, key)))

    def page(self, department: str, before: str | None, count: int, resource: str = "", duties: tuple[Duty, ...] = ()) -> list[ToldNotice]:
        """Return what a department was told, newest first, below the id `before`."""
        rows: FromClause = notices
        own = [_table.department == department]
        if resource:
            # Chosen before anything else: of one thing there are a few rows, which the planner of SQLite does not know.
            rows = select(notices).where(*own, _table.resource == resource).cte("about").prefix_with("MATERIALIZED")
            own = []
        conditions = [*own, *([rows.c.id < before] if before is not None else [])]
        if duties:
            conditions = [rows.c.id.in_(first_of(rows, conditions, texts_for(self._tx, rows, own, duties), _NEWEST_FIRST, count))]
        return list(map(notice_from, self._tx.execute(select(rows).where(*conditions).order_by(*_NEWEST_FIRST.by(rows)).limit(count))))


def forget_notices(tx: Tx, at: datetime, most: int) -> int:
    """Forget notices after a year."""
    return forget_rows(tx, notices, _table.time < at - _KEPT, most)
