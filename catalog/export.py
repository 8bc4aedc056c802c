"""The export of the directory in pieces. An export is reused until the directory changes: writing 500 entries takes seconds."""

import threading
from collections.abc import Callable, Iterator
from enum import StrEnum, unique
from typing import Final

from catalog.dcat import Site, export
from catalog.release import digest_of
from catalog.store import EntryStore
from hub.db import Database

PIECE: Final = 256 * 1024


@unique
class Syntax(StrEnum):
    """How DCAT-AP is written, by rdflib's names."""

    TURTLE = "turtle"
    JSON_LD = "json-ld"


class Exporter:
    """Writes the directory, one writer at a time."""

    def __init__(self, site: Callable[[], Site]) -> None:
        """Take the function that returns the addresses of the export; it is called at the first export, when the hub's ports are open."""
        self._site = site
        self._lock = threading.Lock()
        self._newest: dict[Syntax, tuple[bytes, bytes]] = {}

    def pieces(self, db: Database, syntax: Syntax) -> Iterator[bytes]:
        """Yield the directory in pieces of at most 256 KiB; a piece may end inside a character."""
        whole = memoryview(self._whole(db, syntax))
        for start in range(0, len(whole), PIECE):
            yield bytes(whole[start : start + PIECE])

    def _whole(self, db: Database, syntax: Syntax) -> bytes:
        # held while writing, on purpose: who comes meanwhile waits and finds the bytes ready instead of writing them again
        with self._lock, db.read() as tx:
            store = EntryStore(tx)
            # one select of ids and digests tells whether anything was published or withdrawn since
            digest = digest_of(store.digests())
            if self._newest.get(syntax, (b"",))[0] != digest:
                entries = list(store.all_published())
                changed = max((entry.publish_time for entry in entries if entry.publish_time), default=None)
                self._newest[syntax] = digest, export(self._site(), entries, changed, syntax)
            return self._newest[syntax][1]
