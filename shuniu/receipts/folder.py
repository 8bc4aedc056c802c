"""A folder of receipts: each answer with its receipt in a file of its own, named by the index of its record in the hub's log.

The files hold personal data and the salts that open the digests in the log, so they belong to their owner alone (mode 0600, the folder 0700).
Each appears whole or not at all, and none is ever written over by another record's.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shuniu.errors import InvalidValueError
from shuniu.folder import replace_file, write_new
from shuniu.proofs.tiles import read_file
from shuniu.receipts.reasons import RECEIPT_NOT_KEPT, RECEIPT_PLACE_TAKEN, RECEIPTS_FOLDER
from shuniu.receipts.receipt import KeptAnswer

if TYPE_CHECKING:
    from shuniu.receipts.proof import KeptProof

LARGEST: Final = 8 << 20
"""Bytes of one file: the largest answer as base64, with room to spare."""
KEY: Final = "log.vkey"
_NAME: Final = re.compile(r"(?:0|[1-9][0-9]{0,18})\.json", re.ASCII)


class ReceiptFolder:
    """Where a system keeps the receipts of its accesses to one hub."""

    def __init__(self, place: Path | str) -> None:
        """Make the folder where it is missing; raise a CatalogueError where it cannot be one, before anything is asked of the hub."""
        self.place = Path(place)
        try:
            self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise RECEIPTS_FOLDER(folder=self.place, problem=error.strerror or "") from error

    def keep(self, kept: KeptAnswer) -> Path:
        """Write the file of an answer; raise a NotKeptError that holds the answer where that is impossible."""
        name = f"{kept.receipt.index}.json"
        try:
            write_new(self.place, {name: kept.to_json().encode()})
        except FileExistsError as error:
            if not self._holds(name, kept):
                raise RECEIPT_PLACE_TAKEN(file=self.place / name).of(kept) from error
        except OSError as error:
            raise RECEIPT_NOT_KEPT(file=self.place / name, problem=error.strerror or "").of(kept) from error
        return self.place / name

    def names(self) -> list[str]:
        """Return the names of the files of receipts, by index."""
        return sorted((one.name for one in self.place.iterdir() if _NAME.fullmatch(one.name)), key=lambda name: int(name[:-5]))

    def others(self) -> list[str]:
        """Return the names of the JSON files that are none of this folder's: nothing is said about them."""
        return sorted(one.name for one in self.place.iterdir() if one.suffix == ".json" and not _NAME.fullmatch(one.name))

    def read(self, name: str) -> KeptAnswer:
        """Return what a file holds; raise InvalidValueError where it is no kept answer, a CatalogueError where it cannot be read."""
        return KeptAnswer.from_json(read_file(self.place / name, LARGEST).decode("utf-8-sig", "replace"))

    def add_proof(self, name: str, kept: KeptAnswer, proof: KeptProof) -> KeptAnswer:
        """Write the proof into the file of an answer, and return both."""
        proven = replace(kept, proof=proof)
        replace_file(self.place, name, proven.to_json().encode())
        return proven

    def _holds(self, name: str, kept: KeptAnswer) -> bool:
        """Tell whether the file is of this very access already."""
        try:
            found = self.read(name)
        except (InvalidValueError, ValueError, OSError):
            return False
        return (found.receipt, found.answer) == (kept.receipt, kept.answer)
