"""How the authority's first people officer comes to be: appointed at the hub's own machine, because nobody is there yet who could invite her."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from certs.changes import change_of
from certs.model import Officer, register
from certs.reasons import PEOPLE_OFFICER_THERE
from certs.sign_in import SignInActions
from certs.store import DepartmentStore, OfficerStore, duties_of
from hub.access import OPERATOR, Duty, Role
from hub.db import Tx
from hub.wording import fold
from shuniu.identifiers.uscc import parse_uscc

FIRST_DUTIES: Final = frozenset({Duty.PEOPLE, Duty.RULE})
"""What the first officer of the authority may do: bring in everybody else, and the authority's own steps."""
_OPERATOR: Final = replace(OPERATOR, roles=frozenset({Role.AUTHORITY}))
_REASON: Final = "在枢纽主机上任命"


@dataclass(frozen=True, slots=True)
class Appointment:
    """Who was appointed, and the secret of the one-time link by which the officer signs in until `expire_time`."""

    officer: Officer
    secret: str
    expire_time: datetime


class AppointingActions(SignInActions):
    """The part of the operator's console that is about officers."""

    def appoint(self, authority: str, number: str, display_name: str = "") -> Appointment:
        """Make somebody the authority's people officer and give a link; whoever is that already gets a new link, because passkeys are lost.

        Once: while the authority has a people officer, everybody else is invited by her, and the machine appoints nobody.
        """
        uscc, known = parse_uscc(authority, "authority"), fold(number, identifies=True)
        with self._db.begin() as tx:
            store = OfficerStore(tx)
            DepartmentStore(tx).lock(uscc)  # of two appointed at once, the second finds the first
            there = [one for one in store.of_department(uscc) if one.is_active and one.is_person and Duty.PEOPLE in one.duties]
            officer = next((one for one in there if one.number == known), None)
            if there and officer is None:
                raise PEOPLE_OFFICER_THERE(numbers=", ".join(one.number for one in there[:5]))
            officer = officer or self._appoint(tx, uscc, known, display_name or known)
            return Appointment(officer, *self._link(tx, officer, OPERATOR, ""))

    def _appoint(self, tx: Tx, uscc: str, number: str, display_name: str) -> Officer:
        """Keep the officer: a new one, or one who is registered and gets the duties."""
        at, store = self._clock.now(), OfficerStore(tx)
        # Before its first system enrols, nothing in the database says that this department is the authority; the configuration does.
        allowed = duties_of(tx, DepartmentStore(tx).get(uscc)) | FIRST_DUTIES
        before = store.find(uscc, number)
        if before is None:
            officer = register(uscc, number, display_name, FIRST_DUTIES, allowed, at)
            store.insert(officer)
        else:
            officer = before.update(_OPERATOR, allowed, _REASON, duties=before.duties | FIRST_DUTIES)
            store.replace(before, officer)
        tx.announce("officers", uscc)
        change = change_of("certs.AppointOfficer", OPERATOR, uscc, at, officer.name)
        self._journal.write(tx, replace(change, detail={"duties": " ".join(sorted(officer.duties))}))
        return officer
