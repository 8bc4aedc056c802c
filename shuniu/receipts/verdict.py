"""What a kept receipt shows by itself: that its record stands in the signed log, and that the record speaks of just the answer that was kept.

Nothing is asked of anybody. The leaf of a record is a commitment under a salt that stays with the hub (ADR 0004), so a leaf cannot be opened here:
that the record stands in the log is proven by hashes; the digest in it is what the hub told when the record was read.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shuniu.catalogue import CatalogueError, IllegalStateError
from shuniu.digest import FORM_DETAIL, SALTED
from shuniu.enums import StrEnum
from shuniu.proofs.checkpoint import Checkpoint, VerifierKey, open_checkpoint
from shuniu.proofs.proof import inclusion_proof
from shuniu.proofs.tree import leaf_hash
from shuniu.receipts.reasons import (
    RECEIPT_ERASED,
    RECEIPT_MISNAMED,
    RECEIPT_NOT_COMPARED,
    RECEIPT_NOT_COVERED,
    RECEIPT_NOTHING_RELEASED,
    RECEIPT_OF_OTHER_LOG,
    RECEIPT_OTHER_ANSWER,
    RECEIPT_OTHER_PROOF,
    RECEIPT_OTHER_RECORD,
    RECEIPT_UNPROVEN,
    RECEIPT_WITHOUT_SALT,
)

if TYPE_CHECKING:
    from pathlib import Path

    from shuniu.proofs.tree import NodeReader
    from shuniu.receipts.proof import KeptProof
    from shuniu.receipts.receipt import KeptAnswer, Receipt


class Standing(StrEnum):
    """What is known of one kept receipt."""

    PROVEN = "proven"
    """Its record stands in the signed log, and speaks of just this answer."""
    WRONG = "wrong"
    """Something of it does not fit: it was changed, or the log was."""
    OPEN = "undetermined"
    """Nothing is wrong as far as it was checked, and something could not be checked."""


@dataclass(frozen=True)
class ReceiptVerdict:
    """The verdict over one file: what is known, the stable reason where it is not `proven`, and the words for it in both languages."""

    file: str
    standing: Standing
    index: int = -1
    """Index of the record, -1 where the file does not tell it."""
    reason: str = ""
    en: str = ""
    zh: str = ""
    next_en: str = ""
    next_zh: str = ""


def proven(file: str, index: int) -> ReceiptVerdict:
    """Return the verdict over a receipt of which everything holds."""
    return ReceiptVerdict(
        file,
        Standing.PROVEN,
        index,
        en=f"record {index} stands in the signed log and speaks of just this answer",
        zh=f"第 {index} 条记录在已签名的日志之中，所指正是该查询结果",
    )


def verdict_of(file: str, error: CatalogueError, index: int = -1) -> ReceiptVerdict:
    """Return the verdict that an error of the catalogue means: what is merely not known yet is an `IllegalStateError`."""
    standing = Standing.OPEN if isinstance(error, IllegalStateError) else Standing.WRONG
    return ReceiptVerdict(file, standing, index, error.reason, error.message, error.zh, error.next_action, error.next_action_zh)


@dataclass(frozen=True)
class LogCopy:
    """A copy of the log: its signed head, and its tiles, out of which proofs are made."""

    head: Checkpoint
    node: NodeReader


@dataclass(frozen=True)
class ReceiptCheck:
    """What receipts are held against: the log's key, a copy of the log where there is one, and the folder in which the files of streams lie."""

    key: VerifierKey
    copy: LogCopy | None = None
    files: Path | None = None

    def check(self, file: str, kept: KeptAnswer) -> None:
        """Return when everything about a kept answer holds; raise the CatalogueError that says what does not, or what is not known."""
        receipt = kept.receipt
        if file != f"{receipt.index}.json":
            raise RECEIPT_MISNAMED(index=receipt.index)
        self.check_standing(kept)
        if kept.proof is None or not kept.proof.digest:
            raise RECEIPT_NOT_COMPARED(index=receipt.index)
        check_answer(kept, kept.proof.digest, kept.proof.digest_form)
        if kept.delivery is not None and self.files is not None:
            kept.delivery.check(self.files, kept.answer)

    def check_standing(self, kept: KeptAnswer) -> None:
        """Return when the record of the receipt stands in the signed log: by the copy of it, or by the proof that was kept."""
        receipt = kept.receipt
        # a log's key has the log's origin for its name (tlog-checkpoint, "Signatures")
        if receipt.origin != self.key.name:
            raise RECEIPT_OF_OTHER_LOG(found=receipt.origin, expected=self.key.name)
        if kept.proof is not None:
            self._check_proof(receipt, kept.proof)
        if self.copy is not None:
            head = self.copy.head
            if receipt.index >= head.size and kept.proof is None:
                raise RECEIPT_NOT_COVERED(index=receipt.index, size=head.size)
            if receipt.index < head.size:
                receipt.prove(head, inclusion_proof(receipt.index, head.size, self.copy.node))
        elif kept.proof is None:
            raise RECEIPT_UNPROVEN(index=receipt.index)

    def _check_proof(self, receipt: Receipt, proof: KeptProof) -> None:
        head = open_checkpoint(proof.checkpoint.encode(), [self.key], self.key.name)
        mine = (receipt.index, receipt.leaf_hash, head.size, head.root)
        if (proof.index, proof.leaf_hash, proof.size, proof.root) != mine:
            raise RECEIPT_OTHER_PROOF()
        receipt.prove(head, proof.hashes)


def check_answer(kept: KeptAnswer, digest: bytes, form: str) -> None:
    """Return when a record's digest is that of the answer that was kept; raise otherwise."""
    index = kept.receipt.index
    if kept.receipt.covers(kept.answer, digest):
        return
    if form == SALTED and not kept.receipt.salt:
        raise RECEIPT_WITHOUT_SALT(index=index)
    raise RECEIPT_OTHER_ANSWER(index=index)


def check_record(kept: KeptAnswer, found: Any) -> None:
    """Return when a record (an `AuditRecord`) is the receipt's and speaks of the answer that was kept; raise otherwise."""
    check_is_record(kept, found)
    check_answer(kept, found.digest, found.detail.get(FORM_DETAIL, ""))


def check_is_record(kept: KeptAnswer, found: Any) -> None:
    """Return when a record is the one that the receipt names, and says that something was released."""
    receipt = kept.receipt
    # RFC 6962 section 2.1: the leaf's own hash, so that the record's word for it is not needed
    leaf = leaf_hash(found.leaf)
    if found.index != receipt.index or not hmac.compare_digest(leaf, receipt.leaf_hash) or found.leaf_hash != leaf:
        raise RECEIPT_OTHER_RECORD(index=receipt.index)
    if found.erased:
        raise RECEIPT_ERASED(index=receipt.index, erasure=found.erasure_index)
    if (found.kind, found.status) != ("outcome", "ok"):
        raise RECEIPT_NOTHING_RELEASED(index=receipt.index)


def with_digest(proof: KeptProof, found: Any) -> KeptProof:
    """Return a proof with what the record says of the answer."""
    return replace(proof, digest=found.digest, digest_form=found.detail.get(FORM_DETAIL, ""))
