"""Storing things that have a revision: every change is a compare-and-swap, so nothing is ever written blindly."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import copy
from enum import StrEnum
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement, Row, Select, Table, insert, or_, select, update

from hub.db.binding import BOUND
from hub.db.transaction import Tx
from hub.errors import NotFoundError
from hub.reasons import CHANGED_MEANWHILE, NO_SUCH_THING
from shuniu.words import Word


class StoredThing(Protocol):
    """A thing as an aggregate store keeps it."""

    @property
    def id(self) -> str:
        """Return its id."""

    @property
    def name(self) -> str:
        """Return its resource name."""

    @property
    def revision(self) -> int:
        """Return how often it was written, from 1."""


_T = TypeVar("_T", bound=StoredThing)


def swap(tx: Tx, table: Table, where: Mapping[str, object], values: Mapping[str, Any], resource: str) -> Row[Any]:
    """Write the row that `where` still finds (its key and the revision that was read); raise ConflictError where somebody was quicker.

    Return the row's key as it stands.
    """
    at = [table.c[name] == value for name, value in where.items()]
    row = tx.execute(update(table).where(*at).values(values).returning(*table.primary_key.columns)).first()
    if row is None:
        raise CHANGED_MEANWHILE(resource=resource)
    if table.name in BOUND:
        tx.touch(table, *row)
    return row


def put(tx: Tx, table: Table, values: Mapping[str, Any]) -> None:
    """Insert a row into a bound table; the next log record of the transaction binds it."""
    key = tx.execute(insert(table).values(values)).inserted_primary_key
    tx.touch(table, *(key or ()))


def fitting(tx: Tx, table: Table, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Return those of the rows of a bound table, each whole, that are what the log's records say. The others are named on the server's log."""
    if tx.book is None or not rows:
        return list(rows)
    flaws, key_of = tx.book.check(tx, table, [row._asdict() for row in rows]), BOUND[table.name].key_of
    return [row for row in rows if key_of(row._asdict()) not in flaws]


def fitting_page(tx: Tx, table: Table, query: Select[Any], place: ColumnElement[Any], count: int, *, newest_first: bool = False) -> list[Row[Any]]:
    """Return the first `count` rows of a query over whole rows of a bound table, in the order of `place`, without those that do not fit.

    What was left out is made up for by the rows behind it, so that a page that is short still is the last one.
    """
    found: list[Row[Any]] = []
    part = query.order_by(place.desc() if newest_first else place).limit(count)
    while len(found) < count and (rows := tx.execute(part).all()):
        found += fitting(tx, table, rows)
        last = getattr(rows[-1], str(place.key))
        part = query.where(place < last if newest_first else place > last).order_by(place.desc() if newest_first else place).limit(count - len(found))
    return found


def checked(tx: Tx, table: Table, row: Row[Any] | None) -> Row[Any] | None:
    """Return the row by which something is decided; raise IntegrityError where it is not what the log's records say."""
    if row is not None and tx.book is not None:
        for flaw in tx.book.check(tx, table, [row._asdict()]).values():
            raise copy(flaw)
    return row


class Aggregate(ABC, Generic[_T]):
    """Rows by id, newest first, seen from the departments concerned. A store names its table, its thing and the columns of its parties."""

    table: ClassVar[Table]
    thing: ClassVar[Word]
    parties: ClassVar[tuple[str, ...]]

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    @abstractmethod
    def read(self, row: dict[str, Any]) -> _T:
        """Return a row as a value."""

    @abstractmethod
    def row(self, thing: _T) -> dict[str, Any]:
        """Return a value as a row."""

    def get(self, thing_id: str) -> _T:
        """Return the thing of that id; raise NotFoundError where there is none."""
        row = checked(self._tx, self.table, self._tx.execute(select(self.table).where(self.table.c.id == thing_id)).first())
        if row is None:
            raise self.unknown()
        return self.read(row._asdict())

    def insert(self, thing: _T) -> None:
        """Keep a new thing."""
        put(self._tx, self.table, self.row(thing))

    def replace(self, before: _T, after: _T) -> _T:
        """Put `after` in the place of `before`; raise ConflictError when somebody was quicker."""
        swap(self._tx, self.table, {"id": before.id, "revision": before.revision}, self.row(after), before.name)
        return after

    def newest(self, party: str | None, before: str | None, count: int, state: StrEnum | None = None) -> list[_T]:
        """Return at most `count` things of which `party` is a party (None: of all), newest first, below the id `before`, in a state if asked."""
        return self.page(party, before, count, *(() if state is None else (self.table.c.state == state.value,)))

    def page(self, party: str | None, before: str | None, count: int, *conditions: ColumnElement[bool]) -> list[_T]:
        """Return what `newest` returns, of those that meet the conditions."""
        # Ids are ULIDs: by id means by time, and `below an id` goes on where the last page ended, whatever was added meanwhile.
        query = select(self.table).where(*conditions)
        if party is not None:
            query = query.where(or_(*[self.table.c[name] == party for name in self.parties]))
        if before is not None:
            query = query.where(self.table.c.id < before)
        found = fitting_page(self._tx, self.table, query, self.table.c.id, count, newest_first=True)
        return [self.read(row._asdict()) for row in found]

    def held(self, after: str, count: int, *conditions: ColumnElement[bool]) -> list[_T]:
        """Return at most `count` things that meet the conditions, by id, above `after`; until the transaction ends nobody changes them."""
        # SQLite leaves FOR UPDATE out, since it has one writer at a time.
        query = select(self.table).where(*conditions, self.table.c.id > after).with_for_update()
        return [self.read(row._asdict()) for row in fitting_page(self._tx, self.table, query, self.table.c.id, count)]

    @classmethod
    def unknown(cls) -> NotFoundError:
        """Return the error for what does not exist, and for what the caller may not know to exist: they look the same."""
        return NO_SUCH_THING(thing=cls.thing)
