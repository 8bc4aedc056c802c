"""How the log's files get their names: whole or not at all, and on the disk before anybody relies on them."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

PASSING: Final = ".new-"
"""How the passing name begins under which a file is written before it gets its own; a killed writer leaves it behind."""


def folders_of(root: Path, files: Sequence[Path]) -> list[Path]:
    """Return every folder from those of the files up to the root, deepest first; also of files that stood there already.

    A process that died between naming a file and syncing its folder leaves a name that only looks durable.
    """
    folders = {folder for file in files for folder in file.parents if folder == root or root in folder.parents}
    return sorted(folders, key=lambda folder: len(folder.parts), reverse=True)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file under a passing name, bring it to the disk, and give it its name; the folder is brought to the disk later."""
    handle, passing = tempfile.mkstemp(prefix=PASSING, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o644)  # world-readable: these files are made to be served
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(passing).replace(path)
    except BaseException:
        Path(passing).unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
