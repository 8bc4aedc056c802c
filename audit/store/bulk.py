"""Bulk deliveries that may hold a person: counted by who had them under which grant, and who is told of a correction (`audit.bulk`)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal_column, select

from audit.bulk import columns_of
from audit.commitment import micros
from audit.model import Kind, Record
from audit.rows import moment
from audit.store.instances import InstanceStore
from audit.store.records import RecordStore
from audit.store.search import IndexStore, RecordFilter, conditions
from audit.store.tables import index
from hub.db import Tx

_GROUP: Final = ("resource", "department", "other", "under")


@dataclass(frozen=True, slots=True)
class BulkDelivery:
    """Whole tables that one department was given of one entry under one grant: how often, first and last when, the newest record of it."""

    resource: str
    department: str
    other: str
    grant: str
    count: int
    records: int
    first_time: datetime
    last_time: datetime
    newest: int


class _Row(NamedTuple):
    """What the index, or a record behind it, says of one group."""

    group: tuple[str, ...]
    begins: int
    records: int
    first: int
    last: int
    newest: int


class BulkStore:
    """Bulk deliveries, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def deliveries(self, wanted: RecordFilter, domain: str) -> list[BulkDelivery]:
        """Return what left in bulk, of entries keyed by such numbers, among the records that the filter finds but for its subject; newest first.

        It reads the partial index of these records alone, whatever else the log holds, and what no index covers yet from the log.
        """
        wanted, start = replace(wanted, pseudonym=b"", kind=Kind.OUTCOME.value), IndexStore(self._tx).size()
        found: dict[tuple[str, ...], BulkDelivery] = {}
        for row in (*self._rows_in_index(wanted, domain, start), *self._rows_behind(wanted, domain, start)):
            one = _delivery(row)
            before = found.get(row.group)
            found[row.group] = one if before is None else _together(before, one)
        # of one that began before what the filter covers no beginning was found, and it was one all the same
        whole = [replace(one, count=max(one.count, 1)) for one in found.values()]
        return sorted(whole, key=lambda one: (one.last_time, one.newest), reverse=True)

    def under_way(self, resource: str, domain: str) -> list[Record]:
        """Return the intents of bulk deliveries of an entry of which nobody knows yet how much left: they are to be told of as if it had."""
        starts = [one.closed_below for one in InstanceStore(self._tx).all()]
        wanted = RecordFilter(resource=resource, kind=Kind.INTENT.value)
        start, begun = IndexStore(self._tx).size(), list[Record]()
        if starts:
            query = _of(domain).where(*conditions(index, wanted, _plain(self._tx)), index.c.position >= min(starts))
            begun += [RecordStore(self._tx).get(int(position))[0] for (position,) in self._tx.execute(query.with_only_columns(index.c.position))]
        begun += [one for one in self._records_behind(domain, start) if wanted.matches(one)]
        return [one for one in {one.index: one for one in begun}.values() if not self._has_outcome(one)]

    def _has_outcome(self, intent: Record) -> bool:
        alike = RecordFilter(resource=intent.resource, case_number=intent.case_number, kind=Kind.OUTCOME.value, since=intent.at)
        return any(one.intent_index == intent.index for one, _ in RecordStore(self._tx).search(alike, None, None).records)

    def _rows_in_index(self, wanted: RecordFilter, domain: str, end: int) -> Iterator[_Row]:
        group = [index.c[name] for name in _GROUP]
        sums = (func.sum(index.c.begins), func.count(), func.min(index.c.at), func.max(index.c.at), func.max(index.c.position))
        query = _of(domain).where(*conditions(index, wanted, _plain(self._tx)), index.c.position < end)
        for row in self._tx.execute(query.with_only_columns(*group, *sums).group_by(*group)):
            yield _Row(tuple(row[:4]), *map(int, row[4:]))

    def _rows_behind(self, wanted: RecordFilter, domain: str, start: int) -> Iterator[_Row]:
        for one in self._records_behind(domain, start):
            if wanted.matches(one):
                at = micros(one.at)
                yield _Row((one.resource, one.actor.department, one.other, one.grant), _columns(one)[2] or 0, 1, at, at, one.index)

    def _records_behind(self, domain: str, start: int) -> Iterable[Record]:
        return [one for one, _ in RecordStore(self._tx).behind_index(start)[0] if _columns(one)[0] == domain]


def is_bulk_of(record: Record, wanted: RecordFilter, domain: str) -> bool:
    """Tell whether a record is of a bulk delivery that a search for a person counts."""
    return _columns(record)[0] == domain and replace(wanted, pseudonym=b"", kind=Kind.OUTCOME.value).matches(record)


def _columns(record: Record) -> tuple[Any, ...]:
    return columns_of(record.kind, record.status, record.rows, record.grant, record.detail)


def _of(domain: str) -> Select[Any]:
    # the condition of the partial index is spelled out, or it would not be used
    return select(index.c.position).where(index.c.holds.is_not(None), index.c.holds == domain)


def _plain(tx: Tx) -> Any:
    """Return how the conditions name a column: for SQLite, which keeps no statistics, so that it walks no other index than that of these records."""

    def column(name: str) -> ColumnElement[Any]:
        # the plus would keep the columns by which that index is ordered from narrowing it
        indexed = tx.dialect != "sqlite" or name in {"kind", "resource"}
        return index.c[name] if indexed else literal_column(f"+{index.name}.{name}", index.c[name].type)

    return column


def _delivery(row: _Row) -> BulkDelivery:
    resource, department, other, grant = row.group
    return BulkDelivery(resource, department, other, grant, row.begins, row.records, moment(row.first), moment(row.last), row.newest)


def _together(one: BulkDelivery, other: BulkDelivery) -> BulkDelivery:
    return replace(
        one,
        count=one.count + other.count,
        records=one.records + other.records,
        first_time=min(one.first_time, other.first_time),
        last_time=max(one.last_time, other.last_time),
        newest=max(one.newest, other.newest),
    )
