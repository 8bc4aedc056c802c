"""Where findings of browsing live: one for each consumer, entry, case number and day."""

from datetime import date
from typing import Any, Final

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint, select

from audit.store.crowds import Crowd
from brokerage.model.browsing import BROWSING, BrowsingFinding
from hub.db import Aggregate, Moment, bind, metadata

browsing_findings: Final = Table(
    "browsing_findings",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("consumer", String(18), nullable=False),
    Column("provider", String(18), nullable=False),
    Column("entry", String(64), nullable=False),
    Column("case_number", String(128), nullable=False),
    Column("day", String(10), nullable=False),
    Column("record_count", Integer, nullable=False),
    Column("most", Integer, nullable=False),
    Column("create_time", Moment, nullable=False),
    UniqueConstraint("consumer", "entry", "case_number", "day"),
)
Index("ix_browsing_findings_consumer", browsing_findings.c.consumer, browsing_findings.c.id)
Index("ix_browsing_findings_provider", browsing_findings.c.provider, browsing_findings.c.id)
bind(browsing_findings)


class BrowsingStore(Aggregate[BrowsingFinding]):
    """Findings of browsing, within one transaction."""

    table, thing, parties = browsing_findings, BROWSING, ("consumer", "provider")

    def read(self, row: dict[str, Any]) -> BrowsingFinding:
        """Return a row as a finding."""
        return BrowsingFinding(**{**row, "day": date.fromisoformat(row["day"])})

    def row(self, thing: BrowsingFinding) -> dict[str, Any]:
        """Return a finding as a row."""
        return {**{column.name: getattr(thing, column.name) for column in self.table.columns}, "day": thing.day.isoformat()}

    def has(self, crowd: Crowd, day: date) -> bool:
        """Tell whether there is a finding of this case and day already."""
        place = browsing_findings.c
        where = (place.consumer == crowd.department, place.entry == crowd.resource, place.case_number == crowd.case_number)
        return self._tx.execute(select(place.id).where(*where, place.day == day.isoformat()).limit(1)).first() is not None
