"""The Merkle tree of RFC 6962 section 2.1: hashes, roots, and the compact range that a growing log carries along."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from shuniu.proofs.reasons import TREE_HASH, TREE_LENGTH, TREE_PARTS, TREE_SIZE

if TYPE_CHECKING:
    from typing import Self

HASH_LENGTH: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()  # RFC 6962 section 2.1: MTH({}) = SHA-256()
MAX_SIZE: Final = 2**63 - 1
_SIZE_BYTES: Final = 8

NodeReader = Callable[[int, int], bytes]
"""Gives the hash of the complete subtree of 2**level leaves that starts at leaf index * 2**level."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of one leaf; the prefix keeps leaves and nodes apart (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node over its two children."""
    return sha256(b"\x01" + left + right).digest()


def split(count: int) -> int:
    """Return the largest power of two smaller than `count` (RFC 6962 section 2.1, "k"); `count` is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root over all leaf hashes, level by level; an odd last node rises as it is."""
    row = list(leaf_hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        above = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        if len(row) % 2:
            above.append(row[-1])
        row = above
    return row[0]


def root_by_definition(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root as RFC 6962 section 2.1 defines it, by recursion: slow, and the measure for everything faster."""
    if not leaf_hashes:
        return EMPTY_ROOT
    if len(leaf_hashes) == 1:
        return leaf_hashes[0]
    k = split(len(leaf_hashes))
    return node_hash(root_by_definition(leaf_hashes[:k]), root_by_definition(leaf_hashes[k:]))


def range_root(start: int, end: int, node: NodeReader) -> bytes:
    """Return MTH(D[start:end]) out of stored complete subtrees; `start` is where such a subtree begins in a larger tree."""
    count = end - start
    if count <= 0:
        return EMPTY_ROOT
    if count & (count - 1) == 0:  # a power of two: one whole subtree, stored as one node
        level = count.bit_length() - 1
        return node(level, start >> level)
    k = split(count)
    return node_hash(range_root(start, start + k, node), range_root(start + k, end, node))


@dataclass
class CompactRange:
    """The roots of the complete subtrees that make up a log of `size` leaves, largest first: all a log needs in order to grow.

    It changes as leaves are appended; take a `copy` before a transaction that may be rolled back.
    """

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE:
            raise TREE_SIZE()
        parts = f"{self.size:b}".count("1")
        if len(self.hashes) != parts:
            raise TREE_PARTS(size=self.size, count=parts, found=len(self.hashes))
        if any(len(one) != HASH_LENGTH for one in self.hashes):
            raise TREE_HASH()

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right edge, merging subtrees of equal size."""
        if len(leaf) != HASH_LENGTH:
            raise TREE_HASH()
        hashes, rest = self.hashes, self.size
        # As in binary addition: each 1 at the end of the size is a whole subtree, which joins what the new leaf has grown to.
        while rest & 1:
            leaf = node_hash(hashes.pop(), leaf)
            rest >>= 1
        hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root

    def copy(self) -> Self:
        """Return a range of its own that grows independently."""
        return type(self)(self.size, list(self.hashes))

    def to_bytes(self) -> bytes:
        """Write the size (8 bytes, big-endian) and the hashes."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote; anything else is refused."""
        rest = data[_SIZE_BYTES:]
        if len(data) < _SIZE_BYTES or len(rest) % HASH_LENGTH or len(rest) > 64 * HASH_LENGTH:  # one hash for each bit of the size
            raise TREE_LENGTH()
        return cls(int.from_bytes(data[:_SIZE_BYTES], "big"), [rest[i : i + HASH_LENGTH] for i in range(0, len(rest), HASH_LENGTH)])

    @classmethod
    def of(cls, size: int, node: NodeReader) -> Self:
        """Rebuild the range of a stored tree of `size` leaves out of its complete subtrees."""
        hashes, start = [], 0
        for level in range(size.bit_length() - 1, -1, -1):
            if size >> level & 1:
                hashes.append(node(level, start >> level))
                start += 1 << level
        return cls(size, hashes)
