"""Targets of deliveries, within one transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, exists, false, func, or_, select, update

from hub.access import Duty
from hub.db import Tx, checked, fitting, put
from work.model import DeliveryTarget
from work.reasons import NO_SUCH_TARGET
from work.store.delivery_tables import deliveries, delivery_targets

TO_SEND: Final = "waiting"
DEAD: Final = "dead"
_table: Final = delivery_targets.c


class TargetStore:
    """Targets by id."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def hold(self, department: str) -> None:
        """Wait for whoever else sets a target of the department."""
        self._tx.hold(f"delivery targets of {department}")

    def insert(self, target: DeliveryTarget) -> None:
        """Keep a new target."""
        said = {name: getattr(target, name) for name in ("id", "department", "webhook", "email", "create_time")}
        moving = {"fault": "", "failures": 0, "claim": ""}
        put(self._tx, delivery_targets, {**said, "duties": [one.value for one in target.duties], **moving})

    def get(self, target_id: str) -> DeliveryTarget:
        """Return a target; raise NotFoundError where there is none."""
        row = checked(self._tx, delivery_targets, self._tx.execute(select(delivery_targets).where(_table.id == target_id)).first())
        if row is None:
            raise NO_SUCH_TARGET()
        return self._read([row._asdict()])[0]

    def of(self, department: str) -> list[DeliveryTarget]:
        """Return the targets of a department, oldest first, with how much waits and how much is dead."""
        return self._read(self._rows(department))

    def to_tell(self, department: str) -> list[DeliveryTarget]:
        """Return the same without the counts, for whoever has an event to tell."""
        return [_target_from(row, {}) for row in self._rows(department)]

    def remove(self, target: DeliveryTarget) -> None:
        """Forget a target and what waits to be sent to it."""
        self._tx.execute(delete(deliveries).where(deliveries.c.target == target.id))
        self._tx.execute(delete(delivery_targets).where(_table.id == target.id))
        self._tx.touch(delivery_targets, target.id)

    def due(self, at: datetime, count: int, *, webhooks: bool, mail: bool) -> list[tuple[str, str]]:
        """Return (id, department) of targets to which something is to be sent now and at which no sender is; at most so many, of those kinds."""
        waits = exists().where(deliveries.c.target == _table.id, deliveries.c.state == TO_SEND, deliveries.c.next_time <= at)
        free = or_(_table.claim_until.is_(None), _table.claim_until <= at)
        rested = or_(_table.retry_time.is_(None), _table.retry_time <= at)
        kind = or_(*(column != "" for column, is_sent in ((_table.webhook, webhooks), (_table.email, mail)) if is_sent), false())
        query = select(_table.id, _table.department).where(waits, free, rested, kind).order_by(_table.deliver_time, _table.id).limit(count)
        return [(row.id, row.department) for row in self._tx.execute(query)]

    def failing(self) -> list[tuple[str, str, str]]:
        """Return (department, id, fault) of targets that the last attempt did not reach, of every department."""
        query = select(_table.department, _table.id, _table.fault).where(_table.fault != "").order_by(_table.department, _table.id)
        return [(row.department, row.id, row.fault) for row in self._tx.execute(query)]

    def claim(self, target_id: str, claim: str, at: datetime, lease: timedelta) -> DeliveryTarget | None:
        """Take a target for one sender for so long; None where another is at it, or where the row is not what the log's records say.

        One UPDATE decides, so it holds between threads, processes and machines.
        """
        free = or_(_table.claim_until.is_(None), _table.claim_until <= at)
        taken = update(delivery_targets).where(_table.id == target_id, free).values(claim=claim, claim_until=at + lease)
        if self._tx.execute(taken).rowcount != 1:
            return None
        rows = fitting(self._tx, delivery_targets, list(self._tx.execute(select(delivery_targets).where(_table.id == target_id))))
        return _target_from(rows[0]._asdict(), {}) if rows else None

    def prolong(self, target_id: str, claim: str, until: datetime) -> bool:
        """Keep a claim for longer; False where it was lost."""
        return self._move(target_id, claim, claim_until=until)

    def release(self, target_id: str, claim: str) -> None:
        """Give a claim up."""
        self._move(target_id, claim, claim="", claim_until=None)

    def note_delivered(self, target_id: str, at: datetime) -> None:
        """Note that something arrived there, whoever sent it."""
        moved = {"deliver_time": at, "fault": "", "failures": 0, "retry_time": None}
        self._tx.execute(update(delivery_targets).where(_table.id == target_id).values(**moved))

    def note_fault(self, target_id: str, claim: str, fault: str) -> int | None:
        """Note what an attempt met and return how many have failed in a row; None where the claim was lost."""
        if not self._move(target_id, claim, fault=fault, failures=_table.failures + 1):
            return None
        return int(self._tx.scalar(select(_table.failures).where(_table.id == target_id)))

    def rest(self, target_id: str, until: datetime | None) -> None:
        """Leave a target alone until then; None: no longer."""
        self._tx.execute(update(delivery_targets).where(_table.id == target_id).values(retry_time=until))

    def _move(self, target_id: str, held: str, **values: Any) -> bool:
        # `held`: a sender that was stopped for longer than its claim lasts changes nothing any more.
        moved = update(delivery_targets).where(_table.id == target_id, _table.claim == held).values(**values)
        return self._tx.execute(moved).rowcount == 1

    def _rows(self, department: str) -> list[dict[str, Any]]:
        query = select(delivery_targets).where(_table.department == department).order_by(_table.id)
        return [row._asdict() for row in fitting(self._tx, delivery_targets, list(self._tx.execute(query)))]

    def _read(self, rows: list[dict[str, Any]]) -> list[DeliveryTarget]:
        ids = [row["id"] for row in rows]
        query = select(deliveries.c.target, deliveries.c.state, func.count()).where(deliveries.c.target.in_(ids))
        counted: Any = self._tx.execute(query.group_by(deliveries.c.target, deliveries.c.state)).all()
        counts = {(target, state): int(number) for target, state, number in counted}
        return [_target_from(row, counts) for row in rows]


def _target_from(row: Mapping[str, Any], counts: Mapping[tuple[str, str], int]) -> DeliveryTarget:
    kept: dict[str, Any] = {name: row[name] for name in ("id", "department", "webhook", "email", "create_time", "deliver_time", "fault")}
    counted: dict[str, Any] = {"waiting_count": counts.get((row["id"], TO_SEND), 0), "dead_count": counts.get((row["id"], DEAD), 0)}
    return DeliveryTarget(**kept, duties=tuple(map(Duty, row["duties"])), **counted)
