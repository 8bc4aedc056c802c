"""Compares the entries and tiles of a copy of the log with each other and with the signed root, and names the file and record at fault.

Each stored hash is bound twice: from below (the entries or tiles it is made of) and from above (the parent's hash, and at the right
edge the signed root). A byte changed in one file breaks the bonds of that file alone, which tells it from its neighbours.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from shuniu.catalogue import CatalogueError, InvalidInputError
from shuniu.proofs.checkpoint import Checkpoint
from shuniu.proofs.tiles import CHECKPOINT, ENTRIES, HEIGHT, WIDTH, Tile, TileReader, levels_of, tiles_of
from shuniu.proofs.tree import EMPTY_ROOT, leaf_hash, range_root, root_of
from shuniu.proofs.verdict import Findings

_CACHED_TILES: Final = 64


class TileCheck:
    """Walks the tiles from the leaves up and holds each against what is below and what is above it."""

    def __init__(self, directory: Path, findings: Findings, head: Checkpoint) -> None:
        self._directory, self._findings, self._head = directory, findings, head
        self._reader = TileReader(directory)
        self._cache: OrderedDict[Tile, list[bytes] | None] = OrderedDict()
        self._edge = self._edge_holds()

    def run(self) -> None:
        """Check every level; `below` are the hashes that the level under it gives."""
        below: list[bytes | None] = []
        for level in levels_of(self._head.size):
            roots: list[bytes | None] = []
            for tile in tiles_of(self._head.size, level):
                root = self._leaves(tile) if level == 0 else self._inner(tile, below[tile.index * WIDTH : tile.index * WIDTH + tile.width])
                if tile.width == WIDTH:  # a partial tile has no hash in the level above
                    roots.append(root)
            below = roots
        # All files fit each other and not the signed root: the folder is whole, but it is another log.
        if self._head.size == 0 or (self._edge is False and not self._findings.found):
            self._check_root()

    def _check_root(self) -> None:
        root = EMPTY_ROOT if self._head.size == 0 else range_root(0, self._head.size, self._reader.nodes(self._head.size))
        if root != self._head.root:
            self._findings.add(
                CHECKPOINT,
                "the records here are not the ones that were signed",
                "此处的记录与已签名的不一致",
                expected=self._head.root.hex(),
                found=root.hex(),
            )

    def _edge_holds(self) -> bool | None:
        """Tell whether the tiles of the right edge give the signed root; None when one of them cannot be read."""
        try:
            return range_root(0, self._head.size, self._reader.nodes(self._head.size)) == self._head.root
        except CatalogueError:
            return None

    def _hashes_of(self, tile: Tile) -> list[bytes] | None:
        """Return a tile's hashes, or None when it cannot be read."""
        if tile not in self._cache:
            try:
                self._cache[tile] = self._reader.hashes(tile)
            except CatalogueError:
                self._cache[tile] = None
            if len(self._cache) > _CACHED_TILES:
                self._cache.popitem(last=False)
        self._cache.move_to_end(tile)
        return self._cache[tile]

    def _load(self, tile: Tile) -> list[bytes] | None:
        """Return a tile's hashes and note when it cannot be read."""
        hashes = self._hashes_of(tile)
        if hashes is None:
            try:
                self._reader.hashes(tile)
            except CatalogueError as error:
                self._findings.add_error(self._reader.file_of(tile).path, error, _first_leaf(tile))
        return hashes

    def _is_confirmed(self, tile: Tile, root: bytes) -> bool | None:
        """Tell whether what is above confirms this tile: its parent's hash or, at the right edge, the signed root."""
        if tile.width < WIDTH:
            return self._edge
        count = self._head.size >> (HEIGHT * (tile.level + 1))
        index, place = divmod(tile.index, WIDTH)
        above = self._hashes_of(Tile(tile.level + 1, index, min(WIDTH, count - index * WIDTH)))
        return None if above is None else above[place] == root

    def _leaves(self, tile: Tile) -> bytes | None:
        """Check an entry bundle against its tile and return the tile's root."""
        entries = Tile(ENTRIES, tile.index, tile.width)
        hashes = self._load(tile)
        try:
            bundle, data = self._reader.find(entries)
        except CatalogueError as error:
            self._findings.add_error(self._reader.file_of(entries).path, error, _first_leaf(tile))
            return None if hashes is None else root_of(hashes)
        if hashes is None:
            # The tile cannot be read; its root comes from the entries, so that the level above is checked all the same.
            computed = [one for one in _leaf_hashes(data) if one]
            return root_of(computed) if len(computed) == tile.width else None
        self._match(tile, bundle, hashes, data)
        return root_of(hashes)

    def _match(self, tile: Tile, bundle: Tile, hashes: list[bytes], data: bytes) -> None:
        """Find the first entry that does not hash to its place in the tile, and whose fault that is."""
        computed = list(_leaf_hashes(data))
        place = next((i for i, one in enumerate(hashes) if i >= len(computed) or computed[i] != one), None)
        if place is None:
            if len(computed) != bundle.width or not computed[-1]:
                self._findings.add(bundle.path, "bytes after the last entry", "末条之后有多余字节", leaf=_first_leaf(tile) + tile.width - 1)
            return
        # Entry and tile disagree. A tile that what is above contradicts is at fault, otherwise the entry.
        there = computed[place].hex() if place < len(computed) and computed[place] else "no whole entry"
        leaf = _first_leaf(tile) + place
        if self._is_confirmed(tile, root_of(hashes)) is False:
            self._findings.add(
                self._reader.file_of(tile).path, "not the hash of the entry", "与条目的哈希不符", leaf=leaf, expected=there, found=hashes[place].hex()
            )
        else:
            self._findings.add(bundle.path, "the entry was changed", "条目被改动", leaf=leaf, expected=hashes[place].hex(), found=there)

    def _inner(self, tile: Tile, below: list[bytes | None]) -> bytes | None:
        """Check a tile of a higher level against the roots of the tiles below it, and return its root."""
        hashes = self._load(tile)
        if hashes is None:
            return root_of([one for one in below if one]) if None not in below else None
        wrong = [i for i, one in enumerate(below) if one is not None and one != hashes[i]]
        if wrong and self._is_confirmed(tile, root_of(hashes)) is False:
            self._report(self._reader.file_of(tile), tile, wrong[0], below[wrong[0]] or b"", hashes[wrong[0]])
        elif wrong:
            # What is above does not contradict this tile, so the tiles below are at fault, or were found so already.
            for place in wrong:
                child = Tile(tile.level - 1, tile.index * WIDTH + place)
                if not self._findings.blames(child.path):
                    self._report(child, tile, place, hashes[place], below[place] or b"")
        return root_of(hashes)

    def _report(self, culprit: Tile, tile: Tile, place: int, expected: bytes, found: bytes) -> None:
        leaf = _first_leaf(tile) + (place << (HEIGHT * tile.level))
        self._findings.add(culprit.path, "does not fit the tree", "与树不符", leaf=leaf, expected=expected.hex(), found=found.hex())

    def check_others(self) -> None:
        """Check files that this size of the log does not need: an older partial tile must agree; what is newer is only noted."""
        for path in _files(self._directory / "tile"):
            name = path.relative_to(self._directory).as_posix()
            try:
                tile = Tile.parse(name)
            except InvalidInputError:
                self._findings.note(f"{name}: not a file of the log")
                continue
            width = min(WIDTH, (self._head.size >> (HEIGHT * max(tile.level, 0))) - tile.index * WIDTH)
            if width <= 0:
                self._findings.note(f"{name}: newer than the checkpoint")
            elif self._reader.file_of(needed := Tile(tile.level, tile.index, width)) != tile:
                self._compare(tile, needed)

    def _compare(self, tile: Tile, needed: Tile) -> None:
        """Compare a partial tile of another size with the one that was checked."""
        if tile.width > needed.width:
            self._findings.note(f"{tile.path}: newer than the checkpoint")
        read = self._reader.entries if tile.level == ENTRIES else self._reader.hashes
        common = min(tile.width, needed.width)
        try:
            known = read(needed)[:common]
        except CatalogueError:
            return  # found already
        try:
            other = read(tile)[:common]
        except CatalogueError as error:
            self._findings.add_error(tile.path, error, _first_leaf(tile))
            return
        place = next((i for i in range(common) if other[i] != known[i]), None)
        if place is not None and not self._findings.blames(self._reader.file_of(needed).path):
            leaf = _first_leaf(tile) + (place << (HEIGHT * max(tile.level, 0)))
            self._findings.add(
                tile.path,
                "an older part of the log says otherwise",
                "日志的旧分片与之不符",
                leaf=leaf,
                expected=known[place].hex()[:64],
                found=other[place].hex()[:64],
            )


def _first_leaf(tile: Tile) -> int:
    return (tile.index * WIDTH) << (HEIGHT * max(tile.level, 0))


def _leaf_hashes(data: bytes) -> Iterator[bytes]:
    """Hash the entries of a bundle one by one; an empty hash stands where it breaks off or runs over."""
    at = count = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data) or at + 2 > len(data) or count == WIDTH:
            yield b""
            return
        yield leaf_hash(data[at + 2 : end])
        at, count = end, count + 1


def _files(folder: Path) -> Iterator[Path]:
    """Name every file below a folder in a fixed order; links to folders are not followed."""
    for path, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(path) / name for name in sorted(names))
