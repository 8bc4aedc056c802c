"""Inclusion and consistency proofs of random trees, and mutants of them: what our verifier accepts must be what the definition accepts.

The judge is RFC 6962 section 2.1 read as what it defines, by recursion over the tree, not the loops of RFC 9162 that the product has.
"""

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, pairwise
from typing import TypeVar

from hub.errors import ShuniuError
from shuniu.proofs.proof import ConsistencyProof, InclusionProof, consistency_proof, inclusion_proof
from tests.faults.report import Row

EMPTY = hashlib.sha256().digest()
PLACEHOLDERS = (bytes(32), b"\xff" * 32, EMPTY, b"")


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1


class NoProofError(Exception):
    """The proof has too many hashes or too few."""


def path_root(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root that PATH(index, D[size]) leads to."""
    if size == 1:
        if proof:
            raise NoProofError
        return leaf
    if not proof:
        raise NoProofError
    half, rest = _split(size), proof[:-1]
    if index < half:
        return _node(path_root(leaf, index, half, rest), proof[-1])
    return _node(proof[-1], path_root(leaf, index - half, size - half, rest))


def subproof_roots(size1: int, size2: int, root1: bytes | None, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return both roots that SUBPROOF(size1, D[size2], b) leads to; `root1` is given where b is true."""
    if size1 == size2:
        if (root1 is not None) == bool(proof) or len(proof) > 1:
            raise NoProofError
        known = root1 if root1 is not None else proof[0]
        return known, known
    if not proof:
        raise NoProofError
    half, rest, last = _split(size2), proof[:-1], proof[-1]
    if size1 <= half:
        first, second = subproof_roots(size1, half, root1, rest)
        return first, _node(second, last)
    first, second = subproof_roots(size1 - half, size2 - half, None, rest)
    return _node(last, first), _node(last, second)


def is_included(one: InclusionProof) -> bool:
    if any(len(part) != 32 for part in (one.leaf_hash, one.root, *one.proof)) or not 0 <= one.index < one.size < 1 << 63:
        return False
    try:
        return path_root(one.leaf_hash, one.index, one.size, one.proof) == one.root
    except NoProofError:
        return False


def is_consistent(one: ConsistencyProof) -> bool:
    if any(len(part) != 32 for part in (one.root1, one.root2, *one.proof)) or not 0 < one.size1 <= one.size2 < 1 << 63:
        return False
    try:
        return subproof_roots(one.size1, one.size2, one.root1, one.proof) == (one.root1, one.root2)
    except NoProofError:
        return False


class Forest:
    """All trees over the first leaves of one sequence: their whole subtrees are the same."""

    def __init__(self, bits: int) -> None:
        """Make 2**bits leaves."""
        self.most = 1 << bits
        self.levels = [[hashlib.sha256(b"\x00%d" % number).digest() for number in range(self.most)]]
        while len(self.levels[-1]) > 1:
            row = iter(self.levels[-1])
            self.levels.append([_node(left, right) for left, right in zip(row, row, strict=True)])

    def node(self, level: int, index: int) -> bytes:
        return self.levels[level][index]

    def root(self, size: int, start: int = 0) -> bytes:
        """Return MTH(D[start:start+size]); such a subtree begins where a whole one could."""
        if size == 0:
            return EMPTY
        if size & (size - 1) == 0:
            return self.node(size.bit_length() - 1, start // size)
        half = _split(size)
        return _node(self.root(half, start), self.root(size - half, start + half))

    @cached_property
    def sizes(self) -> list[int]:
        """Sizes at which trees change their form."""
        edges = {power + by for bit in range(self.most.bit_length()) for power in (1 << bit,) for by in (-1, 0, 1)}
        return sorted(size for size in edges if 0 < size <= self.most)

    def inclusion(self, dice: random.Random) -> InclusionProof:
        size = self._size(dice)
        index = dice.choice((0, size - 1, dice.randrange(size), dice.randrange(size)))
        return InclusionProof(index, size, self.levels[0][index], self.root(size), tuple(inclusion_proof(index, size, self.node)))

    def consistency(self, dice: random.Random) -> ConsistencyProof:
        size1, size2 = sorted((self._size(dice), self._size(dice)))
        return ConsistencyProof(size1, size2, self.root(size1), self.root(size2), tuple(consistency_proof(size1, size2, self.node)))

    def _size(self, dice: random.Random) -> int:
        return dice.choice(self.sizes) if dice.random() < 0.4 else dice.randint(1, 1 << dice.randint(0, self.most.bit_length() - 1))


def flip(data: bytes, dice: random.Random) -> bytes:
    if not data:
        return b"\x01"
    place = dice.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << dice.randrange(8)]) + data[place + 1 :]


def other_hashes(proof: tuple[bytes, ...], dice: random.Random) -> Iterator[tuple[bytes, ...]]:
    """Give other lists of hashes: each flipped, shorter, longer; one more, one less, swapped, repeated, none."""
    for place, one in enumerate(proof):
        for other in (flip(one, dice), one[:31], one + b"\x00"):
            yield (*proof[:place], other, *proof[place + 1 :])
        yield (*proof[:place], *proof[place + 1 :])
        yield (*proof[:place], one, *proof[place:])
    for number in range(len(proof) + 1):
        yield (*proof[:number], dice.randbytes(32), *proof[number:])
    for left, right in pairwise(range(len(proof))):
        swapped = list(proof)
        swapped[left], swapped[right] = swapped[right], swapped[left]
        yield tuple(swapped)
    yield ()
    yield proof[::-1]
    yield proof * 2
    yield (*proof, *[bytes(32)] * (65 - len(proof)))


def other_roots(root: bytes, dice: random.Random) -> list[bytes]:
    return [flip(root, dice), root[:31], root + b"\x00", *PLACEHOLDERS]


def inclusion_mutants(one: InclusionProof, dice: random.Random) -> Iterator[InclusionProof]:
    yield from (replace(one, proof=proof) for proof in other_hashes(one.proof, dice))
    yield from (replace(one, root=root) for root in (*other_roots(one.root, dice), one.leaf_hash))
    yield from (replace(one, leaf_hash=leaf) for leaf in (*other_roots(one.leaf_hash, dice), one.root))
    yield replace(one, leaf_hash=one.root, root=one.leaf_hash)
    yield from (replace(one, index=index) for index in (one.index - 1, one.index + 1, one.index ^ 1, one.size, one.size + 1, -1, 1 << 62, 1 << 63))
    yield from (replace(one, size=size) for size in (0, 1, one.index, one.index + 1, one.size - 1, one.size + 1, one.size * 2, 1 << 63, -1))


def consistency_mutants(one: ConsistencyProof, dice: random.Random) -> Iterator[ConsistencyProof]:
    yield from (replace(one, proof=proof) for proof in other_hashes(one.proof, dice))
    yield from (replace(one, root1=root) for root in other_roots(one.root1, dice))
    yield from (replace(one, root2=root) for root in other_roots(one.root2, dice))
    yield replace(one, root1=one.root2, root2=one.root1)
    yield replace(one, size1=one.size2, size2=one.size1)
    yield replace(one, root1=one.root2)
    yield replace(one, root2=one.root1)
    yield replace(one, size1=0, root1=EMPTY)
    yield replace(one, size1=0, root1=EMPTY, proof=())
    sizes1 = (0, 1, one.size1 - 1, one.size1 + 1, one.size2, one.size2 + 1, -1, 1 << 63)
    yield from (replace(one, size1=size) for size in sizes1)
    yield from (replace(one, size2=size) for size in (0, one.size1, one.size2 - 1, one.size2 + 1, one.size2 * 2, 1 << 63, -1))


Proof = InclusionProof | ConsistencyProof
P = TypeVar("P", InclusionProof, ConsistencyProof)


def accepts(one: Proof) -> bool:
    """What the verifier says."""
    try:
        one.verify()
    except ShuniuError:
        return False
    return True


def accepts_file(one: Proof) -> bool:
    """What `shuniu audit verify` says of the proof as the file that lies beside a copy."""
    try:
        type(one).from_json(one.to_json()).verify()
    except ShuniuError:
        return False
    return True


def probe(bits: int, proofs: int) -> list[Row]:
    """Judge so many proofs of each kind, and all their mutants."""
    forest, dice = Forest(bits), random.Random(6962)  # noqa: S311 - repeatable
    inclusion = _judge("inclusion proofs", proofs, lambda: forest.inclusion(dice), is_included, lambda one: inclusion_mutants(one, dice))
    consistency = _judge("consistency proofs", proofs, lambda: forest.consistency(dice), is_consistent, lambda one: consistency_mutants(one, dice))
    return [inclusion, consistency]


def _judge(name: str, number: int, make: Callable[[], P], judge: Callable[[P], bool], mutants: Callable[[P], Iterator[P]]) -> Row:
    row = Row(name, planned=number, note="trees of 1 to 2^20 leaves; right by RFC 6962's definition; each also as a file")
    row.count(probes=0, accepted=0, wrongly_accepted=0, wrongly_refused=0)
    for _ in range(number):
        whole = make()
        row.times += 1
        if not judge(whole):
            row.problems.append(f"a proof that the product made is wrong: {whole}")
        for one in chain([whole], mutants(whole)):
            right = judge(one)
            for found in (accepts(one), accepts_file(one)):
                row.count(probes=1, accepted=found, wrongly_accepted=found and not right, wrongly_refused=right and not found)
    return row
