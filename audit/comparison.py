"""The whole log at once: its database against what was signed, both against the published files, the index against both. Nothing is mended."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from audit.alarm import find_forgery
from audit.history import History
from audit.patrol import Patrol, index_flaws, missing_records
from audit.reasons.records import SIGNED_LOG_REPLACED
from audit.standing import LogStanding, standing_of
from audit.store import RecordStore, TreeStore
from audit.store.damage import Damage, DamageStore
from audit.tiles import TileWriter
from hub.db import Database
from hub.errors import ShuniuError
from shuniu.proofs.checkpoint import VerifierKey
from shuniu.proofs.offline import verify_directory
from shuniu.proofs.tiles import WIDTH, TileReader
from shuniu.proofs.verdict import LogVerdict

MOST_FLAWS: Final = 100
_REPORT_EVERY: Final = 16
"""Tiles, some four thousand records."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison came to: damaged records, what else is wrong in the database or stopped a part of the comparison, and the files.

    `standing` is how the log stood at the beginning; what came later was not compared.
    """

    standing: LogStanding
    damage: tuple[Damage, ...]
    flaws: tuple[ShuniuError, ...]
    files: LogVerdict

    @property
    def open_damage(self) -> tuple[Damage, ...]:
        """Return the damage of which nobody has taken note."""
        return tuple(one for one in self.damage if one.acknowledged is None)

    @property
    def ok(self) -> bool:
        """Tell whether all is what was written, but for what an operator has taken note of."""
        return not self.open_damage and not self.flaws and self.files.ok


@dataclass(slots=True)
class LogComparer:
    """Compares one log; `report` hears of the progress: records compared, records in all."""

    db: Database
    history: History
    directory: Path
    vkey: VerifierKey
    report: Callable[[int, int], object] = lambda _done, _size: None
    _damage: list[Damage] = field(default_factory=list)
    _flaws: list[ShuniuError] = field(default_factory=list)

    def run(self) -> Comparison:
        """Compare everything once."""
        self._try(self.history.check)
        with self.db.read() as tx:
            standing = standing_of(tx)
            if RecordStore(tx).count() != standing.size:
                self._damage += missing_records(tx, standing.size)
            self._flaws += index_flaws(tx, standing.size)
            self._flaws += filter(None, (find_forgery(tx, one) for one in DamageStore(tx).all()))
        self._try(self._compare_checkpoints)
        self._compare_records(standing)
        files = verify_directory(self.directory, str(self.vkey))
        return Comparison(standing, tuple(_join(self._damage, standing)), tuple(self._flaws), files)

    def _compare_records(self, standing: LogStanding) -> None:
        patrol = Patrol(self.db, TileReader(self.directory), TileWriter(self.directory))
        for start in range(0, standing.signed, WIDTH):
            end = min(start + WIDTH, standing.signed)
            self._try(lambda start=start, end=end: self._damage.extend(patrol.compare(start, end, heal=False)))  # type: ignore[misc]
            if start // WIDTH % _REPORT_EVERY == 0:
                self.report(end, standing.size)
        for start in range(standing.signed, standing.size, WIDTH):
            self._damage += patrol.compare_unsigned(start, min(start + WIDTH, standing.size))
        self.report(standing.size, standing.size)

    def _compare_checkpoints(self) -> None:
        """Compare every checkpoint that the database keeps with its own signature and with the tiles."""
        with self.db.read() as tx:
            kept = list(TreeStore(tx).checkpoints())
        for size, root, note in kept:
            self._try(lambda size=size, root=root, note=note: self._compare_checkpoint(size, root, note, kept[-1][0]))  # type: ignore[misc]

    def _compare_checkpoint(self, size: int, root: bytes, note: str, newest: int) -> None:
        self.history.check_note(size, root, note)
        if self.history.root_at(size, newest) != root:
            raise SIGNED_LOG_REPLACED(size=size)

    def _try(self, part: Callable[[], object]) -> None:
        """Do a part of the comparison; what ends it is a flaw, and the others go on."""
        try:
            part()
        except ShuniuError as error:
            if len(self._flaws) < MOST_FLAWS:
                self._flaws.append(error)


def _join(found: list[Damage], standing: LogStanding) -> Iterator[Damage]:
    """Yield the damage in order, neighbours of one kind as one, each with what an operator took note of."""
    known = [one for one in standing.damage if one.acknowledged is not None]
    last: Damage | None = None
    for one in sorted(set(found), key=lambda one: (one.first, one.last)):
        by = next((this.acknowledged for this in known if this.holds(one.first) and this.holds(one.last)), None)
        if last is not None and one.first <= last.last + 1 and (one.reason, by) == (last.reason, last.acknowledged):
            last = Damage(last.first, max(last.last, one.last), last.reason, by)
            continue
        if last is not None:
            yield last
        last = Damage(one.first, one.last, one.reason, by)
    if last is not None:
        yield last
