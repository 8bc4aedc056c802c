"""Writes the tree and its leaves as files (`shuniu.proofs.tiles` names and reads them): each once and for good, derived and rebuildable."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from audit.folder import folders_of, replace_file, sync_folder
from audit.reasons.publishing import TILE_NEVER_WRITTEN, TILE_REWRITTEN
from hub.errors import NotFoundError
from shuniu.proofs.tiles import CHECKPOINT, ENTRIES, HEIGHT, MAX_BUNDLE, WIDTH, Tile, TileReader, levels_of, pack_entries, read_file, tiles_of
from shuniu.proofs.tree import leaf_hash, root_of


class TileWriter:
    """Writes the tiles of a log, each file once and for good: durable before its name appears, and never with two contents."""

    def __init__(self, directory: Path) -> None:
        """Write below this folder, which is made when the first file is."""
        self._directory = directory
        self._reader = TileReader(directory)

    def extend(self, start: int, leaves: Sequence[bytes], hashes_of_leaves: Sequence[bytes] | None = None) -> None:
        """Write the leaves from index `start` on, and the tiles of the tree that ends with them; their hashes are made where they are not given.

        `start` is 0 or a size for which tiles were written before; writing the same again changes nothing, writing anything else
        is refused. When this returns, the files and their names are on the disk. Call it in steps of a size that memory holds.
        """
        size = start + len(leaves)
        touched: list[Path] = []
        entries = self._last_partial(ENTRIES, start) + list(leaves)
        hashes = self._last_partial(0, start) + list(map(leaf_hash, leaves) if hashes_of_leaves is None else hashes_of_leaves)
        for tile, part in _cut(ENTRIES, start, size, entries):
            self._write(tile, pack_entries(part), touched)
        for level in levels_of(size):
            above = []
            for tile, part in _cut(level, start, size, hashes):
                self._write(tile, b"".join(part), touched)
                if tile.width == WIDTH:
                    above.append(root_of(part))
            hashes = self._last_partial(level + 1, start) + above  # what the level's last tile held, then one for each full tile below
        for folder in folders_of(self._directory, touched):
            sync_folder(folder)

    def publish(self, checkpoint: bytes) -> None:
        """Put the signed checkpoint in place of the one before, whole or not at all; its tiles are written before."""
        self._directory.mkdir(parents=True, exist_ok=True)
        replace_file(self._directory / CHECKPOINT, checkpoint)
        sync_folder(self._directory)

    def replace(self, tile: Tile, data: bytes) -> None:
        """Write a file anew that was found damaged; the caller has proved what belongs there."""
        path = self._directory / tile.path
        replace_file(path, data)
        sync_folder(path.parent)

    def _last_partial(self, level: int, size: int) -> list[bytes]:
        """Return what the last, partial tile of a level held when the log had `size` leaves."""
        count = size >> (HEIGHT * max(level, 0))
        if count % WIDTH == 0:
            return []
        tile = Tile(level, count // WIDTH, count % WIDTH)
        if not os.path.lexists(self._directory / self._reader.file_of(tile).path):  # a wider one is not where the log stood
            raise TILE_NEVER_WRITTEN(path=tile.path)
        return self._reader.entries(tile) if level == ENTRIES else self._reader.hashes(tile)

    def _write(self, tile: Tile, data: bytes, touched: list[Path]) -> None:
        path = self._directory / tile.path
        touched.append(path)
        try:
            same = read_file(path, MAX_BUNDLE) == data
        except NotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, data)
            return
        # A crash repeats a round, which writes the same bytes again; other bytes would be a second history.
        if not same:
            raise TILE_REWRITTEN(path=tile.path)


def _cut(level: int, start: int, size: int, values: list[bytes]) -> Iterator[tuple[Tile, list[bytes]]]:
    """Pair the tiles that the leaves from `start` on touch with their values; `values` begins where the first of them does."""
    first = (start >> (HEIGHT * max(level, 0))) // WIDTH
    for tile in tiles_of(size, level, first):
        at = (tile.index - first) * WIDTH
        yield tile, values[at : at + tile.width]
