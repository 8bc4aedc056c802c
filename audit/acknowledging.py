"""An operator takes note of damage: who and why stands in the log, the alarm over these records ends, and checkpoints are signed again.

The records stay refused to readers. Of a log that was put back, or that does not hash to its tree, no damage can be taken note of: there it
is not single records that are in doubt.
"""

from typing import Final

from audit.alarm import ACKNOWLEDGE, known_damage
from audit.history import History
from audit.reasons.damage import ALREADY_ACKNOWLEDGED, NOT_AN_INDEX, NOT_DAMAGED
from audit.store import RecordStore
from audit.store.damage import TOPIC, Damage, DamageStore
from hub.db import Tx
from hub.unit_of_work import Change, Kit, Step
from hub.wording import Officer, Reasons

RECORDS: Final = "auditRecords"
_MOST_DIGITS: Final = 18


class Acknowledging:
    """Takes note of damage in one log."""

    def __init__(self, kit: Kit, history: History) -> None:
        """Take the kit, and what the log is held against before anything is written."""
        self._kit = kit
        self._history = history

    def acknowledge(self, step: Step) -> tuple[Damage, int]:
        """Take note of the damage that the record `step.name` (auditRecords/INDEX) is part of; return it with the index of the record of it."""
        reason, officer = Reasons(step.reason), Officer.or_none(step.officer)
        index = _index_of(step.name)
        self._history.check()
        with self._kit.db.begin() as tx:
            # First, as every change does it: the counter before the tree, and of two commands at once the second finds what the first did.
            tx.announce(TOPIC, str(index))
            found = _open_damage(tx, index)
            by = RecordStore(tx).lock()
            DamageStore(tx).acknowledge(found.first, by)
            self._kit.journal.write(
                tx,
                Change(
                    kind="admin",
                    at=self._kit.clock.now(),
                    action=ACKNOWLEDGE,
                    actor=step.caller,
                    officer=officer,
                    resource=f"{RECORDS}/{index}",
                    reason=reason,
                    detail={"damage": f"{found.reason} {found.first}-{found.last}"},
                ),
            )
        return found, by


def _open_damage(tx: Tx, index: int) -> Damage:
    found = next((one for one in known_damage(tx) if one.holds(index)), None)
    if found is None:
        raise NOT_DAMAGED(index=index)
    if found.acknowledged is not None:
        raise ALREADY_ACKNOWLEDGED(index=index, by=found.acknowledged)
    return found


def _index_of(name: str) -> int:
    collection, _, number = name.partition("/")
    if collection != RECORDS or not number.isascii() or not number.isdecimal() or len(number) > _MOST_DIGITS:
        raise NOT_AN_INDEX(field="name")
    return int(number)
