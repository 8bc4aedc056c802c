"""Departments that the authority registered, found by their unified social credit code."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, select

from certs.model import Department
from certs.reasons import DEPARTMENT_UNKNOWN
from certs.store.tables import departments
from hub.db import Tx, checked, fitting_page, put


class DepartmentStore:
    """The registered departments, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def find(self, uscc: str) -> Department | None:
        """Return the department, None where it is not registered."""
        row = checked(self._tx, departments, self._tx.execute(select(departments).where(departments.c.uscc == uscc)).first())
        return _department(row) if row else None

    def get(self, uscc: str) -> Department:
        """Return the department; raise NotFoundError where it is not registered."""
        found = self.find(uscc)
        if found is None:
            raise DEPARTMENT_UNKNOWN(department=uscc)
        return found

    def lock(self, uscc: str) -> None:
        """Let nobody else change a department's certificates until this transaction ends: who renews and who revokes wait for each other.

        SQLite has one writer and ignores it; on PostgreSQL the row is locked, and other rows may go on naming it.
        """
        self._tx.execute(select(departments.c.uscc).where(departments.c.uscc == uscc).with_for_update(key_share=True))

    def insert(self, department: Department) -> None:
        """Keep a new department."""
        put(self._tx, departments, asdict(department))

    def list(self, after: str, count: int) -> list[Department]:
        """Return at most `count` departments whose USCC comes after `after`, in that order."""
        query = select(departments).where(departments.c.uscc > after)
        return [_department(row) for row in fitting_page(self._tx, departments, query, departments.c.uscc, count)]

    def titles(self, usccs: Iterable[str]) -> dict[str, str]:
        """Return the titles of those departments that are registered."""
        query = select(departments.c.uscc, departments.c.title).where(departments.c.uscc.in_(set(usccs)))
        return {row.uscc: row.title for row in self._tx.execute(query)}


def _department(row: Row[Any]) -> Department:
    return Department(row.uscc, row.title, row.short_title, row.region, row.create_time)
