"""The tree and its leaves as files anyone can serve and check: the C2SP tlog-tiles layout, named and read strictly."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shuniu.catalogue import NotFoundError
from shuniu.proofs.reasons import (
    BUNDLE_BROKEN,
    BUNDLE_LENGTH,
    ENTRY_TOO_LONG,
    FILE_MISSING,
    FILE_TOO_LONG,
    FILE_UNREADABLE,
    NO_SUCH_SUBTREE,
    TILE_IMPOSSIBLE,
    TILE_LENGTH,
    TILE_NOT_HASHES,
    TILE_PATH,
    TILE_SPELLING,
)
from shuniu.proofs.tree import HASH_LENGTH, MAX_SIZE, NodeReader, root_of

if TYPE_CHECKING:
    from typing import Self

WIDTH: Final = 256
HEIGHT: Final = 8  # 2 ** HEIGHT == WIDTH
ENTRIES: Final = -1  # stands for the entry bundles, as in Go's tlog
MAX_LEVEL: Final = 63
MAX_ENTRY: Final = 65_535  # uint16 length prefix
MAX_BUNDLE: Final = WIDTH * (MAX_ENTRY + 2)
CHECKPOINT: Final = "checkpoint"
_PATH: Final = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?", re.ASCII
)
_PARTIAL: Final = re.compile(r"[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]", re.ASCII)
_CACHED_TILES: Final = 64
# To open a pipe without O_NONBLOCK waits for its writer; a link could lead out of the folder. Each where the system has it.
_CAREFULLY: Final = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))


@dataclass(frozen=True)
class Tile:
    """The name of one file: the tree level (or `ENTRIES`), its place in that level, and how many hashes or entries it holds."""

    level: int
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not ENTRIES <= self.level <= MAX_LEVEL or not 0 <= self.index <= MAX_SIZE or not 1 <= self.width <= WIDTH:
            raise TILE_IMPOSSIBLE(field="tile")

    @property
    def path(self) -> str:
        """The path below the log's prefix (tlog-tiles, "Merkle Tree"): index 1234067 becomes x001/x234/067."""
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        index = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
        return f"tile/{'entries' if self.level == ENTRIES else self.level}/{index}{'' if self.width == WIDTH else f'.p/{self.width}'}"

    @property
    def full(self) -> Tile:
        """The full tile that supersedes this one when the log has grown."""
        return Tile(self.level, self.index)

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path; only the one spelling that `path` gives is accepted."""
        match = _PATH.fullmatch(path)
        if match is None:
            raise TILE_PATH(field="path")
        level = ENTRIES if match["level"] == "entries" else int(match["level"])
        tile = cls(level, int(match["index"].replace("/", "").replace("x", "")), int(match["width"] or WIDTH))
        if tile.path != path:
            raise TILE_SPELLING(field="path")
        return tile


def tiles_of(size: int, level: int, first: int = 0) -> Iterator[Tile]:
    """Name the tiles of one level in a log of `size` leaves, from the tile of that index on; the last one may be partial."""
    count = size >> (HEIGHT * max(level, 0))
    for index in range(first, -(-count // WIDTH)):
        yield Tile(level, index, min(WIDTH, count - index * WIDTH))


def levels_of(size: int) -> range:
    """Return the levels of which a log of `size` leaves has tiles."""
    return range(-(-size.bit_length() // HEIGHT))


def pack_entries(entries: Sequence[bytes]) -> bytes:
    """Write an entry bundle: each entry behind its length in two bytes."""
    if any(len(entry) > MAX_ENTRY for entry in entries):
        raise ENTRY_TOO_LONG(field="leaf", most=MAX_ENTRY)
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unpack_entries(data: bytes) -> list[bytes]:
    """Read an entry bundle to its last byte."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data) or at + 2 > len(data) or len(entries) == WIDTH:
            raise BUNDLE_BROKEN(entry=len(entries))
        entries.append(data[at + 2 : end])
        at = end
    return entries


def unpack_hashes(data: bytes) -> list[bytes]:
    """Cut a tile into its hashes."""
    if len(data) % HASH_LENGTH:
        raise TILE_NOT_HASHES()
    return [data[i : i + HASH_LENGTH] for i in range(0, len(data), HASH_LENGTH)]


def read_file(path: Path, cap: int) -> bytes:
    """Read a regular file of at most `cap` bytes; a link, a device or a pipe is refused."""
    try:
        with os.fdopen(os.open(path, _CAREFULLY), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > cap:
                raise FILE_TOO_LONG(most=cap)
            data = file.read(cap + 1)  # it may have grown since fstat
    except FileNotFoundError:
        raise FILE_MISSING() from None
    except OSError as error:
        raise FILE_UNREADABLE(problem=os.strerror(error.errno or 0)) from None
    if len(data) > cap:
        raise FILE_TOO_LONG(most=cap)
    return data


class TileReader:
    """Reads the tiles of a log from a folder; every file has exactly the length that its name promises."""

    def __init__(self, directory: Path) -> None:
        """Read below this folder; nothing is opened yet."""
        self._directory = directory

    def file_of(self, tile: Tile) -> Tile:
        """Return the tile to read: this one, or the full one that superseded it (tlog-tiles, "Partial Tiles")."""
        if tile.width == WIDTH or os.path.lexists(self._directory / tile.path) or not os.path.lexists(self._directory / tile.full.path):
            return tile
        return tile.full

    def partials(self, tile: Tile) -> list[Tile]:
        """Name the partial tiles that stand at the place of this one, narrowest first."""
        try:
            names = [entry.name for entry in (self._directory / f"{tile.full.path}.p").iterdir()]
        except OSError:
            return []
        return [Tile(tile.level, tile.index, width) for width in sorted(int(name) for name in names if _PARTIAL.fullmatch(name))]

    def read(self, tile: Tile) -> bytes:
        """Return the bytes of exactly this file."""
        return read_file(self._directory / tile.path, MAX_BUNDLE if tile.level == ENTRIES else WIDTH * HASH_LENGTH)

    def find(self, tile: Tile) -> tuple[Tile, bytes]:
        """Return the file that holds this tile, and its bytes: its own, the full one, or in a copy a wider partial one.

        Partial tiles are taken away once the full one stands by the hub, perhaps between a look and the reading. A copy that was
        made meanwhile may have missed the full tile; it has wider partial ones, which stay longer for its sake.
        """
        first = self.file_of(tile)
        try:
            return first, self.read(first)
        except NotFoundError:
            wider = [one for one in self.partials(tile) if one.width > tile.width]
            again = next((one for one in (self.file_of(tile), *wider) if one != first), first)
            return again, self.read(again)

    def content(self, tile: Tile) -> bytes:
        """Return what the tile's own file holds, or held before it was superseded: its bytes never change (tlog-tiles)."""
        stored, data = self.find(tile)
        if stored == tile:
            return data
        return pack_entries(self.entries(tile)) if tile.level == ENTRIES else b"".join(self.hashes(tile))

    def hashes(self, tile: Tile) -> list[bytes]:
        """Return the hashes of a tile, as many as its width says."""
        stored, data = self.find(tile)
        if len(data) != stored.width * HASH_LENGTH:
            raise TILE_LENGTH(path=stored.path, found=len(data), expected=stored.width * HASH_LENGTH)
        return unpack_hashes(data)[: tile.width]

    def entries(self, tile: Tile) -> list[bytes]:
        """Return the entries of a bundle, as many as its width says."""
        stored, data = self.find(tile)
        found = unpack_entries(data)
        if len(found) != stored.width:
            raise BUNDLE_LENGTH(path=stored.path, found=len(found), expected=stored.width)
        return found[: tile.width]

    def nodes(self, size: int) -> NodeReader:
        """Return a reader of complete subtrees in the log of `size` leaves, for building proofs; it keeps a few tiles at hand."""
        cache: dict[Tile, list[bytes]] = {}

        def node(level: int, index: int) -> bytes:
            height, inner = divmod(level, HEIGHT)
            # A tile keeps every eighth level; a node between is hashed from the 2**inner stored hashes below it.
            place = (index << inner) % WIDTH
            tile = Tile(height, (index << inner) // WIDTH, min(WIDTH, (size >> (HEIGHT * height)) - ((index << inner) // WIDTH) * WIDTH))
            if tile not in cache:
                if len(cache) >= _CACHED_TILES:
                    del cache[next(iter(cache))]
                cache[tile] = self.hashes(tile)
            if place + (1 << inner) > tile.width:
                raise NO_SUCH_SUBTREE(field="size")
            return root_of(cache[tile][place : place + (1 << inner)])

        return node
