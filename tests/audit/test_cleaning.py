"""What the log takes away again: superseded partial tiles and files of killed writers, in bounded rounds; never what anybody still needs."""

import itertools
import logging
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import cleaning
from audit.checkpoint import sign_checkpoint
from audit.cleaning import ROUNDS, WIDEST, Cleaning
from audit.publisher import Publisher
from audit.tiles import TileWriter
from hub.db import Database
from shuniu.proofs.checkpoint import Checkpoint, VerifierKey
from shuniu.proofs.offline import verify_directory
from shuniu.proofs.tiles import ENTRIES, WIDTH, Tile, TileReader, levels_of, tiles_of
from shuniu.proofs.tree import CompactRange, leaf_hash, range_root, root_of
from tests.audit.keeping import KEY, ORIGIN, a_publisher, event, write
from tests.hub.test_watch import soon

LEAVES = [b"leaf %d" % i for i in range(3_072)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
VKEY = VerifierKey(ORIGIN, KEY.public_key().public_bytes_raw())


@pytest.fixture(autouse=True)
def no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of files need not reach the disk here."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No partial tile stays a while."""
    monkeypatch.setattr(cleaning, "WIDEST", 0)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def partials(folder: Path) -> set[str]:
    return {name for name in files(folder) if ".p/" in name}


def grow(folder: Path, *sizes: int, cleaner: Cleaning | None = None) -> None:
    """Write the tiles of each size after the other, and clean behind each where a cleaner is given."""
    writer = TileWriter(folder)
    for start, end in itertools.pairwise(sizes):
        writer.extend(start, LEAVES[start:end])
        if cleaner is not None:
            cleaner.clean(end)


def sign(folder: Path, size: int) -> None:
    TileWriter(folder).publish(sign_checkpoint(Checkpoint(ORIGIN, size, root_of(HASHES[:size])), VKEY, KEY.sign))
    (folder / "log.vkey").write_text(f"{VKEY}\n")


def clean_until_done(cleaner: Cleaning, size: int) -> int:
    """Return how many rounds it took."""
    return next(rounds for rounds in itertools.count(1) if cleaner.clean(size) == 0)


def test_three_thousand_lone_records_leave_fewer_than_five_hundred_files(tmp_path: Path):
    cleaner = Cleaning(tmp_path)
    grow(tmp_path, *range(3_001), cleaner=cleaner)
    assert len(files(tmp_path)) == 22 + 2 * 184 + 11  # full tiles; partial ones of the last place; level 1
    TileWriter(tmp_path).extend(3_000, LEAVES[3_000:])
    cleaner.clean(3_072)
    assert len(files(tmp_path)) == 24 + 2 * WIDEST + 12


def test_what_the_release_before_left_goes_in_bounded_rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    grow(tmp_path, *range(1_001))
    assert len(files(tmp_path)) == 2_003
    monkeypatch.setattr(cleaning, "REMOVALS", 300)
    cleaner, left = Cleaning(tmp_path), 2_003
    for _ in range(60):
        removed = cleaner.clean(1_000)
        assert removed < 300 + WIDTH
        left -= removed
    assert len(files(tmp_path)) == left == 473
    assert Cleaning(tmp_path).clean(1_000) == 0


def test_a_round_looks_at_so_many_tiles_and_the_next_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    grow(tmp_path, 0, 1_500, 1_501, 3_000)
    monkeypatch.setattr(cleaning, "LOOKS", 2)
    cleaner = Cleaning(tmp_path)
    for _ in range(60):
        cleaner.clean(3_000)
    assert partials(tmp_path) == {f"tile/{kind}/011.p/184" for kind in ("0", "entries")} | {"tile/1/000.p/5", "tile/1/000.p/11"}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 1_100), min_size=1, max_size=12))
def test_however_a_log_grew_and_was_cleaned_every_size_of_it_can_be_proved(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]):
    steps, folder = sorted({0, *sizes}), tmp_path_factory.mktemp("log")
    grow(folder, *steps, cleaner=Cleaning(folder))
    end, reader = steps[-1], TileReader(folder)
    sign(folder, end)
    for size in steps[1:]:
        assert range_root(0, size, reader.nodes(size)) == root_of(HASHES[:size])
        for level in levels_of(size):
            assert [reader.hashes(tile) for tile in tiles_of(size, level)]
        assert [one for tile in tiles_of(size, ENTRIES) for one in reader.entries(tile)] == LEAVES[:size]
    verdict = verify_directory(folder, str(VKEY))
    assert (verdict.ok, verdict.notices) == (True, ())
    needed = {tile.path for level in (ENTRIES, *levels_of(end)) for tile in tiles_of(end, level)}
    assert needed <= files(folder)
    for name in partials(folder) - needed:
        tile = Tile.parse(name)
        full = end >> (8 * (max(tile.level, 0) + 1))
        assert tile.index >= full or len(reader.partials(tile)) <= WIDEST


def test_what_the_newest_published_checkpoint_rests_on_stays_until_the_next(sqlite_database: Database, tmp_path: Path):
    publisher = _published(sqlite_database, tmp_path, 250)
    write(sqlite_database, *[event() for _ in range(20)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audit.publisher.sign_checkpoint", _killed)
        with pytest.raises(KeyboardInterrupt):
            publisher.publish()
    assert {"tile/0/000", "tile/0/000.p/250", "tile/entries/000.p/250"} <= files(tmp_path / "log")
    assert publisher.publish() is not None
    assert verify_directory(tmp_path / "log", str(publisher.vkey)).ok


def test_a_copy_made_while_the_log_grew_verifies(tmp_path: Path):
    log, copy = tmp_path / "log", tmp_path / "copy"
    cleaner = Cleaning(log)
    grow(log, *range(201), cleaner=cleaner)
    sign(log, 200)
    copy.mkdir()
    shutil.copy(log / "checkpoint", copy)
    shutil.copy(log / "log.vkey", copy)
    listed = [path for path in log.rglob("*") if path.is_dir()]  # the full tile has no name yet
    grow(log, *range(200, 271), cleaner=cleaner)
    for folder in listed:
        if folder.suffix == ".p":
            shutil.copytree(folder, copy / folder.relative_to(log))
    kept = {f"tile/{kind}/000.p/{width}" for kind in ("0", "entries") for width in range(WIDTH - WIDEST, WIDTH)}
    assert files(copy) == {"checkpoint", "log.vkey"} | kept
    verdict = verify_directory(copy, str(VKEY))
    assert (verdict.ok, verdict.size, verdict.findings) == (True, 200, ())


def test_copies_made_with_cp_while_the_log_grows_verify_and_so_does_the_log_itself(tmp_path: Path):
    log, stop = tmp_path / "log", threading.Event()
    (log / "tile").mkdir(parents=True)
    sign(log, 0)

    def keep_growing() -> None:
        writer, cleaner, tree = TileWriter(log), Cleaning(log), CompactRange()
        for number, leaf in enumerate(LEAVES):
            if stop.is_set():
                return
            writer.extend(number, [leaf])
            tree.append(HASHES[number])
            writer.publish(sign_checkpoint(Checkpoint(ORIGIN, tree.size, tree.root()), VKEY, KEY.sign))
            cleaner.clean(tree.size)
            if tree.size > 235:
                stop.wait(0.03)  # a copy takes fewer than 16 checkpoints

    growing = threading.Thread(target=keep_growing)
    growing.start()
    soon((log / "tile/0/000.p/240").exists, 20)
    try:
        number = 0
        while not (log / "tile/0/001.p/20").exists():
            number += 1
            copy = tmp_path / f"copy{number}"
            copy.mkdir()
            shutil.copy(log / "checkpoint", copy)  # first, as the guide says
            shutil.copy(log / "log.vkey", copy)
            subprocess.run(["cp", "-a", str(log / "tile"), str(copy)], check=False, capture_output=True)  # a file may vanish
            for folder in (copy, log):
                verdict = verify_directory(folder, str(VKEY))
                assert (verdict.ok, verdict.findings) == (True, ())
    finally:
        stop.set()
        growing.join()
    assert verdict.size > WIDTH


def test_a_partial_tile_that_its_full_one_contradicts_is_kept_as_evidence(tmp_path: Path, caplog: pytest.LogCaptureFixture, at_once: None):
    grow(tmp_path, 0, 100, 200, 300, 600)
    changed = tmp_path / "tile/entries/000.p/100"
    changed.write_bytes(changed.read_bytes().replace(b"leaf 7", b"leaf 8"))
    with caplog.at_level(logging.WARNING):
        Cleaning(tmp_path).clean(600)
    assert {"tile/entries/000.p/100"} == {name for name in partials(tmp_path) if "/000.p" in name and "tile/1" not in name}
    assert "tile/entries/000.p/100 is not how tile/entries/000 begins" in caplog.text


@pytest.mark.parametrize("fault", ["missing", "short", "changed"])
def test_where_the_full_tile_is_not_whole_its_partial_ones_stay(tmp_path: Path, fault: str, at_once: None):
    grow(tmp_path, 0, 100, 200, 600)
    full = tmp_path / "tile/0/000"
    data = full.read_bytes()
    full.unlink()
    if fault != "missing":
        full.write_bytes(data[:-32] if fault == "short" else bytes(32) + data[32:])
    Cleaning(tmp_path).clean(600)
    assert {name for name in partials(tmp_path) if name.startswith("tile/0/000")} == {"tile/0/000.p/100", "tile/0/000.p/200"}


def test_the_full_tile_s_name_is_on_the_disk_before_the_first_partial_one_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: None):
    grow(tmp_path, 0, 100, 600)
    done: list[str] = []
    monkeypatch.setattr(cleaning, "sync_folder", lambda folder: done.append(f"sync {folder.relative_to(tmp_path)}"))
    monkeypatch.setattr(Path, "unlink", lambda path: done.append(f"unlink {path.relative_to(tmp_path)}"))
    Cleaning(tmp_path).clean(600)
    assert done == ["sync tile/entries", "unlink tile/entries/000.p/100", "sync tile/0", "unlink tile/0/000.p/100"]


def test_files_of_killed_writers_go_wherever_they_died(tmp_path: Path):
    grow(tmp_path, 0, 100, 300)
    for folder in ("", "tile/0", "tile/entries", "tile/1", "tile/0/000.p", "tile/0/001.p", "tile/1/000.p"):
        (tmp_path / folder / ".new-abc").write_bytes(b"half")
    (tmp_path / "tile/0/.new-link").symlink_to("000")
    before = files(tmp_path)
    assert clean_until_done(Cleaning(tmp_path), 300) == 2
    assert {name for name in before - files(tmp_path) if ".new-" not in name} == set()
    assert [path for path in tmp_path.rglob(".new-*") if not path.is_symlink()] == []


def test_a_disk_that_refuses_to_remove_stops_no_checkpoint(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: None):
    publisher = _published(sqlite_database, tmp_path, 100)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    write(sqlite_database, *[event() for _ in range(500)])
    head = publisher.publish()
    assert head is not None
    assert head.size == 600
    assert "tile/0/000.p/100" in partials(tmp_path / "log")


def test_proofs_for_checkpoints_of_long_ago_hold(database: Database, tmp_path: Path):
    publisher = _published(database, tmp_path, 1, 5, 200, 290, 600)
    for _ in range(ROUNDS):
        publisher.publish()  # nothing new: a round all the same
    assert not any(name.startswith(("tile/0/000.p", "tile/entries/000.p")) for name in files(tmp_path / "log"))
    for size in (1, 5, 200, 290):
        publisher.inclusion(size - 1, size).verify()
        publisher.consistency(size, 600).verify()


def _published(database: Database, folder: Path, *sizes: int) -> Publisher:
    publisher = a_publisher(database, folder / "log")
    publisher.open()
    for start, end in itertools.pairwise((0, *sizes)):
        write(database, *[event() for _ in range(start, end)])
        publisher.publish()
    return publisher


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
