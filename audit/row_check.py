"""Looks whether the rows by which the hub decides are those that its log wrote: at the start, then around and around (ADR 0026).

One scan of a table and one comparison: the sum of its rows' digests with the one that stands in the book, and the book with what the newest
record says of it. Only where they differ are the records read, to name the rows. Large tables are scanned behind the start.
"""

import logging
import threading
from typing import Final

from audit.log import AuditLog
from audit.reasons.rows import BOOK_LOST, BOOK_NOT_AS_WRITTEN, NO_SUCH_ROW
from audit.reconcile import RowFault, RowFinding, reconcile, written_rows
from audit.store import RecordStore
from audit.store.decisions import DecisionStore
from hub.access import HUB
from hub.clock import Clock
from hub.db import BOUND, BookStore, BoundTable, Database, RowBook, Tx
from hub.db.binding import DIGEST, add
from hub.db.reasons import ROW_CHANGED, ROW_GONE, ROW_INSERTED, ROW_PUT_BACK
from hub.errors import InvalidInputError, ShuniuError
from hub.unit_of_work import Change, Kit, Step
from hub.wording import Officer, Reasons

log = logging.getLogger(__name__)
LARGE: Final = 100_000
"""A table of more rows is scanned behind the start."""
EVERY: Final = 600.0
"""Seconds between two scans of all other tables; large ones take their turn once in `LARGE_EVERY` of them."""
LARGE_EVERY: Final = 144
TOPIC: Final = "rows"
"""Rows that an operator bound anew are announced under it."""
BIND_ROW: Final = "audit.BindRow"
BOUND_ALL: Final = "hub.BindRows"
"""The action of the record that binds all rows of a database that the release before wrote."""


class RowCheck:
    """The check of one hub's rows."""

    def __init__(self, db: Database, audit_log: AuditLog, clock: Clock) -> None:
        """Take the database, whose book is open, the log, and the clock that dates a first record."""
        self._db, self._log, self._clock = db, audit_log, clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="row-check", daemon=True)

    def open(self) -> None:
        """Bind the rows of a former release's database, or compare the tables that are not large; what does not fit is told, and serves nobody."""
        with self._db.read() as tx:
            sums, said = BookStore(tx).sums(), DecisionStore(tx).newest_sums()
        if said is None and not sums:
            self._bind_all()
            return
        self.compare(large=False)

    def start(self) -> None:
        """Begin the scans behind the start."""
        self._thread.start()

    def stop(self) -> None:
        """End them."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def compare(self, *, large: bool) -> list[RowFinding]:
        """Scan the tables, the large ones where asked for, and return what does not fit."""
        return compare_rows(self._db, large=large, stopping=self._stopping)

    def _bind_all(self) -> None:
        """Bind every row as it stands to one record: what happened before is not bound, and nobody can tell."""
        with self._db.begin() as tx:
            count = sum(BookStore(tx).size(one) for one in BOUND.values())
            if not count:
                return
            log.info("the rows of a former release are bound to the log: %d", count)
            tx.touch_all()
            self._log.write(tx, Change(at=self._clock.now(), action=BOUND_ALL, actor=HUB, kind="admin", detail={"rows": str(count)}))

    def _run(self) -> None:
        rounds = 0
        while not self._stopping.is_set():
            try:
                self.compare(large=rounds % LARGE_EVERY == 0)
            except ShuniuError as error:
                log.warning("the rows could not be compared with the log: %s", error.message)
            except Exception:
                log.exception("the rows could not be compared with the log")
            rounds += 1
            self._stopping.wait(EVERY)


def compare_rows(db: Database, *, large: bool, stopping: threading.Event | None = None) -> list[RowFinding]:
    """Scan the tables, the large ones where asked for, against the book and the log; return and tell what does not fit."""
    book = db.book
    if book is None:
        raise BOOK_LOST()
    known = set(book.flaws)
    with db.snapshot() as tx:
        store = BookStore(tx)
        wrong = [one.name for one in BOUND.values() if (large or store.size(one) <= LARGE) and not _fits(store, book, one, stopping)]
        if not _is_book_right(tx, book):
            wrong = list(BOUND)
        found = list(reconcile(tx, book, wrong)) if wrong else []
        if wrong and not found and store.sums():
            # Every row is what the log says, so it is the book itself that was edited; it is derived, and told.
            log.error("%s", BOOK_NOT_AS_WRITTEN(tables=", ".join(wrong)).message)
        for name in known.difference(one.name for one in found):
            _look_again(tx, book, name)
    for one in found:
        tell(book, one)
    return found


def _fits(store: BookStore, book: RowBook, bound: BoundTable, stopping: threading.Event | None) -> bool:
    """Tell whether a table's rows have the sum that stands in the book."""
    kept = {name: (count, total) for name, count, total in store.sums()}
    count, total = 0, bytes(DIGEST)
    for row in store.rows_of(bound):
        count, total = count + 1, add(total, book.digest(bound, row), None)
        if stopping is not None and stopping.is_set():
            return True
    return kept.get(bound.name, (0, bytes(DIGEST))) == (count, total)


def _is_book_right(tx: Tx, book: RowBook) -> bool:
    """Tell whether the sums in the book are those of the newest record."""
    said = DecisionStore(tx).newest_sums()
    sums = BookStore(tx).sums()
    return not sums if said is None else said[1] == book.sums_digest(sums)


def _look_again(tx: Tx, book: RowBook, name: str) -> None:
    """Forget what was wrong with a row that somebody put right: it fits again, or is gone again."""
    try:
        bound, key = _row_named(name)
    except InvalidInputError:  # no key that the hub could have written
        return
    store = BookStore(tx)
    found = store.row_with_digest(bound, key)
    if found is not None:
        book.check(tx, bound.table, [found[0]])
    elif not store.digests(bound.name, ["/".join(map(str, key))]):
        book.clear(name)


def bind_row(kit: Kit, step: Step) -> int:
    """Bind the row `step.name` (TABLE/KEY) to a record of its own, as it stands or as gone; return the record's index.

    An operator does that who has looked into what happened to it; the record says why, and auditors read it.
    """
    reason, officer = Reasons(step.reason), Officer.or_none(step.officer)
    bound, key = _row_named(step.name)
    with kit.db.begin() as tx:
        tx.announce(TOPIC, step.name)
        by = RecordStore(tx).lock()
        if tx.book is None:
            raise BOOK_LOST()
        # Out of the log and not of the book, in which another row of the table may have been put back.
        BookStore(tx).put_right(bound.name, "/".join(map(str, key)), written_rows(tx, tx.book, bound.name))
        tx.touch(bound.table, *key)
        kit.journal.write(
            tx,
            Change(kind="admin", at=kit.clock.now(), action=BIND_ROW, actor=step.caller, officer=officer, reason=reason, detail={"row": step.name}),
        )
    return by


def _row_named(name: str) -> tuple[BoundTable, tuple[object, ...]]:
    table, _, key = name.partition("/")
    bound = BOUND.get(table)
    parts = key.split("/") if key else []
    if bound is None or len(parts) != len(bound.keys):
        raise NO_SUCH_ROW(field="name", tables=", ".join(BOUND))
    kinds = [bound.table.c[column].type.python_type for column in bound.keys]
    try:
        return bound, tuple(kind(part) for kind, part in zip(kinds, parts, strict=True))
    except ValueError:
        raise NO_SUCH_ROW(field="name", tables=", ".join(BOUND)) from None


def tell(book: RowBook, one: RowFinding) -> None:
    """Take note of a row that does not fit, so that nothing is decided by it."""
    reasons = {RowFault.CHANGED: ROW_CHANGED, RowFault.DELETED: ROW_GONE, RowFault.PUT_BACK: ROW_PUT_BACK, RowFault.INSERTED: ROW_INSERTED}
    reason = reasons.get(one.fault, ROW_CHANGED)
    book.note(one.name, reason(row=one.name, position=one.position))
    if one.fault is RowFault.PUT_BACK:
        book.remember(one.table, one.key, one.position)
