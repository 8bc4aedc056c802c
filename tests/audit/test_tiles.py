import itertools
import os
import threading
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.tiles import TileWriter
from hub.errors import IntegrityError, InvalidInputError, NotFoundError
from shuniu.proofs.proof import consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from shuniu.proofs.tiles import ENTRIES, Tile, TileReader, levels_of, pack_entries, read_file, tiles_of, unpack_entries, unpack_hashes
from shuniu.proofs.tree import CompactRange, leaf_hash, range_root, root_of

LEAVES = [b"leaf %d" % i for i in range(1100)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_paths_are_those_of_the_standard():
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(2, 0, 1).path == "tile/2/000.p/1"
    assert Tile(ENTRIES, 273, 112).path == "tile/entries/273.p/112"
    assert Tile(0, 1000).path == "tile/0/x001/000"
    assert Tile(63, 999999).path == "tile/63/x999/999"


def test_a_log_of_70000_has_the_tiles_that_the_standard_counts():
    def counted(level):
        return [tile.width for tile in tiles_of(70_000, level)]

    assert counted(0) == counted(ENTRIES) == [256] * 273 + [112]
    assert (counted(1), counted(2), list(levels_of(70_000))) == ([256, 17], [1], [0, 1, 2])
    assert [list(levels_of(size)) for size in (0, 1, 255, 256, 65_535, 65_536)] == [[], [0], [0], [0, 1], [0, 1], [0, 1, 2]]


@given(st.integers(-1, 63), st.integers(0, 2**55), st.integers(1, 256))
def test_every_path_reads_back(level, index, width):
    assert Tile.parse(Tile(level, index, width).path) == Tile(level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/../000",
        "tile/0/001/000",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/x1/000",
        "tile/x/000",
        "tile/0/００0",
    ],
)
def test_any_other_path_is_refused(path):
    with pytest.raises(InvalidInputError):
        Tile.parse(path)


@given(st.text(alphabet="tile/0123x.pens-", max_size=30))
def test_a_path_has_one_spelling(path):
    with suppress(InvalidInputError):
        assert Tile.parse("tile/" + path).path == "tile/" + path


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 1100), max_size=4))
def test_however_a_log_grew_its_files_are_those_of_its_sizes(tmp_path_factory, sizes):
    steps = sorted({0, *sizes, 1100})
    folder, once = tmp_path_factory.mktemp("grown"), tmp_path_factory.mktemp("once")
    for start, end in itertools.pairwise(steps):
        TileWriter(folder).extend(start, LEAVES[start:end])
    TileWriter(once).extend(0, LEAVES)
    grown, whole = files(folder), files(once)
    assert whole.items() <= grown.items()
    expected = {tile.path for size in steps for level in (ENTRIES, *levels_of(size)) for tile in tiles_of(size, level) if tile.width < 256}
    assert {name for name in grown if ".p/" in name} == expected
    node = TileReader(folder).nodes(1100)
    assert range_root(0, 1100, node) == root_of(HASHES) == CompactRange.of(1100, node).root()


def test_tiles_hold_hashes_and_bundles_hold_entries(tmp_path):
    TileWriter(tmp_path).extend(0, LEAVES[:600])
    found = files(tmp_path)
    assert set(found) == {
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/88",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/88",
    }
    assert found["tile/0/001"] == b"".join(HASHES[256:512])
    assert found["tile/1/000.p/2"] == root_of(HASHES[:256]) + root_of(HASHES[256:512])
    assert found["tile/entries/002.p/88"].startswith(b"\x00\x08leaf 512\x00\x08leaf 513")


def test_proofs_are_built_from_tiles(tmp_path):
    TileWriter(tmp_path).extend(0, LEAVES)
    for size in (1, 255, 256, 257, 600, 1100):
        node = TileReader(tmp_path).nodes(1100)
        root = root_of(HASHES[:size])
        for index in {0, size // 2, size - 1}:
            verify_inclusion(HASHES[index], index, size, inclusion_proof(index, size, node), root)
        verify_consistency(size, 1100, root, root_of(HASHES), consistency_proof(size, 1100, node))


def test_a_superseded_partial_tile_may_be_gone(tmp_path):
    TileWriter(tmp_path).extend(0, LEAVES[:100])
    TileWriter(tmp_path).extend(100, LEAVES[100:300])
    for old in ("tile/0/000.p/100", "tile/entries/000.p/100"):
        (tmp_path / old).unlink()
    reader = TileReader(tmp_path)
    assert reader.hashes(Tile(0, 0, 100)) == HASHES[:100]
    assert reader.entries(Tile(ENTRIES, 0, 100)) == LEAVES[:100]
    assert range_root(0, 100, reader.nodes(100)) == root_of(HASHES[:100])


def test_writing_the_same_again_changes_nothing_and_other_content_is_refused(tmp_path):
    writer = TileWriter(tmp_path)
    writer.extend(0, LEAVES[:300])
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    writer.extend(0, LEAVES[:300])
    writer.extend(300, [])
    assert stamps == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(IntegrityError) as refused:
        writer.extend(0, [b"another", *LEAVES[1:300]])
    assert refused.value.reason == "REWRITTEN_TILE"
    assert stamps == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}


def test_a_lost_tile_is_derived_again(tmp_path):
    TileWriter(tmp_path).extend(0, LEAVES[:600])
    before = files(tmp_path)
    for name in before:
        (tmp_path / name).unlink()
        TileWriter(tmp_path).extend(0, LEAVES[:600])
        assert files(tmp_path) == before


def test_a_log_does_not_go_on_from_where_it_never_was(tmp_path):
    TileWriter(tmp_path).extend(0, LEAVES[:100])
    with pytest.raises(NotFoundError) as refused:
        TileWriter(tmp_path).extend(99, LEAVES[99:200])
    assert "record 0" in refused.value.next_action


def test_a_write_that_fails_leaves_no_half_file(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        TileWriter(tmp_path).extend(0, LEAVES[:10])
    assert files(tmp_path) == {}


def test_the_checkpoint_is_replaced_whole(tmp_path):
    writer = TileWriter(tmp_path / "new")
    writer.publish(b"one\n")
    writer.publish(b"two\n")
    assert files(tmp_path / "new") == {"checkpoint": b"two\n"}


def test_files_of_another_length_are_refused(tmp_path):
    TileWriter(tmp_path).extend(0, LEAVES[:300])
    reader = TileReader(tmp_path)
    for name, tile, read in (
        ("tile/0/001.p/44", Tile(0, 1, 44), reader.hashes),
        ("tile/entries/001.p/44", Tile(ENTRIES, 1, 44), reader.entries),
        ("tile/0/000", Tile(0, 0), reader.hashes),
        ("tile/entries/000", Tile(ENTRIES, 0), reader.entries),
    ):
        whole = (tmp_path / name).read_bytes()
        for broken in (b"", whole[:-1], whole + b"\x00", whole[:-32], whole + whole, whole + bytes(32)):
            (tmp_path / name).write_bytes(broken)
            with pytest.raises(IntegrityError):
                read(tile)
        (tmp_path / name).write_bytes(whole)
    with pytest.raises(NotFoundError):
        reader.hashes(Tile(0, 7))


def test_a_link_a_pipe_a_folder_and_a_giant_are_not_read(tmp_path):
    (tmp_path / "big").write_bytes(b"x" * 11)
    (tmp_path / "link").symlink_to("big")
    os.mkfifo(tmp_path / "pipe")
    reader = threading.Thread(target=lambda: [read_refused(tmp_path / name) for name in ("big", "link", "pipe", ".")])
    reader.start()
    reader.join(5)
    assert not reader.is_alive()


def read_refused(path):
    with pytest.raises(IntegrityError):
        read_file(path, 10)


@given(st.lists(st.binary(max_size=40), max_size=256))
def test_bundles_read_back(entries):
    assert unpack_entries(pack_entries(entries)) == entries


@given(st.binary(max_size=300))
def test_random_bytes_are_one_bundle_or_none(data):
    with suppress(IntegrityError):
        assert pack_entries(unpack_entries(data)) == data
    with suppress(IntegrityError):
        assert b"".join(unpack_hashes(data)) == data


def test_a_bundle_of_257_and_an_entry_of_64_kib_are_refused():
    with pytest.raises(IntegrityError):
        unpack_entries(b"\x00\x00" * 257)
    with pytest.raises(InvalidInputError):
        pack_entries([bytes(65_536)])
