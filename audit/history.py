"""Whether a log is still the one that was signed: it extends the newest checkpoint and the published one, and its records hash to its tree.

Nothing is written here, so the operator's commands ask the same beside a running hub.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from audit.memory import LogMemory
from audit.reasons.damage import CHECKPOINT_TOUCHED
from audit.reasons.records import (
    LOG_PUT_BACK,
    LOG_ROLLED_BACK,
    ROWS_BESIDE_TREE,
    SIGNED_LOG_REPLACED,
    UNSIGNED_RECORD_BEHIND_END,
    UNSIGNED_RECORD_LOST,
)
from audit.store import RecordStore, TreeStore
from hub.db import Database, Tx
from hub.errors import IntegrityError, InvalidInputError, NotFoundError
from shuniu.proofs.checkpoint import Checkpoint, VerifierKey, open_checkpoint
from shuniu.proofs.reasons import NO_KNOWN_SIGNATURE
from shuniu.proofs.tiles import CHECKPOINT, TileReader, read_file
from shuniu.proofs.tree import CompactRange, leaf_hash, range_root

STEP: Final = 65_536  # leaves in memory at a time; a multiple of the tiles' width, so portions end where tiles end
_MAX_NOTE: Final = 65_536
Portion = tuple[int, list[bytes], list[bytes]]
"""Index of the first, leaves, and their hashes."""
Signed = tuple[int, bytes, str]
"""Size, root and note of a checkpoint."""


class History:
    """What was signed and published of one log, and whether the log still begins with it. `head` is the published checkpoint."""

    def __init__(self, db: Database, origin: str, vkey: VerifierKey, directory: Path, memory: LogMemory) -> None:
        """Take the log's database, origin, key and folder, and what this process saw committed."""
        self._db, self._origin, self._vkey, self._directory, self._memory = db, origin, vkey, directory, memory
        self._reader = TileReader(directory)
        self._genuine: Signed | None = None
        self.head: Checkpoint | None = None

    def check(self) -> None:
        """Raise IntegrityError where the log was put back, or does not hash to its tree, as far as database and folder show it."""
        self.read_head()
        with self._db.read() as tx:
            signed, whole = self.state(tx)
        self.check_all(signed, whole)

    def read_head(self) -> None:
        """Read the published checkpoint; there is none before the first."""
        try:
            note = read_file(self._directory / CHECKPOINT, _MAX_NOTE)  # our own note, with one signature
        except NotFoundError:
            self.head = None
        else:
            self.head = open_checkpoint(note, [self._vkey], self._origin)

    def state(self, tx: Tx) -> tuple[Signed | None, CompactRange]:
        """Return the newest checkpoint and the tree. A log shorter than what was signed, or than what this process committed, is refused."""
        committed = self._memory.size  # before the tree, which only grows: what is read later must hold it
        rows = RecordStore(tx).end()
        signed = TreeStore(tx).newest_checkpoint()
        whole = TreeStore(tx).range()
        if signed is not None and signed != self._genuine:
            self.check_note(*signed)
            self._genuine = signed
        known = max(signed[0] if signed else 0, self.head.size if self.head else 0)
        if known > whole.size:
            raise LOG_ROLLED_BACK(signed=known, size=whole.size)
        if committed > whole.size:
            raise LOG_PUT_BACK(committed=committed, size=whole.size)
        if rows > whole.size:
            raise UNSIGNED_RECORD_BEHIND_END(index=whole.size)
        return signed, whole

    def check_note(self, size: int, root: bytes, note: str) -> None:
        """Refuse a checkpoint of the database that the log's key did not sign: what is compared with it would be compared with a forgery."""
        try:
            same = open_checkpoint(note.encode(), [self._vkey], self._origin) == Checkpoint(self._origin, size, root)
        except (IntegrityError, InvalidInputError) as error:
            if error.reason == NO_KNOWN_SIGNATURE.name:  # another key or origin, and so perhaps another log
                raise
            same = False
        if not same:
            raise CHECKPOINT_TOUCHED(size=size)

    def check_all(self, signed: Signed | None, whole: CompactRange) -> None:
        """Refuse a log that does not extend what was signed and what was published, or whose unsigned records do not hash to its tree."""
        before = signed[0] if signed else 0
        self.check_growth(signed, whole, self.portions(before, whole.size))
        # The published file may be older than the database's newest checkpoint, but must be a beginning of the log.
        if self.head is not None and 0 < self.head.size <= before and self.root_at(self.head.size, before) != self.head.root:
            raise SIGNED_LOG_REPLACED(size=self.head.size)

    def check_growth(self, signed: Signed | None, whole: CompactRange, portions: Iterable[Portion]) -> None:
        """Refuse to sign a log of which a signed or published one is not the beginning, or whose rows do not hash to its tree."""
        before = signed[0] if signed else 0
        grown = CompactRange.of(before, self._reader.nodes(before))
        if signed and before and grown.root() != signed[1]:
            raise SIGNED_LOG_REPLACED(size=before)
        for _, _, hashes in portions:
            for one in hashes:
                grown.append(one)
                if self.head is not None and self.head.size == grown.size and self.head.root != grown.root():
                    raise SIGNED_LOG_REPLACED(size=grown.size)
        if grown != whole:
            raise ROWS_BESIDE_TREE()

    def portions(self, start: int, end: int) -> Iterator[Portion]:
        """Read the leaves in portions that memory holds; raise IntegrityError for the first that is missing."""
        while start < end:
            upto = min(end, (start // STEP + 1) * STEP)
            with self._db.read() as tx:
                rows = list(RecordStore(tx).leaves(start, upto))
            for index, (position, _) in enumerate(rows, start):
                if position != index:
                    raise UNSIGNED_RECORD_LOST(index=index)
            if len(rows) != upto - start:
                raise UNSIGNED_RECORD_LOST(index=start + len(rows))
            yield start, [leaf for _, leaf in rows], [leaf_hash(leaf) for _, leaf in rows]
            start = upto

    def root_at(self, size: int, of: int) -> bytes:
        """Return the root that the log had at a size, out of the tiles of one that is `of` records long."""
        return range_root(0, size, self._reader.nodes(of))


def fold(grown: CompactRange, portions: Iterable[Portion]) -> CompactRange:
    """Return the compact range, grown by all leaves of the portions."""
    for _, _, hashes in portions:
        for one in hashes:
            grown.append(one)
    return grown
