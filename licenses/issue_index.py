"""Which codes the register issued, in memory: 64 bits for each place of a status list, and the words of what is suspended or revoked.

A place holds a keyed hash of the signed bytes that are in force there, zero where none are: one look-up tells whether a code is the one that
was issued, at the place that was given to it. The identifier is part of the signed bytes. The key is drawn by each process, so that nobody
can look for other bytes with the same 64 bits. A shard of 2^17 places is 1 MiB, 10 million licenses are 80 MiB; a look-up in the database
would cost a thread, two statements and a digest for each code that a stranger shows.
"""

import secrets
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b
from threading import Event
from typing import Final

from shuniu.codes.status_list import FINAL, SHARD, LicenseStatus, StatusBits, StatusReading

_MARK_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """What the register says of one place in a status list.

    `identifier` is empty for a row that is not what was written. `status` is what signed lists tell of the place. `signed` are the bytes in
    force; there are none of a draft, of a license that is suspended, revoked or superseded, of such a row. `successor` is the identifier of the
    license that took the place of one that is superseded.
    """

    identifier: str
    shard: int
    index: int
    status: LicenseStatus
    reason: str = ""
    signed: bytes = b""
    successor: str = ""


class Marks:
    """How signed bytes become 64 bits that are never zero."""

    def __init__(self, key: bytes | None = None) -> None:
        """Draw a key, unless one is given."""
        self._key = key or secrets.token_bytes(32)

    def of(self, signed: bytes) -> int:
        """Return the mark of signed bytes, zero of none."""
        return int.from_bytes(blake2b(signed, digest_size=_MARK_BYTES, key=self._key).digest()) or 1 if signed else 0


class IndexedShard:
    """The places of one status list. Readers take no lock: a place is one number, and one entry in a dictionary."""

    __slots__ = ("_marks", "_of", "_others", "_set_since", "done")

    def __init__(self, mark_of: Callable[[bytes], int]) -> None:
        """Begin with nothing issued, as a shard that is being loaded."""
        self._of = mark_of
        self._marks = array("Q", bytes(_MARK_BYTES * SHARD))
        self._others: dict[int, RegisterEntry] = {}
        self._set_since: set[int] | None = set()
        self.done = Event()

    def load(self, entries: Iterable[RegisterEntry]) -> None:
        """Take entries as they were read; one that changed since the loading began is newer than what was read."""
        for entry in entries:
            if self._set_since is None or entry.index not in self._set_since:
                self._put(entry)

    def put(self, entry: RegisterEntry) -> bool:
        """Take an entry that changed; return whether the signed list changes with it."""
        if self._set_since is not None:
            self._set_since.add(entry.index)
        return self._put(entry)

    def finish(self) -> None:
        """Say that all of it is loaded."""
        self._set_since = None

    def read(self, index: int, identifier: str, signed: bytes, as_of: int) -> StatusReading:
        """Return what the register says of a code that claims this place."""
        other = self._others.get(index)
        if other is not None and other.identifier and other.identifier == identifier:
            return StatusReading(other.status, as_of, words=other.reason, successor=other.successor)
        # none in force here, or another one: of these bytes the register knows nothing
        issued = bool(signed) and self._marks[index] == self._of(signed)
        return StatusReading(LicenseStatus.VALID, as_of, issued=issued, registered=issued)

    def bits(self) -> StatusBits:
        """Return the statuses as signed lists tell them."""
        bits = StatusBits()
        for index, entry in list(self._others.items()):
            bits.set(index, entry.status)
        return bits

    def _put(self, entry: RegisterEntry) -> bool:
        before = self._others.get(entry.index)
        if not entry.identifier and before is not None and before.status in FINAL:
            return False  # whatever was done to its row since, it was revoked or superseded for good
        # never a moment with both: what is revoked is not in force any more before its words are known
        if entry.status is LicenseStatus.VALID:
            self._others.pop(entry.index, None)
            self._marks[entry.index] = self._of(entry.signed)
        else:
            self._marks[entry.index] = 0
            self._others[entry.index] = replace(entry, signed=b"")
        return (before.status if before else LicenseStatus.VALID) is not entry.status


def reading_of(entry: RegisterEntry | None, identifier: str, signed: bytes, as_of: int) -> StatusReading:
    """Return what one entry, read for this question alone, says of a code that claims its place; None: nobody was given the place."""
    if entry is not None and entry.status is not LicenseStatus.VALID and entry.identifier and entry.identifier == identifier:
        return StatusReading(entry.status, as_of, words=entry.reason, successor=entry.successor)
    issued = entry is not None and bool(entry.signed) and entry.signed == signed
    return StatusReading(LicenseStatus.VALID, as_of, issued=issued, registered=issued)
