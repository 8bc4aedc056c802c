"""How far subscriptions are acknowledged, and of which records a consumer was told where its grant covers some rows alone.

No row of them decides what may leave: the grant does. A token is sealed, and a record is known by a keyed digest: neither names anybody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table, and_, insert, select, update

from brokerage.store.tables import correction_notices, objections
from hub.db import Moment, Tx, forget_rows, metadata

KEPT: Final = timedelta(days=90)
"""So long a cursor is kept that nobody moves and from which nobody goes on; what was told of records goes with it."""
CORRECTED_FOR: Final = timedelta(days=90)
"""So long after a correction the changes of its record name it."""
MOST_CORRECTED: Final = 10_000
_AT_ONCE: Final = 500
_MARK: Final = 16

subscription_cursors: Final = Table(
    "subscription_cursors",
    metadata,
    Column("grant_id", String(26), primary_key=True),
    Column("system", String(40), primary_key=True),
    Column("edition", String(80), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("token", LargeBinary, nullable=False),
    Column("time", Moment, nullable=False),
)
subscription_records: Final = Table(
    "subscription_records",
    metadata,
    Column("grant_id", String(26), primary_key=True),
    Column("system", String(40), primary_key=True),
    Column("mark", LargeBinary(_MARK), primary_key=True),
    Column("left_position", BigInteger),
)
_cursors, _records = subscription_cursors.c, subscription_records.c


@dataclass(frozen=True, slots=True)
class Cursor:
    """Up to where a system has everything: the edition and the position in it, and the token that goes on there; empty at the beginning."""

    edition: str = ""
    position: int = 0
    token: bytes = b""


class SubscriptionStore:
    """What is kept of the subscriptions of one system under one grant, within one transaction."""

    def __init__(self, tx: Tx, grant_id: str, system: str) -> None:
        """Bind to a transaction, a grant and a system."""
        self._tx, self._grant, self._system = tx, grant_id, system
        self._mine = and_(_cursors.grant_id == grant_id, _cursors.system == system)
        self._told = and_(_records.grant_id == grant_id, _records.system == system)

    def cursor(self) -> Cursor | None:
        """Return up to where it has everything, None where it never subscribed."""
        row = self._tx.execute(select(_cursors.edition, _cursors.position, _cursors.token).where(self._mine)).first()
        return Cursor(row.edition, row.position, bytes(row.token)) if row else None

    def hold(self) -> None:
        """Let nobody else write about this subscription until commit."""
        self._tx.hold(f"subscription {self._grant} {self._system}")

    def put(self, cursor: Cursor, at: datetime, *, is_known: bool) -> None:
        """Write up to where it has everything; the time is when it was written last."""
        values = {"edition": cursor.edition, "position": cursor.position, "token": cursor.token, "time": at}
        if is_known:
            self._tx.execute(update(subscription_cursors).where(self._mine).values(**values))
        else:
            self._tx.execute(insert(subscription_cursors).values(grant_id=self._grant, system=self._system, **values))

    def begin_anew(self) -> None:
        """Take note that everything comes from the beginning: that a record left is to be told again."""
        self._tx.execute(update(subscription_records).where(self._told, _records.left_position.is_not(None)).values(left_position=None))

    def told(self, keys: Sequence[str]) -> dict[str, int | None]:
        """Return which of these keys the consumer was told of: at which position that the record left, None where it did not."""
        marks = {self._mark(key): key for key in keys}
        found: dict[str, int | None] = {}
        names = list(marks)
        for start in range(0, len(names), _AT_ONCE):
            query = select(_records.mark, _records.left_position).where(self._told, _records.mark.in_(names[start : start + _AT_ONCE]))
            found |= {marks[bytes(row.mark)]: row.left_position for row in self._tx.execute(query)}
        return found

    def tell(self, fresh: Sequence[str], moved: Mapping[str, int | None]) -> None:
        """Note keys that the consumer is told of for the first time, and at which position records left, None for those that are back."""
        of = {"grant_id": self._grant, "system": self._system}
        if fresh:
            self._tx.execute(insert(subscription_records), [{**of, "mark": self._mark(key), "left_position": None} for key in fresh])
        for key, position in moved.items():
            self._tx.execute(update(subscription_records).where(self._told, _records.mark == self._mark(key)).values(left_position=position))

    def _mark(self, key: str) -> bytes:
        return self._tx.keyed(f"subscription {self._grant} {key}".encode())[:_MARK]


def corrections(tx: Tx, entry: str, consumer: str, at: datetime) -> dict[bytes, tuple[str, ...]]:
    """Return by whose pseudonym which objections corrected a record of an entry lately, of those that a consumer knows of: by its notice."""
    notices, name = correction_notices.c, "objections/" + objections.c.id
    query = (
        select(objections.c.subject_pseudonym, objections.c.id)
        .join(correction_notices, notices.objection == name)
        .where(notices.recipient == consumer, notices.entry == entry, notices.create_time > at - CORRECTED_FOR)
        .order_by(objections.c.id.desc())
        .limit(MOST_CORRECTED)
    )
    found: dict[bytes, tuple[str, ...]] = {}
    for row in tx.execute(query):
        whose = bytes(row.subject_pseudonym)
        found[whose] = (*found.get(whose, ()), f"objections/{row.id}")
    return found


def forget_subscriptions(tx: Tx, at: datetime, most: int) -> int:
    """Forget cursors that stood still for 90 days, and what was told of records under them."""
    mine = select(_cursors.grant_id).where(_cursors.grant_id == _records.grant_id, _cursors.system == _records.system)
    gone = forget_rows(tx, subscription_records, ~mine.exists(), most)
    return gone + forget_rows(tx, subscription_cursors, _cursors.time < at - KEPT, most - gone) if gone < most else gone
