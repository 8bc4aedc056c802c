"""Holds what database and folder say today against what was signed: records, tiles, entry bundles and the index, around and around.

What is derived and found wrong (a bundle, an index row) is made anew at once and told: the record decides. A record that is wrong stays as
it is: it is evidence.
"""

import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from audit.batch import StoredRecord
from audit.model import Record
from audit.reasons.damage import INDEX_BEYOND_LOG, INDEX_STATE_LOST
from audit.reasons.records import RECORD_RESTORED
from audit.rows import index_row
from audit.store import IndexStore, RecordStore
from audit.store.damage import INDEX_WRONG, Damage, DamageStore
from audit.tiles import TileWriter
from hub.db import Database, Tx
from hub.errors import IntegrityError, ShuniuError
from shuniu.proofs.tiles import ENTRIES, WIDTH, Tile, TileReader, pack_entries
from shuniu.proofs.tree import leaf_hash, root_of

log = logging.getLogger(__name__)
DAYS: Final = 7
"""The whole log is compared at least once in so many days (a hub that always serves; a start begins anywhere in the log)."""
MOST_AT_ONCE: Final = 64
"""Tiles of one round, about a second of one core: 300 million records need more days."""
HIDDEN_EVERY: Final = 10
"""Rounds between two looks at the records of which the index says nothing: 40 ms where 100,000 were erased."""
_SECONDS_A_DAY: Final = 86_400


@dataclass(slots=True)
class Patrol:
    """Compares one log. `round` is called by the publisher's thread alone."""

    db: Database
    reader: TileReader
    writer: TileWriter
    _next: int = -1
    _rounds: int = 0

    def round(self, size: int, seconds: float) -> Iterator[Damage]:
        """Compare as many tiles of the `size` signed records as are due every `seconds`; yield what is damaged."""
        tiles = -(-size // WIDTH)
        if not tiles:
            return
        if self._next < 0:
            self._next = secrets.randbelow(tiles)  # a hub that is restarted every day gets everywhere too
        for _ in range(min(tiles, MOST_AT_ONCE, max(1, round(tiles * seconds / (DAYS * _SECONDS_A_DAY) + 0.5)))):
            start = self._next % tiles * WIDTH
            self._next = self._next % tiles + 1
            yield from self.compare(start, min(start + WIDTH, size))
        if self._rounds % HIDDEN_EVERY == 0:
            yield from self.hidden(size)
        self._rounds += 1

    def compare(self, start: int, end: int, *, heal: bool = True) -> Iterator[Damage]:
        """Compare the signed records from `start`, where a tile begins, to before `end` within that tile; yield what is damaged."""
        tile = Tile(0, start // WIDTH, end - start)
        with self.db.snapshot() as tx:  # records and what erased them in one state of the database
            found = dict(RecordStore(tx).range(start, end))
            read = _readable(tx, found)
        signed = self._signed(tile, found, heal=heal)
        whole = {index: one for index, one in found.items() if leaf_hash(one.leaf) == signed[index - start]}
        readable = {index: record for index, record in read.items() if index in whole}
        yield from _damage_of(start, len(signed), found, whole, readable)
        if len(whole) == end - start:
            self._compare_bundle(Tile(ENTRIES, tile.index, tile.width), [whole[index].leaf for index in range(start, end)], heal=heal)
        yield from self._compare_index(start, end, readable, heal=heal)

    def compare_unsigned(self, start: int, end: int) -> Iterator[Damage]:
        """Compare records that no checkpoint covers yet with their index rows, from `start` to before `end`; nothing is mended."""
        yield from unsigned_damage(self.db, start, end)
        with self.db.snapshot() as tx:
            readable = _readable(tx, dict(RecordStore(tx).range(start, end)))
        yield from self._compare_index(start, end, readable, heal=False)

    def hidden(self, size: int) -> Iterator[Damage]:
        """Compare those records, the first `size` of them signed, of which the index says less than it should; yield what is damaged."""
        with self.db.read() as tx:
            known = [one for one in DamageStore(tx).all() if one.unreadable]
            unsaid, damaged = RecordStore(tx).hidden()
            places = {one.first for one in damaged if not any(this.holds(one.first) for this in known)}
            places |= {record.index for record, _ in unsaid if IndexStore(tx).rows(record.index, record.index + 1) != [_row(record.index, record)]}
        for start in sorted({place // WIDTH * WIDTH for place in places}):
            if start < size:
                yield from self.compare(start, min(start + WIDTH, size))
        for place in sorted(places):
            if place >= size:
                yield from unsigned_damage(self.db, place, place + 1)

    def _signed(self, tile: Tile, found: dict[int, StoredRecord], *, heal: bool) -> list[bytes]:
        """Return the signed hashes of a tile. Where its file differs from the records, the tile above tells which of the two is wrong."""
        hashes = [leaf_hash(found[index].leaf) for index in sorted(found)]
        provable = tile.width == WIDTH == len(hashes)  # only a full tile has its hash in the one above
        try:
            signed = self.reader.hashes(tile)
        except ShuniuError:
            if not provable:
                raise
            signed = []
        if signed == hashes or not provable:
            return signed
        above = self.reader.hashes(Tile(1, tile.index // WIDTH, tile.index % WIDTH + 1))[-1]
        if root_of(hashes) != above:
            return signed or self.reader.hashes(tile)
        log.error("the published file %s is not what was written%s", tile.path, "; it is written anew" if heal else "")
        if heal:
            self.writer.replace(tile, b"".join(hashes))
        return hashes

    def _compare_bundle(self, tile: Tile, leaves: list[bytes], *, heal: bool) -> None:
        """Compare the published entries with the leaves, which fit the signed hashes: so the file is wrong where they differ."""
        if self.reader.file_of(tile) != tile:
            return  # a wider file took its place just now; its turn comes
        try:
            same = self.reader.entries(tile) == leaves
        except ShuniuError:
            same = False
        if not same:
            log.error("the published file %s is not what was written%s", tile.path, "; it is written anew" if heal else "")
            if heal:
                self.writer.replace(tile, pack_entries(leaves))

    def _compare_index(self, start: int, end: int, whole: dict[int, Record], *, heal: bool) -> Iterator[Damage]:
        """Compare the index rows with the records both ways: a row that is missing hides an access, a row too many invents one."""
        with self.db.read() as tx:
            end = min(end, IndexStore(tx).mark() or 0)
            differing = list(_wrong_rows(tx, start, end, whole))
        # Once more, in one state of the database: a record that was erased between the two looks is no damage.
        wrong = list(self._still_wrong(start, end, differing)) if differing else []
        for index in wrong:
            yield Damage(index, index, INDEX_WRONG)
        if wrong and heal:
            self._heal_index(wrong)

    def _still_wrong(self, start: int, end: int, differing: Sequence[int]) -> Iterator[int]:
        with self.db.snapshot() as tx:
            found = dict(RecordStore(tx).range(start, end))
            yield from _wrong_rows(tx, start, end, _readable(tx, {index: found[index] for index in differing if index in found}))

    def _heal_index(self, wrong: Sequence[int]) -> None:
        """Make these rows anew out of the records as they are now; whoever erases a record waits for it, and it for them."""
        with self.db.begin() as tx:
            store = IndexStore(tx)
            store.lock()
            found = {index: one for place in wrong for index, one in RecordStore(tx).range(place, place + 1)}
            store.remove(wrong)
            store.insert([_row(index, record) for index, record in _readable(tx, found).items()])


def unsigned_damage(db: Database, start: int, end: int) -> Iterator[Damage]:
    """Yield records behind the newest checkpoint, from `start` to before `end`, that cannot be read; that none is missing the tree shows."""
    with db.snapshot() as tx:
        found = dict(RecordStore(tx).range(start, end))
        read = _readable(tx, found)
    for index in found:
        if index not in read:
            yield Damage(index, index, "LOG_BROKEN")


def missing_records(tx: Tx, size: int) -> Iterator[Damage]:
    """Yield the gaps in a log of `size` records; costs a walk over all batches, so it is called where their sum does not fit the size."""
    at = 0
    for first, count in RecordStore(tx).spans():
        if first > at:
            yield Damage(at, first - 1, "LOG_BROKEN")
        at = max(at, first + count)
    if at < size:
        yield Damage(at, size - 1, "LOG_BROKEN")


def index_flaws(tx: Tx, size: int) -> Iterator[IntegrityError]:
    """Yield what is wrong with how far the index of a log of `size` records is said to go, and with rows behind the log's end."""
    mark = IndexStore(tx).mark()
    if mark is None:
        yield INDEX_STATE_LOST()
    covered = max(mark or 0, IndexStore(tx).end())
    if covered > size:
        yield INDEX_BEYOND_LOG(covered=covered, size=size)


def _damage_of(
    start: int, count: int, found: dict[int, StoredRecord], whole: dict[int, StoredRecord], readable: dict[int, Record]
) -> Iterator[Damage]:
    for index in range(start, start + count):
        if index not in readable:
            yield Damage(index, index, "LOG_REWRITTEN" if index in found and index not in whole else "LOG_BROKEN")


def _readable(tx: Tx, found: dict[int, StoredRecord]) -> dict[int, Record]:
    """Return those records that are what their leaves committed to; of the others nobody knows what their index row should say.

    It is most of what a comparison costs, so each record is read once. One that was erased and has its content again is none of them.
    """
    read: dict[int, Record] = {}
    if not found:
        return read
    store = RecordStore(tx)
    for index, one in found.items():
        with suppress(IntegrityError):
            read[index] = store.record_of(index, one)
    for index, erasure in store.erasures.between(min(found), max(found) + 1).items():
        if index in read and not read[index].erased:
            log.error("%s", RECORD_RESTORED(index=index, by=erasure.index).message)
            del read[index]
    return read


def _wrong_rows(tx: Tx, start: int, end: int, whole: dict[int, Record]) -> Iterator[int]:
    rows: dict[int, list[tuple[object, ...]]] = {}
    for row in IndexStore(tx).rows(start, end):
        rows.setdefault(row[0], []).append(row)
    for index in range(start, end):
        if index not in whole or rows.get(index) == [_row(index, whole[index])]:
            continue
        if not (RecordStore(tx).is_former(index) and index not in rows):  # a former row is searched where it stands until it is moved
            yield index


def _row(index: int, record: Record) -> tuple[object, ...]:
    return index_row(index, record, record.pseudonym)
