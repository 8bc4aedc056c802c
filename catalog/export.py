"""The export of the directory, written once until the directory changes: for 100,000 entries that is a minute's work.

What was written lies in a file without a name, mapped into memory: the system keeps of it there what is being read.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum, unique
from hashlib import sha256
from mmap import ACCESS_READ, mmap
from tempfile import TemporaryFile
from typing import Final

from catalog.columns import table
from catalog.dcat import Site, export
from catalog.model import Entry
from catalog.reasons import EXPORT_WITHOUT_ROOM
from catalog.release import digest_of
from catalog.store import EntryStore, published_with_titles, titles_of_providers
from hub.db import Database, Tx

PIECE: Final = 256 * 1024


@unique
class Format(StrEnum):
    """How the directory is written: DCAT-AP in two syntaxes, or the guide's columns."""

    TURTLE = "turtle"
    JSON_LD = "json-ld"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Written:
    """A directory that was written: its bytes, and their SHA-256 in hex. The file is gone with the last who reads it."""

    body: mmap
    sha256: str

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes in pieces of at most 256 KiB; a piece may end inside a character."""
        for start in range(0, len(self.body), PIECE):
            yield self.body[start : start + PIECE]


class Exporter:
    """Writes the directory in a thread of its own, one writing at a time, so that whoever waits for it takes a thread from nobody."""

    def __init__(self, site: Callable[[], Site]) -> None:
        """Take the function that returns the addresses of the export; it is called at the first export, when the hub's ports are open."""
        self._site = site
        self._newest: dict[Format, tuple[tuple[bytes, dict[str, str]], Written]] = {}
        self._lock = threading.Lock()
        self._wanted: dict[Format, Future[Written]] = {}
        self._writing = False

    def whole(self, db: Database, form: Format) -> "Future[Written]":
        """Return the directory, as it stands now or later, once it is written. The future is shared: nobody may cancel it."""
        with self._lock:
            # A writing under way may have read before the last publication: it answers those who came before it began, and nobody else.
            wanted = self._wanted.get(form)
            if wanted is None:
                wanted = self._wanted[form] = Future()
                if not self._writing:
                    self._writing = True
                    # A daemon: a hub that stops does not wait for an export of a large directory.
                    threading.Thread(target=self._write_wanted, args=(db,), name="export", daemon=True).start()
            return wanted

    def one(self, entry: Entry, codes: Mapping[str, str], form: Format) -> bytes:
        """Return a directory of one entry; `codes` are the resource codes of what it names, as far as that is in force."""
        return b"".join(pieces(form, self._site(), [entry], codes))

    def _write_wanted(self, db: Database) -> None:
        while (next_one := self._next()) is not None:
            form, wanted = next_one
            try:
                wanted.set_result(self._written(db, form))
            except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it is
                wanted.set_exception(error)

    def _next(self) -> "tuple[Format, Future[Written]] | None":
        with self._lock:
            for form in self._wanted:
                return form, self._wanted.pop(form)
            self._writing = False
            return None

    def _written(self, db: Database, form: Format) -> Written:
        with db.read() as tx:
            # ids, digests and names of providers tell whether anything was published, withdrawn or renamed since
            state = digest_of(EntryStore(tx).digests()), titles_of_providers(tx)
            known = self._newest.get(form)
            if known is not None and known[0] == state:
                return known[1]
            written = self._write(tx, form)
        self._newest[form] = state, written
        return written

    def _write(self, tx: Tx, form: Format) -> Written:
        store = EntryStore(tx)
        try:
            return _kept(pieces(form, self._site(), published_with_titles(tx, store.all_published()), store.codes()))
        except OSError as error:
            raise EXPORT_WITHOUT_ROOM(problem=error.strerror) from error


def _kept(written: Iterable[bytes]) -> Written:
    whole = sha256()
    with TemporaryFile() as file:
        for piece in written:
            whole.update(piece)
            file.write(piece)
        file.flush()
        return Written(mmap(file.fileno(), 0, access=ACCESS_READ), whole.hexdigest())


def pieces(form: Format, site: Site, entries: Iterable[Entry], codes: Mapping[str, str]) -> Iterator[bytes]:
    """Yield entries in a format; `codes` are the resource codes of what is in force, by the names of the entries."""
    known: Collection[str] = codes.keys()
    return table(entries, codes) if form is Format.CSV else export(site, entries, known, form)
