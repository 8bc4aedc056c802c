"""Signs checkpoints and writes tiles: the part of the log that leaves the hub. Everything here can be derived again from the rows.

Contract: a checkpoint is signed only when the log it names extends the last one that was signed and the last one that was published
(audit.md section 2), and it is published only after every tile it rests on is on the disk. Nothing is written before the rows were
found to hash to the log's tree. Each round, in heavy traffic every eleventh, a few old rows are held against the signed tiles, so that an
edit of what was signed long ago stops the signing too, at the latest when the patrol comes by.
"""

import logging
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from audit.checkpoint import Checkpoint, VerifierKey, open_checkpoint, sign_checkpoint
from audit.proofs import ConsistencyProof, InclusionProof, consistency_proof, inclusion_proof
from audit.store import RecordStore, TreeStore
from audit.tiles import CHECKPOINT, ENTRIES, WIDTH, Tile, TileReader, TileWriter, levels_of, read_file, tiles_of
from audit.tree import CompactRange, leaf_hash, range_root
from hub.clock import Clock
from hub.db import Database, Tx
from hub.errors import IntegrityError, InvalidInputError, NotFoundError, ShuniuError
from hub.signer import Signer

log = logging.getLogger(__name__)
STEP: Final = 65_536
TAIL: Final = 4_096
VKEY: Final = "log.vkey"
BUSY: Final = 256
LEFT_OUT: Final = 10
"""A round that brought so many new records leaves the patrol out, so many times in a row at the most: it must not hold the traffic up."""
_Step = tuple[int, list[bytes], list[bytes]]
"""Index of the first, leaves, and their hashes."""
_TOUCHED: Final = "stop the hub, keep the disk, call the auditor; shuniu audit verify names the first bad record"


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
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._head: Checkpoint | None = None
        self._patrolled = 0
        self._left_out = 0
        self.vkey = VerifierKey(origin, signer.public_der[-32:])

    @property
    def directory(self) -> Path:
        """Return the folder of checkpoint and tiles."""
        return self._directory

    def open(self) -> None:
        """Check the log as it was left (tail, tree, last checkpoint), write tiles that are missing; raise IntegrityError where it was touched."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with self._lock:
            self._head = self._published()
            with self._db.read() as tx:
                rows = RecordStore(tx).end()
                signed, whole = self._state(tx)
                if rows > whole.size:
                    raise _broken(f"record {whole.size} of the log stands behind its end", f"日志末尾之后存在第 {whole.size} 条记录")
            before, root_before, _ = signed or (0, b"", "")
            self._rebuild(before, root_before)
            self._check_growth(before, root_before, whole, self._steps(before, whole.size))
            if self._head is not None and 0 < self._head.size <= before and self._root_at(self._head.size, before) != self._head.root:
                raise _rewritten(self._head.size)
            for start in range(max(0, before - TAIL) // WIDTH * WIDTH, before, WIDTH):
                self._compare(Tile(0, start // WIDTH, min(WIDTH, before - start)))
            with self._db.read() as tx:
                RecordStore(tx).checked(max(before, whole.size - TAIL), whole.size)
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
                    self._show_again(Checkpoint(self._origin, before, root_before), note_before.encode())
                return None
            steps = list(self._steps(before, whole.size)) if whole.size - before <= STEP else None
            self._check_growth(before, root_before, whole, steps or self._steps(before, whole.size))
            self._patrol(before, whole.size - before)
            self._write_tiles(steps or self._steps(before, whole.size))
            head = Checkpoint(self._origin, whole.size, self._root_at(whole.size, whole.size))
            if head.root != whole.root():
                raise _broken("the tiles of the log do not hash to its tree", "分片与日志树不符")
            note = sign_checkpoint(head, self.vkey, self._signer.sign)
            with self._db.begin() as tx:
                TreeStore(tx).keep_checkpoint(whole.size, head.root, note.decode(), self._clock.now())
            self._show(head, note)
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
            raise NotFoundError("the log has no checkpoint yet", zh="日志尚无检查点", next_action="retry in a second")
        return signed[2]

    def inclusion(self, index: int, size: int = 0) -> InclusionProof:
        """Return the proof that record `index` is in the log of `size` (0: the newest checkpoint)."""
        newest = self._signed_size(size)
        size = size or newest
        if not 0 <= index < size:
            raise InvalidInputError(
                f"the log of {size} records has no record {index}",
                field="index",
                zh=f"规模为 {size} 的日志没有第 {index} 条记录",
                next_action="a fresh record is provable after the next checkpoint, within a second",
            )
        node = self._reader.nodes(newest)
        return InclusionProof(index, size, node(0, index), range_root(0, size, node), tuple(inclusion_proof(index, size, node)))

    def consistency(self, size1: int, size2: int = 0) -> ConsistencyProof:
        """Return the proof that the log of `size1` is the beginning of the log of `size2` (0: the newest checkpoint)."""
        newest = self._signed_size(size2)
        size2 = size2 or newest
        if not 0 < size1 <= size2:
            raise InvalidInputError(f"the older size must be between 1 and {size2}", field="size1", zh="旧规模超出范围")
        node = self._reader.nodes(newest)
        roots = range_root(0, size1, node), range_root(0, size2, node)
        return ConsistencyProof(size1, size2, *roots, tuple(consistency_proof(size1, size2, node)))

    def _signed_size(self, size: int) -> int:
        """Return the size of the newest checkpoint, whose tiles prove every smaller size too; `size` must not be larger."""
        with self._db.read() as tx:
            signed = TreeStore(tx).newest_checkpoint()
        newest = signed[0] if signed else 0
        if not 0 <= size <= newest or newest == 0:
            raise InvalidInputError(
                f"the newest checkpoint covers {newest} records", field="size", zh=f"最新检查点覆盖 {newest} 条记录", next_action="retry in a second"
            )
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
            raise _rolled_back(known, whole.size)
        return signed, whole

    def _published(self) -> Checkpoint | None:
        try:
            note = read_file(self._directory / CHECKPOINT, 65_536)
        except NotFoundError:
            return None
        return open_checkpoint(note, [self.vkey], self._origin)

    def _show(self, head: Checkpoint, note: bytes) -> None:
        self._writer.publish(note)
        self._head = head

    def _show_again(self, head: Checkpoint, note: bytes) -> None:
        if open_checkpoint(note, [self.vkey], self._origin) != head:
            raise _rewritten(head.size)
        self._show(head, note)

    def _root_at(self, size: int, of: int) -> bytes:
        return range_root(0, size, self._reader.nodes(of))

    def _rebuild(self, size: int, root: bytes) -> None:
        """Write the tiles up to `size` again where any is missing; what is there and right stays, what is there and wrong is refused."""
        names = (tile for level in (ENTRIES, *levels_of(size)) for tile in tiles_of(size, level))
        if all(os.path.lexists(self._directory / self._reader.stored(tile).path) for tile in names):
            return
        if _fold(CompactRange(), self._steps(0, size)).root() != root:  # or wrong tiles would stand in the way of the right ones
            raise _rewritten(size)
        self._write_tiles(self._steps(0, size))

    def _steps(self, start: int, end: int) -> Iterator[_Step]:
        """Read the leaves in portions that memory holds; each is held against its stored hash."""
        while start < end:
            upto = min(end, (start // STEP + 1) * STEP)
            with self._db.read() as tx:
                rows = list(RecordStore(tx).leaves(start, upto))
            for index, (position, leaf, stored) in enumerate(rows, start):
                if position != index or leaf_hash(leaf) != stored:
                    raise _broken(f"record {index} of the log is not what was written", f"日志第 {index} 条记录已被改动")
            if len(rows) != upto - start:
                raise _broken(f"record {start + len(rows)} of the log is missing", f"日志缺少第 {start + len(rows)} 条记录")
            yield start, [leaf for _, leaf, _ in rows], [stored for _, _, stored in rows]
            start = upto

    def _write_tiles(self, steps: Iterable[_Step]) -> None:
        for start, leaves, _ in steps:
            self._writer.extend(start, leaves)

    def _check_growth(self, before: int, root_before: bytes, whole: CompactRange, steps: Iterable[_Step]) -> None:
        """Refuse to sign a log of which a signed or published one is not the beginning, or whose rows do not hash to its tree."""
        grown = CompactRange.of(before, self._reader.nodes(before))
        if before and grown.root() != root_before:
            raise _rewritten(before)
        for _, _, hashes in steps:
            for one in hashes:
                grown.append(one)
                if self._head is not None and self._head.size == grown.size and self._head.root != grown.root():
                    raise _rewritten(grown.size)
        if grown != whole:
            raise _broken("the rows of the log do not hash to its tree", "日志记录与日志树不符")

    def _patrol(self, size: int, fresh: int) -> None:
        """Compare one tile's worth of signed rows; the next round takes the next tile, around and around."""
        self._left_out = self._left_out + 1 if fresh >= BUSY and self._left_out < LEFT_OUT else 0
        if size and not self._left_out:
            start = self._patrolled if self._patrolled < size else 0
            self._compare(Tile(0, start // WIDTH, min(WIDTH, size - start)))
            self._patrolled = start + WIDTH

    def _compare(self, tile: Tile) -> None:
        """Hold the rows of one tile of signed leaves, column by column, against what was signed."""
        start = tile.index * WIDTH
        with self._db.read() as tx:
            rows = RecordStore(tx).checked(start, start + tile.width)
        for index, (row, signed) in enumerate(zip(rows, self._reader.hashes(tile), strict=True), start):
            if row != signed:
                raise IntegrityError(f"record {index} of the log is not the one that was signed", zh=f"日志第 {index} 条记录与已签名的不一致",
                                     next_action=_TOUCHED, reason="LOG_REWRITTEN")  # fmt: skip


def _fold(grown: CompactRange, steps: Iterable[_Step]) -> CompactRange:
    for _, _, hashes in steps:
        for one in hashes:
            grown.append(one)
    return grown


def _broken(why: str, zh: str) -> IntegrityError:
    return IntegrityError(f"{why}; nothing more is signed", zh=f"{zh}，停止签发检查点", next_action=_TOUCHED, reason="LOG_BROKEN")


def _rewritten(size: int) -> IntegrityError:
    return IntegrityError(
        f"the log no longer holds the {size} records that were signed; nothing more is signed",
        zh=f"日志与已签名的 {size} 条记录不一致，停止签发检查点",
        next_action=_TOUCHED,
        reason="LOG_REWRITTEN",
    )


def _rolled_back(signed: int, size: int) -> IntegrityError:
    return IntegrityError(
        f"the database holds {size} records, but a checkpoint over {signed} was signed: an old backup was restored, or records were removed",
        zh=f"数据库仅有 {size} 条记录，而已签名检查点覆盖 {signed} 条：恢复了旧备份或删除了记录",
        next_action="restore the newest backup; the hub signs nothing that does not extend the last checkpoint",
        reason="LOG_ROLLED_BACK",
    )
