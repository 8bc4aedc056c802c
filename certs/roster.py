"""The roster of officers, in memory: whether a number that a call names is one of the department's, and what its officer may do.

Every call that names an officer passes here, so dismissing one also ends what open connections may do in that name.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from certs.model import MEMBER_DUTIES, Department, Officer
from certs.reasons import OFFICER_UNKNOWN
from certs.unknown_numbers import UnknownNumbers
from hub.access import DUTIES, ROLE_OF, AccessRow, Caller, Duty, Role
from hub.errors import UnavailableError
from hub.reasons import DUTY_MISSING
from shuniu.words import either

log = logging.getLogger(__name__)
TOPICS: Final = frozenset({"officers", "departments"})
"""Changes that the roster follows; their keys are USCCs."""


@dataclass(frozen=True, slots=True)
class Office:
    """The officers of one department who may act now, by number, and from when on the department's calls name them alone."""

    department: str
    officers: Mapping[str, Officer]
    registered_from: datetime | None = None
    leads: tuple[Officer, ...] = field(default=())

    @classmethod
    def of(cls, department: Department, every: Iterable[Officer]) -> Self:
        """Return the office of a department with all officers that were ever registered of it."""
        active = {one.number: one for one in every if one.is_active}
        return cls(department.uscc, active, department.registered_from, tuple(one for one in active.values() if Duty.LEAD in one.duties))

    def is_registered(self, at: datetime) -> bool:
        """Tell whether a call that names an unknown officer is refused at a moment."""
        return self.registered_from is not None and at >= self.registered_from

    def duties(self, officer: Officer, at: datetime) -> frozenset[Duty]:
        """Return what an officer may do at a moment: the own duties, and a lead's while acting as deputy."""
        lent = any(one.deputy == officer.number and one.is_lent(at) for one in self.leads)
        return officer.duties | {Duty.LEAD} if lent else officer.duties


class Roster:
    """The officers of all departments. Reading takes no lock; changes come through `reload`."""

    def __init__(self, load_one: Callable[[str], Office | None], load_all: Callable[[], Iterable[Office]]) -> None:
        """Take the two loaders (one department by its USCC; all); loads everything at once."""
        self._load_one, self._load_all = load_one, load_all
        self._lock = threading.Lock()
        self._stale: set[str] = set()
        self._offices: dict[str, Office] = {}
        self.unknown_count = 0
        """Calls that named a number that is nobody's, since the start: a figure for monitors, so it takes no lock and may miss one."""
        self.unknown = UnknownNumbers()
        """Which numbers they were, of departments whose calls may name anybody yet."""
        self.load_all()

    def find(self, department: str, number: str) -> Officer | None:
        """Return an active officer, None where there is none of that number."""
        office = self._office(department)
        return office.officers.get(number) if office else None

    def is_registered(self, department: str, at: datetime) -> bool:
        """Tell whether a call of the department that names an unknown officer is refused at a moment."""
        office = self._office(department)
        return office is not None and office.is_registered(at)

    def duties(self, department: str, number: str, at: datetime) -> frozenset[Duty]:
        """Return what an officer may do at a moment, nothing where there is none of that number."""
        office = self._office(department)
        officer = office.officers.get(number) if office else None
        return office.duties(officer, at) if office and officer else frozenset()

    def with_duty(self, department: str, duties: Iterable[Duty], at: datetime) -> tuple[str, ...]:
        """Return the numbers of the persons who have one of the duties at a moment, in order."""
        office, wanted = self._office(department), frozenset(duties)
        persons = [one for one in office.officers.values() if one.is_person] if office else []
        return tuple(sorted(one.number for one in persons if office and wanted & office.duties(one, at)))

    def departments_of(self, duty: Duty) -> frozenset[str]:
        """Return the departments that have an officer with a duty."""
        return frozenset(one.department for one in tuple(self._offices.values()) if any(duty in each.duties for each in one.officers.values()))

    def active_count(self, department: str) -> int:
        """Return how many persons may act for a department; service accounts are none."""
        office = self._office(department)
        return sum(one.is_person for one in office.officers.values()) if office else 0

    def caller(self, department: str, number: str, proof: str, at: datetime) -> Caller | None:
        """Return an officer who signed in as a caller; `proof` says how (passkey, oidc, link). None where there is no such person any more."""
        officer = self.find(department, number)
        if officer is None or not officer.is_person:
            return None
        duties = self.duties(department, number, at)
        roles = {ROLE_OF.get(duty, Role.MEMBER) for duty in duties}
        # Whoever rules or audits belongs to a department that has what every department has.
        roles |= {Role.MEMBER} if duties & MEMBER_DUTIES or Duty.RULE in duties else set()
        return Caller(department, roles=frozenset(roles), officer=number, duties=duties, marks=(("proof", proof),))

    def vouch(self, caller: Caller, number: str, row: AccessRow, at: datetime, *, method: str = "", field: str = "officer") -> Caller:
        """Return the caller of a step in an officer's charge; raise NotAllowedError for a number that is nobody's, or without the step's duty.

        A department that has not registered its officers yet is answered, and every record of the call says that the number is unknown.
        """
        if caller.officer or not caller.department:
            return caller  # known by the session; the hub and its operator name officers of their own
        office = self._office(caller.department)
        officer = office.officers.get(number) if office else None
        if officer is None or office is None:
            self.unknown_count += 1
            if office is not None and office.is_registered(at):
                raise OFFICER_UNKNOWN(field=field)
            if office is not None:
                self.unknown.note(caller.department, number)
            return caller.marked(officer_unknown="true")
        # Every Query asks this, so the own duties come first: those that are lent are sought for the few who have none of the step's.
        wanted = row.duties
        if wanted and wanted.isdisjoint(officer.duties) and office.is_registered(at) and wanted.isdisjoint(office.duties(officer, at)):
            raise DUTY_MISSING(method=method, duties=either(*(DUTIES[one] for one in sorted(row.duties))))
        return caller

    def reload(self, topic: str, key: str) -> None:
        """Follow a change of officers or of a department. What cannot be loaded now is loaded before the next call."""
        if topic not in TOPICS:
            return
        try:
            self._follow(key)
        except UnavailableError:
            log.warning("officers could not be read after a change; no call in an officer's name is let in until they are")

    def load_all(self) -> None:
        """Load the officers of every department anew."""
        with self._lock:
            self._offices = {one.department: one for one in self._load_all()}
            self._stale = set()

    def _office(self, department: str) -> Office | None:
        # A view that is known to be old lets nobody act: what could not be read may be a dismissal.
        if self._stale:
            for key in tuple(self._stale):
                self._follow(key)
        return self._offices.get(department)

    def _follow(self, key: str) -> None:
        """Load one department anew. One at a time, or an old view loaded by a slower thread could bury a dismissal."""
        with self._lock:
            try:
                found = self._load_one(key)
            except BaseException:  # whatever it was: the next call must not rest on the old view
                self._stale.add(key)
                raise
            if found is None:
                self._offices.pop(key, None)
            else:
                self._offices[key] = found
            self._stale.discard(key)
