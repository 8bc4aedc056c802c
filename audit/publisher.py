"""Signs checkpoints and writes tiles: the part of the log that leaves the hub. Everything here can be derived again from the rows.

Contract: a checkpoint is signed only when the log it names extends the last one that was signed and the last one that was published
(tlog-checkpoint: a log never signs two histories), and it is published only after every tile it rests on is on the disk. Nothing is
written before the rows were found to hash to the log's tree. Each round compares a few old rows with the signed tiles, so that an edit of
what was signed long ago stops the signing too, at the latest when the comparison has come around to it.
"""

import logging
import os
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from audit.alarm import DAMAGED, Alarm
from audit.checkpoint import sign_checkpoint
from audit.cleaning import Cleaning
from audit.history import STEP, History, Portion, fold
from audit.memory import LogMemory
from audit.patrol import Patrol, index_flaws, missing_records, unsigned_damage
from audit.reasons.records import (
    NO_CHECKPOINT,
    NOT_YET_PROVABLE,
    SIGNED_LOG_REPLACED,
    SIZE_NOT_COVERED,
    SIZE_OUT_OF_RANGE,
    TILES_BESIDE_TREE,
    TILES_UNWRITTEN,
)
from audit.store import RecordStore, TreeStore
from audit.tiles import TileWriter
from hub.clock import Clock
from hub.db import Database
from hub.errors import IntegrityError, ShuniuError
from hub.signer import Signer
from shuniu.proofs.checkpoint import Checkpoint, VerifierKey, open_checkpoint
from shuniu.proofs.proof import ConsistencyProof, InclusionProof, consistency_proof, inclusion_proof
from shuniu.proofs.tiles import ENTRIES, WIDTH, TileReader, levels_of, tiles_of
from shuniu.proofs.tree import CompactRange, range_root

log = logging.getLogger(__name__)
TAIL: Final = 4_096
VKEY: Final = "log.vkey"
BUSY: Final = 256
"""A round with so many new records does not compare old ones: it must not hold the traffic up."""
MOST_SKIPPED: Final = 10
"""Rounds in a row that may do so."""


class Publisher:
    """One log's public face in one folder: `checkpoint`, `log.vkey`, `tile/...`."""

    def __init__(self, db: Database, clock: Clock, origin: str, signer: Signer, directory: Path, memory: LogMemory | None = None) -> None:
        """Take the log's database, its origin, its key, the folder to write to, and the memory by which the log's writers are stopped."""
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
        self._skipped = 0
        self._seconds = 1.0
        self._opened = False
        self._signed_at: datetime | None = None
        memory = memory or LogMemory()
        self.alarm = Alarm(db, clock, memory)
        self._patrol = Patrol(db, self._reader, self._writer)
        self.vkey = VerifierKey(origin, signer.public_der[-32:])  # the end of the SubjectPublicKeyInfo is the key (RFC 8410 section 4)
        self._history = History(db, origin, self.vkey, directory, memory)

    @property
    def directory(self) -> Path:
        """Return the folder of checkpoint and tiles."""
        return self._directory

    def open(self) -> None:
        """Check the log as it was left (tail, tree, last checkpoint), write tiles that are missing.

        A log that was put back or does not hash to its tree raises IntegrityError; single records that are damaged raise the alarm.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        self.alarm.load()
        with self._lock:
            self._history.read_head()
            with self._db.read() as tx:
                signed, whole = self._history.state(tx)
            before, root_before, _ = signed or (0, b"", "")
            self._rebuild(before, root_before)  # first: the checks below read tiles
            self._history.check_all(signed, whole)
            self._find_damage(before, whole.size)
        with self._db.read() as tx:
            self._signed_at, _ = TreeStore(tx).newest_checkpoint_at()
        self._opened = True
        try:
            self.publish()
        except IntegrityError as error:
            if error.reason != DAMAGED:
                raise
            self.alarm.report(error)
        (self._directory / VKEY).write_text(f"{self.vkey}\n", encoding="utf-8")

    def publish(self) -> Checkpoint | None:
        """Sign and publish the log as it stands; return the new checkpoint, None when nothing was added since the last one."""
        with self._lock:
            with self._db.read() as tx:
                signed, whole = self._history.state(tx)
            before, root_before, note_before = signed or (0, b"", "")
            self._compare_some(before, whole.size - before)
            if whole.size == before:
                if signed and (self._history.head is None or self._history.head.size < before):  # signed, but the file was lost or never written
                    self._publish_again(Checkpoint(self._origin, before, root_before), note_before.encode())
                self._cleaning.clean(before)
                return None
            self.alarm.check_may_sign()
            # Small growth is read once and used twice; large growth is read twice, so that memory is bounded.
            portions = list(self._history.portions(before, whole.size)) if whole.size - before <= STEP else None
            # Before any tile is written: a tile is written once, so a wrong one would stand in the way of the right one.
            self._history.check_growth(signed, whole, portions or self._history.portions(before, whole.size))
            self._write_tiles(portions or self._history.portions(before, whole.size))
            # Out of the tiles on the disk: what is signed is what was written.
            head = Checkpoint(self._origin, whole.size, self._history.root_at(whole.size, whole.size))
            if head.root != whole.root():
                raise TILES_BESIDE_TREE()
            note = sign_checkpoint(head, self.vkey, self._signer.sign)
            now = self._clock.now()
            with self._db.begin() as tx:
                # Kept before it is shown: after a crash in between, this note is published and no second one is signed.
                TreeStore(tx).keep_checkpoint(whole.size, head.root, note.decode(), now)
            self._publish_note(head, note)
            self._signed_at = now
            self._cleaning.clean(head.size)
            return head

    def start(self, seconds: float) -> None:
        """Publish every so many seconds in a thread of its own."""
        self._seconds = seconds
        self._thread = threading.Thread(target=self._run, args=(seconds,), name="log-publisher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Publish a last time and end the thread. A log whose opening was refused is left as it is: it is evidence."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        if self._opened:
            self._publish_or_report()

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
            self._publish_or_report()

    def _publish_or_report(self) -> None:
        try:
            self.publish()
        except ShuniuError as error:
            self.alarm.report(error)
        except OSError as error:
            self.alarm.report(TILES_UNWRITTEN(problem=error.strerror or type(error).__name__))
        except Exception:
            log.exception("the log's publisher failed")
        else:
            self.alarm.note_round(self._signed_at)

    def _publish_note(self, head: Checkpoint, note: bytes) -> None:
        self._writer.publish(note)
        self._history.head = head

    def _publish_again(self, head: Checkpoint, note: bytes) -> None:
        if open_checkpoint(note, [self.vkey], self._origin) != head:
            raise SIGNED_LOG_REPLACED(size=head.size)
        self._publish_note(head, note)

    def _rebuild(self, size: int, root: bytes) -> None:
        """Write the tiles up to `size` again where any is missing; what is there and right stays, what is there and wrong is refused."""
        names = (tile for level in (ENTRIES, *levels_of(size)) for tile in tiles_of(size, level))
        if all(os.path.lexists(self._directory / self._reader.file_of(tile).path) for tile in names):
            return
        if fold(CompactRange(), self._history.portions(0, size)).root() != root:  # or wrong tiles would stand in the way of the right ones
            raise SIGNED_LOG_REPLACED(size=size)
        self._write_tiles(self._history.portions(0, size))

    def _write_tiles(self, portions: Iterable[Portion]) -> None:
        for start, leaves, hashes in portions:
            self._writer.extend(start, leaves, hashes)

    def _find_damage(self, before: int, size: int) -> None:
        """Look for damage at the start: a sum that does not fit, the newest signed tiles, what is not signed yet. The patrol sees to the rest."""
        with self._db.read() as tx:
            found = list(missing_records(tx, size)) if RecordStore(tx).count() != size else []
            for flaw in index_flaws(tx, size):  # told, and no reason to stop: the index is derived
                log.error("%s; %s", flaw.message, flaw.next_action)
        for start in range(max(0, before - TAIL) // WIDTH * WIDTH, before, WIDTH):
            found += self._patrol.compare(start, min(start + WIDTH, before))
        found += self._patrol.hidden(before)
        for one in (*found, *unsigned_damage(self._db, max(before, size - TAIL), size)):
            self.alarm.note(one)

    def _compare_some(self, size: int, fresh: int) -> None:
        """Let the patrol compare what is due, also while nothing new comes; where much does, only every so many rounds."""
        self._skipped = self._skipped + 1 if fresh >= BUSY and self._skipped < MOST_SKIPPED else 0
        if not self._skipped:
            for found in self._patrol.round(size, self._seconds):
                self.alarm.note(found)
