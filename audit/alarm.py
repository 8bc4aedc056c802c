"""What follows from damage.

A record that is not what was written is refused to readers, and stops the signing until an operator takes note of it. A log that was put
back, or whose tree does not hold, takes no record any more, so nothing is released (docs/threat-model.md).
"""

import logging
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from audit.memory import LogMemory
from audit.reasons.damage import ACKNOWLEDGEMENT_FORGED
from audit.reasons.records import DAMAGE_OPEN, TOO_MUCH_DAMAGE
from audit.store import RecordStore
from audit.store.damage import TOPIC, Damage, DamageStore
from hub.clock import Clock
from hub.db import Database, Tx
from hub.errors import ShuniuError

log = logging.getLogger(__name__)
DAMAGED: Final = DAMAGE_OPEN.name
ACKNOWLEDGE: Final = "audit.AcknowledgeDamage"
"""The action under which taking note of damage stands in the log."""
MOST_DAMAGE: Final = 1_000
"""Single damages; a log with more of them is treated as one whose tree does not hold."""


@dataclass(frozen=True, slots=True)
class LogHealth:
    """How the log is: when the newest checkpoint was signed, since when and why signing fails, which damage nobody has taken note of.

    `refusing` is why no record is taken any more, None while records are taken.
    """

    signed_at: datetime | None
    failing_since: datetime | None
    last_error: ShuniuError | None
    refusing: ShuniuError | None
    open_damage: tuple[Damage, ...]


class Alarm:
    """The alarm over one log. Findings come from the publisher, the patrol and readers; who asks are health, pages, doctor and the log itself."""

    def __init__(self, db: Database, clock: Clock, memory: LogMemory) -> None:
        """Take the database, the clock, and the memory by which the log's writers are stopped. `load` is to be called once tables stand."""
        self._db, self._clock, self._memory = db, clock, memory
        self._lock = threading.Lock()
        self._damage: tuple[Damage, ...] = ()
        self._signed_at: datetime | None = None
        self._failing_since: datetime | None = None
        self._last_error: ShuniuError | None = None

    def load(self) -> None:
        """Read what is known to be damaged, and follow what other processes find or acknowledge."""
        self._db.on_change(self._reload, self._read)
        self._read()

    @property
    def health(self) -> LogHealth:
        """Return how the log is at this moment."""
        with self._lock:
            return LogHealth(
                signed_at=self._signed_at,
                failing_since=self._failing_since,
                last_error=self._last_error,
                refusing=self._memory.broken,
                open_damage=tuple(one for one in self._damage if one.acknowledged is None),
            )

    def report(self, error: ShuniuError) -> None:
        """Take what stopped the publisher. A log that was put back, or that does not hash to its tree, takes no record from now on."""
        with self._lock:
            news = self._last_error is None or self._last_error.message != error.message
            self._last_error = error
            self._failing_since = self._failing_since or self._clock.now()
        if news:  # a round comes every second, and one line says it
            log.error("no checkpoint is signed: %s: %s", error.reason, error.message)
        if error.reason in _STOPPING:
            self._memory.condemn(error)

    def note(self, found: Damage) -> None:
        """Take damaged records; beyond `MOST_DAMAGE` of them the log takes no record from now on."""
        with self._db.begin() as tx:
            new = DamageStore(tx).note(found, self._clock.now())
        if not new:
            return
        what = "records" if found.unreadable else "the index rows of records"
        log.error("%s %d to %d of the log are not what was written: %s", what, found.first, found.last, found.reason)
        self._read()

    def check_may_sign(self) -> None:
        """Raise IntegrityError where damage is known of which nobody has taken note."""
        for one in self._damage:
            # An index row is derived and made anew at once, so the signing goes on.
            if one.acknowledged is None and one.unreadable:
                raise DAMAGE_OPEN(index=one.first)

    def note_round(self, signed_at: datetime | None) -> None:
        """Take note of a round without an error and of the time of the newest checkpoint."""
        with self._lock:
            self._signed_at, self._failing_since, self._last_error = signed_at, None, None

    def _reload(self, topic: str, _key: str) -> None:
        if topic == TOPIC:
            self._read()

    def _read(self) -> None:
        with self._db.read() as tx:
            found = tuple(known_damage(tx))
        with self._lock:
            self._damage = found
        if sum(one.count for one in found if one.acknowledged is None and one.unreadable) > MOST_DAMAGE:
            self._memory.condemn(TOO_MUCH_DAMAGE(most=MOST_DAMAGE))


def known_damage(tx: Tx) -> list[Damage]:
    """Return the damage that is known. Taking note counts only where the log says so: a row of this table alone ends no alarm."""
    return [replace(one, acknowledged=None) if find_forgery(tx, one) else one for one in DamageStore(tx).all()]


def find_forgery(tx: Tx, one: Damage) -> ShuniuError | None:
    """Return what is wrong where the record that damage was taken note of in does not say so, None where it does or nobody took note."""
    if one.acknowledged is None:
        return None
    try:
        record, _ = RecordStore(tx).get(one.acknowledged)
        said = record.action == ACKNOWLEDGE and one.holds(int(record.resource.rpartition("/")[2]))
    except (ShuniuError, ValueError):
        said = False
    return None if said else ACKNOWLEDGEMENT_FORGED(index=one.first, by=one.acknowledged)


_STOPPING: Final = frozenset({"LOG_BROKEN", "LOG_REWRITTEN", "LOG_ROLLED_BACK"})
