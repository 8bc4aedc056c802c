import itertools
import shutil

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.checkpoint import sign_checkpoint
from audit.tiles import TileWriter
from hub.errors import InvalidInputError
from shuniu.proofs.checkpoint import Checkpoint, VerifierKey
from shuniu.proofs.offline import verify_directory
from shuniu.proofs.proof import ConsistencyProof, InclusionProof, consistency_proof, inclusion_proof
from shuniu.proofs.tiles import TileReader
from shuniu.proofs.tree import leaf_hash, root_of
from shuniu.proofs.verdict import MAX_FINDINGS

SIZE = 700
ORIGIN = "hub.nx.example/log"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = VerifierKey(ORIGIN, PRIVATE.public_key().public_bytes_raw())
LEAVES = [b"a record of the log, number %d" % i for i in range(SIZE)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
TILES = ["tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"]
BUNDLES = ["tile/entries/000", "tile/entries/001", "tile/entries/002.p/188"]
ENTRY = 2 + len(LEAVES[100])  # only for records 100 to 699; shorter before


def a_log(folder, steps=(0, SIZE), private=PRIVATE, leaves=LEAVES):
    writer, hashes = TileWriter(folder), [leaf_hash(leaf) for leaf in leaves]
    for start, end in itertools.pairwise(steps):
        writer.extend(start, leaves[start:end])
    key = VerifierKey(ORIGIN, private.public_key().public_bytes_raw())
    size = steps[-1]
    writer.publish(sign_checkpoint(Checkpoint(ORIGIN, size, root_of(hashes[:size])), key, private.sign))
    (folder / "log.vkey").write_text(f"{key}\n")
    node = TileReader(folder).nodes(size)
    inclusion = InclusionProof(300, 600, hashes[300], root_of(hashes[:600]), tuple(inclusion_proof(300, 600, node)))
    consistency = ConsistencyProof(100, size, root_of(hashes[:100]), root_of(hashes[:size]), tuple(consistency_proof(100, size, node)))
    (folder / "inclusion.json").write_bytes(inclusion.to_json())
    (folder / "consistency.json").write_bytes(consistency.to_json())
    return folder


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return a_log(tmp_path_factory.mktemp("log"))


@pytest.fixture
def copy(good, tmp_path):
    return shutil.copytree(good, tmp_path / "copy")


def flip(path, place, by=0xFF):
    data = bytearray(path.read_bytes())
    data[place] ^= by
    path.write_bytes(data)


def test_a_whole_log_passes(good):
    for vkey in (None, str(KEY)):
        verdict = verify_directory(good, vkey)
        assert verdict.ok, verdict.findings
        assert (verdict.origin, verdict.size, verdict.root, verdict.signer) == (ORIGIN, SIZE, root_of(HASHES), str(KEY))
        assert set(verdict.checked) == {"checkpoint", "log.vkey", "tile", "inclusion.json", "consistency.json"}
        assert not verdict.notices


def places(data, wanted):
    return sorted({0, len(data) - 1, *(step * len(data) // wanted for step in range(wanted))})


@pytest.mark.parametrize("name", ["checkpoint", "log.vkey", "inclusion.json", "consistency.json", *TILES, *BUNDLES])
def test_one_changed_byte_is_found_and_named(copy, name):
    path = copy / name
    whole = path.read_bytes()
    for place in places(whole, 25):
        for by in (0x01, 0x80, 0xFF):
            flip(path, place, by)
            verdict = verify_directory(copy)
            assert [one.file for one in verdict.findings] == [name], (place, by, verdict.findings)
            assert name in verdict.findings[0].en
            assert name in verdict.findings[0].zh
            assert verdict.findings[0].en != verdict.findings[0].zh
            path.write_bytes(whole)
    assert verify_directory(copy).ok


@pytest.mark.parametrize(("name", "first"), [("tile/0/000", 0), ("tile/0/001", 256), ("tile/0/002.p/188", 512)])
def test_a_changed_hash_names_its_record_and_what_was_expected(copy, name, first):
    for place in (0, 5, 187):
        whole = (copy / name).read_bytes()
        flip(copy / name, place * 32 + 7)
        (finding,) = verify_directory(copy).findings
        assert (finding.file, finding.leaf, finding.expected) == (name, first + place, HASHES[first + place].hex())
        (copy / name).write_bytes(whole)


def test_a_changed_hash_of_the_second_level_names_the_first_record_below(copy):
    flip(copy / "tile/1/000.p/2", 32)
    (finding,) = verify_directory(copy).findings
    assert (finding.file, finding.leaf, finding.expected) == ("tile/1/000.p/2", 256, root_of(HASHES[256:512]).hex())


@pytest.mark.parametrize(("name", "first"), [("tile/entries/001", 256), ("tile/entries/002.p/188", 512)])
def test_a_changed_entry_names_its_record_and_what_was_expected(copy, name, first):
    for place in (0, 9, 187):
        for byte in (0, 1, 2, ENTRY - 1):  # both bytes of the length, the first and the last of the entry
            whole = (copy / name).read_bytes()
            flip(copy / name, place * ENTRY + byte)
            (finding,) = verify_directory(copy).findings
            assert (finding.file, finding.leaf, finding.expected) == (name, first + place, HASHES[first + place].hex())
            (copy / name).write_bytes(whole)


@pytest.mark.parametrize("name", [*TILES, *BUNDLES, "checkpoint", "log.vkey"])
def test_a_missing_file_is_named(copy, name):
    (copy / name).unlink()
    (finding,) = verify_directory(copy).findings
    assert finding.file == name
    assert "missing" in finding.en
    assert "缺失" in finding.zh


@pytest.mark.parametrize("name", [*TILES, *BUNDLES])
def test_a_file_cut_short_grown_or_emptied_is_named(copy, name):
    whole = (copy / name).read_bytes()
    for broken in (whole[:-1], whole + b"\x00", whole + whole[:32], b"", whole * 300):
        (copy / name).write_bytes(broken)
        assert [one.file for one in verify_directory(copy).findings] == [name]


def test_an_entry_that_was_taken_out_is_named(copy):
    path = copy / "tile/entries/001"
    data = path.read_bytes()
    path.write_bytes(data[: 10 * ENTRY] + data[11 * ENTRY :])
    assert [(one.file, one.leaf) for one in verify_directory(copy).findings] == [("tile/entries/001", 266)]


def test_a_rewritten_record_with_its_tile_is_named_by_the_level_above(copy, tmp_path):
    forged = a_log(tmp_path / "forged", leaves=[*LEAVES[:300], b"never happened", *LEAVES[301:]])
    for name in ("tile/entries/001", "tile/0/001"):
        shutil.copy(forged / name, copy / name)
    (finding,) = verify_directory(copy).findings
    assert (finding.file, finding.leaf, finding.expected) == ("tile/0/001", 256, root_of(HASHES[256:512]).hex())


def test_a_wholly_rewritten_log_does_not_fit_the_signed_root(copy, tmp_path):
    forged = a_log(tmp_path / "forged", leaves=[*LEAVES[:300], b"never happened", *LEAVES[301:]])
    shutil.rmtree(copy / "tile")
    shutil.copytree(forged / "tile", copy / "tile")
    (finding,) = verify_directory(copy).findings
    assert (finding.file, finding.expected) == ("checkpoint", root_of(HASHES).hex())


def test_a_log_signed_by_somebody_else_fails_under_the_readers_own_key(tmp_path):
    folder = a_log(tmp_path, private=Ed25519PrivateKey.from_private_bytes(b"x" * 32))
    assert verify_directory(folder).ok
    assert [one.file for one in verify_directory(folder, str(KEY)).findings] == ["log.vkey", "checkpoint"]
    (folder / "log.vkey").unlink()
    assert [one.file for one in verify_directory(folder, str(KEY)).findings] == ["checkpoint"]
    with pytest.raises(InvalidInputError):
        verify_directory(folder, "no key")


def test_a_true_proof_about_another_log_is_noticed(copy, tmp_path):
    other = a_log(tmp_path / "other", leaves=[b"x" + leaf for leaf in LEAVES])
    for name in ("inclusion.json", "consistency.json"):
        whole = (copy / name).read_bytes()
        shutil.copy(other / name, copy / name)
        assert [one.file for one in verify_directory(copy).findings] == [name]
        (copy / name).write_bytes(whole)


def test_a_proof_about_a_longer_log_is_noticed(tmp_path, copy):
    short = a_log(tmp_path / "short", steps=(0, 650))
    shutil.copy(copy / "consistency.json", short / "consistency.json")
    assert [one.file for one in verify_directory(short).findings] == ["consistency.json"]


def test_proofs_may_be_absent(copy):
    (copy / "inclusion.json").unlink()
    (copy / "consistency.json").unlink()
    assert verify_directory(copy).ok


def test_older_partial_tiles_are_checked_too(tmp_path):
    folder = a_log(tmp_path, steps=(0, 100, 300, 610, SIZE))
    assert verify_directory(folder).ok
    old = ["tile/0/000.p/100", "tile/entries/000.p/100", "tile/0/001.p/44", "tile/1/000.p/1", "tile/0/002.p/98", "tile/entries/002.p/98"]
    for name in old:
        whole = (folder / name).read_bytes()
        for place in places(whole, 5):
            flip(folder / name, place)
            assert [one.file for one in verify_directory(folder).findings] == [name], place
            (folder / name).write_bytes(whole)
        (folder / name).unlink()
    assert verify_directory(folder).ok


def test_tiles_newer_than_the_checkpoint_are_only_noted(copy):
    TileWriter(copy).extend(SIZE, [b"next %d" % i for i in range(100)])
    (copy / "tile" / ".new-abc").write_bytes(b"")
    (copy / "tile/0/002.p/188").unlink()
    verdict = verify_directory(copy)
    assert verdict.ok, verdict.findings
    assert any("newer" in note for note in verdict.notices)
    assert any(".new-abc" in note for note in verdict.notices)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512])
def test_logs_of_every_shape_pass_and_break(tmp_path, size):
    writer = TileWriter(tmp_path)
    writer.extend(0, LEAVES[:size])
    writer.publish(sign_checkpoint(Checkpoint(ORIGIN, size, root_of(HASHES[:size])), KEY, PRIVATE.sign))
    (tmp_path / "log.vkey").write_text(str(KEY))
    assert verify_directory(tmp_path).ok
    for path in sorted(path for path in (tmp_path / "tile").rglob("*") if path.is_file()):
        whole = path.read_bytes()
        for place in places(whole, 3):
            flip(path, place)
            assert [one.file for one in verify_directory(tmp_path).findings] == [path.relative_to(tmp_path).as_posix()]
            path.write_bytes(whole)


def test_the_empty_log_passes(tmp_path):
    TileWriter(tmp_path).publish(sign_checkpoint(Checkpoint(ORIGIN, 0, root_of([])), KEY, PRIVATE.sign))
    (tmp_path / "log.vkey").write_text(str(KEY))
    assert verify_directory(tmp_path).ok


def test_an_absurd_size_ends_soon_with_a_capped_list(copy):
    TileWriter(copy).publish(sign_checkpoint(Checkpoint(ORIGIN, 2**62, bytes(32)), KEY, PRIVATE.sign))
    verdict = verify_directory(copy)
    assert len(verdict.findings) == MAX_FINDINGS
    assert "stopped" in verdict.notices[-1]


def test_an_empty_folder_names_the_key(tmp_path):
    (finding,) = verify_directory(tmp_path).findings
    assert finding.file == "log.vkey"


def test_a_log_of_three_levels_names_a_changed_byte_at_each(tmp_path):
    leaves = [b"%d" % i for i in range(65_536 + 300)]
    folder = a_log(tmp_path, steps=(0, len(leaves)), leaves=leaves)
    assert verify_directory(folder).ok
    for name, place, leaf in (
        ("tile/2/000.p/1", 3, 0),
        ("tile/1/000", 200 * 32, 200 * 256),
        ("tile/1/001.p/1", 31, 65_536),
        ("tile/0/200", 32, 51_201),
        ("tile/0/256", 0, 65_536),
        ("tile/entries/255", 3, 65_280),
    ):
        flip(folder / name, place)
        assert [(one.file, one.leaf) for one in verify_directory(folder).findings] == [(name, leaf)]
        flip(folder / name, place)


def test_a_checkpoint_of_another_log_under_the_same_key_is_refused(copy):
    TileWriter(copy).publish(sign_checkpoint(Checkpoint("other.example/log", SIZE, root_of(HASHES)), KEY, PRIVATE.sign))
    (finding,) = verify_directory(copy).findings
    assert finding.file == "checkpoint"
    assert "other.example/log" in finding.en
