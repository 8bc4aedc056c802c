"""Where records of use live: they are added and never changed, and forgotten years after their grant (Decree 809 art. 29)."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, Index, Integer, String, Table, Text, func, select

from brokerage.model.use_record import USE_RECORD, UseRecord
from hub.db import Aggregate, Moment, Rule, Tx, bind, forget_rows, metadata

use_records: Final = Table(
    "use_records",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("grant", String(64), nullable=False),
    Column("department", String(18), nullable=False),
    Column("begin_date", String(10), nullable=False),
    Column("end_date", String(10), nullable=False),
    Column("scenario", Text, nullable=False),
    Column("process", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("storage", Text, nullable=False),
    Column("destruction", Text, nullable=False),
    Column("officer", String(64), nullable=False),
    Column("corrects", String(64), nullable=False),
    Column("create_time", Moment, nullable=False),
    Column("grant_expire_time", Moment, nullable=False),
)
Index("ix_use_records_grant", use_records.c.grant, use_records.c.id)
Index("ix_use_records_corrects", use_records.c.corrects)
Index("ix_use_records_grant_expire_time", use_records.c.grant_expire_time)
bind(use_records)

_LONGEST_YEAR: Final = timedelta(days=366)


class UseRecordStore(Aggregate[UseRecord]):
    """Records of use, within one transaction."""

    table, thing, parties = use_records, USE_RECORD, ("department",)

    def read(self, row: dict[str, Any]) -> UseRecord:
        """Return a row as a record."""
        days = {name: date.fromisoformat(row[name]) for name in ("begin_date", "end_date")}
        return UseRecord(**{**row, **days})

    def row(self, thing: UseRecord) -> dict[str, Any]:
        """Return a record as a row."""
        values = {column.name: getattr(thing, column.name) for column in self.table.columns}
        return {**values, "begin_date": thing.begin_date.isoformat(), "end_date": thing.end_date.isoformat()}

    def of_grant(self, grant: str, before: str | None, count: int) -> list[UseRecord]:
        """Return at most `count` records of a grant (its resource name), newest first, below the id `before`."""
        return self.page(None, before, count, use_records.c.grant == grant)

    def count(self, grant: str) -> int:
        """Return how many records a grant (its resource name) has."""
        return int(self._tx.scalar(select(func.count()).select_from(use_records).where(use_records.c.grant == grant)) or 0)

    def corrections_of(self, names: Collection[str]) -> dict[str, str]:
        """Return which record corrects which of these (resource names); a record that none corrects is not named."""
        found = self._tx.execute(select(use_records.c.corrects, use_records.c.id).where(use_records.c.corrects.in_(sorted(names))))
        return {row.corrects: f"useRecords/{row.id}" for row in found}


def forget_use_records(years: int) -> Rule:
    """Return the rule that forgets records of use so many years after the period of their grant."""

    def rule(tx: Tx, at: datetime, most: int) -> int:
        return forget_rows(tx, use_records, use_records.c.grant_expire_time < at - years * _LONGEST_YEAR, most)

    return rule
