"""What a caller keeps of an access: the receipt, which names the hub's log record, and the salt that opens the digest in that record."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shuniu.digest import SALT_LENGTH, answer_digest
from shuniu.errors import InvalidValueError
from shuniu.proofs.checkpoint import Checkpoint
from shuniu.proofs.proof import verify_inclusion
from shuniu.proofs.reasons import WRONG_ORIGIN
from shuniu.proofs.tree import MAX_SIZE
from shuniu.receipts.delivery import KeptDelivery
from shuniu.receipts.proof import KeptProof

if TYPE_CHECKING:
    from typing import Self

LEAF_HASH_LENGTH: Final = 32
_KEYS: Final = {"origin": str, "index": int, "leaf_hash": str, "salt": str, "answer": str}


@dataclass(frozen=True)
class Receipt:
    """The place of an access in the hub's log: keep it, a proof can be asked for after the next checkpoint.

    `salt` opens the digest in the record: keep it as secret as the answer, since with it a short answer can be guessed from the log. It is empty
    where the hub is of a release before.
    """

    origin: str
    index: int
    leaf_hash: bytes
    salt: bytes = field(default=b"", repr=False)

    def covers(self, answer: bytes, digest: bytes) -> bool:
        """Tell whether the digest of the log record is that of this answer, byte for byte as it came."""
        return hmac.compare_digest(answer_digest(answer, self.salt), digest)

    def prove(self, head: Checkpoint, proof: Sequence[bytes]) -> None:
        """Return when the record of this receipt stands in the log with this head; raise a CatalogueError otherwise (RFC 9162 section 2.1.3.2).

        `head` comes from `shuniu.proofs.open_checkpoint`, which checks who signed it. `proof` are the hashes of `GetInclusionProof` for this index
        and the size of this very head, or of `shuniu.proofs.inclusion_proof` over a copy of the log.
        """
        if head.origin != self.origin:
            raise WRONG_ORIGIN(origin=head.origin, expected=self.origin)
        verify_inclusion(self.leaf_hash, self.index, head.size, proof, head.root)


@dataclass(frozen=True)
class KeptAnswer:
    """An answer with its receipt, as it is kept beside the case file: personal data, in one JSON object.

    `proof` is None until it was fetched; what was kept by a release before has no place for it. `delivery` says of a whole table where its bytes
    stand: `answer` is their SHA-256 then.
    """

    receipt: Receipt
    answer: bytes = field(repr=False)
    proof: KeptProof | None = None
    delivery: KeptDelivery | None = None

    def to_json(self) -> str:
        """Return the text to keep."""
        receipt = self.receipt
        told = {"origin": receipt.origin, "index": receipt.index, "leaf_hash": receipt.leaf_hash, "salt": receipt.salt, "answer": self.answer}
        plain = {name: b64encode(part).decode() if isinstance(part, bytes) else part for name, part in told.items()}
        delivery = {} if self.delivery is None else {"delivery": self.delivery.to_members()}
        return json.dumps({**plain, "proof": None if self.proof is None else self.proof.to_members(), **delivery}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what was kept; raise InvalidValueError where it is something else."""
        try:
            told = json.loads(text)
            if not isinstance(told, dict) or any(type(told.get(name)) is not kind for name, kind in _KEYS.items()):
                raise ValueError("not these parts")  # noqa: TRY301 - all that is wrong with the text is told as one
            leaf, salt, answer = (b64decode(told[name], validate=True) for name in ("leaf_hash", "salt", "answer"))
            proof = KeptProof.from_members(told["proof"]) if told.get("proof") else None
            delivery = KeptDelivery.from_members(told["delivery"]) if "delivery" in told else None
        except (ValueError, RecursionError) as error:
            raise _not_kept() from error
        if len(leaf) != LEAF_HASH_LENGTH or len(salt) not in {0, SALT_LENGTH} or not 0 <= told["index"] <= MAX_SIZE:
            raise _not_kept()
        return cls(Receipt(told["origin"], told["index"], leaf, salt), answer, proof, delivery)


def _not_kept() -> InvalidValueError:
    return InvalidValueError(
        "this is no kept answer with its receipt",
        message_zh="该文件不是随存证回执保存的查询结果",
        next_action="give the file that `shuniu call --keep FILE` or `Answer.keep()` wrote",
        next_action_zh="请给出由 `shuniu call --keep 文件` 或 `Answer.keep()` 写出的文件",
    )
