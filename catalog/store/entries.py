"""Entry versions: a version is one row, moved by compare-and-swap; the published ones stand in the search index."""

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from sqlalchemy import Row, Select, func, or_, select

from catalog.model import IN_PREPARATION, Entry, EntryState, digest, from_plain, to_plain
from catalog.reasons import NO_SUCH_ENTRY
from catalog.store.index import add_to_index, remove_from_index
from catalog.store.tables import OWN, ResourceCode, entries, text_of
from hub.db import Tx, checked, fitting, fitting_page, put, swap
from hub.errors import NotFoundError

_PORTION: Final = 500
_STANDING: Final = entries.c.state.in_([EntryState.SUBMITTED.value, EntryState.PUBLISHED.value])
"""What a resource code may name but once."""


class EntryStore:
    """The entries, within one transaction. An entry has several versions: `which` says the one that `get` returns."""

    def __init__(self, tx: Tx, which: Callable[["EntryStore", str], Entry] | None = None) -> None:
        """Bind to a transaction; without `which`, `get` returns the newest version."""
        self._tx = tx
        self._which = which or EntryStore.newest

    def get(self, entry_id: str) -> Entry:
        """Return the version of an entry that this store is asked for."""
        return self._which(self, entry_id)

    def insert(self, entry: Entry) -> None:
        """Keep a new version."""
        put(self._tx, entries, to_row(entry))

    def replace(self, before: Entry, after: Entry) -> Entry:
        """Move a version on, and with it the search index; raise ConflictError when it is no longer as it was in `before`."""
        where = {"id": before.id, "version": before.version, "revision": before.revision}
        # the row's number, under which the search index knows it
        (number,) = swap(self._tx, entries, where, to_row(after), before.name)
        if before.state is EntryState.PUBLISHED:
            remove_from_index(self._tx, number)
        if after.state is EntryState.PUBLISHED:
            add_to_index(self._tx, number, after)
        return after

    def published(self, entry_id: str) -> Entry:
        """Return the version in force."""
        return self._one(_of(entry_id).where(entries.c.state == EntryState.PUBLISHED.value))

    def version(self, entry_id: str, version: int) -> Entry:
        """Return one version, whatever its state."""
        return self._one(_of(entry_id).where(entries.c.version == version))

    def title_of(self, entry_id: str, version: int = 0) -> str:
        """Return the title of a version, for 0 of the one in force; empty where there is none. To be shown, so it is not compared with the log."""
        where = entries.c.version == version if version else entries.c.state == EntryState.PUBLISHED.value
        return self._tx.scalar(select(entries.c.title).where(entries.c.id == entry_id, where)) or ""

    def first(self, entry_id: str) -> Entry:
        """Return the version with which the entry began."""
        return self.version(entry_id, 1)

    def newest(self, entry_id: str) -> Entry:
        """Return the version made last, whatever its state."""
        return self._one(_of(entry_id).limit(1))

    def versions(self, entry_id: str) -> tuple[Entry, ...]:
        """Return all versions, newest first; none for an entry that does not exist."""
        return tuple(from_row(row) for row in fitting(self._tx, entries, self._tx.execute(_of(entry_id)).all()))

    def open_version(self, entry_id: str) -> Entry | None:
        """Return the version that is still being worked on, None when there is none."""
        row = self._tx.execute(_of(entry_id).where(entries.c.state.in_([state.value for state in IN_PREPARATION]))).first()
        row = checked(self._tx, entries, row)
        return None if row is None else from_row(row)

    def in_preparation(self, entry_id: str) -> Entry:
        """Return the version being worked on; without one the newest, whose state then refuses the step."""
        return self.open_version(entry_id) or self.newest(entry_id)

    def in_force(self, entry_id: str) -> Entry:
        """Return the published version; without one the newest, whose state then refuses the step."""
        # `newest` is called only where there is no version at all: it raises
        return best_of(self.versions(entry_id) or (self.newest(entry_id),))[0]

    def served_by(self, provider: str, system: str, most: int) -> tuple[Entry, ...]:
        """Return the published entries that a department's system serves, in the order of their ids; at most `most`."""
        served = (entries.c.state == EntryState.PUBLISHED.value, entries.c.provider == provider, text_of("serving_system") == system)
        rows = self._tx.execute(select(entries).where(*served).order_by(entries.c.id).limit(most)).all()
        return tuple(from_row(row) for row in fitting(self._tx, entries, rows))

    def by_state(self, state: EntryState | None, provider: str, reader: str | None, before: int | None, count: int) -> list[tuple[int, Entry]]:
        """Return at most `count` versions with their rows' numbers, the one made last first, below the number `before`.

        `reader` is the department that looks: drafts of others are not among them; None sees all.
        """
        query = select(entries)
        if state is not None:
            query = query.where(entries.c.state == state.value)
        if provider:
            query = query.where(entries.c.provider == provider)
        if reader is not None:
            query = query.where(or_(entries.c.state.not_in([one.value for one in IN_PREPARATION]), entries.c.provider == reader))
        if before is not None:
            query = query.where(entries.c.number < before)
        rows = fitting_page(self._tx, entries, query, entries.c.number, count, newest_first=True)
        return [(row.number, from_row(row)) for row in rows]

    def waiting(self, after: int, count: int) -> list[tuple[int, Entry]]:
        """Return versions that wait for the authority's review with their rows' numbers, in their order, above the number `after`."""
        query = select(entries).where(entries.c.state == EntryState.SUBMITTED.value, entries.c.number > after)
        return [(row.number, from_row(row)) for row in fitting_page(self._tx, entries, query, entries.c.number, count)]

    def held_in_preparation(self, after: int, count: int) -> list[tuple[int, Entry]]:
        """Return versions that are being worked on with their rows' numbers, in their order, above `after`; until the end nobody changes them."""
        # FOR UPDATE in PostgreSQL; SQLite leaves it out, since it has one writer at a time
        open_ones = entries.c.state.in_([state.value for state in IN_PREPARATION])
        query = select(entries).where(open_ones, entries.c.number > after).with_for_update()
        return [(row.number, from_row(row)) for row in fitting_page(self._tx, entries, query, entries.c.number, count)]

    def with_code(self, provider: str, code: str, but: str) -> Entry | None:
        """Return an entry of the provider that stands under a resource code, submitted or published; not the entry `but`."""
        return next((entry for entry in self._standing(provider, code) if entry.id != but), None)

    def under_one_code(self) -> list[tuple[Entry, ...]]:
        """Return the entries of one provider that stand under one resource code, submitted or published, as an earlier release let them."""
        code = ResourceCode().label("code")
        query = select(entries.c.provider, code).where(_STANDING, ResourceCode().is_not(None)).group_by(entries.c.provider, code)
        doubled = self._tx.execute(query.having(func.count(entries.c.id.distinct()) > 1).order_by(entries.c.provider, code)).all()
        found = (self._standing(row.provider, row.code) for row in doubled)
        return [several for several in found if len(several) > 1]  # without rows that somebody broke

    def _standing(self, provider: str, code: str) -> tuple[Entry, ...]:
        # Sorted here and not there: for the sake of the order SQLite would go through all entries of the department by another index.
        rows = self._tx.execute(select(entries).where(entries.c.provider == provider, ResourceCode() == code, _STANDING)).all()
        found = sorted(fitting(self._tx, entries, rows), key=lambda row: row.id)
        return tuple({row.id: from_row(row) for row in found}.values())

    def claimants(self, term: str, provider: str = "") -> tuple[Entry, ...]:
        """Return the published entries that claim to be the system of record for a term, by their ids; a provider's alone where one is given."""
        if not term:
            return ()
        claimed = [entries.c.record_term == term, entries.c.state == EntryState.PUBLISHED.value]
        claimed += [entries.c.provider == provider] if provider else []
        rows = self._tx.execute(select(entries).where(*claimed).order_by(entries.c.id)).all()
        return tuple(from_row(checked(self._tx, entries, row)) for row in rows)

    def all_published(self) -> Iterator[Entry]:
        """Yield the versions in force in the order of their ids."""
        return map(from_row, self._published_rows())

    def digests_to_sign(self) -> list[tuple[str, int, bytes]]:
        """Return (id, version, digest) of the versions in force that are what the log says: of all of them, each whole row is read."""
        return [(row.id, row.version, row.digest) for row in self._published_rows()]

    def digests(self) -> list[tuple[str, int, bytes]]:
        """Return (id, version, digest) of the versions in force as they stand: by them an export is known to be the same as before."""
        columns = (entries.c.id, entries.c.version, entries.c.digest)
        rows = self._tx.execute(select(*columns).where(entries.c.state == EntryState.PUBLISHED.value))
        return [(row.id, row.version, row.digest) for row in rows]

    def codes(self, names: Collection[str] | None = None) -> dict[str, str]:
        """Return the resource codes of the versions in force, by the names of their entries; of the entries named alone, None means all."""
        query = select(entries.c.id, ResourceCode().label("code")).where(entries.c.state == EntryState.PUBLISHED.value)
        if names is not None:
            query = query.where(entries.c.id.in_([name.removeprefix("entries/") for name in names]))
        return {f"entries/{row.id}": row.code for row in self._tx.execute(query) if row.code}

    @staticmethod
    def unknown() -> NotFoundError:
        """Return the error for an entry that is not there, and for one that the caller may not know of: they look the same."""
        return NO_SUCH_ENTRY()

    def _published_rows(self) -> Iterator[Row[Any]]:
        query, after = select(entries).where(entries.c.state == EntryState.PUBLISHED.value), ""
        while found := fitting_page(self._tx, entries, query.where(entries.c.id > after), entries.c.id, _PORTION):
            yield from found
            after = found[-1].id

    def _one(self, statement: Select[Any]) -> Entry:
        row = checked(self._tx, entries, self._tx.execute(statement).first())
        if row is None:
            raise self.unknown()
        return from_row(row)


def best_of(versions: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the version in force alone, all as they are where none is."""
    in_force = tuple(entry for entry in versions if entry.state is EntryState.PUBLISHED)
    return in_force or versions


def from_row(row: Any) -> Entry:
    """Return the entry of a row."""
    return from_plain({**row.content, **{name: getattr(row, name) for name in OWN}})


def to_row(entry: Entry) -> dict[str, Any]:
    """Return the row of an entry."""
    plain = to_plain(entry)
    row = {name: plain.pop(name) for name in OWN}
    signed = digest(entry) if entry.publish_time is not None else None
    return {**row, "record_term": entry.source.record_term, "digest": signed, "content": plain}


def _of(entry_id: str) -> Select[Any]:
    return select(entries).where(entries.c.id == entry_id).order_by(entries.c.version.desc())
