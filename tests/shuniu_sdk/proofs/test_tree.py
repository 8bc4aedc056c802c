import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuniu.catalogue import IntegrityError
from shuniu.proofs.tree import EMPTY_ROOT, CompactRange, leaf_hash, range_root, root_by_definition, root_of

# The eight leaves and their roots that Certificate Transparency's implementations share.
LEAVES = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [leaf_hash(b"leaf %d" % i) for i in range(400)]


def grown(hashes):
    tree = CompactRange()
    for one in hashes:
        tree.append(one)
    return tree


def test_the_shared_vectors_come_out():
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    for size, root in enumerate(ROOTS, 1):
        assert root_of(hashes[:size]).hex() == grown(hashes[:size]).root().hex() == root_by_definition(hashes[:size]).hex() == root


def test_the_empty_tree_is_the_hash_of_nothing():
    assert root_of([]) == CompactRange().root() == root_by_definition([]) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_every_size_agrees_with_the_definition():
    tree = CompactRange()
    for size, one in enumerate(HASHES, 1):
        tree.append(one)
        root = root_by_definition(HASHES[:size])
        assert tree.size == size
        assert tree.root() == root_of(HASHES[:size]) == root


@settings(max_examples=60)
@given(st.integers(0, 400))
def test_a_range_is_stored_read_back_and_rebuilt(size):
    tree = grown(HASHES[:size])
    assert CompactRange.from_bytes(tree.to_bytes()) == tree

    def node(level, index):
        return root_by_definition(HASHES[index << level : (index + 1) << level])

    assert CompactRange.of(size, node) == tree
    assert range_root(0, size, node) == tree.root()


def test_a_copy_grows_alone():
    tree = grown(HASHES[:5])
    other = tree.copy()
    other.append(HASHES[5])
    assert (tree.size, tree.root()) == (5, root_of(HASHES[:5]))


def test_what_is_no_range_is_refused():
    whole = grown(HASHES[:7]).to_bytes()
    for broken in (
        b"",
        whole[:7],
        whole[:-1],
        whole + b"\x00",
        whole[:-32],
        whole + bytes(32),
        b"\x00" * 7 + b"\x06" + whole[8:],
        b"\xff" * 8 + bytes(32 * 64),
    ):
        with pytest.raises(IntegrityError):
            CompactRange.from_bytes(broken)
    with pytest.raises(IntegrityError):
        CompactRange(1, [b"short"])
    with pytest.raises(IntegrityError):
        CompactRange().append(b"short")


@given(st.binary(max_size=200))
def test_random_bytes_are_read_only_if_they_are_a_range(data):
    try:
        tree = CompactRange.from_bytes(data)
    except IntegrityError:
        return
    assert tree.to_bytes() == data


def test_leaf_and_node_hashes_differ():
    left, right = HASHES[:2]
    assert leaf_hash(left + right) != root_of([left, right])
