"""Notices: what departments were told, newest first."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import insert, select

from hub.access import Duty
from hub.db import Tx, forget_rows
from work.model import ToldNotice
from work.store.rows import for_one_of, notice_from, notice_to
from work.store.work_tables import notices

_KEPT: Final = timedelta(days=365)
_table: Final = notices.c


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
        query = select(notices).where(_table.department == department, *for_one_of(_table.duties, duties))
        if resource:
            query = query.where(_table.resource == resource)
        if before is not None:
            query = query.where(_table.id < before)
        return list(map(notice_from, self._tx.execute(query.order_by(_table.id.desc()).limit(count))))


def forget_notices(tx: Tx, at: datetime, most: int) -> int:
    """Forget notices after a year."""
    return forget_rows(tx, notices, _table.time < at - _KEPT, most)
