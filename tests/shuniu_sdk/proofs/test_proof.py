import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuniu.catalogue import IntegrityError, InvalidInputError, ShuniuError
from shuniu.proofs.proof import ConsistencyProof, InclusionProof, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from shuniu.proofs.tree import leaf_hash, root_of
from tests.shuniu_sdk.proofs.test_tree import LEAVES, ROOTS

HASHES = [leaf_hash(b"leaf %d" % i) for i in range(300)]


def node(level, index):
    assert (index + 1) << level <= len(HASHES)
    return root_of(HASHES[index << level : (index + 1) << level])


ROOT = [root_of(HASHES[:size]) for size in range(301)]


# A second opinion: the recursive definitions of RFC 6962 section 2.1, read plainly and sharing nothing with the product.
def mth(d):
    if len(d) == 1:
        return d[0]
    k = largest_power_below(len(d))
    return sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def largest_power_below(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m, d):
    if len(d) == 1:
        return []
    k = largest_power_below(len(d))
    return [*path(m, d[:k]), mth(d[k:])] if m < k else [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m, d, whole):
    if m == len(d):
        return [] if whole else [mth(d)]
    k = largest_power_below(len(d))
    return [*subproof(m, d[:k], whole), mth(d[k:])] if m <= k else [*subproof(m - k, d[k:], False), mth(d[:k])]


def root_by_path(index, size, leaf, proof):
    """Walk down as the definition does, eating the proof from its end."""
    if size == 1:
        assert not proof
        return leaf
    k = largest_power_below(size)
    if index < k:
        return sha256(b"\x01" + root_by_path(index, k, leaf, proof[:-1]) + proof[-1]).digest()
    return sha256(b"\x01" + proof[-1] + root_by_path(index - k, size - k, leaf, proof[:-1])).digest()


def roots_by_subproof(m, n, first, proof, whole):
    """Return (old root, new root) of this subtree out of the proof alone."""
    if m == n:
        one = first if whole else proof[0]
        assert len(proof) == (0 if whole else 1)
        return one, one
    k = largest_power_below(n)
    if m <= k:
        old, new = roots_by_subproof(m, k, first, proof[:-1], whole)
        return old, sha256(b"\x01" + new + proof[-1]).digest()
    old, new = roots_by_subproof(m - k, n - k, first, proof[:-1], False)
    return sha256(b"\x01" + proof[-1] + old).digest(), sha256(b"\x01" + proof[-1] + new).digest()


def test_every_inclusion_proof_up_to_64_is_the_defined_one_and_holds_for_both_verifiers():
    for size in range(1, 65):
        for index in range(size):
            proof = inclusion_proof(index, size, node)
            assert proof == path(index, HASHES[:size])
            verify_inclusion(HASHES[index], index, size, proof, ROOT[size])
            assert root_by_path(index, size, HASHES[index], proof) == ROOT[size]


def test_every_consistency_proof_up_to_64_is_the_defined_one_and_holds_for_both_verifiers():
    for size2 in range(1, 65):
        for size1 in range(1, size2 + 1):
            proof = consistency_proof(size1, size2, node)
            assert proof == subproof(size1, HASHES[:size2], True)
            verify_consistency(size1, size2, ROOT[size1], ROOT[size2], proof)
            assert roots_by_subproof(size1, size2, ROOT[size1], proof, True) == (ROOT[size1], ROOT[size2])


def test_no_inclusion_proof_up_to_32_holds_for_another_place_in_the_same_tree():
    # RFC 6962 binds the way down, not the size: that is bound by the signed checkpoint.
    for size in range(1, 33):
        for index in range(size):
            proof = inclusion_proof(index, size, node)
            for other in set(range(size)) - {index}:
                with pytest.raises(ShuniuError):
                    verify_inclusion(HASHES[index], other, size, proof, ROOT[size])


@given(st.data())
def test_proofs_hold_for_larger_trees(data):
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    size1 = data.draw(st.integers(1, size))
    verify_inclusion(HASHES[index], index, size, inclusion_proof(index, size, node), ROOT[size])
    verify_consistency(size1, size, ROOT[size1], ROOT[size], consistency_proof(size1, size, node))


@given(st.data())
def test_a_proof_with_anything_changed_fails(data):
    size = data.draw(st.integers(2, 300))
    index, size1 = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    for proof, verify in (
        (inclusion_proof(index, size, node), lambda p: verify_inclusion(HASHES[index], index, size, p, ROOT[size])),
        (consistency_proof(size1, size, node), lambda p: verify_consistency(size1, size, ROOT[size1], ROOT[size], p)),
    ):
        place = data.draw(st.integers(0, len(proof) - 1))
        flipped = bytearray(proof[place])
        flipped[data.draw(st.integers(0, 31))] ^= data.draw(st.integers(1, 255))
        changed = [*proof[:place], bytes(flipped), *proof[place + 1 :]]
        for broken in (changed, proof[:-1], proof[1:], [*proof, bytes(32)], [*proof[:place], proof[place][:-1], *proof[place + 1 :]]):
            with pytest.raises(ShuniuError):
                verify(broken)


def test_the_shared_vectors_come_out():
    hashes = [leaf_hash(leaf) for leaf in LEAVES]

    def of(level, index):
        return root_of(hashes[index << level : (index + 1) << level])

    n01, n67 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
    n23, n47 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
    n4, n45 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
    for (index, size), expected in {(0, 8): [n01, n23, n47], (5, 8): [n4, n67, ROOTS[3]], (2, 3): [ROOTS[1]], (1, 5): [ROOTS[0], n23, n4]}.items():
        assert [one.hex() for one in inclusion_proof(index, size, of)] == expected
    for (size1, size2), expected in {(1, 8): [n01, n23, n47], (6, 8): [n45, n67, ROOTS[3]], (2, 5): [n23, n4], (1, 1): []}.items():
        assert [one.hex() for one in consistency_proof(size1, size2, of)] == expected


@pytest.mark.parametrize("sizes", [(0, 5), (0, 0), (6, 5), (-1, 5), (5, 2**63)])
def test_no_consistency_proof_from_size_zero_backwards_or_beyond(sizes):
    with pytest.raises(InvalidInputError):
        verify_consistency(sizes[0], sizes[1], ROOT[5], ROOT[5], [])
    with pytest.raises(InvalidInputError):
        consistency_proof(sizes[0], sizes[1], node)


@pytest.mark.parametrize("place", [(-1, 5), (5, 5), (0, 0), (2**63, 2**63 + 1)])
def test_no_inclusion_proof_outside_the_tree(place):
    with pytest.raises(InvalidInputError):
        verify_inclusion(HASHES[0], place[0], place[1], [], ROOT[5])
    with pytest.raises(InvalidInputError):
        inclusion_proof(place[0], place[1], node)


def test_swapped_and_forked_roots_are_refused():
    proof = consistency_proof(5, 9, node)
    with pytest.raises(IntegrityError):
        verify_consistency(5, 9, ROOT[9], ROOT[5], proof)
    with pytest.raises(IntegrityError, match="forked"):
        verify_consistency(5, 5, ROOT[5], ROOT[4], [])
    with pytest.raises(InvalidInputError):
        verify_consistency(5, 5, ROOT[5], ROOT[5], [ROOT[5]])
    with pytest.raises(InvalidInputError):
        verify_consistency(5, 9, ROOT[5], ROOT[9], [])
    with pytest.raises(InvalidInputError):
        verify_inclusion(HASHES[0][:31], 0, 1, [], ROOT[1])
    with pytest.raises(InvalidInputError):
        verify_inclusion(HASHES[0], 0, 1, [bytes(32)] * 65, ROOT[1])


INCLUSION = InclusionProof(5, 300, HASHES[5], ROOT[300], tuple(inclusion_proof(5, 300, node)))
CONSISTENCY = ConsistencyProof(100, 300, ROOT[100], ROOT[300], tuple(consistency_proof(100, 300, node)))


def test_proof_files_go_there_and_back():
    for proof in (INCLUSION, CONSISTENCY):
        proof.verify()
        data = proof.to_json()
        assert type(proof).from_json(data) == proof
        for form in (json.dumps(json.loads(data)), json.dumps(json.loads(data), separators=(",", ":"))):
            assert type(proof).from_json(form.encode()) == proof


def test_every_changed_byte_of_a_proof_file_is_noticed():
    for proof in (INCLUSION, CONSISTENCY):
        data = proof.to_json()
        for place in range(len(data)):
            for flip in (0x01, 0x02, 0x08, 0x20, 0x2A, 0x2D, 0x80, 0xFF):
                changed = bytearray(data)
                changed[place] ^= flip
                try:
                    read = type(proof).from_json(bytes(changed))
                    assert read != proof, (place, flip)
                    read.verify()
                except ShuniuError:
                    continue
                # What still holds in itself speaks of another size; verify_directory compares it with the log.
                assert read.size != 300 if isinstance(read, InclusionProof) else read.size2 != 300


@pytest.mark.parametrize(
    "changes",
    [
        {"index": "5"},
        {"index": 5.0},
        {"index": True},
        {"index": -1},
        {"proof": "00"},
        {"proof": [1]},
        {"root": "00"},
        {"leaf_hash": "A" * 64},
        {"proof": ["00" * 32] * 65},
        {"more": 1},
    ],
)
def test_a_proof_file_of_another_shape_is_refused(changes):
    with pytest.raises(InvalidInputError):
        InclusionProof.from_json(json.dumps(json.loads(INCLUSION.to_json()) | changes).encode())


def test_a_proof_file_that_repeats_itself_nests_or_swells_is_refused():
    data = INCLUSION.to_json()
    for broken in (
        b"",
        b"[]",
        b"null",
        b"[" * 5000,
        data.replace(b"{", b'{"index": 5, ', 1),
        b" " + data,
        data + b"\n",
        data + b" " * 17_000,
        b"\xff",
    ):
        with pytest.raises(InvalidInputError):
            InclusionProof.from_json(broken)


@given(st.binary(max_size=100) | st.text(max_size=60).map(str.encode))
def test_random_bytes_are_no_proof_file(data):
    with pytest.raises(InvalidInputError):
        ConsistencyProof.from_json(data)
