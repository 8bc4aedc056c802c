"""What is read of data files: the rows of one key, or page by page of all, from the file in force at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from catalog.model import FieldType
from catalog.store import EntryStore
from files.checking import values_of
from files.model import DataFile
from files.reasons import FILE_DAMAGED, FILE_WITHOUT_FIELD, NO_DATA_FILE, STREAM_FILE_REPLACED
from files.sealing import DIGEST_BYTES, FileBox, FileKeys, all_rows, rows_in
from files.store import ContentStore, DataFileStore, place_of
from hub.db import Database, Tx
from shuniu.words import Word

BLOCKS_OF_PAGE: Final = 32
"""Blocks of one page of a whole file: half a MiB."""
_TRIES: Final = 3
"""How often a look-up begins anew because the file was replaced under it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of an entry's file: the record of which key, in its one spelling, and which fields of it."""

    entry: str
    provider: str
    key: str
    fields: Sequence[str]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a whole file, none behind the last; and where to go on."""

    rows: list[dict[str, Any]]
    cursor: bytes


class FileReader:
    """Reads data files; holds nothing of them between two calls."""

    def __init__(self, db: Database, keys: FileKeys) -> None:
        """Take the database and what opens files' keys."""
        self._db, self._keys = db, keys

    def rows(self, wanted: Wanted, step: Word) -> list[dict[str, Any]]:
        """Return the records of a key; raise UnavailableError where there is no file, IntegrityError where it is not what was written."""
        for _ in range(_TRIES):
            with self._db.read() as tx:
                one = DataFileStore(tx).in_force(wanted.entry)
                if one is None or one.provider != wanted.provider:
                    break
                found = self._look(tx, one, wanted, step)
                if found is not None:
                    return found
        raise NO_DATA_FILE(step=step, entry=wanted.entry, retry_after=60.0)

    def _look(self, tx: Tx, one: DataFile, wanted: Wanted, step: Word) -> list[dict[str, Any]] | None:
        """Return the records, None where the file was erased in between."""
        content = ContentStore(tx)
        wrapped = content.key(one.id)
        if wrapped is None:
            _check_gone(tx, one)
            return None
        types = _types(tx, one)
        missing = next((name for name in wanted.fields if name not in types), "")
        if missing:
            raise FILE_WITHOUT_FIELD(step=step, entry=wanted.entry, column=missing, retry_after=60.0)
        box = self._keys.box(one.name, wrapped)
        digest = box.digest(wanted.key)
        block = content.block(one.id, one.load, digest)
        if block is None:
            _check_gone(tx, one)
            return None
        cells = rows_in(_opened(box, one, block), digest)
        if cells is None:  # the block in which this key would stand is not there
            _check_gone(tx, one)
            return None
        columns = [(name, types[name]) for name in one.columns]
        found = [values_of(row, columns) for row in cells]
        return [{name: row.get(name) for name in wanted.fields} for row in found]

    def page(self, wanted: Wanted, cursor: bytes, step: Word) -> Page:
        """Return the next rows of a whole file, in the order of its blocks; raise IllegalStateError where the cursor is of another file.

        The cursor names file and load, so that no delivery is made of two files. Without a cursor it begins with the file in force.
        """
        with self._db.read() as tx:
            one = DataFileStore(tx).in_force(wanted.entry)
            if one is None or one.provider != wanted.provider:
                raise NO_DATA_FILE(step=step, entry=wanted.entry, retry_after=60.0)
            version, _, at = cursor.decode("ascii").rpartition(" ") if cursor else ("", "", bytes(DIGEST_BYTES).hex())
            current = f"{one.id} {one.load}"
            if version not in {"", current}:
                raise STREAM_FILE_REPLACED(step=step, entry=wanted.entry)
            rows, following = self._rows_from(tx, one, wanted, bytes.fromhex(at), step)
        return Page(rows, f"{current} {following.hex()}".encode())

    def _rows_from(self, tx: Tx, one: DataFile, wanted: Wanted, first: bytes, step: Word) -> tuple[list[dict[str, Any]], bytes]:
        content, types = ContentStore(tx), _types(tx, one)
        missing = next((name for name in wanted.fields if name not in one.columns and name not in types), "")
        if missing:
            raise FILE_WITHOUT_FIELD(step=step, entry=wanted.entry, column=missing, retry_after=60.0)
        wrapped = content.key(one.id)
        if wrapped is None:
            raise FILE_DAMAGED(file=one.name)
        box, columns = self._keys.box(one.name, wrapped), [(name, types[name]) for name in one.columns]
        rows: list[dict[str, Any]] = []
        for _ in range(BLOCKS_OF_PAGE):
            if not first:
                break
            block = content.block(one.id, one.load, first)
            if block is None or block[0] != first:  # the chain of blocks is broken: one was taken away
                raise FILE_DAMAGED(file=one.name)
            cells, first = all_rows(_opened(box, one, block))
            found = [values_of(row, columns) for row in cells]
            rows += [{name: row.get(name) for name in wanted.fields} for row in found]
        return rows, first


def _opened(box: FileBox, one: DataFile, block: tuple[bytes, bytes]) -> bytes:
    first, sealed = block
    return box.open(place_of(one.load, first), sealed)


def _check_gone(tx: Tx, one: DataFile) -> None:
    """Raise IntegrityError where a file is in force and a part of it is missing all the same: it was not erased while it was looked into."""
    now = DataFileStore(tx).in_force(one.entry)
    if now is not None and now.revision == one.revision and now.id == one.id:
        raise FILE_DAMAGED(file=one.name)


def _types(tx: Tx, one: DataFile) -> dict[str, FieldType]:
    """Return the types of the entry's fields in the version against which the file was checked."""
    entry = EntryStore(tx).version(one.entry.removeprefix("entries/"), one.entry_version)
    return {field.name: field.type for field in entry.fields}
