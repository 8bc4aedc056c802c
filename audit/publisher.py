"""Signs checkpoints and writes tiles: the part of the log that leaves the hub. Everything here can be derived again from the rows.

Contract: a checkpoint is signed only when the log it names extends the last one that was signed and the last one that was published
(tlog-checkpoint: a log never signs two histories), and it is published only after every tile it rests on is on the disk. Nothing is
written before the rows were found to hash to the log's tree. Each round compares a few old rows with the signed tiles, so that an edit of
what was signed long ago stops the signing too, at the latest when the comparison has come around to it.
"""

import logging
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from audit.checkpoint import Checkpoint, VerifierKey, open_checkpoint, sign_checkpoint
from audit.cleaning import Cleaning
from audit.proofs import ConsistencyProof, InclusionProof, consistency_proof, inclusion_proof
from audit.reasons.records import (
    LOG_ROLLED_BACK,
    NO_CHECKPOINT,
    NOT_YET_PROVABLE,
    ROWS_BESIDE_TREE,
    SIGNED_LOG_REPLACED,
    SIGNED_RECORD_REPLACED,
    SIZE_NOT_COVERED,
    SIZE_OUT_OF_RANGE,
    TILES_BESIDE_TREE,
    UNSIGNED_RECORD_BEHIND_END,
    UNSIGNED_RECORD_LOST,
    UNSIGNED_RECORD_TOUCHED,
)
from audit.store import RecordStore, TreeStore
from audit.tiles import CHECKPOINT, ENTRIES, WIDTH, Tile, TileReader, TileWriter, levels_of, read_file, tiles_of
from audit.tree import CompactRange, leaf_hash, range_root
from hub.clock import Clock
from hub.db import Database, Tx
from hub.errors import NotFoundError, ShuniuError
from hub.signer import Signer

log = logging.getLogger(__name__)
STEP: Final = 65_536  # leaves in memory at a time; a multiple of WIDTH, so portions end where tiles end
TAIL: Final = 4_096
VKEY: Final = "log.vkey"
BUSY: Final = 256
"""A round with so many new records does not compare old ones: it must not hold the traffic up."""
MOST_SKIPPED: Final = 10
"""Rounds in a row that may do so."""
_Portion = tuple[int, list[bytes], list[bytes]]
"""Index of the first, leaves, and their hashes."""


class Publisher:
    """One log's public face in one folder: `checkpoint`, `log.vkey`, `tile/...`."""

    def __init__(self, db: Database, clock: Clock, origin: str, signer: Signer, directory: Path) -> None:
        """Take the log's database, its origin, its key and the folder to write to."""
        self._db = db
        self._clock = clock
        self._origin = origin
        self._signer = signer
        self._directory = directory
        self._writer = TileWriter(directory)
        self._reader = TileReader(directory)
        self._cleaning = Cleaning(directory)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._head: Checkpoint | None = None
        self._compared = 0
        self._skipped = 0
        self.vkey = VerifierKey(origin, signer.public_der[-32:])  # the end of the SubjectPublicKeyInfo is the key (RFC 8410 section 4)

    @property
    def directory(self) -> Path:
        """Return the folder of checkpoint and tiles."""
        return self._directory

    def open(self) -> None:
        """Check the log as it was left (tail, tree, last checkpoint), write tiles that are missing; raise IntegrityError where it was touched."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with self._lock:
            self._head = self._published_head()
            with self._db.read() as tx:
                rows = RecordStore(tx).end()
                signed, whole = self._state(tx)
                if rows > whole.size:
                    raise UNSIGNED_RECORD_BEHIND_END(index=whole.size)
            before, root_before, _ = signed or (0, b"", "")
            self._rebuild(before, root_before)  # first: the checks below read tiles
            self._check_growth(before, root_before, whole, self._portions(before, whole.size))
            # The published file may be older than the database's newest checkpoint, but must be a beginning of the log.
            if self._head is not None and 0 < self._head.size <= before and self._root_at(self._head.size, before) != self._head.root:
                raise SIGNED_LOG_REPLACED(size=self._head.size)
            for start in range(max(0, before - TAIL) // WIDTH * WIDTH, before, WIDTH):
                self._compare(Tile(0, start // WIDTH, min(WIDTH, before - start)))
            with self._db.read() as tx:
                RecordStore(tx).check(max(before, whole.size - TAIL), whole.size)
        self.publish()
        (self._directory / VKEY).write_text(f"{self.vkey}\n", encoding="utf-8")

    def publish(self) -> Checkpoint | None:
        """Sign and publish the log as it stands; return the new checkpoint, None when nothing was added since the last one."""
        with self._lock:
            with self._db.read() as tx:
                signed, whole = self._state(tx)
            before, root_before, note_before = signed or (0, b"", "")
            if whole.size == before:
                if signed and (self._head is None or self._head.size < before):  # signed, but the file was lost or never written
                    self._publish_again(Checkpoint(self._origin, before, root_before), note_before.encode())
                self._cleaning.clean(before)
                return None
            # Small growth is read once and used twice; large growth is read twice, so that memory is bounded.
            portions = list(self._portions(before, whole.size)) if whole.size - before <= STEP else None
            # Before any tile is written: a tile is written once, so a wrong one would stand in the way of the right one.
            self._check_growth(before, root_before, whole, portions or self._portions(before, whole.size))
            self._compare_some(before, whole.size - before)
            self._write_tiles(portions or self._portions(before, whole.size))
            # Out of the tiles on the disk: what is signed is what was written.
            head = Checkpoint(self._origin, whole.size, self._root_at(whole.size, whole.size))
            if head.root != whole.root():
                raise TILES_BESIDE_TREE()
            note = sign_checkpoint(head, self.vkey, self._signer.sign)
            with self._db.begin() as tx:
                # Kept before it is shown: after a crash in between, this note is published and no second one is signed.
                TreeStore(tx).keep_checkpoint(whole.size, head.root, note.decode(), self._clock.now())
            self._publish_note(head, note)
            self._cleaning.clean(head.size)
            return head

    def start(self, seconds: float) -> None:
        """Publish every so many seconds in a thread of its own."""
        self._thread = threading.Thread(target=self._run, args=(seconds,), name="log-publisher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Publish a last time and end the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        try:
            self.publish()
        except ShuniuError as error:
            log.error("the last checkpoint was not signed: %s", error.message)  # noqa: TRY400 - the text says it all

    def checkpoint(self) -> str:
        """Return the newest signed note; raise NotFoundError before the first."""
        with self._db.read() as tx:
            signed = TreeStore(tx).newest_checkpoint()
        if signed is None:
            raise NO_CHECKPOINT()
        return signed[2]

    def inclusion(self, index: int, size: int = 0) -> InclusionProof:
        """Return the proof that record `index` is in the log of `size` (0: the newest checkpoint)."""
        newest = self._signed_size(size)
        size = size or newest
        if not 0 <= index < size:
            raise NOT_YET_PROVABLE(field="index", size=size, index=index)
        node = self._reader.nodes(newest)
        return InclusionProof(index, size, node(0, index), range_root(0, size, node), tuple(inclusion_proof(index, size, node)))

    def consistency(self, size1: int, size2: int = 0) -> ConsistencyProof:
        """Return the proof that the log of `size1` is the beginning of the log of `size2` (0: the newest checkpoint)."""
        newest = self._signed_size(size2)
        size2 = size2 or newest
        if not 0 < size1 <= size2:
            raise SIZE_OUT_OF_RANGE(field="size1", newest=size2)
        node = self._reader.nodes(newest)
        roots = range_root(0, size1, node), range_root(0, size2, node)
        return ConsistencyProof(size1, size2, *roots, tuple(consistency_proof(size1, size2, node)))

    def _signed_size(self, size: int) -> int:
        """Return the size of the newest checkpoint, whose tiles prove every smaller size too; `size` must not be larger."""
        with self._db.read() as tx:
            signed = TreeStore(tx).newest_checkpoint()
        newest = signed[0] if signed else 0
        if not 0 <= size <= newest or newest == 0:
            raise SIZE_NOT_COVERED(field="size", newest=newest)
        return newest

    def _run(self, seconds: float) -> None:
        while not self._stopping.wait(seconds):
            try:
                self.publish()
            except ShuniuError as error:
                log.error("no checkpoint was signed: %s", error.message)  # noqa: TRY400 - the text says it all
            except OSError as error:
                log.error("tiles cannot be written: %s", error.strerror)  # noqa: TRY400 - the text says it all
            except Exception:
                log.exception("the log's publisher failed")

    def _state(self, tx: Tx) -> tuple[tuple[int, bytes, str] | None, CompactRange]:
        """Return the newest checkpoint and the tree; in this order, since the tree only grows. A log shorter than what was signed is refused."""
        signed = TreeStore(tx).newest_checkpoint()
        whole = TreeStore(tx).range()
        known = max(signed[0] if signed else 0, self._head.size if self._head else 0)
        if known > whole.size:
            raise LOG_ROLLED_BACK(signed=known, size=whole.size)
        return signed, whole

    def _published_head(self) -> Checkpoint | None:
        try:
            note = read_file(self._directory / CHECKPOINT, 65_536)  # our own note, with one signature
        except NotFoundError:
            return None
        return open_checkpoint(note, [self.vkey], self._origin)

    def _publish_note(self, head: Checkpoint, note: bytes) -> None:
        self._writer.publish(note)
        self._head = head

    def _publish_again(self, head: Checkpoint, note: bytes) -> None:
        if open_checkpoint(note, [self.vkey], self._origin) != head:
            raise SIGNED_LOG_REPLACED(size=head.size)
        self._publish_note(head, note)

    def _root_at(self, size: int, of: int) -> bytes:
        return range_root(0, size, self._reader.nodes(of))

    def _rebuild(self, size: int, root: bytes) -> None:
        """Write the tiles up to `size` again where any is missing; what is there and right stays, what is there and wrong is refused."""
        names = (tile for level in (ENTRIES, *levels_of(size)) for tile in tiles_of(size, level))
        if all(os.path.lexists(self._directory / self._reader.file_of(tile).path) for tile in names):
            return
        if _fold(CompactRange(), self._portions(0, size)).root() != root:  # or wrong tiles would stand in the way of the right ones
            raise SIGNED_LOG_REPLACED(size=size)
        self._write_tiles(self._portions(0, size))

    def _portions(self, start: int, end: int) -> Iterator[_Portion]:
        """Read the leaves in portions that memory holds; each is held against its stored hash."""
        while start < end:
            upto = min(end, (start // STEP + 1) * STEP)
            with self._db.read() as tx:
                rows = list(RecordStore(tx).leaves(start, upto))
            for index, (position, leaf, stored) in enumerate(rows, start):
                if position != index or leaf_hash(leaf) != stored:
                    raise UNSIGNED_RECORD_TOUCHED(index=index)
            if len(rows) != upto - start:
                raise UNSIGNED_RECORD_LOST(index=start + len(rows))
            yield start, [leaf for _, leaf, _ in rows], [stored for _, _, stored in rows]
            start = upto

    def _write_tiles(self, portions: Iterable[_Portion]) -> None:
        for start, leaves, _ in portions:
            self._writer.extend(start, leaves)

    def _check_growth(self, before: int, root_before: bytes, whole: CompactRange, portions: Iterable[_Portion]) -> None:
        """Refuse to sign a log of which a signed or published one is not the beginning, or whose rows do not hash to its tree."""
        grown = CompactRange.of(before, self._reader.nodes(before))
        if before and grown.root() != root_before:
            raise SIGNED_LOG_REPLACED(size=before)
        for _, _, hashes in portions:
            for one in hashes:
                grown.append(one)
                if self._head is not None and self._head.size == grown.size and self._head.root != grown.root():
                    raise SIGNED_LOG_REPLACED(size=grown.size)
        if grown != whole:
            raise ROWS_BESIDE_TREE()

    def _compare_some(self, size: int, fresh: int) -> None:
        """Compare one tile's worth of signed rows; the next round takes the next tile, around and around."""
        self._skipped = self._skipped + 1 if fresh >= BUSY and self._skipped < MOST_SKIPPED else 0
        if size and not self._skipped:
            start = self._compared if self._compared < size else 0
            self._compare(Tile(0, start // WIDTH, min(WIDTH, size - start)))
            self._compared = start + WIDTH

    def _compare(self, tile: Tile) -> None:
        """Hold the rows of one tile of signed leaves, column by column, against what was signed."""
        start = tile.index * WIDTH
        with self._db.read() as tx:
            rows = RecordStore(tx).check(start, start + tile.width)
        for index, (row, signed) in enumerate(zip(rows, self._reader.hashes(tile), strict=True), start):
            if row != signed:
                raise SIGNED_RECORD_REPLACED(index=index)


def _fold(grown: CompactRange, portions: Iterable[_Portion]) -> CompactRange:
    for _, _, hashes in portions:
        for one in hashes:
            grown.append(one)
    return grown
