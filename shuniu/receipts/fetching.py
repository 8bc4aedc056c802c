"""What the hub adds to kept receipts: a signed checkpoint, inclusion proofs, and what the records say. All of it is checked before it is written."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import grpc

from shuniu.errors import ShuniuCallError
from shuniu.proofs.checkpoint import Checkpoint, VerifierKey, open_checkpoint
from shuniu.receipts.proof import KeptProof
from shuniu.receipts.reasons import RECEIPT_NOT_COVERED, RECEIPT_RECORD_UNREAD, RECEIPTS_OTHER_KEY
from shuniu.receipts.verdict import ReceiptCheck, check_is_record, with_digest
from shuniu.v1.audit_pb2 import GetAuditRecordRequest, GetCheckpointRequest, GetInclusionProofRequest
from shuniu.words import Word

if TYPE_CHECKING:
    from shuniu.receipts.folder import ReceiptFolder
    from shuniu.receipts.receipt import KeptAnswer

PATIENCE: Final = 5.0
"""Seconds in which a checkpoint that covers the newest receipt is waited for; the hub signs one a second unless it is told otherwise."""
_PACE: Final = 0.25
_UNREAD: Final = frozenset({grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.DATA_LOSS})
"""What a hub answers of one record; everything else concerns the calls after it as well."""


@dataclass(frozen=True)
class Look:
    """Who reads the records that receipts name, and why: each record that is read is a look, and on the log."""

    officer: str
    reason: str


class ProofSource:
    """The hub, as the source of proofs: nothing that it says is believed, but the log's key where none was known before."""

    def __init__(self, audit: Any, trusted: VerifierKey | None = None, look: Look | None = None) -> None:
        """Ask `audit` (`Client.audit`) for the newest checkpoint; raise a CatalogueError where another key than the trusted one signed it."""
        self._audit, self._look = audit, look
        self._until = 0.0
        given = audit.GetCheckpoint(GetCheckpointRequest())
        self.key: VerifierKey = VerifierKey.parse(given.vkey.strip())
        if trusted is not None and trusted != self.key:
            raise RECEIPTS_OTHER_KEY(found=str(self.key), expected=str(trusted))
        self._note, self._head = self._open(given.checkpoint)

    def complete(self, folder: ReceiptFolder, name: str, kept: KeptAnswer) -> KeptAnswer:
        """Return a kept answer with what was missing, written into its file; raise a CatalogueError where what the hub says does not fit."""
        check = ReceiptCheck(self.key)
        # a receipt of another log, or one whose proof was changed, is none to ask about
        if kept.receipt.origin != self.key.name or kept.proof is not None:
            check.check_standing(kept)
        proof = kept.proof or self._prove(kept)
        full = replace(kept, proof=proof)
        check.check_standing(full)
        if kept.proof is None:
            folder.add_proof(name, kept, proof)
        if self._look is not None and not proof.digest:
            full = folder.add_proof(name, full, self._read(full, proof, self._look))
        return full

    def _prove(self, kept: KeptAnswer) -> KeptProof:
        index = kept.receipt.index
        self._wait_for(index)
        given = self._audit.GetInclusionProof(GetInclusionProofRequest(index=index, size=self._head.size))
        # the root is that of the signed checkpoint, whatever the hub says beside it
        return KeptProof(index, self._head.size, kept.receipt.leaf_hash, self._head.root, tuple(given.proof), self._note)

    def _read(self, kept: KeptAnswer, proof: KeptProof, look: Look) -> KeptProof:
        index = kept.receipt.index
        try:
            found = self._audit.GetAuditRecord(GetAuditRecordRequest(index=index, searcher=look.officer, reason=look.reason))
        except ShuniuCallError as error:
            if error.code not in _UNREAD:
                raise
            raise RECEIPT_RECORD_UNREAD(index=index, problem=Word("problem", error.message, error.message_zh)) from error
        check_is_record(kept, found)
        return with_digest(proof, found)

    def _wait_for(self, index: int) -> None:
        """Take a newer checkpoint until one covers the record; all receipts together are waited for once."""
        while index >= self._head.size:
            self._until = self._until or time.monotonic() + PATIENCE
            if time.monotonic() > self._until:
                raise RECEIPT_NOT_COVERED(index=index, size=self._head.size)
            time.sleep(_PACE)
            self._note, self._head = self._open(self._audit.GetCheckpoint(GetCheckpointRequest()).checkpoint)

    def _open(self, note: str) -> tuple[str, Checkpoint]:
        return note, open_checkpoint(note.encode(), [self.key], self.key.name)
