"""Storing things that have a revision: every change is a compare-and-swap, so nothing is ever written blindly."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from sqlalchemy import Row, Table, insert, or_, select, update

from hub.db.engine import Tx
from hub.errors import NotFoundError
from hub.reasons import CHANGED_MEANWHILE, NO_SUCH_THING
from hub.words import Word


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
        row = self._tx.execute(select(self.table).where(self.table.c.id == thing_id)).first()
        if row is None:
            raise self.unknown()
        return self.read(row._asdict())

    def insert(self, thing: _T) -> None:
        """Keep a new thing."""
        self._tx.execute(insert(self.table).values(self.row(thing)))

    def replace(self, before: _T, after: _T) -> _T:
        """Put `after` in the place of `before`; raise ConflictError when somebody was quicker."""
        swap(self._tx, self.table, {"id": before.id, "revision": before.revision}, self.row(after), before.name)
        return after

    def newest(self, party: str | None, before: str | None, count: int, state: StrEnum | None = None) -> list[_T]:
        """Return at most `count` things of which `party` is a party (None: of all), newest first, below the id `before`, in a state if asked."""
        # Ids are ULIDs: by id means by time, and `below an id` goes on where the last page ended, whatever was added meanwhile.
        query = select(self.table).order_by(self.table.c.id.desc()).limit(count)
        if party is not None:
            query = query.where(or_(*[self.table.c[name] == party for name in self.parties]))
        if before is not None:
            query = query.where(self.table.c.id < before)
        if state is not None:
            query = query.where(self.table.c.state == state.value)
        return [self.read(row._asdict()) for row in self._tx.execute(query)]

    @classmethod
    def unknown(cls) -> NotFoundError:
        """Return the error for what does not exist, and for what the caller may not know to exist: they look the same."""
        return NO_SUCH_THING(thing=cls.thing)
