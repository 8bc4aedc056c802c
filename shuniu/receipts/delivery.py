"""Of a whole table, or a data file, the file itself is kept, and here which bytes of it the receipt speaks of: the table may be of gigabytes.

The answer that is kept is the SHA-256 of these bytes: the schema's, then those of the batches that the last call brought.
"""

from __future__ import annotations

import hmac
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from shuniu.receipts.reasons import RECEIPT_FILE_MISSING, RECEIPT_OTHER_FILE

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO, Self

_KINDS: Final = {"file": str, "schema_end": int, "start": int, "end": int}
_BLOCK: Final = 1 << 20
_LONGEST_NAME: Final = 255
_END_MARK: Final = b"\xff\xff\xff\xff\x00\x00\x00\x00"
"""What ends an Arrow IPC stream, which begins with a schema; behind a data file stands nothing."""


@dataclass(frozen=True)
class KeptDelivery:
    """Where the bytes of a delivery stand: the schema up to `schema_end`, the batches from `start` to `end`.

    `file` is the name of the file into which they were written, empty where there is none.
    """

    file: str
    schema_end: int
    start: int
    end: int

    def to_members(self) -> dict[str, Any]:
        """Return the JSON object."""
        return asdict(self)

    @classmethod
    def from_members(cls, told: Any) -> Self:
        """Read the JSON object; raise ValueError where it is something else."""
        if not isinstance(told, dict) or told.keys() != _KINDS.keys() or any(type(told[name]) is not kind for name, kind in _KINDS.items()):
            raise ValueError("not these members")
        found = cls(**told)
        # a name and no path: what is read is in the folder that was named
        if "/" in found.file or "\\" in found.file or found.file in {".", ".."} or len(found.file) > _LONGEST_NAME:
            raise ValueError("no name of a file")
        if not 0 <= found.schema_end <= found.start <= found.end:
            raise ValueError("no places in a file")
        return found

    def check(self, folder: Path, answer: bytes) -> None:
        """Return when the file in the folder has the bytes of the answer, and none behind them but the end mark; raise otherwise."""
        if not self.file:
            return
        try:
            with (folder / self.file).open("rb") as file:
                found = self._digest(file)
                behind = file.read(len(_END_MARK) + 1)
        except OSError:
            raise RECEIPT_FILE_MISSING(file=folder / self.file) from None
        if behind not in {b"", _END_MARK if self.schema_end else b""} or not hmac.compare_digest(found, answer):
            raise RECEIPT_OTHER_FILE(file=folder / self.file)

    def _digest(self, file: IO[bytes]) -> bytes:
        digest = sha256()
        for first, last in ((0, self.schema_end), (self.start, self.end)):
            file.seek(first)
            left = last - first
            while left and (block := file.read(min(left, _BLOCK))):
                digest.update(block)
                left -= len(block)
        return digest.digest()
