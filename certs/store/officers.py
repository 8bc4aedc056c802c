"""The officers of departments, and how `certs.roster` loads them into memory."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Row, select

from certs.model import MEMBER_DUTIES, Department, Officer, OfficerState, SignInMeans
from certs.reasons import NO_SUCH_OFFICER
from certs.roster import Office, Roster
from certs.store.departments import DepartmentStore
from certs.store.systems import SystemStore
from certs.store.tables import officers
from hub.access import ROLE_OF, Duty
from hub.db import Database, Tx, checked, fitting, fitting_page, put, swap
from hub.errors import IntegrityError, NotFoundError

_MOVING: Final = frozenset({"sign_in_time", "sign_in_means"})


class OfficerStore:
    """The officers, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def find(self, department: str, number: str) -> Officer | None:
        """Return the officer, active or dismissed, None where the number was never given."""
        query = select(officers).where(officers.c.department == department, officers.c.number == number)
        row = checked(self._tx, officers, self._tx.execute(query).first())
        return _officer(row) if row else None

    def get(self, officer_id: str) -> Officer:
        """Return the officer of an id `USCC/NUMBER`; raise NotFoundError where there is none."""
        department, _, number = officer_id.partition("/")
        found = self.find(department, number)
        if found is None:
            raise self.unknown()
        return found

    def insert(self, officer: Officer) -> None:
        """Keep a new officer."""
        put(self._tx, officers, _row(officer))

    def replace(self, before: Officer, after: Officer) -> Officer:
        """Put `after` in the place of `before`; raise ConflictError where somebody was quicker."""
        where = {"department": before.department, "number": before.number, "revision": before.revision}
        # When the officer signed in moves by itself: whoever changes the officer meanwhile does not put it back.
        decided = {name: value for name, value in _row(after).items() if name not in _MOVING}
        swap(self._tx, officers, where, decided, before.name)
        return after

    def of_department(self, department: str) -> list[Officer]:
        """Return a department's officers, active and dismissed, ordered by number."""
        query = select(officers).where(officers.c.department == department).order_by(officers.c.number)
        return [_officer(row) for row in fitting(self._tx, officers, self._tx.execute(query).all())]

    def page(self, department: str, after: str, count: int, state: OfficerState | None = None) -> list[Officer]:
        """Return at most `count` officers of a department whose number comes after `after`, in that order, in a state if asked."""
        query = select(officers).where(officers.c.department == department, officers.c.number > after)
        if state is not None:
            query = query.where(officers.c.state == state.value)
        return [_officer(row) for row in fitting_page(self._tx, officers, query, officers.c.number, count)]

    def all(self) -> list[Officer]:
        """Return every officer."""
        return [_officer(row) for row in fitting(self._tx, officers, self._tx.execute(select(officers)).all())]

    def unknown(self) -> NotFoundError:
        """Return the error for an officer who is not there, or of whom the caller may not know."""
        return NO_SUCH_OFFICER()


def duties_of(tx: Tx, department: Department) -> frozenset[Duty]:
    """Return the duties that a department has: what is registered of it, else every department's and what the roles of its systems say."""
    if department.duties is not None:
        return department.duties
    roles = {role for system in SystemStore(tx).of_department(department.uscc) for role in system.roles}
    return MEMBER_DUTIES | {duty for duty, role in ROLE_OF.items() if role in roles}


def live_roster(database: Database) -> Roster:
    """Return the roster of all officers, which follows every change that is announced."""
    roster = Roster(*_loaders(database))
    database.on_change(roster.reload, roster.load_all)
    return roster


def _loaders(database: Database) -> tuple[Callable[[str], Office | None], Callable[[], Iterable[Office]]]:
    def load_one(uscc: str) -> Office | None:
        with database.read() as tx:
            try:
                department = DepartmentStore(tx).find(uscc)
            except IntegrityError:  # told by the book of rows; nobody of this department is let in
                return None
            return Office.of(department, OfficerStore(tx).of_department(uscc)) if department else None

    def load_all() -> Iterable[Office]:
        with database.read() as tx:
            by_department: dict[str, list[Officer]] = {}
            for one in OfficerStore(tx).all():
                by_department.setdefault(one.department, []).append(one)
            return [Office.of(one, by_department.get(one.uscc, [])) for one in DepartmentStore(tx).all()]

    return load_one, load_all


def _row(officer: Officer) -> dict[str, Any]:
    return {
        **asdict(officer),
        "duties": sorted(officer.duties),
        "state": officer.state.value,
        "sign_in_means": officer.sign_in_means and officer.sign_in_means.value,
    }


def _officer(row: Row[Any]) -> Officer:
    known, means = row._asdict(), SignInMeans(row.sign_in_means) if row.sign_in_means else None
    return Officer(**{**known, "duties": frozenset(map(Duty, row.duties)), "state": OfficerState(row.state), "sign_in_means": means})
