"""Signs checkpoints and writes tiles: the part of the log that leaves the hub. Everything here can be derived again from the rows.

Contract: a checkpoint is signed only when the log it names extends the last one that was signed (audit.md section 2), and it is published
only after every tile it rests on is on the disk.
"""

import logging
import threading
from pathlib import Path
from typing import Final

from audit.checkpoint import Checkpoint, VerifierKey, open_checkpoint, sign_checkpoint
from audit.proofs import ConsistencyProof, InclusionProof, consistency_proof, inclusion_proof
from audit.store import RecordStore, TreeStore
from audit.tiles import CHECKPOINT, TileReader, TileWriter, read_file
from audit.tree import CompactRange, leaf_hash, range_root
from hub.clock import Clock
from hub.db import Database
from hub.errors import IntegrityError, InvalidInputError, NotFoundError, ShuniuError
from hub.keys import Ed25519Signer

log = logging.getLogger(__name__)
STEP: Final = 65_536
TAIL: Final = 4_096
VKEY: Final = "log.vkey"


class Publisher:
    """One log's public face in one folder: `checkpoint`, `log.vkey`, `tile/...`."""

    def __init__(self, db: Database, clock: Clock, origin: str, signer: Ed25519Signer, directory: Path) -> None:
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
        self.vkey = VerifierKey(origin, signer.public_raw)

    @property
    def directory(self) -> Path:
        """Return the folder of checkpoint and tiles."""
        return self._directory

    def open(self) -> None:
        """Check the log as it was left (tail, tree, last checkpoint), write tiles that are missing; raise IntegrityError where it was touched."""
        self._directory.mkdir(parents=True, exist_ok=True)
        (self._directory / VKEY).write_text(f"{self.vkey}\n", encoding="utf-8")
        with self._db.read() as tx:
            whole = TreeStore(tx).range()
            signed = TreeStore(tx).newest_checkpoint()
            _check_tail(RecordStore(tx), whole)
        published = self._published()
        if published is not None and published.size > whole.size:
            raise _rolled_back(published.size, whole.size)
        if signed is not None:
            self._rebuild(signed[0])
            self._check_extends(signed[0], signed[1], signed[0])
        self.publish()

    def publish(self) -> Checkpoint | None:
        """Sign and publish the log as it stands; return the new checkpoint, None when nothing was added since the last one."""
        with self._lock:
            with self._db.read() as tx:
                whole = TreeStore(tx).range()
                signed = TreeStore(tx).newest_checkpoint()
            before = signed[0] if signed else 0
            if whole.size == before:
                return None
            self._write_tiles(before, whole.size)
            root = whole.root()
            self._check_extends(before, signed[1] if signed else b"", whole.size, root)
            head = Checkpoint(self._origin, whole.size, root)
            note = sign_checkpoint(head, self.vkey, self._signer.sign)
            with self._db.begin() as tx:
                TreeStore(tx).keep_checkpoint(whole.size, root, note.decode(), self._clock.now())
            self._writer.publish(note)
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
        size = self._signed_size(size)
        if not 0 <= index < size:
            raise InvalidInputError(
                f"record {index} is not in the log of {size}",
                field="index",
                zh="该记录不在此检查点内",
                next_action="ask again after the next checkpoint",
            )
        node = self._reader.nodes(size)
        return InclusionProof(index, size, node(0, index), range_root(0, size, node), tuple(inclusion_proof(index, size, node)))

    def consistency(self, size1: int, size2: int = 0) -> ConsistencyProof:
        """Return the proof that the log of `size1` is the beginning of the log of `size2` (0: the newest checkpoint)."""
        size2 = self._signed_size(size2)
        if not 0 < size1 <= size2:
            raise InvalidInputError(f"the older size must be between 1 and {size2}", field="size1", zh="旧规模超出范围")
        node = self._reader.nodes(size2)
        roots = range_root(0, size1, node), range_root(0, size2, node)
        return ConsistencyProof(size1, size2, *roots, tuple(consistency_proof(size1, size2, node)))

    def _signed_size(self, size: int) -> int:
        with self._db.read() as tx:
            signed = TreeStore(tx).newest_checkpoint()
        newest = signed[0] if signed else 0
        if not 0 <= size <= newest or newest == 0:
            raise InvalidInputError(
                f"the newest checkpoint covers {newest} records", field="size", zh=f"最新检查点覆盖 {newest} 条记录", next_action="retry in a second"
            )
        return size or newest

    def _run(self, seconds: float) -> None:
        while not self._stopping.wait(seconds):
            try:
                self.publish()
            except ShuniuError as error:
                log.error("no checkpoint was signed: %s", error.message)  # noqa: TRY400 - the text says it all
            except OSError as error:
                log.error("tiles cannot be written: %s", error.strerror)  # noqa: TRY400 - the text says it all

    def _published(self) -> Checkpoint | None:
        try:
            note = read_file(self._directory / CHECKPOINT, 65_536)
        except NotFoundError:
            return None
        return open_checkpoint(note, [self.vkey], self._origin)

    def _rebuild(self, size: int) -> None:
        """Write the tiles up to `size` again where the folder was lost; what is there and right stays."""
        if size == 0 or self._whole(size):
            return
        self._write_tiles(0, size)

    def _whole(self, size: int) -> bool:
        try:
            range_root(0, size, self._reader.nodes(size))
        except ShuniuError:
            return False
        return True

    def _write_tiles(self, start: int, end: int) -> None:
        while start < end:
            upto = min(end, (start // STEP + 1) * STEP)
            with self._db.read() as tx:
                leaves = [leaf for _, leaf, _ in RecordStore(tx).leaves(start, upto)]
            if len(leaves) != upto - start:
                raise IntegrityError(f"the log has a gap after record {start}", zh="日志存在缺口", next_action="shuniu audit verify")
            self._writer.extend(start, leaves)
            start = upto

    def _check_extends(self, before: int, root_before: bytes, size: int, root: bytes = b"") -> None:
        """Refuse to sign a log of which the last signed one is not the beginning, or whose rows do not hash to the tree's root."""
        node = self._reader.nodes(size)
        if before and range_root(0, before, node) != root_before:
            raise IntegrityError(
                f"the log no longer holds the {before} records that were signed; nothing more is signed",
                zh=f"日志与已签名的 {before} 条记录不一致，停止签发检查点",
                next_action="stop the hub, keep the disk, call the auditor; shuniu audit verify names the first bad record",
                reason="LOG_REWRITTEN",
            )
        if root and range_root(0, size, node) != root:
            raise IntegrityError(
                "the rows of the log do not hash to its tree", zh="日志记录与日志树不符", next_action="shuniu audit verify", reason="LOG_BROKEN"
            )


def _check_tail(store: RecordStore, whole: CompactRange) -> None:
    """Recompute the newest leaves: a torn or edited tail is found before anything is added to it."""
    start = max(0, whole.size - TAIL)
    count = 0
    for index, leaf, stored in store.leaves(start, whole.size + 1):
        if index >= whole.size or leaf_hash(leaf) != stored:
            raise IntegrityError(f"record {index} of the log is not what was written", zh=f"日志第 {index} 条记录已被改动", reason="LOG_BROKEN")
        count += 1
    if count != whole.size - start:
        raise IntegrityError("records are missing at the end of the log", zh="日志末尾缺少记录", reason="LOG_BROKEN")


def _rolled_back(published: int, size: int) -> IntegrityError:
    return IntegrityError(
        f"the database holds {size} records, but a checkpoint over {published} was signed: an old backup was restored",
        zh=f"数据库仅有 {size} 条记录，而已签名检查点覆盖 {published} 条：恢复了旧备份",
        next_action="restore the newest backup; the hub signs nothing that does not extend the last checkpoint",
        reason="LOG_ROLLED_BACK",
    )
