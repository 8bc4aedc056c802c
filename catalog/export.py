"""The export of the directory. It is reused until the directory changes: writing 500 entries takes seconds."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from enum import StrEnum, unique

from catalog.dcat import Site, export
from catalog.release import digest_of
from catalog.store import EntryStore
from hub.db import Database


@unique
class Syntax(StrEnum):
    """How DCAT-AP is written, by rdflib's names."""

    TURTLE = "turtle"
    JSON_LD = "json-ld"


class Exporter:
    """Writes the directory in a thread of its own, one writing at a time, so that whoever waits for it takes a thread from nobody."""

    def __init__(self, site: Callable[[], Site]) -> None:
        """Take the function that returns the addresses of the export; it is called at the first export, when the hub's ports are open."""
        self._site = site
        self._newest: dict[Syntax, tuple[bytes, bytes]] = {}
        self._lock = threading.Lock()
        self._wanted: dict[Syntax, Future[bytes]] = {}
        self._writing = False

    def whole(self, db: Database, syntax: Syntax) -> "Future[bytes]":
        """Return the directory, as it stands now or later, once it is written. The future is shared: nobody may cancel it."""
        with self._lock:
            # A writing under way may have read before the last publication: it answers those who came before it began, and nobody else.
            wanted = self._wanted.get(syntax)
            if wanted is None:
                wanted = self._wanted[syntax] = Future()
                if not self._writing:
                    self._writing = True
                    # A daemon: a hub that stops does not wait for an export of a large directory.
                    threading.Thread(target=self._write_wanted, args=(db,), name="export", daemon=True).start()
            return wanted

    def _write_wanted(self, db: Database) -> None:
        while (next_one := self._next()) is not None:
            syntax, wanted = next_one
            try:
                wanted.set_result(self._written(db, syntax))
            except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it is
                wanted.set_exception(error)

    def _next(self) -> "tuple[Syntax, Future[bytes]] | None":
        with self._lock:
            for syntax in self._wanted:
                return syntax, self._wanted.pop(syntax)
            self._writing = False
            return None

    def _written(self, db: Database, syntax: Syntax) -> bytes:
        with db.read() as tx:
            store = EntryStore(tx)
            # one select of ids and digests tells whether anything was published or withdrawn since
            digest = digest_of(store.digests())
            known, text = self._newest.get(syntax, (b"", b""))
            if known == digest:
                return text
            entries = list(store.all_published())
        changed = max((entry.publish_time for entry in entries if entry.publish_time), default=None)
        text = export(self._site(), entries, changed, syntax)
        self._newest[syntax] = digest, text
        return text
