"""A file that comes in pieces: it appears whole or not at all, and who waits for it sees how much is there."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

from shuniu.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write_pieces(file: Path, pieces: Iterable[bytes]) -> int:
    """Write the pieces one after the other, and return how many bytes they are."""
    unfinished = file.with_name(f"{file.name}.part")
    size = 0
    with ExitStack() as last:
        last.callback(unfinished.unlink, missing_ok=True)
        with unfinished.open("wb") as out, progress("已接收字节 bytes received") as tell:
            for piece in pieces:
                size += out.write(piece)
                tell(size, 0)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(file)
    return size
