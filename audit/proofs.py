"""Inclusion and consistency proofs: built out of stored nodes, checked with nothing but hashes (RFC 9162 section 2.1.3 and 2.1.4)."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Final, NoReturn, Self

from audit.tree import HASH_LENGTH, MAX_SIZE, NodeReader, node_hash, range_root, split
from hub.errors import IntegrityError, InvalidInputError

MAX_PROOF: Final = 64  # a tree of 2^63 leaves is 63 levels high; a consistency proof may hold one hash more
MAX_JSON: Final = 16_384
_HEX: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """Return PATH(index, D[0:size]) of RFC 6962 section 2.1.1, leaf end first."""
    if not 0 <= index < size <= MAX_SIZE:
        raise InvalidInputError(f"record {index} is not in a log of {size} records", field="index")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(range_root(middle, end, node))
            end = middle
        else:
            path.append(range_root(start, middle, node))
            start = middle
    return path[::-1]


def consistency_proof(size1: int, size2: int, node: NodeReader) -> list[bytes]:
    """Return PROOF(size1, D[0:size2]) of RFC 6962 section 2.1.2: that the smaller log is the beginning of the larger."""
    if not 0 < size1 <= size2 <= MAX_SIZE:
        raise InvalidInputError(f"there is no consistency proof from size {size1} to size {size2}", field="size1")
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
        _malformed(f"index {index} is not in a tree of {size} leaves", f"序号 {index} 不在大小为 {size} 的树中")
    fn, sn, computed = index, size - 1, leaf
    for one in proof:
        if sn == 0:
            _malformed("the proof has hashes left over", "有多余的哈希")
        if fn & 1 or fn == sn:
            computed = node_hash(one, computed)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            computed = node_hash(computed, one)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        _malformed("the proof ends too early", "哈希不足")
    if not compare_digest(computed, root):
        _wrong(f"leaf {index} is not in the tree of {size} leaves with this root", f"第 {index} 条不在该树中")


def verify_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    """Return when the tree of `size1` is the beginning of the tree of `size2`; raise otherwise (RFC 9162 section 2.1.4.2).

    From size 0 nothing follows: a proof from it is refused, since every log extends the empty one.
    """
    _check_hashes([root1, root2], proof)
    if not 0 < size1 <= size2 <= MAX_SIZE:
        _malformed(f"sizes {size1} and {size2} admit no consistency proof", f"大小 {size1} 与 {size2} 之间没有一致性证明")
    if size1 == size2:
        if proof:
            _malformed("two heads of one size need no hashes", "大小相同时不需要哈希")
        if not compare_digest(root1, root2):
            _wrong(f"two different roots for the same size {size1}: the log was forked", f"大小同为 {size1} 而根不同：日志已分叉")
        return
    path = list(proof) if size1 & (size1 - 1) else [root1, *proof]
    first, second = _consistent_roots(size1, size2, path)
    if not (compare_digest(first, root1) and compare_digest(second, root2)):
        _wrong(f"the log of {size2} records does not extend the log of {size1}", f"{size2} 条的日志不是 {size1} 条日志的延续")


def _consistent_roots(size1: int, size2: int, path: list[bytes]) -> tuple[bytes, bytes]:
    """Fold the proof into the two roots that it claims (RFC 9162 section 2.1.4.2 steps 3 to 6)."""
    if not path:
        _malformed("the proof is empty", "证明为空")
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = path[0]
    for one in path[1:]:
        if sn == 0:
            _malformed("the proof has hashes left over", "有多余的哈希")
        if fn & 1 or fn == sn:
            first, second = node_hash(one, first), node_hash(one, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, one)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        _malformed("the proof ends too early", "哈希不足")
    return first, second


def _check_hashes(named: Sequence[bytes], proof: Sequence[bytes]) -> None:
    if len(proof) > MAX_PROOF:
        _malformed(f"a proof has at most {MAX_PROOF} hashes", f"哈希最多 {MAX_PROOF} 个")
    if any(len(one) != HASH_LENGTH for one in (*named, *proof)):
        _malformed("every hash is 32 bytes long", "哈希应为 32 字节")


def _malformed(why: str, zh: str) -> NoReturn:
    raise InvalidInputError(f"malformed proof: {why}", field="proof", zh=f"证明格式不正确：{zh}", reason="MALFORMED_PROOF")


def _wrong(why: str, zh: str) -> NoReturn:
    raise IntegrityError(f"the proof does not hold: {why}", zh=f"证明不成立：{zh}", reason="PROOF_FAILED")


@dataclass(frozen=True, slots=True)
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
        return _to_json({"index": self.index, "size": self.size, "leaf_hash": self.leaf_hash.hex(), "root": self.root.hex(),
                         "proof": [one.hex() for one in self.proof]})  # fmt: skip

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read `inclusion.json`; anything but exactly its members is refused."""
        doc = _from_json(data, {"index", "size", "leaf_hash", "root", "proof"})
        return cls(_integer(doc, "index"), _integer(doc, "size"), _hash(doc["leaf_hash"]), _hash(doc["root"]), _hashes(doc))


@dataclass(frozen=True, slots=True)
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
        return _to_json({"size1": self.size1, "size2": self.size2, "root1": self.root1.hex(), "root2": self.root2.hex(),
                         "proof": [one.hex() for one in self.proof]})  # fmt: skip

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read `consistency.json`; anything but exactly its members is refused."""
        doc = _from_json(data, {"size1", "size2", "root1", "root2", "proof"})
        return cls(_integer(doc, "size1"), _integer(doc, "size2"), _hash(doc["root1"]), _hash(doc["root2"]), _hashes(doc))


def _to_json(doc: dict[str, Any]) -> bytes:
    return (json.dumps(doc, indent=2) + "\n").encode()


def _from_json(data: bytes, members: set[str]) -> dict[str, Any]:
    """Read one JSON object in a form that Python's writer produces, so that a changed byte cannot hide in white space or in a repeat."""
    if len(data) > MAX_JSON:
        _malformed(f"more than {MAX_JSON} bytes", f"超过 {MAX_JSON} 字节")
    try:
        text = data.decode("ascii")
        doc = json.loads(text)
    except (ValueError, RecursionError):
        _malformed("not JSON in ASCII", "不是 ASCII 的 JSON")
    if not isinstance(doc, dict) or set(doc) != members:
        _malformed(f"expected an object with {', '.join(sorted(members))}", f"应为含有 {'、'.join(sorted(members))} 的对象")
    forms = [json.dumps(doc, indent=indent) for indent in (None, 1, 2, 4)]
    forms.append(json.dumps(doc, separators=(",", ":")))
    if text.removesuffix("\n") not in forms:
        _malformed("unusual white space or a repeated member", "空白异常或成员重复")
    return doc


def _integer(doc: dict[str, Any], name: str) -> int:
    value = doc[name]
    if type(value) is not int or not 0 <= value <= MAX_SIZE:
        _malformed(f"{name} is not a number of leaves", f"{name} 不是有效的条数")
    return value


def _hash(value: object) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        _malformed("a hash is 64 lower-case hexadecimal digits", "哈希应为 64 位小写十六进制")
    return bytes.fromhex(value)


def _hashes(doc: dict[str, Any]) -> tuple[bytes, ...]:
    value = doc["proof"]
    if not isinstance(value, list) or len(value) > MAX_PROOF:
        _malformed(f"proof is not a list of at most {MAX_PROOF} hashes", f"应为至多 {MAX_PROOF} 个哈希的列表")
    return tuple(_hash(one) for one in value)
