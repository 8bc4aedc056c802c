"""What identities lay on the desk at once: hosts that wait already, and certificates that are about to end."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from certs.changes import IdentityActions
from certs.model import System
from certs.store import DepartmentStore, SystemStore
from hub.access import Duty
from hub.desk import Notice, Thing
from hub.ending import notice_of_end

_BATCH: Final = 50


class ExpiryActions(IdentityActions):
    """The part of the identities' actions that no caller asks for."""

    def backfill(self, at: datetime) -> Iterator[int]:
        """Post the work of all systems that ask for hosts already: of a hub that kept none before."""
        with self._db.read() as tx:
            asking = [one for one in SystemStore(tx).all() if one.requested_hosts]
        for one in asking:
            with self._db.begin() as tx:
                DepartmentStore(tx).lock(one.department)  # as whoever asks or decides
                self._follow(tx, SystemStore(tx).get(one.department, one.system), at)
            yield 1

    def tell_ends(self, at: datetime) -> Iterator[int]:
        """Tell departments of systems whose last certificate is about to end; one that was renewed ends untold."""
        with self._db.read() as tx:
            found = [(one, told) for one in SystemStore(tx).all() if (told := _told(one, at))]
        for begin in range(0, len(found), _BATCH):
            with self._db.begin() as tx:
                for system, told in found[begin : begin + _BATCH]:
                    self._desk.tell(tx, Thing(system.name, system.system), told, at)
            yield _BATCH


def _told(system: System, at: datetime) -> tuple[Notice, ...]:
    valid = system.valid_certificates(at)
    if not valid:
        return ()
    last = max(one.not_after for one in valid)
    return notice_of_end("certificate_ends", system.department, (Duty.PEOPLE,), last, at)
