"""Reminders of what is due: at half of the time, a day before its end, when it is over; what is over is also told the authority.

Each once, however often and by however many processes it is swept: what was told stands in the row of the work, and whoever changes it tells.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from hub.access import Duty
from hub.db import Database, Tx
from hub.desk import Notice, Thing
from work.desk import WorkDesk
from work.model import Told, Work, stage
from work.store import WorkStore

PORTION: Final = 20
"""Pieces of work of one transaction: a quarter of a second on PostgreSQL in which nobody else announces a change, half of it on SQLite."""
PORTIONS: Final = 250
"""Transactions of one sweep; what is left waits for the next minute."""
KINDS: Final = {Told.HALF: "deadline_half", Told.DAY: "deadline_day", Told.OVER: "deadline_over"}
ESCALATED: Final = "escalated"


class Reminders:
    """What the hub tells of the time of work by itself."""

    def __init__(self, db: Database, desk: WorkDesk, authority: str) -> None:
        """Take the database, the desk, and the USCC of the authority to which what is over goes."""
        self._db, self._desk, self._authority = db, desk, authority

    def sweep(self, at: datetime) -> int:
        """Tell what is to be told at a moment; return of how many pieces of work."""
        seen = 0
        for _ in range(PORTIONS):
            with self._db.begin() as tx:
                portion = self._portion(tx, at)
            seen += portion
            if portion < PORTION:
                break
        return seen

    def _portion(self, tx: Tx, at: datetime) -> int:
        store = WorkStore(tx)
        if not store.to_look_at(at, 1):
            return 0
        WorkDesk.hold(tx, {self._authority})
        # Behind the lock: of two sweeps the second finds what the first has left.
        found = store.to_look_at(at, PORTION)
        for work in found:
            now = stage(work, at)
            over = now is Told.OVER
            # The same stage is written again where nothing was to tell: the next look is then another moment.
            if store.replace(work, replace(work, told=max(now, work.told), escalated=over)) and now > work.told:
                self._tell(tx, work, now, at)
        return len(found)

    def _tell(self, tx: Tx, work: Work, now: Told, at: datetime) -> None:
        due = work.due_time.isoformat() if work.due_time else ""
        facts = {"step": work.step, "due_time": due}
        # The due time belongs to the key: of a time that was moved, all is told anew.
        key = f"{work.name} {due}"
        concerned: dict[str, Any] = {"duties": work.duties, "article": work.article}
        told = [Notice(kind=KINDS[now], department=work.department, key=f"{now} {key}", facts=facts, **concerned)]
        if now is Told.OVER and work.department != self._authority:
            facts = {**facts, "department": work.department}
            concerned = {"duties": (Duty.RULE,), "article": work.article}
            told.append(Notice(kind=ESCALATED, department=self._authority, key=f"{ESCALATED} {key}", facts=facts, **concerned))
        self._desk.tell(tx, Thing(work.resource, work.title), tuple(told), at)
