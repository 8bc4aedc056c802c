"""Takes away files of the log that nothing needs: partial tiles whose full tile stands, and what killed writers left under passing names.

A log that gets one record a second would otherwise keep two files of every second. The rules:

- A partial tile goes once the full tile of its place is on the disk and begins with its bytes, and a checkpoint was published that rests
  on the full one (tlog-tiles, "Partial Tiles", allows it from then on). One that says otherwise stays: it is evidence.
- The 16 widest partial tiles of a place stay for 16 more rounds: a copy that took its folder's list before the full tile had its name, and
  the files after the partial ones were gone, would otherwise hold neither.
- A `.new-*` file goes when the walk passes its folder. The folder has one writer, who is not writing while this runs.

Every process walks the whole log once, from its first tile on, so that what an earlier release or a killed process left goes too; a few
thousand tiles a round, so that a round stays short.
"""

import logging
import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from audit.folder import PASSING, sync_folder
from hub.errors import ShuniuError
from shuniu.proofs.tiles import ENTRIES, HEIGHT, WIDTH, Tile, TileReader, levels_of
from shuniu.proofs.tree import HASH_LENGTH

log = logging.getLogger(__name__)
LOOKS: Final = 4_096
"""Tiles that one round looks at: some ten milliseconds."""
REMOVALS: Final = 1_024
"""Files after which a round ends: each was read before."""
WIDEST: Final = 16
"""Partial tiles of a place, the newest, that stay a while; with a checkpoint a second, those of the last 16 seconds before it was full."""
ROUNDS: Final = 16
"""For how many rounds they stay: as long as a copy may take from the checkpoint to the end of the log, in checkpoints."""
_SIBLINGS: Final = 1_000  # tiles that share a folder (tlog-tiles, "Merkle Tree")


class Cleaning:
    """One walk over the tiles of one folder; belongs to the one thread that writes there."""

    def __init__(self, directory: Path) -> None:
        """Clean below this folder; nothing is looked at yet."""
        self._directory = directory
        self._reader = TileReader(directory)
        self._next: dict[int, int] = {}
        """For each level the first place that was not looked at."""
        self._round = 0
        self._later: deque[tuple[int, Tile]] = deque()
        """In which round the widest partial tiles of which place go."""

    def clean(self, size: int) -> int:
        """Clean behind a log that was published at this size; return how many files went. What cannot be removed is left for the next start.

        A round that takes more than it may ends, and the next one goes on there. It never raises: a log that can be signed is signed.
        """
        self._round += 1
        looks, removed = 0, self._at_the_edge(size) if not self._next else 0
        while self._later and self._later[0][0] <= self._round and removed < REMOVALS:
            removed += self._remove_partials(self._later.popleft()[1], keep=0)
        for level in (ENTRIES, *levels_of(size)):
            full = size >> (HEIGHT * (max(level, 0) + 1))
            while (index := self._next.setdefault(level, 0)) < full and looks < LOOKS and removed < REMOVALS:
                looks += 1
                tile = Tile(level, index)
                if index % _SIBLINGS == 0:
                    removed += self._remove_passing((self._directory / tile.path).parent)
                removed += self._remove_partials(tile, keep=WIDEST)
                self._next[level] = index + 1
        return removed

    def _at_the_edge(self, size: int) -> int:
        """Remove what killed writers left where they are likeliest to have died: beside the checkpoint and at the end of each level."""
        removed = self._remove_passing(self._directory)
        for level in (ENTRIES, *levels_of(size)):
            place = self._directory / Tile(level, size >> (HEIGHT * (max(level, 0) + 1))).path
            removed += self._remove_passing(place.parent) + self._remove_passing(_partials_of(place))
        return removed

    def _remove_partials(self, tile: Tile, *, keep: int) -> int:
        """Remove the partial tiles of a place whose full tile stands, but for so many of the widest; return how many files went."""
        folder = _partials_of(self._directory / tile.path)
        if not os.path.lexists(folder):
            return 0
        removed = self._remove_passing(folder)
        partials = self._reader.partials(tile)
        try:
            for one in self._replaceable(tile, partials[: max(0, len(partials) - keep)]):
                (self._directory / one.path).unlink()
                removed += 1
        except (ShuniuError, OSError) as error:
            log.warning("partial tiles of %s stay: %s", tile.path, getattr(error, "message", None) or getattr(error, "strerror", ""))
        if partials and keep:
            self._later.append((self._round + ROUNDS, tile))
        with suppress(OSError):  # it holds something still
            folder.rmdir()
        return removed

    def _replaceable(self, tile: Tile, partials: list[Tile]) -> Iterator[Tile]:
        """Give those partial tiles whose bytes the full tile begins with."""
        if not partials:
            return
        whole = self._reader.read(tile)
        if tile.level != ENTRIES and len(whole) != WIDTH * HASH_LENGTH:
            return
        sync_folder((self._directory / tile.path).parent)  # a writer that died may have named the full tile without this
        for one in partials:
            data = self._reader.read(one)
            if whole.startswith(data) and (one.level == ENTRIES or len(data) == one.width * HASH_LENGTH):
                yield one
            else:
                log.warning("%s is not how %s begins: it stays", one.path, tile.path)

    def _remove_passing(self, folder: Path) -> int:
        """Remove the files of a folder that never got their name."""
        removed = 0
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(PASSING) and entry.is_file(follow_symlinks=False):
                    Path(entry.path).unlink()
                    removed += 1
        return removed


def _partials_of(place: Path) -> Path:
    return place.with_name(f"{place.name}.p")
