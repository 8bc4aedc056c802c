"""The outbox, within one transaction: what waits to be sent, what was tried, what could not be delivered."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, func, insert, or_, select, update

from hub.db import Tx, forget_rows
from work.model import GIVEN_UP_AFTER, LAST_ATTEMPT, MOST_IN_A_DIGEST, DeadLetter, Delivery
from work.reasons import NO_SUCH_DEAD_LETTER
from work.store.delivery_tables import deliveries, delivery_targets
from work.store.targets import DEAD, TO_SEND

_table: Final = deliveries.c
_KEPT: Final = timedelta(days=90)


class DeliveryStore:
    """Deliveries by target."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def insert(self, new: Sequence[Delivery]) -> None:
        """Keep what is to be sent."""
        if new:
            names = ("id", "target", "department", "about", "content", "create_time", "next_time")
            fresh = {"state": TO_SEND, "attempts": 0, "fault": "", "letter": ""}
            self._tx.execute(insert(deliveries), [{**{name: getattr(one, name) for name in names}, **fresh} for one in new])

    def drop(self, about: str, targets: Collection[str]) -> None:
        """Forget what no digest has told yet of work that waits no more."""
        if targets:
            untold = (_table.about == about, _table.target.in_(targets), _table.state == TO_SEND, _table.letter == "")
            self._tx.execute(delete(deliveries).where(*untold))

    def next_of(self, target: str, at: datetime) -> list[Delivery]:
        """Return the first message that is due at a webhook, in a list; empty: none is."""
        due = select(deliveries).where(_table.target == target, _table.state == TO_SEND, _table.next_time <= at)
        return list(map(_delivery_from, self._tx.execute(due.order_by(_table.next_time, _table.id).limit(1))))

    def letter_of(self, target: str, at: datetime, letter: str) -> list[Delivery]:
        """Return what the next mail tells: that of one which was tried already, unchanged, or else all that is due, under the name `letter`.

        The same mail has the same name each time, by which a server or a reader knows one that comes twice.
        """
        waits = (_table.target == target, _table.state == TO_SEND, _table.next_time <= at)
        former = self._tx.scalar(select(_table.letter).where(*waits, _table.letter != "").limit(1))
        chosen = select(deliveries).where(*waits, _table.letter == (former or "")).order_by(_table.next_time, _table.id).limit(MOST_IN_A_DIGEST)
        found = list(map(_delivery_from, self._tx.execute(chosen)))
        if found and not former:
            self._tx.execute(update(deliveries).where(_table.id.in_([one.id for one in found])).values(letter=letter))
        return [one if former else one.of(letter) for one in found]

    def delivered(self, ids: Collection[str]) -> None:
        """Forget what arrived."""
        self._tx.execute(delete(deliveries).where(_table.id.in_(ids)))

    def failed(self, target: str, ids: Collection[str], at: datetime, fault: str) -> None:
        """Count a failed attempt. Dead is what was tried often enough, and whatever waits at this target for longer than it may."""
        tried = {"attempts": _table.attempts + 1, "attempt_time": at, "fault": fault}
        self._tx.execute(update(deliveries).where(_table.id.in_(ids)).values(**tried))
        over = or_(_table.attempts >= LAST_ATTEMPT, _table.create_time <= at - GIVEN_UP_AFTER)
        self._tx.execute(update(deliveries).where(_table.target == target, _table.state == TO_SEND, over).values(state=DEAD, fault=fault))

    def dead(self, department: str, before: str | None, count: int) -> list[DeadLetter]:
        """Return dead letters of a department, newest first, below the id `before`."""
        query = select(deliveries).where(_table.department == department, _table.state == DEAD)
        if before is not None:
            query = query.where(_table.id < before)
        return list(map(_letter_from, self._tx.execute(query.order_by(_table.id.desc()).limit(count))))

    def revive(self, department: str, letter_id: str, at: datetime) -> DeadLetter:
        """Let a dead letter be tried once more; raise NotFoundError where the department has none of that id."""
        mine = (_table.id == letter_id, _table.department == department, _table.state == DEAD)
        row = self._tx.execute(select(deliveries).where(*mine)).first()
        alive = {"state": TO_SEND, "attempts": 0, "next_time": at, "letter": ""}
        if row is None or self._tx.execute(update(deliveries).where(*mine).values(**alive)).rowcount != 1:
            raise NO_SUCH_DEAD_LETTER()
        return _letter_from(row)

    def counts(self) -> dict[str, int]:
        """Return how many there are of each state."""
        counted: Any = self._tx.execute(select(_table.state, func.count()).group_by(_table.state))
        found = {state: int(number) for state, number in counted}
        return {TO_SEND: found.get(TO_SEND, 0), DEAD: found.get(DEAD, 0)}


def forget_deliveries(tx: Tx, at: datetime, most: int) -> int:
    """Forget dead letters after 90 days, and what a target that was removed at the same moment left behind."""
    return forget_rows(tx, deliveries, or_(_table.create_time < at - _KEPT, _table.target.not_in(select(delivery_targets.c.id))), most)


def _delivery_from(row: Row[Any]) -> Delivery:
    names = ("id", "target", "department", "about", "content", "create_time", "next_time", "letter")
    return Delivery(**{name: getattr(row, name) for name in names})


def _letter_from(row: Row[Any]) -> DeadLetter:
    names = ("id", "department", "about", "fault", "create_time", "attempt_time")
    return DeadLetter(**{name: getattr(row, name) for name in names}, target_id=row.target, attempt_count=row.attempts)
