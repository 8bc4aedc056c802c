"""Entry versions: a version is one row, moved by compare-and-swap; the published ones stand in the search index."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Select, insert, select, update

from catalog.model import OPEN, Entry, State, digest, from_plain, to_plain
from catalog.store.index import add_to_index, remove_from_index
from catalog.store.tables import OWN, entries
from hub.db import Tx
from hub.errors import ConflictError, NotFoundError

_COLUMNS: Final = (*(entries.c[name] for name in OWN), entries.c.content)


class EntryStore:
    """The entries, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def insert(self, entry: Entry) -> None:
        """Keep a new version."""
        self._tx.execute(insert(entries).values(_to_row(entry)))

    def replace(self, before: Entry, after: Entry) -> None:
        """Move a version on; raise ConflictError when it is no longer as it was in `before`."""
        number = self._tx.scalar(
            update(entries)
            .where(entries.c.id == before.id, entries.c.version == before.version, entries.c.revision == before.revision)
            .values(_to_row(after))
            .returning(entries.c.number),
        )
        if number is None:
            raise ConflictError(
                "the entry was changed in between", zh="目录条目已被他人修改", next_action="read the entry again and decide again", entry=before.name
            )
        was, becomes = before.state is State.PUBLISHED, after.state is State.PUBLISHED
        if was:
            remove_from_index(self._tx, number)
        if becomes:
            add_to_index(self._tx, number, after)

    def published(self, entry_id: str) -> Entry:
        """Return the version in force."""
        return self._one(_of(entry_id).where(entries.c.state == State.PUBLISHED.value), entry_id)

    def version(self, entry_id: str, version: int) -> Entry:
        """Return one version, whatever its state."""
        return self._one(_of(entry_id).where(entries.c.version == version), entry_id)

    def newest(self, entry_id: str) -> Entry:
        """Return the version made last, whatever its state."""
        return self._one(_of(entry_id).limit(1), entry_id)

    def versions(self, entry_id: str) -> tuple[Entry, ...]:
        """Return all versions, newest first; none for an entry that does not exist."""
        return tuple(from_row(row) for row in self._tx.execute(_of(entry_id)))

    def open_version(self, entry_id: str) -> Entry | None:
        """Return the version that is still being worked on, None when there is none."""
        row = self._tx.execute(_of(entry_id).where(entries.c.state.in_([state.value for state in OPEN]))).first()
        return None if row is None else from_row(row)

    def claimant(self, term: str) -> Entry | None:
        """Return the published entry that claims to be the system of record for a term."""
        if not term:
            return None
        row = self._tx.execute(select(*_COLUMNS).where(entries.c.record_term == term, entries.c.state == State.PUBLISHED.value)).first()
        return None if row is None else from_row(row)

    def all_published(self) -> Iterator[Entry]:
        """Yield the versions in force in the order of their ids."""
        rows = self._tx.execute(select(*_COLUMNS).where(entries.c.state == State.PUBLISHED.value).order_by(entries.c.id))
        return map(from_row, rows)

    def digests(self) -> list[tuple[str, int, bytes]]:
        """Return (id, version, digest) of the versions in force."""
        rows = self._tx.execute(select(entries.c.id, entries.c.version, entries.c.digest).where(entries.c.state == State.PUBLISHED.value))
        return [(row.id, row.version, row.digest) for row in rows]

    def _one(self, statement: Select[Any], entry_id: str) -> Entry:
        row = self._tx.execute(statement).first()
        if row is None:
            raise no_such_entry(entry_id)
        return from_row(row)


def no_such_entry(entry_id: str) -> NotFoundError:
    """Return the error for an entry that is not there, or that the caller may not know of."""
    return NotFoundError(
        f"there is no entry entries/{entry_id[:40]} that you may see", zh="目录条目不存在或者无权查看", next_action="find it with SearchEntries"
    )


def from_row(row: Any) -> Entry:
    """Return the entry of a row that was selected by `_COLUMNS`."""
    return from_plain({**row.content, **{name: getattr(row, name) for name in OWN}})


def _of(entry_id: str) -> Select[Any]:
    return select(*_COLUMNS).where(entries.c.id == entry_id).order_by(entries.c.version.desc())


def _to_row(entry: Entry) -> dict[str, Any]:
    plain = to_plain(entry)
    row = {name: plain.pop(name) for name in OWN}
    signed = digest(entry) if entry.publish_time is not None else None
    return {**row, "record_term": entry.source.record_term, "digest": signed, "content": plain}
