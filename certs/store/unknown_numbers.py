"""Numbers that calls named and nobody registered: how often, by department. Keyed digests alone, for such a number may be anything."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, select, update

from certs.store.tables import unknown_numbers
from certs.unknown_numbers import OTHERS, UnknownCount, UnknownNumbers
from hub.db import Database, Tx, forget_rows

MOST_NUMBERS: Final = 1_000
"""Numbers of one department that are told apart; a department that names more has not begun to use numbers."""
KEPT: Final = timedelta(days=30)
"""How long a number counts after it was named last."""
_table: Final = unknown_numbers.c


class UnknownNumberStore:
    """Counts by department, within one transaction. Nothing is decided by them."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def add(self, department: str, counts: Mapping[str, int], at: datetime) -> None:
        """Add calls by the number that they named."""
        self._tx.hold(f"unknown numbers of {department}")
        mine = _table.department == department
        known = set(self._tx.execute(select(_table.digest).where(mine)).scalars())
        apart, told = known - {OTHERS}, Counter[str]()
        for number, calls in counts.items():
            digest = self._digest(department, number)
            if len(apart) < MOST_NUMBERS:
                apart.add(digest)
            told[digest if digest in apart else OTHERS] += calls
        more = [{"key": digest, "more": calls} for digest, calls in told.items() if digest in known]
        new = [{"digest": digest, "calls": calls} for digest, calls in told.items() if digest not in known]
        if more:
            same = (mine, _table.digest == bindparam("key"))
            self._tx.execute(update(unknown_numbers).where(*same).values(calls=_table.calls + bindparam("more"), last_time=at), more)
        if new:
            self._tx.execute(insert(unknown_numbers), [{"department": department, "first_time": at, "last_time": at, **one} for one in new])

    def count(self, department: str, registered: Collection[str]) -> UnknownCount:
        """Return what is counted of a department, without numbers that were registered meanwhile."""
        gone = {self._digest(department, number) for number in registered}
        rows: list[Any] = [row for row in self._tx.execute(select(unknown_numbers).where(_table.department == department)) if row.digest not in gone]
        if not rows:
            return UnknownCount()
        return UnknownCount(sum(row.calls for row in rows), sum(row.digest != OTHERS for row in rows), min(row.first_time for row in rows))

    def totals(self) -> dict[str, tuple[int, int]]:
        """Return (numbers, calls) by department, as they are counted: among them may be numbers that were registered meanwhile."""
        query = select(_table.department, func.count(), func.sum(_table.calls)).group_by(_table.department)
        counted: Any = self._tx.execute(query)
        return {department: (int(numbers), int(calls)) for department, numbers, calls in counted}

    def _digest(self, department: str, number: str) -> str:
        return self._tx.keyed(f"unknown number {department}/{number}".encode()).hex() if number != OTHERS else OTHERS


def keep_unknown_numbers(database: Database, noted: UnknownNumbers, at: datetime) -> None:
    """Keep what this process counted; what cannot be kept is counted on, and what was counted since the last minute is lost with its process."""
    counts = noted.take()
    if not counts:
        return
    try:
        with database.begin() as tx:
            for department in sorted(counts):  # in one order, so that two processes never wait for each other
                UnknownNumberStore(tx).add(department, counts[department], at)
    except BaseException:
        noted.give_back(counts)
        raise


def forget_unknown_numbers(tx: Tx, at: datetime, most: int) -> int:
    """Forget numbers that nobody has named for a month."""
    return forget_rows(tx, unknown_numbers, _table.last_time < at - KEPT, most)
