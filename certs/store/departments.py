"""Departments that the authority registered, found by their unified social credit code."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, select

from certs.model import Department, DepartmentState, Level
from certs.reasons import DEPARTMENT_UNKNOWN
from certs.roll import Roll
from certs.store.tables import departments
from hub.access import Duty
from hub.db import Database, Tx, checked, fitting, fitting_page, put, swap
from hub.errors import IntegrityError, NotFoundError


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
        put(self._tx, departments, {**_row(department), "revision": department.revision or None})

    def replace(self, before: Department, after: Department) -> Department:
        """Put `after` in the place of `before`; raise ConflictError where somebody was quicker."""
        # `or None`: a department that an earlier release registered has no revision, and nothing equals NULL.
        swap(self._tx, departments, {"uscc": before.uscc, "revision": before.revision or None}, _row(after), before.name)
        return after

    def list(self, after: str, count: int) -> list[Department]:
        """Return at most `count` departments whose USCC comes after `after`, in that order."""
        query = select(departments).where(departments.c.uscc > after)
        return [_department(row) for row in fitting_page(self._tx, departments, query, departments.c.uscc, count)]

    def unknown(self) -> NotFoundError:
        """Return the error for a department that is not registered."""
        return DEPARTMENT_UNKNOWN(department="-")

    def all(self) -> tuple[Department, ...]:
        """Return every department."""
        return tuple(map(_department, fitting(self._tx, departments, self._tx.execute(select(departments)).all())))

    def called(self, uscc: str) -> str:
        """Return what a department is called for short, in full where it has no short name, its USCC where it is not registered."""
        row = self._tx.execute(select(departments.c.title, departments.c.short_title).where(departments.c.uscc == uscc)).first()
        return str(row.short_title or row.title) if row else uscc

    def heir_of(self, uscc: str) -> str:
        """Return the department that has a department's rights now: its first successor's first successor, and so on; itself where it has none."""
        seen: set[str] = set()
        while uscc not in seen:  # a circle cannot be laid down; a row that somebody wrote ends here
            seen.add(uscc)
            found = self.find(uscc)
            if found is None or not found.successors:
                break
            uscc = found.successors[0]
        return uscc

    def lineage_of(self, uscc: str) -> tuple[str, ...]:
        """Return a department and those whose rights it has: predecessors, their predecessors, and so on."""
        found, new = [uscc], [uscc]
        while new:
            former = {one for each in map(self.find, new) if each for one in each.predecessors}
            new = [one for one in sorted(former) if one not in found and self.heir_of(one) == uscc]
            found += new
        return tuple(found)

    def titles(self, usccs: Iterable[str]) -> dict[str, str]:
        """Return the titles of those departments that are registered."""
        query = select(departments.c.uscc, departments.c.title).where(departments.c.uscc.in_(set(usccs)))
        return {row.uscc: row.title for row in self._tx.execute(query)}


def live_roll(database: Database) -> Roll:
    """Return the roll of all departments; `Identities` has it follow every change that is announced."""

    def load_one(uscc: str) -> Department | None:
        with database.read() as tx:
            try:
                return DepartmentStore(tx).find(uscc)
            except IntegrityError:  # told by the book of rows; nobody of this department is let in, and everybody else goes on
                return None

    def load_all() -> Iterable[Department]:
        with database.read() as tx:
            return DepartmentStore(tx).all()

    return Roll(load_one, load_all)


def _row(department: Department) -> dict[str, Any]:
    lists = {name: list(getattr(department, name)) or None for name in ("successors", "predecessors")}
    return {**asdict(department), **lists, "duties": None if department.duties is None else sorted(department.duties)}


def _department(row: Row[Any]) -> Department:
    state = DepartmentState(row.state or DepartmentState.ACTIVE)
    level = Level(row.level) if row.level else None
    known = (row.uscc, row.title, row.short_title, row.region, row.create_time, level, state, row.revision or 0, row.reason or "")
    passed = (tuple(row.successors or ()), tuple(row.predecessors or ()), row.succession_time)
    return Department(*known, None if row.duties is None else frozenset(map(Duty, row.duties)), row.registered_from, *passed)
