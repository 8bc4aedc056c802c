"""Where data files live: what they are, which the log binds; and their keys, parts and blocks, which only their keys open."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import groupby, islice
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text, delete, func, insert, select

from files.model import FILE_PROCEDURE, DataFile, FileEncoding, FileFault, FileFormat, FileState, Finding
from files.sealing import DIGEST_BYTES, FileBox, KeyedRow, block_of
from hub.db import Aggregate, Json, Moment, Tx, bind, checked, fitting_page, metadata

data_files: Final = Table(
    "data_files",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("entry", String(64), nullable=False),
    Column("entry_version", Integer, nullable=False),
    Column("provider", String(18), nullable=False),
    Column("number", Integer, nullable=False),
    Column("format", String(16), nullable=False),
    Column("encoding", String(16), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("received_bytes", BigInteger, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("columns", Json, nullable=False),
    Column("fault_count", Integer, nullable=False),
    Column("findings", Json, nullable=False),
    Column("officer", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("create_time", Moment, nullable=False),
    Column("check_time", Moment),
    Column("erase_time", Moment),
    Column("erase_reason", Text, nullable=False),
    Column("load", String(26), nullable=False),
)
_IN_FORCE: Final = data_files.c.state == FileState.IN_FORCE.value
# of two files committed at once for one entry, the index refuses one
Index("uq_data_files_entry", data_files.c.entry, unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE)
Index("ix_data_files_entry", data_files.c.entry, data_files.c.id)
Index("ix_data_files_provider", data_files.c.provider, data_files.c.id)
bind(data_files)

data_file_keys: Final = Table(
    "data_file_keys",
    metadata,
    Column("file", String(26), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)
data_file_parts: Final = Table(
    "data_file_parts",
    metadata,
    Column("file", String(26), primary_key=True),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)
data_file_blocks: Final = Table(
    "data_file_blocks",
    metadata,
    Column("file", String(26), primary_key=True),
    Column("load", String(26), primary_key=True),
    Column("first", LargeBinary, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

BLOCK_BYTES: Final = 16 * 1024
"""Bytes of rows after which a block ends: what a look-up reads, opens and looks through. The rows of one key stand in one block."""
BLOCKS_AT_ONCE: Final = 32
"""Blocks written in one transaction: half a MiB, in which nobody else can write to SQLite."""
_LIVING: Final = (FileState.UPLOADING.value, FileState.IN_FORCE.value)
Block = tuple[bytes, bytes]


class DataFileStore(Aggregate[DataFile]):
    """Data files, within one transaction."""

    table, thing, parties = data_files, FILE_PROCEDURE.thing, ("provider",)

    def read(self, row: dict[str, Any]) -> DataFile:
        """Return a row as a data file."""
        kinds = {"state": FileState(row["state"]), "format": FileFormat(row["format"]), "encoding": FileEncoding(row["encoding"])}
        findings = tuple(Finding(**{**one, "fault": FileFault(one["fault"])}) for one in row["findings"])
        return DataFile(**{**row, **kinds, "columns": tuple(row["columns"]), "findings": findings})

    def row(self, thing: DataFile) -> dict[str, Any]:
        """Return a data file as a row."""
        values = {column.name: getattr(thing, column.name) for column in self.table.columns}
        findings = [{**asdict(one), "fault": one.fault.value} for one in thing.findings]
        return {**values, "columns": list(thing.columns), "findings": findings}

    def in_force(self, entry: str) -> DataFile | None:
        """Return the file from which an entry (its resource name) is answered, None where there is none."""
        row = checked(self._tx, data_files, self._tx.execute(select(data_files).where(_IN_FORCE, data_files.c.entry == entry)).first())
        return None if row is None else self.read(row._asdict())

    def count(self, entry: str) -> int:
        """Return the number of the entry's last file."""
        return int(self._tx.scalar(select(func.max(data_files.c.number)).where(data_files.c.entry == entry)) or 0)

    def listed(self, party: str | None, before: str | None, count: int, entry: str) -> list[DataFile]:
        """Return files of a department (None: of all), of one entry where it is named, newest first, below the id `before`."""
        return self.page(party, before, count, *([data_files.c.entry == entry] if entry else []))

    def living(self, after: str, count: int) -> list[DataFile]:
        """Return at most `count` files that are uploaded or in force, by id, above `after`; without those that are not what the log says."""
        query = select(data_files).where(data_files.c.state.in_(_LIVING), data_files.c.id > after)
        return [self.read(row._asdict()) for row in fitting_page(self._tx, data_files, query, data_files.c.id, count)]


class ContentStore:
    """What a file holds, within one transaction; nothing here can be read without its key."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def keep_key(self, file_id: str, wrapped: bytes) -> None:
        """Keep a new file's wrapped key."""
        self._tx.execute(insert(data_file_keys).values(file=file_id, wrapped=wrapped))

    def key(self, file_id: str) -> bytes | None:
        """Return a file's wrapped key, None where it was destroyed."""
        found: bytes | None = self._tx.scalar(select(data_file_keys.c.wrapped).where(data_file_keys.c.file == file_id))
        return found

    def put_part(self, file_id: str, start: int, sealed: bytes) -> None:
        """Keep a part of an upload."""
        self._tx.execute(insert(data_file_parts).values(file=file_id, start=start, data=sealed))

    def parts(self, file_id: str) -> list[tuple[int, bytes]]:
        """Return the parts of an upload in their order."""
        query = select(data_file_parts.c.start, data_file_parts.c.data).where(data_file_parts.c.file == file_id)
        return [(row.start, row.data) for row in self._tx.execute(query.order_by(data_file_parts.c.start))]

    def put_blocks(self, file_id: str, load: str, blocks: Iterable[Block]) -> None:
        """Keep blocks of a load."""
        self._tx.execute(insert(data_file_blocks), [{"file": file_id, "load": load, "first": first, "data": data} for first, data in blocks])

    def block(self, file_id: str, load: str, digest: bytes) -> Block | None:
        """Return the block in which the rows of a digest stand, with the digest it begins at."""
        at = data_file_blocks.c
        query = select(at.first, at.data).where(at.file == file_id, at.load == load, at.first <= digest).order_by(at.first.desc()).limit(1)
        row = self._tx.execute(query).first()
        return None if row is None else (row.first, row.data)

    def end_upload(self, file_id: str, load: str) -> None:
        """Forget the parts of an upload, and blocks of loads that were cut short."""
        self._tx.execute(delete(data_file_parts).where(data_file_parts.c.file == file_id))
        self._tx.execute(delete(data_file_blocks).where(data_file_blocks.c.file == file_id, data_file_blocks.c.load != load))

    def erase(self, file_id: str) -> None:
        """Destroy a file's key, then what it opened."""
        self._tx.execute(delete(data_file_keys).where(data_file_keys.c.file == file_id))
        self._tx.execute(delete(data_file_parts).where(data_file_parts.c.file == file_id))
        self._tx.execute(delete(data_file_blocks).where(data_file_blocks.c.file == file_id))


def sealed_blocks(rows: list[KeyedRow], box: FileBox, load: str) -> Iterator[list[Block]]:
    """Yield the sealed blocks of a file, so many at once as are written in one transaction. Sorts the rows."""
    rows.sort(key=lambda row: row[0])
    starts = _starts(rows)
    # the first block begins at nought and the last one has no end: together they hold every digest, so that one taken away is missed
    bounds = [bytes(DIGEST_BYTES), *(rows[place][0] for place in starts[1:])]
    sealed = (
        (first, box.seal(place_of(load, first), block_of(rows[start:end], until)))
        for first, until, start, end in zip(bounds, [*bounds[1:], b""], starts, [*starts[1:], len(rows)], strict=True)
    )
    while batch := list(islice(sealed, BLOCKS_AT_ONCE)):
        yield batch


def place_of(load: str, first: bytes) -> str:
    """Return the place of a block in its file, to which it is bound."""
    return f"{load} {first.hex()}"


def _starts(rows: Sequence[KeyedRow]) -> list[int]:
    """Return where blocks begin: after so many bytes, and never between rows of one key."""
    starts, size, at = [0], 0, 0
    for _, group in groupby(rows, key=lambda row: row[0]):
        if size >= BLOCK_BYTES:
            starts.append(at)
            size = 0
        for _, cells in group:
            size += len(cells)
            at += 1
    return starts


def in_force_since(tx: Tx, entry: str) -> datetime | None:
    """Return when the data file of an entry (its resource name) came into force, None where there is none; nothing is decided by it."""
    found: datetime | None = tx.scalar(select(data_files.c.check_time).where(_IN_FORCE, data_files.c.entry == entry))
    return found
