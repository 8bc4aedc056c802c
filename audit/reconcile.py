"""Holds the bound rows of the database against the log: which of them were changed, deleted, put back or inserted past the hub (ADR 0026)."""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Any

import cbor2

from audit.model import Record
from audit.store.decisions import DecisionStore
from hub.db import BOUND, LIST_DETAIL, BookStore, BoundTable, RowBook, Tx


@unique
class RowFault(StrEnum):
    """What happened to a row past the hub."""

    CHANGED = "changed"
    DELETED = "deleted"
    PUT_BACK = "put back"
    INSERTED = "inserted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RowFinding:
    """A row that is not what the log says, and the newest record that wrote it (-1: none). An unknown one is a record whose list is lost."""

    table: str
    key: str
    fault: RowFault
    position: int

    @property
    def name(self) -> str:
        """Return the row's name."""
        return f"{self.table}/{self.key}"


@dataclass(slots=True)
class _Truth:
    """What the log says of each row: the digest that the newest record bound, that record, and all digests that it had before."""

    digest: bytes | None = None
    position: int = -1
    former: set[bytes] = field(default_factory=set)


def reconcile(tx: Tx, book: RowBook, tables: Iterable[str] = BOUND) -> Iterator[RowFinding]:
    """Compare tables row by row with what the records of the log bound; `tx` is one snapshot. Before anything was bound there is nothing to say."""
    if DecisionStore(tx).newest_sums() is None and not BookStore(tx).sums():
        return
    wanted = {name: BOUND[name] for name in tables}
    truth, lost = _read_log(tx, book, wanted)
    for position in lost:
        yield RowFinding("audit", str(position), RowFault.UNKNOWN, position)
    for bound in wanted.values():
        yield from _compare(tx, book, bound, truth)


def written_rows(tx: Tx, book: RowBook, table: str) -> dict[str, tuple[bytes, int]]:
    """Return what the log says of each row of a table that is to be there: its digest, and the newest record that bound it, by its key."""
    truth, _ = _read_log(tx, book, {table: BOUND[table]})
    return {key: (known.digest, known.position) for (_, key), known in truth.items() if known.digest is not None}


def _read_log(tx: Tx, book: RowBook, wanted: Mapping[str, BoundTable]) -> tuple[dict[tuple[str, str], _Truth], list[int]]:
    """Return what the records say of the rows of some tables, and the indexes of records of which that is lost."""
    truth: dict[tuple[str, str], _Truth] = {}
    lost: list[int] = []
    for record in DecisionStore(tx).all():
        lines = None if isinstance(record, int) else _lines_of(tx, book, record)
        position = record if isinstance(record, int) else record.index
        if lines is None:
            lost.append(position)
            continue
        for table, key, digest in lines:
            if table in wanted:
                known = truth.setdefault((table, key), _Truth())
                if known.digest is not None:
                    known.former.add(known.digest)
                known.digest, known.position = digest, position
    return truth, lost


def _compare(tx: Tx, book: RowBook, bound: BoundTable, truth: Mapping[tuple[str, str], _Truth]) -> Iterator[RowFinding]:
    found: set[str] = set()
    for row in BookStore(tx).rows_of(bound):
        key = bound.key_of(row)
        found.add(key)
        known, digest = truth.get((bound.name, key), _Truth()), book.digest(bound, row)
        if known.digest != digest:
            yield RowFinding(bound.name, key, _fault(known, digest), known.position)
    for (table, key), known in truth.items():
        if table == bound.name and known.digest is not None and key not in found:
            yield RowFinding(table, key, RowFault.DELETED, known.position)


def _fault(known: _Truth, digest: bytes) -> RowFault:
    if digest in known.former:
        return RowFault.PUT_BACK
    return RowFault.INSERTED if known.digest is None else RowFault.CHANGED


def _lines_of(tx: Tx, book: RowBook, record: Record) -> list[Any] | None:
    """Return what a record bound, nothing where it bound nothing, None where that is lost."""
    said = record.detail.get(LIST_DETAIL)
    if said is None:
        return []
    parts = BookStore(tx).lists(record.index)
    if not hmac.compare_digest(book.list_digest(parts), said):
        return None
    return [line for body in parts for line in cbor2.loads(body)]
