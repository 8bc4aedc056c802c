"""How a log stands, as its database says: for health, pages, the metric, and the doctor, who is another process than the hub."""

from dataclasses import dataclass
from datetime import datetime

from audit.alarm import known_damage
from audit.store import IndexStore, RecordStore, TreeStore, log_size
from audit.store.damage import Damage
from hub.db import Tx
from hub.errors import ShuniuError


@dataclass(frozen=True, slots=True)
class LogStanding:
    """`size` records are committed, the first `signed` of them stand under a checkpoint of `signed_at`, the first `indexed` in the index."""

    size: int
    signed: int
    signed_at: datetime | None
    indexed: int
    damage: tuple[Damage, ...]

    @property
    def unsigned(self) -> int:
        """Return how many records no checkpoint covers yet."""
        return max(0, self.size - self.signed)

    @property
    def unindexed(self) -> int:
        """Return how many records the index does not cover yet."""
        return max(0, self.size - self.indexed)

    @property
    def open_damage(self) -> tuple[Damage, ...]:
        """Return the damage of which nobody has taken note."""
        return tuple(one for one in self.damage if one.acknowledged is None)

    def age(self, now: datetime) -> float | None:
        """Return the seconds since the newest checkpoint was signed, None before the first."""
        return None if self.signed_at is None else max(0.0, (now - self.signed_at).total_seconds())


def standing_of(tx: Tx) -> LogStanding:
    """Read how the log stands: a few rows, however long it is."""
    signed_at, signed = TreeStore(tx).newest_checkpoint_at()
    indexed = IndexStore(tx).mark() or 0
    damage = tuple(known_damage(tx))
    return LogStanding(log_size(tx), signed, signed_at, indexed, damage)  # the size last: it grows, and the others must not seem ahead of it


def waiting_since(tx: Tx, standing: LogStanding) -> datetime | None:
    """Return the time of the oldest record that no checkpoint covers, None where all are covered; one that cannot be read is passed over."""
    for index in range(standing.signed, min(standing.size, standing.signed + 10)):
        try:
            return RecordStore(tx).get(index)[0].at
        except ShuniuError:
            continue
    return standing.signed_at if standing.unsigned else None
