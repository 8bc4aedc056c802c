"""Inclusion and consistency proofs: built out of stored nodes, checked with nothing but hashes (RFC 9162 section 2.1.3 and 2.1.4)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final

from shuniu.proofs.reasons import (
    LEAF_NOT_IN_TREE,
    LOG_FORKED,
    LOG_NOT_EXTENDED,
    NOT_IN_LOG,
    PROOF_EMPTY,
    PROOF_FILE_LONG,
    PROOF_HASH_LENGTH,
    PROOF_HASHES,
    PROOF_HEX,
    PROOF_INDEX,
    PROOF_LIST,
    PROOF_LONG,
    PROOF_MEMBERS,
    PROOF_NEEDLESS,
    PROOF_NOT_JSON,
    PROOF_NUMBER,
    PROOF_SHORT,
    PROOF_SIZES,
    PROOF_SPELLING,
    SIZES_UNRELATED,
)
from shuniu.proofs.tree import HASH_LENGTH, MAX_SIZE, NodeReader, node_hash, range_root, split

if TYPE_CHECKING:
    from typing import Self

MAX_PROOF: Final = 64  # a tree of 2^63 leaves is 63 levels high; a consistency proof may hold one hash more
MAX_JSON: Final = 16_384
_HEX: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """Return PATH(index, D[0:size]) of RFC 6962 section 2.1.1, leaf end first."""
    if not 0 <= index < size <= MAX_SIZE:
        raise NOT_IN_LOG(field="index", index=index, size=size)
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(range_root(middle, end, node))
            end = middle
        else:
            path.append(range_root(start, middle, node))
            start = middle
    return path[::-1]  # walked from the root, written from the leaf


def consistency_proof(size1: int, size2: int, node: NodeReader) -> list[bytes]:
    """Return PROOF(size1, D[0:size2]) of RFC 6962 section 2.1.2: that the smaller log is the beginning of the larger."""
    if not 0 < size1 <= size2 <= MAX_SIZE:
        raise SIZES_UNRELATED(field="size1", size1=size1, size2=size2)
    start, end, path = 0, size2, []
    while size1 < end:
        middle = start + split(end - start)
        if size1 <= middle:
            path.append(range_root(middle, end, node))
            end = middle
        else:
            path.append(range_root(start, middle, node))
            start = middle
    if start:  # SUBPROOF(m, D[m], false) names the subtree; with `true` the verifier knows it as the first root
        path.append(range_root(start, end, node))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return when the leaf hash stands at `index` in the tree with this root; raise otherwise (RFC 9162 section 2.1.3.2)."""
    _check_hashes([leaf, root], proof)
    if not 0 <= index < size <= MAX_SIZE:
        raise PROOF_INDEX(field="proof", index=index, size=size)
    # fn and sn as the RFC names them: the place of the node at its level, and the last place there.
    fn, sn, computed = index, size - 1, leaf
    for one in proof:
        if sn == 0:
            raise PROOF_LONG(field="proof")
        # A right child, or the last node of its level: its sibling stands to the left.
        if fn & 1 or fn == sn:
            computed = node_hash(one, computed)
            # At the right edge a node without a sibling rises as it is; these levels have no hash in the proof.
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            computed = node_hash(computed, one)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise PROOF_SHORT(field="proof")
    if not compare_digest(computed, root):
        raise LEAF_NOT_IN_TREE(index=index, size=size)


def verify_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    """Return when the tree of `size1` is the beginning of the tree of `size2`; raise otherwise (RFC 9162 section 2.1.4.2).

    From size 0 nothing follows: a proof from it is refused, since every log extends the empty one.
    """
    _check_hashes([root1, root2], proof)
    if not 0 < size1 <= size2 <= MAX_SIZE:
        raise PROOF_SIZES(field="proof", size1=size1, size2=size2)
    if size1 == size2:
        if proof:
            raise PROOF_NEEDLESS(field="proof")
        if not compare_digest(root1, root2):
            raise LOG_FORKED(size=size1)
        return
    # A power of two is one whole subtree: the proof leaves its hash out, since it is the first root (step 2).
    path = list(proof) if size1 & (size1 - 1) else [root1, *proof]
    first, second = _consistent_roots(size1, size2, path)
    if not (compare_digest(first, root1) and compare_digest(second, root2)):
        raise LOG_NOT_EXTENDED(size1=size1, size2=size2)


def _consistent_roots(size1: int, size2: int, path: list[bytes]) -> tuple[bytes, bytes]:
    """Fold the proof into the two roots that it claims (RFC 9162 section 2.1.4.2 steps 3 to 6)."""
    if not path:
        raise PROOF_EMPTY(field="proof")
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    # This hash is of the last whole subtree of the smaller tree; both roots grow from it.
    first = second = path[0]
    for one in path[1:]:
        if sn == 0:
            raise PROOF_LONG(field="proof")
        if fn & 1 or fn == sn:
            # A sibling to the left is in both trees, one to the right (below) in the larger alone.
            first, second = node_hash(one, first), node_hash(one, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, one)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise PROOF_SHORT(field="proof")
    return first, second


def _check_hashes(named: Sequence[bytes], proof: Sequence[bytes]) -> None:
    if len(proof) > MAX_PROOF:
        raise PROOF_HASHES(field="proof", most=MAX_PROOF)
    if any(len(one) != HASH_LENGTH for one in (*named, *proof)):
        raise PROOF_HASH_LENGTH(field="proof")


@dataclass(frozen=True)
class InclusionProof:
    """That one leaf hash stands at `index` of the tree of `size` leaves with this root."""

    index: int
    size: int
    leaf_hash: bytes
    root: bytes
    proof: tuple[bytes, ...]

    def verify(self) -> None:
        """Return when the proof holds; raise otherwise."""
        verify_inclusion(self.leaf_hash, self.index, self.size, self.proof, self.root)

    def to_json(self) -> bytes:
        """Write the proof as the file `inclusion.json`."""
        return _to_json(self, "index", "size", "leaf_hash", "root", "proof")

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read `inclusion.json`; anything but exactly its members is refused."""
        doc = _from_json(data, {"index", "size", "leaf_hash", "root", "proof"})
        return cls(_integer(doc, "index"), _integer(doc, "size"), _hash(doc["leaf_hash"]), _hash(doc["root"]), _hashes(doc))


@dataclass(frozen=True)
class ConsistencyProof:
    """That the tree of `size1` leaves is the beginning of the tree of `size2` leaves."""

    size1: int
    size2: int
    root1: bytes
    root2: bytes
    proof: tuple[bytes, ...]

    def verify(self) -> None:
        """Return when the proof holds; raise otherwise."""
        verify_consistency(self.size1, self.size2, self.root1, self.root2, self.proof)

    def to_json(self) -> bytes:
        """Write the proof as the file `consistency.json`."""
        return _to_json(self, "size1", "size2", "root1", "root2", "proof")

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read `consistency.json`; anything but exactly its members is refused."""
        doc = _from_json(data, {"size1", "size2", "root1", "root2", "proof"})
        return cls(_integer(doc, "size1"), _integer(doc, "size2"), _hash(doc["root1"]), _hash(doc["root2"]), _hashes(doc))


def _to_json(proof: object, *members: str) -> bytes:
    doc = {name: _plain(getattr(proof, name)) for name in members}
    return (json.dumps(doc, indent=2) + "\n").encode()


def _plain(value: int | bytes | tuple[bytes, ...]) -> int | str | list[str]:
    """Return a member as JSON has it: a hash in hexadecimal."""
    if isinstance(value, int):
        return value
    return value.hex() if isinstance(value, bytes) else [one.hex() for one in value]


def _from_json(data: bytes, members: set[str]) -> dict[str, Any]:
    """Read one JSON object in a form that Python's writer produces, so that a changed byte cannot hide in white space or in a repeat."""
    if len(data) > MAX_JSON:
        raise PROOF_FILE_LONG(field="proof", most=MAX_JSON)
    try:
        text = data.decode("ascii")
        doc = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PROOF_NOT_JSON(field="proof") from error
    if not isinstance(doc, dict) or set(doc) != members:
        raise PROOF_MEMBERS(field="proof", members=", ".join(sorted(members)))
    forms = [json.dumps(doc, indent=indent) for indent in (None, 1, 2, 4)]
    forms.append(json.dumps(doc, separators=(",", ":")))
    if text.removesuffix("\n") not in forms:
        raise PROOF_SPELLING(field="proof")
    return doc


def _integer(doc: dict[str, Any], name: str) -> int:
    value = doc[name]
    if type(value) is not int or not 0 <= value <= MAX_SIZE:
        raise PROOF_NUMBER(field="proof", member=name)
    return value


def _hash(value: object) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise PROOF_HEX(field="proof")
    return bytes.fromhex(value)


def _hashes(doc: dict[str, Any]) -> tuple[bytes, ...]:
    value = doc["proof"]
    if not isinstance(value, list) or len(value) > MAX_PROOF:
        raise PROOF_LIST(field="proof", most=MAX_PROOF)
    return tuple(_hash(one) for one in value)
