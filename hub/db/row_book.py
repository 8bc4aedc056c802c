"""The book of bound rows: what each record of the log bound, and whether a row still is what the newest one says.

A transaction notes the rows that it writes (`Tx.touch`). Its first log record binds them: digests, list and sums are written with it, under the
lock of the log's tree, and the record holds a keyed digest of the list and one of all sums. A row is compared when something is decided by it.
"""

import hmac
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from cbor2 import dumps
from sqlalchemy import Table, and_, bindparam, delete, func, insert, select, tuple_, update

from hub.db.binding import BOUND, DIGEST, BoundTable, Line, add, list_digest, sums_digest
from hub.db.reasons import ROW_CHANGED, ROW_INSERTED, ROW_PUT_BACK
from hub.db.tables import row_digests, row_lists, row_sums
from hub.errors import IntegrityError
from hub.reasons.operation import WRITTEN_AT_ONCE

if TYPE_CHECKING:
    from hub.db.transaction import Tx

log = logging.getLogger(__name__)
LIST_DETAIL: Final = "rows_digest"
"""The detail of a record that binds the lists of what it changed."""
SUMS_DETAIL: Final = "sums_digest"
"""The detail of a record that tells how all bound tables stand behind it."""
MOST_SEEN: Final = 100_000
"""Rows of which this process remembers how new they were, about 30 MB; an older state of any other one is found by the next scan."""
MOST_LINES: Final = 4_096
"""Lines in one part of a list."""
_REQUESTS: Final = b"shuniu requests 1\n"
_AT_ONCE: Final = 200
_PORTION: Final = 1_000


class RowBook:
    """The book of one hub; it holds the key of digests and, process-local, which rows were found wrong and how new each one seen was."""

    def __init__(self, secret: bytes) -> None:
        """Take the 32-byte key of digests."""
        self._secret = secret
        self._request_key = hmac.digest(secret, _REQUESTS, "sha256")
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._put_back: dict[tuple[str, str], int] = {}
        self._newest = -1
        self._flaws: dict[str, IntegrityError] = {}

    @property
    def flaws(self) -> dict[str, IntegrityError]:
        """Return the rows that are known not to be what was written, by name, and what is wrong with each."""
        with self._lock:
            return dict(self._flaws)

    @property
    def newest(self) -> int:
        """Return the newest record of which this process knows that it bound rows: whoever begins to look now sees what it wrote."""
        with self._lock:
            return self._newest

    def note(self, name: str, flaw: IntegrityError) -> None:
        """Take note of a row that is not what was written; it goes to the server's log once."""
        with self._lock:
            news = name not in self._flaws
            self._flaws[name] = flaw
        if news:
            log.error("%s: %s", flaw.reason, flaw.message)

    def clear(self, name: str) -> None:
        """Forget what was wrong with a row: it was put past the hub and is gone again."""
        with self._lock:
            self._flaws.pop(name, None)

    def remember(self, table: str, key: str, position: int) -> None:
        """Take note of the newest record that bound a row: one that says it was bound by an older one was put back."""
        with self._lock:
            self._put_back[table, key] = position
            self._newest = max(self._newest, position)

    def digest(self, bound: BoundTable, row: Mapping[str, Any]) -> bytes:
        """Return the keyed digest of a row."""
        return bound.digest(self._secret, row)

    def request_digest(self, content: bytes) -> bytes:
        """Return the keyed digest of what a request said, under a key of its own."""
        return hmac.digest(self._request_key, content, "sha256")

    def list_digest(self, parts: Iterable[bytes]) -> str:
        """Return what a record says of the lists that it binds."""
        return list_digest(self._secret, parts)

    def sums_digest(self, sums: Iterable[tuple[str, int, bytes]]) -> str:
        """Return what a record says of all tables."""
        return sums_digest(self._secret, sums)

    def check(self, tx: "Tx", table: Table, rows: Sequence[Mapping[str, Any]]) -> dict[str, IntegrityError]:
        """Return which of these rows of a table are not what the log's records say, by key; none of them may decide anything.

        Raise ConflictError where a row was changed through the hub between the caller's look at it and this one.
        """
        bound, store = BOUND[table.name], BookStore(tx)
        rows = [row for row in rows if not tx.is_touched(bound.name, bound.primary_key(row))]  # they are bound at its end
        kept = store.digests(bound.name, [bound.key_of(row) for row in rows])
        found: dict[str, IntegrityError] = {}
        for row in rows:
            digest, position = kept.get(bound.key_of(row), (None, -1))
            flaw = self._judge(tx, bound, row, digest, position)
            if flaw is not None:
                self._confirm(tx, store, bound, row)
                found[bound.key_of(row)] = flaw
        for key, flaw in found.items():
            self.note(f"{bound.name}/{key}", flaw)
        return found

    def _judge(self, tx: "Tx", bound: BoundTable, row: Mapping[str, Any], digest: bytes | None, position: int) -> IntegrityError | None:
        key = bound.key_of(row)
        name = f"{bound.name}/{key}"
        if digest is None:
            return ROW_INSERTED(row=name)
        if digest != self.digest(bound, row):
            return ROW_CHANGED(row=name, position=position)
        with self._lock:
            known = max(self._seen.get((bound.name, key), -1), self._put_back.get((bound.name, key), -1))
            # What was written since this transaction began may lie behind its snapshot, and makes no old state of what it sees.
            if position < known <= tx.horizon:
                return ROW_PUT_BACK(row=name, position=position)
            self._flaws.pop(name, None)
        if position >= known and (tx.bound_from is None or position < tx.bound_from):  # what this transaction bound may be rolled back
            self._remember([(bound.name, key)], position)
        return None

    def _confirm(self, tx: "Tx", store: "BookStore", bound: BoundTable, row: Mapping[str, Any]) -> None:
        """Look at row and digest once more, in one statement: two statements may see two states (PostgreSQL, READ COMMITTED)."""
        found = store.row_with_digest(bound, bound.primary_key(row))
        if found is None or self._judge(tx, bound, *found) is None:
            raise WRITTEN_AT_ONCE()

    def _remember(self, names: Iterable[tuple[str, str]], position: int) -> None:
        with self._lock:
            for name in names:
                self._seen[name] = position
                self._seen.move_to_end(name)
                self._newest = max(self._newest, position)
            while len(self._seen) > MOST_SEEN:
                self._seen.popitem(last=False)

    def settle(self, tx: "Tx", position: int) -> dict[str, str]:
        """Bind the rows that the transaction wrote to the record of this index, and return the details that it is to have.

        The log's tree is locked, so nobody else binds anything meanwhile.
        """
        tx.bound_from = position if tx.bound_from is None else tx.bound_from
        if tx.is_whole:
            tx.is_whole = False
            return self._settle_all(BookStore(tx), position)
        store, lines = BookStore(tx), []
        for name, pairs in groupby(sorted(tx.take_touched(), key=itemgetter(0)), key=itemgetter(0)):
            lines += self._settle_table(store, BOUND[name], [key for _, key in pairs], position)
        tx.after_commit(partial(self._remember, [(table, key) for table, key, digest in lines if digest is not None], position))
        parts = [dumps(lines[start : start + MOST_LINES]) for start in range(0, len(lines), MOST_LINES)]
        for number, body in enumerate(parts):
            store.keep_list(position, number, body)
        details = {SUMS_DETAIL: self.sums_digest(store.sums())}
        return {LIST_DETAIL: self.list_digest(parts), **details} if parts else details

    def _settle_all(self, store: "BookStore", position: int) -> dict[str, str]:
        """Bind every row of every table as it stands; a part of the list at a time, since there may be millions."""
        store.restart()

        def parts() -> Iterator[bytes]:
            number = 0
            for bound in BOUND.values():
                rows = store.rows_of(bound)
                while some := list(islice(rows, MOST_LINES)):
                    lines: list[Line] = [(bound.name, bound.key_of(row), self.digest(bound, row)) for row in some]
                    store.put(bound.name, lines, position)
                    store.keep_list(position, number, body := dumps(lines))
                    number += 1
                    yield body

        listed = self.list_digest(parts())
        return {LIST_DETAIL: listed, SUMS_DETAIL: self.sums_digest(store.sums())}

    def _settle_table(self, store: "BookStore", bound: BoundTable, keys: Sequence[tuple[Any, ...]], position: int) -> list[Line]:
        lines: list[Line] = []
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            now = {bound.key_of(row): self.digest(bound, row) for row in store.rows(bound, some)}
            names = ["/".join(map(str, key)) for key in some]
            lines += [(bound.name, key, now.get(key)) for key in names]
        store.put(bound.name, lines, position)
        return lines


class BookStore:
    """The tables of the book, within one transaction."""

    def __init__(self, tx: "Tx") -> None:
        """Bind to a transaction."""
        self._tx = tx

    def rows(self, bound: BoundTable, keys: Sequence[tuple[Any, ...]]) -> list[Mapping[str, Any]]:
        """Return the rows of a bound table that have these primary keys."""
        return [row._asdict() for row in self._tx.execute(select(bound.table).where(bound.where(keys)))]

    def row_with_digest(self, bound: BoundTable, key: tuple[Any, ...]) -> tuple[Mapping[str, Any], bytes | None, int] | None:
        """Return a row with its digest and the index of the record that bound it, read in one statement; None where there is no row."""
        of_it = and_(row_digests.c.table == bound.name, row_digests.c.key == "/".join(map(str, key)))
        book = [row_digests.c.digest.label("book_digest"), row_digests.c.position.label("book_position")]
        query = select(bound.table, *book).select_from(bound.table.outerjoin(row_digests, of_it)).where(bound.where([key]))
        row = self._tx.execute(query).first()
        if row is None:
            return None
        found = row._asdict()
        digest, position = found.pop("book_digest"), found.pop("book_position")
        return found, digest and bytes(digest), -1 if position is None else position

    def digests(self, table: str, keys: Sequence[str]) -> dict[str, tuple[bytes, int]]:
        """Return (digest, index of the record that bound it) of those of the keys that are in the book."""
        found: dict[str, tuple[bytes, int]] = {}
        for start in range(0, len(keys), _AT_ONCE):
            some = row_digests.c.key.in_(keys[start : start + _AT_ONCE])
            for row in self._tx.execute(select(row_digests).where(row_digests.c.table == table, some)):
                found[row.key] = (bytes(row.digest), row.position)
        return found

    def portion(self, bound: BoundTable, after: tuple[Any, ...] | None, count: int) -> list[Mapping[str, Any]]:
        """Return at most `count` rows of a bound table in the order of its primary key, behind `after`."""
        keys = [bound.table.c[name] for name in bound.keys]
        query = select(bound.table).order_by(*keys).limit(count)
        if after is not None:
            query = query.where(keys[0] > after[0] if len(keys) == 1 else tuple_(*keys) > tuple_(*after))
        return [row._asdict() for row in self._tx.execute(query)]

    def rows_of(self, bound: BoundTable) -> Iterator[Mapping[str, Any]]:
        """Yield every row of a bound table, some at a time."""
        after: tuple[Any, ...] | None = None
        while found := self.portion(bound, after, _PORTION):
            yield from found
            after = tuple(found[-1][name] for name in bound.keys)

    def size(self, bound: BoundTable) -> int:
        """Return how many rows a bound table has."""
        return int(self._tx.scalar(select(func.count()).select_from(bound.table)))

    def restart(self) -> None:
        """Empty the book, for a database of the release before."""
        for table in (row_digests, row_sums):
            self._tx.execute(delete(table))

    def put_right(self, table: str, key: str, written: Mapping[str, tuple[bytes, int]]) -> None:
        """Make the table's sum, and what the book says of one row, what the log says: `written` has every row's digest and record by its key."""
        total = bytes(DIGEST)
        for digest, _ in written.values():
            total = add(total, digest, None)
        self._put_sum(table, len(written), total)
        self._tx.execute(delete(row_digests).where(row_digests.c.table == table, row_digests.c.key == key))
        if key in written:
            digest, position = written[key]
            self._tx.execute(insert(row_digests).values(table=table, key=key, digest=digest, position=position))

    def sums(self) -> list[tuple[str, int, bytes]]:
        """Return (table, how many rows, sum of their digests) of every bound table that ever had a row."""
        return [(row.table, row.size, bytes(row.sum)) for row in self._tx.execute(select(row_sums))]

    def put(self, table: str, lines: Sequence[Line], position: int) -> None:
        """Write what became of rows, and the table's sum."""
        former = self.digests(table, [key for _, key, _ in lines])
        count, total = next(((count, total) for name, count, total in self.sums() if name == table), (0, bytes(DIGEST)))
        fresh: list[Mapping[str, Any]] = []
        moved: list[Mapping[str, Any]] = []
        gone: list[Mapping[str, Any]] = []
        for _, key, digest in lines:
            before = former.get(key, (None, -1))[0]
            total = add(total, digest, before)
            count += (digest is not None) - (before is not None)
            values = {"of_key": key, "digest": digest, "position": position}
            if digest is not None:
                (fresh if before is None else moved).append(values)
            elif before is not None:
                gone.append({"of_key": key})
        same = and_(row_digests.c.table == table, row_digests.c.key == bindparam("of_key"))
        if fresh:
            self._tx.execute(insert(row_digests).values(table=table, key=bindparam("of_key")), fresh)
        if moved:
            self._tx.execute(update(row_digests).where(same), moved)
        if gone:
            self._tx.execute(delete(row_digests).where(same), gone)
        self._put_sum(table, count, total)

    def keep_list(self, position: int, part: int, body: bytes) -> None:
        """Keep a part of the list of what a record binds."""
        self._tx.execute(insert(row_lists).values(position=position, part=part, body=body))

    def lists(self, position: int) -> list[bytes]:
        """Return the lists of what a record bound, in their order."""
        query = select(row_lists.c.body).where(row_lists.c.position == position).order_by(row_lists.c.part)
        return [bytes(body) for (body,) in self._tx.execute(query)]

    def _put_sum(self, table: str, count: int, total: bytes) -> None:
        values = {"size": count, "sum": total}
        if not self._tx.execute(update(row_sums).where(row_sums.c.table == table).values(values)).rowcount:
            self._tx.execute(insert(row_sums).values(table=table, **values))
