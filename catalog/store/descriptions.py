"""What systems described last: one row each, replaced when a system is asked again. Nothing is decided by it that the log would have to prove."""

from typing import Any

from sqlalchemy import delete, insert, select

from catalog.serving import Description
from catalog.store.tables import descriptions
from hub.db import Tx
from shuniu.provider.comparison import ServedColumn, ServedResource


class DescriptionStore:
    """The descriptions, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def get(self, department: str, system: str) -> Description | None:
        """Return what a system described last, None where it never did."""
        row = self._tx.execute(select(descriptions).where(descriptions.c.department == department, descriptions.c.system == system)).first()
        return None if row is None else Description(department, system, tuple(map(_resource, row.resources)), row.at)

    def put(self, one: Description) -> None:
        """Keep a description in the place of the one before."""
        where = (descriptions.c.department == one.department, descriptions.c.system == one.system)
        self._tx.execute(delete(descriptions).where(*where))
        plain = [_plain(resource) for resource in one.resources]
        self._tx.execute(insert(descriptions).values(department=one.department, system=one.system, resources=plain, at=one.at))


def _plain(one: ServedResource) -> dict[str, Any]:
    columns = [[column.name, column.value_type, column.length, column.nullable] for column in one.columns]
    return {"name": one.name, "key": one.key, "columns": columns}


def _resource(plain: dict[str, Any]) -> ServedResource:
    return ServedResource(plain["name"], plain["key"], tuple(ServedColumn(*column) for column in plain["columns"]))
