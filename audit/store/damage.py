"""What was found damaged, and which of it an operator has taken note of. The rows outlive the process, so a restart does not end an alarm."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from audit.commitment import micros
from audit.store.tables import damage
from hub.db import Tx

TOPIC: Final = "audit_damage"
"""The topic of the change feed: the operator's command and the hub are two processes."""
INDEX_WRONG: Final = "LOG_INDEX_BROKEN"
"""The reason of damage in the index alone: the record itself is whole and shown."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Records from `first` to `last` that are not what was written; `acknowledged` is the index of the record by which somebody took note."""

    first: int
    last: int
    reason: str
    acknowledged: int | None = None

    @property
    def count(self) -> int:
        """Return how many records these are."""
        return self.last - self.first + 1

    @property
    def unreadable(self) -> bool:
        """Tell whether the records themselves are damaged, acknowledged or not, and not only the index row that leads to one."""
        return self.reason != INDEX_WRONG

    def holds(self, index: int) -> bool:
        """Tell whether a record is among them."""
        return self.first <= index <= self.last


class DamageStore:
    """The damage that is known, within one transaction. No record stands in two rows."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def all(self) -> list[Damage]:
        """Return all that is known, by index."""
        query = select(damage.c.first, damage.c.last, damage.c.reason, damage.c.acknowledged).order_by(damage.c.first)
        rows: Sequence[Any] = self._tx.execute(query).all()
        return [Damage(*row) for row in rows]

    def of(self, index: int) -> Damage | None:
        """Return the damage that a record is part of, None for one that is not known to be damaged."""
        query = select(damage.c.first, damage.c.last, damage.c.reason, damage.c.acknowledged)
        row = self._tx.execute(query.where(damage.c.first <= index, damage.c.last >= index).limit(1)).first()
        return None if row is None else Damage(row.first, row.last, row.reason, row.acknowledged)

    def note(self, found: Damage, at: datetime) -> bool:
        """Keep what of the damage is new and announce it; False where all of it is known already.

        Damage of the record takes the place of damage of its index row; an index row that was made anew and is wrong again is new.
        """
        known: list[Damage] = []
        for one in self.all():
            if not one.unreadable and (found.unreadable or one.acknowledged is not None) and found.first <= one.first <= found.last:
                self._tx.execute(delete(damage).where(damage.c.first == one.first))  # an index row is damaged by itself: first == last
            else:
                known.append(one)
        new = list(_gaps(found, known))
        for part in new:
            self._tx.execute(insert(damage).values(first=part.first, last=part.last, reason=part.reason, seen_at=micros(at)))
            self._tx.announce(TOPIC, str(part.first))
        return bool(new)

    def acknowledge(self, first: int, index: int) -> None:
        """Keep that somebody took note of the damage that begins at `first`, by the log's record `index`."""
        self._tx.execute(update(damage).where(damage.c.first == first).values(acknowledged=index))


def _gaps(found: Damage, known: Sequence[Damage]) -> Iterator[Damage]:
    """Yield the parts of the damage that none of the known, which are in order, covers."""
    at = found.first
    for one in known:
        if one.last < at or one.first > found.last:
            continue
        if one.first > at:
            yield replace(found, first=at, last=one.first - 1)
        at = one.last + 1
    if at <= found.last:
        yield replace(found, first=at)
