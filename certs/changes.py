"""What the log says of a change of identities, and how everybody hears of it."""

from datetime import datetime

from certs.model import System, system_waits
from certs.store import DepartmentStore
from hub.access import Caller
from hub.db import Tx
from hub.desk import Notice, Thing
from hub.unit_of_work import Actions, Change


class IdentityActions(Actions):
    """What all actions on identities share."""

    def _announce(self, tx: Tx, *changes: Change) -> None:
        """Tell everybody of a change of a system, and write down what was done to it, in this order."""
        tx.announce("identities", changes[0].resource)
        for one in changes:
            self._journal.write(tx, one)

    def _follow(self, tx: Tx, system: System, at: datetime, *notices: Notice) -> None:
        """Lay on the desk what a system waits for now, and what is told of it."""
        called = Thing(system.name, f"{DepartmentStore(tx).called(system.department)} {system.system}")
        self._desk.follow(tx, called, system_waits(system), at)
        if notices:
            self._desk.tell(tx, called, notices, at)


def change_of(action: str, actor: Caller, department: str, at: datetime, resource: str) -> Change:
    """Return what the log says of a change that concerns a department; the operator acts for none, and as administrator."""
    other = "" if department == actor.department else department
    return Change(at=at, action=action, actor=actor, resource=resource, other=other, kind="change" if actor.department else "admin")
