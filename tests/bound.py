"""A database whose rows are bound to a log, as a hub opens it, and the edits of somebody who has the database and no key."""

from datetime import datetime

from sqlalchemy import Table, delete, update

from audit.log import AuditLog
from hub.access import HUB
from hub.db import Database, RowBook
from hub.unit_of_work import Change


def keep_book(database: Database, log: AuditLog, at: datetime) -> None:
    """Bind every row as it stands, and each that is written from now on."""
    database.book = RowBook(bytes(32))
    with database.begin() as tx:
        tx.touch_all()
        log.write(tx, Change(at=at, action="hub.BindRows", actor=HUB, kind="admin"))


def edit(database: Database, table: Table, key: object, **values: object) -> None:
    """Change a row past the hub: no record of the log tells of it."""
    column = next(iter(table.primary_key.columns))
    with database.engine.begin() as connection:
        assert connection.execute(update(table).where(column == key).values(**values)).rowcount == 1


def remove(database: Database, table: Table, key: object) -> None:
    """Delete a row past the hub."""
    column = next(iter(table.primary_key.columns))
    with database.engine.begin() as connection:
        assert connection.execute(delete(table).where(column == key)).rowcount == 1
