"""What is fetched for a kept receipt later: the hashes up to a signed checkpoint, the checkpoint itself, and the digest that the record has.

As JSON it is the answer of `GetInclusionProof` (index, size, leaf_hash, root, proof; bytes in base64) with three members more: the signed
checkpoint of that size and root, and `digest` and `digest_form` of the record, empty until the record was read. So a file needs nothing beside it
but the log's key.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from shuniu.proofs.proof import MAX_PROOF
from shuniu.proofs.tree import HASH_LENGTH, MAX_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

MAX_CHECKPOINT: Final = 16_384
"""Characters of a signed checkpoint in a kept file: far more than the log's signature and those of its witnesses take."""
_MEMBERS: Final[Mapping[str, type]] = {
    "index": int,
    "size": int,
    "leaf_hash": str,
    "root": str,
    "proof": list,
    "checkpoint": str,
    "digest": str,
    "digest_form": str,
}


@dataclass(frozen=True)
class KeptProof:
    """That a leaf stands at its index in the log of a size, as far as the hub says so: nothing here is believed before it is checked."""

    index: int
    size: int
    leaf_hash: bytes
    root: bytes
    hashes: tuple[bytes, ...]
    checkpoint: str
    digest: bytes = b""
    """What the record says of the answer; empty until the record was read."""
    digest_form: str = ""

    def to_members(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "index": self.index,
            "size": self.size,
            "leaf_hash": b64encode(self.leaf_hash).decode(),
            "root": b64encode(self.root).decode(),
            "proof": [b64encode(one).decode() for one in self.hashes],
            "checkpoint": self.checkpoint,
            "digest": b64encode(self.digest).decode(),
            "digest_form": self.digest_form,
        }

    @classmethod
    def from_members(cls, told: Any) -> Self:
        """Read the JSON object; raise ValueError where it is something else."""
        if not isinstance(told, dict) or told.keys() != _MEMBERS.keys() or any(type(told[name]) is not kind for name, kind in _MEMBERS.items()):
            raise ValueError("not these members")
        numbers = (told["index"], told["size"])
        if not all(0 <= one <= MAX_SIZE for one in numbers) or len(told["proof"]) > MAX_PROOF or len(told["checkpoint"]) > MAX_CHECKPOINT:
            raise ValueError("beyond what a log can have")
        digest = _bytes(told["digest"])
        if len(digest) not in {0, HASH_LENGTH}:
            raise ValueError("no digest")
        leaf, root = _hash(told["leaf_hash"]), _hash(told["root"])
        return cls(*numbers, leaf, root, tuple(map(_hash, told["proof"])), told["checkpoint"], digest, told["digest_form"])


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError("not text")  # noqa: TRY004 - all that is wrong with the object is told as one
    return b64decode(text, validate=True)


def _hash(text: object) -> bytes:
    value = _bytes(text)
    if len(value) != HASH_LENGTH:
        raise ValueError("no hash")
    return value
